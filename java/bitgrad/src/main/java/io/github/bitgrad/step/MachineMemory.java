package io.github.bitgrad.step;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The memory of this machine. A system may promise more memory than there is, and end the process when it is used, so
 * what can never fit is refused before.
 */
final class MachineMemory {
    private static final String FILE = "/proc/meminfo";
    private static final Pattern TOTAL = Pattern.compile("^(?:MemTotal|SwapTotal):\\s+(\\d+) kB$", Pattern.MULTILINE);

    private MachineMemory() {
    }

    /** The bytes of memory and of swap space that the machine has; empty if the system does not say it. */
    static OptionalLong bytes() {
        try (InputStream file = new FileInputStream(FILE)) { // leaves no buffer with the thread, as a channel does
            return bytes(new String(file.readAllBytes(), StandardCharsets.US_ASCII));
        } catch (IOException unknown) {
            return OptionalLong.empty();
        }
    }

    /** @param text the contents of {@code /proc/meminfo} */
    static OptionalLong bytes(String text) {
        Matcher total = TOTAL.matcher(text);
        long kibibytes = 0;
        while (total.find()) {
            kibibytes += Long.parseLong(total.group(1));
        }
        return kibibytes == 0 ? OptionalLong.empty() : OptionalLong.of(kibibytes << 10);
    }
}
