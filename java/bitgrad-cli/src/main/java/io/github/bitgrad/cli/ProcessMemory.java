package io.github.bitgrad.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the operating system tells about the memory of this process. */
final class ProcessMemory {
    private static final String PEAK = "VmHWM:";
    private static final String KIBIBYTES = "kB";

    private ProcessMemory() {
    }

    /** The most memory that this process ever had resident, in bytes; null where the system does not tell. */
    static Long peakResidentBytes() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream().filter(line -> line.startsWith(PEAK))
                    .map(line -> Long.parseLong(line.substring(PEAK.length()).replace(KIBIBYTES, "").strip()) << 10)
                    .findFirst().orElse(null);
        } catch (IOException unreadable) {
            return null;
        }
    }
}
