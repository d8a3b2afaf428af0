package io.github.bitgrad.formats.sound;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.Names;
import io.github.bitgrad.formats.ClassFolders;
import io.github.bitgrad.formats.FileKind;
import io.github.bitgrad.formats.PartFolders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
 * @param classNames the names of the classes, in the order of the labels
 * @param labels the class of each file
 */
record Recordings(Path folder, List<Path> files, List<String> classNames, int[] labels) {
    private static final FileKind SOUNDS = new FileKind("recording", WavFile::isNamedAsSound);

    /** {@return where the parts of a data set are; with a pattern, its recordings are in no folders of classes} */
    static PartFolders parts(Path source, Optional<Pattern> pattern) {
        return PartFolders.in(source, pattern.isPresent()
                ? folder -> Files.isDirectory(folder) && !sounds(folder).isEmpty()
                : folder -> ClassFolders.hold(folder, SOUNDS));
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
     * @param known the classes that there can be; if they are not given, those that there are
     * @throws BitgradException if there are no recordings, a class has none, is the only one or is not known, or a name
     *             does not match the pattern
     */
    static Recordings in(Path folder, Optional<Pattern> pattern, Optional<List<String>> known) {
        if (pattern.isPresent()) {
            return named(folder, pattern.get(), known);
        }
        if (Files.isDirectory(folder) && !sounds(folder).isEmpty()) {
            throw new BitgradException(
                    "%s has recordings that are in no folder of a class: move them, or give a pattern of their names."
                            .formatted(folder));
        }
        ClassFolders classes = ClassFolders.list(folder, SOUNDS, known);
        return new Recordings(folder, IntStream.range(0, classes.size()).mapToObj(classes::file).toList(),
                classes.classNames(), IntStream.range(0, classes.size()).map(classes::label).toArray());
    }

    private static Recordings named(Path folder, Pattern pattern, Optional<List<String>> known) {
        List<Path> files = sounds(folder);
        if (files.isEmpty()) {
            throw new BitgradException("%s has no recordings (*.wav): put some there.".formatted(folder));
        }
        List<String> classes = files.stream().map(file -> label(file, pattern)).toList();
        List<String> classNames = known.orElseGet(() -> classes.stream().distinct().sorted().toList());
        if (classNames.size() == 1) {
            throw new BitgradException(
                    "All recordings of %s have the class %s, so there is nothing to tell apart: add another class."
                            .formatted(folder, Names.printable(classNames.getFirst())));
        }
        int[] labels = classes.stream().mapToInt(classNames::indexOf).toArray();
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] < 0) {
                throw new BitgradException(
                        "%s has the class %s, which no training recording has: move it, or train with that class."
                                .formatted(files.get(i), Names.printable(classes.get(i))));
            }
        }
        return new Recordings(folder, files, classNames, labels);
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
        return new Recordings(folder, IntStream.of(indices).mapToObj(files::get).toList(), classNames,
                IntStream.of(indices).map(index -> labels[index]).toArray());
    }
}
