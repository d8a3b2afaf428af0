package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static io.github.bitgrad.tensor.ElementType.INT8;
import static io.github.bitgrad.tensor.ElementType.UINT8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.kernel.LookupGradientKernel.InputGradientOperands;
import io.github.bitgrad.kernel.LookupGradientKernel.WeightGradientOperands;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LookupGradientKernelTest extends KernelContract {
    /** So many images of 2x2 pixels, in and out, of 3x3 taps. */
    private static final ConvolutionShape SHAPE = new ConvolutionShape(2, 2, 5, 3, 1, 1, 6);
    private static final long IMAGES = 2;
    private static final long PIXELS = 8;
    private static final long FILTERS = 6 * 9;

    /** A layer of 3 inputs and 2 units, whose every sum can be told by heart. */
    private static final ConvolutionShape DENSE = new ConvolutionShape(1, 1, 3, 1, 1, 0, 2);

    /** Of more channels than a tile has, which see pixels in their own place; in windows of 2x2 as all of an image. */
    private static final ConvolutionShape TILES = new ConvolutionShape(2, 2, 21, 1, 1, 0, 6);

    private static final MemorySegment SCRATCH = Arena.global().allocate(1 << 20, 64);

    private static final Operand SCALE = matrix("scale", FLOAT32, 1, 1);
    private static final Operand INDEX =
            matrix("index", UINT8, 1, LookupGradientKernel.weightIndexBytes(SHAPE));
    private static final Operand TILES_INDEX =
            matrix("index", UINT8, 1, LookupGradientKernel.weightIndexBytes(TILES));
    private static final Operand MASK = matrix("mask", BITS, PIXELS, 5);
    private static final Operand TILES_MASK = matrix("mask", BITS, PIXELS, 21);
    private static final Operand X = matrix("x", BITS, PIXELS, 5);
    /** [windows, output channels]. */
    private static final Operand POOLED = matrix("dy", INT8, IMAGES, 6);
    private static final Operand ARGMAX = matrix("argmax", BITS, 2 * IMAGES, 6);
    private static final Operand SIGNS = matrix("signs", BITS, PIXELS, 6);
    private static final Operand UNSELECTED = matrix("unselected", INT8, 2, 6);

    private static final List<Call> CALLS = List.of(weightIndex(FLOAT32), weightIndex(INT16), weightIndex(INT8),
            inputGradient(FLOAT32, FLOAT32), inputGradient(FLOAT16, FLOAT16), inputGradientOfIntegers(INT16, FLOAT32),
            inputGradientOfIntegers(INT8, FLOAT16),
            bound("input_gradient", IMAGES, (arena, m) -> LookupGradientKernel.inputGradient(arena, TILES,
                    new InputGradientOperands(IMAGES, new Gradient(m[0], m[1], new Gradient.OfSums(2, 2, m[2])), m[3],
                            m[4]),
                    m[5], 16, SCRATCH)::run, POOLED, SCALE, ARGMAX, TILES_INDEX, TILES_MASK,
                    matrix("dx", FLOAT32, PIXELS, 5)),
            bound("input_gradient", IMAGES, (arena, m) -> LookupGradientKernel.inputGradient(arena, TILES,
                    new InputGradientOperands(IMAGES,
                            new Gradient(m[0], m[1], new Gradient.OfSigns(2, 2, m[2], m[3])), m[4], m[5]),
                    m[6], 0, SCRATCH)::run, POOLED, SCALE, SIGNS, UNSELECTED, TILES_INDEX, TILES_MASK,
                    matrix("dx", FLOAT16, PIXELS, 16)),
            weightGradient(FLOAT32, 1, BITS), weightGradient(FLOAT16, 8, FLOAT32), weightGradient(INT16, 1, BITS),
            weightGradient(INT8, 8, BITS),
            bound("weight_gradient", 6, (arena, m) -> LookupGradientKernel.weightGradient(arena, SHAPE,
                    new WeightGradientOperands(IMAGES, new Gradient(m[0], m[1], new Gradient.OfSums(2, 2, m[2])), m[3],
                            1),
                    m[4], SCRATCH)::run, POOLED, SCALE, ARGMAX, X, matrix("gradient", FLOAT32, FILTERS, 5)),
            bound("weight_gradient", 6, (arena, m) -> LookupGradientKernel.weightGradient(arena, SHAPE,
                    new WeightGradientOperands(IMAGES,
                            new Gradient(m[0], m[1], new Gradient.OfSigns(2, 2, m[2], m[3])), m[4], 1),
                    m[5], SCRATCH)::run, POOLED, SCALE, SIGNS, UNSELECTED, X,
                    matrix("gradient", FLOAT32, FILTERS, 5)));

    private static Operand output(ElementType type) {
        return matrix("dy", type, PIXELS, 6);
    }

    private static Call weightIndex(ElementType type) {
        return bound("weight_index", 1,
                (arena, m) -> LookupGradientKernel.weightIndex(arena, SHAPE, type, m[0], m[1])::run,
                matrix("weights", BITS, FILTERS, 5), INDEX);
    }

    private static Call inputGradient(ElementType type, ElementType result) {
        return bound("input_gradient", IMAGES,
                (arena, m) -> LookupGradientKernel.inputGradient(arena, SHAPE,
                        new InputGradientOperands(IMAGES, new Gradient(m[0]), m[1], m[2]), m[3], 0, SCRATCH)::run,
                output(type), INDEX, MASK, matrix("dx", result, PIXELS, 5));
    }

    private static Call inputGradientOfIntegers(ElementType type, ElementType result) {
        return bound("input_gradient", IMAGES,
                (arena, m) -> LookupGradientKernel.inputGradient(arena, SHAPE,
                        new InputGradientOperands(IMAGES, new Gradient(m[0], m[1]), m[2], m[3]), m[4], 0, SCRATCH)::run,
                output(type), SCALE, INDEX, MASK, matrix("dx", result, PIXELS, 5));
    }

    private static Call weightGradient(ElementType type, int inputBits, ElementType result) {
        return bound("weight_gradient", 6,
                (arena, m) -> LookupGradientKernel.weightGradient(arena, SHAPE,
                        new WeightGradientOperands(IMAGES, new Gradient(m[0]), m[1], inputBits), m[2], SCRATCH)::run,
                output(type), matrix("x", BITS, PIXELS, 5L * inputBits), matrix("gradient", result, FILTERS, 5));
    }

    @Override
    List<Call> calls() {
        return CALLS;
    }

    @Override
    Set<String> operations() {
        return Set.of("weight_index", "input_gradient", "weight_gradient");
    }

    private static Matrix some(Arena arena, ElementType type, long rows, long columns) {
        return new Matrix(type, rows, columns, arena.allocate(type.bytes(rows, columns), 64));
    }

    private static Matrix bits(Arena arena, long columns, long... rows) {
        return new Matrix(BITS, rows.length, columns, arena.allocateFrom(ValueLayout.JAVA_LONG, rows));
    }

    /** A good input gradient but for what it is given. */
    private static RangeCall inputGradient(Arena arena, Matrix dx, Matrix index, MemorySegment scratch) {
        Gradient dy = new Gradient(some(arena, INT8, PIXELS, 6), some(arena, FLOAT32, 1, 1));
        return LookupGradientKernel.inputGradient(arena, SHAPE,
                new InputGradientOperands(IMAGES, dy, index, some(arena, BITS, PIXELS, 5)), dx, 0, scratch);
    }

    /** A good weight gradient but for what it is given. */
    private static RangeCall weightGradient(Arena arena, Gradient dy, MemorySegment scratch) {
        return LookupGradientKernel.weightGradient(arena, SHAPE,
                new WeightGradientOperands(IMAGES, dy, some(arena, BITS, PIXELS, 5), 1),
                some(arena, BITS, FILTERS, 5), scratch);
    }

    private static Matrix index(Arena arena) {
        return some(arena, UINT8, 1, LookupGradientKernel.weightIndexBytes(SHAPE));
    }

    private interface WithScratch {
        RangeCall of(MemorySegment scratch);
    }

    @Test
    void scratchThatIsNoneIsRefused() {
        long[] bytes = {LookupGradientKernel.inputGradientScratchBytes(INT8, SHAPE),
            LookupGradientKernel.weightGradientScratchBytes(INT8, SHAPE, 1, IMAGES)};
        String[] operations = {"input_gradient", "weight_gradient"};
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment scratch = arena.allocate(1 << 20, 64);
            List<WithScratch> calls = List.of(
                    memory -> inputGradient(arena, some(arena, FLOAT32, PIXELS, 5), index(arena), memory),
                    memory -> weightGradient(arena, new Gradient(some(arena, INT8, PIXELS, 6)), memory));
            for (int i = 0; i < calls.size(); i++) {
                WithScratch call = calls.get(i);
                MemorySegment whole = scratch.asSlice(0, bytes[i]);
                call.of(whole).run(0, 1);
                assertRefused(() -> call.of(whole.asSlice(0, whole.byteSize() - 1)),
                        "%s refused its arguments: a size was zero, negative or beyond its limit.", operations[i]);
                assertRefused(() -> call.of(scratch.asSlice(32)),
                        "%s refused its arguments: an operand was not aligned to its element type.", operations[i]);
                assertRefused(() -> call.of(whole.asReadOnly()),
                        "%s: scratch is read-only, but the kernel writes to it; pass memory of your own.",
                        operations[i]);
                assertRefused(() -> call.of(MemorySegment.ofArray(new long[1 << 17])),
                        "%s: scratch is on the Java heap, but kernels work on native memory; allocate it from an Arena.",
                        operations[i]);
            }
        }
    }

    /** Kernels read it by vectors, whatever the type of its bytes. */
    @Test
    void anIndexThatIsNotAlignedIsRefused() {
        try (Arena arena = Arena.ofConfined()) {
            long bytes = LookupGradientKernel.weightIndexBytes(SHAPE);
            Matrix index = new Matrix(UINT8, 1, bytes, arena.allocate(bytes + 32, 64).asSlice(32));
            assertRefused(
                    () -> LookupGradientKernel.weightIndex(arena, SHAPE, INT8, some(arena, BITS, FILTERS, 5), index),
                    "weight_index refused its arguments: an operand was not aligned to its element type.");
            assertRefused(() -> inputGradient(arena, some(arena, FLOAT32, PIXELS, 5), index, SCRATCH),
                    "input_gradient refused its arguments: an operand was not aligned to its element type.");
        }
    }

    @Test
    void sizesAreThoseThatTheHeaderStates() {
        assertThat(LookupGradientKernel.weightIndexBytes(SHAPE)).isEqualTo(9 * 256);
        assertThat(LookupGradientKernel.weightIndexBytes(new ConvolutionShape(8, 8, 65, 2, 1, 0, 33)))
                .isEqualTo(4 * 3 * 2 * 256);
        assertThat(LookupGradientKernel.weightIndexBytes(new ConvolutionShape(1, 8, 65, 1, 5, 1, 2, 0, 2, 33)))
                .isEqualTo(5 * 3 * 2 * 256);
        ConvolutionShape large = new ConvolutionShape(32, 32, 128, 3, 1, 1, 128);
        assertThat(LookupGradientKernel.inputGradientScratchBytes(INT8, large)).isBetween(3 * 36 * 64 * 8L, 1L << 17);
        assertThat(LookupGradientKernel.inputGradientScratchBytes(FLOAT16, large))
                .isBetween(3 * 36 * 256 * 8L, 1L << 19);
        assertThat(LookupGradientKernel.weightGradientScratchBytes(INT8, large, 1, 100))
                .isBetween(1L << 14, 1L << 20);
        assertThat(LookupGradientKernel.weightGradientScratchBytes(INT8, large, 1, 4))
                .isLessThanOrEqualTo(LookupGradientKernel.weightGradientScratchBytes(INT8, large, 1, 100));
    }

    @Test
    void aTypeThatTheKernelDoesNotTakeIsRefused() {
        String refusal = "%s refused its arguments: an operand had an element type that it cannot have.";
        try (Arena arena = Arena.ofConfined()) {
            assertRefused(() -> LookupGradientKernel.weightIndex(arena, SHAPE, BITS, some(arena, BITS, FILTERS, 5),
                    index(arena)), refusal, "weight_index");
            assertRefused(() -> inputGradient(arena, some(arena, INT8, PIXELS, 5), index(arena), SCRATCH), refusal,
                    "input_gradient");
            Gradient pooled = new Gradient(some(arena, INT16, IMAGES, 6), some(arena, FLOAT32, 1, 1),
                    new Gradient.OfSums(2, 2, some(arena, BITS, 2 * IMAGES, 6)));
            assertRefused(() -> weightGradient(arena, pooled, SCRATCH), refusal, "weight_gradient");
        }
    }

    /** A range of two output channels, where there is memory for one. */
    @Test
    void aRangeThatTheGradientHasNoRoomForIsRefused() {
        try (Arena arena = Arena.ofConfined()) {
            RangeCall call = LookupGradientKernel.weightGradient(arena, SHAPE,
                    new WeightGradientOperands(IMAGES, new Gradient(some(arena, FLOAT32, PIXELS, 6)),
                            some(arena, BITS, PIXELS, 5), 1),
                    some(arena, BITS, 9, 5), SCRATCH);
            call.run(5, 6);
            assertRefused(() -> call.run(4, 6), "weight_gradient refused its arguments: a range began below zero, or "
                    + "ended before its begin or after the last.");
        }
    }

    /** dy (2, 5) times units (+, −, +) and (+, +, −) is (7, 3, −3), in halves; the first input is masked. */
    @Test
    void inputGradientMultipliesByWeights() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix index = some(arena, UINT8, 1, LookupGradientKernel.weightIndexBytes(DENSE));
            LookupGradientKernel.weightIndex(arena, DENSE, INT8, bits(arena, 3, 0b101, 0b011), index).run(0, 1);
            Matrix dy = new Matrix(INT8, 1, 2, arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 2, (byte) 5));
            Matrix scale = new Matrix(FLOAT32, 1, 1, arena.allocateFrom(ValueLayout.JAVA_FLOAT, 0.5f));
            Matrix dx = some(arena, FLOAT32, 1, 3);
            LookupGradientKernel.inputGradient(arena, DENSE,
                    new InputGradientOperands(1, new Gradient(dy, scale), index, bits(arena, 3, 0b110)), dx, 0,
                    SCRATCH).run(0, 1);
            assertThat(dx.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(0, 1.5f, -1.5f);
        }
    }

    /** Units' gradients (1, −3) and (2, 1) times inputs (+, −, +) and (+, +, −). */
    @Test
    void weightGradientSumsOverImages() {
        try (Arena arena = Arena.ofConfined()) {
            Gradient dy = new Gradient(
                    new Matrix(FLOAT32, 2, 2, arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, -3, 2, 1)));
            WeightGradientOperands inputs = new WeightGradientOperands(2, dy, bits(arena, 3, 0b101, 0b011), 1);
            Matrix signs = bits(arena, 3, 0, 0);
            LookupGradientKernel.weightGradient(arena, DENSE, inputs, signs, SCRATCH).run(0, 2);
            // (1 + 2, −1 + 2, 1 − 2) and (−3 + 1, 3 + 1, −3 − 1)
            assertThat(signs.segment().toArray(ValueLayout.JAVA_LONG)).containsExactly(0b011, 0b010);
            Matrix second = some(arena, FLOAT32, 1, 3);
            LookupGradientKernel.weightGradient(arena, DENSE, inputs, second, SCRATCH).run(1, 2);
            assertThat(second.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(-2, 4, -4);
        }
    }

    /** Inputs 200 and 10 are 145 and −235, times gradients (1, 3) and (2, 1) of two units. */
    @Test
    void weightGradientOfBytesIsExact() {
        ConvolutionShape shape = new ConvolutionShape(1, 1, 1, 1, 1, 0, 2);
        try (Arena arena = Arena.ofConfined()) {
            Matrix dy = new Matrix(INT8, 2, 2,
                    arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 1, (byte) 2, (byte) 3, (byte) 1));
            Matrix x = bits(arena, 8, 200, 10);
            Matrix signs = bits(arena, 1, 0, 0);
            LookupGradientKernel.weightGradient(arena, shape, new WeightGradientOperands(2, new Gradient(dy), x, 8),
                    signs, SCRATCH).run(0, 2);
            // 145 − 3 · 235 and 2 · 145 − 235
            assertThat(signs.segment().toArray(ValueLayout.JAVA_LONG)).containsExactly(0, 1);
            Matrix gradient = some(arena, FLOAT32, 2, 1);
            Matrix scale = new Matrix(FLOAT32, 1, 1, arena.allocateFrom(ValueLayout.JAVA_FLOAT, 0.5f));
            LookupGradientKernel.weightGradient(arena, shape,
                    new WeightGradientOperands(2, new Gradient(dy, scale), x, 8), gradient, SCRATCH).run(0, 2);
            assertThat(gradient.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(-280, 27.5f);
        }
    }
}
