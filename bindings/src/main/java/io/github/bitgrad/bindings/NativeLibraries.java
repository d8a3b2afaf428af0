package io.github.bitgrad.bindings;

import io.github.bitgrad.bindings.cblas.Cblas;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Loads the native libraries, each once in a process: {@code libbitgrad.so} from this JAR, and OpenBLAS from the JAR of
 * its own that holds it. The system loads libraries from files only, so they are unpacked first, into
 * {@code BITGRAD_CACHE_DIR} (or the system property {@code bitgrad.cache.directory}) or else into the user's cache.
 * {@code BITGRAD_LIBRARY} (or {@code bitgrad.library}) names a {@code libbitgrad.so} to be loaded instead of the packed
 * one.
 *
 * <p>
 * The classes that jextract makes look symbols up among the libraries of their class loader, so it has to be this class
 * that loads them, which the same class loader defines.
 */
public final class NativeLibraries {
    static final Setting LIBRARY = new Setting("bitgrad.library", "BITGRAD_LIBRARY");

    private static Path bitgrad;
    private static Path openBlas;

    private NativeLibraries() {
    }

    /**
     * Loads {@code libbitgrad.so} unless it is loaded.
     *
     * @return the file that it is loaded from
     * @throws UnsatisfiedLinkError where that fails; the message tells what was tried and what to do
     */
    public static synchronized Path load() {
        if (bitgrad == null) {
            requireNativeAccess();
            Platform platform = Platform.current();
            Optional<Path> named = LIBRARY.value().map(Path::of);
            bitgrad = named.isPresent() ? loadNamed(platform, named.get())
                    : LibraryCache.load(platform, packedBitgrad(platform), LibraryCache.places());
        }
        return bitgrad;
    }

    /**
     * Loads OpenBLAS unless it is loaded, and keeps it to the threads that call it.
     *
     * @return the file that it is loaded from
     * @throws UnsatisfiedLinkError where that fails; the message tells what was tried and what to do
     */
    public static synchronized Path loadOpenBlas() {
        if (openBlas == null) {
            requireNativeAccess();
            Platform platform = Platform.current();
            Path file = LibraryCache.load(platform, packedOpenBlas(platform), LibraryCache.places());
            Cblas.openblas_set_num_threads(1);
            openBlas = file;
        }
        return openBlas;
    }

    /** Java refuses with the first restricted method, whichever it is; this one does nothing else. */
    private static void requireNativeAccess() {
        try {
            MemorySegment.NULL.reinterpret(0);
        } catch (IllegalCallerException refused) {
            Module module = NativeLibraries.class.getModule();
            UnsatisfiedLinkError error = new UnsatisfiedLinkError(
                    "Java does not let bitgrad call native code; start it with --enable-native-access=%s."
                            .formatted(module.isNamed() ? module.getName() : "ALL-UNNAMED"));
            error.initCause(refused);
            throw error;
        }
    }

    static Path loadNamed(Platform platform, Path file) {
        try {
            Path real = file.toRealPath();
            System.load(real.toString());
            return real;
        } catch (IOException | UnsatisfiedLinkError failure) {
            throw platform.linkError("The library %s that %s names cannot be loaded (%s); correct the path or unset it"
                    .formatted(file, LIBRARY, failure), List.of(failure));
        }
    }

    static List<PackedLibrary> packedBitgrad(Platform platform) {
        return find(platform, List.of(platform.bitgradResource()),
                "build it on this machine and name it in %s".formatted(LIBRARY));
    }

    static List<PackedLibrary> packedOpenBlas(Platform platform) {
        return find(platform, platform.openBlasResources(),
                "add the JAR of org.bytedeco:openblas for %s to it".formatted(platform.openBlasName()));
    }

    /** The last resource is what is wanted; what it needs is before it, as far as this platform has that. */
    private static List<PackedLibrary> find(Platform platform, List<String> resources, String remedy) {
        List<PackedLibrary> libraries = new ArrayList<>();
        Optional<PackedLibrary> library = Optional.empty();
        for (String resource : resources) {
            try {
                library = PackedLibrary.find(resource);
            } catch (IOException failure) {
                throw platform.linkError(
                        "%s cannot be read (%s); get its JAR again".formatted(resource, failure), List.of(failure));
            }
            library.ifPresent(libraries::add);
        }
        if (library.isEmpty()) {
            throw platform.linkError("There is no %s on the class path or the module path; %s"
                    .formatted(resources.getLast(), remedy), List.of());
        }
        return libraries;
    }
}
