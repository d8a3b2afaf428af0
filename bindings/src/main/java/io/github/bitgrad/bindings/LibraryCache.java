package io.github.bitgrad.bindings;

import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.foreign.Arena;
import java.nio.channels.Channels;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Unpacks libraries into a folder, and loads them from there. The folder's name is computed from the contents of the
 * libraries, so later processes can use the folder again, and versions are never mixed. A file gets its name only when
 * it is complete, so several processes may start at the same time. A file with wrong contents is replaced.
 *
 * <p>
 * The folder is in the directory that {@link #DIRECTORY} names. If {@link #DIRECTORY} is not set, it is in
 * {@code $XDG_CACHE_HOME/bitgrad/native}, or in {@code ~/.cache/bitgrad/native} if there is no such variable. A folder
 * that another user could change is never used. If libraries cannot be written there or cannot be loaded from there,
 * the folder is in the directory for temporary files, and is deleted as soon as the libraries are loaded.
 *
 * <p>
 * Each use deletes what processes that were killed have left in the directory that it uses.
 */
final class LibraryCache {
    static final Setting DIRECTORY = new Setting("bitgrad.cache.directory", "BITGRAD_CACHE_DIR");

    /** A text constant is one object in the whole process, even if several class loaders have this class. */
    private static final Object ONE_AT_A_TIME = "io.github.bitgrad.bindings.LibraryCache";
    private static final FileAttribute<?> FOR_ALL_TO_READ =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x"));
    private static final String PART = ".part";
    private static final String CLAIM = "lock";
    private static final Pattern TEMPORARY_FOLDER = Pattern.compile("lib[a-z]+-[0-9a-f]{16}-[0-9]+");
    /** After this time, a folder without a claim is not one that is just being made: an older bitgrad has left it. */
    private static final Duration OLD = Duration.ofHours(1);

    /** What a place is. */
    enum Kind {
        /** A directory that the user has set, for libraries that are kept. If it does not work, the user is told. */
        SET,
        /** The user's cache, for libraries that are kept. */
        CACHE,
        /** A directory for files that are deleted when the libraries are loaded. */
        TEMPORARY
    }

    /** A directory to unpack into. */
    record Place(Path directory, Kind kind) {
    }

    /** Another user could change the libraries in a folder. */
    private static final class UntrustedFolderException extends IOException {
        private static final long serialVersionUID = 1;

        UntrustedFolderException(String stranger) {
            super(stranger);
        }

        @Override
        public String toString() {
            return getMessage();
        }
    }

    private LibraryCache() {
    }

    /** The places to try, in order. */
    static List<Place> places() {
        Place temporary = new Place(Path.of(System.getProperty("java.io.tmpdir")), Kind.TEMPORARY);
        Optional<String> set = DIRECTORY.value();
        if (set.isPresent()) {
            return List.of(new Place(Path.of(set.get()), Kind.SET), temporary);
        }
        String xdg = System.getenv("XDG_CACHE_HOME");
        Path cache = xdg != null && !xdg.isEmpty() ? Path.of(xdg) : Path.of(System.getProperty("user.home"), ".cache");
        return Stream.of(new Place(cache.resolve("bitgrad").resolve("native"), Kind.CACHE), temporary)
                // If a user has no home directory, Java gives "?" as its path.
                .filter(place -> place.directory().isAbsolute()).toList();
    }

    /**
     * Unpacks and loads libraries in their order, from the first place where this works for all of them. If a directory
     * that the user has set does not work, later places are tried only if other users could change that directory.
     *
     * @param libraries the libraries, each after those that it needs
     * @param arena how long the libraries stay loaded
     * @return the last library
     * @throws UnsatisfiedLinkError if no place works; the message contains each place and why it does not work
     */
    static LoadedLibrary load(Platform platform, List<PackedLibrary> libraries, List<Place> places, Arena arena) {
        List<Throwable> failures = new ArrayList<>();
        StringJoiner tried = new StringJoiner(" nor from ");
        synchronized (ONE_AT_A_TIME) {
            for (Place place : places) {
                try {
                    return place.kind() == Kind.TEMPORARY ? loadOnce(libraries, place.directory(), arena)
                            : loadKept(libraries, place.directory(), arena);
                } catch (IOException | UnsatisfiedLinkError failure) {
                    failures.add(failure);
                    tried.add("%s (%s)".formatted(place.directory(), LoadedLibrary.reason(failure)));
                    if (place.kind() == Kind.SET) {
                        if (!(failure instanceof UntrustedFolderException)) {
                            break;
                        }
                        System.getLogger("io.github.bitgrad").log(Logger.Level.WARNING,
                                "The cache folder {0} is not used, because {1}; set {2} to a folder of your own.",
                                place.directory(), failure.getMessage(), DIRECTORY);
                    }
                }
            }
        }
        String folder = "set %s to a folder that can be written to and is not mounted noexec".formatted(DIRECTORY);
        throw platform.linkError("%s cannot be loaded from %s; %s".formatted(libraries.getLast().fileName(), tried,
                platform.remedy(failures, folder)), failures);
    }

    /** Loads libraries from files that are kept. */
    private static LoadedLibrary loadKept(List<PackedLibrary> libraries, Path directory, Arena arena)
            throws IOException {
        Path folder = trustedFolder(directory, folderName(libraries));
        deleteAbandonedParts(folder);
        for (PackedLibrary library : libraries) {
            Path file = folder.resolve(library.fileName());
            if (!library.isIn(file) || Owners.strangerAt(file).isPresent()) {
                unpack(library, folder);
            }
        }
        return open(libraries, folder, arena);
    }

    /** Loads libraries from files that are deleted at once. What the system has loaded does not need its file. */
    private static LoadedLibrary loadOnce(List<PackedLibrary> libraries, Path directory, Arena arena)
            throws IOException {
        deleteAbandonedFolders(directory);
        Claim claim = claimedFolder(directory, folderName(libraries));
        Path folder = claim.file().getParent();
        try (claim) {
            for (PackedLibrary library : libraries) {
                unpack(library, folder);
            }
            return open(libraries, folder, arena);
        } finally {
            delete(folder);
        }
    }

    /** Makes a folder that no other process deletes as long as it is claimed. */
    private static Claim claimedFolder(Path directory, String name) throws IOException {
        Optional<Claim> claim = Optional.empty();
        while (claim.isEmpty()) {
            // Everybody may write to this directory, so the folder gets a name that nobody can guess and prepare.
            Path folder = Files.createTempDirectory(directory, name + "-").toRealPath();
            claim = Claim.of(folder.resolve(CLAIM));
        }
        return claim.get();
    }

    private static LoadedLibrary open(List<PackedLibrary> libraries, Path folder, Arena arena) {
        return libraries.stream().map(library -> LoadedLibrary.of(folder.resolve(library.fileName()), arena))
                .reduce((first, second) -> second).orElseThrow();
    }

    private static String folderName(List<PackedLibrary> libraries) {
        long hash = 0;
        for (PackedLibrary library : libraries) {
            hash = hash * 31 + (library.crc32() << Integer.SIZE ^ library.size());
        }
        return "%s-%s".formatted(libraries.getLast().fileName().replaceFirst("\\.so.*", ""),
                HexFormat.of().toHexDigits(hash));
    }

    /**
     * Makes a folder, or finds it, that only this user and root can change. If another user was first to make the
     * folder, for example in a directory with a sticky bit, this user gets a folder with another name.
     */
    private static Path trustedFolder(Path directory, String name) throws IOException {
        Files.createDirectories(directory, FOR_ALL_TO_READ);
        Path real = directory.toRealPath();
        List<String> strangers = new ArrayList<>();
        for (String candidate : List.of(name, name + "-" + Owners.user())) {
            Path folder = real.resolve(candidate);
            if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
                try {
                    Files.createDirectory(folder, FOR_ALL_TO_READ);
                } catch (FileAlreadyExistsException madeMeanwhile) {
                    // by another process; its owner is looked at below
                } catch (IOException failure) {
                    Owners.strangerAt(real).ifPresent(strangers::add);
                    if (strangers.isEmpty()) {
                        throw failure;
                    }
                    break;
                }
            }
            Optional<String> stranger = Owners.strangerAt(folder);
            if (stranger.isEmpty()) {
                return folder;
            }
            strangers.add(stranger.get());
        }
        throw new UntrustedFolderException(strangers.getFirst());
    }

    private static void unpack(PackedLibrary library, Path folder) throws IOException {
        Optional<Claim> claim = Optional.empty();
        while (claim.isEmpty()) {
            claim = Claim.of(folder.resolve("%s.%s%s".formatted(library.fileName(), UUID.randomUUID(), PART)));
        }
        try (Claim part = claim.get(); InputStream in = library.open()) {
            in.transferTo(Channels.newOutputStream(part.channel()));
            Files.move(part.file(), folder.resolve(library.fileName()), StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(claim.get().file());
        }
    }

    private static void deleteAbandonedParts(Path folder) throws IOException {
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(folder, "*" + PART)) {
            for (Path part : parts) {
                try {
                    Claim.ifAbandoned(part, () -> Files.deleteIfExists(part));
                } catch (IOException leftToOthers) { // this user may not write in a folder that belongs to root
                    continue;
                }
            }
        }
    }

    private static void deleteAbandonedFolders(Path directory) throws IOException {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(directory,
                folder -> TEMPORARY_FOLDER.matcher(folder.getFileName().toString()).matches())) {
            for (Path folder : folders) {
                try {
                    if (Owners.owner(folder) == Owners.user() && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
                        deleteIfAbandoned(folder);
                    }
                } catch (NoSuchFileException deletedMeanwhile) {
                    continue;
                }
            }
        }
    }

    private static void deleteIfAbandoned(Path folder) throws IOException {
        try {
            Claim.ifAbandoned(folder.resolve(CLAIM), () -> delete(folder));
        } catch (NoSuchFileException withoutClaim) {
            if (Files.getLastModifiedTime(folder).toInstant().isBefore(Instant.now().minus(OLD))) {
                delete(folder);
            }
        }
    }

    /** Deletes a folder and the files in it as far as possible. The next start tries it again. */
    private static void delete(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(folder);
        } catch (IOException triedAgain) {
            return;
        }
    }
}
