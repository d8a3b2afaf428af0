package io.github.bitgrad.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.bitgrad.bindings.NativeLibraries;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the library needs from the system, on every platform that was built.
 *
 * <p>
 * The kernels allocate nothing, print nothing, start no threads and never end the process, because the library imports
 * nothing that could: of the C library it takes only what moves and compares memory and asks for the CPU's features.
 * Every C library has these functions, so the library, which is built for glibc, also runs with musl.
 */
class NativeImportsTest {
    private static final Set<String> HARMLESS = Set.of("memcpy", "memmove", "memset", "memcmp", "strcmp", "getauxval");
    /** What compilers and linkers add to any shared library. If they are missing at run time, nothing is lost. */
    private static final Set<String> WEAK = Set.of("__cxa_finalize", "__gmon_start__", "_ITM_deregisterTMCloneTable",
            "_ITM_registerTMCloneTable");
    /** musl takes itself for each of these. */
    private static final Set<String> LIBRARIES = Set.of("libc.so.6", "libm.so.6");

    private static final int SECTION_DYNAMIC = 6;
    private static final int SECTION_DYNAMIC_SYMBOLS = 11;
    private static final int NEEDED = 1;
    private static final int BINDING_WEAK = 2;

    private ByteBuffer elf;

    @ParameterizedTest
    @ValueSource(strings = {"linux-x86_64", "linux-aarch64"})
    void theLibraryNeedsOnlyWhatEveryCLibraryHas(String platform) throws IOException {
        try (InputStream resource = NativeLibraries.class.getResourceAsStream(platform + "/libbitgrad.so")) {
            assumeThat(resource).as("%s was not built", platform).isNotNull();
            elf = ByteBuffer.wrap(resource.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
        }
        assertThat(elf.getInt(0)).as("magic").isEqualTo(0x464c457f);
        Set<String> imports = new TreeSet<>();
        Set<String> weak = new TreeSet<>();
        Set<String> libraries = new TreeSet<>();
        forEachEntry(SECTION_DYNAMIC_SYMBOLS, (symbol, strings) -> {
            String name = string(strings + elf.getInt(symbol));
            if (elf.getShort(symbol + 6) == 0 && !name.isEmpty()) { // it is in no section of the library
                (elf.get(symbol + 4) >> 4 == BINDING_WEAK ? weak : imports).add(name);
            }
        });
        forEachEntry(SECTION_DYNAMIC, (entry, strings) -> {
            if (elf.getLong(entry) == NEEDED) {
                libraries.add(string(strings + (int) elf.getLong(entry + 8)));
            }
        });

        assertThat(imports).contains("memcpy").isSubsetOf(HARMLESS);
        assertThat(weak).isSubsetOf(WEAK);
        assertThat(libraries).contains("libc.so.6").isSubsetOf(LIBRARIES);
    }

    private interface Entry {
        /**
         * Reads an entry.
         *
         * @param entry where the entry begins
         * @param strings where the names begin that it refers to
         */
        void read(int entry, int strings);
    }

    /** Reads the tables of an ELF64 file; offsets are those of the ELF-64 Object File Format, version 1.5. */
    private void forEachEntry(int type, Entry reader) {
        int sections = (int) elf.getLong(40);
        int sectionSize = elf.getShort(58);
        int sectionCount = elf.getShort(60);
        for (int header = sections; header < sections + sectionCount * sectionSize; header += sectionSize) {
            if (elf.getInt(header + 4) == type) {
                int strings = (int) elf.getLong(sections + elf.getInt(header + 40) * sectionSize + 24);
                int begin = (int) elf.getLong(header + 24);
                int end = begin + (int) elf.getLong(header + 32);
                int size = (int) elf.getLong(header + 56);
                for (int entry = begin; entry < end; entry += size) {
                    reader.read(entry, strings);
                }
            }
        }
    }

    private String string(int begin) {
        int end = begin;
        while (elf.get(end) != 0) {
            end++;
        }
        return new String(elf.array(), begin, end - begin, StandardCharsets.US_ASCII);
    }
}
