package io.github.bitgrad.train;

import static io.github.bitgrad.model.Network.Padding.SAME;
import static io.github.bitgrad.model.Network.Place.AFTER_SIGN;
import static io.github.bitgrad.model.Network.Place.BEFORE_NORMALISATION;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.bitgrad.NativeMemory;
import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.compile.GradientFormat;
import io.github.bitgrad.compile.Rounding;
import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.CifarFiles;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.data.Split;
import io.github.bitgrad.data.Stripes;
import io.github.bitgrad.memory.MemoryPlan;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.TestGraphs;
import io.github.bitgrad.optim.Optimizers;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Nothing is allocated during a step. Java counts what each thread takes from its heap, and what the process takes
 * beside the heap through it (the category Other of HotSpot's native memory tracking); that the kernels take nothing
 * from the system is known from what they import.
 */
@Tag("level-independent")
class NoAllocationTest {
    private static final long SEED = 20261123;
    private static final int BATCH = 32;
    private static final int STEPS = 50;
    /**
     * In one round, no step may allocate. In the rounds before, classes are loaded and native calls linked, for the
     * last time when a call was made 127 times; and now and then the JVM itself allocates, whatever the program does:
     * its second compiler makes the string constants of a class, those of error messages too, when it first comes to
     * the class, in the thread that made it come.
     */
    private static final int MOST_ROUNDS = 12;
    /** Wide enough that the updates of weights are cut into several chunks. */
    private static final Network NETWORK = Network.sequential("wide", Stripes.SHAPE).dense(128).dense(128)
            .dense(Stripes.CLASSES).build();

    private static final Network CONVOLUTIONAL = Network.sequential("convolutional", Stripes.SHAPE)
            .binaryConv(30, 3, SAME).maxPool(2, AFTER_SIGN).binaryConv(20, 3, SAME).maxPool(2, BEFORE_NORMALISATION)
            .dense(Stripes.CLASSES).build();

    private static final Network RESIDUAL = TestGraphs.residual("residual", Stripes.SHAPE, 20, 2, Stripes.CLASSES);

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static Dataset images;

    /** The arguments of native calls lie beside the plan's memory: some hundred bytes for each operation. */
    private static final long MOST_ARGUMENT_BYTES = 1 << 15;

    /** Reads what every thread of the training has allocated, after the first and the last step. */
    private static final class HeapMeter implements TrainingListener {
        private long[] threads;
        private long[] before;
        private long[] after;

        @Override
        public void stepEnded(long step, long steps, double loss, double accuracy, long nanoseconds) {
            if (step == 1) {
                threads = trainingThreads();
                before = new long[threads.length];
                after = new long[threads.length];
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
                    .filter(thread -> thread.getName().startsWith("bitgrad-")).mapToLong(Thread::threadId);
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

    record Training(Network network, Algorithm algorithm, GradientFormat format, Rounding rounding,
            Optimizers optimizer, int threads) {
        TrainerBuilder settings() {
            return Trainer.of(network).algorithm(algorithm).gradient(format).rounding(rounding)
                    .optimizer(optimizer::create).threads(threads).batch(BATCH).augmentation(Augmentation.SHIFT_FLIP)
                    .epochs(STEPS).mostSteps(STEPS)
                    .seed(SEED);
        }

        @Override
        public String toString() {
            return String.join(", ", network.name(), algorithm.toString(), format.toString(), rounding.toString(),
                    optimizer.toString(), threads + " threads");
        }
    }

    static Stream<Training> trainings() {
        return Stream.of(1, 2).flatMap(threads -> Stream.of(dense(threads), convolutional(threads), residual(threads))
                .flatMap(trainings -> trainings));
    }

    private static Stream<Training> residual(int threads) {
        return Stream.of(Algorithm.values()).map(algorithm -> new Training(RESIDUAL, algorithm,
                algorithm.defaultFormat(), Rounding.NEAREST, Optimizers.ADAM, threads));
    }

    private static Stream<Training> dense(int threads) {
        return Stream.of(Algorithm.values()).flatMap(algorithm -> Stream.of(Optimizers.values())
                .map(optimizer -> new Training(NETWORK, algorithm, algorithm.defaultFormat(), Rounding.NEAREST,
                        optimizer, threads)));
    }

    private static Stream<Training> convolutional(int threads) {
        Training standard = new Training(CONVOLUTIONAL, Algorithm.STANDARD, GradientFormat.FLOAT32, Rounding.NEAREST,
                Optimizers.ADAM, threads);
        return Stream.concat(Stream.of(standard), Stream.of(GradientFormat.values()).flatMap(format -> Stream
                .of(Rounding.values()).map(rounding -> new Training(CONVOLUTIONAL, Algorithm.PROPOSED, format, rounding,
                        Optimizers.ADAM, threads))));
    }

    @ParameterizedTest
    @MethodSource("trainings")
    void stepsAllocateNothingOnTheJavaHeap(Training training) {
        requireNoAllocation(training.settings(), training.threads(), images);
    }

    @Test
    void stepsThatReadFilesAllocateNothingOnTheJavaHeap(@TempDir Path folder) throws IOException {
        CifarFiles.writeNoise(folder, STEPS * BATCH / 5, SEED);
        Network network = Network.sequential("colours", CifarFiles.SHAPE).dense(CifarFiles.CLASSES).build();
        try (Dataset files = Datasets.open(folder.toString(), Split.TRAIN)) {
            requireNoAllocation(Trainer.of(network).threads(1).batch(BATCH).epochs(1).seed(SEED), 1, files);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void stepsWithReplayedSamplesAllocateNothingOnTheJavaHeap(int frozen, @TempDir Path folder) {
        Path file = folder.resolve("network");
        try (Trainer trainer = Trainer.of(CONVOLUTIONAL).batch(BATCH).mostSteps(1).seed(SEED).build()) {
            trainer.train(images);
            trainer.save(file);
        }
        try (ReplayMemory memory = ReplayMemory.of(100_000)) {
            TrainerBuilder settings = Trainer.from(TrainedNetwork.load(file)).algorithm(Algorithm.LEAN).freeze(frozen)
                    .replay(memory, BATCH / 2).threads(1).batch(BATCH).mostSteps(STEPS).seed(SEED)
                    .augmentation(Augmentation.SHIFT_FLIP);
            try (Trainer trainer = settings.build()) {
                trainer.remember(images);
            }
            requireNoAllocation(settings, 1, images);
        }
    }

    private static void requireNoAllocation(TrainerBuilder settings, int threads, Dataset dataset) {
        List<Long> rounds = new ArrayList<>();
        try (Trainer trainer = settings.memory(Long.MAX_VALUE).build()) { // so that batches are prepared ahead
            do {
                HeapMeter meter = new HeapMeter();
                trainer.train(dataset, meter);
                assertThat(meter.threads).as("the steps' threads, and the one that prepares batches")
                        .hasSize(threads + 1);
                assertThat(meter.before[0]).as("a counter that counts").isPositive();
                rounds.add(meter.allocated());
            } while (rounds.getLast() != 0 && rounds.size() < MOST_ROUNDS);
        }
        assertThat(rounds).as("bytes that %s steps allocated", STEPS - 1).endsWith(0L);
    }

    @ParameterizedTest
    @MethodSource("trainings")
    void memoryIsTakenOnceAndGivenBack(Training training) {
        long[] during = new long[2];
        long before = NativeMemory.bytes();
        long peak;
        long built;
        try (Trainer trainer = training.settings().mostSteps(5).build()) {
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
        assertThat(built - before).isBetween(peak, peak + MemoryPlan.ALIGNMENT + MOST_ARGUMENT_BYTES);
        assertThat(during).containsOnly(built);
        assertThat(NativeMemory.bytes()).isEqualTo(before);
    }

    /** One object of the smallest size in one step of many. */
    @Test
    void theMeterSeesWhatIsAllocated() {
        Object[] kept = new Object[1];
        HeapMeter meter = new HeapMeter();
        try (Trainer trainer = dense(1).findFirst().orElseThrow().settings().build()) {
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
