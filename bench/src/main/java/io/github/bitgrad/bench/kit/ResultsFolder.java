package io.github.bitgrad.bench.kit;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.jr.ob.JSON;
import io.github.bitgrad.BitgradException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The files of a run. */
final class ResultsFolder {
    static final String PAGE = "results.html";
    static final String LOG = "log.txt";
    private static final String TABLE = "results.md";
    private static final String MEASUREMENTS = "results.json";
    private static final String RUN = "run.json";

    private ResultsFolder() {
    }

    /**
     * Makes the folder.
     *
     * @throws IllegalArgumentException if it holds files already, because results would be mixed
     * @throws BitgradException if it cannot be made
     */
    static void create(Path folder) {
        try {
            Files.createDirectories(folder);
            try (Stream<Path> files = Files.list(folder)) {
                if (files.findAny().isPresent()) {
                    throw new IllegalArgumentException(
                            "The folder %s is not empty; name a new one with --results.".formatted(folder));
                }
            }
        } catch (IOException failure) {
            throw new BitgradException("The folder %s for the results cannot be made (%s); name another with --results."
                    .formatted(folder, failure), failure);
        }
    }

    /**
     * Writes all files anew.
     *
     * @param measurements the JSON of JMH
     */
    static void write(Path folder, RunRecord run, String measurements) {
        try {
            Files.writeString(folder.resolve(MEASUREMENTS), measurements);
            Files.writeString(folder.resolve(RUN), JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(run));
            Report report = new Report(read(folder));
            Files.writeString(folder.resolve(TABLE), new Markdown().document(report.sections()));
            Files.writeString(folder.resolve(PAGE), new Page().document(report.sections()));
        } catch (IOException failure) {
            throw new BitgradException(
                    "The results cannot be written to %s (%s); free some space or name another folder."
                            .formatted(folder, failure),
                    failure);
        }
    }

    /**
     * Reads the results of a run.
     *
     * @throws BitgradException if there are none
     */
    static Results read(Path folder) {
        try {
            return new Results(JSON.std.beanFrom(RunRecord.class, Files.readString(folder.resolve(RUN))),
                    JSON.std.listOfFrom(Measurement.class, Files.readString(folder.resolve(MEASUREMENTS))));
        } catch (JacksonException damaged) {
            throw new BitgradException("The results in %s are damaged (%s); name a folder that a run has written."
                    .formatted(folder, damaged.getOriginalMessage()), damaged);
        } catch (IOException failure) {
            throw new BitgradException("There are no results to read in %s (%s); name a folder that a run has written."
                    .formatted(folder, failure), failure);
        }
    }
}
