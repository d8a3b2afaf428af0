package io.github.bitgrad.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an earlier build did, in text files among the test resources that tests compare with:
 *
 * <pre>
 * [section]
 * name = value
 * </pre>
 *
 * With {@code -Dbitgrad.freeze.write=true} tests write such files instead of comparing with them.
 */
final class Golden {
    private static final Path FOLDER = Path.of("src", "test", "resources", "io", "github", "bitgrad", "train");

    private Golden() {
    }

    /** Whether tests write what they would compare with. */
    static boolean isWritten() {
        return Boolean.getBoolean("bitgrad.freeze.write");
    }

    /** A file or folder that golden data is written to and read from; {@code name} has slashes. */
    static Path path(String name) {
        return FOLDER.resolve(name);
    }

    /**
     * The sections of a file, each with its values by their names; first makes the file of these sections where tests
     * write.
     */
    static Map<String, Map<String, String>> of(String file, Map<String, Map<String, String>> sections) {
        try {
            if (isWritten()) {
                write(path(file), sections);
            }
            return read(path(file));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static void write(Path file, Map<String, Map<String, String>> sections) throws IOException {
        StringBuilder text = new StringBuilder();
        sections.forEach((section, values) -> {
            text.append("[%s]\n".formatted(section));
            new TreeMap<>(values).forEach((name, value) -> text.append("%s = %s\n".formatted(name, value)));
        });
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private static Map<String, Map<String, String>> read(Path file) throws IOException {
        Map<String, Map<String, String>> sections = new TreeMap<>();
        Map<String, String> section = null;
        for (String line : Files.readAllLines(file)) {
            if (line.startsWith("[")) {
                section = new TreeMap<>();
                sections.put(line.substring(1, line.length() - 1), section);
            } else {
                String[] nameAndValue = line.split(" = ", 2);
                section.put(nameAndValue[0], nameAndValue[1]);
            }
        }
        return sections;
    }
}
