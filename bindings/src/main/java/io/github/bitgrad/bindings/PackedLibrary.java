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
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;

/**
 * A shared library among the resources. The directory of a JAR contains the size and the CRC-32 of every entry, so they
 * are known without unpacking the library. They only give its folder a name: whether a file is this library is decided
 * by comparing every byte.
 *
 * @param url the resource
 * @param fileName the name that the library must have as a file, so that other libraries find it
 * @param size the size in bytes
 * @param crc32 the CRC-32 of the contents
 */
record PackedLibrary(URL url, String fileName, long size, long crc32) {
    private static final int BLOCK = 1 << 16;

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

    /**
     * Whether a file contains exactly this library. Comparing takes half the time of a SHA-256 of the file, as long as
     * Java compiles with its simple compiler, and needs no second copy of the sum that somebody would have to keep
     * true.
     */
    boolean isIn(Path file) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) != size) {
            return false;
        }
        try (InputStream packed = open(); InputStream unpacked = Files.newInputStream(file)) {
            byte[] expected = packed.readNBytes(BLOCK);
            while (expected.length > 0 && Arrays.equals(expected, unpacked.readNBytes(expected.length))) {
                expected = packed.readNBytes(BLOCK);
            }
            return expected.length == 0;
        }
    }

    /** Reads this library. */
    InputStream open() throws IOException {
        return connect(url).getInputStream();
    }
}
