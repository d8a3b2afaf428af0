package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.tensor.ConvolutionShape;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class Im2colKernelTest extends KernelContract {
    /** Images of 2x3 pixels of two channels; two of them have twelve output pixels, of 3x3 taps. */
    private static final ConvolutionShape SHAPE = new ConvolutionShape(2, 3, 2, 3, 1, 1, 4);
    private static final long IMAGES = 2;
    private static final long OUTPUTS = 12;
    private static final Operand IMAGE_PIXELS = matrix("x", FLOAT32, OUTPUTS, 2);
    private static final Operand COLUMNS = matrix("columns", FLOAT32, OUTPUTS, 18);

    private static final List<Call> CALLS = List.of(
            bound("im2col", OUTPUTS, (arena, m) -> Im2colKernel.im2col(arena, SHAPE, IMAGES, m[0], m[1], 0)::run,
                    IMAGE_PIXELS, COLUMNS),
            bound("im2col_signs", OUTPUTS,
                    (arena, m) -> Im2colKernel.im2colSigns(arena, SHAPE, IMAGES, m[0], m[1], 0)::run, IMAGE_PIXELS,
                    COLUMNS),
            bound("col2im", OUTPUTS, (arena, m) -> Im2colKernel.col2im(arena, SHAPE, IMAGES, m[0], m[1])::run, COLUMNS,
                    matrix("dx", FLOAT32, OUTPUTS, 2)));

    @Override
    List<Call> calls() {
        return CALLS;
    }

    @Override
    Set<String> operations() {
        return Set.of("im2col", "im2col_signs", "col2im");
    }

    /** A series of four values with windows of 1x3 that move by two, from one before the first. */
    @Test
    void kernelsStridesAndPaddingDifferByAxis() {
        ConvolutionShape series = new ConvolutionShape(1, 4, 1, 1, 3, 1, 2, 0, 1, 1);
        try (Arena arena = Arena.ofConfined()) {
            Matrix x = new Matrix(FLOAT32, 4, 1, arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, -3, 4));
            Matrix columns = new Matrix(FLOAT32, 2, 3, arena.allocate(24, 64));
            Im2colKernel.im2col(arena, series, 1, x, columns, 0).run(0, 2);
            assertThat(columns.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(0, 1, 2, 2, -3, 4);
            Im2colKernel.im2colSigns(arena, series, 1, x, columns, 0).run(0, 2);
            assertThat(columns.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(0, 1, 1, 1, -1, 1);
            Im2colKernel.col2im(arena, series, 1, columns, x).run(0, 2);
            assertThat(x.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(1, 2, -1, 1);
        }
    }

    @Test
    void aRangeOfMoreRowsThanThereIsMemoryForIsRefused() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix x = new Matrix(FLOAT32, OUTPUTS, 2, arena.allocate(96, 64));
            Matrix columns = new Matrix(FLOAT32, 2, 5, arena.allocate(40, 64));
            RangeCall call = Im2colKernel.im2col(arena, SHAPE, IMAGES, x, columns, 13);
            call.run(10, 12);
            assertRefused(() -> call.run(9, 12), "im2col refused its arguments: a range began below zero, or ended "
                    + "before its begin or after the last.");
            assertRefused(() -> Im2colKernel.im2col(arena, SHAPE, IMAGES, x, columns, 14),
                    "im2col refused its arguments: a range began below zero, or ended before its begin or after the last.");
        }
    }
}
