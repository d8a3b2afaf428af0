package io.github.bitgrad.model;

import static io.github.bitgrad.model.Network.Padding.SAME;
import static io.github.bitgrad.model.Network.Padding.VALID;
import static io.github.bitgrad.model.Network.Place.AFTER_SIGN;
import static io.github.bitgrad.model.Network.Place.BEFORE_NORMALISATION;
import static io.github.bitgrad.model.Network.Place.BEFORE_SIGN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.layer.Add;
import io.github.bitgrad.layer.AveragePool;
import io.github.bitgrad.layer.BatchNorm;
import io.github.bitgrad.layer.BinaryConvolution;
import io.github.bitgrad.layer.Concat;
import io.github.bitgrad.layer.Dense;
import io.github.bitgrad.layer.GlobalAveragePool;
import io.github.bitgrad.layer.MaxPool;
import io.github.bitgrad.layer.Sign;
import io.github.bitgrad.model.Network.Graph;
import io.github.bitgrad.model.Network.Node;
import io.github.bitgrad.model.Network.Sequential;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTest {
    private static final int MOST_FAN_IN = 32767;

    private static Sequential network() {
        return Network.sequential("test", new ImageShape(8, 8, 1));
    }

    private static Graph graph() {
        return Network.graph("test", new ImageShape(8, 8, 1));
    }

    private static void assertRefused(Sequential network, String message) {
        assertRefused(network::build, message);
    }

    private static void assertRefused(Graph graph, String message) {
        assertRefused(graph::build, message);
    }

    private static void assertRefused(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }

    private static List<String> names(Network network) {
        return network.nodes().stream().map(Node::name).toList();
    }

    private static List<String> layers(Network network) {
        return network.nodes().stream().map(node -> node.layer().toString()).toList();
    }

    /** The shapes of the products' outputs. */
    private static List<String> sums(Network network) {
        return network.nodes().stream().map(Node::name).filter(name -> !name.contains("."))
                .map(name -> network.shapes().get(name).toString()).toList();
    }

    @Test
    void aChainIsItsBlocks() {
        Network network = network().binaryConv(6, 3, VALID).maxPool(2, AFTER_SIGN).binaryConv(5, 2, SAME, 2).dense(20)
                .dense(3).build();
        assertThat(names(network)).containsExactly("conv1", "conv1.norm", "conv1.sign", "conv1.maxPool", "conv2",
                "conv2.norm", "conv2.sign", "dense3", "dense3.norm", "dense3.sign", "dense4", "dense4.norm");
        assertThat(layers(network)).containsExactly("binaryConv(6, 3x3, stride 1x1, padding 0x0)", "batchNorm()",
                "sign()", "maxPool(2x2)", "binaryConv(5, 2x2, stride 2x2, padding 0x0)", "batchNorm()", "sign()",
                "dense(20)", "batchNorm()", "sign()", "dense(3)", "batchNorm()");
        String before = Network.INPUT;
        for (Node node : network.nodes()) {
            assertThat(node.inputs()).containsExactly(before);
            before = node.name();
        }
        assertThat(network.classes()).isEqualTo(3);
        assertThat(network().dense(20).dense(3).build()).isEqualTo(network().dense(20).dense(3).build())
                .isNotEqualTo(network().dense(3).build());
    }

    @ParameterizedTest
    @EnumSource(Network.Place.class)
    void aLayerIsInItsPlaceOfTheBlock(Network.Place place) {
        Network network = network().binaryConv(6, 3, SAME).maxPool(2, place).dense(3).build();
        assertThat(names(network)).startsWith(switch (place) {
            case BEFORE_NORMALISATION -> new String[] {"conv1", "conv1.maxPool", "conv1.norm", "conv1.sign"};
            case BEFORE_SIGN -> new String[] {"conv1", "conv1.norm", "conv1.maxPool", "conv1.sign"};
            case AFTER_SIGN -> new String[] {"conv1", "conv1.norm", "conv1.sign", "conv1.maxPool"};
        });
    }

    @Test
    void severalLayersOfABlockKeepTheirOrderAndAreNumberedByKind() {
        Network network = network().binaryConv(6, 3, SAME).maxPool(1, 2, AFTER_SIGN).layer(new BatchNorm(), BEFORE_SIGN)
                .maxPool(2, 1, AFTER_SIGN).layer(new BatchNorm(), BEFORE_SIGN).dense(3)
                .build();
        assertThat(names(network)).startsWith("conv1", "conv1.norm", "conv1.batchNorm", "conv1.batchNorm2",
                "conv1.sign", "conv1.maxPool", "conv1.maxPool2", "dense2");
        assertThat(network.shapes().get("conv1.maxPool")).hasToString("8x4x6");
        assertThat(network.shapes().get("conv1.maxPool2")).hasToString("4x4x6");
    }

    @Test
    void theMlpIsThePapers() {
        Network mlp = Models.MLP.usual();
        assertThat(mlp.input()).isEqualTo(new ImageShape(28, 28, 1));
        assertThat(sums(mlp)).containsExactly("1x1x256", "1x1x256", "1x1x256", "1x1x256", "1x1x10");
        Network other = Models.MLP.build(new ImageShape(32, 32, 3), 100);
        assertThat(other.input().values()).isEqualTo(3072);
        assertThat(other.classes()).isEqualTo(100);
    }

    @Test
    void theCnvIsThePapers() {
        Network cnv = Models.CNV.usual();
        assertThat(cnv.input()).hasToString("32x32x3");
        assertThat(sums(cnv)).containsExactly("30x30x64", "28x28x64", "12x12x128", "10x10x128", "3x3x256", "1x1x256",
                "1x1x512", "1x1x512", "1x1x10");
        assertThat(names(cnv).stream().filter(name -> name.endsWith("maxPool"))).containsExactly("conv2.maxPool",
                "conv4.maxPool");
        assertThat(names(cnv)).containsSequence("conv2.sign", "conv2.maxPool", "conv3");
    }

    @Test
    void theBinaryNetIsThePapers() {
        Network binaryNet = Models.BINARYNET.usual();
        assertThat(sums(binaryNet)).containsExactly("32x32x128", "32x32x128", "16x16x256", "16x16x256", "8x8x512",
                "8x8x512", "1x1x1024", "1x1x1024", "1x1x10");
        assertThat(names(binaryNet).stream().filter(name -> name.endsWith("maxPool"))).containsExactly(
                "conv2.maxPool", "conv4.maxPool", "conv6.maxPool");
        assertThat(names(binaryNet)).containsSequence("conv6", "conv6.maxPool", "conv6.norm", "conv6.sign", "dense7");
        assertThat(binaryNet.shapes().get("conv6.sign")).hasToString("4x4x512");
    }

    /** Of 8x8 images: windows of what padding leaves, every stride, both rounded down; then pooling, rounded down. */
    @ParameterizedTest
    @CsvSource({"3, 1, VALID, 2, 6x6x7, 3x3x7", "5, 1, SAME, 2, 8x8x7, 4x4x7", "4, 1, SAME, 3, 7x7x7, 2x2x7",
        "3, 2, SAME, 3, 4x4x7, 1x1x7", "3, 2, VALID, 2, 3x3x7, 1x1x7", "2, 3, VALID, 3, 3x3x7, 1x1x7"})
    void shapesFollowFromKernelStridePaddingAndPooling(int kernel, int stride, Network.Padding padding, int pool,
            String sums, String output) {
        Network network = network().binaryConv(7, kernel, padding, stride).maxPool(pool, AFTER_SIGN).dense(2).build();
        assertThat(network.shapes().get("conv1")).hasToString(sums);
        assertThat(network.shapes().get("conv1.maxPool")).hasToString(output);
    }

    @Test
    void geometryIsByAxis() {
        BinaryConvolution row = BinaryConvolution.of(3).kernel(1, 5);
        assertThat(network().binaryConv(row).dense(2).build().shapes().get("conv1")).hasToString("8x4x3");
        assertThat(network().binaryConv(row.same()).dense(2).build().shapes().get("conv1")).hasToString("8x8x3");
        assertThat(network().binaryConv(row.padding(0, 1).stride(3, 1)).dense(2).build().shapes().get("conv1"))
                .hasToString("3x6x3");
        assertThat(network().binaryConv(BinaryConvolution.of(3).kernel(8, 2).stride(1, 2)).dense(2).build().shapes()
                .get("conv1")).hasToString("1x4x3");
        assertRefused(network().binaryConv(BinaryConvolution.of(3).kernel(1, 9)).dense(2),
                "Layer conv1 of network test: binaryConv(3, 1x9, stride 1x1, padding 0x0) has a kernel larger than its "
                        + "padded 8x8x1 input; choose a smaller kernel, or pool less before it.");
        assertRefused(network().binaryConv(row.padding(1, 0)).dense(2),
                "Layer conv1 of network test: binaryConv(3, 1x5, stride 1x1, padding 1x0) is impossible: padding must be "
                        + "at least 0 and less than the kernel.");
    }

    @Test
    void aGraphIsItsNodes() {
        Network network = graph().node("conv", BinaryConvolution.of(4), "input").node("norm", new BatchNorm(), "conv")
                .node("sign", new Sign(), "norm").node("left", BinaryConvolution.of(4), "sign")
                .node("left.norm", new BatchNorm(), "left").node("join", new Add(), "left.norm", "norm")
                .node("join.sign", new Sign(), "join").node("out", new Dense(3), "join.sign").build();
        assertThat(network.shapes()).containsKeys("input", "join");
        assertThat(network.shapes().get("join")).hasToString("8x8x4");
        assertThat(network.consumers("norm")).isEqualTo(2);
        assertThat(network.consumers("input")).isEqualTo(1);
        assertThat(network.consumers("out")).isZero();
        assertThat(network.classes()).isEqualTo(3);
    }

    @Test
    void aNodeTakesWhatIsBeforeIt() {
        assertRefused(graph().node("one", new Dense(4), "input").node("two", new Dense(3), "three"),
                "Layer two of network test takes the output of three, which is no layer before it; known are input, one.");
        assertRefused(graph().node("one", new Dense(4), "one"),
                "Layer one of network test takes the output of one, which is no layer before it; known are input.");
    }

    @Test
    void everyNodeIsUsed() {
        assertRefused(
                graph().node("one", new Dense(4), "input").node("two", new Dense(3), "input").node("three",
                        new Dense(3), "input").node("four", new Dense(2), "two"),
                "No layer of network test takes the output of one, three; use it, or leave it out.");
    }

    @Test
    void namesAreOfOneNodeEach() {
        assertRefused(graph().node("one", new Dense(4), "input").node("one", new Dense(3), "one"),
                "Network test has two layers named one; name one of them differently.");
        assertRefused(graph().node("input", new Dense(4), "input"),
                "Network test has two layers named input; name one of them differently.");
    }

    @Test
    void itsOutputIsOnePixel() {
        assertRefused(graph().node("conv", BinaryConvolution.of(4), "input"),
                "Network test ends with conv, whose output is 8x8x4; end with a dense layer that has one unit for each "
                        + "class.");
        assertThat(network().binaryConv(4, 8, VALID).build().classes()).isEqualTo(4);
    }

    @Test
    void addsWhatHasOneShape() {
        assertRefused(graph().node("conv", BinaryConvolution.of(4), "input").node("add", new Add(), "conv", "input"),
                "Layer add of network test: add() has inputs of the shapes 8x8x4 and 8x8x1; give it inputs of the same "
                        + "shape.");
        assertRefused(graph().node("add", new Add(), "input"),
                "Layer add of network test: add() has 1 inputs, but needs at least two; name all nodes whose outputs it "
                        + "adds.");
        assertRefused(graph().node("dense", new Dense(3), "input", "input"),
                "Layer dense of network test: The layer takes one input, but has 2; give it exactly one.");
    }

    @Test
    void joinsChannelsOfImagesOfOneSize() {
        assertThat(graph().node("one", BinaryConvolution.of(4), "input").node("two", new Concat(), "one", "input")
                .node("three", new Dense(2), "two").build().shapes().get("two")).hasToString("8x8x5");
        assertRefused(graph().node("one", new MaxPool(2, 2), "input").node("two", new Concat(), "one", "input"),
                "Layer two of network test: concat() has inputs of the shapes 4x4x1 and 8x8x1; give it inputs of the same "
                        + "height and width.");
        assertRefused(graph().node("one", new Concat(), "input"),
                "Layer one of network test: concat() has 1 inputs, but "
                        + "needs at least two; name all nodes whose channels it joins.");
    }

    @Test
    void windowsOfPoolingMayOverlap() {
        assertThat(new MaxPool(3, 3).stride(2, 2).padding(1, 1).shape(List.of(new ImageShape(9, 8, 3))))
                .isEqualTo(new ImageShape(5, 4, 3));
        assertThat(new AveragePool(20, 1).shape(List.of(new ImageShape(40, 24, 3)))).hasToString("2x24x3");
        assertThat(new GlobalAveragePool().shape(List.of(new ImageShape(40, 24, 3)))).hasToString("1x1x3");
        assertThat(new MaxPool(3, 2)).hasToString("maxPool(3x2)").isEqualTo(new MaxPool(3, 2, 3, 2, 0, 0));
        assertRefused(graph().node("pool", new MaxPool(3, 3).stride(0, 1), "input"),
                "Layer pool of network test: maxPool(3x3, stride 0x1, padding 0x0) is impossible: strides must be at least "
                        + "one.");
        assertRefused(graph().node("pool", new AveragePool(3, 3).padding(1, 3), "input"),
                "Layer pool of network test: averagePool(3x3, stride 3x3, padding 1x3) is impossible: padding must be at "
                        + "least 0 and less than the window.");
    }

    @Test
    void doesNotChangeWithTheListItWasMadeOf() {
        List<Node> nodes = new ArrayList<>(List.of(new Node("dense", new Dense(3), List.of("input"))));
        Network network = new Network("test", new ImageShape(1, 1, 1), nodes);
        nodes.clear();
        assertThat(network.nodes()).hasSize(1);
    }

    @Test
    void needsALayer() {
        assertRefused(network(), "Network test has no layers; it needs at least one.");
        assertRefused(graph(), "Network test has no layers; it needs at least one.");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void needsUnits(int units) {
        assertRefused(network().dense(5).dense(units).dense(2),
                "Layer dense2 of network test: dense(%s) has no units; it needs at least one.".formatted(units));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void needsChannelsKernelAndStride(int size) {
        for (BinaryConvolution wrong : List.of(BinaryConvolution.of(size).kernel(3, 3),
                BinaryConvolution.of(4).kernel(size, 3), BinaryConvolution.of(4).kernel(3, size),
                BinaryConvolution.of(4).kernel(3, 3).stride(size, 1),
                BinaryConvolution.of(4).kernel(3, 3).stride(1, size))) {
            assertRefused(network().binaryConv(4, 3, SAME).binaryConv(wrong).dense(2),
                    "Layer conv2 of network test: %s is impossible: channels, kernel and stride must each be at least one."
                            .formatted(wrong));
        }
    }

    @Test
    void aKernelThatIsLargerThanItsInputIsRefused() {
        assertRefused(network().binaryConv(4, 3, VALID).maxPool(2, AFTER_SIGN).binaryConv(4, 4, VALID).dense(2),
                "Layer conv2 of network test: binaryConv(4, 4x4, stride 1x1, padding 0x0) has a kernel larger than its "
                        + "padded 3x3x4 input; choose a smaller kernel, or pool less before it.");
        assertRefused(network().dense(4).binaryConv(4, 4, SAME).dense(2),
                "Layer conv2 of network test: binaryConv(4, 4x4, stride 1x1, padding 1x1) has a kernel larger than its "
                        + "padded 1x1x4 input; choose a smaller kernel, or pool less before it.");
        assertThat(network().dense(4).binaryConv(4, 5, SAME).dense(2).build().shapes().get("conv2"))
                .hasToString("1x1x4");
    }

    @Test
    void aWindowThatIsLargerThanWhatItPoolsIsRefused() {
        assertRefused(network().binaryConv(4, 3, VALID).maxPool(7, BEFORE_NORMALISATION).dense(2),
                "Layer conv1.maxPool of network test: maxPool(7x7) pools windows larger than its 6x6x4 input; choose a "
                        + "smaller window.");
        assertRefused(network().binaryConv(4, 3, VALID).maxPool(6, AFTER_SIGN).binaryConv(3, 1, VALID)
                .maxPool(1, 2, AFTER_SIGN).dense(2),
                "Layer conv2.maxPool of network test: maxPool(1x2) pools windows larger than its 1x1x3 input; choose a "
                        + "smaller window.");
    }

    @ParameterizedTest
    @ValueSource(ints = {-2, 0, 1, 17, Integer.MAX_VALUE})
    void aWindowThatIsNoneIsRefused(int size) {
        assertRefused(network().binaryConv(4, 3, SAME).maxPool(size, AFTER_SIGN).dense(2),
                ("Layer conv1.maxPool of network test: maxPool(%1$sx%1$s) is impossible: windows have 1 to 16 rows and "
                        + "columns, and more than one pixel.").formatted(size));
    }

    @Test
    void beginsWithAProduct() {
        assertRefused(() -> network().maxPool(2, AFTER_SIGN),
                "Network test cannot begin with maxPool(2x2); put a convolution or a dense layer before it.");
    }

    @Test
    void sumsOfSignsFit16Bits() {
        String refusal = "Layer %s of network test: %s has a fan-in of %s, but at most 32767 is possible; "
                + "choose a smaller kernel, or fewer channels before it.";
        assertThat(network().dense(MOST_FAN_IN).dense(2).build().classes()).isEqualTo(2);
        assertThat(network().dense(2).dense(MOST_FAN_IN + 1).build().classes()).isEqualTo(32768);
        assertRefused(network().dense(2).dense(32768).dense(2), refusal.formatted("dense3", "dense(2)", 32768));
        assertRefused(Network.sequential("test", new ImageShape(128, 128, 2)).dense(2),
                refusal.formatted("dense1", "dense(2)", 32768));
        assertRefused(network().binaryConv(3641, 3, SAME).binaryConv(2, 3, SAME).dense(2),
                refusal.formatted("conv2", "binaryConv(2, 3x3, stride 1x1, padding 1x1)", 32769));
        assertRefused(network().dense(Integer.MAX_VALUE).binaryConv(2, 3, SAME).dense(2),
                refusal.formatted("conv2", "binaryConv(2, 3x3, stride 1x1, padding 1x1)", 19327352823L));
        assertRefused(network().binaryConv(2, 1 << 16, SAME).dense(2), // whose square is 0 in 32 bits
                refusal.formatted("conv1", "binaryConv(2, 65536x65536, stride 1x1, padding 32767x32767)", 1L << 32));
    }
}
