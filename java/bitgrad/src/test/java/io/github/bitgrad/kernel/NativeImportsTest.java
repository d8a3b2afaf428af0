package io.github.bitgrad.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.bindings.NativeLibraries;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * The kernels allocate nothing, print nothing, start no threads and never end the process, because the library imports
 * nothing that could: of the C library it takes only what moves and compares memory and asks for the CPU's features.
 */
class NativeImportsTest {
    private static final Set<String> HARMLESS = Set.of("memcpy", "memmove", "memset", "memcmp", "strcmp", "getauxval");
    /** What compilers and linkers add to any shared library. */
    private static final Set<String> TOOLCHAIN = Set.of("__cxa_finalize", "__gmon_start__",
            "_ITM_deregisterTMCloneTable", "_ITM_registerTMCloneTable", "__stack_chk_fail");

    private static final int SECTION_DYNAMIC_SYMBOLS = 11;

    @Test
    void theKernelsImportNothingThatAllocatesOrEndsTheProcess() throws IOException {
        Set<String> imports = imports(ByteBuffer.wrap(Files.readAllBytes(NativeLibraries.load()))
                .order(ByteOrder.LITTLE_ENDIAN));
        assertThat(imports).contains("memcpy"); // or the table was not read
        imports.removeAll(HARMLESS);
        imports.removeAll(TOOLCHAIN);
        assertThat(imports).isEmpty();
    }

    /** The undefined symbols of an ELF64 file; offsets are those of the ELF-64 Object File Format, version 1.5. */
    private static Set<String> imports(ByteBuffer elf) {
        assertThat(elf.getInt(0)).as("magic").isEqualTo(0x464c457f);
        long sections = elf.getLong(40);
        int sectionSize = elf.getShort(58);
        int sectionCount = elf.getShort(60);
        Set<String> undefined = new TreeSet<>();
        for (int section = 0; section < sectionCount; section++) {
            int header = (int) sections + section * sectionSize;
            if (elf.getInt(header + 4) == SECTION_DYNAMIC_SYMBOLS) {
                int strings = (int) elf.getLong((int) sections + elf.getInt(header + 40) * sectionSize + 24);
                int symbols = (int) elf.getLong(header + 24);
                int end = symbols + (int) elf.getLong(header + 32);
                int symbolSize = (int) elf.getLong(header + 56);
                for (int symbol = symbols + symbolSize; symbol < end; symbol += symbolSize) { // the first is none
                    if (elf.getShort(symbol + 6) == 0) {
                        undefined.add(string(elf, strings + elf.getInt(symbol)));
                    }
                }
            }
        }
        return undefined;
    }

    private static String string(ByteBuffer bytes, int begin) {
        int end = begin;
        while (bytes.get(end) != 0) {
            end++;
        }
        return new String(bytes.array(), begin, end - begin, StandardCharsets.US_ASCII);
    }
}
