package io.github.bitgrad.bindings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Unpacks libraries into a folder. The folder's name is computed from the contents of the libraries, so later processes
 * can use the folder again, and versions are never mixed. A file gets its name only when it is complete, so several
 * processes may start at the same time. A file with wrong contents is replaced.
 *
 * <p>
 * The folder is in the directory that {@link #DIRECTORY} names. If {@link #DIRECTORY} is not set, it is in
 * {@code $XDG_CACHE_HOME/bitgrad/native}, or in {@code ~/.cache/bitgrad/native} if there is no such variable. If
 * libraries cannot be written there or cannot be loaded from there, the folder is in the directory for temporary files,
 * and is deleted when the process ends.
 */
final class LibraryCache {
    static final Setting DIRECTORY = new Setting("bitgrad.cache.directory", "BITGRAD_CACHE_DIR");

    /**
     * A directory to unpack into.
     *
     * @param directory the directory
     * @param temporary whether the unpacked files are deleted when the process ends
     */
    record Place(Path directory, boolean temporary) {
        Path makeFolder(String name) throws IOException {
            if (!temporary) {
                return Files.createDirectories(directory.resolve(name)).toAbsolutePath();
            }
            // Everybody may write to this directory, so the folder gets a name that nobody can guess and prepare.
            Path folder = Files.createTempDirectory(directory, name + "-").toAbsolutePath();
            folder.toFile().deleteOnExit();
            return folder;
        }
    }

    private LibraryCache() {
    }

    /**
     * The places to try, in order. If the user has set a directory, it is the only place, so that the user is told if
     * it does not work.
     */
    static List<Place> places() {
        Optional<String> set = DIRECTORY.value();
        if (set.isPresent()) {
            return List.of(new Place(Path.of(set.get()), false));
        }
        String xdg = System.getenv("XDG_CACHE_HOME");
        Path cache = xdg != null && !xdg.isEmpty() ? Path.of(xdg) : Path.of(System.getProperty("user.home"), ".cache");
        return Stream.of(new Place(cache.resolve("bitgrad").resolve("native"), false),
                new Place(Path.of(System.getProperty("java.io.tmpdir")), true))
                // If a user has no home directory, Java gives "?" as its path.
                .filter(place -> place.directory().isAbsolute()).toList();
    }

    /**
     * Unpacks and loads libraries in their order, from the first place where this works for all of them.
     *
     * @param libraries the libraries, each after those that it needs
     * @return the file of the last library
     * @throws UnsatisfiedLinkError if no place works; the message contains each place and why it does not work
     */
    static Path load(Platform platform, List<PackedLibrary> libraries, List<Place> places) {
        List<Throwable> failures = new ArrayList<>();
        StringJoiner tried = new StringJoiner(" nor from ");
        for (Place place : places) {
            try {
                return load(libraries, place);
            } catch (IOException | UnsatisfiedLinkError failure) {
                failures.add(failure);
                tried.add("%s (%s)".formatted(place.directory(), failure));
            }
        }
        String remedy = platform.libc().equals("musl") ? "it needs a system with glibc"
                : "set %s to a folder that can be written to and is not mounted noexec".formatted(DIRECTORY);
        throw platform.linkError(
                "%s cannot be loaded from %s; %s".formatted(libraries.getLast().fileName(), tried, remedy), failures);
    }

    private static Path load(List<PackedLibrary> libraries, Place place) throws IOException {
        Path folder = place.makeFolder(folderName(libraries));
        for (PackedLibrary library : libraries) {
            Path file = unpack(library, folder);
            if (place.temporary()) {
                file.toFile().deleteOnExit();
            }
            System.load(file.toString());
        }
        return folder.resolve(libraries.getLast().fileName());
    }

    private static String folderName(List<PackedLibrary> libraries) {
        long hash = 0;
        for (PackedLibrary library : libraries) {
            hash = hash * 31 + (library.crc32() << Integer.SIZE ^ library.size());
        }
        return "%s-%016x".formatted(libraries.getLast().fileName().replaceFirst("\\.so.*", ""), hash);
    }

    private static Path unpack(PackedLibrary library, Path folder) throws IOException {
        Path file = folder.resolve(library.fileName());
        if (!library.isIn(file)) {
            Path part = folder.resolve("%s.%s.part".formatted(library.fileName(), UUID.randomUUID()));
            try {
                library.copyTo(part);
                Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(part);
            }
        }
        return file;
    }
}
