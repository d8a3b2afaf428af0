package io.github.bitgrad.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A process that runs {@link SavingMain}. */
final class Saving implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;

    /** @param options options of Java */
    Saving(List<String> options, Path file, int... numbers) {
        this(List.of(), options, file, numbers);
    }

    /** @param before what runs before Java */
    Saving(List<String> before, List<String> options, Path file, int... numbers) {
        List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), SavingMain.class.getName(),
                file.toString()));
        Arrays.stream(numbers).mapToObj(Integer::toString).forEach(command::add);
        process = start(command);
        output = process.inputReader(StandardCharsets.UTF_8);
    }

    private static Process start(List<String> command) {
        try {
            return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        } catch (IOException failure) {
            return abort("An emulated JVM cannot start another one: " + failure);
        }
    }

    /** The next line that it prints. */
    String line() throws IOException {
        return output.readLine();
    }

    /** Waits until it has checked that it can save. */
    Saving ready() throws IOException {
        assertThat(line()).isEqualTo("ready");
        return this;
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    /** Lets it end. */
    void end() throws IOException, InterruptedException {
        output.lines().forEach(_ -> {
        });
        assertThat(process.waitFor()).isZero();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
