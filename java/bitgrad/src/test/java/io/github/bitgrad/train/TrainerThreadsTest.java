package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.NativeMemory;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Stripes;
import io.github.bitgrad.Evaluation;
import io.github.bitgrad.model.Network;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A trainer that is stopped, closed and misused by several threads and by its own listener. */
@Tag("level-independent")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TrainerThreadsTest {
    private static final long SEED = 20261128;
    private static final Network NETWORK = Network.sequential("wide", Stripes.SHAPE).dense(400).dense(400)
            .dense(Stripes.CLASSES).build();
    private static final int STEPS_OF_EPOCH = 5;
    private static final int EPOCHS = 3;

    private static Dataset images;

    @TempDir
    private Path folder;
    private final ExecutorService other = Executors.newSingleThreadExecutor();

    @BeforeAll
    static void createImages() {
        System.out.println("seed " + SEED);
        images = Stripes.noisy(20 * STEPS_OF_EPOCH, SEED);
    }

    @AfterAll
    static void closeImages() {
        images.close();
    }

    @AfterEach
    void noThreadIsLeft() throws InterruptedException {
        Thread.interrupted();
        other.shutdown();
        assertThat(other.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        assertThat(BatchesAheadTest.preparers()).isZero();
    }

    /** With batches prepared ahead and with helpers, so that the training waits in both ways. */
    private static TrainerBuilder settings() {
        return Trainer.of(NETWORK).batch(20).epochs(EPOCHS).seed(SEED).threads(2).memory(Long.MAX_VALUE);
    }

    /** Does something after a step, and counts the steps. */
    private static final class After implements TrainingListener {
        private final long step;
        private final Runnable action;
        private volatile long steps;
        private volatile int epochs;

        After(long step, Runnable action) {
            this.step = step;
            this.action = action;
        }

        @Override
        public void stepEnded(long number, long all, double loss, double accuracy, long nanoseconds) {
            steps = number;
            if (number == step) {
                action.run();
            }
        }

        @Override
        public void epochEnded(EpochReport epoch) {
            epochs = epoch.epoch();
        }
    }

    /** The ways to end a training early. */
    private enum End {
        STOP(Trainer::stop),
        STOP_BY_ANOTHER_THREAD(trainer -> inAnotherThread(trainer::stop)),
        INTERRUPT(_ -> Thread.currentThread().interrupt()),
        INTERRUPT_BY_ANOTHER_THREAD(_ -> {
            Thread training = Thread.currentThread();
            inAnotherThread(training::interrupt);
        });

        private final Consumer<Trainer> action;

        End(Consumer<Trainer> action) {
            this.action = action;
        }

        boolean interrupts() {
            return name().startsWith("INTERRUPT");
        }
    }

    private static void inAnotherThread(Runnable action) {
        Thread thread = Thread.ofPlatform().start(action);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException stop) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static Map<String, String> uninterrupted() {
        try (Trainer trainer = settings().build()) {
            trainer.train(images);
            assertThat(trainer.stopped()).isFalse();
            return FrozenTraining.state(trainer);
        }
    }

    /** Within an epoch and at its end. */
    @ParameterizedTest
    @EnumSource(End.class)
    void aTrainingEndsAfterItsStepAndGoesOnWithTheSameBits(End end) {
        Map<String, String> expected = uninterrupted();
        for (long step : new long[] {1, STEPS_OF_EPOCH, STEPS_OF_EPOCH + 2}) {
            Path file = folder.resolve("training");
            try (Trainer trainer = settings().build()) {
                After listener = new After(step, () -> end.action.accept(trainer));
                trainer.train(images, listener);
                assertThat(listener.steps).isEqualTo(step);
                assertThat(listener.epochs).isEqualTo((int) (step / STEPS_OF_EPOCH));
                assertThat(trainer.stopped()).isTrue();
                assertThat(Thread.currentThread().isInterrupted()).isEqualTo(end.interrupts());
                // all of this with the interruption, which closes channels
                trainer.saveTraining(file);
                trainer.save(folder.resolve("network"));
                Evaluation evaluation = trainer.evaluate(images);
                assertThat(Thread.interrupted()).isEqualTo(end.interrupts());
                assertThat(trainer.evaluate(images)).isEqualTo(evaluation);
                trainer.resume(file, images, new After(0, null));
                assertThat(trainer.stopped()).isFalse();
                assertThat(FrozenTraining.state(trainer)).as("stopped after step %s", step).isEqualTo(expected);
            }
            try (Trainer trainer = settings().threads(1).build()) {
                trainer.resume(file, images, new After(0, null));
                assertThat(FrozenTraining.state(trainer)).as("resumed after step %s", step).isEqualTo(expected);
            }
        }
    }

    @Test
    void anInterruptedThreadTakesNoStep() {
        try (Trainer trainer = settings().build()) {
            After listener = new After(0, null);
            Thread.currentThread().interrupt();
            trainer.train(images, listener);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(listener.steps).isZero();
            assertThat(trainer.stopped()).isTrue();
        }
    }

    @Test
    void stoppingWhatDoesNotRunDoesNothing() {
        try (Trainer trainer = settings().build()) {
            trainer.stop();
            trainer.train(images);
            assertThat(trainer.stopped()).isFalse();
            trainer.stop();
            trainer.train(images, new After(2, trainer::stop));
            assertThat(trainer.stopped()).isTrue();
            trainer.train(images);
            assertThat(trainer.stopped()).isFalse();
        }
    }

    @Test
    void stoppingInTheLastStepIsNoStop() {
        try (Trainer trainer = settings().build()) {
            After listener = new After(EPOCHS * STEPS_OF_EPOCH, trainer::stop);
            trainer.train(images, listener);
            assertThat(listener.epochs).isEqualTo(EPOCHS);
            assertThat(trainer.stopped()).isFalse();
        }
    }

    /** Many times, because threads meet in many ways. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void closingByAnotherThreadEndsTheTraining(boolean interrupted) throws Exception {
        long before = NativeMemory.bytes();
        for (int time = 0; time < 20; time++) {
            Trainer trainer = settings().epochs(1_000_000).build();
            CountDownLatch trains = new CountDownLatch(1);
            Future<?> training = other.submit(() -> trainer.train(images, new After(3, trains::countDown)));
            assertThat(trains.await(60, TimeUnit.SECONDS)).isTrue();
            Thread.sleep(time % 3);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            trainer.close();
            assertThat(Thread.interrupted()).isEqualTo(interrupted);
            training.get(60, TimeUnit.SECONDS);
            assertThat(trainer.stopped()).isTrue();
        }
        assertThat(NativeMemory.bytes()).isEqualTo(before);
    }

    @Test
    void theListenerMayCloseAndThenStillUseTheTrainer() {
        Trainer trainer = settings().build();
        After listener = new After(2, () -> {
            trainer.close();
            trainer.saveTraining(folder.resolve("training"));
            trainer.close();
        });
        trainer.train(images, listener);
        assertThat(listener.steps).isEqualTo(2);
        assertThat(trainer.stopped()).isTrue();
        assertThat(trainer.plan().placements()).noneMatch(
                placement -> placement.buffer().segment().scope().isAlive());
        requireClosed(trainer);
        assertThat(folder.resolve("training")).isNotEmptyFile();
    }

    @Test
    void severalThreadsMayClose() throws Exception {
        Trainer trainer = settings().epochs(1_000_000).build();
        CountDownLatch trains = new CountDownLatch(1);
        Future<?> training = other.submit(() -> trainer.train(images, new After(1, trains::countDown)));
        assertThat(trains.await(60, TimeUnit.SECONDS)).isTrue();
        List<Thread> closing = IntStream.range(0, 4)
                .mapToObj(_ -> Thread.ofPlatform().start(trainer::close)).toList();
        for (Thread thread : closing) {
            thread.join();
        }
        training.get(60, TimeUnit.SECONDS);
        requireClosed(trainer);
    }

    private void requireClosed(Trainer trainer) {
        Path file = folder.resolve("closed");
        for (Executable use : uses(trainer, file)) {
            assertThatThrownBy(use::execute).isInstanceOf(IllegalStateException.class)
                    .hasMessage("The trainer is closed; build another one.");
        }
        assertThat(file).doesNotExist();
        trainer.stop();
    }

    private static List<Executable> uses(Trainer trainer, Path file) {
        return List.of(() -> trainer.train(images), () -> trainer.resume(file, images, new After(0, null)),
                () -> trainer.evaluate(images), () -> trainer.classify(images.image(0)), () -> trainer.save(file),
                () -> trainer.saveTraining(file));
    }

    @Test
    void whatAnotherThreadDoesMeanwhileIsRefusedAndHarmsNothing() throws Exception {
        Map<String, String> expected = uninterrupted();
        Path file = folder.resolve("misused");
        try (Trainer trainer = settings().build()) {
            Future<?>[] misuse = new Future<?>[1];
            trainer.train(images, new After(4, () -> {
                misuse[0] = other.submit(() -> {
                    for (Executable use : uses(trainer, file)) {
                        assertThatThrownBy(use::execute).isInstanceOf(IllegalStateException.class)
                                .hasMessageMatching("Thread .+ is using this trainer; use it when that has ended, or "
                                        + "stop its training first\\.");
                    }
                });
                try {
                    misuse[0].get(60, TimeUnit.SECONDS);
                } catch (Exception failure) {
                    throw new AssertionError(failure);
                }
            }));
            assertThat(FrozenTraining.state(trainer)).isEqualTo(expected);
            // and another thread may use it afterwards
            Evaluation evaluation = trainer.evaluate(images);
            assertThat(other.submit(() -> trainer.evaluate(images)).get(60, TimeUnit.SECONDS)).isEqualTo(evaluation);
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void aListenerCannotTrain() {
        Map<String, String> expected = uninterrupted();
        Path file = folder.resolve("training");
        try (Trainer trainer = settings().build()) {
            trainer.train(images, new After(4, () -> {
                trainer.saveTraining(file);
                for (Executable use : List.<Executable>of(() -> trainer.train(images),
                        () -> trainer.resume(file, images, new After(0, null)))) {
                    assertThatThrownBy(use::execute).isInstanceOf(IllegalStateException.class).hasMessage(
                            "This trainer is training already; begin another training when this one has ended.");
                }
            }));
            assertThat(FrozenTraining.state(trainer)).isEqualTo(expected);
        }
    }

    @Test
    void aTrainingThatFailedIsOverForAllThreads() throws InterruptedException, ExecutionException {
        try (Trainer trainer = settings().build()) {
            assertThatThrownBy(() -> trainer.train(images, new After(2, () -> {
                throw new IllegalArgumentException("Enough.");
            }))).hasMessage("Enough.");
            other.submit(() -> trainer.train(images)).get();
            assertThat(trainer.stopped()).isFalse();
        }
    }
}
