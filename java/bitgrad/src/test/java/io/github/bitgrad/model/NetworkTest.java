package io.github.bitgrad.model;

import static io.github.bitgrad.model.Network.Padding.SAME;
import static io.github.bitgrad.model.Network.Padding.VALID;
import static io.github.bitgrad.model.Network.Pooling.Place.AFTER_SIGN;
import static io.github.bitgrad.model.Network.Pooling.Place.BEFORE_NORMALISATION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.model.Network.Builder;
import io.github.bitgrad.model.Network.Convolution;
import io.github.bitgrad.model.Network.Dense;
import io.github.bitgrad.model.Network.LayerShape;
import io.github.bitgrad.model.Network.Pooling;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTest {
    private static Builder network() {
        return Network.sequential("test", new ImageShape(8, 8, 1));
    }

    private static void assertRefused(Builder builder, String message) {
        assertRefused(builder::build, message);
    }

    private static void assertRefused(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }

    @Test
    void aNetworkIsItsLayers() {
        Network network = network().binaryConv(6, 3, VALID).maxPool(2, AFTER_SIGN).binaryConv(5, 2, SAME, 2).dense(20)
                .dense(3).build();
        assertThat(network.layers()).containsExactly(new Convolution(6, 3, 1, VALID, new Pooling(2, AFTER_SIGN)),
                new Convolution(5, 2, 2, SAME, Pooling.NONE), new Dense(20), new Dense(3));
        assertThat(network.classes()).isEqualTo(3);
        assertThat(network().dense(20).dense(3).build()).isEqualTo(network().dense(20).dense(3).build())
                .isNotEqualTo(network().dense(3).build());
    }

    @Test
    void theMlpIsThePapers() {
        Network mlp = Models.MLP.paper();
        assertThat(mlp.input()).isEqualTo(new ImageShape(28, 28, 1));
        assertThat(mlp.layers()).containsExactly(new Dense(256), new Dense(256), new Dense(256), new Dense(256),
                new Dense(10));
        Network other = Models.MLP.build(new ImageShape(32, 32, 3), 100);
        assertThat(other.input().values()).isEqualTo(3072);
        assertThat(other.classes()).isEqualTo(100);
    }

    private static List<String> inputs(Network network) {
        return network.shapes().stream().map(shape -> shape.input().toString()).toList();
    }

    private static List<Integer> fanIns(Network network) {
        return network.shapes().stream().map(LayerShape::fanIn).toList();
    }

    @Test
    void theCnvIsThePapers() {
        Network cnv = Models.CNV.paper();
        Pooling pooling = new Pooling(2, AFTER_SIGN);
        assertThat(cnv.layers()).containsExactly(new Convolution(64, 3, 1, VALID, Pooling.NONE),
                new Convolution(64, 3, 1, VALID, pooling), new Convolution(128, 3, 1, VALID, Pooling.NONE),
                new Convolution(128, 3, 1, VALID, pooling), new Convolution(256, 3, 1, VALID, Pooling.NONE),
                new Convolution(256, 3, 1, VALID, Pooling.NONE), new Dense(512), new Dense(512), new Dense(10));
        assertThat(inputs(cnv)).containsExactly("32x32x3", "30x30x64", "14x14x64", "12x12x128", "5x5x128", "3x3x256",
                "1x1x256", "1x1x512", "1x1x512");
        assertThat(fanIns(cnv)).containsExactly(27, 576, 576, 1152, 1152, 2304, 256, 512, 512);
        assertThat(cnv.shapes().get(1).sums()).isEqualTo(new ImageShape(28, 28, 64));
    }

    @Test
    void theBinaryNetIsThePapers() {
        Network binaryNet = Models.BINARYNET.paper();
        Pooling pooling = new Pooling(2, BEFORE_NORMALISATION);
        assertThat(binaryNet.layers()).containsExactly(new Convolution(128, 3, 1, SAME, Pooling.NONE),
                new Convolution(128, 3, 1, SAME, pooling), new Convolution(256, 3, 1, SAME, Pooling.NONE),
                new Convolution(256, 3, 1, SAME, pooling), new Convolution(512, 3, 1, SAME, Pooling.NONE),
                new Convolution(512, 3, 1, SAME, pooling), new Dense(1024), new Dense(1024), new Dense(10));
        assertThat(inputs(binaryNet)).containsExactly("32x32x3", "32x32x128", "16x16x128", "16x16x256", "8x8x256",
                "8x8x512", "1x1x8192", "1x1x1024", "1x1x1024");
        assertThat(fanIns(binaryNet)).containsExactly(27, 1152, 1152, 2304, 2304, 4608, 8192, 1024, 1024);
        assertThat(binaryNet.shapes().get(5).sums()).isEqualTo(new ImageShape(8, 8, 512));
        assertThat(binaryNet.shapes().get(5).output()).isEqualTo(new ImageShape(4, 4, 512));
    }

    /** Of 8x8 images: windows of what padding leaves, every stride, both rounded down; then pooling, rounded down. */
    @ParameterizedTest
    @CsvSource({"1, 1, VALID, 1, 8x8x7, 8x8x7", "3, 1, VALID, 1, 6x6x7, 6x6x7", "3, 1, SAME, 1, 8x8x7, 8x8x7",
        "5, 1, SAME, 2, 8x8x7, 4x4x7", "4, 1, SAME, 1, 7x7x7, 7x7x7", "3, 2, SAME, 3, 4x4x7, 1x1x7",
        "3, 2, VALID, 2, 3x3x7, 1x1x7", "8, 1, VALID, 1, 1x1x7, 1x1x7", "2, 3, VALID, 1, 3x3x7, 3x3x7"})
    void shapesFollowFromKernelStridePaddingAndPooling(int kernel, int stride, Network.Padding padding, int pool,
            String sums, String output) {
        LayerShape shape = new Convolution(7, kernel, stride, padding, new Pooling(pool, AFTER_SIGN))
                .on(new ImageShape(8, 8, 1));
        assertThat(shape.sums()).hasToString(sums);
        assertThat(shape.output()).hasToString(output);
        assertThat(shape.convolution().outPixels()).isEqualTo(shape.sums().pixels());
        assertThat(shape.maxPooling().pooledPixels()).isEqualTo(shape.output().pixels());
    }

    @Test
    void doesNotChangeWithTheListItWasMadeOf() {
        List<Network.Layer> layers = new ArrayList<>(List.of(new Dense(3)));
        Network network = new Network("test", new ImageShape(1, 1, 1), layers);
        layers.clear();
        assertThat(network.layers()).hasSize(1);
    }

    @Test
    void needsALayer() {
        assertRefused(network(), "Network test has no layers; it needs at least one.");
    }

    @Test
    void itsLastLayerIsDense() {
        assertRefused(network().dense(5).binaryConv(4, 1, SAME),
                "Network test ends with binaryConv(4, 1, SAME, stride 1), but its last layer must be dense, with one "
                        + "unit a class.");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void needsUnits(int units) {
        assertRefused(network().dense(5).dense(units).dense(2),
                "Layer 2 of network test has " + units + " units; it needs at least one.");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void needsChannelsKernelAndStride(int size) {
        String refusal = "Layer 2 of network test is binaryConv(%d, %d, VALID, stride %d); "
                + "channels, kernel and stride must each be at least one.";
        assertRefused(network().binaryConv(4, 3, SAME).binaryConv(size, 3, VALID, 1).dense(2),
                refusal.formatted(size, 3, 1));
        assertRefused(network().binaryConv(4, 3, SAME).binaryConv(4, size, VALID, 1).dense(2),
                refusal.formatted(4, size, 1));
        assertRefused(network().binaryConv(4, 3, SAME).binaryConv(4, 3, VALID, size).dense(2),
                refusal.formatted(4, 3, size));
    }

    @Test
    void aKernelThatIsLargerThanItsInputIsRefused() {
        assertRefused(network().binaryConv(4, 3, VALID).maxPool(2, AFTER_SIGN).binaryConv(4, 4, VALID).dense(2),
                "Layer 2 of network test has a kernel of 4x4, larger than its 3x3x4 input with 0 pixels of padding; "
                        + "choose a smaller kernel, or pool less before it.");
        assertRefused(network().dense(4).binaryConv(4, 4, SAME).dense(2),
                "Layer 2 of network test has a kernel of 4x4, larger than its 1x1x4 input with 1 pixels of padding; "
                        + "choose a smaller kernel, or pool less before it.");
        assertThat(network().dense(4).binaryConv(4, 5, SAME).dense(2).build().shapes().get(1).sums())
                .hasToString("1x1x4");
    }

    @Test
    void aWindowThatIsLargerThanWhatItPoolsIsRefused() {
        assertRefused(network().binaryConv(4, 3, VALID).maxPool(7, BEFORE_NORMALISATION).dense(2),
                "Layer 1 of network test pools windows of 7x7, larger than its 6x6x4 output; choose a smaller window.");
        assertRefused(network().binaryConv(4, 3, VALID).maxPool(6, AFTER_SIGN).binaryConv(3, 1, VALID)
                .maxPool(2, AFTER_SIGN).dense(2),
                "Layer 2 of network test pools windows of 2x2, larger than its 1x1x3 output; choose a smaller window.");
    }

    @ParameterizedTest
    @ValueSource(ints = {-2, 0, 1, 17, Integer.MAX_VALUE})
    void aWindowThatIsNoneIsRefused(int size) {
        String refusal = "Layer 1 of network test pools windows of %1$dx%1$d; 2 to 16 is possible.".formatted(size);
        assertRefused(() -> network().binaryConv(4, 3, SAME).maxPool(size, AFTER_SIGN), refusal);
        if (size != 1) { // which says of a layer that it does not pool
            assertRefused(network().layer(new Convolution(4, 3, 1, SAME, new Pooling(size, AFTER_SIGN))).dense(2),
                    refusal);
        }
    }

    @Test
    void poolsOnceDirectlyAfterAConvolution() {
        String refusal = "Network test cannot pool after layer %d; pool once, directly after a convolution.";
        assertRefused(() -> network().maxPool(2, AFTER_SIGN), refusal.formatted(0));
        assertRefused(() -> network().dense(4).maxPool(2, AFTER_SIGN), refusal.formatted(1));
        assertRefused(() -> network().binaryConv(4, 3, SAME).maxPool(2, AFTER_SIGN).maxPool(2, AFTER_SIGN),
                refusal.formatted(1));
    }

    @Test
    void sumsOfSignsFit16Bits() {
        assertThat(network().dense(Network.MOST_FAN_IN).dense(2).build().classes()).isEqualTo(2);
        assertThat(network().dense(2).dense(Network.MOST_FAN_IN + 1).build().classes()).isEqualTo(32768);
        assertRefused(network().dense(2).dense(32768).dense(2),
                "Layer 3 of network test has a fan-in of 32768; at most 32767 is possible.");
        assertRefused(Network.sequential("test", new ImageShape(128, 128, 2)).dense(2),
                "Layer 1 of network test has a fan-in of 32768; at most 32767 is possible.");
        assertRefused(network().binaryConv(3641, 3, SAME).binaryConv(2, 3, SAME).dense(2),
                "Layer 2 of network test has a fan-in of 32769; at most 32767 is possible.");
        assertRefused(network().dense(Integer.MAX_VALUE).binaryConv(2, 3, SAME).dense(2),
                "Layer 2 of network test has a fan-in of 19327352823; at most 32767 is possible.");
        assertRefused(network().binaryConv(2, 1 << 16, SAME).dense(2), // whose square is 0 in 32 bits
                "Layer 1 of network test has a kernel of 65536x65536; at most 181x181 is possible.");
    }
}
