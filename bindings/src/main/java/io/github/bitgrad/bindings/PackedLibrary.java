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
 * A shared library among the resources, identified by the checksum of its contents. The directory of a JAR contains the
 * size and the CRC-32 of every entry, so the checksum is known without unpacking the library. The unpacked file is read
 * once to check that it is complete. This protects against accidents, not against an attacker: only the user can write
 * to the user's own cache.
 *
 * @param url the resource
 * @param fileName the name that the library must have as a file, so that other libraries find it
 * @param size the size in bytes
 * @param crc32 the CRC-32 of the contents
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
     * Looks for a resource in all JARs on the module path. A class loader knows only the modules that the program
     * resolves. The JARs of OpenBLAS are modules that cannot be resolved without the Java classes of OpenBLAS, which
     * bitgrad does not use. So their resources are read directly from the JARs.
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
        connection.setUseCaches(false); // a cache would keep the JAR open
        return connection;
    }

    /** Whether the contents of a file are exactly this library. */
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
