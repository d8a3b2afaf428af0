package io.github.bitgrad.bindings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * What machine this is, as far as libraries depend on it.
 *
 * @param os as {@code os.name} says
 * @param arch as {@code os.arch} says
 * @param libc {@code glibc}, {@code musl}, or {@code unknown}
 */
public record Platform(String os, String arch, String libc) {
    /** The one that this program runs on. */
    public static Platform current() {
        return new Platform(System.getProperty("os.name"), System.getProperty("os.arch"), currentLibc());
    }

    /** The C library that this process has loaded. */
    private static String currentLibc() {
        try {
            String maps = Files.readString(Path.of("/proc/self/maps"));
            return maps.contains("ld-musl") ? "musl" : maps.contains("libc.so.6") ? "glibc" : "unknown";
        } catch (IOException unreadable) {
            return "unknown";
        }
    }

    /** As {@code linux-x86_64}: the folder that this platform's libraries are in. */
    String name() {
        String processor = switch (arch) {
            case "amd64", "x86_64" -> "x86_64";
            case "aarch64", "arm64" -> "aarch64";
            default -> arch;
        };
        return os.toLowerCase(Locale.ROOT) + "-" + processor;
    }

    /** The resources of libbitgrad.so. */
    List<String> bitgradResources() {
        return List.of("io/github/bitgrad/bindings/%s/libbitgrad.so".formatted(name()));
    }

    /** The resources of OpenBLAS, what it needs before it; a platform may lack all but the last. */
    List<String> openBlasResources() {
        String folder = "org/bytedeco/openblas/%s/".formatted(name().replace("aarch64", "arm64"));
        return List.of(folder + "libgcc_s.so.1", folder + "libquadmath.so.0", folder + "libgfortran.so.5",
                folder + "libopenblas.so.0");
    }

    @Override
    public String toString() {
        return "%s %s with %s".formatted(os, arch, libc);
    }

    /** An error that says what machine this is. */
    static UnsatisfiedLinkError linkError(String sentence, Throwable cause) {
        UnsatisfiedLinkError error = new UnsatisfiedLinkError("%s (this machine: %s).".formatted(sentence, current()));
        error.initCause(cause);
        return error;
    }
}
