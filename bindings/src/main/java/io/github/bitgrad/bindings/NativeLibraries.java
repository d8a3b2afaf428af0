package io.github.bitgrad.bindings;

import io.github.bitgrad.bindings.cblas.Cblas;
import io.github.bitgrad.bindings.kernels.Bitgrad;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Loads the native libraries, each once in a process: {@code libbitgrad.so} from this JAR, and OpenBLAS from the JAR of
 * its own that holds it. The system loads libraries from files only, so they are unpacked into a {@link LibraryCache}
 * first. The system property {@value #LIBRARY_PROPERTY}, or after it the environment variable
 * {@value #LIBRARY_ENVIRONMENT}, names a {@code libbitgrad.so} to be loaded instead of the packed one.
 *
 * <p>
 * The classes that jextract makes look symbols up among the libraries of their class loader, so they have to be loaded
 * by this class, which the same class loader defines.
 */
public final class NativeLibraries {
    static final String LIBRARY_PROPERTY = "bitgrad.library";
    static final String LIBRARY_ENVIRONMENT = "BITGRAD_LIBRARY";

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
            bitgrad = withNativeAccess(() -> {
                String override = System.getProperty(LIBRARY_PROPERTY, System.getenv(LIBRARY_ENVIRONMENT));
                Path file = override != null ? loadOverride(Path.of(override))
                        : LibraryCache.load(Platform.current(), Platform.current().bitgradResources());
                Bitgrad.bg_version(); // where Java versions that let libraries be loaded refuse native access
                return file;
            });
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
            openBlas = withNativeAccess(() -> {
                Path file = LibraryCache.load(Platform.current(), Platform.current().openBlasResources());
                Cblas.openblas_set_num_threads(1);
                return file;
            });
        }
        return openBlas;
    }

    private static Path withNativeAccess(Supplier<Path> load) {
        try {
            return load.get();
        } catch (IllegalCallerException refused) {
            Module module = NativeLibraries.class.getModule();
            throw Platform.linkError("Java was told to refuse native access; start it with --enable-native-access=%s"
                    .formatted(Objects.requireNonNullElse(module.getName(), "ALL-UNNAMED")), refused);
        }
    }

    private static Path loadOverride(Path file) {
        try {
            Path real = file.toRealPath();
            System.load(real.toString());
            return real;
        } catch (IOException | UnsatisfiedLinkError failure) {
            throw Platform.linkError(
                    "The library %s, which %s or %s names, cannot be loaded (%s); correct the name or unset it"
                            .formatted(file, LIBRARY_PROPERTY, LIBRARY_ENVIRONMENT, failure),
                    failure);
        }
    }
}
