package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static io.github.bitgrad.tensor.ElementType.INT32;
import static io.github.bitgrad.tensor.ElementType.INT64;
import static io.github.bitgrad.tensor.ElementType.UINT8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@link BinaryConvolutionKernel}, {@link PixelConvolutionKernel} and {@link SignThresholdKernel}. */
class ForwardConvolutionKernelsTest extends KernelContract {
    /** So many images of 2x2 pixels, in and out, of 3x3 taps. */
    private static final ConvolutionShape SHAPE = new ConvolutionShape(2, 2, 5, 3, 1, 1, 6);
    private static final long IMAGES = 2;
    private static final long PIXELS = 8;
    private static final Operand WEIGHTS = matrix("weights", BITS, 6 * 9, 5);
    private static final Operand PACKED =
            matrix("packed", UINT8, 1, BinaryConvolutionKernel.packedWeightBytes(SHAPE));
    private static final Operand THRESHOLDS = matrix("thresholds", INT32, 1, 6);
    private static final Operand SIGNS = matrix("signs", BITS, PIXELS, 6);

    /** A layer of 3 inputs and 2 units, whose every sum can be told by heart. */
    private static final ConvolutionShape DENSE = new ConvolutionShape(1, 1, 3, 1, 1, 0, 2);

    private static final List<Call> CALLS = List.of(
            bound("binary_convolution", 6,
                    (arena, m) -> BinaryConvolutionKernel.convolution(arena, SHAPE, IMAGES, m[0], m[1], m[2],
                            m[3])::run,
                    matrix("x", BITS, PIXELS, 5), WEIGHTS, matrix("y", INT16, PIXELS, 6), matrix("sums", INT64, 1, 6)),
            bound("binary_convolution", 6,
                    (arena, m) -> BinaryConvolutionKernel.convolution(arena, SHAPE, IMAGES, m[0], m[1], m[2])::run,
                    matrix("x", BITS, PIXELS, 5), WEIGHTS, matrix("y", INT16, PIXELS, 6)),
            pixelConvolution(INT16), pixelConvolution(FLOAT32),
            bound("pack_weights", Call.NO_RANGE, (arena, m) -> {
                WholeCall call = BinaryConvolutionKernel.packWeights(arena, SHAPE, m[0], m[1]);
                return (_, _) -> call.run();
            }, WEIGHTS, PACKED),
            bound("binary_convolution_signs", IMAGES,
                    (arena, m) -> BinaryConvolutionKernel.signs(arena, SHAPE, IMAGES, m[0], m[1], m[2], m[3])::run,
                    matrix("x", BITS, PIXELS, 5), PACKED, THRESHOLDS, SIGNS),
            bound("pixel_convolution_signs", IMAGES,
                    (arena, m) -> PixelConvolutionKernel.signs(arena, SHAPE, IMAGES, m[0], m[1], m[2], m[3],
                            arena.allocate(PixelConvolutionKernel.signsScratchBytes(SHAPE, IMAGES), 64))::run,
                    matrix("pixels", UINT8, PIXELS, 5), WEIGHTS, THRESHOLDS, SIGNS),
            bound("sign_thresholds", 6,
                    (_, m) -> SignThresholdKernel.thresholds(new Normalisation(m[0], m[1], m[2]), m[3])::run,
                    matrix("mean", FLOAT32, 1, 6), matrix("deviation", FLOAT32, 1, 6), matrix("beta", FLOAT32, 1, 6),
                    THRESHOLDS));

    private static Call pixelConvolution(ElementType type) {
        return bound("pixel_convolution", IMAGES,
                (arena, m) -> PixelConvolutionKernel.convolution(arena, SHAPE, IMAGES, m[0], m[1], m[2])::run,
                matrix("pixels", UINT8, PIXELS, 5), WEIGHTS, matrix("y", type, PIXELS, 6));
    }

    @Override
    List<Call> calls() {
        return CALLS;
    }

    @Override
    Set<String> operations() {
        return Set.of("binary_convolution", "pixel_convolution", "pack_weights", "binary_convolution_signs",
                "pixel_convolution_signs", "sign_thresholds");
    }

    private static Matrix bits(Arena arena, long columns, long... rows) {
        return new Matrix(BITS, rows.length, columns, arena.allocateFrom(ValueLayout.JAVA_LONG, rows));
    }

    @Test
    void aFanInWhoseSumsDoNotFitIsRefused() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix y = new Matrix(INT16, 1, 1, arena.allocate(2, 64));
            Matrix row = new Matrix(BITS, 1, 32767, arena.allocate(32768 / 8, 64));
            ConvolutionShape most = new ConvolutionShape(1, 1, 32767, 1, 1, 0, 1);
            BinaryConvolutionKernel.convolution(arena, most, 1, row, row, y).run(0, 1);
            assertThat(y.segment().get(ValueLayout.JAVA_SHORT, 0)).isEqualTo((short) 32767);
            Matrix longer = new Matrix(BITS, 1, 32768, row.segment());
            ConvolutionShape more = new ConvolutionShape(1, 1, 32768, 1, 1, 0, 1);
            assertRefused(() -> BinaryConvolutionKernel.convolution(arena, more, 1, longer, longer, y),
                    "binary_convolution refused its arguments: a size was zero, negative or beyond its limit.");
        }
    }

    @Test
    void aTypeThatTheKernelDoesNotTakeIsRefused() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix pixels = new Matrix(UINT8, PIXELS, 5, arena.allocate(64, 64));
            Matrix weights = new Matrix(BITS, 6 * 9, 5, arena.allocate(512, 64));
            Matrix y = new Matrix(FLOAT16, PIXELS, 6, arena.allocate(128, 64));
            assertRefused(() -> PixelConvolutionKernel.convolution(arena, SHAPE, IMAGES, pixels, weights, y),
                    "pixel_convolution refused its arguments: an operand had an element type that it cannot have.");
        }
    }

    /** Three inputs (+, −, +), and units (+, −, +) and (−, +, −). */
    @Test
    void binaryConvolutionMultipliesSigns() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix y = new Matrix(INT16, 1, 2, arena.allocate(4, 64));
            Matrix sums = new Matrix(INT64, 1, 2, arena.allocate(16, 64));
            BinaryConvolutionKernel.convolution(arena, DENSE, 1, bits(arena, 3, 0b101), bits(arena, 3, 0b101, 0b010),
                    y, sums).run(0, 2);
            assertThat(y.segment().toArray(ValueLayout.JAVA_SHORT)).containsExactly(3, -3);
            assertThat(sums.segment().toArray(ValueLayout.JAVA_LONG)).containsExactly(3, -3);
        }
    }

    /** A series (+, −, −, +) seen by taps (+, +, −) that move by two, from one before the first. */
    @Test
    void kernelsStridesAndPaddingDifferByAxis() {
        ConvolutionShape series = new ConvolutionShape(1, 4, 1, 1, 3, 1, 2, 0, 1, 1);
        try (Arena arena = Arena.ofConfined()) {
            Matrix y = new Matrix(INT16, 2, 1, arena.allocate(4, 64));
            BinaryConvolutionKernel.convolution(arena, series, 1, bits(arena, 1, 1, 0, 0, 1), bits(arena, 1, 1, 1, 0),
                    y).run(0, 1);
            assertThat(y.segment().toArray(ValueLayout.JAVA_SHORT)).containsExactly(2, -3);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INT16", "FLOAT32"})
    void pixelConvolutionIsIn255ths(ElementType type) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix pixels = new Matrix(UINT8, 1, 3,
                    arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 255, (byte) 0, (byte) 100));
            Matrix y = new Matrix(type, 1, 2, arena.allocate(8, 64));
            PixelConvolutionKernel.convolution(arena, DENSE, 1, pixels, bits(arena, 3, 0b001, 0b110), y).run(0, 1);
            if (type == INT16) { // 255, −255 and −55
                assertThat(y.segment().asSlice(0, 4).toArray(ValueLayout.JAVA_SHORT)).containsExactly(565, -565);
            } else {
                assertThat(y.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(565, -565);
            }
        }
    }
}
