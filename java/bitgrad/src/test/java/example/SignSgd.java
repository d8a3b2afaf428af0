package example;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.optim.ByteWeightUpdate;
import io.github.bitgrad.optim.GradientKind;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.optim.WeightUpdate;
import io.github.bitgrad.step.BlockUpdate;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * An optimizer of a user's: moves every weight against the sign of its gradient, by the learning rate (Bernstein et
 * al., arXiv 1802.04434, without momentum). It remembers nothing, and computes in Java.
 */
record SignSgd() implements Optimizer {
    @Override
    public String name() {
        return "sign-sgd";
    }

    @Override
    public int momenta() {
        return 0;
    }

    @Override
    public float learningRate(GradientKind gradients, boolean stateInBytes) {
        return 1e-2f;
    }

    @Override
    public Operation update(Program program, WeightUpdate update) {
        Buffer weights = update.weights();
        Buffer gradient = update.gradient();
        long columns = weights.columns();
        return new Operation(update.name() + ".signSgd", weights.rows(), 1, weights.rows() * columns,
                List.of(weights, gradient)) {
            @Override
            protected void run(long begin, long end) {
                float rate = update.clock().rate();
                for (long row = begin; row < end; row++) {
                    for (long column = 0; column < columns; column++) {
                        float moved = get(weights, row * columns + column)
                                - rate * sign(gradient.segment(), gradient.type(), row, column, columns);
                        set(weights, row * columns + column, Math.clamp(moved, -update.limit(), update.limit()));
                    }
                }
            }
        };
    }

    private static float get(Buffer weights, long index) {
        return weights.type() == ElementType.FLOAT16
                ? Float.float16ToFloat(weights.segment().getAtIndex(ValueLayout.JAVA_SHORT, index))
                : weights.segment().getAtIndex(ValueLayout.JAVA_FLOAT, index);
    }

    private static void set(Buffer weights, long index, float value) {
        if (weights.type() == ElementType.FLOAT16) {
            weights.segment().setAtIndex(ValueLayout.JAVA_SHORT, index, Float.floatToFloat16(value));
        } else {
            weights.segment().setAtIndex(ValueLayout.JAVA_FLOAT, index, value);
        }
    }

    /** Rows of bits are padded to words of 64. */
    private static float sign(MemorySegment gradient, ElementType type, long row, long column, long columns) {
        if (type == ElementType.BITS) {
            long word = gradient.getAtIndex(ValueLayout.JAVA_LONG,
                    row * ElementType.words(columns) + column / Long.SIZE);
            return (word >>> column % Long.SIZE & 1) == 1 ? 1 : -1;
        }
        return Math.signum(gradient.getAtIndex(ValueLayout.JAVA_FLOAT, row * columns + column));
    }

    /** Weights are bytes here, so each is rounded at random, up with a probability that is its fraction. */
    @Override
    public BlockUpdate updateByBlocks(Program program, ByteWeightUpdate update) {
        Buffer weights = update.weights();
        long columns = weights.columns();
        return BlockUpdate.of(List.of(weights), (gradient, begin, end) -> {
            float step = update.clock().rate() / BYTE_LIMIT * Byte.MAX_VALUE;
            long firstRow = begin * update.taps();
            for (long row = firstRow; row < end * update.taps(); row++) {
                for (long column = 0; column < columns; column++) {
                    long index = row * columns + column;
                    float moved = weights.segment().get(ValueLayout.JAVA_BYTE, index)
                            - step * sign(gradient, update.gradients().type(), row - firstRow, column, columns);
                    double rounded = Math.floor(moved + fraction(update.random() + index));
                    weights.segment().set(ValueLayout.JAVA_BYTE, index,
                            (byte) Math.clamp(rounded, -Byte.MAX_VALUE, Byte.MAX_VALUE));
                }
            }
        });
    }

    /** A number from 0 and below 1 that looks random (a step of SplitMix64). */
    private static double fraction(long number) {
        long mixed = number * 0x9e3779b97f4a7c15L;
        mixed = (mixed ^ mixed >>> 30) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
        return (mixed >>> 11) * 0x1p-53;
    }
}
