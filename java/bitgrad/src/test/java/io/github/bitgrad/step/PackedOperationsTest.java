package io.github.bitgrad.step;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static io.github.bitgrad.tensor.ElementType.UINT8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.kernel.LookupGradientKernel;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.ElementType;
import io.github.bitgrad.tensor.PoolingShape;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PackedOperationsTest extends OperationsContract {
    /** Two images of 4x5 pixels with 3 channels, and windows of 2x2: 3x4 outputs of 7 channels, and 2x2 pooled. */
    private static final ConvolutionShape SHAPE = new ConvolutionShape(4, 5, 3, 2, 1, 0, 7);
    private static final PoolingShape POOLING = new PoolingShape(4, 5, 3, 2);
    private static final Shape IMAGES = new Shape(2 * 20, 3);
    private static final Shape IMAGE_BITS = new Shape(2 * 20, 24);
    private static final Shape SUMS = new Shape(2 * 12, 7);
    private static final Shape FILTERS = new Shape(7 * 4, 3);
    private static final Shape POOLED = new Shape(2 * 4, 3);
    private static final Shape ARGMAX = new Shape(2 * 2 * 4, 3);
    private static final Shape TOTALS = new Shape(1, 7);
    private static final Shape SCALE = new Shape(1, 1);

    /** Of more channels than a tile has; its outputs, and those of the other, are 1x2 windows of 2x2 pixels. */
    private static final ConvolutionShape TILES = new ConvolutionShape(4, 5, 21, 2, 1, 0, 7);
    private static final Shape TILES_PIXELS = new Shape(2 * 20, 21);
    private static final Shape TILE = new Shape(2 * 20, 5);
    private static final Shape WINDOWS = new Shape(2 * 2, 7);
    private static final Shape WINDOWS_ARGMAX = new Shape(2 * 2 * 2, 7);
    private static final Shape OTHERS = new Shape(2, 7);

    @Override
    List<Case> cases() {
        Shape index = new Shape(1, LookupGradientKernel.weightIndexBytes(SHAPE));
        Shape packed = new Shape(1, BinaryConvolutionOperations.packedWeightBytes(SHAPE));
        Shape tilesIndex = new Shape(1, LookupGradientKernel.weightIndexBytes(TILES));
        return List.of(
                one("binaryConvolution", List.of(IMAGES, FILTERS, SUMS, TOTALS),
                        b -> BinaryConvolutionOperations.binaryConvolution("op", SHAPE, b[0], b[1], b[2], b[3])),
                one("binaryConvolution", List.of(IMAGES, FILTERS, SUMS),
                        b -> BinaryConvolutionOperations.binaryConvolution("op", SHAPE, b[0], b[1], b[2])),
                one("pixelConvolution", List.of(IMAGES, FILTERS, SUMS),
                        b -> BinaryConvolutionOperations.pixelConvolution("op", SHAPE, b[0], b[1], b[2])),
                one("packWeights", List.of(FILTERS, packed),
                        b -> BinaryConvolutionOperations.packWeights("op", SHAPE, b[0], b[1])),
                one("binaryConvolutionSigns", List.of(IMAGES, packed, TOTALS, SUMS),
                        b -> BinaryConvolutionOperations.binaryConvolutionSigns("op", SHAPE, b[0], b[1], b[2], b[3])),
                adding("pixelConvolutionSigns", List.of(IMAGES, FILTERS, TOTALS, SUMS),
                        (program, b) -> program.train(BinaryConvolutionOperations.pixelConvolutionSigns(program, "op",
                                SHAPE, b[0], b[1], b[2], b[3]))),
                adding("inputGradient", List.of(SUMS, SCALE, index, IMAGES, IMAGES.ofAnyColumns()),
                        (program, b) -> program.train(LookupGradientOperations.inputGradient(program, "op", SHAPE,
                                GradientAtSums.integers(b[0], b[1]), b[2], b[3],
                                ChannelTile.all(b[4])))),
                adding("inputGradient", List.of(WINDOWS, SCALE, WINDOWS_ARGMAX, tilesIndex, TILES_PIXELS,
                        TILE.ofAnyColumns()),
                        (program, b) -> program.train(LookupGradientOperations.inputGradient(program, "op", TILES,
                                new GradientAtSums(b[0], Optional.of(b[1]),
                                        Optional.of(PooledGradient.ofSums(2, b[2]))),
                                b[3], b[4], new ChannelTile(b[5], 16)))),
                adding("inputGradient", List.of(WINDOWS, SCALE, SUMS, OTHERS, tilesIndex, TILES_PIXELS,
                        TILE.ofAnyColumns()),
                        (program, b) -> program.train(LookupGradientOperations.inputGradient(program, "op", TILES,
                                new GradientAtSums(b[0], Optional.of(b[1]),
                                        Optional.of(PooledGradient.ofSigns(2, b[2], b[3]))),
                                b[4], b[5], new ChannelTile(b[6], 16)))),
                adding("weightGradientSigns", List.of(SUMS, IMAGES, FILTERS),
                        (program, b) -> program.train(
                                LookupGradientOperations.weightGradientSigns(program, "op", SHAPE, b[0], b[1], b[2]))),
                adding("weightGradientSigns", List.of(SUMS, IMAGE_BITS, FILTERS),
                        (program, b) -> program.train(
                                LookupGradientOperations.weightGradientSigns(program, "op", SHAPE, b[0], b[1], b[2]))),
                adding("weightGradient", List.of(SUMS, new Shape(1, 1), IMAGES, FILTERS),
                        (program, b) -> program.train(LookupGradientOperations.weightGradient(program, "op", SHAPE,
                                GradientAtSums.integers(b[0], b[1]), b[2], b[3]))),
                one("weightIndex", List.of(FILTERS, index),
                        b -> LookupGradientOperations.weightIndex("op", FLOAT32, SHAPE, b[0], b[1])),
                one("maxPool", List.of(IMAGES, POOLED, ARGMAX),
                        b -> MaxPoolPackedOperations.maxPool("op", POOLING, b[0], b[1], 0, b[2])),
                one("maxPool", List.of(IMAGES, POOLED, new Shape(ARGMAX.rows(), 32 + ARGMAX.columns())),
                        b -> MaxPoolPackedOperations.maxPool("op", POOLING, b[0], b[1], 32, b[2])),
                one("maxPool", List.of(IMAGES, POOLED),
                        b -> MaxPoolPackedOperations.maxPool("op", POOLING, b[0], b[1])),
                one("maxPoolSigns", List.of(IMAGES, IMAGES, POOLED, POOLED),
                        b -> MaxPoolPackedOperations.maxPoolSigns("op", POOLING, b[0], b[1], b[2], b[3])),
                one("maxPoolSigns", List.of(IMAGES, POOLED),
                        b -> MaxPoolPackedOperations.maxPoolSigns("op", POOLING, b[0], b[1])),
                one("flattenBits", List.of(IMAGES, new Shape(2, 60)),
                        b -> RegroupOperations.flattenBits("op", b[0], b[1])),
                one("joinBits", List.of(IMAGES, new Shape(IMAGES.rows(), 70).ofAnyColumns()),
                        b -> RegroupOperations.joinBits("op", b[0], b[1], 67)),
                one("bytesToBits", List.of(IMAGES, IMAGE_BITS), b -> RegroupOperations.bytesToBits("op", b[0], b[1])));
    }

    @Override
    Set<String> methods() {
        Set<String> methods = publicMethods(BinaryConvolutionOperations.class, LookupGradientOperations.class,
                MaxPoolPackedOperations.class, RegroupOperations.class);
        methods.removeAll(Set.of("index", "packedWeightBytes")); // make none
        return methods;
    }

    /** 2 pixels of 40 channels take 2 words, and so do 80 columns, but they begin elsewhere. */
    @Test
    void bitsWithPaddingBetweenThemAreNoLongerRow() {
        assertThatThrownBy(() -> dense(80, new Shape(3 * 2, 40))).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("op: x bool[6, 40] should have the shape [3, 80].");
        assertThat(dense(80, new Shape(3, 80)).uses()).hasSize(3);
        assertThat(dense(128, new Shape(3 * 2, 64)).uses()).hasSize(3);
    }

    @Test
    void channelsThatAreNoTileAreRefused() {
        for (long first : new long[] {-16, 8, 15, 17, 32}) {
            assertThatThrownBy(() -> tile(first, 5)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "op: channels [%s, %s) are no tile of 21, whose tiles begin and end at multiples of 16.",
                            first, first + 5);
        }
        assertThatThrownBy(() -> tile(0, 5)).hasMessageStartingWith("op: channels [0, 5) are no tile of 21");
        assertThat(tile(0, 16).uses()).isNotEmpty();
        assertThat(tile(0, 21).uses()).isNotEmpty();
        assertThat(tile(16, 5).uses()).isNotEmpty();
    }

    private static Operation tile(long first, long channels) {
        return LookupGradientOperations.inputGradient(new Program(), "op", TILES,
                GradientAtSums.real(buffer("dy", FLOAT32, SUMS)),
                buffer("index", UINT8, new Shape(1, LookupGradientKernel.weightIndexBytes(TILES))),
                buffer("mask", BITS, TILES_PIXELS),
                new ChannelTile(buffer("dx", FLOAT32, new Shape(2 * 20, channels)), first));
    }

    /** Three rows into a layer of one unit. */
    private static Operation dense(long fanIn, Shape input) {
        return BinaryConvolutionOperations.binaryConvolution("op",
                new ConvolutionShape(1, 1, fanIn, 1, 1, 0, 1),
                buffer("x", BITS, input), buffer("weights", BITS, new Shape(1, fanIn)),
                buffer("y", INT16, new Shape(3, 1)));
    }

    private static Buffer buffer(String name, ElementType type, Shape shape) {
        return new Buffer(name, Variable.OTHER, type, shape.rows(), shape.columns(), Buffer.Life.STEP);
    }
}
