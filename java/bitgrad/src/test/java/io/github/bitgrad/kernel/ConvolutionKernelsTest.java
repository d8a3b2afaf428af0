package io.github.bitgrad.kernel;

import static io.github.bitgrad.kernel.GradientPooling.NONE;
import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static io.github.bitgrad.tensor.ElementType.INT64;
import static io.github.bitgrad.tensor.ElementType.INT8;
import static io.github.bitgrad.tensor.ElementType.UINT8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.ElementType;
import io.github.bitgrad.tensor.MaxPooling;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConvolutionKernelsTest extends KernelContract {
    /** So many images of 2x2 pixels, in and out: an end of 2^62 images is, in 64 bits, an end of no pixels. */
    private static final ConvolutionShape SHAPE = new ConvolutionShape(2, 2, 5, 3, 1, 1, 6);
    private static final MemorySegment NUMBERS = numbers(SHAPE);
    private static final long IMAGES = 2;
    private static final long PIXELS = 8;
    private static final long FILTERS = 6 * 9;
    private static final MaxPooling POOLING = new MaxPooling(4, 4, 5, 2);

    /** A layer of 3 inputs and 2 units, whose every sum can be told by heart. */
    private static final ConvolutionShape DENSE = new ConvolutionShape(1, 1, 3, 1, 1, 0, 2);

    /** Of more channels than a tile has, which see pixels in their own place; in windows of 2x2 as all of an image. */
    private static final ConvolutionShape TILES = new ConvolutionShape(2, 2, 21, 1, 1, 0, 6);
    private static final MemorySegment TILES_NUMBERS = numbers(TILES);

    private static final MemorySegment SCRATCH = Arena.global().allocate(1 << 20, 64);

    private static final List<Call> CALLS = List.of(
            call("binary_convolution", 6,
                    (s, begin, end) -> ConvolutionKernels.binaryConvolution(SHAPE, NUMBERS, s[0], s[1], s[2],
                            s[3], IMAGES, begin, end),
                    input("x", BITS), filters("weights"), output("y", INT16), matrix("sums", INT64, 1, 6)),
            pixelConvolution(INT16), pixelConvolution(FLOAT32),
            call("max_pool_int16", IMAGES,
                    (s, begin, end) -> ConvolutionKernels.maxPoolInt16(POOLING, s[0], s[1], 69, 64, s[2], IMAGES, begin,
                            end),
                    matrix("y", INT16, 32, 5), matrix("pooled", INT16, PIXELS, 5),
                    matrix("argmax", BITS, 2 * PIXELS, 69)),
            call("max_pool_bits", IMAGES,
                    (s, begin, end) -> ConvolutionKernels.maxPoolBits(POOLING, s[0], s[1], s[2], s[3], begin, end),
                    matrix("signs", BITS, 32, 5), matrix("straight_through", BITS, 32, 5),
                    matrix("pooled", BITS, PIXELS, 5), matrix("pooled_straight_through", BITS, PIXELS, 5)),
            weightIndex(FLOAT32), weightIndex(INT16), weightIndex(INT8), inputGradient(FLOAT32, FLOAT32),
            inputGradient(FLOAT16, FLOAT16), inputGradientOfIntegers(INT16, FLOAT32),
            inputGradientOfIntegers(INT8, FLOAT16), inputGradientOfPooledSums(), inputGradientOfPooledSigns(),
            weightGradient(FLOAT32, 1, BITS), weightGradient(FLOAT16, 8, FLOAT32), weightGradient(INT16, 1, BITS),
            weightGradient(INT8, 8, BITS), weightGradientOfPooledSums(), weightGradientOfPooledSigns(),
            call("flatten_bits", IMAGES,
                    (s, begin, end) -> ConvolutionKernels.flattenBits(s[0], 5, 4, s[1], begin, end),
                    matrix("from", BITS, PIXELS, 5), matrix("to", BITS, IMAGES, 20)),
            call("bytes_to_bits", PIXELS, (s, begin, end) -> ConvolutionKernels.bytesToBits(s[0], 5, s[1], begin, end),
                    input("bytes", UINT8), matrix("bits", BITS, PIXELS, 40)));

    private static MemorySegment numbers(ConvolutionShape shape) {
        return Arena.global().allocateFrom(ValueLayout.JAVA_LONG, shape.numbers());
    }

    /** [pixels, input channels]. */
    private static Operand input(String name, ElementType type) {
        return matrix(name, type, PIXELS, 5);
    }

    /** [output pixels, output channels]. */
    private static Operand output(String name, ElementType type) {
        return matrix(name, type, PIXELS, 6);
    }

    private static Operand filters(String name) {
        return matrix(name, BITS, FILTERS, 5);
    }

    private static Operand index() {
        return matrix("index", UINT8, 1, ConvolutionKernels.weightIndexBytes(SHAPE));
    }

    private static Call pixelConvolution(ElementType type) {
        return call("pixel_convolution", IMAGES,
                (s, begin, end) -> ConvolutionKernels.pixelConvolution(SHAPE, NUMBERS, s[0], s[1], type, s[2],
                        begin, end),
                input("pixels", UINT8), filters("weights"), output("y", type));
    }

    private static Call weightIndex(ElementType type) {
        return call("weight_index", 1,
                (s, begin, end) -> ConvolutionKernels.weightIndex(type, SHAPE, NUMBERS, s[0], s[1], begin, end),
                filters("weights"), index());
    }

    private static Call inputGradient(ElementType type, ElementType result) {
        return call("input_gradient", IMAGES,
                (s, begin, end) -> ConvolutionKernels.inputGradient(type, SHAPE, NUMBERS, s[0],
                        MemorySegment.NULL, NONE, s[1], s[2], result, s[3], 0, 5, SCRATCH, IMAGES, begin, end),
                output("dy", type), index(), input("mask", BITS), input("dx", result));
    }

    private static Call inputGradientOfIntegers(ElementType type, ElementType result) {
        return call("input_gradient", IMAGES,
                (s, begin, end) -> ConvolutionKernels.inputGradient(type, SHAPE, NUMBERS, s[0], s[1], NONE, s[2],
                        s[3], result, s[4], 0, 5, SCRATCH, IMAGES, begin, end),
                output("dy", type), matrix("scale", FLOAT32, 1, 1), index(), input("mask", BITS), input("dx", result));
    }

    /** [windows, output channels]. */
    private static Operand pooledGradient() {
        return matrix("dy", INT8, IMAGES, 6);
    }

    /** Of the tile of the last channels. */
    private static Call inputGradientOfPooledSums() {
        return call("input_gradient", IMAGES,
                (s, begin, end) -> ConvolutionKernels.inputGradient(INT8, TILES, TILES_NUMBERS, s[0], s[1],
                        GradientPooling.ofSums(2, s[2]), s[3], s[4], FLOAT32, s[5], 16, 21, SCRATCH, IMAGES, begin,
                        end),
                pooledGradient(), matrix("scale", FLOAT32, 1, 1), matrix("argmax", BITS, 2 * IMAGES, 6),
                matrix("index", UINT8, 1, ConvolutionKernels.weightIndexBytes(TILES)),
                matrix("mask", BITS, PIXELS, 21), matrix("dx", FLOAT32, PIXELS, 5));
    }

    /** Of the tile of the first channels. */
    private static Call inputGradientOfPooledSigns() {
        return call("input_gradient", IMAGES,
                (s, begin, end) -> ConvolutionKernels.inputGradient(INT8, TILES, TILES_NUMBERS, s[0], s[1],
                        GradientPooling.ofSigns(2, s[2], s[3]), s[4], s[5], FLOAT16, s[6], 0, 16, SCRATCH, IMAGES,
                        begin, end),
                pooledGradient(), matrix("scale", FLOAT32, 1, 1), output("signs", BITS), matrix("others", INT8, 2, 6),
                matrix("index", UINT8, 1, ConvolutionKernels.weightIndexBytes(TILES)),
                matrix("mask", BITS, PIXELS, 21), matrix("dx", FLOAT16, PIXELS, 16));
    }

    private static Call weightGradient(ElementType type, int inputBits, ElementType result) {
        return call("weight_gradient", 6,
                (s, begin, end) -> ConvolutionKernels.weightGradient(type, SHAPE, NUMBERS, s[0], MemorySegment.NULL,
                        NONE, s[1], inputBits, result, s[2], SCRATCH, IMAGES, begin, end),
                output("dy", type), matrix("x", BITS, PIXELS, 5L * inputBits), matrix("gradient", result, FILTERS, 5));
    }

    private static Call weightGradientOfPooledSums() {
        return call("weight_gradient", 6,
                (s, begin, end) -> ConvolutionKernels.weightGradient(INT8, SHAPE, NUMBERS, s[0], s[1],
                        GradientPooling.ofSums(2, s[2]), s[3], 1, FLOAT32, s[4], SCRATCH, IMAGES, begin, end),
                pooledGradient(), matrix("scale", FLOAT32, 1, 1), matrix("argmax", BITS, 2 * IMAGES, 6),
                input("x", BITS), matrix("gradient", FLOAT32, FILTERS, 5));
    }

    private static Call weightGradientOfPooledSigns() {
        return call("weight_gradient", 6,
                (s, begin, end) -> ConvolutionKernels.weightGradient(INT8, SHAPE, NUMBERS, s[0], s[1],
                        GradientPooling.ofSigns(2, s[2], s[3]), s[4], 1, FLOAT32, s[5], SCRATCH, IMAGES, begin, end),
                pooledGradient(), matrix("scale", FLOAT32, 1, 1), output("signs", BITS), matrix("others", INT8, 2, 6),
                input("x", BITS), matrix("gradient", FLOAT32, FILTERS, 5));
    }

    @Override
    List<Call> calls() {
        return CALLS;
    }

    @Override
    Set<String> operations() {
        return methods(ConvolutionKernels.class);
    }

    private interface WithScratch {
        void run(MemorySegment scratch);
    }

    /** Good calls but for scratch. */
    private static List<WithScratch> scratchCalls(Arena arena) {
        MemorySegment s = arena.allocate(1 << 16, 64);
        MemorySegment other = arena.allocate(1 << 16, 64);
        return List.of(
                scratch -> ConvolutionKernels.inputGradient(INT8, SHAPE, NUMBERS, s, s, NONE, s, s, FLOAT32, other, 0,
                        5, scratch, IMAGES, 0, IMAGES),
                scratch -> ConvolutionKernels.weightGradient(INT8, SHAPE, NUMBERS, s, s, NONE, s, 1, BITS, other,
                        scratch, IMAGES, 0, 6));
    }

    @Test
    void scratchThatIsNoneIsRefused() {
        long[] bytes = {ConvolutionKernels.inputGradientScratchBytes(INT8, SHAPE),
            ConvolutionKernels.weightGradientScratchBytes(INT8, SHAPE, 1, IMAGES)};
        String[] operations = {"input_gradient", "weight_gradient"};
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment scratch = arena.allocate(1 << 20, 64);
            List<WithScratch> calls = scratchCalls(arena);
            for (int i = 0; i < calls.size(); i++) {
                WithScratch call = calls.get(i);
                MemorySegment whole = scratch.asSlice(0, bytes[i]);
                call.run(whole);
                assertRefused(() -> call.run(whole.asSlice(0, whole.byteSize() - 1)),
                        "%s refused its arguments: a size was zero, negative or beyond its limit.", operations[i]);
                assertRefused(() -> call.run(scratch.asSlice(32)),
                        "%s refused its arguments: an operand was not aligned to its element type.", operations[i]);
                assertRefused(() -> call.run(whole.asReadOnly()),
                        "%s: scratch is read-only, but the kernel writes to it; pass memory of your own.",
                        operations[i]);
                assertRefused(() -> call.run(MemorySegment.ofArray(new long[1 << 17])),
                        "%s: scratch is on the Java heap, but kernels work on native memory; allocate it from an Arena.",
                        operations[i]);
            }
        }
    }

    /** Kernels read it by vectors, whatever the type of its bytes. */
    @Test
    void anIndexThatIsNotAlignedIsRefused() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment s = arena.allocate(1 << 16, 64);
            assertRefused(() -> ConvolutionKernels.weightIndex(INT8, SHAPE, NUMBERS, s, s.asSlice(32), 0, 1),
                    "weight_index refused its arguments: an operand was not aligned to its element type.");
            assertRefused(
                    () -> ConvolutionKernels.inputGradient(INT8, SHAPE, NUMBERS, s, s, NONE, s.asSlice(32), s, FLOAT32,
                            s, 0, 5, SCRATCH, IMAGES, 0, IMAGES),
                    "input_gradient refused its arguments: an operand was not aligned to its element type.");
        }
    }

    @Test
    void sizesAreThoseThatTheHeaderStates() {
        assertThat(ConvolutionKernels.weightIndexBytes(SHAPE)).isEqualTo(9 * 256);
        assertThat(ConvolutionKernels.weightIndexBytes(new ConvolutionShape(8, 8, 65, 2, 1, 0, 33)))
                .isEqualTo(4 * 3 * 2 * 256);
        ConvolutionShape large = new ConvolutionShape(32, 32, 128, 3, 1, 1, 128);
        assertThat(ConvolutionKernels.inputGradientScratchBytes(INT8, large)).isBetween(3 * 36 * 64 * 8L, 1L << 17);
        assertThat(ConvolutionKernels.inputGradientScratchBytes(FLOAT16, large)).isBetween(3 * 36 * 256 * 8L, 1L << 19);
        assertThat(ConvolutionKernels.weightGradientScratchBytes(INT8, large, 1, 100)).isBetween(1L << 14, 1L << 20);
        assertThat(ConvolutionKernels.weightGradientScratchBytes(INT8, large, 1, 4))
                .isLessThanOrEqualTo(ConvolutionKernels.weightGradientScratchBytes(INT8, large, 1, 100));
    }

    /** Lengths are checked by a convolution that Java knows, so C must not read another. */
    @Test
    void numbersOfAnotherConvolutionAreRefused() {
        MemorySegment others = numbers(DENSE);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment s = arena.allocate(1 << 16, 64);
            List<Runnable> calls = List.of(
                    () -> ConvolutionKernels.binaryConvolution(SHAPE, others, s, s, s, s, IMAGES, 0, 6),
                    () -> ConvolutionKernels.pixelConvolution(SHAPE, others, s, s, INT16, s, 0, IMAGES),
                    () -> ConvolutionKernels.weightIndex(INT8, SHAPE, others, s, s, 0, 1),
                    () -> ConvolutionKernels.inputGradient(INT8, SHAPE, others, s, s, NONE, s, s, FLOAT32, s, 0, 5,
                            SCRATCH, 1, 0, 1),
                    () -> ConvolutionKernels.weightGradient(INT8, SHAPE, others, s, s, NONE, s, 1, BITS, s, SCRATCH, 1,
                            0, 6));
            for (Runnable call : calls) {
                assertThatThrownBy(call::run).isInstanceOf(IllegalArgumentException.class)
                        .hasMessageEndingWith(": convolution does not hold the numbers of " + SHAPE + ".");
            }
        }
    }

    @Test
    void aFanInWhoseSumsDoNotFitIsRefused() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment row = arena.allocate(32768 / 8, 64);
            MemorySegment y = arena.allocate(2, 64);
            ConvolutionShape most = new ConvolutionShape(1, 1, 32767, 1, 1, 0, 1);
            ConvolutionKernels.binaryConvolution(most, numbers(most), row, row, y, MemorySegment.NULL, 1, 0, 1);
            assertThat(y.get(ValueLayout.JAVA_SHORT, 0)).isEqualTo((short) 32767);
            ConvolutionShape more = new ConvolutionShape(1, 1, 32768, 1, 1, 0, 1);
            assertRefused(
                    () -> ConvolutionKernels.binaryConvolution(more, numbers(more), row, row, y, MemorySegment.NULL, 1,
                            0, 1),
                    "binary_convolution refused its arguments: a size was zero, negative or beyond its limit.");
        }
    }

    @Test
    void aTypeThatTheKernelDoesNotTakeIsRefused() {
        String refusal = "%s refused its arguments: an operand had an element type that it cannot have.";
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment s = arena.allocate(1 << 16, 64);
            assertRefused(
                    () -> ConvolutionKernels.pixelConvolution(SHAPE, NUMBERS, s, s, FLOAT16, s, 0, IMAGES),
                    refusal, "pixel_convolution");
            assertRefused(() -> ConvolutionKernels.weightIndex(BITS, SHAPE, NUMBERS, s, s, 0, 1), refusal,
                    "weight_index");
            assertRefused(
                    () -> ConvolutionKernels.inputGradient(INT8, SHAPE, NUMBERS, s, s, NONE, s, s, INT8, s, 0, 5,
                            SCRATCH, 1, 0, 1),
                    refusal, "input_gradient");
            assertRefused(
                    () -> ConvolutionKernels.weightGradient(INT16, SHAPE, NUMBERS, s, s, GradientPooling.ofSums(2, s),
                            s, 1, BITS, s, SCRATCH, 1, 0, 6),
                    refusal, "weight_gradient");
        }
    }

    /** Three inputs (+, −, +), and units (+, −, +) and (−, +, −). */
    @Test
    void binaryConvolutionMultipliesSigns() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment y = arena.allocate(4, 64);
            MemorySegment sums = arena.allocate(16, 64);
            ConvolutionKernels.binaryConvolution(DENSE, numbers(DENSE), bits(arena, 0b101), bits(arena, 0b101, 0b010),
                    y, sums, 1, 0, 2);
            assertThat(y.toArray(ValueLayout.JAVA_SHORT)).containsExactly(3, -3);
            assertThat(sums.toArray(ValueLayout.JAVA_LONG)).containsExactly(3, -3);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INT16", "FLOAT32"})
    void pixelConvolutionIsIn255ths(ElementType type) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pixels = arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 255, (byte) 0, (byte) 100);
            MemorySegment y = arena.allocate(8, 64);
            ConvolutionKernels.pixelConvolution(DENSE, numbers(DENSE), pixels, bits(arena, 0b001, 0b110), type, y, 0,
                    1);
            if (type == INT16) { // 255, −255 and −55
                assertThat(y.asSlice(0, 4).toArray(ValueLayout.JAVA_SHORT)).containsExactly(565, -565);
            } else {
                assertThat(y.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(565, -565);
            }
        }
    }

    /** Of 1, 5, 5, 2 the second is the largest, number 1. */
    @Test
    void maxPoolInt16KeepsTheFirstOfTheLargest() {
        MaxPooling window = new MaxPooling(2, 2, 1, 2);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment y = arena.allocateFrom(ValueLayout.JAVA_SHORT, (short) 1, (short) 5, (short) 5, (short) 2);
            MemorySegment pooled = arena.allocate(2, 64);
            MemorySegment argmax = arena.allocate(16, 64);
            ConvolutionKernels.maxPoolInt16(window, y, pooled, 17, 16, argmax, 1, 0, 1);
            assertThat(pooled.get(ValueLayout.JAVA_SHORT, 0)).isEqualTo((short) 5);
            assertThat(argmax.toArray(ValueLayout.JAVA_LONG)).containsExactly(1 << 16, 0);
            pooled.fill((byte) 0);
            ConvolutionKernels.maxPoolInt16(window, y, pooled, 1, 0, MemorySegment.NULL, 1, 0, 1);
            assertThat(pooled.get(ValueLayout.JAVA_SHORT, 0)).isEqualTo((short) 5);
        }
    }

    /** The second sign is the first that is set, and straight-through there only. */
    @Test
    void maxPoolBitsKeepsTheFirstSignThatIsSet() {
        MaxPooling window = new MaxPooling(2, 2, 1, 2);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pooled = bits(arena, 0);
            MemorySegment pooledStraightThrough = bits(arena, 0);
            ConvolutionKernels.maxPoolBits(window, bits(arena, 0, 1, 1, 0), bits(arena, 0, 1, 0, 0), pooled,
                    pooledStraightThrough, 0, 1);
            assertThat(pooled.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(1);
            assertThat(pooledStraightThrough.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(1);
            ConvolutionKernels.maxPoolBits(window, bits(arena, 0, 1, 1, 0), bits(arena, 1, 0, 1, 1), pooled,
                    pooledStraightThrough, 0, 1);
            assertThat(pooledStraightThrough.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(0);
            pooled.fill((byte) 0);
            ConvolutionKernels.maxPoolBits(window, bits(arena, 0, 1, 1, 0), MemorySegment.NULL, pooled,
                    MemorySegment.NULL, 0, 1);
            assertThat(pooled.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(1);
            assertRefused(
                    () -> ConvolutionKernels.maxPoolBits(window, bits(arena, 0, 1, 1, 0), pooled, pooled,
                            MemorySegment.NULL, 0, 1),
                    "max_pool_bits: straight_through has 8 bytes, but bool[4, 1] takes 8 a row.");
        }
    }

    /** dy (2, 5) times units (+, −, +) and (+, +, −) is (7, 3, −3), in halves; the first input is masked. */
    @Test
    void inputGradientMultipliesByWeights() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment index = arena.allocate(ConvolutionKernels.weightIndexBytes(DENSE), 64);
            ConvolutionKernels.weightIndex(INT8, DENSE, numbers(DENSE), bits(arena, 0b101, 0b011), index, 0, 1);
            MemorySegment dy = arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 2, (byte) 5);
            MemorySegment scale = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 0.5f);
            MemorySegment dx = arena.allocate(12, 64);
            ConvolutionKernels.inputGradient(INT8, DENSE, numbers(DENSE), dy, scale, NONE, index, bits(arena, 0b110),
                    FLOAT32, dx, 0, 3, SCRATCH, 1, 0, 1);
            assertThat(dx.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(0, 1.5f, -1.5f);
        }
    }

    /** Units' gradients (1, −3) and (2, 1) times inputs (+, −, +) and (+, +, −). */
    @Test
    void weightGradientSumsOverImages() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment dy = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, -3, 2, 1);
            MemorySegment signs = bits(arena, 0, 0);
            ConvolutionKernels.weightGradient(FLOAT32, DENSE, numbers(DENSE), dy, MemorySegment.NULL, NONE,
                    bits(arena, 0b101, 0b011), 1, BITS, signs, SCRATCH, 2, 0, 2);
            // (1 + 2, −1 + 2, 1 − 2) and (−3 + 1, 3 + 1, −3 − 1)
            assertThat(signs.toArray(ValueLayout.JAVA_LONG)).containsExactly(0b011, 0b010);
            MemorySegment second = arena.allocate(12, 64);
            ConvolutionKernels.weightGradient(FLOAT32, DENSE, numbers(DENSE), dy, MemorySegment.NULL, NONE,
                    bits(arena, 0b101, 0b011), 1, FLOAT32, second, SCRATCH, 2, 1, 2);
            assertThat(second.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(-2, 4, -4);
        }
    }

    /** Inputs 200 and 10 are 145 and −235, times gradients (1, 3) and (2, 1) of two units. */
    @Test
    void weightGradientOfBytesIsExact() {
        ConvolutionShape shape = new ConvolutionShape(1, 1, 1, 1, 1, 0, 2);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment dy = arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 1, (byte) 2, (byte) 3, (byte) 1);
            MemorySegment x = bits(arena, 200, 10);
            MemorySegment signs = bits(arena, 0, 0);
            ConvolutionKernels.weightGradient(INT8, shape, numbers(shape), dy, MemorySegment.NULL, NONE, x, 8, BITS,
                    signs, SCRATCH, 2, 0, 2);
            // 145 − 3 · 235 and 2 · 145 − 235
            assertThat(signs.toArray(ValueLayout.JAVA_LONG)).containsExactly(0, 1);
            MemorySegment gradient = arena.allocate(8, 64);
            MemorySegment scale = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 0.5f);
            ConvolutionKernels.weightGradient(INT8, shape, numbers(shape), dy, scale, NONE, x, 8, FLOAT32, gradient,
                    SCRATCH, 2, 0, 2);
            assertThat(gradient.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(-280, 27.5f);
        }
    }

    @Test
    void flattenBitsLeavesPaddingOut() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment to = bits(arena, -1);
            ConvolutionKernels.flattenBits(bits(arena, 0b101, 0b011), 3, 2, to, 0, 1);
            assertThat(to.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(0b011_101);
        }
    }

    @Test
    void bytesToBitsBeginsWithTheLeastBitOfTheFirstByte() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment to = bits(arena, -1);
            ConvolutionKernels.bytesToBits(arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 0x81, (byte) 0x42), 2, to,
                    0, 1);
            assertThat(to.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(0x4281);
        }
    }

    private static MemorySegment bits(Arena arena, long... rows) {
        return arena.allocateFrom(ValueLayout.JAVA_LONG, rows);
    }
}
