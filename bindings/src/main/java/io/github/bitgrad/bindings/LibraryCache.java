package io.github.bitgrad.bindings;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;

/**
 * Unpacks libraries into a folder whose name follows from their contents, so that it survives the process, serves the
 * next, and is never mixed with another version's. Files appear under their names only when they are whole, so processes
 * may start at the same time; a file that is not what it should be is replaced.
 *
 * <p>
 * The folder lies in what {@value #DIRECTORY_PROPERTY} or after it {@value #DIRECTORY_ENVIRONMENT} names; unless one of
 * them is set, in {@code $XDG_CACHE_HOME/bitgrad/native} or {@code ~/.cache/bitgrad/native}, and where nothing can be
 * written or loaded from there, in a new temporary folder.
 */
final class LibraryCache {
    static final String DIRECTORY_PROPERTY = "bitgrad.cache.directory";
    static final String DIRECTORY_ENVIRONMENT = "BITGRAD_CACHE_DIR";

    /** A library as it is packed: what it is told from others by is known without unpacking it. */
    private record Packed(URL url, String fileName, long size, long crc) {
        boolean sameContents(Packed other) {
            return size == other.size && crc == other.crc;
        }

        static Packed of(URL url) throws IOException {
            String fileName = url.getPath().substring(url.getPath().lastIndexOf('/') + 1);
            if (url.openConnection() instanceof JarURLConnection jar) {
                return new Packed(url, fileName, jar.getJarEntry().getSize(), jar.getJarEntry().getCrc());
            }
            try (InputStream in = url.openStream()) {
                CheckedInputStream checked = new CheckedInputStream(in, new CRC32());
                long size = checked.transferTo(OutputStream.nullOutputStream());
                return new Packed(url, fileName, size, checked.getChecksum().getValue());
            }
        }
    }

    private LibraryCache() {
    }

    /**
     * Unpacks and loads libraries in order.
     *
     * @param resources the libraries, as {@link ClassLoader#getResource} takes them; all but the last may be missing
     * @return the file of the last
     * @throws UnsatisfiedLinkError where no directory serves; the message tells which were tried, and why not
     */
    static Path load(Platform platform, List<String> resources) {
        List<Packed> libraries = find(platform, resources);
        String chosen = System.getProperty(DIRECTORY_PROPERTY, System.getenv(DIRECTORY_ENVIRONMENT));
        List<String> failures = new ArrayList<>();
        Path loaded = load(libraries, failures, () -> chosen != null ? Path.of(chosen) : userCache());
        if (loaded == null && chosen == null) {
            // not a name that others could have prepared; the system's to clear away
            loaded = load(libraries, failures, () -> Files.createTempDirectory("bitgrad-native-"));
        }
        if (loaded == null) {
            throw Platform
                    .linkError("%s cannot be loaded from %s; name a folder that can be written and executed from in %s"
                            .formatted(libraries.getLast().fileName(), String.join(" nor from ", failures),
                                    DIRECTORY_ENVIRONMENT),
                            null);
        }
        return loaded;
    }

    private interface Directory {
        Path get() throws IOException;
    }

    /** The file of the last library, or null, with the reason added to the failures. */
    private static Path load(List<Packed> libraries, List<String> failures, Directory directory) {
        Path folder = null;
        try {
            folder = directory.get();
            folder = Files.createDirectories(folder.resolve(folderName(libraries))).toAbsolutePath();
            for (Packed library : libraries) {
                System.load(unpack(library, folder).toString());
            }
            return folder.resolve(libraries.getLast().fileName());
        } catch (IOException | UnsatisfiedLinkError failure) {
            failures.add("%s (%s)".formatted(folder == null ? "a temporary folder" : folder, failure));
            return null;
        }
    }

    private static List<Packed> find(Platform platform, List<String> resources) {
        List<Packed> libraries = new ArrayList<>();
        URL url = null;
        for (String resource : resources) {
            url = LibraryCache.class.getClassLoader().getResource(resource);
            if (url != null) {
                try {
                    libraries.add(Packed.of(url));
                } catch (IOException failure) {
                    throw Platform.linkError("%s cannot be read (%s); is its JAR whole?".formatted(url, failure),
                            failure);
                }
            }
        }
        if (url == null) {
            throw Platform.linkError(
                    "There is no %s; use a bitgrad that was built for %s, and put the OpenBLAS JAR on the class path"
                            .formatted(resources.getLast(), platform.name()),
                    null);
        }
        return libraries;
    }

    private static Path userCache() {
        String cache = System.getenv("XDG_CACHE_HOME");
        Path parent = cache != null && !cache.isEmpty() ? Path.of(cache)
                : Path.of(System.getProperty("user.home"), ".cache");
        return parent.resolve("bitgrad").resolve("native");
    }

    /** Follows from the contents. */
    private static String folderName(List<Packed> libraries) {
        long hash = 0;
        for (Packed library : libraries) {
            hash = hash * 31 + (library.crc() << Integer.SIZE | library.size());
        }
        return "%s-%016x".formatted(libraries.getLast().fileName().replaceFirst("\\.so.*", ""), hash);
    }

    /** The file of a library in a folder, whole. */
    private static Path unpack(Packed library, Path folder) throws IOException {
        Path file = folder.resolve(library.fileName());
        if (!Files.exists(file) || !Packed.of(file.toUri().toURL()).sameContents(library)) {
            Path whole = Files.createTempFile(folder, library.fileName(), ".unpacking");
            try (InputStream in = library.url().openStream()) {
                Files.copy(in, whole, StandardCopyOption.REPLACE_EXISTING);
                Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(whole);
            }
        }
        return file;
    }
}
