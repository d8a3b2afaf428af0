package io.github.bitgrad.cli;

import io.github.bitgrad.BitgradException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/** A file that grows by lines of one JSON object each. It is open only while a line is added. */
final class MetricsFile {
    private final Path file;
    private IOException firstFailure;

    /**
     * Checks that the file can be written. This does not change the file.
     *
     * @throws BitgradException if it cannot be written
     */
    MetricsFile(Path file) {
        this.file = file;
        try {
            boolean existed = Files.exists(file);
            append("");
            if (!existed) {
                Files.delete(file);
            }
        } catch (IOException failure) {
            throw new BitgradException(
                    "The metrics cannot be written to %s (%s); name a file in a folder that exists and can be written."
                            .formatted(file, BitgradException.reason(failure)),
                    failure);
        }
    }

    private void append(String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /**
     * Adds a line. If this fails, the training goes on, and {@link #requireComplete()} reports the failure afterwards.
     */
    void add(Map<String, ?> object) {
        WholeFiles.write(() -> {
            try {
                append(Json.line(object) + "\n");
            } catch (IOException failure) {
                firstFailure = firstFailure == null ? failure : firstFailure;
            }
        });
    }

    /**
     * Checks that all lines were written.
     *
     * @throws BitgradException if a line could not be added
     */
    void requireComplete() {
        if (firstFailure != null) {
            throw new BitgradException(
                    "The training is done, but metrics are missing from %s (%s); make room before the next training."
                            .formatted(file, BitgradException.reason(firstFailure)),
                    firstFailure);
        }
    }
}
