package io.github.bitgrad.step;

import static io.github.bitgrad.step.ConvolutionOperands.expect;
import static io.github.bitgrad.step.ConvolutionOperands.matrix;
import static io.github.bitgrad.step.Operations.bound;
import static io.github.bitgrad.step.Operations.matrix;

import io.github.bitgrad.kernel.RegroupKernel;
import io.github.bitgrad.memory.Buffer;
import java.util.List;

/** Makes operations that move bits without changing them. What each kernel does is said in {@code bitgrad.h}. */
public final class RegroupOperations {
    private RegroupOperations() {
    }

    /**
     * to bits [rows, pieces · columns]: rows of from bits [rows · pieces, columns], end to end without their padding.
     */
    public static Operation flattenBits(String name, Buffer from, Buffer to) {
        long pieces = from.rows() / to.rows();
        expect(name, from, pieces * to.rows(), from.columns());
        expect(name, to, to.rows(), pieces * from.columns());
        return bound(name, to.rows(), 1, to.bytes(),
                _ -> RegroupKernel.flatten(matrix(from, pieces * to.rows(), from.columns()),
                        matrix(to, to.rows(), pieces * from.columns()))::run,
                List.of(from, to));
    }

    /**
     * Writes bits into neighbouring columns of a wider matrix. Channels of several images of signs are joined so. The
     * columns of to are written in ascending order, up to the last one.
     *
     * @param from bits [rows, columns]
     * @param to bits [rows, columns of to]; columns before first stay as they are
     * @param first the column of to that the columns begin at
     */
    public static Operation joinBits(String name, Buffer from, Buffer to, long first) {
        expect(name, from, to.rows(), from.columns());
        expect(name, to, from.rows(), Math.max(to.columns(), first + from.columns()));
        return bound(name, to.rows(), 1, to.bytes(), _ -> RegroupKernel.join(matrix(from), matrix(to), first)::run,
                List.of(from, to));
    }

    /** bits [pixels, 8 · channels] of bytes, a row for each pixel. */
    public static Operation bytesToBits(String name, Buffer bytes, Buffer bits) {
        long channels = bits.columns() / Byte.SIZE;
        expect(name, bits, bits.rows(), Byte.SIZE * channels);
        expect(name, bytes, bits.rows(), channels);
        return bound(name, bits.rows(), 1, bits.bytes(),
                _ -> RegroupKernel.bytesToBits(matrix(bytes, bits.rows(), channels), matrix(bits))::run,
                List.of(bytes, bits));
    }
}
