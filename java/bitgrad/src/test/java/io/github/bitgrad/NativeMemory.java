package io.github.bitgrad;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
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
}
