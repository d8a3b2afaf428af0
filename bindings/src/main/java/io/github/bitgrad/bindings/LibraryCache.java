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
 * Unpacks libraries into a folder whose name follows from their contents, so that it survives the process, serves the
 * next one, and never mixes versions. A file gets its name when it is whole, so processes may start at the same time; a
 * file that is not what it should be is replaced.
 *
 * <p>
 * The folder lies in what {@link #DIRECTORY} says. Where that says nothing it lies in
 * {@code $XDG_CACHE_HOME/bitgrad/native} or else {@code ~/.cache/bitgrad/native}, and where nothing can be written
 * there, or nothing loaded from there, in the directory for temporary files until the process ends.
 */
final class LibraryCache {
    static final Setting DIRECTORY = new Setting("bitgrad.cache.directory", "BITGRAD_CACHE_DIR");

    /**
     * A directory to unpack into.
     *
     * @param temporary whether what is unpacked there goes away with the process
     */
    record Place(Path directory, boolean temporary) {
        Path makeFolder(String name) throws IOException {
            if (!temporary) {
                return Files.createDirectories(directory.resolve(name)).toAbsolutePath();
            }
            // Everybody may write to this directory: a name that nobody could prepare.
            Path folder = Files.createTempDirectory(directory, name + "-").toAbsolutePath();
            folder.toFile().deleteOnExit();
            return folder;
        }
    }

    private LibraryCache() {
    }

    /**
     * The places to try, in order. A directory that the user has set is the only one: another would hide that it does
     * not work.
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
                // Java says "?" for the home of a user without one.
                .filter(place -> place.directory().isAbsolute()).toList();
    }

    /**
     * Unpacks and loads libraries, each after those that it needs, from the first place where all of that works.
     *
     * @return the file of the last one
     * @throws UnsatisfiedLinkError where no place works; the message tells which were tried and why each does not
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
