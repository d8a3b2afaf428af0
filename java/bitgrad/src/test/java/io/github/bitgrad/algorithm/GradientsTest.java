package io.github.bitgrad.algorithm;

import static io.github.bitgrad.model.Network.Padding.SAME;
import static io.github.bitgrad.model.Network.Padding.VALID;
import static io.github.bitgrad.model.Network.Pooling.Place.AFTER_SIGN;
import static io.github.bitgrad.model.Network.Pooling.Place.BEFORE_NORMALISATION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.kernel.Isa;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.GradientKind;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.TrainingClock;
import io.github.bitgrad.step.Snapshots;
import io.github.bitgrad.step.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

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

    private static final Network DENSE = Network.sequential("dense", new ImageShape(5, 7, 2)).dense(37).dense(66)
            .dense(20).dense(5).build();

    /** The first layer pools no sums: of real inputs, equal ones differ by rounding, and the first is another. */
    private static final List<Network> CONVOLUTIONS = List.of(
            Network.sequential("pooled sums", new ImageShape(7, 9, 2)).binaryConv(5, 3, SAME).binaryConv(6, 3, SAME)
                    .maxPool(2, BEFORE_NORMALISATION).binaryConv(18, 1, VALID).binaryConv(7, 3, SAME)
                    .maxPool(3, BEFORE_NORMALISATION).dense(20).dense(5).build(),
            Network.sequential("pooled signs", new ImageShape(15, 14, 3)).binaryConv(5, 3, VALID)
                    .maxPool(2, AFTER_SIGN).binaryConv(17, 3, SAME).maxPool(2, AFTER_SIGN).binaryConv(6, 3, SAME, 2)
                    .dense(5).build(),
            Network.sequential("strides", new ImageShape(13, 12, 1)).binaryConv(4, 3, SAME, 2).maxPool(2, AFTER_SIGN)
                    .binaryConv(19, 2, VALID).binaryConv(16, 3, SAME).maxPool(2, BEFORE_NORMALISATION)
                    .binaryConv(8, 1, VALID).dense(13).dense(5).build(),
            Network.sequential("many blocks", new ImageShape(16, 17, 1)).binaryConv(3, 3, SAME)
                    .binaryConv(70, 5, VALID, 3).binaryConv(9, 3, SAME).dense(5).build());

    private static final List<Network> NETWORKS = Stream.concat(Stream.of(DENSE), CONVOLUTIONS.stream()).toList();

    static Stream<Arguments> proposed() {
        return NETWORKS.stream().flatMap(network -> Arrays.stream(GradientFormat.values())
                .map(format -> Arguments.of(network, format)));
    }

    static List<Network> networks() {
        return NETWORKS;
    }

    /** Elements of a row of the momentum that share a scale. */
    private static final int BLOCK = 256;

    /** What is kept from step to step, as it was before one. */
    private record State(Map<String, double[][]> buffers) {
        static State of(Program program) {
            Map<String, double[][]> buffers = new HashMap<>();
            program.state().forEach(buffer -> buffers.put(buffer.name(), Snapshots.read(buffer)));
            return new State(buffers);
        }

        double[][] values(String buffer) {
            return buffers.get(buffer);
        }
    }

    /**
     * What is computed in a step, natively and by the model.
     *
     * @param number of the step, from 1
     */
    private record Step(int number, Network network, FloatModel model, Snapshots snapshots, State before) {
        private boolean isLast(int layer) {
            return layer == model.layers.length - 1;
        }

        private double[][] last(int layer, String suffix) {
            return snapshots.last(name(network, layer) + suffix);
        }

        private double[][] after(int operationLayer, String operation, String buffer) {
            return snapshots.after(name(network, operationLayer) + operation, buffer);
        }
    }

    /** Runs native steps and then the model on the same weights, and compares them. */
    private void compare(Algorithm algorithm, Gradients gradients, Network network, double inputScale,
            BiFunction<Step, Integer, double[][]> keptGradient, Consumer<Step> comparison) {
        TrainingClock clock = new TrainingClock();
        CompiledNetwork compiled = algorithm.compile(network, BATCH, Optimizers.ADAM.create(gradients.weights()),
                gradients, Long.MAX_VALUE, clock);
        Program program = compiled.program();
        try (Arena arena = Arena.ofShared(); Workers workers = new Workers(2)) {
            program.allocate(arena);
            compiled.weights().forEach(this::randomise);
            program.runInitial(workers);
            for (int step = 0; step < STEPS; step++) {
                int[] labels = load(compiled);
                FloatModel model = new FloatModel(algorithm != Algorithm.STANDARD,
                        lossScale(algorithm, gradients.format()), network.shapes(), weights(program, network),
                        betas(program, network));
                double[][] input = FloatModel.map(Snapshots.read(compiled.pixels()),
                        pixel -> inputScale * (2 * pixel / 255 - 1));
                clock.next(RATE);
                State before = State.of(program);
                Snapshots snapshots = Snapshots.ofStep(program, workers);
                Step computed = new Step(step + 1, network, model, snapshots, before);
                model.run(input, labels, (layer, exact) -> keptGradient.apply(computed, layer));
                assertThat(snapshots.last("loss.losses")[0]).as("losses of step %d", step).containsExactly(model.losses,
                        within(1e-4));
                comparison.accept(computed);
                for (int l = 0; l < model.layers.length; l++) {
                    compareBetaMomentum(computed, l);
                }
            }
        }
    }

    /** Of the mean loss, or the summed, which in float16 would fall below what it tells apart. */
    private static double lossScale(Algorithm algorithm, GradientFormat format) {
        if (algorithm == Algorithm.STANDARD) {
            return 1.0 / BATCH;
        }
        return format == GradientFormat.FLOAT16 ? 1024 : 1;
    }

    /** m = 0.9 m + 0.1 g, with g of the mean loss, whatever the loss was scaled by on its way back. */
    private static void compareBetaMomentum(Step step, int l) {
        String name = name(step.network(), l) + ".beta";
        double[] before = step.before().values(name + ".momentum")[0];
        double[] gradient = step.snapshots().last(name + "Gradient")[0];
        double[] expected = IntStream.range(0, before.length)
                .mapToDouble(c -> 0.9 * before[c] + 0.1 * gradient[c] / BATCH / step.model().lossScale).toArray();
        assertClose(name + ".momentum", step.snapshots().last(name + ".momentum")[0], expected, 1e-6);
    }

    @ParameterizedTest
    @MethodSource("networks")
    void everyGradientOfStandardIsTheModels(Network network) {
        compare(Algorithm.STANDARD, Gradients.of(Algorithm.STANDARD), network, 1,
                (step, layer) -> step.model().layers[layer].sumGradient, step -> {
                    for (int l = 0; l < step.model().layers.length; l++) {
                        compareStandardForward(step, l);
                        compareStandardBackward(step, l);
                    }
                });
    }

    /**
     * The model goes on with the gradients as the library keeps them, so that each layer is compared for itself, and
     * within what rounding to the format loses there.
     */
    @ParameterizedTest
    @MethodSource("proposed")
    void everyGradientOfProposedIsTheModels(Network network, GradientFormat format) {
        for (Rounding rounding : format.quantised() ? Rounding.values() : new Rounding[] {Rounding.NEAREST}) {
            // sums of the first layer are in units of 1/255
            compare(Algorithm.PROPOSED, new Gradients(format, rounding, GradientKind.SIGN), network, 255,
                    (step, layer) -> keptGradient(step, layer, format), step -> {
                        for (int l = 0; l < step.model().layers.length; l++) {
                            compareProposedForward(step, l);
                            compareProposedBackward(step, l, format, rounding);
                        }
                    });
        }
    }

    static Stream<Arguments> lean() {
        return NETWORKS.stream().flatMap(network -> Stream.of(
                Arguments.of(network, GradientKind.REAL, Rounding.NEAREST),
                Arguments.of(network, GradientKind.SIGN, Rounding.STOCHASTIC)));
    }

    /** As of the proposed; what the optimizer was given is read off the momentum. */
    @ParameterizedTest
    @MethodSource("lean")
    void everyGradientOfLeanIsTheModels(Network network, GradientKind kind, Rounding rounding) {
        compare(Algorithm.LEAN, new Gradients(GradientFormat.INT7, rounding, kind), network, 255,
                GradientsTest::keptByLean, step -> {
                    for (int l = 0; l < step.model().layers.length; l++) {
                        compareProposedForward(step, l);
                        compareLeanBackward(step, l, kind, rounding);
                    }
                });
    }

    /** The same as a whole, of what is kept a window and for the elements that no window chose. */
    private static double[][] keptByLean(Step step, int layer) {
        String name = name(step.network(), layer);
        if (step.isLast(layer)) {
            String gradient = name + ".backward.gradient";
            return scaled(step, step.last(layer, ".backward.gradient"), gradient, GradientFormat.INT7);
        }
        FloatModel.Layer model = step.model().layers[layer];
        boolean pools = model.argmax != null;
        double scale = step.last(layer, ".backward.scale")[0][0];
        double[][] values = FloatModel.map(step.last(layer, layer == 0 && !pools
                ? ".backward.normalise.gradient"
                : ".backward.gradient"), value -> value * scale);
        if (!pools) {
            return values;
        }
        double[][] whole = new double[model.sums.length][model.beta.length];
        if (model.handedOn != model.output) {
            double[][] others = step.last(layer, ".backward.others");
            for (int r = 0; r < whole.length; r++) {
                for (int c = 0; c < whole[r].length; c++) {
                    whole[r][c] = scale * others[model.output[r][c] >= 0 ? 0 : 1][c];
                }
            }
        }
        for (int r = 0; r < values.length; r++) {
            for (int c = 0; c < values[r].length; c++) {
                whole[model.argmax[r][c]][c] = values[r][c];
            }
        }
        return whole;
    }

    private static void compareLeanBackward(Step step, int l, GradientKind kind, Rounding rounding) {
        FloatModel.Layer expected = step.model().layers[l];
        String layer = name(step.network(), l);
        double tolerance = 1e-3; // float16 keeps 11 bits
        if (!step.isLast(l)) {
            String product = name(step.network(), l + 1) + ".backward.inputGradient";
            assertClose(layer + " gradient handed back", flat(step.after(l + 1, ".backward.inputGradient", product)),
                    flat(handedBack(expected)), tolerance);
            double scale = step.last(l, ".backward.scale")[0][0];
            assertQuantised(layer + " sum gradient", flat(keptByLean(step, l)), flat(expected.sumGradient), tolerance,
                    scale, GradientFormat.INT7, rounding);
            assertThat(step.last(l, ".backward.nextScale")[0][0]).as(layer + " scale of the next step")
                    .isCloseTo(GradientFormat.INT7.clip() * rootMeanSquare(expected) / 63,
                            withinPercentage(100 * tolerance));
            double[] used = step.before().values(layer + ".backward.nextScale")[0];
            if (used[0] != 0) { // after the first step
                assertThat(scale).as(layer + " scale").isEqualTo(used[0]);
            }
        }
        compareMomentum(step, l, kind);
        compareWeights(step, l, kind);
    }

    /** Of v, over what the layer hands on. */
    private static double rootMeanSquare(FloatModel.Layer layer) {
        double[][] gradient = handedBack(layer);
        double sum = 0;
        for (double[] row : gradient) {
            for (int c = 0; c < row.length; c++) {
                sum += Math.pow(row[c] / layer.deviation[c], 2);
            }
        }
        return Math.sqrt(sum / gradient.length / gradient[0].length);
    }

    /** m = 0.9 m + 0.1 g, in integers of up to 127 times a scale a block. */
    private static void compareMomentum(Step step, int l, GradientKind kind) {
        FloatModel.Layer expected = step.model().layers[l];
        String name = name(step.network(), l) + ".weights";
        double[] gradient = flat(expected.weightGradient);
        double largest = largest(gradient);
        double fanIn = expected.weightGradient[0].length;
        double[] before = momentum(step.before().values(name + ".momentum"),
                step.before().values(name + ".momentumScales"));
        double[][] scales = step.snapshots().last(name + ".momentumScales");
        double[][] integers = step.snapshots().last(name + ".momentum");
        double[] after = momentum(integers, scales);
        int columns = integers[0].length;
        int compared = 0;
        for (int i = 0; i < after.length; i++) {
            double g =
                    kind == GradientKind.REAL ? gradient[i] / BATCH : FloatModel.sign(gradient[i]) / Math.sqrt(fanIn);
            if (kind == GradientKind.SIGN && Math.abs(gradient[i]) <= 1e-5 * largest) {
                continue; // a sum of another order may have the other sign
            }
            double scale = scales[i / columns][i % columns / BLOCK];
            assertWithin(name + ".momentum", i, after[i], 0.9 * before[i] + 0.1 * g,
                    0.5001 * scale + 1e-5 * largest / BATCH);
            compared++;
        }
        assertThat(compared).isGreaterThan(after.length * 2 / 3);
    }

    /** w = w − rate m̂ / (√v̂ + ε), clipped, and then rounded up or down to 127ths of a quarter. */
    private static void compareWeights(Step step, int l, GradientKind kind) {
        String name = name(step.network(), l) + ".weights";
        double[][] before = step.before().values(name);
        double[][] after = step.snapshots().last(name);
        double[][] scales = step.snapshots().last(name + ".momentumScales");
        double[] momentum = momentum(step.snapshots().last(name + ".momentum"), scales);
        int columns = after[0].length;
        int taps = after.length / step.model().layers[l].beta.length;
        double unit = 0.25 / 127;
        double moved = 0;
        for (int i = 0; i < momentum.length; i++) {
            int row = i / columns;
            int column = i % columns;
            double root = kind == GradientKind.SIGN
                    ? 1 / Math.sqrt(taps * columns)
                    : Math.sqrt(step.snapshots().last(name + ".secondMoment")[0][row / taps]
                            / (1 - Math.pow(0.999, step.number())));
            double factor = RATE / (1 - Math.pow(0.9, step.number())) / (root + 1e-7);
            double expected = Math.clamp(unit * before[row][column] - factor * momentum[i], -0.25, 0.25);
            double rounding = 1.001 * unit + factor * scales[row][column / BLOCK] / 2;
            assertWithin(name, i, unit * after[row][column], expected, rounding);
            moved = Math.max(moved, Math.abs(expected - unit * before[row][column]));
        }
        assertThat(moved).as("the longest way of %s", name).isGreaterThan(3 * unit);
    }

    private static double[] momentum(double[][] integers, double[][] scales) {
        return IntStream.range(0, integers.length).boxed()
                .flatMapToDouble(r -> IntStream.range(0, integers[r].length)
                        .mapToDouble(c -> integers[r][c] * scales[r][c / BLOCK]))
                .toArray();
    }

    /** The gradient at a layer's sums as the library keeps it. */
    private static double[][] keptGradient(Step step, int layer, GradientFormat format) {
        boolean pools = step.network().shapes().get(layer).pooling().any();
        String gradient = name(step.network(), layer) + ".backward.gradient";
        if (step.isLast(layer)) {
            return format == GradientFormat.FLOAT32
                    ? step.after(layer, ".backward.normalise", "loss.gradient")
                    : scaled(step, step.after(layer, ".backward.gradient", gradient), gradient, format);
        }
        boolean inPlace = format.type() == format.productType() && !pools;
        String buffer = inPlace ? name(step.network(), layer + 1) + ".backward.inputGradient" : gradient;
        return scaled(step, step.after(layer, ".backward.normalise", buffer), gradient, format);
    }

    private static double[][] scaled(Step step, double[][] values, String gradient, GradientFormat format) {
        if (!format.quantised()) {
            return values;
        }
        double scale = step.snapshots().last(gradient + ".scale")[0][0];
        return FloatModel.map(values, value -> value * scale);
    }

    private static String name(Network network, int layer) {
        return (network.layers().get(layer) instanceof Network.Dense ? "dense" : "conv") + (layer + 1);
    }

    private void randomise(Buffer weights) {
        for (long i = 0; i < weights.rows() * weights.columns(); i++) {
            float value = (float) random.nextDouble(-0.2, 0.2);
            switch (weights.type()) {
                case FLOAT32 -> weights.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
                case INT8 -> weights.segment().set(ValueLayout.JAVA_BYTE, i, (byte) Math.round(4 * 127 * value));
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

    private static double[][] read(Program program, String name) {
        return Snapshots.read(program.training().stream().flatMap(operation -> operation.uses().stream())
                .filter(buffer -> buffer.name().equals(name)).findFirst().orElseThrow());
    }

    private static double[][][] weights(Program program, Network network) {
        return IntStream.range(0, network.layers().size()).mapToObj(l -> FloatModel
                .reshape(read(program, name(network, l) + ".weights"), network.shapes().get(l).fanIn()))
                .toArray(double[][][]::new);
    }

    private static double[][] betas(Program program, Network network) {
        return IntStream.range(0, network.layers().size()).mapToObj(l -> read(program, name(network, l) + ".beta")[0])
                .toArray(double[][]::new);
    }

    private static void compareStandardForward(Step step, int l) {
        FloatModel.Layer expected = step.model().layers[l];
        String layer = name(step.network(), l);
        assertClose(layer + " mean", step.last(l, ".mean")[0], expected.mean, 1e-5);
        assertClose(layer + " deviation", step.last(l, ".deviation")[0], expected.deviation, 1e-5);
        assertClose(layer + " output", flat(step.last(l, ".output")), flat(expected.output), 1e-5);
        boolean signs = expected.handedOn != expected.output;
        if (expected.argmax != null && !signs) {
            assertClose(layer + " sums", flat(step.last(l, ".forward.sums")), flat(expected.sums), 1e-5);
        }
        if (signs) {
            assertClose(layer + " pooled signs", flat(step.last(l, ".pooled")), flat(expected.handedOn), 0);
        }
    }

    private static void compareStandardBackward(Step step, int l) {
        FloatModel.Layer expected = step.model().layers[l];
        String layer = name(step.network(), l);
        double tolerance = 1e-5; // float32 sums of some dozens of values
        boolean poolsSigns = expected.handedOn != expected.output;
        String handedOn = step.isLast(l) ? "loss.gradient" : name(step.network(), l + 1) + ".backward.inputGradient";
        String before = poolsSigns ? layer + ".backward.pool" : handedOn;
        if (!step.isLast(l)) {
            assertClose(layer + " gradient handed back", flat(step.after(l + 1, ".backward.inputGradient", handedOn)),
                    flat(expected.handedOnGradient), tolerance);
            assertClose(layer + " output gradient", flat(step.after(l, ".backward.straightThrough", before)),
                    flat(expected.outputGradient), tolerance);
        }
        assertClose(layer + " normalised gradient", flat(step.after(l, ".backward.normalise", before)),
                flat(expected.normalisedGradient), tolerance);
        if (expected.argmax != null && !poolsSigns) {
            assertClose(layer + " sum gradient", flat(step.last(l, ".backward.pool")), flat(expected.sumGradient),
                    tolerance);
        }
        assertClose(layer + " beta gradient", step.last(l, ".betaGradient")[0], expected.betaGradient, tolerance);
        assertClose(layer + " weight gradient", flat(step.last(l, ".backward.weightGradient")),
                flat(expected.weightGradient), tolerance);
    }

    private static void compareProposedForward(Step step, int l) {
        FloatModel.Layer expected = step.model().layers[l];
        String layer = name(step.network(), l);
        assertClose(layer + " sums", flat(step.last(l, ".forward.sums")), flat(expected.sums), 1e-5);
        assertClose(layer + " mean", step.last(l, ".mean")[0], expected.mean, 1e-5);
        assertClose(layer + " deviation", step.last(l, ".deviation")[0], expected.deviation, 1e-5);
        if (step.isLast(l)) {
            assertClose(layer + " logits", flat(step.last(l, ".output")), flat(expected.output), 1e-5);
            return;
        }
        assertClose(layer + " mean of signs", step.last(l, ".signMean")[0], expected.signMean, 1e-5);
        double[] x = flat(expected.output);
        assertSigns(layer + " signs", flat(step.last(l, ".signs")), x, 1e-5);
        double[] inside = Arrays.stream(x).map(value -> 1 - Math.abs(value)).toArray();
        assertSigns(layer + " mask", flat(step.last(l, ".straightThrough")), inside, 1e-5);
        if (expected.handedOn != expected.output) {
            assertClose(layer + " pooled signs", flat(step.last(l, ".pooledSigns")), flat(expected.handedOn), 0);
        }
    }

    private static void compareProposedBackward(Step step, int l, GradientFormat format, Rounding rounding) {
        FloatModel.Layer expected = step.model().layers[l];
        String layer = name(step.network(), l);
        // float32 sums of some dozens of values; float16 keeps 11 bits
        double tolerance = format == GradientFormat.FLOAT32 ? 1e-5 : 1e-3;
        if (!step.isLast(l)) {
            String product = name(step.network(), l + 1) + ".backward.inputGradient";
            assertClose(layer + " gradient handed back", flat(step.after(l + 1, ".backward.inputGradient", product)),
                    flat(handedBack(expected)), tolerance);
        }
        // a sum that nearly cancels keeps the roundings of all its terms
        double terms = Arrays.stream(expected.outputGradient).mapToDouble(row -> largest(row)).sum();
        assertClose(layer + " beta gradient", step.last(l, ".betaGradient")[0], expected.betaGradient,
                tolerance * Math.max(1, terms / Math.max(largest(expected.betaGradient), 1e-3)));
        double[] kept = flat(keptGradient(step, l, format));
        if (format.quantised()) {
            double scale = step.last(l, ".backward.gradient.scale")[0][0];
            assertQuantised(layer + " sum gradient", kept, flat(expected.sumGradient), tolerance, scale, format,
                    rounding);
        } else {
            assertClose(layer + " sum gradient", kept, flat(expected.sumGradient), tolerance);
        }
        // what the model multiplied are the same numbers, so only the order of sums differs
        double[] weightGradient = flat(expected.weightGradient);
        assertSigns(layer + " weight gradient signs", flat(step.last(l, ".backward.weightGradientSigns")),
                weightGradient, 1e-5 * largest(weightGradient));
    }

    /** The gradient at what a layer hands on, where the straight-through estimator lets it through. */
    private static double[][] handedBack(FloatModel.Layer layer) {
        if (layer.handedOn == layer.output) {
            return layer.outputGradient;
        }
        double[][] handedBack = new double[layer.argmax.length][layer.beta.length];
        for (int r = 0; r < handedBack.length; r++) {
            for (int c = 0; c < handedBack[r].length; c++) {
                handedBack[r][c] = layer.outputGradient[layer.argmax[r][c]][c];
            }
        }
        return handedBack;
    }

    /** Integers are within rounding of what they stand for, or the largest that there are. */
    private static void assertQuantised(String what, double[] actual, double[] expected, double tolerance, double scale,
            GradientFormat format, Rounding rounding) {
        assertThat(actual).as(what).hasSameSizeAs(expected);
        double limit = scale * (format == GradientFormat.INT7 ? 63 : 8191);
        double most = (rounding == Rounding.NEAREST ? 0.5 : 1) * scale + tolerance * largest(expected);
        for (int i = 0; i < expected.length; i++) {
            double clipped = Math.clamp(expected[i], -limit, limit);
            assertWithin(what, i, actual[i], clipped, most);
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
        assertThat(actual).as(what).hasSameSizeAs(expected);
        double most = tolerance * Math.max(largest(expected), 1e-3);
        for (int i = 0; i < expected.length; i++) {
            assertWithin(what, i, actual[i], expected[i], most);
        }
    }

    /** An assertion only where it fails, because each takes long to make. */
    private static void assertWithin(String what, int index, double actual, double expected, double tolerance) {
        if (!(Math.abs(actual - expected) <= tolerance)) { // so that NaN is far from everything
            assertThat(actual).as("%s at %d", what, index).isCloseTo(expected, within(tolerance));
        }
    }

    /**
     * The signs of values further from zero than rounding goes. Fewer than half are not: where an input is the same in the whole
     * batch, its weights' gradients are zero.
     */
    private static void assertSigns(String what, double[] actual, double[] values, double rounding) {
        int compared = 0;
        for (int i = 0; i < values.length; i++) {
            if (Math.abs(values[i]) > rounding) {
                assertWithin(what, i, actual[i], FloatModel.sign(values[i]), 0);
                compared++;
            }
        }
        assertThat(compared).as("%s that were compared", what).isGreaterThan(values.length / 2);
    }
}
