package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.UINT8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RealConvolutionKernelTest extends KernelContract {
    private static final long IMAGES = 2;
    private static final ConvolutionShape SHAPE = new ConvolutionShape(4, 5, 3, 3, 2, 2, 1, 1, 0, 6);
    private static final long PIXELS = IMAGES * SHAPE.pixels();
    private static final long OUT_PIXELS = IMAGES * SHAPE.outPixels();

    private static final List<Call> CALLS = List.of(forward(FLOAT32), forward(UINT8), weightGradient(FLOAT32),
            weightGradient(UINT8),
            bound("real_input_gradient", IMAGES,
                    (arena, m) -> RealConvolutionKernel.inputGradient(arena, SHAPE, IMAGES, m[0], m[1], m[2])::run,
                    sums("dy"), weights("weights"), matrix("dx", FLOAT32, PIXELS, SHAPE.channels())));

    private static Operand sums(String name) {
        return matrix(name, FLOAT32, OUT_PIXELS, SHAPE.outChannels());
    }

    private static Operand weights(String name) {
        return matrix(name, FLOAT32, SHAPE.outChannels(), SHAPE.fanIn());
    }

    private static MemorySegment scratch(Arena arena) {
        return arena.allocate(RealConvolutionKernel.scratchBytes(SHAPE), 64);
    }

    private static Call forward(ElementType type) {
        return bound("real_convolution", IMAGES,
                (arena, m) -> RealConvolutionKernel.forward(arena, SHAPE, IMAGES, m[0], m[1], m[2],
                        scratch(arena))::run,
                matrix("x", type, PIXELS, SHAPE.channels()), weights("weights"), sums("y"));
    }

    private static Call weightGradient(ElementType type) {
        return bound("real_weight_gradient", SHAPE.outChannels(),
                (arena, m) -> RealConvolutionKernel.weightGradient(arena, SHAPE, IMAGES,
                        new RealConvolutionKernel.WeightGradient(m[0], m[1], m[2], false), scratch(arena))::run,
                matrix("x", type, PIXELS, SHAPE.channels()), sums("dy"), weights("dw"));
    }

    @Override
    List<Call> calls() {
        return CALLS;
    }

    @Override
    Set<String> operations() {
        return Set.of("real_convolution", "real_weight_gradient", "real_input_gradient");
    }

    private static Matrix floats(Arena arena, long rows, float... values) {
        return new Matrix(FLOAT32, rows, values.length / rows, arena.allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }

    /** One image of two pixels, of one channel, and a kernel of two taps in a border of zeros: sums of x · w. */
    @Test
    void sumsAreOfTapsTimesWeights() {
        ConvolutionShape shape = new ConvolutionShape(1, 2, 1, 1, 2, 1, 1, 0, 1, 1);
        try (Arena arena = Arena.ofConfined()) {
            Matrix x = floats(arena, 2, 2, 3);
            Matrix weights = floats(arena, 1, 10, 100);
            Matrix y = floats(arena, 3, new float[3]);
            MemorySegment scratch = arena.allocate(RealConvolutionKernel.scratchBytes(shape), 64);
            RealConvolutionKernel.forward(arena, shape, 1, x, weights, y, scratch).run(0, 1);
            assertThat(y.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(200, 320, 30);
            Matrix dw = floats(arena, 1, new float[2]);
            Matrix dy = floats(arena, 3, 1, 2, 4);
            RealConvolutionKernel.weightGradient(arena, shape, 1,
                    new RealConvolutionKernel.WeightGradient(x, dy, dw, false), scratch).run(0, 1);
            assertThat(dw.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(16, 8);
            RealConvolutionKernel.weightGradient(arena, shape, 1,
                    new RealConvolutionKernel.WeightGradient(x, dy, dw, true), scratch).run(0, 1);
            assertThat(dw.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(32, 16);
            Matrix dx = floats(arena, 2, new float[2]);
            RealConvolutionKernel.inputGradient(arena, shape, 1, dy, weights, dx).run(0, 1);
            assertThat(dx.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(120, 240);
        }
    }

    @Test
    void scratchThatIsTooSmallIsRefused() {
        try (Arena arena = Arena.ofConfined()) {
            long bytes = RealConvolutionKernel.scratchBytes(SHAPE);
            Matrix x = new Matrix(UINT8, PIXELS, 3, arena.allocate(PIXELS * 3, 64));
            Matrix weights = floats(arena, 6, new float[6 * 18]);
            Matrix y = floats(arena, OUT_PIXELS, new float[(int) OUT_PIXELS * 6]);
            assertRefused(() -> RealConvolutionKernel.forward(arena, SHAPE, IMAGES, x, weights, y,
                    arena.allocate(bytes - 64, 64)),
                    "real_convolution: scratch has %s bytes, but the kernel needs %s.", bytes - 64, bytes);
        }
    }
}
