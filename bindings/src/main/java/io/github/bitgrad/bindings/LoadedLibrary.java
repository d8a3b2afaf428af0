package io.github.bitgrad.bindings;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;

/**
 * A native library in this process.
 *
 * <p>
 * Java's {@code System.load} gives a file to one class loader only. A program may contain bitgrad several times, for
 * example once in each of its plug-ins, so files are loaded without {@code System.load}. The operating system loads a
 * file once, counts who has loaded it, and unloads it after the last one.
 *
 * @param file the file from which it was loaded
 * @param symbols finds its functions
 */
record LoadedLibrary(Path file, SymbolLookup symbols) {
    /**
     * Loads a library.
     *
     * @param arena how long the library stays loaded
     * @throws UnsatisfiedLinkError if the system cannot load it; the message gives the system's reason
     */
    static LoadedLibrary of(Path file, Arena arena) {
        try {
            return new LoadedLibrary(file, SymbolLookup.libraryLookup(file, arena));
        } catch (IllegalArgumentException withoutReason) {
            System.load(file.toString()); // fails too, but gives the reason
            throw new UnsatisfiedLinkError("%s: %s".formatted(file, withoutReason.getMessage()));
        }
    }

    /** Why a library could not be loaded or unpacked, for messages that name the library themselves. */
    static String reason(Throwable failure) {
        return failure instanceof IOException ? failure.toString()
                : failure.getMessage().replaceAll("(?<=^|: )/[^:]*: ", "");
    }
}
