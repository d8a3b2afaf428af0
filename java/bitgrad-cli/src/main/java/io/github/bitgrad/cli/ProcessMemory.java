package io.github.bitgrad.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The memory of this process, as the operating system reports it. */
public final class ProcessMemory {
    private static final String PEAK = "VmHWM:";
    private static final String KIBIBYTES = "kB";

    private ProcessMemory() {
    }

    /** The most memory that this process has had resident so far, in bytes; null if the system does not report it. */
    public static Long peakResidentBytes() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream().filter(line -> line.startsWith(PEAK))
                    .map(line -> Long.parseLong(line.substring(PEAK.length()).replace(KIBIBYTES, "").strip()) << 10)
                    .findFirst().orElse(null);
        } catch (IOException unreadable) {
            return null;
        }
    }
}
