package io.github.bitgrad.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Looks around where no data set was found, to say what else is there. It looks at few files, and follows no links. */
final class Surroundings {
    private static final int MOST_FILES = 2000;
    /** {@code DIR/train/CLASS/picture.png} */
    private static final int DEPTH_OF_FILES = 3;
    /** {@code DIR/MNIST/raw} */
    private static final int DEPTH_OF_FOLDERS = 2;
    /** Where the formats of the artifact bitgrad-data are. */
    private static final String PACKAGE = "io.github.bitgrad.formats";
    private static final Map<String, String> KNOWN = Map.ofEntries(
            Map.entry("jpg", "pictures"), Map.entry("jpeg", "pictures"), Map.entry("png", "pictures"),
            Map.entry("bmp", "pictures"), Map.entry("gif", "pictures"), Map.entry("webp", "pictures"),
            Map.entry("wav", "sounds"), Map.entry("csv", "tables"), Map.entry("ts", "time series"),
            Map.entry("mat", "MAT files"));

    private Surroundings() {
    }

    /** A sentence that names the artifact that reads what is there; empty if it is there already, or would not help. */
    static Optional<String> missingModule(Path path, List<FolderFormat> formats) {
        if (formats.stream().anyMatch(format -> format.getClass().getPackageName().startsWith(PACKAGE))) {
            return Optional.empty();
        }
        return list(path, DEPTH_OF_FILES, Surroundings::isKnown).stream().findFirst()
                .map(file -> "%s is one of the %s that bitgrad reads with an artifact of its own: add io.github.bitgrad:bitgrad-data to the program."
                        .formatted(file, KNOWN.get(extension(file))));
    }

    private static boolean isKnown(Path file) {
        return KNOWN.containsKey(extension(file)) && Files.isRegularFile(file);
    }

    private static String extension(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }

    /** Folders within a folder, in the order of their names. */
    static List<Path> foldersBelow(Path folder) {
        return list(folder, DEPTH_OF_FOLDERS, path -> !path.equals(folder) && Files.isDirectory(path));
    }

    private static List<Path> list(Path path, int depth, Predicate<Path> wanted) {
        try (Stream<Path> all = Files.walk(path, depth)) {
            return all.limit(MOST_FILES).filter(wanted).sorted().toList();
        } catch (IOException | UncheckedIOException _) {
            return List.of(); // whatever cannot be listed is no help
        }
    }
}
