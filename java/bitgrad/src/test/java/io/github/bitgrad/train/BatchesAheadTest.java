package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.DataDescription;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ImageSource;
import io.github.bitgrad.data.Stripes;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.step.TrainingClock;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("level-independent")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BatchesAheadTest {
    private static final long SEED = 20261123;
    private static final int BATCH = 10;

    private static Dataset images;

    private Arena arena;
    private CompiledNetwork network;

    @BeforeAll
    static void createImages() {
        System.out.println("seed " + SEED);
        images = Stripes.noisy(65, SEED);
    }

    @AfterAll
    static void closeImages() {
        images.close();
    }

    @BeforeEach
    void allocate() {
        network = Trainer.of(Network.sequential("smallest", Stripes.SHAPE).dense(Stripes.CLASSES).build()).batch(BATCH)
                .memory(Long.MAX_VALUE).settings().step().compile(new TrainingClock());
        arena = Arena.ofShared();
        network.program().allocate(arena);
    }

    @AfterEach
    void noThreadIsLeft() {
        arena.close();
        assertThat(preparers()).isZero();
    }

    static long preparers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(BatchesAhead.THREAD_NAME)).count();
    }

    private static Batches batches(Dataset dataset) {
        return new Batches(dataset, Augmentation.SHIFT_FLIP, BATCH, 1, SEED, Optional.empty());
    }

    /** Whichever of the two is faster, and whatever else happens to their threads. */
    @Test
    void handsOverEveryBatchInOrder() {
        SplittableRandom random = new SplittableRandom(SEED);
        MemorySegment pixels = arena.allocate(network.batch().pixels().bytes());
        MemorySegment labels = arena.allocate(network.batch().labels().bytes(), 4);
        Batches expected = batches(images);
        try (BatchesAhead ahead = new BatchesAhead(batches(images), network, 0, 500)) {
            for (int number = 0; number < 500; number++) {
                if (number % 3 == 0) {
                    LockSupport.parkNanos(random.nextInt(300_000));
                }
                if (number == 100) {
                    Thread.currentThread().interrupt();
                }
                ahead.handOver();
                expected.write(number, pixels, labels);
                assertThat(network.batch().pixels().segment().mismatch(pixels)).as("pixels of batch %s", number)
                        .isEqualTo(-1);
                assertThat(network.batch().labels().segment().mismatch(labels)).as("labels of batch %s", number)
                        .isEqualTo(-1);
            }
        }
        assertThat(Thread.interrupted()).as("an interruption is kept").isTrue();
    }

    @Test
    void preparesTheNextBatchBeforeItIsAskedFor() {
        MemorySegment pixels = arena.allocate(network.batch().pixels().bytes());
        MemorySegment labels = arena.allocate(network.batch().labels().bytes(), 4);
        try (BatchesAhead ahead = new BatchesAhead(batches(images), network, 7, 9)) {
            ahead.handOver();
            batches(images).write(8, pixels, labels);
            long begin = System.nanoTime();
            while (network.staged().orElseThrow().pixels().segment().mismatch(pixels) >= 0) {
                assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(20));
                Thread.onSpinWait();
            }
        }
    }

    /** An interrupted thread that parks again and again would take all of its processor's time. */
    @Test
    void anInterruptedTrainingWaitsForItsBatchWithoutSpinning() {
        try (Dataset slow = slowImages(); BatchesAhead ahead = new BatchesAhead(batches(slow), network, 0, 2)) {
            long begin = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            Thread.currentThread().interrupt();
            ahead.handOver();
            assertThat(ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - begin)
                    .as("nanoseconds of the processor").isLessThan(300_000_000);
            assertThat(Thread.interrupted()).as("an interruption is kept").isTrue();
        }
    }

    /** Ten images of which each takes a tenth of a second. */
    private static Dataset slowImages() {
        return Dataset.of(new ImageSource() {
            @Override
            public void read(int index, byte[] pixels) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
            }

            @Override
            public void close() {
                // there is nothing to close
            }
        }, DataDescription.of("slow", Stripes.SHAPE, Stripes.CLASSES), 10, _ -> {
        });
    }

    @Test
    void whatThePreparingFailedWithIsRaisedWhereTheBatchIsWanted() {
        Dataset closed = Stripes.noisy(20, SEED);
        closed.close();
        try (BatchesAhead ahead = new BatchesAhead(batches(closed), network, 0, 10)) {
            for (int time = 0; time < 2; time++) {
                assertThatThrownBy(() -> ahead.handOver()).isInstanceOf(IllegalStateException.class)
                        .hasMessage("Already closed");
            }
        }
    }

    @Test
    void onceClosedItReadsTheDataSetNoMore() {
        for (int time = 0; time < 200; time++) {
            Dataset dataset = Stripes.noisy(40, SEED);
            new BatchesAhead(batches(dataset), network, 0, 10).close();
            assertThat(preparers()).isZero();
            dataset.close();
        }
    }
}
