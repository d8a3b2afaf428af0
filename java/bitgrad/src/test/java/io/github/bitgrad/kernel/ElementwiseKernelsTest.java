package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static io.github.bitgrad.tensor.ElementType.INT8;
import static io.github.bitgrad.tensor.ElementType.UINT8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernels that take one element after the other: signs, conversions, sums, the straight-through estimator. */
class ElementwiseKernelsTest extends KernelContract {
    private static final long ROWS = 3;
    private static final long COLUMNS = 70;
    private static final long ELEMENTS = 11;

    private static Operand vector(String name, ElementType type) {
        return matrix(name, type, 1, ELEMENTS);
    }

    private static final List<Call> CALLS = List.of(
            bound("sign", ELEMENTS, (_, m) -> SignKernel.sign(m[0], m[1])::run, vector("values", FLOAT32),
                    vector("signs", FLOAT32)),
            pack(FLOAT32), pack(FLOAT16), pack(INT8), packWithMask(FLOAT32), packWithMask(FLOAT16), packWithMask(INT8),
            bound("float16_to_float32", ELEMENTS, (_, m) -> ConvertKernel.float16ToFloat32(m[0], m[1])::run,
                    vector("halves", FLOAT16), vector("values", FLOAT32)),
            bound("float32_to_float16", ELEMENTS, (_, m) -> ConvertKernel.float32ToFloat16(m[0], m[1])::run,
                    vector("values", FLOAT32), vector("halves", FLOAT16)),
            bound("bytes_to_float32", ELEMENTS, (_, m) -> ConvertKernel.bytesToFloat32(m[0], m[1], 1, 0)::run,
                    vector("bytes", UINT8), vector("values", FLOAT32)),
            add(FLOAT32), add(FLOAT16), addTile(FLOAT32), addTile(FLOAT16), copyTile(FLOAT32), copyTile(FLOAT16),
            bound("straight_through", ELEMENTS, (_, m) -> StraightThroughKernel.straightThrough(m[0], 1, m[1])::run,
                    vector("x", FLOAT32), vector("gradient", FLOAT32)),
            approximateSign(FLOAT32), approximateSign(FLOAT16),
            quantise(INT8), quantise(INT16));

    private static Call pack(ElementType type) {
        return bound("sign_pack", ROWS, (arena, m) -> SignKernel.pack(arena, m[0], m[1])::run,
                matrix("values", type, ROWS, COLUMNS), matrix("bits", BITS, ROWS, COLUMNS));
    }

    private static Call packWithMask(ElementType type) {
        return bound("sign_pack", ROWS, (arena, m) -> SignKernel.pack(arena, m[0], 1.25f, m[1], m[2], 64)::run,
                matrix("values", type, ROWS, COLUMNS - 64), matrix("bits", BITS, ROWS, COLUMNS),
                matrix("straight_through", BITS, ROWS, COLUMNS));
    }

    private static Call add(ElementType type) {
        return bound("add", ELEMENTS, (_, m) -> AddKernel.add(m[0], m[1], m[2])::run, vector("a", type),
                vector("b", type), vector("sum", type));
    }

    private static Call addTile(ElementType type) {
        return bound("add_tile", ROWS, (arena, m) -> AddKernel.addTile(arena, m[0], 64, m[1], m[2])::run,
                matrix("values", type, ROWS, COLUMNS - 64), matrix("base", FLOAT32, ROWS, COLUMNS),
                matrix("sum", FLOAT32, ROWS, COLUMNS));
    }

    private static Call copyTile(ElementType type) {
        return bound("add_tile", ROWS, (arena, m) -> AddKernel.copyTile(arena, m[0], 64, m[1])::run,
                matrix("values", type, ROWS, COLUMNS - 64), matrix("sum", FLOAT32, ROWS, COLUMNS));
    }

    private static Call approximateSign(ElementType type) {
        return bound("approximate_sign", ROWS,
                (arena, m) -> StraightThroughKernel.approximateSign(arena, m[0], m[1], 64)::run,
                matrix("x", type, ROWS, COLUMNS), matrix("gradient", FLOAT32, ROWS, COLUMNS - 64));
    }

    private static Call quantise(ElementType type) {
        return bound("quantise", Call.NO_RANGE, (_, m) -> {
            WholeCall call = QuantiseKernel.quantise(m[0], m[1], m[2]);
            return (_, _) -> call.run();
        }, vector("values", FLOAT32), vector("quantised", type), matrix("scale", FLOAT32, 1, 1));
    }

    @Override
    List<Call> calls() {
        return CALLS;
    }

    @Override
    Set<String> operations() {
        return Set.of("sign", "sign_pack", "float16_to_float32", "float32_to_float16", "bytes_to_float32", "add",
                "add_tile", "straight_through", "approximate_sign", "quantise");
    }

    private static Matrix floats(Arena arena, float... values) {
        return new Matrix(FLOAT32, 1, values.length, arena.allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }

    @Test
    void theMaskIsOfValuesWithinOne() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix values = floats(arena, 1, -1, 1.5f, -2, 0, Float.NaN);
            Matrix bits = new Matrix(BITS, 1, 6, arena.allocate(8, 8));
            Matrix mask = new Matrix(BITS, 1, 6, arena.allocate(8, 8));
            SignKernel.pack(arena, values, 1, bits, mask, 0).run(0, 1);
            assertThat(bits.segment().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(0b010101);
            assertThat(mask.segment().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(0b010011);
        }
    }

    @Test
    void sumsMayLieInPlaceOfAnOperand() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix a = floats(arena, 1, 2, 3);
            AddKernel.add(a, floats(arena, 10, 20, 30), a).run(1, 3);
            assertThat(a.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(1, 22, 33);
        }
    }

    @Test
    void onlyTheColumnsOfATileAreAddedTo() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix sum = floats(arena, new float[18]);
            AddKernel.copyTile(arena, floats(arena, 10, 20), 16, sum).run(0, 1);
            AddKernel.addTile(arena, floats(arena, 1, 2), 16, sum, sum).run(0, 1);
            float[] expected = new float[18];
            expected[16] = 11;
            expected[17] = 22;
            assertThat(sum.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(expected);
        }
    }

    @Test
    void valuesOfSomeRowsAreAccumulated() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix sum = new Matrix(FLOAT32, 3, 2, floats(arena, 1, 2, 3, 4, 5, 6).segment());
            AddKernel.Accumulator accumulator = AddKernel.accumulate(sum);
            MemorySegment values = floats(arena, 10, 20, 30, 40).segment();
            accumulator.run(values, 1, false, 1, 3);
            assertThat(sum.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(1, 2, 13, 24, 35, 46);
            accumulator.run(values, 1, true, 2, 3);
            assertThat(sum.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(1, 2, 13, 24, 30, 40);
            assertRefused(() -> accumulator.run(values, 0, false, 0, 3),
                    "accumulate: values has 16 bytes, but float32[3, 2] takes 8 a row.");
            assertRefused(() -> accumulator.run(values, 1, false, 0, 2),
                    "accumulate refused its arguments: a range began below zero, or ended before its begin or after the last.");
        }
    }

    @Test
    void quantiseTakesTheLargestToTheLargest() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix scale = floats(arena, 0);
            Matrix integers = new Matrix(INT8, 1, 3, arena.allocate(3, 64));
            QuantiseKernel.quantise(floats(arena, 31.5f, -15.75f, 0.1f), integers, scale).run();
            assertThat(scale.segment().get(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(0.5f);
            assertThat(integers.segment().toArray(ValueLayout.JAVA_BYTE)).containsExactly(63, -32, 0); // −31.5 to even
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void aNumberThatIsNoneIsRefused(float number) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix bytes = new Matrix(UINT8, 1, 1, arena.allocate(8, 8));
            assertRefused(() -> ConvertKernel.bytesToFloat32(bytes, floats(arena, 1), number, 0),
                    "bytes_to_float32 refused its arguments: a number was not in its interval.");
        }
    }

    @Test
    void aTypeThatTheKernelDoesNotTakeIsRefused() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment s = arena.allocate(64, 64);
            Matrix bits = new Matrix(BITS, 1, 1, s);
            assertRefused(() -> SignKernel.pack(arena, new Matrix(INT16, 1, 1, s), bits),
                    "sign_pack refused its arguments: an operand had an element type that it cannot have.");
            assertRefused(() -> AddKernel.add(bits, bits, bits),
                    "add refused its arguments: an operand had an element type that it cannot have.");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INT32", "UINT8"})
    void aTypeThatNoKernelChoosesIsRefused(ElementType type) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment s = arena.allocate(64, 64);
            assertRefused(() -> SignKernel.pack(arena, new Matrix(type, 1, 1, s), new Matrix(BITS, 1, 1, s)),
                    "No kernel takes %s where types can be chosen; use float32, float16, int16, int8 or bits.",
                    type.label());
        }
    }

    @Test
    void anOperandOfAnotherTypeOrShapeIsRefused() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment s = arena.allocate(64, 64);
            Matrix three = new Matrix(FLOAT32, 1, 3, s);
            assertRefused(() -> SignKernel.sign(three, new Matrix(FLOAT32, 3, 1, s)),
                    "sign: signs is float32[3, 1], but should be float32[1, 3].");
            assertRefused(() -> AddKernel.add(three, new Matrix(FLOAT16, 1, 3, s), three),
                    "add: b is float16[1, 3], but should be float32[1, 3].");
        }
    }
}
