package io.github.bitgrad.algorithm;

import static io.github.bitgrad.model.Network.Padding.SAME;
import static io.github.bitgrad.model.Network.Place.AFTER_SIGN;
import static io.github.bitgrad.model.Network.Place.BEFORE_NORMALISATION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.layer.Add;
import io.github.bitgrad.layer.AveragePool;
import io.github.bitgrad.layer.BatchNorm;
import io.github.bitgrad.layer.BinaryConvolution;
import io.github.bitgrad.layer.Concat;
import io.github.bitgrad.layer.Dense;
import io.github.bitgrad.layer.Layer;
import io.github.bitgrad.layer.MaxPool;
import io.github.bitgrad.layer.Relu;
import io.github.bitgrad.layer.Sign;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.Network.Place;
import io.github.bitgrad.optim.GradientKind;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.step.TrainingClock;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.model.TestGraphs;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.tensor.ElementType;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a network is refused for by policies, though its shapes fit. */
class CompilerTest {
    private static CompiledNetwork compile(int inputChannels, Place place) {
        Network network = Network.sequential("pooling", new ImageShape(6, 6, inputChannels)).binaryConv(4, 3, SAME)
                .maxPool(2, place).dense(3).build();
        return Algorithm.PROPOSED.compile(network, 2, Optimizers.ADAM.create(GradientKind.SIGN),
                Gradients.of(Algorithm.PROPOSED), new TrainingClock());
    }

    /** Sums of more pixel values do not fit the 16 bits that are pooled: 3 · 3 · 14 do, 3 · 3 · 15 do not. */
    @Test
    void sumsOfPixelsThatArePooledFit16Bits() {
        assertThat(compile(14, BEFORE_NORMALISATION).program().training()).isNotEmpty();
        assertThat(compile(15, AFTER_SIGN).program().training()).isNotEmpty();
        assertThatThrownBy(() -> compile(15, BEFORE_NORMALISATION)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "The sums of conv1 have a fan-in of 135 pixel values, but with products on bits they can be "
                                + "pooled only up to 128; pool its signs, use a smaller kernel, or train by the "
                                + "standard algorithm.");
    }

    private static Network.Graph normalised() {
        return Network.graph("test", new ImageShape(6, 6, 1))
                .node("conv1", BinaryConvolution.of(4).kernel(3, 3).same(), "input")
                .node("conv1.norm", new BatchNorm(), "conv1");
    }

    private static Network classified(Network.Graph graph, String last) {
        return graph.node("out.sign", new Sign(), last).node("out", new Dense(3), "out.sign")
                .node("out.norm", new BatchNorm(), "out").build();
    }

    private static void compile(Algorithm algorithm, Network network) {
        Gradients gradients = Gradients.of(algorithm);
        algorithm.compile(network, 2, Optimizers.ADAM.create(gradients.weights()), gradients, new TrainingClock());
    }

    private static void assertRefused(Algorithm algorithm, Network network, String message) {
        assertThatThrownBy(() -> compile(algorithm, network)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    private static void assertRefusedOnBits(Network network, String message) {
        assertRefused(Algorithm.PROPOSED, network, message);
        assertRefused(Algorithm.LEAN, network, message);
        compile(Algorithm.STANDARD, network);
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void signsAndRealValuesAreNotMistakenForEachOther(Algorithm algorithm) {
        assertRefused(algorithm, classified(normalised().node("conv2", BinaryConvolution.of(4), "conv1.norm"), "conv2"),
                "conv2 takes signs, but its input conv1.norm gives real values; put a sign between them.");
        assertRefused(algorithm, classified(normalised().node("conv1.sign", new Sign(), "conv1.norm")
                .node("conv2.norm", new BatchNorm(), "conv1.sign"), "conv2.norm"),
                "conv2 takes real values, but its input conv1.sign gives signs; put it before the sign.");
        assertRefused(algorithm, normalised().node("dense.sign", new Sign(), "conv1.norm")
                .node("dense", new Dense(3), "dense.sign").node("dense.norm", new BatchNorm(), "dense")
                .node("last", new Sign(), "dense.norm").build(),
                "loss takes real values, but its input last gives signs; put it before the sign.");
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void signsAreNotJoinedWithRealValues(Algorithm algorithm) {
        String message = "join joins signs with real values: its input conv1.sign gives signs, and its input %s gives "
                + "real values; put a sign behind %1$s too, or join real values and put one sign behind them.";
        for (String other : List.of("conv1.norm", "conv1", "input")) {
            assertRefused(algorithm, normalised().node("conv1.sign", new Sign(), "conv1.norm")
                    .node("join", new Concat(), "conv1.sign", other).node("out", new Dense(3), "join")
                    .node("out.norm", new BatchNorm(), "out").build(), message.formatted(other));
        }
    }

    @Test
    void bitsTakeSignsOfNormalisedSums() {
        Network.Graph graph = Network.graph("test", new ImageShape(6, 6, 1))
                .node("conv1", BinaryConvolution.of(4).kernel(3, 3).same(), "input");
        assertRefusedOnBits(classified(graph, "conv1"),
                "out takes sums that are not normalised; put batch normalisation before the sign.");
    }

    @Test
    void bitsAddNormalisedSums() {
        Network.Graph graph = normalised().node("conv1.sign", new Sign(), "conv1.norm")
                .node("conv2", BinaryConvolution.of(4), "conv1.sign").node("join", new Add(), "conv2", "conv1.norm");
        assertRefusedOnBits(classified(graph, "join"),
                "join adds real values, but its input conv2 gives sums of integers; put batch normalisation between "
                        + "them.");
    }

    /** Nobody multiplies by the scales of weights but normalisation, which may have max pooling before it. */
    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void sumsOfScaledWeightsAreNormalised(Algorithm algorithm) {
        String message = "%s takes the sums of conv2, whose weights are scaled; put batch normalisation between them.";
        for (Layer layer : List.of(new Sign(), new Relu(), new AveragePool(2, 2))) {
            assertRefused(algorithm, classified(scaled().node("layer", layer, "conv2")
                    .node("layer.norm", new BatchNorm(), "layer"), "layer.norm"), message.formatted("layer"));
        }
        assertRefused(algorithm, classified(scaled().node("join", new Add(), "conv2", "conv1.norm"), "join"),
                message.formatted("join"));
        compile(algorithm, classified(scaled().node("conv2.pool", new MaxPool(2, 2), "conv2")
                .node("conv2.norm", new BatchNorm(), "conv2.pool"), "conv2.norm"));
        Network last = normalised().node("out.sign", new Sign(), "conv1.norm")
                .node("out", new Dense(3).scaled(), "out.sign").build();
        assertRefused(algorithm, last,
                "loss takes the sums of out, whose weights are scaled; put batch normalisation between them.");
    }

    private static Network.Graph scaled() {
        return normalised().node("conv1.sign", new Sign(), "conv1.norm")
                .node("conv2", BinaryConvolution.of(4).scaled(), "conv1.sign");
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void anOptimizerWithoutLatentWeightsHasNothingToScaleBy(Algorithm algorithm) {
        Network network = classified(scaled().node("conv2.norm", new BatchNorm(), "conv2"), "conv2.norm");
        Gradients gradients = Gradients.of(algorithm);
        assertThatThrownBy(() -> algorithm.compile(network, 2, Optimizers.BOP.create(gradients.weights()), gradients,
                new TrainingClock())).isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "conv2 scales its weights by the mean magnitude of latent weights, but the optimizer bop has "
                                + "none; choose another optimizer, or do not scale the weights.");
    }

    /**
     * The values that residual blocks add are not kept: the matrices that are in use when the backward pass begins hold
     * bits, numbers per channel and the loss's outputs.
     */
    @ParameterizedTest
    @EnumSource(names = {"PROPOSED", "LEAN"})
    void aStreamKeepsOnlyBits(Algorithm algorithm) {
        Gradients gradients = Gradients.of(algorithm);
        Program program = algorithm.compile(TestGraphs.residual("stream", new ImageShape(9, 8, 2), 32, 3, 3), 16,
                Optimizers.ADAM.create(gradients.weights()), gradients, new TrainingClock()).program();
        List<Operation> operations = program.training();
        int loss = IntStream.range(0, operations.size()).filter(i -> operations.get(i).name().equals("loss"))
                .findFirst().orElseThrow();
        Set<Buffer> before = buffersOf(operations.subList(0, loss));
        before.retainAll(buffersOf(operations.subList(loss + 1, operations.size())));
        long stream = 16 * 9 * 8;
        assertThat(before).isNotEmpty()
                .noneMatch(buffer -> buffer.type() == ElementType.FLOAT32 && buffer.rows() == stream);
    }

    private static Set<Buffer> buffersOf(List<Operation> operations) {
        return operations.stream().flatMap(operation -> operation.uses().stream()).collect(Collectors.toSet());
    }

    /** Pooled sums are normalised in the same pass, so there must be a normalisation that knows their format. */
    @Test
    void bitsPoolSumsBeforeNormalisation() {
        Network last = Network.graph("test", new ImageShape(2, 2, 1))
                .node("conv1", BinaryConvolution.of(3), "input").node("conv1.pool", new MaxPool(2, 2), "conv1")
                .node("conv1.norm", new BatchNorm(), "conv1.pool").build();
        assertRefusedOnBits(last,
                "conv1 pools sums; with products on bits, batch normalisation must follow, and must not be the network's "
                        + "last layer; change the network, or train by the standard algorithm.");
    }

    /** The way back through pooling of signs is one with that of a normalisation whose values only one sign takes. */
    @Test
    void bitsPoolSignsOfWhatOnlyOneSignTakes() {
        Network.Graph signs = normalised().node("conv1.sign", new Sign(), "conv1.norm")
                .node("conv1.pool", new MaxPool(2, 2), "conv1.sign")
                .node("conv2", BinaryConvolution.of(4), "conv1.pool")
                .node("conv2.norm", new BatchNorm(), "conv2")
                .node("conv3", BinaryConvolution.of(4).kernel(2, 2).stride(2, 2), "conv1.sign")
                .node("conv3.norm", new BatchNorm(), "conv3").node("join", new Add(), "conv2.norm", "conv3.norm");
        assertRefusedOnBits(classified(signs, "join"),
                "conv2.backward.inputGradient is the gradient at pooled signs. With products on bits, such signs must come "
                        + "from batch normalisation, and nothing else may take them or the normalised values; change "
                        + "the network, or train by the standard algorithm.");
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void theOutputIsNormalised(Algorithm algorithm) {
        Network network = normalised().node("dense.sign", new Sign(), "conv1.norm")
                .node("dense", new Dense(3), "dense.sign").build();
        if (algorithm == Algorithm.STANDARD) {
            compile(algorithm, network);
        } else {
            assertRefused(algorithm, network,
                    "Network test ends with dense, which gives sums of integers; put batch normalisation after it.");
        }
    }
}
