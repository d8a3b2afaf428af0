package io.github.bitgrad.step;

import io.github.bitgrad.kernel.Matrix;
import io.github.bitgrad.kernel.WholeCall;
import io.github.bitgrad.memory.Buffer;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.function.Function;

/**
 * What all operations of this package are made with. Sizes are taken from the buffers, and shapes that do not fit are
 * refused when the program is made.
 */
final class Operations {
    /** A vector of float32 on the widest registers: ranges of channels begin at multiples of it. */
    static final long LANES = Matrix.TILE_COLUMNS;

    interface Range {
        void run(long begin, long end);
    }

    private Operations() {
    }

    /**
     * An operation whose range is made once the buffers have their memory.
     *
     * @param bound makes what runs a range, with the memory of its native arguments from the arena
     */
    static Operation bound(String name, long size, long multiple, long work, Function<Arena, Range> bound,
            List<Buffer> uses) {
        return new Operation(name, size, multiple, work, uses) {
            private Range range;

            @Override
            protected void bind(Arena arena) {
                range = bound.apply(arena);
            }

            @Override
            protected void run(long begin, long end) {
                range.run(begin, end);
            }
        };
    }

    /** An operation that is not cut into ranges: its kernel does all in one call. */
    static Operation whole(String name, long work, Function<Arena, WholeCall> bound, List<Buffer> uses) {
        return bound(name, 1, 1, work, arena -> {
            WholeCall kernel = bound.apply(arena);
            return (_, _) -> kernel.run();
        }, uses);
    }

    /** An operation on channels, which reads the sums that passes over rows have left. */
    static Operation overChannels(String name, Buffer sums, long channels,
            Function<Arena, Range> bound, List<Buffer> uses) {
        return bound(name, channels, LANES, elements(sums), bound, uses);
    }

    static void expectShape(String operation, long rows, long columns, Buffer... buffers) {
        for (Buffer buffer : buffers) {
            if (buffer.rows() != rows || buffer.columns() != columns) {
                throw new IllegalArgumentException("%s: %s should have the shape [%s, %s].".formatted(operation, buffer,
                        rows, columns));
            }
        }
    }

    /** For matrices of so many rows that are worked on a tile of channels at a time: bitgrad.h, "Tiles". */
    static void expectTile(String operation, long rows, long channels, long first, Buffer... buffers) {
        for (Buffer buffer : buffers) {
            long behind = buffer.columns() - channels - first;
            boolean begins = first >= 0 && first % LANES == 0;
            boolean ends = behind == 0 || behind > 0 && channels % LANES == 0;
            if (buffer.rows() != rows || !begins || !ends) {
                throw new IllegalArgumentException(
                        "%s: %s should have %s rows and a tile of columns [%s, %s), at multiples of %s or to the last."
                                .formatted(operation, buffer, rows, first, first + channels, LANES));
            }
        }
    }

    /** For what is read or written as the same memory in another shape. */
    static void expectElements(String operation, long elements, Buffer buffer) {
        if (elements(buffer) != elements) {
            throw new IllegalArgumentException("%s: %s should have %s elements.".formatted(operation, buffer,
                    elements));
        }
    }

    static long elements(Buffer buffer) {
        return buffer.rows() * buffer.columns();
    }

    /** A buffer as an operand of a kernel, once it has its memory. */
    static Matrix matrix(Buffer buffer) {
        return Matrix.of(buffer);
    }
}
