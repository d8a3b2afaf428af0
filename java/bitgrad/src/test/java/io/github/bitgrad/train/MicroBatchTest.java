package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.compile.Rounding;
import io.github.bitgrad.compile.Weights;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Stripes;
import io.github.bitgrad.layer.BatchNorm;
import io.github.bitgrad.layer.BinaryConvolution;
import io.github.bitgrad.layer.Dense;
import io.github.bitgrad.layer.DepthwiseConvolution;
import io.github.bitgrad.layer.RealDense;
import io.github.bitgrad.layer.Sign;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.TestGraphs;
import io.github.bitgrad.optim.GradientKind;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.Snapshots;
import io.github.bitgrad.step.TrainingClock;
import io.github.bitgrad.step.Workers;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Batches that the network takes in parts, whose gradients are added up. */
class MicroBatchTest {
    private static final long SEED = 20261128;
    private static final int MICRO_BATCH = 10;
    private static final Network NETWORK = TestGraphs.residual("residual", Stripes.SHAPE, 20, 2, Stripes.CLASSES);
    private static final Network DEPTHWISE = Network.sequential("depthwise", Stripes.SHAPE)
            .binaryConv(20, 3, Network.Padding.SAME).depthwiseConv(DepthwiseConvolution.of(3, 3).same())
            .binaryConv(20, 1, Network.Padding.VALID).dense(Stripes.CLASSES).build();
    private static final Network BIASED = Network.graph("biased", Stripes.SHAPE)
            .node("conv1", BinaryConvolution.of(20).kernel(3, 3), Network.INPUT)
            .node("conv1.norm", new BatchNorm(), "conv1").node("conv1.sign", new Sign(), "conv1.norm")
            .node("dense2", new Dense(33), "conv1.sign").node("dense2.norm", new BatchNorm(), "dense2")
            .node("dense3", new RealDense(Stripes.CLASSES).bias(), "dense2.norm").build();

    /** Each part is normalised by the scales of the weights, which no part but the last changes. */
    private static final Network SCALED = Network.sequential("scaled", Stripes.SHAPE)
            .binaryConv(BinaryConvolution.of(20).kernel(3, 3).scaled())
            .binaryConv(BinaryConvolution.of(20).kernel(3, 3).clip(1.0 / 1024).scaled())
            .dense(new Dense(33).scaled()).dense(new Dense(Stripes.CLASSES).scaled()).build();

    @TempDir
    private Path folder;

    static Stream<Arguments> algorithms() {
        return Stream.of(Algorithm.values()).flatMap(algorithm -> Stream.of(Optimizers.values())
                .flatMap(optimizer -> kinds(algorithm).flatMap(kind -> networks(optimizer)
                        .map(network -> Arguments.of(network, algorithm, optimizer, kind)))));
    }

    /** Scales are those of latent weights. */
    private static Stream<Network> networks(Optimizers optimizer) {
        return optimizer == Optimizers.BOP
                ? Stream.of(NETWORK, DEPTHWISE, BIASED)
                : Stream.of(NETWORK, DEPTHWISE, BIASED, SCALED);
    }

    private static Stream<GradientKind> kinds(Algorithm algorithm) {
        return switch (algorithm) {
            case STANDARD -> Stream.of(GradientKind.REAL);
            case PROPOSED, LEAN -> Stream.of(GradientKind.REAL, GradientKind.SIGN);
            case PAPER -> Stream.of(GradientKind.SIGN);
        };
    }

    private static TrainerBuilder training(Network network, Algorithm algorithm, Optimizers optimizer,
            GradientKind kind) {
        return Trainer.of(network).algorithm(algorithm).weightGradient(kind).optimizer(optimizer::create)
                .rounding(Rounding.NEAREST).seed(SEED).microBatch(MICRO_BATCH);
    }

    /** A step of several parts, whose parts a test chooses. */
    private static final class Step implements AutoCloseable {
        private final Arena arena = Arena.ofShared();
        private final Workers workers = new Workers(1);
        private final TrainingClock clock;
        private final CompiledNetwork compiled;
        private final Program program;

        Step(StepSettings settings) {
            clock = settings.clock(SEED);
            compiled = settings.compile(clock);
            program = compiled.program();
            program.allocate(arena);
            SplittableRandom random = new SplittableRandom(SEED);
            compiled.weights().forEach(weights -> InitialWeights.UNIFORM.fill(weights, random));
            program.runInitial(workers);
            clock.next(0.01f);
        }

        /** Runs the next part on images that follow from a number. */
        void run(int images) {
            SplittableRandom random = new SplittableRandom(images);
            Buffer pixels = compiled.batch().pixels();
            for (long i = 0; i < pixels.bytes(); i++) {
                pixels.segment().set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(256));
            }
            for (int i = 0; i < MICRO_BATCH; i++) {
                compiled.batch().labels().segment().setAtIndex(ValueLayout.JAVA_INT, i,
                        random.nextInt(Stripes.CLASSES));
            }
            program.runTraining(workers, clock.isLastPart());
        }

        /** The sums of gradients, of weights and of biases. */
        Map<String, double[]> sums() {
            return program.training().stream().map(Operation::uses).flatMap(List::stream).distinct()
                    .filter(buffer -> buffer.name().endsWith("GradientSum"))
                    .collect(Collectors.toMap(Buffer::name, Step::values, (one, _) -> one, LinkedHashMap::new));
        }

        Map<String, double[]> weights() {
            return compiled.weights().stream().map(Weights::values)
                    .collect(Collectors.toMap(Buffer::name, Step::values));
        }

        /** All that is kept from step to step. */
        Map<String, double[]> state() {
            return program.state().stream().collect(Collectors.toMap(Buffer::name, Step::values));
        }

        private static double[] values(Buffer buffer) {
            return Arrays.stream(Snapshots.read(buffer)).flatMapToDouble(Arrays::stream).toArray();
        }

        @Override
        public void close() {
            workers.close();
            arena.close();
        }
    }

    /** The sum over two parts is that of either part alone, in any order; and only the last part changes weights. */
    @ParameterizedTest
    @MethodSource("algorithms")
    void gradientsAreAddedUpAndUpdateTheWeightsOnce(Network network, Algorithm algorithm, Optimizers optimizer,
            GradientKind kind) {
        StepSettings settings = training(network, algorithm, optimizer, kind).batch(2 * MICRO_BATCH).settings().step();
        try (Step step = new Step(settings); Step other = new Step(settings)) {
            Map<String, double[]> weights = step.weights();
            step.run(1);
            other.run(2);
            Map<String, double[]> first = step.sums();
            Map<String, double[]> second = other.sums();
            assertThat(first).hasSize(2 * weights.size()); // weights and biases of each product
            assertThat(step.weights()).usingRecursiveComparison().isEqualTo(weights);
            step.clock.nextPart();
            step.run(2);
            step.sums().forEach((name, sum) -> {
                double largest = Arrays.stream(sum).map(Math::abs).max().orElseThrow();
                assertThat(largest).as(name).isPositive();
                for (int i = 0; i < sum.length; i++) {
                    assertThat(sum[i]).as(name).isCloseTo(first.get(name)[i] + second.get(name)[i],
                            within(1e-6 * largest));
                }
            });
            if (optimizer != Optimizers.BOP) { // which flips hardly any sign in its first step
                assertThat(step.weights()).allSatisfy((name, now) -> assertThat(now).isNotEqualTo(weights.get(name)));
            }
        }
    }

    /** Without those whose second moments are smaller than float16 tells apart. */
    static Stream<Arguments> precise() {
        return algorithms().filter(choice -> choice.get()[1] != Algorithm.PROPOSED
                || choice.get()[3] == GradientKind.SIGN);
    }

    /** A step with some images, and a step of two parts that has these images twice, have the same mean gradient. */
    @ParameterizedTest
    @MethodSource("precise")
    void theMeanIsOverAllImagesOfAStep(Network network, Algorithm algorithm, Optimizers optimizer, GradientKind kind) {
        TrainerBuilder training = training(network, algorithm, optimizer, kind);
        try (Step single = new Step(training.batch(MICRO_BATCH).settings().step());
                Step twice = new Step(training.batch(2 * MICRO_BATCH).settings().step())) {
            single.run(3);
            twice.run(3);
            twice.clock.nextPart();
            twice.run(3);
            Map<String, double[]> expected = single.state();
            twice.state().forEach((name, now) -> {
                double[] values = expected.get(name);
                double largest = Arrays.stream(values).map(Math::abs).max().orElseThrow();
                // latent weights of bytes are rounded at random, and the smallest float16 is 6e-8
                double tolerance =
                        algorithm == Algorithm.LEAN && name.endsWith(".weights") ? 1 : 1e-3 * largest + 6e-8;
                if (name.endsWith(".weightSigns")) { // rounding may decide whether a sign flips
                    long flips = IntStream.range(0, now.length).filter(i -> now[i] != values[i]).count();
                    assertThat(flips).as(name).isLessThanOrEqualTo(now.length / 100);
                    return;
                }
                for (int i = 0; i < now.length; i++) {
                    assertThat(now[i]).as(name).isCloseTo(values[i], within(tolerance));
                }
            });
        }
    }

    private static TrainerBuilder learning(int threads) {
        return Trainer.of(NETWORK).algorithm(Algorithm.LEAN).batch(4 * MICRO_BATCH).microBatch(MICRO_BATCH).epochs(3)
                .seed(SEED).threads(threads);
    }

    private byte[] state(Trainer trainer, String name) throws IOException {
        Path file = folder.resolve(name);
        trainer.save(file);
        return Files.readAllBytes(file);
    }

    @Test
    void aTrainingLearnsAndResumesBitForBitOnAnyNumberOfThreads() throws IOException {
        try (Dataset images = Stripes.noisy(490, SEED); Trainer whole = learning(1).build();
                Trainer threads = learning(3).build(); Trainer resumed = learning(2).build();
                Trainer interrupted = learning(1).build()) {
            whole.train(images);
            assertThat(whole.evaluate(images).accuracy()).isGreaterThan(0.9);
            byte[] expected = state(whole, "whole");
            threads.train(images);
            assertThat(state(threads, "threads")).isEqualTo(expected);

            Path file = folder.resolve("training");
            interrupted.train(images, new TrainingListener() {
                @Override
                public void stepEnded(long step, long steps, double loss, double accuracy, long nanoseconds) {
                    if (step == 17) {
                        assertThat(steps).isEqualTo(3 * 12);
                        interrupted.saveTraining(file);
                        interrupted.stop();
                    }
                }
            });
            resumed.resume(file, images, new TrainingListener() {
            });
            assertThat(state(resumed, "resumed")).isEqualTo(expected);
        }
    }

    /** A batch in parts needs the memory of a part, and the sums of the gradients. */
    @Test
    void aLargeBatchTakesTheMemoryOfAPart() {
        long part = Trainer.of(NETWORK).algorithm(Algorithm.LEAN).batch(MICRO_BATCH).plan().peakBytes();
        long whole = Trainer.of(NETWORK).algorithm(Algorithm.LEAN).batch(100 * MICRO_BATCH).plan().peakBytes();
        long parts = Trainer.of(NETWORK).algorithm(Algorithm.LEAN).batch(100 * MICRO_BATCH).microBatch(MICRO_BATCH)
                .plan().peakBytes();
        long weights = 9 * (20 + 20 * 20 * 2) + 20L * Stripes.SHAPE.height() * Stripes.SHAPE.width() * Stripes.CLASSES;
        assertThat(parts).isBetween(part, part + 5 * weights * Float.BYTES).isLessThan(whole / 10);
    }
}
