package io.github.bitgrad.bindings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A machine, as far as native libraries depend on it.
 *
 * @param os as the system property {@code os.name} says
 * @param arch as the system property {@code os.arch} says
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

    /** The name of this platform in toolchains and JARs, as {@code linux-x86_64}. */
    public String name() {
        String machine = arch.equals("amd64") ? "x86_64" : arch;
        return (os + "-" + machine).toLowerCase(Locale.ROOT).replace(' ', '-');
    }

    /** The resource that is bitgrad's library. */
    String bitgradResource() {
        return "io/github/bitgrad/bindings/%s/libbitgrad.so".formatted(name());
    }

    /** The name of this platform in OpenBLAS's JARs. */
    String openBlasName() {
        return name().replace("aarch64", "arm64");
    }

    /** The resources that are OpenBLAS and, before it in the order of their needs, the libraries that it comes with. */
    List<String> openBlasResources() {
        String folder = "org/bytedeco/openblas/%s/".formatted(openBlasName());
        return List.of(folder + "libgcc_s.so.1", folder + "libquadmath.so.0", folder + "libgfortran.so.5",
                folder + "libopenblas.so.0");
    }

    /** An error that ends by saying what machine this is. */
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
