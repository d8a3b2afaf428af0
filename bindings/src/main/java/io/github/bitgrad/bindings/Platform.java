package io.github.bitgrad.bindings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The properties of a machine that native libraries depend on.
 *
 * @param os the system property {@code os.name}
 * @param arch the system property {@code os.arch}
 * @param libc the C library: {@code glibc}, {@code musl}, or {@code unknown}
 */
public record Platform(String os, String arch, String libc) {
    private static final Pattern MUSL = Pattern.compile("/(ld-musl-[^/]*\\.so\\.1|libc\\.so)( \\(deleted\\))?$",
            Pattern.MULTILINE);
    private static final Pattern GLIBC = Pattern.compile("/libc(\\.so\\.6|-2\\.[0-9.]+\\.so)( \\(deleted\\))?$",
            Pattern.MULTILINE);
    private static final Set<String> ARCHITECTURES_OF_32_BITS = Set.of("x86", "i386", "i486", "i586", "i686", "arm");

    private static final Pattern GLIBC_TOO_OLD = Pattern.compile("version `GLIBC_([0-9.]+)' not found");
    private static final Pattern LIBRARY_TOO_OLD = Pattern.compile("version `([^']+)' not found");
    private static final Pattern NOT_FOR_THIS_MACHINE = Pattern.compile(
            "Possible cause: |ELF|file too short|Exec format error");
    /** How musl says that it lacks a function or a library. */
    private static final Pattern NEEDS_GLIBC = Pattern.compile("symbol not found|Error loading shared library");
    private static final Pattern NEEDS_ANOTHER = Pattern.compile(
            "^(lib[^/:]+): cannot open shared object file");
    private static final Pattern FOLDER_FORBIDS =
            Pattern.compile("failed to map segment|Operation not permitted|Permission denied");

    /** The machine that this process runs on. */
    public static Platform current() {
        return new Platform(System.getProperty("os.name"), System.getProperty("os.arch"), currentLibc());
    }

    private static String currentLibc() {
        try {
            return libc(Files.readString(Path.of("/proc/self/maps")));
        } catch (IOException unreadable) {
            return "unknown";
        }
    }

    /**
     * Which C library a process has loaded.
     *
     * @param maps the text of {@code /proc/PID/maps}. The file of glibc is called {@code libc.so.6}, or
     *        {@code libc-2.31.so} before version 2.34. The file of musl is called {@code ld-musl-MACHINE.so.1}, and
     *        {@code libc.so} where {@code ld-musl} is a symbolic link to it.
     */
    static String libc(String maps) {
        return MUSL.matcher(maps).find() ? "musl" : GLIBC.matcher(maps).find() ? "glibc" : "unknown";
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

    /**
     * Checks that there can be native libraries for this platform.
     *
     * @throws UnsatisfiedLinkError if the system is not Linux, or not of 64 bits
     */
    void requireSupported() {
        if (!os.equals("Linux") || ARCHITECTURES_OF_32_BITS.contains(arch)) {
            throw new UnsatisfiedLinkError(
                    "bitgrad runs only on 64-bit Linux, on x86-64 or ARM (aarch64), and this machine is %s on %s."
                            .formatted(os, arch));
        }
    }

    /**
     * What a user can do about libraries that could not be loaded.
     *
     * @param failures for each place that was tried, an exception of unpacking or an error of loading
     * @param folder what to do if the folder is at fault
     * @return the end of a sentence
     */
    String remedy(List<? extends Throwable> failures, String folder) {
        return failures.stream().filter(UnsatisfiedLinkError.class::isInstance).map(LoadedLibrary::reason)
                .filter(reason -> !FOLDER_FORBIDS.matcher(reason).find()).findFirst().map(this::remedy).orElse(folder);
    }

    /** What to do about a reason that the system gives for not loading a library, if its folder is not at fault. */
    private String remedy(String reason) {
        if (libc.equals("musl") && NEEDS_GLIBC.matcher(reason).find()) {
            return "it needs a system with glibc";
        }
        Matcher matcher = GLIBC_TOO_OLD.matcher(reason);
        if (matcher.find()) {
            return "the C library of this system is too old: it needs glibc %s or newer".formatted(matcher.group(1));
        }
        matcher = LIBRARY_TOO_OLD.matcher(reason);
        if (matcher.find()) {
            return "a library of this system is too old: it needs one with version %s".formatted(matcher.group(1));
        }
        matcher = NEEDS_ANOTHER.matcher(reason);
        if (matcher.find()) {
            return "install %s, which it needs".formatted(matcher.group(1));
        }
        return NOT_FOR_THIS_MACHINE.matcher(reason).find()
                ? "the file is damaged or for another machine, and must be one for %s".formatted(name())
                : "the parentheses contain the reason in the words of the system";
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
