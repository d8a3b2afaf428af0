package io.github.bitgrad.bindings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * The properties of a machine that native libraries depend on.
 *
 * @param os the system property {@code os.name}
 * @param arch the system property {@code os.arch}
 * @param libc the C library: {@code glibc}, {@code musl}, or {@code unknown}
 */
public record Platform(String os, String arch, String libc) {
    /** The machine that this process runs on. */
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

    /** The name of this platform in toolchains and JARs, such as {@code linux-x86_64}. */
    public String name() {
        String machine = arch.equals("amd64") ? "x86_64" : arch;
        return (os + "-" + machine).toLowerCase(Locale.ROOT).replace(' ', '-');
    }

    /** The path of the resource {@code libbitgrad.so} for this platform. */
    String bitgradResource() {
        return "io/github/bitgrad/bindings/%s/libbitgrad.so".formatted(name());
    }

    /** The name of this platform in OpenBLAS's JARs. */
    String openBlasName() {
        return name().replace("aarch64", "arm64");
    }

    /**
     * The paths of the resources of OpenBLAS for this platform. The last one is OpenBLAS itself; before it are the
     * libraries that it needs, in the order in which they must be loaded.
     */
    List<String> openBlasResources() {
        String folder = "org/bytedeco/openblas/%s/".formatted(openBlasName());
        return List.of(folder + "libgcc_s.so.1", folder + "libquadmath.so.0", folder + "libgfortran.so.5",
                folder + "libopenblas.so.0");
    }

    /** Makes an error whose message is a sentence followed by a description of this machine. */
    UnsatisfiedLinkError linkError(String sentence, List<? extends Throwable> causes) {
        UnsatisfiedLinkError error = new UnsatisfiedLinkError("%s (this machine: %s).".formatted(sentence, this));
        causes.forEach(error::addSuppressed);
        return error;
    }

    @Override
    public String toString() {
        return "%s on %s with %s".formatted(os, arch, libc.equals("unknown") ? "an unknown C library" : libc);
    }
}
