package io.github.bitgrad.formats.sound;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.Names;
import io.github.bitgrad.data.Split;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The files of recordings with their classes. The class is the name of the folder that a file is in, or is within the
 * file's name, where a pattern finds it.
 *
 * @param folder where they are
 * @param files the files, in the order of their names
 * @param classes the class of each
 */
record Recordings(Path folder, List<Path> files, List<String> classes) {
    private static final List<String> TRAIN_FOLDERS = List.of("train");
    private static final List<String> TEST_FOLDERS = List.of("test", "val");

    /** {@return the folder of a part of the data set; empty if it is not divided into parts} */
    static Optional<Path> part(Path source, Split split) {
        return (split == Split.TRAIN ? TRAIN_FOLDERS : TEST_FOLDERS).stream().map(source::resolve)
                .filter(Files::isDirectory).findFirst();
    }

    /** {@return whether a folder, a folder in it, or one in such a folder has a recording} */
    static boolean areIn(Path source) {
        return Files.isDirectory(source) && areIn(source, 2);
    }

    private static boolean areIn(Path folder, int depth) {
        List<Path> inside = list(folder);
        return inside.stream().anyMatch(WavFile::isNamedAsSound)
                || depth > 0 && inside.stream().filter(Files::isDirectory).anyMatch(inner -> areIn(inner, depth - 1));
    }

    /**
     * Finds the recordings in a folder.
     *
     * @param pattern what the names of the files must match, with a group {@code label}; if there is none, each class has
     *            a folder
     * @throws BitgradException if there are none, a class has none, or a name does not match the pattern
     */
    static Recordings in(Path folder, Optional<Pattern> pattern) {
        Recordings found = new Recordings(folder, new ArrayList<>(), new ArrayList<>());
        if (pattern.isPresent()) {
            sounds(folder).forEach(file -> found.add(file, label(file, pattern.get())));
        } else {
            if (!sounds(folder).isEmpty()) {
                throw new BitgradException(
                        "%s has recordings that are in no folder of a class: move them, or give a pattern of their names."
                                .formatted(folder));
            }
            list(folder).stream().filter(Files::isDirectory).forEach(found::addClass);
        }
        if (found.files.isEmpty()) {
            throw new BitgradException("%s has no recordings (*.wav): put some there, in a folder for each class."
                    .formatted(folder));
        }
        return found;
    }

    private void addClass(Path inner) {
        List<Path> sounds = sounds(inner);
        if (sounds.isEmpty()) {
            throw new BitgradException("The class %s has no recordings (*.wav): put some there, or remove the folder."
                    .formatted(inner));
        }
        sounds.forEach(file -> add(file, inner.getFileName().toString()));
    }

    private void add(Path file, String label) {
        files.add(file);
        classes.add(label);
    }

    private static String label(Path file, Pattern pattern) {
        String name = file.getFileName().toString();
        Matcher matcher = pattern.matcher(name);
        if (!matcher.matches() || matcher.group("label") == null || matcher.group("label").isBlank()) {
            throw new BitgradException(
                    "The pattern \"%s\" does not find a class in the name of %s: change the pattern, or move the file."
                            .formatted(Names.printable(pattern.pattern()), file));
        }
        return matcher.group("label");
    }

    private static List<Path> sounds(Path folder) {
        return list(folder).stream().filter(file -> WavFile.isNamedAsSound(file) && Files.isRegularFile(file)).toList();
    }

    /** What is in a folder, in the order of the names, but nothing that is hidden. */
    private static List<Path> list(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> !file.getFileName().toString().startsWith(".")).sorted().toList();
        } catch (IOException | UncheckedIOException failure) {
            throw new BitgradException("%s cannot be read (%s): change its permissions.".formatted(folder,
                    BitgradException.reason(failure instanceof UncheckedIOException unchecked
                            ? unchecked.getCause()
                            : (IOException) failure)),
                    failure);
        }
    }

    /** {@return some of them} */
    Recordings subset(int[] indices) {
        return new Recordings(folder, IntStream.of(indices).mapToObj(files::get).toList(),
                IntStream.of(indices).mapToObj(classes::get).toList());
    }
}
