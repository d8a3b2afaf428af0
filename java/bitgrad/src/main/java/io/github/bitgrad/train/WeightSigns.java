package io.github.bitgrad.train;

import io.github.bitgrad.compile.BinaryWeights;
import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The signs of all binary weights of a network as they were when an epoch began, to count those that have changed when it
 * ends. It takes one bit of the Java heap for each weight, once, and reads the weights twice for each epoch. It does
 * nothing during a step.
 */
final class WeightSigns {
    /** Weights are copied to the heap in pieces of this many words of 64, because even a slow compiler makes arrays fast. */
    private static final int PIECE = 64;
    /** Minus zero, whose sign is +1 as that of zero. */
    private static final int FLOAT32_MINUS_ZERO = 0x8000_0000;
    private static final short FLOAT16_MINUS_ZERO = (short) 0x8000;

    private final List<Buffer> weights;
    /** For each of the weights the signs at the beginning of the epoch, as {@link #read} gives them. */
    private final List<long[]> begin = new ArrayList<>();

    WeightSigns(CompiledNetwork compiled) {
        weights = compiled.binaryWeights().stream().map(BinaryWeights::values).toList();
    }

    /** Keeps the signs as they are now. */
    void keep() {
        if (begin.isEmpty()) {
            weights.forEach(values -> begin.add(new long[words(values)]));
        }
        for (int i = 0; i < begin.size(); i++) {
            for (int word = 0; word < begin.get(i).length; word += PIECE) {
                long[] piece = read(weights.get(i), word);
                System.arraycopy(piece, 0, begin.get(i), word, piece.length);
            }
        }
    }

    /** How many weights have other signs than when they were kept; empty if the network has no binary weights. */
    Optional<Flips> flips() {
        if (weights.isEmpty()) {
            return Optional.empty();
        }
        List<Flips.Layer> layers = new ArrayList<>();
        for (int i = 0; i < begin.size(); i++) {
            Buffer values = weights.get(i);
            layers.add(new Flips.Layer(StepBuilder.block(values.name()), values.rows() * values.columns(),
                    different(values, begin.get(i))));
        }
        return Optional.of(new Flips(layers));
    }

    private static long different(Buffer values, long[] before) {
        long count = 0;
        for (int word = 0; word < before.length; word += PIECE) {
            long[] piece = read(values, word);
            for (int i = 0; i < piece.length; i++) {
                count += Long.bitCount(piece[i] ^ before[word + i]);
            }
        }
        return count;
    }

    /** The number of words that the signs take. The padding of rows of bits is clear, so it never differs. */
    private static int words(Buffer values) {
        return Math.toIntExact(values.type() == ElementType.BITS
                ? values.bytes() / Long.BYTES
                : Math.ceilDiv(values.rows() * values.columns(), Long.SIZE));
    }

    /**
     * The signs of up to {@value #PIECE} words of weights. A bit is set if a weight is negative; if the weights are bits
     * themselves, these are copied.
     */
    private static long[] read(Buffer values, int firstWord) {
        long[] signs = new long[Math.min(PIECE, words(values) - firstWord)];
        MemorySegment segment = values.segment();
        long first = (long) firstWord * Long.SIZE;
        int count = (int) Math.min((long) signs.length * Long.SIZE, values.rows() * values.columns() - first);
        switch (values.type()) {
            case BITS -> MemorySegment.copy(segment, ValueLayout.JAVA_LONG, (long) firstWord * Long.BYTES, signs, 0,
                    signs.length);
            case FLOAT32 -> {
                int[] numbers = new int[count];
                MemorySegment.copy(segment, ValueLayout.JAVA_INT, first * Float.BYTES, numbers, 0, count);
                for (int i = 0; i < count; i++) {
                    put(signs, i, numbers[i] < 0 && numbers[i] != FLOAT32_MINUS_ZERO);
                }
            }
            case FLOAT16 -> {
                short[] numbers = new short[count];
                MemorySegment.copy(segment, ValueLayout.JAVA_SHORT, first * Short.BYTES, numbers, 0, count);
                for (int i = 0; i < count; i++) {
                    put(signs, i, numbers[i] < 0 && numbers[i] != FLOAT16_MINUS_ZERO);
                }
            }
            case INT8 -> {
                byte[] numbers = new byte[count];
                MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, first, numbers, 0, count);
                for (int i = 0; i < count; i++) {
                    put(signs, i, numbers[i] < 0);
                }
            }
            default -> throw new IllegalArgumentException("%s has no signs of weights.".formatted(values));
        }
        return signs;
    }

    private static void put(long[] signs, int index, boolean negative) {
        signs[index / Long.SIZE] |= (negative ? 1L : 0) << index;
    }
}
