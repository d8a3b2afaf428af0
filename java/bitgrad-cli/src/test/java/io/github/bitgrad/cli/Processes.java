package io.github.bitgrad.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.github.bitgrad.kernel.Isa;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The program as processes of their own. Closing ends those that still run. */
final class Processes implements AutoCloseable {
    private final List<Process> started = new ArrayList<>();

    /** Starts a command of words that have no blanks, and after them further arguments. */
    Process start(String words, Object... more) {
        return startBehind(List.of(), words, more);
    }

    /** @param before what runs before Java, such as a shell that sets limits */
    Process startBehind(List<String> before, String words, Object... more) {
        List<String> command = new ArrayList<>(before);
        command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(words.split(" ")));
        Stream.of(more).map(Object::toString).forEach(command::add);
        try {
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().remove(Isa.ENVIRONMENT); // processes do not depend on kernels, so let them be fast
            Process process = builder.start();
            started.add(process);
            return process;
        } catch (IOException failure) {
            return abort("An emulated JVM cannot start another one: " + failure);
        }
    }

    /** Runs a command to its end, which must be a good one. Returns the lines of standard error. */
    List<String> finished(String words, Object... more) throws InterruptedException {
        Process process = start(words, more);
        List<String> err = process.errorReader(StandardCharsets.UTF_8).lines().toList();
        assertThat(status(process)).as("%s", err).isZero();
        return err;
    }

    /** Reads standard error up to a line that begins so. */
    static void await(BufferedReader err, String begin) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = err.readLine(); line == null || !line.startsWith(begin); line = err.readLine()) {
            assertThat(line).as("a line \"%s\" after %s", begin, lines).isNotNull();
            lines.add(line);
        }
    }

    /** The exit status, when the process has ended. */
    static int status(Process process) throws InterruptedException {
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).as("it ends").isTrue();
        return process.exitValue();
    }

    @Override
    public void close() {
        started.forEach(Process::destroyForcibly);
    }
}
