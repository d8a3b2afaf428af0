package io.github.bitgrad.formats.picture;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.Names;
import io.github.bitgrad.data.DataDescription;
import java.io.File;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The pictures in the folders of classes, by their names alone: no file is opened, so that a folder of 100,000 pictures
 * is listed in a second. They are in the order of the classes, and within a class in the order of their names.
 */
final class ClassFolders {
    private static final Logger LOGGER = System.getLogger("io.github.bitgrad");
    private static final int FEWEST_CLASSES = 2;

    private final Path folder;
    private final List<String> classNames;
    /** The pictures of each class, as paths within {@link #folder}. */
    private final String[][] pictures;
    /** The number of the first picture of each class, and behind them the number of all pictures. */
    private final int[] begins;
    private int unknownFiles;
    private String unknownFile;

    private ClassFolders(Path folder, List<String> classNames) {
        this.folder = folder;
        this.classNames = classNames;
        pictures = new String[classNames.size()][0];
        begins = new int[classNames.size() + 1];
    }

    /** Whether a folder has a folder with at least one picture. */
    static boolean holdsPictures(Path folder) {
        return names(folder).stream().anyMatch(name -> hasPicture(folder.resolve(name).toFile(), 2));
    }

    /** @param depth of folders in which a picture may be */
    private static boolean hasPicture(File folder, int depth) {
        String[] names = folder.list();
        return names != null && (Arrays.stream(names).anyMatch(ClassFolders::isPicture)
                || depth > 1 && Arrays.stream(names).limit(10).filter(name -> !isHidden(name))
                        .anyMatch(name -> hasPicture(new File(folder, name), depth - 1)));
    }

    private static boolean isPicture(String name) {
        return !isHidden(name) && PictureFile.isNamedAsPicture(Path.of(name));
    }

    private static boolean isHidden(String name) {
        return name.startsWith(".") || name.startsWith("__");
    }

    /** The names of the folders within a folder, in their order; none if it is no folder. */
    static List<String> names(Path folder) {
        File[] folders = folder.toFile().listFiles(file -> !isHidden(file.getName()) && file.isDirectory());
        return folders == null ? List.of() : Arrays.stream(folders).map(File::getName).sorted().toList();
    }

    /**
     * Lists pictures.
     *
     * @param trained the class names of the network that the pictures are read for; empty if none is trained yet
     * @throws BitgradException if the folder cannot be listed, or classes are missing, unknown or without pictures
     */
    static ClassFolders list(Path folder, Optional<List<String>> trained) {
        List<String> names = names(folder);
        if (names.isEmpty()) {
            throw new BitgradException(
                    "Folder %s is missing or has no folder for a class: put folders with pictures there."
                            .formatted(folder));
        }
        boolean known = trained.isPresent() && !trained.get().equals(DataDescription.numbers(trained.get().size()));
        if (known) {
            names.stream().filter(name -> !trained.get().contains(name)).findFirst().ifPresent(name -> {
                throw new BitgradException(
                        "Class %s in %s is none of those that the network was trained on (%s): take it away."
                                .formatted(Names.printable(name), folder, some(trained.get())));
            });
        } else if (names.size() < FEWEST_CLASSES) {
            throw new BitgradException("Folder %s has only one class, %s: a network needs two to tell apart."
                    .formatted(folder, Names.printable(names.getFirst())));
        }
        ClassFolders classes = new ClassFolders(folder, known ? trained.get() : names);
        for (String name : names) {
            classes.add(name);
        }
        for (int label = 0; label < classes.pictures.length; label++) {
            classes.begins[label + 1] = Math.addExact(classes.begins[label], classes.pictures[label].length);
        }
        if (classes.unknownFiles > 0) {
            LOGGER.log(Level.WARNING,
                    "{0} files in {1} are no pictures by their names, such as {2}, and were left out.",
                    Integer.toString(classes.unknownFiles), folder, classes.unknownFile);
        }
        return classes;
    }

    static String some(List<String> names) {
        return Names.printable(String.join(", ", names.subList(0, Math.min(names.size(), 10))))
                + (names.size() > 10 ? ", …" : "");
    }

    private void add(String name) {
        List<String> found = new ArrayList<>();
        add(name, found, new HashSet<>());
        if (found.isEmpty()) {
            throw new BitgradException("Folder %s holds no picture: put pictures of the class there, or take it away."
                    .formatted(folder.resolve(name)));
        }
        String[] sorted = found.toArray(String[]::new);
        Arrays.sort(sorted);
        pictures[classNames.indexOf(name)] = sorted;
    }

    /** @param above the folders that lead here, to find a link that leads back */
    private void add(String path, List<String> found, Set<Path> above) {
        Path here = folder.resolve(path);
        Path real;
        try {
            real = here.toRealPath();
        } catch (IOException failure) {
            throw new BitgradException("Folder %s cannot be listed: %s; check the folder.".formatted(here,
                    BitgradException.reason(failure)), failure);
        }
        if (!above.add(real)) {
            throw new BitgradException("%s leads back to a folder above it: take this link away.".formatted(here));
        }
        String[] names = here.toFile().list();
        if (names == null) {
            throw new BitgradException("Folder %s cannot be listed: change its permissions.".formatted(here));
        }
        for (String name : names) {
            if (isHidden(name)) {
                continue;
            }
            String inner = path + File.separator + name;
            if (isPicture(name)) {
                found.add(inner);
            } else if (Files.isDirectory(folder.resolve(inner))) {
                add(inner, found, above);
            } else {
                unknownFiles++;
                unknownFile = inner;
            }
        }
        above.remove(real);
    }

    List<String> classNames() {
        return classNames;
    }

    /** The number of all pictures. */
    int size() {
        return begins[begins.length - 1];
    }

    int label(int index) {
        int found = Arrays.binarySearch(begins, index);
        if (found < 0) {
            return -found - 2;
        }
        while (begins[found + 1] == index) { // classes without pictures begin there too
            found++;
        }
        return found;
    }

    Path file(int index) {
        int label = label(index);
        return folder.resolve(pictures[label][index - begins[label]]);
    }

    /** The next picture of the same class; behind the last one comes the first. */
    int next(int index) {
        int label = label(index);
        return index + 1 < begins[label + 1] ? index + 1 : begins[label];
    }

    /** The numbers of all pictures. */
    IntStream indices() {
        return IntStream.range(0, size());
    }
}
