package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.UINT8;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import java.lang.foreign.MemorySegment;

/** Bits moved into rows of another width: {@code bitgrad.h}, "Signs". */
public final class RegroupKernel {
    private RegroupKernel() {
    }

    /**
     * {@code bg_flatten_bits}, by ranges of rows of to.
     *
     * @param from bits [rows · pieces, columns]
     * @param to bits [rows, pieces · columns]
     */
    public static RangeCall flatten(Matrix from, Matrix to) {
        Operands operands = new Operands("flatten_bits");
        long pieces = to.rows() == 0 ? 1 : from.rows() / to.rows();
        operands.read("from", from, BITS, to.rows() * pieces, from.columns());
        operands.write("to", to, BITS, to.rows(), pieces * from.columns());
        return RangeCall.of("flatten_bits", to.rows(), operands, (begin, end) -> Bitgrad.bg_flatten_bits(
                from.segment(), from.columns(), pieces, to.segment(), begin, end));
    }

    /**
     * {@code bg_join_bits}, by ranges of rows: writes bits into columns of a wider matrix. The rest of the last 64-bit
     * word is cleared, so columns are written in ascending order.
     *
     * @param from bits [rows, columns]
     * @param to bits [rows, columns of to]
     * @param first the column of to that the columns begin at
     */
    public static RangeCall join(Matrix from, Matrix to, long first) {
        Operands operands = new Operands("join_bits");
        operands.read("from", from, BITS, from.rows(), from.columns());
        operands.write("to", to, BITS, from.rows(), to.columns());
        return RangeCall.of("join_bits", from.rows(), operands, (begin, end) -> Bitgrad.bg_join_bits(
                from.segment(), from.columns(), to.segment(), to.columns(), first, begin, end));
    }

    /**
     * {@code bg_bytes_to_bits}, by ranges of pixels.
     *
     * @param bytes [pixels, channels]
     * @param bits [pixels, 8 · channels]
     */
    public static RangeCall bytesToBits(Matrix bytes, Matrix bits) {
        Operands operands = new Operands("bytes_to_bits");
        operands.read("bytes", bytes, UINT8, bytes.rows(), bytes.columns());
        operands.write("bits", bits, BITS, bytes.rows(), Byte.SIZE * bytes.columns());
        MemorySegment from = bytes.segment();
        return RangeCall.of("bytes_to_bits", bytes.rows(), operands,
                (begin, end) -> Bitgrad.bg_bytes_to_bits(from, bytes.columns(), bits.segment(), begin, end));
    }
}
