package io.github.bitgrad.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Java virtual machines that tests start. */
final class Jvm {
    private Jvm() {
    }

    /**
     * Starts a JVM in which no setting of bitgrad is made but the given ones.
     *
     * @param cache the folder for the caches of programs
     * @param arguments options for the JVM, the main class and its arguments
     */
    static Process start(Path cache, Map<String, String> environment, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().keySet().removeIf(name -> name.startsWith("BITGRAD_"));
        builder.environment().put("XDG_CACHE_HOME", cache.toString());
        builder.environment().putAll(environment);
        try {
            return builder.start();
        } catch (IOException failure) {
            return abort("An emulated JVM cannot start another one: " + failure);
        }
    }

    /** The lines that a process printed, once it has ended. */
    static List<String> output(Process process) throws InterruptedException {
        try (Stream<String> lines = process.inputReader(StandardCharsets.UTF_8).lines()) {
            List<String> output = lines.toList();
            assertThat(process.waitFor()).as("exit status").isZero();
            return output;
        }
    }
}
