package io.github.bitgrad.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.data.TrainAndTest;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.train.Trainer;
import io.github.bitgrad.train.TrainingListener;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The program as a process of its own, ended by signals. */
@Tag("level-independent")
@Timeout(300)
class SignalsTest {
    private enum Signal {
        HUP(1),
        INT(2),
        TERM(15);

        private final int number;

        Signal(int number) {
            this.number = number;
        }

        int status() {
            return 128 + number;
        }
    }

    @TempDir
    private static Path shared;
    private static Path data;

    @TempDir
    private Path folder;
    private final Processes processes = new Processes();

    @BeforeAll
    static void writeData() throws IOException {
        data = SmallData.write(shared.resolve("data"), 28);
    }

    @AfterEach
    void noProcessIsLeft() {
        processes.close();
    }

    private static void send(Signal signal, Process process) throws IOException, InterruptedException {
        assumeTrue(listensTo(signal, process), "This test was started by something that ignores " + signal);
        assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).inheritIO().start().waitFor())
                .isZero();
    }

    /** What a process was started to ignore, as by {@code nohup}, it ignores. */
    private static boolean listensTo(Signal signal, Process process) throws IOException {
        return Files.readAllLines(Path.of("/proc/%s/status".formatted(process.pid()))).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .noneMatch(line -> (Long.parseUnsignedLong(line.split("\\s+")[1], 16) >> signal.number - 1 & 1) == 1);
    }

    private static final String TRAINING = "train --batch 20 --epochs 100 --threads 1 ";

    @ParameterizedTest
    @EnumSource(Signal.class)
    void aTrainingEndsAfterItsStepAndGoesOnWithTheSameBits(Signal signal) throws Exception {
        Path whole = folder.resolve("whole");
        Path checkpoint = folder.resolve("checkpoint");
        Path network = folder.resolve("network");
        Path metrics = folder.resolve("metrics");
        processes.finished(TRAINING + "--data", data, "--save", whole, "--metrics", folder.resolve("whole-metrics"));

        Process process =
                processes.start(TRAINING + "--data", data, "--save", network, "--checkpoint", checkpoint, "--metrics",
                        metrics);
        BufferedReader err = process.errorReader(StandardCharsets.UTF_8);
        Processes.await(err, "epoch 2,");
        send(signal, process);
        String last = err.lines().reduce((_, line) -> line).orElseThrow();
        assertThat(Processes.status(process)).isEqualTo(signal.status());
        assertThat(last).matches(
                "bitgrad: Stopped by SIG%s after step \\d+ of 300; the training was saved to %s, continue it with the same options and --resume; the network was saved to %s\\."
                        .formatted(signal, checkpoint, network));
        assertThat(process.inputReader().readLine()).as("standard output").isNull();
        assertThat(Run.of("evaluate --data", data, network).status()).isZero();

        List<String> resumed = processes.finished(TRAINING + "--resume --data", data, "--save", network, "--checkpoint",
                checkpoint, "--metrics", metrics);
        assertThat(resumed.getFirst()).endsWith(last.replaceAll(".* after( step \\d+ of 300);.*", "$1"));
        assertThat(Files.readAllBytes(network)).isEqualTo(Files.readAllBytes(whole));
        assertThat(withoutTimeAndFlips(metrics)).isEqualTo(withoutTimeAndFlips(folder.resolve("whole-metrics")));
    }

    /** The flips of an epoch are known only where one process has seen its beginning and its end. */
    private static List<String> withoutTimeAndFlips(Path metrics) throws IOException {
        return Files.readAllLines(metrics).stream().map(line -> line.replaceAll("\"seconds\":[^}]*", "")
                .replaceAll("\"flipRatio\":[^,]*,\"flipRatios\":(null|\\{[^}]*})", "")).toList();
    }

    @Test
    void theBestNetworkSoFarIsSavedAndComesBackWithTheCheckpoint() throws Exception {
        String words = TRAINING + "--validation 0.34 --data " + data;
        Path whole = folder.resolve("whole");
        processes.finished(words, "--save", whole);
        Path network = folder.resolve("network");
        Path checkpoint = folder.resolve("checkpoint");
        Process process = processes.start(words, "--save", network, "--checkpoint", checkpoint);
        BufferedReader err = process.errorReader(StandardCharsets.UTF_8);
        Processes.await(err, "epoch 2,");
        send(Signal.INT, process);
        String last = err.lines().reduce((_, line) -> line).orElseThrow();
        assertThat(Processes.status(process)).isEqualTo(130);
        assertThat(last).matches("bitgrad: Stopped by SIGINT after step \\d+ of 200; the training was saved to .*; the "
                + "network of epoch \\d+, the best so far, was saved to %s\\.".formatted(network));
        Files.delete(network);
        processes.finished(words + " --resume", "--save", network, "--checkpoint", checkpoint);
        assertThat(Files.readAllBytes(network)).isEqualTo(Files.readAllBytes(whole));
    }

    @Test
    void nothingIsKeptWhereNothingWasAskedFor() throws Exception {
        Process process = processes.start(TRAINING + "--data", data);
        BufferedReader err = process.errorReader(StandardCharsets.UTF_8);
        Processes.await(err, "epoch 1,");
        send(Signal.INT, process);
        String last = err.lines().reduce((_, line) -> line).orElseThrow();
        assertThat(Processes.status(process)).isEqualTo(130);
        assertThat(last).matches("bitgrad: Stopped by SIGINT after step \\d+ of 300; "
                + "nothing was kept, because neither --checkpoint nor --save names a file\\.");
    }

    /** Whatever they are doing at that moment. */
    @ParameterizedTest
    @ValueSource(ints = {100, 800})
    void otherCommandsEndAtOnce(int milliseconds) throws Exception {
        String batches = String.join(",", IntStream.rangeClosed(1, 400).mapToObj(Integer::toString).toList());
        for (Signal signal : List.of(Signal.INT, Signal.TERM)) {
            for (String words : List.of("memory --model binarynet --batch " + batches,
                    "train --model mlp --memory-limit 8MiB --epochs 1000 --checkpoint " + folder.resolve("early"))) {
                Process process = processes.start(words);
                Thread.sleep(milliseconds);
                if (process.isAlive()) {
                    send(signal, process);
                }
                int status = Processes.status(process);
                List<String> told = process.errorReader().lines().toList();
                // A signal may end Java before it begins with the program. Then nothing is told, and the status may be 1.
                assertThat(status).as("%s after %s ms: %s", words.split(" ")[0], milliseconds, told)
                        .isIn(told.isEmpty() ? List.of(signal.status(), 1) : List.of(signal.status()));
                assertThat(told.stream().filter(line -> line.startsWith("bitgrad: "))).allMatch(
                        line -> line.matches("bitgrad: Stopped by SIG(INT|TERM) (before|after) .*"));
                Files.deleteIfExists(folder.resolve("early"));
            }
        }
    }

    /** Its steps are long: the first signal waits for one, and the second does not. */
    @Test
    void aSecondSignalEndsAtOnceAndLeavesFilesWhole() throws Exception {
        Path colours = SmallData.writeCifar(folder.resolve("colours"));
        Path checkpoint = folder.resolve("checkpoint");
        try (TrainAndTest both = Datasets.open(colours.toString());
                Trainer trainer = Trainer.of(Models.CNV.build(both.train())).batch(60).epochs(4).build()) {
            trainer.train(both.train(), new TrainingListener() {
                @Override
                public void stepEnded(long step, long steps, double loss, double accuracy, long nanoseconds) {
                    trainer.stop();
                }
            });
            trainer.saveTraining(checkpoint);
        }
        String words = "train --model cnv --batch 60 --epochs 4 --resume --data ";
        Process process = processes.start(words + colours + " --threads 1 --isa scalar --checkpoint", checkpoint);
        BufferedReader err = process.errorReader(StandardCharsets.UTF_8);
        Processes.await(err, "resumed after");
        send(Signal.INT, process);
        Thread.sleep(50);
        if (process.isAlive()) {
            send(Signal.TERM, process);
        }
        List<String> lines = err.lines().toList();
        assertThat(Processes.status(process)).as("%s", lines).isIn(130, 143); // a fast machine has ended its step before
        assertThat(lines.getLast())
                .matches("bitgrad: Stopped (at once by SIGTERM; files are as they were last saved\\.|by SIGINT .*)");
        processes.finished(words + colours + " --checkpoint", checkpoint);
    }
}
