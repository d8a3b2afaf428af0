package io.github.bitgrad.bindings;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;

/**
 * A shared library among the resources, told from others by the checksum of its contents. A JAR's directory holds the
 * size and the CRC-32 of every entry, so a start finds out which library it needs without unpacking it, and reads the
 * unpacked file once to see that it is whole. That guards against accidents; a user's own cache needs no guard against
 * the user.
 *
 * @param url the resource
 * @param fileName the name that the library has to have as a file, for the others to find it
 * @param size bytes
 * @param crc32 of the contents
 */
record PackedLibrary(URL url, String fileName, long size, long crc32) {
    /** Looks for a resource on the class path and the module path. */
    static Optional<PackedLibrary> find(String resource) throws IOException {
        URL url = PackedLibrary.class.getClassLoader().getResource(resource);
        if (url == null) {
            url = findOnModulePath(resource);
        }
        return url == null ? Optional.empty() : Optional.of(of(url));
    }

    /**
     * Class loaders know only the modules that the program resolves. OpenBLAS's JARs are modules that do not resolve
     * without the Java side of OpenBLAS, which is not wanted: their resources are found where they lie.
     */
    private static URL findOnModulePath(String resource) throws IOException {
        Path[] path = Pattern.compile(File.pathSeparator, Pattern.LITERAL)
                .splitAsStream(System.getProperty("jdk.module.path", "")).filter(entry -> !entry.isEmpty())
                .map(Path::of).toArray(Path[]::new);
        for (ModuleReference module : ModuleFinder.of(path).findAll()) {
            try (ModuleReader reader = module.open()) {
                Optional<URI> found = reader.find(resource);
                if (found.isPresent()) {
                    return found.get().toURL();
                }
            }
        }
        return null;
    }

    private static PackedLibrary of(URL url) throws IOException {
        String fileName = url.getPath().substring(url.getPath().lastIndexOf('/') + 1);
        URLConnection connection = connect(url);
        if (connection instanceof JarURLConnection jarConnection) {
            try (JarFile jar = jarConnection.getJarFile()) {
                JarEntry entry = jar.getJarEntry(jarConnection.getEntryName());
                return new PackedLibrary(url, fileName, entry.getSize(), entry.getCrc());
            }
        }
        try (CheckedInputStream in = new CheckedInputStream(connection.getInputStream(), new CRC32())) {
            long size = in.transferTo(OutputStream.nullOutputStream());
            return new PackedLibrary(url, fileName, size, in.getChecksum().getValue());
        }
    }

    private static URLConnection connect(URL url) throws IOException {
        URLConnection connection = url.openConnection();
        connection.setUseCaches(false); // which would keep the JAR open
        return connection;
    }

    /** Whether a file holds this library, all of it and nothing else. */
    boolean isIn(Path file) throws IOException {
        return Files.exists(file) && Files.size(file) == size && of(file.toUri().toURL()).crc32 == crc32;
    }

    /** Writes this library to a new file. */
    void copyTo(Path file) throws IOException {
        try (InputStream in = connect(url).getInputStream()) {
            Files.copy(in, file);
        }
    }
}
