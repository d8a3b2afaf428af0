package io.github.bitgrad;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/** What the process has taken beside the Java heap. */
public final class NativeMemory {
    private NativeMemory() {
    }

    /**
     * The bytes that the JVM holds for the program: the category Other of HotSpot's native memory tracking, to which
     * every arena counts.
     */
    public static long bytes() {
        try {
            String summary = (String) ManagementFactory.getPlatformMBeanServer().invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"), "vmNativeMemory",
                    new Object[] {new String[] {"summary", "scale=1"}}, new String[] {String[].class.getName()});
            Matcher other = Pattern.compile("Other \\(reserved=(\\d+), ").matcher(summary);
            assertThat(other.find()).as("native memory tracking is on: %s", summary).isTrue();
            return Long.parseLong(other.group(1));
        } catch (JMException failure) {
            throw new AssertionError(failure);
        }
    }

    /** The bytes of this process that are resident at this moment, whatever for. */
    public static long residentBytes() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream().filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10).findFirst().orElseThrow();
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }
}
