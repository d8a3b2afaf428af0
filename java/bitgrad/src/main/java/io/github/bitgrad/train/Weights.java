package io.github.bitgrad.train;

import io.github.bitgrad.compile.BinaryWeights;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.random.RandomGenerator;

/** First values of weights. */
final class Weights {
    private Weights() {
    }

    /**
     * Fills a layer's weights uniformly within ±√(6 / (fan-in + fan-out)) (Glorot and Bengio, 2010), with a fan-out of
     * channels · taps. Weights that are signs become +1 or −1 with the same probability. Weights that are bytes are
     * rounded at random to 127ths of {@link Optimizer#BYTE_LIMIT}, and clipped to that limit.
     */
    static void randomise(BinaryWeights parameter, RandomGenerator random) {
        Buffer weights = parameter.values();
        float limit = (float) Math.sqrt(6.0 / (parameter.fanIn() + parameter.fanOut()));
        MemorySegment segment = weights.segment();
        for (long row = 0; row < weights.rows(); row++) {
            for (long column = 0; column < weights.columns(); column++) {
                long index = row * weights.columns() + column;
                float value = (2 * random.nextFloat() - 1) * limit;
                switch (weights.type()) {
                    case FLOAT32 -> segment.setAtIndex(ValueLayout.JAVA_FLOAT, index, value);
                    case FLOAT16 -> segment.setAtIndex(ValueLayout.JAVA_SHORT, index, Float.floatToFloat16(value));
                    case INT8 -> {
                        double units = Math.floor(value / Optimizer.BYTE_LIMIT * Byte.MAX_VALUE + random.nextFloat());
                        segment.set(ValueLayout.JAVA_BYTE, index,
                                (byte) Math.clamp(units, -Byte.MAX_VALUE, Byte.MAX_VALUE));
                    }
                    case BITS -> {
                        long word = row * ElementType.words(weights.columns()) + column / Long.SIZE;
                        long bit = value >= 0 ? 1L << column % Long.SIZE : 0;
                        segment.setAtIndex(ValueLayout.JAVA_LONG, word,
                                segment.getAtIndex(ValueLayout.JAVA_LONG, word) | bit);
                    }
                    default -> throw new IllegalArgumentException("Weights cannot be %s.".formatted(weights));
                }
            }
        }
    }
}
