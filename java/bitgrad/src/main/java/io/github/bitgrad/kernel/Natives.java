package io.github.bitgrad.kernel;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.bindings.NativeLibraries;
import java.nio.file.Path;
import java.util.function.Supplier;

/** The native libraries, each loaded when it is first asked for. */
final class Natives {
    private Natives() {
    }

    /**
     * Loads {@code libbitgrad.so} if it is not loaded yet.
     *
     * @return the file from which it was loaded
     * @throws BitgradException if it cannot be loaded; the message says why and what to do
     */
    static Path bitgrad() {
        return loaded(NativeLibraries::load);
    }

    /**
     * Loads OpenBLAS if it is not loaded yet.
     *
     * @return the file from which it was loaded
     * @throws BitgradException if it cannot be loaded; the message says why and what to do
     */
    static Path openBlas() {
        return loaded(NativeLibraries::loadOpenBlas);
    }

    private static Path loaded(Supplier<Path> library) {
        try {
            return library.get();
        } catch (UnsatisfiedLinkError failure) {
            throw new BitgradException(failure.getMessage(), failure);
        }
    }
}
