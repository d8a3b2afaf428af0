package io.github.bitgrad.bindings;

import io.github.bitgrad.bindings.cblas.Cblas;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Loads the native libraries, each once in a process: {@code libbitgrad.so} from this JAR, and OpenBLAS from its own
 * JAR. The operating system can load a library only from a file, so libraries are unpacked first. They are unpacked
 * into the folder that the system property {@code bitgrad.cache.directory} or the environment variable
 * {@code BITGRAD_CACHE_DIR} names, or into the user's cache. The property {@code bitgrad.library} or the variable
 * {@code BITGRAD_LIBRARY} names a {@code libbitgrad.so} to load instead of the packed one.
 *
 * <p>
 * The generated classes look for symbols only in libraries that a class of their own class loader has loaded. So the
 * libraries must be loaded by this class, which has the same class loader.
 */
public final class NativeLibraries {
    static final Setting LIBRARY = new Setting("bitgrad.library", "BITGRAD_LIBRARY");

    private static Path bitgrad;
    private static Path openBlas;

    private NativeLibraries() {
    }

    /**
     * Loads {@code libbitgrad.so} if it is not loaded yet.
     *
     * @return the file from which it was loaded
     * @throws UnsatisfiedLinkError if it cannot be loaded; the message says what was tried and what to do
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
     * Loads OpenBLAS if it is not loaded yet, and makes it compute in the calling thread only, without threads of its
     * own.
     *
     * @return the file from which it was loaded
     * @throws UnsatisfiedLinkError if it cannot be loaded; the message says what was tried and what to do
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

    /**
     * Checks that Java allows native access. Java refuses at the first call of any restricted method; the one called
     * here has no other effect.
     */
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

    /**
     * Finds a library, which is the last of the resources, and the libraries that it needs, which are the resources
     * before it. A needed library that this platform does not have is left out.
     */
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
