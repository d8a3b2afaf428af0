package io.github.bitgrad.bench.kit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where Linux and the firmware describe the machine.
 *
 * @param root the folder that holds {@code proc}, {@code sys} and {@code etc}
 * @param firmware the output of {@code vcgencmd get_throttled}, or an empty text if there is no such command
 */
record MachineFiles(Path root, Supplier<String> firmware) {
    private static final Pattern AVAILABLE = Pattern.compile("MemAvailable:\\s+(\\d+) kB");

    static MachineFiles ofThisMachine() {
        return new MachineFiles(Path.of("/"), MachineFiles::askFirmware);
    }

    private static String askFirmware() {
        Optional<Path> command = Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .map(folder -> Path.of(folder, "vcgencmd")).filter(Files::isExecutable).findFirst();
        if (command.isEmpty()) { // only a Raspberry Pi has it
            return "";
        }
        try {
            Process process = new ProcessBuilder(command.get().toString(), "get_throttled")
                    .redirectError(ProcessBuilder.Redirect.DISCARD).start();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException refused) { // as if the command had printed what is not known
            return "";
        }
    }

    /** The text of a file, without blanks and zero bytes at its end; empty if there is no such file. */
    Optional<String> text(String path) {
        return text(root.resolve(path));
    }

    private static Optional<String> text(Path file) {
        try {
            return Optional.of(Files.readString(file, StandardCharsets.ISO_8859_1).replace("\0", "").strip());
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }

    /** The texts of a file in each subfolder whose name has a form, such as that of each CPU. */
    List<String> texts(String folder, String form, String file) {
        List<String> texts = new ArrayList<>();
        try (DirectoryStream<Path> subfolders = Files.newDirectoryStream(root.resolve(folder), form)) {
            subfolders.forEach(subfolder -> text(subfolder.resolve(file)).ifPresent(texts::add));
        } catch (IOException missing) {
            return List.of();
        }
        return texts;
    }

    /** What the first group of a pattern finds in a file. */
    List<String> find(String path, Pattern pattern) {
        Matcher matcher = pattern.matcher(text(path).orElse(""));
        return matcher.results().map(found -> found.group(1)).toList();
    }

    /** The memory that programs can still take; no limit if the system does not say. */
    long availableBytes() {
        return find("proc/meminfo", AVAILABLE).stream().mapToLong(kibibytes -> Long.parseLong(kibibytes) << 10)
                .findFirst().orElse(Long.MAX_VALUE);
    }
}
