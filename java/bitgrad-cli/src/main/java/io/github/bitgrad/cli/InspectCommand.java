package io.github.bitgrad.cli;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.Names;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.data.Preprocessing;
import io.github.bitgrad.data.Split;
import io.github.bitgrad.data.TrainAndTest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bitgrad data inspect}. */
@Command(name = "inspect", description = "Reports what a data set holds, after reading every sample; names samples "
        + "that are damaged.")
final class InspectCommand implements Runnable {
    /** Samples that are announced before they are read, so that several threads decode them. */
    private static final int AHEAD = 100;

    @Parameters(paramLabel = "PATH", description = "Folder or file with the data, or " + Datasets.DEMO + ".")
    private String source;

    @Option(names = "--sheet", paramLabel = "FILE",
            description = "Write a picture (PNG) with some samples of each class, a row for each class.")
    private Path sheet;

    @Mixin
    private HowToRead howToRead;

    @Mixin
    private Output output;

    @Override
    public void run() {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("data", source);
        StringBuilder text = new StringBuilder();
        List<BitgradException> failures = new ArrayList<>();
        boolean drawn = false;
        Optional<TrainAndTest> both = openBoth();
        for (Split split : Split.values()) {
            String part = split.name().toLowerCase(Locale.ROOT);
            try (Dataset data = both.map(parts -> parts.part(split))
                    .orElseGet(() -> Datasets.open(source, split, howToRead.options()))) {
                if (sheet != null && !drawn) {
                    draw(data);
                    drawn = true;
                }
                object.put(part, report(part, data, text));
            } catch (BitgradException failure) { // one part may be there without the other
                failures.add(failure);
                object.put(part, Map.of("error", failure.getMessage()));
                text.append("%-5s  %s%n".formatted(part, failure.getMessage()));
            }
        }
        if (failures.size() == Split.values().length) {
            throw failures.getFirst();
        }
        object.put("sheet", drawn ? sheet.toString() : null);
        output.report(object, text.toString());
    }

    /** Both parts; empty if they cannot be opened together. */
    private Optional<TrainAndTest> openBoth() {
        try {
            return Optional.of(Datasets.open(source, howToRead.options()));
        } catch (BitgradException _) {
            return Optional.empty(); // what is wrong is told when each part is opened by itself
        }
    }

    private static Map<String, Object> report(String part, Dataset data, StringBuilder text) {
        long[] counts = new long[data.classes()];
        byte[] sample = new byte[data.shape().values()];
        for (int index = 0; index < data.size(); index++) {
            for (int next = index; index % AHEAD == 0 && next < Math.min(index + AHEAD, data.size()); next++) {
                data.expect(next);
            }
            data.read(index, sample);
            counts[data.label(index)]++;
        }
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("samples", data.size());
        object.put("shape", data.shape().toString());
        object.put("preprocessing", data.preprocessing().map(Preprocessing::kind).orElse("none"));
        object.put("augmentation", data.augmentation().name());
        text.append("%-5s  %s samples of %s in %s classes%n".formatted(part, data.size(), data.shape(),
                data.classes()));
        List<Map<String, Object>> classes = new ArrayList<>();
        for (int label = 0; label < counts.length; label++) {
            String name = Names.printable(data.classNames().get(label));
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("name", name);
            entry.put("samples", counts[label]);
            classes.add(entry);
            text.append("       %7s  %s%n".formatted(counts[label], name));
        }
        object.put("classes", classes);
        return object;
    }

    private void draw(Dataset data) {
        try {
            ContactSheet.write(data, sheet);
        } catch (IOException failure) {
            throw new BitgradException("The contact sheet cannot be written to %s: %s; name another file."
                    .formatted(sheet, BitgradException.reason(failure)), failure);
        }
    }
}
