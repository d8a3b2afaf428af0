package io.github.bitgrad.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlatformTest {
    private static final Platform INTEL = new Platform("Linux", "amd64", "glibc");
    private static final Platform ARM = new Platform("Linux", "aarch64", "musl");
    private static final String FOLDER = "choose another folder";

    @TempDir
    private Path directory;

    @Test
    void namesAreThoseOfToolchainsAndOfOpenBlas() {
        assertThat(INTEL.name()).isEqualTo("linux-x86_64");
        assertThat(ARM.name()).isEqualTo("linux-aarch64");
        assertThat(INTEL.openBlasName()).isEqualTo("linux-x86_64");
        assertThat(ARM.openBlasName()).isEqualTo("linux-arm64");
    }

    @Test
    void thisMachineHasTheCLibraryThatOpenBlasNeeds() {
        assertThat(Platform.current().libc()).isEqualTo("glibc");
    }

    /** The C library in the files that a process has mapped. */
    @ParameterizedTest
    @CsvSource({
        "glibc, /usr/lib/x86_64-linux-gnu/libc.so.6",
        "glibc, /lib/x86_64-linux-gnu/libc-2.31.so",
        "glibc, /usr/lib64/libc-2.17.so (deleted)",
        "glibc, /nix/store/0c7c96gikmzv87i7lv3vq5s1cmfjd6zf-glibc-2.31-74/lib/libc-2.31.so",
        "musl, /lib/ld-musl-x86_64.so.1",
        "musl, /lib/ld-musl-aarch64.so.1 (deleted)",
        "musl, /usr/lib/x86_64-linux-musl/libc.so",
        "unknown, /usr/lib/libcrypto.so.3",
        "unknown, /usr/lib/libc.so.7",
        "unknown, /home/libc-2.31.so/java"})
    void cLibraryIsToldByTheFilesOfAProcess(String libc, String file) {
        String maps = """
                5581d0a00000-5581d0a01000 r--p 00000000 fe:00 1835 /usr/lib/jvm/java-25/bin/java
                7f1c3c000000-7f1c3c021000 rw-p 00000000 00:00 0
                7f1c41400000-7f1c41428000 r--p 00000000 fe:00 2210                       %s
                7ffd5a3f1000-7ffd5a3f3000 r-xp 00000000 00:00 0                          [vdso]
                """.formatted(file);

        assertThat(Platform.libc(maps)).isEqualTo(libc);
    }

    @ParameterizedTest
    @CsvSource({"Mac OS X, aarch64", "Windows 11, amd64", "Linux, arm", "Linux, x86", "FreeBSD, amd64"})
    void otherSystemsAreToldInOneSentence(String os, String arch) {
        Platform platform = new Platform(os, arch, "unknown");

        assertThatThrownBy(platform::requireSupported).isInstanceOf(UnsatisfiedLinkError.class)
                .hasMessage("bitgrad runs only on 64-bit Linux, on x86-64 or ARM (aarch64), and this machine is %s on"
                        + " %s.", os, arch);
        INTEL.requireSupported();
        ARM.requireSupported();
    }

    /** The words are those of glibc, of musl and of the JVM. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "glibc | /c/libgcc_s.so.1: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.35' not found (required by"
                + " /c/libgcc_s.so.1) | the C library of this system is too old: it needs glibc 2.35 or newer",
        "glibc | /c/libopenblas.so.0: /c/libgfortran.so.5: version `GFORTRAN_10' not found (required by"
                + " /c/libopenblas.so.0) | a library of this system is too old: it needs one with version GFORTRAN_10",
        "glibc | /c/libopenblas.so.0: libgfortran.so.5: cannot open shared object file: No such file or directory"
                + " | install libgfortran.so.5, which it needs",
        "glibc | /c/libbitgrad.so: /c/libbitgrad.so: cannot open shared object file: No such file or directory"
                + " (Possible cause: can't load AARCH64 .so on a AMD64 platform)"
                + " | the file is damaged or for another machine, and must be one for linux-x86_64",
        "glibc | /c/libbitgrad.so: /c/libbitgrad.so: file too short"
                + " | the file is damaged or for another machine, and must be one for linux-x86_64",
        "glibc | /c/libbitgrad.so: /c/libbitgrad.so: invalid ELF header"
                + " | the file is damaged or for another machine, and must be one for linux-x86_64",
        "glibc | /c/libbitgrad.so: /c/libbitgrad.so: failed to map segment from shared object"
                + " | " + FOLDER,
        "glibc | /c/libbitgrad.so: /c/libbitgrad.so: cannot open shared object file: Permission denied"
                + " | " + FOLDER,
        "musl | /c/libopenblas.so.0: Error relocating /c/libopenblas.so.0: __strtof_internal: symbol not found"
                + " | it needs a system with glibc",
        "musl | /c/libopenblas.so.0: Error loading shared library ld-linux-x86-64.so.2: No such file or directory"
                + " | it needs a system with glibc",
        "glibc | /c/libbitgrad.so: /c/libbitgrad.so: cannot allocate memory in static TLS block"
                + " | the parentheses contain the reason in the words of the system"})
    void adviceIsAboutTheCause(String libc, String message, String advice) {
        Platform platform = new Platform("Linux", "amd64", libc);

        assertThat(platform.remedy(List.of(new UnsatisfiedLinkError(message)), FOLDER)).isEqualTo(advice);
        assertThat(platform.remedy(List.of(new IOException("no space"), new UnsatisfiedLinkError(message)), FOLDER))
                .isEqualTo(advice);
        assertThat(platform.remedy(List.of(new IOException("no space")), FOLDER)).isEqualTo(FOLDER);
    }

    /** These files are refused by the loader of the system that runs this test, in its own words. */
    @Test
    void adviceIsAboutTheCauseThatThisSystemGives() throws IOException {
        Platform platform = Platform.current();
        String packed = new String(NativeLibraries.packedBitgrad(platform).getLast().open().readAllBytes(),
                StandardCharsets.ISO_8859_1);

        assertThat(remedyFor("old", packed.replaceAll("GLIBC_2\\.[0-9]{2}\0", "GLIBC_9.99\0")))
                .isEqualTo("the C library of this system is too old: it needs glibc 9.99 or newer");
        // The number of the machine in the header of an ELF file; 8 is MIPS.
        assertThat(remedyFor("foreign", packed.substring(0, 18) + "\u0008\0" + packed.substring(20)))
                .startsWith("the file is damaged or for another machine");
        assertThat(remedyFor("needy", packed.replace("\0libc.so.6\0", "\0libz.so.6\0")))
                .isEqualTo("install libz.so.6, which it needs");
    }

    private String remedyFor(String name, String contents) throws IOException {
        Path file = Files.writeString(directory.resolve(name + ".so"), contents, StandardCharsets.ISO_8859_1);
        try {
            LoadedLibrary.of(file, Arena.ofAuto());
        } catch (UnsatisfiedLinkError refused) {
            return Platform.current().remedy(List.of(refused), FOLDER);
        }
        throw new AssertionError(file + " was loaded");
    }
}
