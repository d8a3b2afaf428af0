package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.bindings.kernels.bg_add_tile_operands;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Sums of two operands: {@code bitgrad.h}, "Sums". */
public final class AddKernel {
    private AddKernel() {
    }

    /** {@code bg_add}: sum = a + b, float32 or float16 all, by ranges of elements; sum may be a or b. */
    public static RangeCall add(Matrix a, Matrix b, Matrix sum) {
        Operands operands = new Operands("add");
        operands.read("a", a);
        operands.read("b", b, a.type(), a.rows(), a.columns());
        operands.write("sum", sum, a.type(), a.rows(), a.columns());
        int type = Kernels.code(a.type());
        return RangeCall.of("add", a.elements(), operands,
                (begin, end) -> Bitgrad.bg_add(type, a.segment(), b.segment(), sum.segment(), begin, end));
    }

    /**
     * {@code bg_add_tile}: sum = base + values in the columns of a tile, by ranges of rows.
     *
     * @param arena of the native arguments
     * @param values float32 or float16 [rows, channels]
     * @param first where the tile begins among the columns of sum
     * @param base float32 [rows, columns]; may be sum
     * @param sum float32 [rows, columns]
     */
    public static RangeCall addTile(Arena arena, Matrix values, long first, Matrix base, Matrix sum) {
        Operands operands = new Operands("add_tile");
        operands.read("values", values);
        operands.read("base", base, FLOAT32, values.rows(), sum.columns());
        return tile(operands, arena, values, first, base.segment(), sum);
    }

    /**
     * {@code bg_add_tile} without a base: sum = values in the columns of a tile, by ranges of rows.
     *
     * @param arena of the native arguments
     * @param values float32 or float16 [rows, channels]
     * @param first where the tile begins among the columns of sum
     * @param sum float32 [rows, columns]
     */
    public static RangeCall copyTile(Arena arena, Matrix values, long first, Matrix sum) {
        Operands operands = new Operands("add_tile");
        operands.read("values", values);
        return tile(operands, arena, values, first, MemorySegment.NULL, sum);
    }

    /** {@code bg_accumulate}: sums, float32, that gradients are added to. */
    public static Accumulator accumulate(Matrix sum) {
        Operands operands = new Operands("accumulate");
        operands.write("sum", sum, FLOAT32, sum.rows(), sum.columns());
        return new Accumulator(sum, operands);
    }

    /** Adds values to sums. */
    public static final class Accumulator extends KernelCall {
        private final Matrix sum;

        private Accumulator(Matrix sum, Operands operands) {
            super("accumulate", operands.segments());
            this.sum = sum;
        }

        /**
         * Runs the kernel on rows [begin, end) of the sums. Allocates nothing.
         *
         * @param values float32: rows of the sums from first on, to the end at least
         * @param first the row that the values begin with, at most begin
         * @param begins whether the values replace what is in the sums
         */
        public void run(MemorySegment values, long first, boolean begins, long begin, long end) {
            requireAlive();
            requireRange(begin, end, sum.rows());
            Operands.matrix("accumulate", "values", values, FLOAT32, end - first, sum.columns());
            long columns = sum.columns();
            check(Bitgrad.bg_accumulate(values, first * columns, begins ? 1 : 0, sum.segment(), begin * columns,
                    end * columns));
        }
    }

    private static RangeCall tile(Operands operands, Arena arena, Matrix values, long first, MemorySegment base,
            Matrix sum) {
        operands.write("sum", sum, FLOAT32, values.rows(), sum.columns());
        MemorySegment arguments = bg_add_tile_operands.allocate(arena);
        bg_add_tile_operands.type(arguments, Kernels.code(values.type()));
        bg_add_tile_operands.values(arguments, values.segment());
        Operands.tile(bg_add_tile_operands.tile(arguments), sum, first, values.columns());
        bg_add_tile_operands.base(arguments, base);
        bg_add_tile_operands.sum(arguments, sum.segment());
        return RangeCall.of("add_tile", values.rows(), operands,
                (begin, end) -> Bitgrad.bg_add_tile(arguments, begin, end));
    }
}
