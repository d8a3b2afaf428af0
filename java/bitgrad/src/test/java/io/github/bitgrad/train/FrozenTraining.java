package io.github.bitgrad.train;

import static io.github.bitgrad.model.Network.Padding.SAME;
import static io.github.bitgrad.model.Network.Padding.VALID;
import static io.github.bitgrad.model.Network.Place.AFTER_SIGN;
import static io.github.bitgrad.model.Network.Place.BEFORE_NORMALISATION;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.compile.GradientFormat;
import io.github.bitgrad.compile.Rounding;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.MemoryPlan.Placement;
import io.github.bitgrad.layer.Sign;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.TestGraphs;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.optim.GradientKind;
import io.github.bitgrad.optim.Schedule;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * One way to train one network, of those whose behaviour is frozen. All that the frozen tests need of the way networks
 * are described, compiled and trained is in this class.
 *
 * @param gradient what gradients at sums are kept as
 * @param rounding how gradients become integers
 * @param weightGradient what the optimizer gets
 */
record FrozenTraining(Network network, Algorithm algorithm, GradientFormat gradient, Rounding rounding,
        GradientKind weightGradient, Optimizers optimizer) {
    private static final long SEED = 20261128;
    private static final int CLASSES = 4;

    /**
     * Small networks that have every kind of layer, in an order of their own and at sizes that end off words and tiles.
     */
    static List<Network> networks() {
        return List.of(
                Network.sequential("dense", new ImageShape(5, 4, 1)).dense(70).dense(33).dense(CLASSES).build(),
                Network.sequential("only-classes", new ImageShape(5, 4, 1)).dense(CLASSES).build(),
                Network.sequential("strides", new ImageShape(9, 8, 3)).binaryConv(33, 3, SAME, 2)
                        .binaryConv(18, 2, VALID, 3).dense(17).dense(CLASSES).build(),
                Network.sequential("rows-flattened", new ImageShape(4, 5, 2)).binaryConv(37, 3, VALID)
                        .binaryConv(40, 2, VALID).dense(20).dense(CLASSES).build(),
                Network.sequential("sums-pooled", new ImageShape(6, 6, 1)).binaryConv(35, 3, SAME)
                        .maxPool(2, BEFORE_NORMALISATION).binaryConv(20, 2, VALID).maxPool(2, BEFORE_NORMALISATION)
                        .dense(CLASSES).build(),
                Network.sequential("signs-pooled", new ImageShape(8, 9, 1)).binaryConv(35, 3, VALID)
                        .maxPool(2, AFTER_SIGN).binaryConv(66, 2, SAME).maxPool(2, AFTER_SIGN).dense(CLASSES).build(),
                Network.sequential("mixed", new ImageShape(7, 7, 1)).binaryConv(17, 3, VALID).binaryConv(34, 2, VALID)
                        .maxPool(2, AFTER_SIGN).binaryConv(40, 3, SAME).maxPool(2, BEFORE_NORMALISATION)
                        .binaryConv(16, 1, VALID).dense(CLASSES).build());
    }

    /** Networks whose beginning is computed for some images at a time. The reference kernels train them for minutes. */
    static List<Network> largeNetworks() {
        ImageShape shape = new ImageShape(32, 32, 1);
        return List.of(TestGraphs.stem("stem", shape, 32, CLASSES),
                TestGraphs.pooledStem("pooled-stem", shape, 32, CLASSES, Sign.approximate()));
    }

    /** All ways to train a network; where gradients stay real, rounding does not matter. */
    static List<FrozenTraining> all(Network network) {
        return Stream.of(Optimizers.values()).flatMap(optimizer -> gradients(network, optimizer)).toList();
    }

    /** Ways to train a network in which each form of gradients occurs once, and optimizers in turn. */
    static List<FrozenTraining> some(Network network) {
        List<FrozenTraining> all = all(network);
        int forms = all.size() / Optimizers.values().length;
        return IntStream.range(0, forms).mapToObj(form -> all.get(form % Optimizers.values().length * forms + form))
                .toList();
    }

    private static Stream<FrozenTraining> gradients(Network network, Optimizers optimizer) {
        List<FrozenTraining> trainings = new ArrayList<>();
        trainings.add(new FrozenTraining(network, Algorithm.STANDARD, GradientFormat.FLOAT32, Rounding.NEAREST,
                GradientKind.REAL, optimizer));
        for (GradientFormat real : List.of(GradientFormat.FLOAT32, GradientFormat.FLOAT16)) {
            trainings.add(new FrozenTraining(network, Algorithm.PROPOSED, real, Rounding.NEAREST, GradientKind.SIGN,
                    optimizer));
        }
        for (Rounding rounding : Rounding.values()) {
            for (GradientFormat integer : List.of(GradientFormat.INT14, GradientFormat.INT7)) {
                trainings.add(new FrozenTraining(network, Algorithm.PROPOSED, integer, rounding, GradientKind.SIGN,
                        optimizer));
            }
            for (GradientKind kind : List.of(GradientKind.REAL, GradientKind.SIGN)) {
                trainings.add(new FrozenTraining(network, Algorithm.LEAN, GradientFormat.INT7, rounding, kind,
                        optimizer));
            }
        }
        return trainings.stream();
    }

    /** Random pixels and labels, the same each time, for the caller to close. */
    static Dataset images(Network network, int size) {
        SplittableRandom random = new SplittableRandom(SEED);
        return Dataset.create("random", network.input(), network.classes(), size, (pixels, labels) -> {
            for (long i = 0; i < pixels.byteSize(); i++) {
                pixels.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
            }
            for (int image = 0; image < size; image++) {
                labels.set(image, random.nextInt(network.classes()));
            }
        });
    }

    boolean isLean() {
        return algorithm == Algorithm.LEAN;
    }

    /** Whether results may depend on the machine: OpenBLAS adds in an order of its own. */
    boolean dependsOnBlas() {
        return algorithm == Algorithm.STANDARD;
    }

    /** On one thread, at one learning rate, so that no more than training itself is in it. */
    TrainerBuilder settings() {
        return Trainer.of(network).algorithm(algorithm).gradient(gradient).rounding(rounding)
                .weightGradient(weightGradient).optimizer(optimizer::create).schedule(Schedule.CONSTANT).seed(SEED)
                .threads(1);
    }

    /** The same in as little memory as can be. */
    TrainerBuilder inLeastMemory() {
        return settings().memory(Algorithm.LEAST_MEMORY);
    }

    /** The same with all the memory that makes it faster. */
    TrainerBuilder inMostMemory() {
        return settings().memory(Long.MAX_VALUE);
    }

    /**
     * The state after so many steps: for each buffer that a training keeps from step to step, the CRC-32 of its bytes.
     */
    static Map<String, String> stateAfter(TrainerBuilder settings, Dataset images, int steps) {
        int epochs = Math.ceilDiv(steps, images.size() / settings.settings().step().batch());
        try (Trainer trainer = settings.epochs(epochs).mostSteps(steps).build()) {
            trainer.train(images);
            return state(trainer);
        }
    }

    /** The state as it is now; batches that lie ready are none of it. */
    static Map<String, String> state(Trainer trainer) {
        Map<String, String> digests = new TreeMap<>();
        for (Placement placement : trainer.plan().placements()) {
            Buffer buffer = placement.buffer();
            if (buffer.life() == Buffer.Life.PERSISTENT && !buffer.name().endsWith(".staged")) {
                assertThat(isFinite(buffer)).as("%s is finite; the bits of a NaN depend on the machine", buffer)
                        .isTrue();
                CRC32 digest = new CRC32();
                digest.update(buffer.segment().toArray(ValueLayout.JAVA_BYTE));
                digests.put(buffer.name(), "%08x".formatted(digest.getValue()));
            }
        }
        return digests;
    }

    private static boolean isFinite(Buffer buffer) {
        if (buffer.type() != ElementType.FLOAT32) {
            return true;
        }
        for (float value : buffer.segment().toArray(ValueLayout.JAVA_FLOAT)) {
            if (!Float.isFinite(value)) {
                return false;
            }
        }
        return true;
    }

    /** Without the network. */
    @Override
    public String toString() {
        return "%s %s %s %s %s".formatted(algorithm, gradient, rounding, weightGradient, optimizer);
    }
}
