package io.github.bitgrad.algorithm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.kernel.Isa;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.Progress;
import io.github.bitgrad.step.Snapshots;
import io.github.bitgrad.step.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every activation, statistic and gradient of several training steps of a small network, against {@link FloatModel}.
 * The model starts each step from the native weights and biases, so that roundings of earlier steps cannot add up, and
 * signs are compared wherever the model's value is not within rounding of zero.
 */
class GradientsTest {
    private static final long SEED = 20261123;
    private static final int BATCH = 24;
    private static final int STEPS = 5;
    private static final float RATE = 0.01f;

    private final SplittableRandom random = new SplittableRandom(SEED);

    @BeforeAll
    static void loadKernels() {
        System.out.println("seed " + SEED + ", kernels " + Isa.selected().name());
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void everyGradientIsTheModels(Algorithm algorithm) {
        boolean proposed = algorithm == Algorithm.PROPOSED;
        // float32 sums of some dozens of values; float16 keeps 11 bits of each of several gradients in a row
        double tolerance = proposed ? 4e-3 : 1e-5;
        Network network = Network.sequential("small", new ImageShape(5, 7, 2)).dense(37).dense(66).dense(20).dense(5)
                .build();
        Progress progress = new Progress();
        CompiledNetwork compiled = algorithm.compile(network, BATCH, Optimizers.ADAM.create(algorithm.gradients()),
                progress);
        Program program = compiled.program();
        try (Arena arena = Arena.ofShared(); Workers workers = new Workers(2)) {
            program.allocate(arena);
            compiled.weights().forEach(this::randomise);
            program.runInitial(workers);
            for (int step = 0; step < STEPS; step++) {
                int[] labels = load(compiled);
                FloatModel model =
                        new FloatModel(proposed, read(program, network, ".weights"), betas(program, network));
                model.run(FloatModel.map(Snapshots.read(compiled.pixels()), p -> p * 2 / 255 - 1), labels);
                progress.next(RATE);
                Snapshots snapshots = Snapshots.ofStep(program, workers);
                assertThat(snapshots.last("loss.losses")[0]).as("losses of step %d", step).containsExactly(model.losses,
                        within(1e-4));
                for (int l = 0; l < model.layers.length; l++) {
                    String layer = "dense" + (l + 1);
                    compareForward(snapshots, layer, model, l, proposed);
                    compareBackward(snapshots, layer, model, l, proposed, tolerance);
                }
            }
        }
    }

    private void randomise(Buffer weights) {
        for (long i = 0; i < weights.rows() * weights.columns(); i++) {
            float value = (float) random.nextDouble(-0.2, 0.2);
            switch (weights.type()) {
                case FLOAT32 -> weights.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
                case FLOAT16 -> weights.segment().setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(value));
                default -> throw new AssertionError(weights);
            }
        }
    }

    /** Images whose brightness tells their label, among noise, so that there is something to learn. */
    private int[] load(CompiledNetwork compiled) {
        int[] labels = random.ints(BATCH, 0, 5).toArray();
        MemorySegment pixels = compiled.pixels().segment();
        long values = compiled.pixels().columns();
        for (int row = 0; row < BATCH; row++) {
            compiled.labels().segment().setAtIndex(ValueLayout.JAVA_INT, row, labels[row]);
            for (int i = 0; i < values; i++) {
                int level = i % 5 == labels[row] ? 160 : 90;
                pixels.set(ValueLayout.JAVA_BYTE, row * values + i, (byte) (level + random.nextInt(-90, 90)));
            }
        }
        return labels;
    }

    private static double[][][] read(Program program, Network network, String suffix) {
        double[][][] matrices = new double[network.layers().size()][][];
        for (int l = 0; l < matrices.length; l++) {
            String name = "dense" + (l + 1) + suffix;
            matrices[l] = Snapshots.read(program.training().stream().flatMap(operation -> operation.uses().stream())
                    .filter(buffer -> buffer.name().equals(name)).findFirst().orElseThrow());
        }
        return matrices;
    }

    private static double[][] betas(Program program, Network network) {
        return Arrays.stream(read(program, network, ".beta")).map(matrix -> matrix[0]).toArray(double[][]::new);
    }

    private static void compareForward(Snapshots snapshots, String layer, FloatModel model, int l, boolean proposed) {
        FloatModel.Layer expected = model.layers[l];
        assertClose(layer + " mean", snapshots.last(layer + ".mean")[0], expected.mean, 1e-5);
        assertClose(layer + " deviation", snapshots.last(layer + ".deviation")[0], expected.deviation, 1e-5);
        if (!proposed) {
            assertClose(layer + " output", flat(snapshots.last(layer + ".output")), flat(expected.output), 1e-5);
            return;
        }
        assertClose(layer + " sums", flat(snapshots.last(layer + ".forward.sums")), flat(expected.sums), 1e-5);
        assertClose(layer + " magnitude", snapshots.last(layer + ".magnitude")[0], expected.magnitude, 1e-5);
        if (l == model.layers.length - 1) {
            assertClose(layer + " logits", flat(snapshots.last(layer + ".output")), flat(expected.output), 1e-5);
        } else {
            double[] x = flat(expected.output);
            assertSigns(layer + " signs", flat(snapshots.last(layer + ".output")), x, 1e-5);
            double[] inside = Arrays.stream(x).map(value -> 1 - Math.abs(value)).toArray();
            assertSigns(layer + " mask", flat(snapshots.last(layer + ".straightThrough")), inside, 1e-5);
        }
    }

    private static void compareBackward(Snapshots snapshots, String layer, FloatModel model, int l, boolean proposed,
            double tolerance) {
        FloatModel.Layer expected = model.layers[l];
        boolean last = l == model.layers.length - 1;
        String before = last ? "loss.gradient" : "dense" + (l + 2) + ".backward.inputGradient";
        if (!last) {
            String masked = "dense" + (l + 2) + ".backward.straightThrough";
            assertClose(layer + " output gradient", flat(snapshots.after(masked, before)),
                    flat(expected.outputGradient),
                    tolerance);
        }
        assertClose(layer + " sum gradient", flat(snapshots.after(layer + ".backward.normalise", before)),
                flat(expected.sumGradient), tolerance);
        assertClose(layer + " beta gradient", snapshots.last(layer + ".betaGradient")[0], expected.betaGradient,
                tolerance);
        if (proposed) {
            assertSigns(layer + " weight gradient signs",
                    flat(snapshots.last(layer + ".backward.weightGradientSigns")), flat(expected.weightGradient),
                    tolerance * largest(flat(expected.weightGradient)));
        } else {
            assertClose(layer + " weight gradient", flat(snapshots.last(layer + ".backward.weightGradient")),
                    flat(expected.weightGradient), tolerance);
        }
    }

    private static double[] flat(double[][] matrix) {
        return Arrays.stream(matrix).flatMapToDouble(Arrays::stream).toArray();
    }

    private static double largest(double[] values) {
        return Arrays.stream(values).map(Math::abs).max().orElseThrow();
    }

    /** Within a fraction of the largest expected magnitude. */
    private static void assertClose(String what, double[] actual, double[] expected, double tolerance) {
        assertThat(actual).as(what).containsExactly(expected, within(tolerance * Math.max(largest(expected), 1e-3)));
    }

    /** The signs of values further from zero than rounding goes; of these there must be most. */
    private static void assertSigns(String what, double[] actual, double[] values, double rounding) {
        int compared = 0;
        for (int i = 0; i < values.length; i++) {
            if (Math.abs(values[i]) > rounding) {
                assertThat(actual[i]).as("%s at %d, of %s", what, i, values[i]).isEqualTo(FloatModel.sign(values[i]));
                compared++;
            }
        }
        assertThat(compared).as("%s that were compared", what).isGreaterThan(values.length * 9 / 10);
    }
}
