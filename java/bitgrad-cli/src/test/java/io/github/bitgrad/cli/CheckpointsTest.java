package io.github.bitgrad.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checkpoints within epochs, of which several are kept. {@code -Dbitgrad.test.kills=50} says how many processes are
 * killed for each number of threads.
 */
@Tag("level-independent")
@Timeout(600)
class CheckpointsTest {
    private static final long SEED = 20261130;
    private static final int KILLS = Integer.getInteger("bitgrad.test.kills", 3);
    private static final int MOST_MILLISECONDS = 400;

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

    /** Epochs of three steps. */
    private static Run train(String words, Object... more) {
        Object[] all = Arrays.copyOf(more, more.length + 2);
        all[more.length] = "--data";
        all[more.length + 1] = data;
        return Run.of("train --batch 20 --threads 1 --no-test " + words, all);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /** The step that a checkpoint is of, as a training that is resumed from a copy of it says. */
    private String stepOf(String name) throws IOException {
        Path copy = Files.copy(folder.resolve(name), folder.resolve("copy"));
        List<String> lines = train("--epochs 3 --steps 8 --schedule constant --resume --checkpoint", copy).errLines();
        Files.delete(copy);
        return lines.getFirst().replaceAll(".*, step (\\d+) of 8", "$1");
    }

    @Test
    void aCheckpointIsWrittenAfterSomeStepsAndTheOnesBeforeAreKept() throws IOException {
        Path checkpoint = folder.resolve("checkpoint");
        Run run = train("--epochs 3 --steps 8 --schedule constant --checkpoint-every 2 --keep 4 --checkpoint",
                checkpoint);
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(names()).containsExactly("checkpoint", "checkpoint.1", "checkpoint.2", "checkpoint.3");
        // after 2 steps, the first epoch (3), 5, the second epoch (6), 8, and the end of the training (8)
        assertThat(stepOf("checkpoint")).isEqualTo("8");
        assertThat(stepOf("checkpoint.1")).isEqualTo("8");
        assertThat(stepOf("checkpoint.2")).isEqualTo("6");
        assertThat(stepOf("checkpoint.3")).isEqualTo("5");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1h", "1000"})
    void withinALongIntervalOnlyEpochsAreSaved(String interval) throws IOException {
        Path checkpoint = folder.resolve("checkpoint");
        assertThat(train("--epochs 3 --steps 8 --schedule constant --keep 9 --checkpoint-every " + interval
                + " --checkpoint", checkpoint).status()).isZero();
        assertThat(names()).containsExactly("checkpoint", "checkpoint.1", "checkpoint.2");
        assertThat(stepOf("checkpoint.2")).isEqualTo("3");
    }

    @Test
    void aTimeMayEndAnInterval() {
        Interval.Converter converter = new Interval.Converter();
        assertThat(converter.convert("200").isOver(199, Long.MAX_VALUE)).isFalse();
        assertThat(converter.convert("200").isOver(200, 0)).isTrue();
        assertThat(converter.convert("90s").isOver(Long.MAX_VALUE, 89_999_999_999L)).isFalse();
        assertThat(converter.convert("90s").isOver(0, 90_000_000_000L)).isTrue();
        assertThat(converter.convert("5m").isOver(0, TimeUnit.MINUTES.toNanos(5) - 1)).isFalse();
        assertThat(converter.convert("5m").isOver(0, TimeUnit.MINUTES.toNanos(5))).isTrue();
        assertThat(converter.convert("2h").isOver(0, TimeUnit.HOURS.toNanos(2))).isTrue();
    }

    private static final String WORDS = "--epochs 3 --checkpoint-every 1 --keep 3 ";

    private Path interrupted() {
        Path checkpoint = folder.resolve("checkpoint");
        assertThat(train(WORDS + "--steps 6 --schedule constant --checkpoint", checkpoint).status()).isZero();
        return checkpoint;
    }

    @Test
    void whereTheNewestIsDamagedTheOneBeforeIsTakenWithAWarning() throws IOException {
        Path whole = folder.resolve("whole");
        train("--epochs 3 --schedule constant --save", whole);
        Path checkpoint = interrupted();
        Path before = folder.resolve("checkpoint.1");
        Path old = folder.resolve("checkpoint.2");
        byte[] good = Files.readAllBytes(before);
        byte[] damaged = Arrays.copyOf(Files.readAllBytes(checkpoint), 5000);
        Files.write(checkpoint, damaged);

        Path network = folder.resolve("network");
        Run run = train("--epochs 3 --steps 6 --schedule constant --keep 3 --resume --checkpoint", checkpoint);
        assertThat(run.errLines().getFirst()).isEqualTo("bitgrad: The training state in %s is cut off or damaged (5000 "
                .formatted(checkpoint)
                + "bytes); copy it again, or train again; the training goes on from %s, which was "
                        .formatted(before)
                + "saved before it.");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(before).as("not replaced by what is damaged").hasBinaryContent(good);

        Files.write(checkpoint, new byte[4096]); // as a file system may leave it when the power goes
        Files.write(before, damaged);
        run = train("--epochs 3 --schedule constant --resume --save", network, "--checkpoint", checkpoint);
        assertThat(run.errLines().subList(0, 2)).allMatch(line -> line.endsWith(
                "; the training goes on from %s, which was saved before it.".formatted(old)));
        assertThat(run.errLines().getFirst())
                .startsWith("bitgrad: There is no bitgrad training state in " + checkpoint);
        assertThat(Files.readAllBytes(network)).isEqualTo(Files.readAllBytes(whole));
    }

    @Test
    void aKillBetweenTwoRenamesLosesNothing() throws IOException {
        Path checkpoint = interrupted();
        Files.delete(checkpoint);
        train("--checkpoint", checkpoint).isRefused(2,
                "There is a file %s.1 already; continue the training in it with --resume".formatted(checkpoint));
        Run run = train("--epochs 3 --schedule constant --keep 3 --resume --checkpoint", checkpoint);
        assertThat(run.errLines().getFirst())
                .isEqualTo("bitgrad: There is no file %1$s; the training goes on from %1$s.1, "
                        .formatted(checkpoint) + "which was saved before it.");
        assertThat(run.status()).isZero();
    }

    @Test
    void whereAllAreDamagedTheNewestIsNamed() throws IOException {
        Path checkpoint = interrupted();
        for (String name : List.of("checkpoint", "checkpoint.1", "checkpoint.2")) {
            Files.write(folder.resolve(name), Arrays.copyOf(Files.readAllBytes(folder.resolve(name)), 5000));
        }
        train("--epochs 3 --schedule constant --resume --checkpoint", checkpoint).isRefused(1,
                "The training state in %s is cut off or damaged (5000 bytes)".formatted(checkpoint));
    }

    /** Settings that differ are no damage. */
    @Test
    void anotherTrainingIsRefusedAndNotLookedForInOlderFiles() throws IOException {
        Path checkpoint = interrupted();
        train("--epochs 3 --schedule constant --seed 2 --resume --checkpoint", checkpoint).isRefused(1,
                "The training in %s cannot be continued with seed 2, because it began with 1".formatted(checkpoint));
    }

    @Test
    void whatIsNoCheckpointIsNotReplaced() throws IOException {
        Path checkpoint = interrupted();
        Path letter = Files.writeString(folder.resolve("checkpoint.2"), "Dear bitgrad");
        train(WORDS + "--schedule constant --resume --checkpoint", checkpoint).isRefused(2, letter
                + " is no training that bitgrad has saved, and it is where --keep would keep one; move it");
        assertThat(letter).hasContent("Dear bitgrad");
    }

    @Test
    void aFolderThatCannotBeWrittenIsOneSentenceBeforeTheTraining() throws IOException {
        Path checkpoint = folder.resolve("missing/checkpoint");
        train(WORDS + "--checkpoint", checkpoint).isRefused(1, "because there is no folder");
        Path locked = Files.createDirectory(folder.resolve("locked"));
        Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("r-xr-xr-x"));
        assumeThat(Files.isWritable(locked)).as("the superuser may write everywhere").isFalse();
        train(WORDS + "--checkpoint", locked.resolve("checkpoint")).isRefused(1,
                "permission denied; choose a file in a folder that can be written.");
    }

    /** The process may not write files as large as a checkpoint, which fails as a full disk does. */
    @Test
    void aFullDiskLeavesWhatWasThereAndTheTrainingGoesOn() throws Exception {
        Path checkpoint = interrupted();
        Path older = folder.resolve("checkpoint.1");
        byte[] newest = Files.readAllBytes(checkpoint);
        byte[] before = Files.readAllBytes(older);
        Process process = processes.startBehind(List.of("bash", "-c", "ulimit -f 256; exec \"$0\" \"$@\""),
                "train --batch 20 --threads 1 --no-test --schedule constant " + WORDS + "--resume --data", data,
                "--checkpoint", checkpoint);
        List<String> err = process.errorReader(StandardCharsets.UTF_8).lines().toList();
        assertThat(Processes.status(process)).as("%s", err).isEqualTo(1);
        assertThat(err).filteredOn(line -> line.contains("was not saved to"))
                .as("told when it happens, and at the end").hasSize(2)
                .allMatch(line -> line.startsWith("bitgrad: The training state was not saved to " + checkpoint
                        + ", which is as it was: File too large; make room or choose another place"));
        assertThat(err).anyMatch(line -> line.startsWith("epoch 3, step 9 of 9"));
        assertThat(checkpoint).hasBinaryContent(newest);
        assertThat(older).hasBinaryContent(before);
        assertThat(names()).containsExactly("checkpoint", "checkpoint.1", "checkpoint.2");
    }

    /** Power that goes when it wants. With a validation part, the best network is not that of the last epoch. */
    @ParameterizedTest
    @CsvSource({"1, ''", "2, ''", "1, --validation 0.34"})
    void aTrainingThatIsKilledAgainAndAgainEndsWithTheSameBits(int threads, String validation) throws Exception {
        System.out.println("seed " + SEED + ", kills " + KILLS);
        SplittableRandom random = new SplittableRandom(SEED + threads);
        Path checkpoint = folder.resolve("checkpoint");
        Path network = folder.resolve("network");
        Path whole = folder.resolve("whole");
        String training = "train --batch 20 --no-test --epochs %s --data %s %s ".formatted(20 + 30 * KILLS, data,
                validation).replaceAll(" +", " ");
        assertThat(Run.of(training + "--threads 1 --save", whole).status()).isZero();
        String words = training + "--threads " + threads + " --checkpoint-every 2 --keep 2 --resume";
        int killed = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Process process = processes.start(words, "--checkpoint", checkpoint, "--save", network);
            try (BufferedReader err = process.errorReader(StandardCharsets.UTF_8)) {
                Processes.await(err, kill == 0 ? "epoch 1," : "resumed ");
                TimeUnit.MILLISECONDS.sleep(random.nextInt(MOST_MILLISECONDS));
                process.destroyForcibly();
                killed += Processes.status(process) == 137 ? 1 : 0;
            }
        }
        assertThat(killed).as("kills before the end of the training").isPositive();
        processes.finished(words, "--checkpoint", checkpoint, "--save", network);
        assertThat(Files.readAllBytes(network)).isEqualTo(Files.readAllBytes(whole));
        assertThat(names()).containsExactly("checkpoint", "checkpoint.1", "network", "whole");
    }
}
