package io.github.bitgrad.algorithm;

import static io.github.bitgrad.floatmodel.Matrices.flat;
import static io.github.bitgrad.model.Network.Padding.SAME;
import static io.github.bitgrad.model.Network.Padding.VALID;
import static io.github.bitgrad.model.Network.Place.AFTER_SIGN;
import static io.github.bitgrad.model.Network.Place.BEFORE_NORMALISATION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.github.bitgrad.compile.Attenuation;
import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.compile.GradientFormat;
import io.github.bitgrad.compile.Normalisation;
import io.github.bitgrad.compile.Policy;
import io.github.bitgrad.compile.Products;
import io.github.bitgrad.compile.Rounding;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.floatmodel.FloatAdd;
import io.github.bitgrad.floatmodel.FloatBatchNorm;
import io.github.bitgrad.floatmodel.FloatConcat;
import io.github.bitgrad.floatmodel.FloatLayer;
import io.github.bitgrad.floatmodel.FloatMaxPool;
import io.github.bitgrad.floatmodel.FloatModel;
import io.github.bitgrad.floatmodel.FloatModel.Rules;
import io.github.bitgrad.floatmodel.FloatPrelu;
import io.github.bitgrad.floatmodel.FloatProduct;
import io.github.bitgrad.floatmodel.FloatSign;
import io.github.bitgrad.floatmodel.Matrices;
import io.github.bitgrad.kernel.Isa;
import io.github.bitgrad.layer.BatchNorm;
import io.github.bitgrad.layer.BinaryConvolution;
import io.github.bitgrad.layer.Dense;
import io.github.bitgrad.layer.DepthwiseConvolution;
import io.github.bitgrad.layer.Layer;
import io.github.bitgrad.layer.MaxPool;
import io.github.bitgrad.layer.Prelu;
import io.github.bitgrad.layer.RealConvolution;
import io.github.bitgrad.layer.RealDense;
import io.github.bitgrad.layer.Sign;
import io.github.bitgrad.layer.SoftmaxCrossEntropy;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.TestChains;
import io.github.bitgrad.model.TestGraphs;
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
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every activation, statistic and gradient of several training steps of small networks, chains and graphs, against
 * {@link FloatModel}. The model starts each step from the native weights and biases, so that roundings of earlier steps
 * cannot add up, and signs are compared wherever the model's value is not within rounding of zero. {@code
 * -Dbitgrad.test.each=3} takes only each third case.
 */
class GradientsTest {
    private static final long SEED = 20261123;
    private static final int BATCH = 24;
    private static final int STEPS = 5;
    private static final int EACH = Integer.getInteger("bitgrad.test.each", 1);
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
                    .binaryConv(70, 5, VALID, 3).binaryConv(9, 3, SAME).dense(5).build(),
            Network.sequential("by axis", new ImageShape(9, 12, 2)).binaryConv(BinaryConvolution.of(6).kernel(1, 5))
                    .binaryConv(BinaryConvolution.of(17).kernel(3, 2).stride(2, 1).padding(2, 0))
                    .maxPool(1, 2, AFTER_SIGN).binaryConv(BinaryConvolution.of(8).kernel(4, 1).padding(1, 0))
                    .maxPool(2, 1, BEFORE_NORMALISATION).dense(5).build());

    private static final List<Network> NETWORKS = Stream
            .of(Stream.of(DENSE), CONVOLUTIONS.stream(), TestGraphs.ALL.stream(), TestChains.OF_OTHER_KINDS.stream())
            .flatMap(networks -> networks).toList();

    static Stream<Arguments> proposed() {
        return sampled(NETWORKS.stream().flatMap(network -> Arrays.stream(GradientFormat.values())
                .map(format -> Arguments.of(network, format))));
    }

    static Stream<Network> networks() {
        return sampled(NETWORKS.stream());
    }

    private static <T> Stream<T> sampled(Stream<T> cases) {
        List<T> all = cases.toList();
        return IntStream.range(0, all.size()).filter(i -> i % EACH == 0).mapToObj(all::get);
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
        NodeBuffers buffers(String node) {
            return new NodeBuffers(snapshots, node);
        }

        private Network.Node node(String name) {
            return network.nodes().stream().filter(node -> node.name().equals(name)).findFirst().orElseThrow();
        }

        /** The only node that takes a node's value. */
        private Network.Node consumer(String name) {
            return network.nodes().stream().filter(node -> node.inputs().contains(name)).findFirst().orElseThrow();
        }

        /** Whether a batch normalisation takes a node's value. */
        boolean isNormalised(String name) {
            return network.nodes().stream()
                    .anyMatch(node -> node.inputs().contains(name) && node.layer() instanceof BatchNorm);
        }

        /** Whether a node pools in windows that lie side by side. */
        private boolean isPool(Network.Node node) {
            return node.layer() instanceof MaxPool pool && pool.equals(new MaxPool(pool.height(), pool.width()));
        }

        /** Whether a node pools what is neither sums nor signs, or gives real values of sums. */
        boolean poolsReals(String pool) {
            String input = node(pool).inputs().getFirst();
            return !isPool(node(pool)) || !givesSigns(input)
                    && (keepsReals(input) || !(model.layer(input) instanceof FloatProduct));
        }

        /** Whether the standard algorithm pools a node as it pools sums. */
        boolean isSideBySide(String pool) {
            return isPool(node(pool));
        }

        /** Whether a node is a product with binary weights. */
        boolean isBinary(String node) {
            return model.layer(node) instanceof FloatProduct product && !product.isReal();
        }

        /** Whether a node is a product whose gradient at the sums is never rounded to integers. */
        boolean keepsReals(String node) {
            return model.layer(node) instanceof FloatProduct product && product.keepsReals();
        }

        /** What pools the sums of a product, if anything does. */
        Optional<String> poolOfSums(String product) {
            return network.nodes().stream().filter(node -> node.inputs().contains(product)).findFirst()
                    .filter(this::isPool).map(Network.Node::name);
        }

        /** What normalises the sums of a product, whatever comes between. */
        String norm(String product) {
            Network.Node node = consumer(product);
            while (!(node.layer() instanceof BatchNorm)) {
                node = consumer(node.name());
            }
            return node.name();
        }

        /** What takes the sums of a product as real values, if that is neither pooling nor normalisation. */
        Optional<String> takesReals(String product) {
            return Optional.of(consumer(product))
                    .filter(node -> !isPool(node) && !(node.layer() instanceof BatchNorm)).map(Network.Node::name);
        }

        /** Whether a normalisation gives the gradient at a product's sums in the policy's format, and not as reals. */
        boolean normGivesFormat(String product) {
            if (takesReals(product).isPresent()) {
                return false;
            }
            FloatBatchNorm norm = normModel(norm(product));
            boolean feedsLoss = norm(product).equals(network.nodes().getLast().name());
            return norm.bySigns() || norm.computesSumsAgain() && !feedsLoss;
        }

        FloatBatchNorm normModel(String norm) {
            return (FloatBatchNorm) model.layer(norm);
        }

        /** What pools the signs of what a node normalises, where nothing but one sign takes that. */
        Optional<String> poolOfSigns(String norm) {
            return Optional.of(norm).filter(node -> normModel(node).bySigns())
                    .map(node -> consumer(consumer(node).name())).filter(this::isPool).map(Network.Node::name);
        }

        FloatMaxPool pool(String node) {
            return (FloatMaxPool) model.layer(node);
        }

        /** Whether it pools signs, and not sums. */
        boolean poolsSigns(String pool) {
            return givesSigns(node(pool).inputs().getFirst());
        }

        /** Whether a node gives signs, and not real values. */
        boolean givesSigns(String node) {
            return !node.equals(Network.INPUT) && switch (model.layer(node)) {
                case FloatSign _ -> true;
                case FloatMaxPool _,FloatConcat _ -> givesSigns(node(node).inputs().getFirst());
                default -> false;
            };
        }

        /** 1 where the straight-through estimator before a value lets a gradient pass, 0 where it does not. */
        double[][] passes(String node) {
            return switch (model.layer(node)) {
                case FloatSign sign -> sign.passes();
                case FloatMaxPool pool when poolsSigns(node) -> pool.taken(passes(node(node).inputs().getFirst()));
                case FloatConcat concat when givesSigns(node) ->
                    concat.forward(node(node).inputs().stream().map(this::passes).toList());
                default -> Matrices.map(model.value(node), _ -> 1);
            };
        }

        /**
         * How far the values before a node's signs are from the limit of their estimator; of any other node, how far its
         * values are from 1.
         */
        private double[][] fromLimit(String node) {
            return switch (model.layer(node)) {
                case FloatSign sign -> Matrices.map(sign.input(), x -> sign.limit() - Math.abs(x));
                case FloatMaxPool pool when poolsSigns(node) -> pool.taken(fromLimit(node(node).inputs().getFirst()));
                case FloatConcat concat when givesSigns(node) ->
                    concat.forward(node(node).inputs().stream().map(this::fromLimit).toList());
                default -> Matrices.map(model.value(node), x -> 1 - Math.abs(x));
            };
        }

        /** A gradient at a node's value where it passes the estimator, as bits are told it. */
        double[][] masked(String node, double[][] gradient) {
            double[][] passes = passes(node);
            double[][] masked = Matrices.map(gradient, value -> value);
            for (int r = 0; r < masked.length; r++) {
                for (int c = 0; c < masked[r].length; c++) {
                    masked[r][c] *= passes[r][c];
                }
            }
            return masked;
        }

        /** Whether anything before learns from the gradient of what the node takes. */
        boolean handsBack(String node) {
            return node(node).inputs().stream().filter(input -> !input.equals(Network.INPUT)).anyMatch(
                    input -> model.layer(input) instanceof FloatProduct || perChannel(node(input).layer()).isPresent()
                            || handsBack(input));
        }

        /** Whether a sign takes a node's value that passes gradients by an approximation. */
        boolean feedsApproximation(String name) {
            return network.nodes().stream().filter(node -> node.inputs().contains(name))
                    .anyMatch(node -> model.layer(node.name()) instanceof FloatSign sign && sign.isApproximate());
        }

        /** The limit of a product's latent weights. */
        double clip(String product) {
            return GradientsTest.clip(node(product).layer());
        }

        /**
         * What the sums of a channel are multiplied by, which the library leaves to normalisation. It computes the sums
         * and their statistics without it, and the gradient at the sums, not at the sums times it.
         */
        private double scale(String node, int channel) {
            return switch (model.layer(node)) {
                case FloatProduct product -> product.scales()[channel];
                case FloatMaxPool _,FloatBatchNorm _ when handsBack(node) -> scale(node(node).inputs().getFirst(),
                        channel);
                default -> 1;
            };
        }

        /** Values of a node's channels as the library has them at sums. */
        double[][] unscaled(String node, double[]... values) {
            return scaled(node, -1, values);
        }

        /** Gradients at a node's channels as the library has them at sums. */
        double[][] scaled(String node, double[]... gradient) {
            return scaled(node, 1, gradient);
        }

        private double[][] scaled(String node, int power, double[][] values) {
            double[][] scaled = Matrices.map(values, value -> value);
            for (double[] row : scaled) {
                for (int c = 0; c < row.length; c++) {
                    row[c] *= Math.pow(scale(node, c), power);
                }
            }
            return scaled;
        }

        int consumers(String node) {
            return network.consumers(node);
        }

        /** The kind of a node's layer, which the names of its operations end with. */
        String kind(String node) {
            return node(node).layer().kind().name();
        }
    }

    /** What is compared of a node. */
    private interface Comparison {
        void of(Step step, String node);
    }

    /** What the library keeps of the gradient at a node's value. */
    private interface Kept {
        double[][] of(Step step, String node, double[][] exact);
    }

    /** Runs native steps and then the model on the same weights, and compares them. */
    private void compare(Algorithm algorithm, Gradients gradients, Network network, double inputScale, Kept kept,
            Comparison comparison) {
        compare(algorithm.policy(gradients), network, inputScale, kept, comparison);
    }

    private static Rules rules(Normalisation normalisation) {
        return switch (normalisation) {
            case L2 -> Rules.SQUARES;
            case L1 -> Rules.EXACT_ABSOLUTE_VALUES;
            case PAPER -> Rules.PAPER;
            case BITGRAD -> Rules.ABSOLUTE_VALUES;
        };
    }

    /** The limit of the latent weights of a layer, in multiples of the usual one. */
    private static double clip(Layer layer) {
        return switch (layer) {
            case BinaryConvolution convolution -> convolution.weights().clip();
            case DepthwiseConvolution convolution -> convolution.clip();
            case Dense dense -> dense.weights().clip();
            default -> 1;
        };
    }

    /** What a node has learned as real numbers: latent weights may be bytes, which are 127ths of a quarter. */
    private static FloatModel.Parameters learned(Policy policy, Network network, State state, String node) {
        Layer layer = network.nodes().stream().filter(one -> one.name().equals(node)).findFirst().orElseThrow().layer();
        double unit = policy.stateInBytes() && layer.hasBinaryWeights() ? 0.25 * clip(layer) / 127 : 1;
        return name -> Matrices.map(state.values(NodeBuffers.block(node) + "." + name),
                value -> name.equals("weights") ? unit * value : value);
    }

    private void compare(Policy policy, Network network, double inputScale, Kept kept, Comparison comparison) {
        TrainingClock clock = new TrainingClock();
        CompiledNetwork compiled =
                Compiler.compile(TrainedPart.whole(network), BATCH, Optimizers.ADAM.create(policy.weightGradient()),
                        policy, new SoftmaxCrossEntropy(), Long.MAX_VALUE, clock);
        Program program = compiled.program();
        try (Arena arena = Arena.ofShared(); Workers workers = new Workers(2)) {
            program.allocate(arena);
            compiled.weights().forEach(weights -> randomise(weights.values()));
            program.runInitial(workers);
            for (int step = 0; step < STEPS; step++) {
                int[] labels = load(compiled);
                State before = State.of(program);
                FloatModel model = new FloatModel(network, BATCH, rules(policy.normalisation()), lossScale(policy),
                        node -> learned(policy, network, before, node));
                boolean real = !(network.nodes().getFirst().layer() instanceof BinaryConvolution
                        || network.nodes().getFirst().layer() instanceof Dense);
                double[][] input = input(compiled, real ? 1 : inputScale);
                clock.next(RATE);
                Snapshots snapshots = Snapshots.ofStep(program, workers);
                Step computed = new Step(step + 1, network, model, snapshots, before);
                model.run(input, labels, (node, exact) -> kept.of(computed, node, exact));
                assertThat(snapshots.last("loss.losses")[0]).as("losses of step %s", step)
                        .containsExactly(model.losses(), within(1e-4));
                network.nodes().forEach(node -> comparison.of(computed, node.name()));
            }
        }
    }

    private static double[][] input(CompiledNetwork compiled, double scale) {
        return Matrices.map(Snapshots.read(compiled.batch().pixels()), pixel -> scale * (2 * pixel / 255 - 1));
    }

    /** Of the mean loss, or the summed, which in float16 would fall below what it tells apart. */
    private static double lossScale(Policy policy) {
        if (policy.products() == Products.BLAS) {
            return 1.0 / BATCH;
        }
        return policy.gradient() == GradientFormat.FLOAT16 ? 1024 : 1;
    }

    /**
     * m = 0.9 m + 0.1 g, with g of the mean loss, whatever the loss was scaled by on its way back. The numbers 0.9 and
     * 0.1 are rounded to float32, and the two terms may nearly cancel.
     */
    private static void compareBiasMomentum(Step step, String node, String bias) {
        NodeBuffers buffers = step.buffers(node);
        double[] before = step.before().values(buffers.name("." + bias + ".momentum"))[0];
        double[] gradient = buffers.perChannel(bias + "Gradient");
        double[] expected = IntStream.range(0, before.length)
                .mapToDouble(c -> 0.9 * before[c] + 0.1 * gradient[c] / BATCH / step.model().lossScale()).toArray();
        assertClose(node + " momentum of " + bias, buffers.parameter(bias + ".momentum")[0], expected, 2e-6);
    }

    @ParameterizedTest
    @MethodSource("networks")
    void everyGradientOfStandardIsTheModels(Network network) {
        compare(Algorithm.STANDARD, Gradients.of(Algorithm.STANDARD), network, 1, (_, _, exact) -> exact,
                (step, node) -> compareStandard(step, node, 1e-5));
    }

    /**
     * Without averages of sums: such an average often equals the mean of its channel but for rounding, and so does the
     * sign of the difference, which these ways back depend on.
     */
    private static final List<Network> NETWORKS_WITHOUT_TIES =
            NETWORKS.stream().filter(network -> !network.name().equals("averages of sums")).toList();

    static Stream<Network> networksWithoutTies() {
        return sampled(NETWORKS_WITHOUT_TIES.stream());
    }

    @ParameterizedTest
    @MethodSource("networksWithoutTies")
    void everyGradientOfStandardByAbsoluteValuesIsTheModels(Network network) {
        Policy policy = Algorithm.STANDARD.policy(Gradients.of(Algorithm.STANDARD), Normalisation.L1,
                Attenuation.FAN_IN);
        compare(policy, network, 1, (_, _, exact) -> exact, (step, node) -> compareStandard(step, node, 2e-5));
    }

    /**
     * Without one case in which a sum is −1.0000004 before its sign, so that rounding decides whether the gradient
     * passes.
     */
    static Stream<Arguments> normalisations() {
        return sampled(NETWORKS_WITHOUT_TIES.stream().flatMap(network -> Stream.of(
                Arguments.of(network, Normalisation.L2, GradientFormat.FLOAT32, GradientKind.REAL),
                Arguments.of(network, Normalisation.L2, GradientFormat.FLOAT16, GradientKind.SIGN),
                Arguments.of(network, Normalisation.L1, GradientFormat.FLOAT32, GradientKind.REAL),
                Arguments.of(network, Normalisation.L1, GradientFormat.FLOAT16, GradientKind.FLOAT16),
                Arguments.of(network, Normalisation.PAPER, GradientFormat.FLOAT32, GradientKind.REAL),
                Arguments.of(network, Normalisation.PAPER, GradientFormat.FLOAT16, GradientKind.SIGN),
                Arguments.of(network, Normalisation.PAPER, GradientFormat.INT14, GradientKind.REAL),
                Arguments.of(network, Normalisation.BITGRAD, GradientFormat.FLOAT16, GradientKind.FLOAT16),
                Arguments.of(network, Normalisation.BITGRAD, GradientFormat.INT7, GradientKind.REAL)))
                .filter(arguments -> !(arguments.get()[0] == TestGraphs.NORMALISED_AGAIN
                        && arguments.get()[1] == Normalisation.L1
                        && arguments.get()[2] == GradientFormat.FLOAT32)));
    }

    /** As of the proposed, with every normalisation and every kind of weight gradients. */
    @ParameterizedTest
    @MethodSource("normalisations")
    void everyGradientIsTheModelsWhateverTheNormalisation(Network network, Normalisation normalisation,
            GradientFormat format, GradientKind kind) {
        Policy policy = Algorithm.PROPOSED.policy(new Gradients(format, Rounding.NEAREST, kind), normalisation,
                Attenuation.FAN_IN);
        compare(policy, network, 255,
                (step, node, exact) -> kept(step, node, exact, product -> keptByProposed(step, product, format)),
                (step, node) -> compareProposed(step, node, format, Rounding.NEAREST, kind));
    }

    /**
     * Two normalisations take the pooled sums of a product with scaled weights, and each gives a gradient at the sums
     * without their scale.
     */
    @ParameterizedTest
    @EnumSource(names = {"STANDARD", "PROPOSED"})
    void theGradientOfScaledWeightsIsTheModelsWithTwoNormalisations(Algorithm algorithm) {
        compare(algorithm, new Gradients(GradientFormat.FLOAT32, Rounding.NEAREST, GradientKind.REAL),
                TestGraphs.SCALED_TWICE, algorithm == Algorithm.STANDARD ? 1 : 255, (_, _, exact) -> exact,
                (step, node) -> {
                    if (step.model().layer(node) instanceof FloatProduct product) {
                        assertClose(node + " weight gradient", flat(step.buffers(node).weightGradient()),
                                flat(product.weightGradient()), 1e-4);
                    }
                });
    }

    /** @param tolerance of float32 sums of some dozens of values */
    private static void compareStandard(Step step, String node, double tolerance) {
        NodeBuffers buffers = step.buffers(node);
        double[][] value = step.model().value(node);
        switch (step.model().layer(node)) {
            case FloatProduct product -> {
                if (step.poolOfSums(node).isPresent()) {
                    assertClose(node + " sums", flat(buffers.sums()), flat(step.unscaled(node, value)), tolerance);
                }
                if (step.handsBack(node)) {
                    assertClose(node + " gradient handed back", flat(buffers.inputGradient()),
                            flat(product.inputGradient()), tolerance);
                }
                assertClose(node + " weight gradient", flat(buffers.weightGradient()), flat(product.weightGradient()),
                        tolerance);
                compareBiases(step, node, product, tolerance);
                compareLimit(step, node);
            }
            case FloatMaxPool pool when !step.isSideBySide(node) -> compareOther(step, node, pool, tolerance);
            case FloatMaxPool pool -> {
                if (step.poolsSigns(node)) {
                    assertClose(node + " pooled signs", flat(buffers.pooledReals()), flat(value), 0);
                }
                assertClose(node + " unpooled gradient", flat(buffers.unpooledGradient()),
                        flat(step.scaled(node, pool.spread(step.model().gradient(node)))), tolerance);
            }
            case FloatBatchNorm norm -> {
                compareMean(step, node, norm, tolerance);
                assertClose(node + " deviation", buffers.perChannel("deviation"),
                        flat(step.unscaled(node, norm.deviation())), tolerance);
                assertClose(node + " output", flat(buffers.output()), flat(value), tolerance);
                assertClose(node + " normalised gradient", flat(buffers.normalisedGradient()),
                        flat(step.scaled(node, norm.inputGradient())), tolerance);
                compareBetaGradient(step, node, norm, tolerance);
                compareBiasMomentum(step, node, "beta");
            }
            case FloatSign _ when !step.handsBack(node) -> {
                // nobody needs the gradient at its input
            }
            case FloatSign sign -> assertClose(node + " output gradient",
                    flat(sign.isApproximate() ? buffers.gradientThroughApproximation() : buffers.gradientThroughSign()),
                    flat(sign.backward(step.model().gradient(node)).getFirst()), tolerance);
            case FloatAdd _ -> assertClose(node + " sum", flat(buffers.joined(step.node(node).inputs().size())),
                    flat(value), tolerance);
            case FloatConcat concat -> {
                double[][] joined = buffers.joinedChannels(step.node(node).inputs().size());
                assertClose(node + " joined",
                        flat(step.givesSigns(node) ? Matrices.map(joined, Matrices::sign) : joined), flat(value), 1e-5);
                compareConcat(step, node, concat.backward(step.model().gradient(node)), tolerance);
            }
            case FloatLayer other -> compareOther(step, node, other, tolerance);
        }
        if (step.consumers(node) > 1) {
            assertClose(node + " summed gradient", flat(buffers.summedGradient(step.consumers(node))),
                    flat(step.model().gradient(node)), tolerance);
        }
    }

    /**
     * The model goes on with the gradients as the library keeps them, so that each node is compared for itself, and
     * within what rounding to the format loses there.
     */
    @ParameterizedTest
    @MethodSource("proposed")
    void everyGradientOfProposedIsTheModels(Network network, GradientFormat format) {
        for (Rounding rounding : format.quantised() ? Rounding.values() : new Rounding[] {Rounding.NEAREST}) {
            // sums of the first layer are in units of 1/255
            compare(Algorithm.PROPOSED, new Gradients(format, rounding, GradientKind.SIGN), network, 255,
                    (step, node, exact) -> kept(step, node, exact, product -> keptByProposed(step, product, format)),
                    (step, node) -> compareProposed(step, node, format, rounding, GradientKind.SIGN));
        }
    }

    /** Only this algorithm computes some images of large ones at a time. */
    static Stream<Arguments> lean() {
        return sampled(Stream.concat(TestGraphs.LARGE_STEMS.stream(), NETWORKS.stream()).flatMap(network -> Stream.of(
                Arguments.of(network, GradientKind.REAL, Rounding.NEAREST),
                Arguments.of(network, GradientKind.SIGN, Rounding.STOCHASTIC))));
    }

    /** As of the proposed; what the optimizer was given is read off the momentum. */
    @ParameterizedTest
    @MethodSource("lean")
    void everyGradientOfLeanIsTheModels(Network network, GradientKind kind, Rounding rounding) {
        compare(Algorithm.LEAN, new Gradients(GradientFormat.INT7, rounding, kind), network, 255,
                (step, node, exact) -> kept(step, node, exact, product -> keptByLean(step, product)),
                (step, node) -> compareLean(step, node, kind, rounding));
    }

    /** What is kept of a gradient at sums, and of one that several contribute to. */
    private static double[][] kept(Step step, String node, double[][] exact, Function<String, double[][]> ofProduct) {
        if (step.isBinary(node)) {
            return step.keepsReals(node) ? keptReals(step, node) : step.unscaled(node, ofProduct.apply(node));
        }
        return step.consumers(node) > 1 ? step.buffers(node).summedGradient(step.consumers(node)) : exact;
    }

    /** The gradient at a product's sums, where it is kept as real numbers by every algorithm. */
    private static double[][] keptReals(Step step, String product) {
        return step.poolOfSums(product).map(pool -> step.buffers(pool).gradientOf(step.kind(pool)))
                .orElseGet(() -> step.buffers(step.norm(product)).normalisedGradient());
    }

    /** The gradient at a product's sums as the proposed algorithm keeps it. */
    private static double[][] keptByProposed(Step step, String product, GradientFormat format) {
        String norm = step.norm(product);
        if (!step.normGivesFormat(product)) {
            if (step.takesReals(product).isEmpty() && step.poolOfSums(product).isPresent()) {
                return step.buffers(norm).spreadGradient();
            }
            return format == GradientFormat.FLOAT32
                    ? step.takesReals(product).map(node -> step.buffers(node).gradientOf(step.kind(node)))
                            .orElseGet(() -> step.buffers(norm).normalisedGradient())
                    : scaledSumGradient(step, product, format);
        }
        double scale = format.quantised() ? step.buffers(norm).sumGradientScale() : 1;
        return Matrices.map(step.buffers(norm).normalisedGradient(), value -> value * scale);
    }

    /** A gradient that was real, and is kept in the format. */
    private static double[][] scaledSumGradient(Step step, String product, GradientFormat format) {
        NodeBuffers buffers = step.buffers(product);
        double scale = format.quantised() ? buffers.sumGradientScale() : 1;
        return Matrices.map(buffers.sumGradient(), value -> value * scale);
    }

    /** The same of the lean: as a whole, of what is kept a window and for the elements that no window chose. */
    private static double[][] keptByLean(Step step, String product) {
        String norm = step.norm(product);
        if (!step.normGivesFormat(product)) {
            return scaledSumGradient(step, product, GradientFormat.INT7);
        }
        NodeBuffers buffers = step.buffers(norm);
        double scale = buffers.scaleInTiles();
        double[][] values = Matrices.map(buffers.normalisedGradient(), value -> value * scale);
        if (step.poolOfSums(product).isPresent()) {
            return step.pool(step.poolOfSums(product).get()).spread(values);
        }
        if (step.poolOfSigns(norm).isEmpty()) {
            return values;
        }
        FloatMaxPool pool = step.pool(step.poolOfSigns(norm).get());
        double[][] others = buffers.gradientOfOthers();
        double[][] output = step.model().value(norm);
        double[][] whole = pool.spread(values);
        double[][] taken = pool.spread(Matrices.map(values, _ -> 1));
        for (int r = 0; r < whole.length; r++) {
            for (int c = 0; c < whole[r].length; c++) {
                if (taken[r][c] == 0) {
                    whole[r][c] = scale * others[output[r][c] >= 0 ? 0 : 1][c];
                }
            }
        }
        return whole;
    }

    /** Of a kind that is not compared in a way of its own: value and gradient, float32 by every algorithm. */
    private static void compareOther(Step step, String node, FloatLayer layer, double tolerance) {
        NodeBuffers buffers = step.buffers(node);
        String kind = step.kind(node);
        assertClose(node + " value", flat(buffers.valueOf(kind)), flat(step.model().value(node)), 1e-5);
        double[][] gradient = layer.backward(step.model().gradient(node)).getFirst();
        assertClose(node + " gradient at its input", flat(buffers.gradientOf(kind, gradient.length)), flat(gradient),
                tolerance);
        if (layer instanceof FloatPrelu prelu) {
            double terms = Arrays.stream(step.model().gradient(node)).mapToDouble(GradientsTest::largest).sum();
            assertClose(node + " gradient at the slopes", buffers.perChannel("slopeGradient"), prelu.slopeGradient(),
                    tolerance * Math.max(1, terms / Math.max(largest(prelu.slopeGradient()), 1e-3)));
        }
    }

    /** The parts of the gradient are taken in the order of the backward pass, from the last node to the first. */
    private static void compareConcat(Step step, String node, List<double[][]> gradients, double tolerance) {
        List<String> inputs = step.node(node).inputs();
        List<double[][]> parts = step.buffers(node).partsOfGradient(inputs.size());
        for (int i = 0; i < inputs.size(); i++) {
            double[] expected = flat(gradients.get(i));
            assertThat(parts).as("%s gradient at %s", node, inputs.get(i)).anySatisfy(
                    part -> assertClose(node + " part of the gradient", flat(part), expected, tolerance));
        }
    }

    private static void compareOnBits(Step step, String node, double tolerance) {
        NodeBuffers buffers = step.buffers(node);
        double[][] value = step.model().value(node);
        switch (step.model().layer(node)) {
            case FloatProduct product -> {
                if (product.biasGradient().isEmpty()) {
                    assertClose(node + " sums", flat(buffers.sumsOnBits()), flat(step.unscaled(node, value)), 1e-5);
                }
                if (step.handsBack(node)) {
                    String input = step.node(node).inputs().getFirst();
                    double[] actual = flat(buffers.inputGradient());
                    double[] expected = flat(step.masked(input, product.inputGradient()));
                    if (step.givesSigns(input)) {
                        takeWhereRoundingDecides(step, input, actual, expected);
                    }
                    assertClose(node + " gradient handed back", actual, expected, tolerance);
                }
            }
            case FloatMaxPool pool when step.poolsReals(node) -> compareOther(step, node, pool, tolerance);
            case FloatMaxPool _ -> {
                if (step.poolsSigns(node)) {
                    assertClose(node + " pooled signs", flat(buffers.pooledSigns()), flat(value), 0);
                }
            }
            case FloatBatchNorm norm -> {
                compareMean(step, node, norm, 1e-5);
                assertClose(node + " deviation", buffers.perChannel("deviation"),
                        flat(step.unscaled(node, norm.deviation())), 1e-5);
                if (norm.onlySign()) {
                    assertClose(node + " mean of signs", buffers.perChannel("signMean"), norm.signMean(), 1e-5);
                }
                if (norm.keepsOutput()) {
                    assertClose(node + " output", flat(buffers.output()), flat(value), 1e-5);
                }
                compareBiasMomentum(step, node, "beta");
            }
            case FloatSign sign -> {
                double[] x = flat(sign.input());
                assertSigns(node + " signs", flat(buffers.signs()), x, 1e-5);
                double[] inside = Arrays.stream(x).map(v -> sign.limit() - Math.abs(v)).toArray();
                assertSigns(node + " mask", flat(buffers.straightThrough()), inside, 1e-5);
                if (sign.isApproximate()) {
                    assertClose(node + " gradient at its input", flat(buffers.gradientThroughApproximation()),
                            flat(sign.backward(step.model().gradient(node)).getFirst()), 1e-3);
                }
            }
            case FloatAdd _ -> assertClose(node + " sum", flat(buffers.joined(step.node(node).inputs().size())),
                    flat(value), 1e-5);
            case FloatConcat concat when step.givesSigns(node) -> {
                int inputs = step.node(node).inputs().size();
                assertClose(node + " joined signs", flat(buffers.joinedSigns(inputs)), flat(value), 0);
                assertSigns(node + " joined mask", flat(buffers.joinedStraightThrough(inputs)),
                        flat(step.fromLimit(node)), 1e-5);
                compareConcat(step, node, concat.backward(step.masked(node, step.model().gradient(node))), tolerance);
            }
            case FloatConcat concat -> {
                assertClose(node + " joined", flat(buffers.joinedChannels(step.node(node).inputs().size())),
                        flat(value), 1e-5);
                compareConcat(step, node, concat.backward(step.model().gradient(node)), tolerance);
            }
            case FloatLayer other -> compareOther(step, node, other, tolerance);
        }
        if (step.consumers(node) > 1) {
            double[] actual = flat(buffers.summedGradient(step.consumers(node)));
            double[] expected = flat(step.masked(node, step.model().gradient(node)));
            takeWhereRoundingDecides(step, node, actual, expected);
            // the values of a stream are kept as float16, which has 11 bits, for the derivative of the approximation
            assertClose(node + " summed gradient", actual, expected,
                    step.feedsApproximation(node) ? Math.max(tolerance, 1e-3) : tolerance);
        }
    }

    /** Where a value is within rounding of its limit, rounding decides whether a sign lets a gradient pass. */
    private static void takeWhereRoundingDecides(Step step, String node, double[] actual, double[] expected) {
        double[] fromLimit = flat(step.fromLimit(node));
        for (int i = 0; i < fromLimit.length; i++) {
            if (Math.abs(fromLimit[i]) <= 1e-5) {
                expected[i] = actual[i];
            }
        }
    }

    private static void compareRealWeights(Step step, String node, FloatProduct product, double tolerance) {
        assertClose(node + " weight gradient", flat(step.buffers(node).weightGradient()),
                flat(product.weightGradient()), tolerance);
        compareBiases(step, node, product, tolerance);
    }

    /** Of a product with biases: its values, and what the biases learn. A sum that nearly cancels keeps all roundings. */
    private static void compareBiases(Step step, String node, FloatProduct product, double tolerance) {
        product.biasGradient().ifPresent(gradient -> {
            NodeBuffers buffers = step.buffers(node);
            if (!step.isNormalised(node)) { // normalisation may have the sums in its own buffer
                assertClose(node + " sums with biases", flat(buffers.biasedSums()), flat(step.model().value(node)),
                        1e-5);
            }
            double terms = Arrays.stream(step.model().gradient(node)).mapToDouble(GradientsTest::largest).sum();
            assertClose(node + " gradient of biases", buffers.perChannel("biasGradient"), gradient,
                    tolerance * Math.max(1, terms / Math.max(largest(gradient), 1e-3)));
            compareBiasMomentum(step, node, "bias");
        });
    }

    private static void compareProposed(Step step, String node, GradientFormat format, Rounding rounding,
            GradientKind kind) {
        // float32 sums of some dozens of values; float16 keeps 11 bits
        double tolerance = format == GradientFormat.FLOAT32 ? 1e-5 : 1e-3;
        compareOnBits(step, node, tolerance);
        switch (step.model().layer(node)) {
            case FloatBatchNorm norm -> {
                compareBetaGradient(step, node, norm, tolerance);
                compareRealGradient(step, node, norm, tolerance);
            }
            case FloatProduct product when product.isReal() -> compareRealWeights(step, node, product, tolerance);
            case FloatProduct product -> {
                compareLimit(step, node);
                double[] kept = flat(step.keepsReals(node)
                        ? keptReals(step, node)
                        : keptByProposed(step, node, format));
                double[] exact = flat(step.scaled(node, step.model().gradient(node)));
                if (format.quantised() && !step.keepsReals(node)) {
                    String scaled = step.normGivesFormat(node) ? step.norm(node) : node;
                    assertQuantised(node + " sum gradient", kept, exact, tolerance,
                            step.buffers(scaled).sumGradientScale(), format, rounding);
                } else {
                    assertClose(node + " sum gradient", kept, exact, tolerance);
                }
                // what the model multiplied are the same numbers, so only the order of sums differs
                double[] weightGradient = flat(product.weightGradient());
                if (kind == GradientKind.SIGN) {
                    assertSigns(node + " weight gradient signs", flat(step.buffers(node).weightGradientSigns()),
                            weightGradient, 1e-5 * largest(weightGradient));
                } else {
                    assertClose(node + " weight gradient", flat(step.buffers(node).weightGradient()), weightGradient,
                            kind == GradientKind.REAL ? 1e-5 : 1e-3);
                    compareWholeMomentum(step, node, weightGradient);
                }
            }
            default -> {
                // compared as for every algorithm on bits
            }
        }
    }

    /** m = 0.9 m + 0.1 g, with g of the mean loss, in float16. */
    private static void compareWholeMomentum(Step step, String node, double[] gradient) {
        NodeBuffers buffers = step.buffers(node);
        double[] before = flat(step.before().values(buffers.name(".weights.momentum")));
        double[] expected = IntStream.range(0, before.length)
                .mapToDouble(i -> 0.9 * before[i] + 0.1 * gradient[i] / BATCH / step.model().lossScale()).toArray();
        assertClose(node + " momentum", flat(buffers.parameter("weights.momentum")), expected, 2e-3);
    }

    /** A sum that nearly cancels keeps the roundings of all its terms. */
    private static void compareBetaGradient(Step step, String node, FloatBatchNorm norm, double tolerance) {
        double terms = Arrays.stream(norm.outputGradient()).mapToDouble(GradientsTest::largest).sum();
        assertClose(node + " beta gradient", step.buffers(node).perChannel("betaGradient"), norm.betaGradient(),
                tolerance * Math.max(1, terms / Math.max(largest(norm.betaGradient()), 1e-3)));
    }

    /** A mean of values that are normalised already nearly cancels, and keeps the roundings of all its terms. */
    private static void compareMean(Step step, String node, FloatBatchNorm norm, double tolerance) {
        double terms = normalisesSums(step, node) ? 0 : largest(norm.deviation());
        double[] mean = flat(step.unscaled(node, norm.mean()));
        assertClose(node + " mean", step.buffers(node).perChannel("mean"), mean,
                tolerance * Math.max(1, terms / Math.max(largest(mean), 1e-3)));
    }

    private static boolean normalisesSums(Step step, String node) {
        String input = step.node(node).inputs().getFirst();
        return step.isBinary(input)
                || step.model().layer(input) instanceof FloatMaxPool && !step.poolsReals(input);
    }

    /** Of normalisation of what is no product's sums: it goes on as real numbers. */
    private static void compareRealGradient(Step step, String node, FloatBatchNorm norm, double tolerance) {
        if (!normalisesSums(step, node)) {
            double[][] gradient = norm.inputGradient();
            assertClose(node + " normalised gradient", flat(step.buffers(node).normalisedGradient(gradient.length)),
                    flat(gradient), tolerance);
        }
    }

    private static void compareLean(Step step, String node, GradientKind kind, Rounding rounding) {
        double tolerance = 1e-3; // float16 keeps 11 bits
        compareOnBits(step, node, tolerance);
        switch (step.model().layer(node)) {
            case FloatBatchNorm norm -> compareRealGradient(step, node, norm, tolerance);
            case FloatProduct product when product.isReal() -> compareRealWeights(step, node, product, tolerance);
            case FloatProduct product -> {
                if (step.keepsReals(node)) {
                    assertClose(node + " sum gradient", flat(keptReals(step, node)),
                            flat(step.model().gradient(node)), tolerance);
                } else {
                    compareIntegers(step, node, rounding, tolerance);
                }
                compareMomentum(step, node, product, kind);
                compareWeights(step, node, product, kind);
            }
            default -> {
                // compared as for every algorithm on bits
            }
        }
    }

    /** The gradient at a product's sums, as integers. */
    private static void compareIntegers(Step step, String node, Rounding rounding, double tolerance) {
        String norm = step.norm(node);
        boolean byNorm = step.normGivesFormat(node);
        double scale = byNorm ? step.buffers(norm).scaleInTiles() : step.buffers(node).sumGradientScale();
        assertQuantised(node + " sum gradient", flat(keptByLean(step, node)),
                flat(step.scaled(node, step.model().gradient(node))), tolerance, scale, GradientFormat.INT7,
                byNorm ? rounding : Rounding.NEAREST);
        if (byNorm) {
            compareScale(step, norm, scale, tolerance);
        }
    }

    /** Latent weights that are floats, and begin within 0.2, are clipped where their limit is less. */
    private static void compareLimit(Step step, String node) {
        double clip = step.clip(node);
        if (clip < 0.2) {
            assertThat(largest(flat(step.buffers(node).parameter("weights")))).as(node + " largest latent weight")
                    .isEqualTo(clip);
        }
    }

    private static void compareScale(Step step, String norm, double scale, double tolerance) {
        NodeBuffers buffers = step.buffers(norm);
        assertThat(buffers.nextScale()).as(norm + " scale of the next step").isCloseTo(
                GradientFormat.INT7.clip() * rootMeanSquare(step, norm) / 63, withinPercentage(100 * tolerance));
        double used = step.before().values(buffers.name(NodeBuffers.nextScaleSuffix()))[0][0];
        if (used != 0) { // after the first step
            assertThat(scale).as(norm + " scale").isEqualTo(used);
        }
    }

    /** Of v, over what a node hands on: what it normalises, or windows of that. */
    private static double rootMeanSquare(Step step, String node) {
        FloatBatchNorm norm = step.normModel(node);
        double[][] gradient = step.poolOfSigns(node).map(pool -> step.pool(pool).taken(norm.outputGradient()))
                .orElse(norm.outputGradient());
        double sum = 0;
        for (double[] row : gradient) {
            for (int c = 0; c < row.length; c++) {
                sum += Math.pow(row[c] / norm.deviation()[c] * step.scale(node, c), 2);
            }
        }
        return Math.sqrt(sum / gradient.length / gradient[0].length);
    }

    /** m = 0.9 m + 0.1 g, in integers of up to 127 times a scale a block. */
    private static void compareMomentum(Step step, String node, FloatProduct product, GradientKind kind) {
        NodeBuffers buffers = step.buffers(node);
        double[] gradient = flat(product.weightGradient());
        double largest = largest(gradient);
        double fanIn = product.fanIn();
        double[] before = momentum(step.before().values(buffers.name(".weights.momentum")),
                step.before().values(buffers.name(".weights.momentumScales")));
        double[][] scales = buffers.parameter("weights.momentumScales");
        double[][] integers = buffers.parameter("weights.momentum");
        double[] after = momentum(integers, scales);
        int columns = integers[0].length;
        int compared = 0;
        for (int i = 0; i < after.length; i++) {
            double g = kind == GradientKind.REAL ? gradient[i] / BATCH : Matrices.sign(gradient[i]) / Math.sqrt(fanIn);
            if (kind == GradientKind.SIGN && Math.abs(gradient[i]) <= 1e-5 * largest) {
                continue; // a sum of another order may have the other sign
            }
            double scale = scales[i / columns][i % columns / BLOCK];
            assertWithin(node + " momentum", i, after[i], 0.9 * before[i] + 0.1 * g,
                    0.5001 * scale + 1e-5 * largest / BATCH);
            compared++;
        }
        assertThat(compared).isGreaterThan(after.length * 2 / 3);
    }

    /** w = w − rate m̂ / (√v̂ + ε), clipped, and then rounded up or down to 127ths of a quarter. */
    private static void compareWeights(Step step, String node, FloatProduct product, GradientKind kind) {
        NodeBuffers buffers = step.buffers(node);
        double[][] before = step.before().values(buffers.name(".weights"));
        double[][] after = buffers.parameter("weights");
        double[][] scales = buffers.parameter("weights.momentumScales");
        double[] momentum = momentum(buffers.parameter("weights.momentum"), scales);
        int columns = after[0].length;
        int taps = after.length / product.weightGradient().length;
        double limit = 0.25 * step.clip(node);
        double unit = limit / 127;
        double moved = 0;
        for (int i = 0; i < momentum.length; i++) {
            int row = i / columns;
            int column = i % columns;
            double root = kind == GradientKind.SIGN
                    ? 1 / Math.sqrt(product.fanIn())
                    : Math.sqrt(buffers.parameter("weights.secondMoment")[0][row / taps]
                            / (1 - Math.pow(0.999, step.number())));
            double factor = RATE / (1 - Math.pow(0.9, step.number())) / (root + 1e-7);
            double expected = Math.clamp(unit * before[row][column] - factor * momentum[i], -limit, limit);
            double rounding = 1.001 * unit + factor * scales[row][column / BLOCK] / 2;
            assertWithin(node + " weights", i, unit * after[row][column], expected, rounding);
            moved = Math.max(moved, Math.abs(expected - unit * before[row][column]));
        }
        assertThat(moved).as("the longest way of the weights of %s", node).isGreaterThan(3 * unit);
    }

    private static double[] momentum(double[][] integers, double[][] scales) {
        return IntStream.range(0, integers.length).boxed()
                .flatMapToDouble(r -> IntStream.range(0, integers[r].length)
                        .mapToDouble(c -> integers[r][c] * scales[r][c / BLOCK]))
                .toArray();
    }

    /**
     * The loss is smooth in the biases and slopes behind the last sign: there its gradient is what the loss does when they change,
     * told by the model's way forward alone.
     */
    @ParameterizedTest
    @MethodSource("networks")
    void gradientsBehindTheLastSignAreDifferences(Network network) {
        TrainingClock clock = new TrainingClock();
        CompiledNetwork compiled = Algorithm.STANDARD.compile(network, BATCH,
                Optimizers.ADAM.create(GradientKind.REAL), Gradients.of(Algorithm.STANDARD), Long.MAX_VALUE, clock);
        Program program = compiled.program();
        try (Arena arena = Arena.ofShared(); Workers workers = new Workers(2)) {
            program.allocate(arena);
            compiled.weights().forEach(weights -> randomise(weights.values()));
            int[] labels = load(compiled);
            State before = State.of(program);
            double[][] input = input(compiled, 1);
            clock.next(RATE);
            Snapshots snapshots = Snapshots.ofStep(program, workers);
            for (Network.Node node : network.nodes()) {
                Optional<String> learned = perChannel(node.layer());
                if (learned.isPresent() && !reachesSign(network, node.name())) {
                    String beta = NodeBuffers.block(node.name()) + "." + learned.get();
                    double[] gradient = new NodeBuffers(snapshots, node.name()).perChannel(learned.get() + "Gradient");
                    double[] differences = new double[gradient.length];
                    double h = 1e-4;
                    for (int c = 0; c < gradient.length; c++) {
                        differences[c] = (loss(network, input, labels, before, beta, c, h)
                                - loss(network, input, labels, before, beta, c, -h)) / (2 * h);
                    }
                    assertClose(beta, gradient, differences, 1e-4);
                }
            }
        }
    }

    /** The name of what a layer learns for each channel. */
    private static Optional<String> perChannel(Layer layer) {
        return switch (layer) {
            case BatchNorm _ -> Optional.of("beta");
            case Prelu _ -> Optional.of("slope");
            case RealConvolution convolution when convolution.biased() -> Optional.of("bias");
            case RealDense dense when dense.biased() -> Optional.of("bias");
            default -> Optional.empty();
        };
    }

    private static boolean reachesSign(Network network, String from) {
        return network.nodes().stream().filter(node -> node.inputs().contains(from))
                .anyMatch(node -> node.layer() instanceof Sign || reachesSign(network, node.name()));
    }

    /** The mean loss where one bias is moved. */
    private static double loss(Network network, double[][] input, int[] labels, State state, String moved,
            int channel, double by) {
        FloatModel model = new FloatModel(network, BATCH, Rules.SQUARES, 1, node -> name -> {
            String buffer = NodeBuffers.block(node) + "." + name;
            double[][] values = state.values(buffer);
            if (buffer.equals(moved)) {
                values = Matrices.map(values, value -> value);
                values[0][channel] += by;
            }
            return values;
        });
        model.forward(input, labels);
        return Arrays.stream(model.losses()).sum() / BATCH;
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
        MemorySegment pixels = compiled.batch().pixels().segment();
        long values = compiled.batch().pixels().columns();
        for (int row = 0; row < BATCH; row++) {
            compiled.batch().labels().segment().setAtIndex(ValueLayout.JAVA_INT, row, labels[row]);
            for (int i = 0; i < values; i++) {
                int level = i % 5 == labels[row] ? 160 : 90;
                pixels.set(ValueLayout.JAVA_BYTE, row * values + i, (byte) (level + random.nextInt(-90, 90)));
            }
        }
        return labels;
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
            assertThat(actual).as("%s at %s", what, index).isCloseTo(expected, within(tolerance));
        }
    }

    /**
     * The signs of values further from zero than rounding goes. Fewer than half are not: where an input is the same in
     * the whole batch, its weights' gradients are zero.
     */
    private static void assertSigns(String what, double[] actual, double[] values, double rounding) {
        int compared = 0;
        for (int i = 0; i < values.length; i++) {
            if (Math.abs(values[i]) > rounding) {
                assertWithin(what, i, actual[i], Matrices.sign(values[i]), 0);
                compared++;
            }
        }
        assertThat(compared).as("%s that were compared", what).isGreaterThan(values.length / 2);
    }
}
