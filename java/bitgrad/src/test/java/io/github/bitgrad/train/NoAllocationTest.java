package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.bitgrad.NativeMemory;
import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Stripes;
import io.github.bitgrad.memory.MemoryPlan;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Optimizers;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Nothing is allocated during a step. Java counts what each thread takes from its heap, and what the process takes
 * beside the heap through it (the category Other of HotSpot's native memory tracking); that the kernels take nothing
 * from the system is known from what they import.
 */
class NoAllocationTest {
    private static final long SEED = 20261123;
    private static final int BATCH = 32;
    private static final int STEPS = 50;
    /**
     * In one round, no step may allocate. In the rounds before, classes are loaded and native calls linked, for the last
     * time when a call was made 127 times; and now and then the JVM itself allocates, whatever the program does: its
     * second compiler makes the string constants of a class, those of error messages too, when it first comes to the
     * class, in the thread that made it come.
     */
    private static final int MOST_ROUNDS = 12;
    /** Wide enough that the updates of weights are cut into several chunks. */
    private static final Network NETWORK = Network.sequential("wide", Stripes.SHAPE).dense(128).dense(128)
            .dense(Stripes.CLASSES).build();

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static Dataset images;

    /** Reads what every thread of the training has allocated, after the first and the last step. */
    private static final class HeapMeter implements TrainingListener {
        private final long[] threads = trainingThreads();
        private final long[] before = new long[threads.length];
        private final long[] after = new long[threads.length];

        @Override
        public void stepEnded(long step, long steps, double loss, double accuracy, long nanoseconds) {
            if (step == 1) {
                read(before);
            }
            if (step == steps) {
                read(after);
            }
        }

        private void read(long[] counters) {
            for (int i = 0; i < counters.length; i++) {
                counters[i] = THREADS.getThreadAllocatedBytes(threads[i]);
            }
        }

        long allocated() {
            return LongStream.of(after).sum() - LongStream.of(before).sum();
        }

        private static long[] trainingThreads() {
            LongStream helpers = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().startsWith("bitgrad-worker-")).mapToLong(Thread::threadId);
            return LongStream.concat(LongStream.of(Thread.currentThread().threadId()), helpers).toArray();
        }
    }

    @BeforeAll
    static void createImages() {
        System.out.println("seed " + SEED);
        images = Stripes.noisy(STEPS * BATCH, SEED); // one epoch, because its end is told in an object
    }

    @AfterAll
    static void closeImages() {
        images.close();
    }

    static Stream<Arguments> trainings() {
        return Stream.of(Algorithm.values()).flatMap(algorithm -> Stream.of(Optimizers.values())
                .flatMap(optimizer -> Stream.of(1, 2).map(threads -> Arguments.of(algorithm, optimizer, threads))));
    }

    private static TrainingSettings settings(Algorithm algorithm, Optimizers optimizer, int threads) {
        return Trainer.of(NETWORK).algorithm(algorithm).optimizer(optimizer).threads(threads).batch(BATCH)
                .epochs(STEPS).mostSteps(STEPS).seed(SEED);
    }

    @ParameterizedTest
    @MethodSource("trainings")
    void stepsAllocateNothingOnTheJavaHeap(Algorithm algorithm, Optimizers optimizer, int threads) {
        List<Long> rounds = new ArrayList<>();
        try (Trainer trainer = settings(algorithm, optimizer, threads).build()) {
            do {
                HeapMeter meter = new HeapMeter();
                assertThat(meter.threads).hasSize(threads);
                trainer.train(images, meter);
                assertThat(meter.before[0]).as("a counter that counts").isPositive();
                rounds.add(meter.allocated());
            } while (rounds.getLast() != 0 && rounds.size() < MOST_ROUNDS);
        }
        assertThat(rounds).as("bytes that %d steps allocated", STEPS - 1).endsWith(0L);
    }

    @ParameterizedTest
    @MethodSource("trainings")
    void memoryIsTakenOnceAndGivenBack(Algorithm algorithm, Optimizers optimizer, int threads) {
        long[] during = new long[2];
        long before = NativeMemory.bytes();
        long peak;
        long built;
        try (Trainer trainer = settings(algorithm, optimizer, threads).mostSteps(5).build()) {
            peak = trainer.plan().peakBytes();
            built = NativeMemory.bytes();
            trainer.train(images, new TrainingListener() {
                @Override
                public void stepEnded(long step, long steps, double loss, double accuracy, long nanoseconds) {
                    if (step == 1 || step == steps) {
                        during[step == 1 ? 0 : 1] = NativeMemory.bytes();
                    }
                }
            });
        }
        // the allocation may begin up to an alignment after what the system gave
        assertThat(built - before).isBetween(peak, peak + MemoryPlan.ALIGNMENT);
        assertThat(during).containsOnly(built);
        assertThat(NativeMemory.bytes()).isEqualTo(before);
    }

    /** One object of the smallest size in one step of many. */
    @Test
    void theMeterSeesWhatIsAllocated() {
        Object[] kept = new Object[1];
        HeapMeter meter = new HeapMeter();
        try (Trainer trainer = settings(Algorithm.PROPOSED, Optimizers.ADAM, 1).build()) {
            trainer.train(images, new TrainingListener() {
                @Override
                public void stepEnded(long step, long steps, double loss, double accuracy, long nanoseconds) {
                    if (step == STEPS / 2) {
                        kept[0] = new Object();
                    }
                    meter.stepEnded(step, steps, loss, accuracy, nanoseconds);
                }
            });
        }
        assertThat(kept).doesNotContainNull();
        assertThat(meter.allocated()).isPositive();
    }
}
