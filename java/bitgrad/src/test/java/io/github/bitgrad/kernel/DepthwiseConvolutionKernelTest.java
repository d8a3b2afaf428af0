package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.kernel.DepthwiseConvolutionKernel.Part;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DepthwiseConvolutionKernelTest extends KernelContract {
    private static final long IMAGES = 2;
    private static final ConvolutionShape SHAPE = new ConvolutionShape(4, 5, 35, 3, 2, 2, 1, 1, 0, 35);
    /** The last three channels. */
    private static final Part PART = new Part(SHAPE, IMAGES, 32);
    private static final long TILE = 3;
    private static final long PIXELS = IMAGES * SHAPE.pixels();

    private static final List<Call> CALLS = List.of(forward(INT16), forward(FLOAT32), weightSums(FLOAT32),
            weightSums(FLOAT16),
            bound("depthwise_input_gradient", IMAGES,
                    (arena, m) -> DepthwiseConvolutionKernel.inputGradient(arena, PART, m[0], m[1],
                            Optional.of(m[2]), m[3])::run,
                    outputs("dy", FLOAT16), weights(), matrix("mask", BITS, PIXELS, SHAPE.channels()),
                    matrix("dx", FLOAT16, PIXELS, TILE)),
            bound("depthwise_input_gradient", IMAGES,
                    (arena, m) -> DepthwiseConvolutionKernel.inputGradient(arena, PART, m[0], m[1], Optional.empty(),
                            m[2])::run,
                    outputs("dy", FLOAT32), weights(), matrix("dx", FLOAT32, PIXELS, TILE)),
            bound("depthwise_weight_gradient", SHAPE.taps(),
                    (arena, m) -> DepthwiseConvolutionKernel.weightGradient(arena, m[0], 32, m[1])::run,
                    matrix("sums", FLOAT32, 2 * SHAPE.taps(), TILE),
                    matrix("dw", FLOAT32, SHAPE.taps(), SHAPE.channels())));

    private static Operand outputs(String name, ElementType type) {
        return matrix(name, type, IMAGES * SHAPE.outPixels(), TILE);
    }

    private static Operand weights() {
        return matrix("weights", BITS, SHAPE.taps(), SHAPE.channels());
    }

    private static Operand inputs() {
        return matrix("x", BITS, PIXELS, SHAPE.channels());
    }

    private static Call forward(ElementType type) {
        return bound("depthwise_convolution", IMAGES,
                (arena, m) -> DepthwiseConvolutionKernel.forward(arena, PART, m[0], m[1], m[2])::run,
                inputs(), weights(), outputs("y", type));
    }

    private static Call weightSums(ElementType type) {
        return bound("depthwise_weight_sums", 1,
                (arena, m) -> DepthwiseConvolutionKernel.weightSums(arena, PART, m[0], m[1], m[2])::run,
                inputs(), outputs("dy", type), matrix("sums", FLOAT32, SHAPE.taps(), TILE));
    }

    @Override
    List<Call> calls() {
        return CALLS;
    }

    @Override
    Set<String> operations() {
        return Set.of("depthwise_convolution", "depthwise_input_gradient", "depthwise_weight_sums",
                "depthwise_weight_gradient");
    }

    private static Matrix bits(Arena arena, long... rows) {
        return new Matrix(BITS, rows.length, 2, arena.allocateFrom(ValueLayout.JAVA_LONG, rows));
    }

    private static Matrix floats(Arena arena, long rows, float... values) {
        return new Matrix(FLOAT32, rows, values.length / rows, arena.allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }

    /** One image of two pixels, of two channels, and a kernel of two taps in a border of zeros. */
    @Test
    void eachChannelHasAKernelOfItsOwn() {
        Part part = new Part(new ConvolutionShape(1, 2, 2, 1, 2, 1, 1, 0, 1, 2), 1, 0);
        try (Arena arena = Arena.ofConfined()) {
            Matrix x = bits(arena, 0b01, 0b11); // pixels (1, -1) and (1, 1)
            Matrix weights = bits(arena, 0b10, 0b11); // taps (-1, 1) and (1, 1)
            Matrix y = floats(arena, 3, new float[6]);
            DepthwiseConvolutionKernel.forward(arena, part, x, weights, y).run(0, 1);
            assertThat(y.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(1, -1, 0, 0, -1, 1);
            Matrix dy = floats(arena, 3, 1, 10, 2, 20, 4, 40);
            Matrix sums = floats(arena, 2, new float[4]);
            Matrix dw = floats(arena, 2, new float[4]);
            DepthwiseConvolutionKernel.weightSums(arena, part, x, dy, sums).run(0, 1);
            DepthwiseConvolutionKernel.weightGradient(arena, sums, 0, dw).run(0, 2);
            assertThat(dw.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(6, 20, 3, 10);
            Matrix dx = floats(arena, 2, new float[4]);
            DepthwiseConvolutionKernel.inputGradient(arena, part, dy, weights, Optional.of(bits(arena, 0b01, 0b11)),
                    dx).run(0, 1);
            assertThat(dx.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(-1, 0, -2, 60);
        }
    }
}
