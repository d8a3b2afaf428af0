package io.github.bitgrad.formats;

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

/**
 * The files of one kind in the folders of classes, by their names alone: no file is opened, so that a folder of 100,000
 * pictures is listed in a second. They are in the order of the classes, and within a class in the order of their names.
 * They may also lie in folders within those of the classes. Hidden files and folders are passed over.
 */
public final class ClassFolders {
    private static final Logger LOGGER = System.getLogger("io.github.bitgrad");
    private static final int FEWEST_CLASSES = 2;

    private final Path folder;
    private final FileKind kind;
    private final List<String> classNames;
    /** The files of each class, as paths within {@link #folder}. */
    private final String[][] files;
    /** The number of the first file of each class, and behind them the number of all files. */
    private final int[] begins;
    private int unknownFiles;
    private String unknownFile;

    private ClassFolders(Path folder, FileKind kind, List<String> classNames) {
        this.folder = folder;
        this.kind = kind;
        this.classNames = classNames;
        files = new String[classNames.size()][0];
        begins = new int[classNames.size() + 1];
    }

    /** {@return whether a folder has a folder with at least one file of a kind} */
    public static boolean hold(Path folder, FileKind kind) {
        return names(folder).stream().anyMatch(name -> has(folder.resolve(name).toFile(), kind, 2));
    }

    /** @param depth of folders in which a file may be */
    private static boolean has(File folder, FileKind kind, int depth) {
        String[] names = folder.list();
        return names != null && (Arrays.stream(names).anyMatch(name -> isWanted(name, kind))
                || depth > 1 && Arrays.stream(names).limit(10).filter(name -> !isHidden(name))
                        .anyMatch(name -> has(new File(folder, name), kind, depth - 1)));
    }

    private static boolean isWanted(String name, FileKind kind) {
        return !isHidden(name) && kind.isNamed().test(Path.of(name));
    }

    private static boolean isHidden(String name) {
        return name.startsWith(".") || name.startsWith("__");
    }

    /** {@return the names of the folders within a folder, in their order; none if it is no folder} */
    public static List<String> names(Path folder) {
        File[] folders = folder.toFile().listFiles(file -> !isHidden(file.getName()) && file.isDirectory());
        return folders == null ? List.of() : Arrays.stream(folders).map(File::getName).sorted().toList();
    }

    /**
     * Lists files.
     *
     * @param trained the class names of the network that the files are read for; empty if none is trained yet
     * @throws BitgradException if the folder cannot be listed, or classes are missing, unknown or without files
     */
    public static ClassFolders list(Path folder, FileKind kind, Optional<List<String>> trained) {
        List<String> names = names(folder);
        if (names.isEmpty()) {
            throw new BitgradException(
                    "Folder %s is missing or has no folder for a class: put folders with %ss there."
                            .formatted(folder, kind.name()));
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
        ClassFolders classes = new ClassFolders(folder, kind, known ? trained.get() : names);
        for (String name : names) {
            classes.add(name);
        }
        for (int label = 0; label < classes.files.length; label++) {
            classes.begins[label + 1] = Math.addExact(classes.begins[label], classes.files[label].length);
        }
        if (classes.unknownFiles > 0) {
            LOGGER.log(Level.WARNING,
                    "{0} files in {1} are no {2}s by their names, such as {3}, and were left out.",
                    Integer.toString(classes.unknownFiles), folder, kind.name(), classes.unknownFile);
        }
        return classes;
    }

    private static String some(List<String> names) {
        return Names.printable(String.join(", ", names.subList(0, Math.min(names.size(), 10))))
                + (names.size() > 10 ? ", …" : "");
    }

    private void add(String name) {
        List<String> found = new ArrayList<>();
        add(name, found, new HashSet<>());
        if (found.isEmpty()) {
            throw new BitgradException("Folder %s holds no %s: put %ss of the class there, or take it away."
                    .formatted(folder.resolve(name), kind.name(), kind.name()));
        }
        String[] sorted = found.toArray(String[]::new);
        Arrays.sort(sorted);
        files[classNames.indexOf(name)] = sorted;
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
            if (isWanted(name, kind)) {
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

    /** {@return the names of the classes, in the order of the labels} */
    public List<String> classNames() {
        return classNames;
    }

    /** {@return the number of all files} */
    public int size() {
        return begins[begins.length - 1];
    }

    /** {@return the number of the class that a file belongs to} */
    public int label(int index) {
        int found = Arrays.binarySearch(begins, index);
        if (found < 0) {
            return -found - 2;
        }
        while (begins[found + 1] == index) { // classes without files begin there too
            found++;
        }
        return found;
    }

    /** {@return where a file is} */
    public Path file(int index) {
        int label = label(index);
        return folder.resolve(files[label][index - begins[label]]);
    }

    /** {@return the next file of the same class; behind the last one comes the first} */
    public int next(int index) {
        int label = label(index);
        return index + 1 < begins[label + 1] ? index + 1 : begins[label];
    }
}
