package io.github.bitgrad.step;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Buffer.Life;
import io.github.bitgrad.tensor.ElementType;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the backward pass of a training step needs of the values of a block of the network, such as the outputs of its
 * layers and the stream of real numbers that leaves it. Such a value is kept from the forward pass as bits, kept as
 * numbers, or computed again from what is kept; other values are not needed. Weights, and statistics with one number
 * for each channel, are not counted.
 *
 * @param block the name of the block: the part of its nodes' names before the first dot
 * @param bitBytes bytes of the values that are kept as bits: signs, where the straight-through estimator lets a gradient
 *            pass, and which element of a window pooling selected
 * @param numberBytes bytes of the values that are kept as numbers
 * @param againBytes bytes of the values that are computed again, all together. Where there are tiles of channels, these
 *            bytes are never in use at the same time
 */
public record KeptValues(String block, long bitBytes, long numberBytes, long againBytes) {
    /** What the names of values that are computed again contain, after the name of their block. */
    private static final String AGAIN = ".backward.again";

    /**
     * Finds the values of each block.
     *
     * @param forward for each operation of the forward pass, the buffers that it uses
     * @param backward for each operation of the backward pass, the buffers that it uses
     * @return the blocks of which something is needed, in the order of the forward pass
     */
    static List<KeptValues> of(List<List<Buffer>> forward, List<List<Buffer>> backward) {
        Set<Buffer> kept = values(forward);
        Set<Buffer> used = values(backward);
        Map<String, KeptValues> blocks = new LinkedHashMap<>();
        kept.forEach(buffer -> add(blocks, buffer, 0, 0, 0)); // so that the blocks are in order
        kept.retainAll(used);
        for (Buffer buffer : kept) {
            boolean bits = buffer.type() == ElementType.BITS;
            add(blocks, buffer, bits ? buffer.bytes() : 0, bits ? 0 : buffer.bytes(), 0);
        }
        for (Buffer buffer : used) {
            if (buffer.name().contains(AGAIN)) {
                add(blocks, buffer, 0, 0, buffer.bytes());
            }
        }
        return blocks.values().stream().filter(block -> block.bitBytes + block.numberBytes + block.againBytes > 0)
                .toList();
    }

    /** The activations among the buffers, and the images. */
    private static Set<Buffer> values(List<List<Buffer>> operations) {
        Set<Buffer> values = new LinkedHashSet<>();
        for (List<Buffer> uses : operations) {
            for (Buffer buffer : uses) {
                boolean lives = buffer.life() == Life.TEMPORARY || buffer.life() == Life.INPUT;
                boolean activation = switch (buffer.variable()) {
                    case X, DXY, DY, POOL_MASKS -> true;
                    case W, DW, MOMENTA, OTHER -> false;
                };
                if (lives && activation) {
                    values.add(buffer);
                }
            }
        }
        return values;
    }

    private static void add(Map<String, KeptValues> blocks, Buffer buffer, long bits, long numbers, long again) {
        String name = buffer.name().split("\\.", 2)[0];
        blocks.merge(name, new KeptValues(name, bits, numbers, again), KeptValues::and);
    }

    /** The sums of the bytes, under the name of this block. */
    public KeptValues and(KeptValues more) {
        return new KeptValues(block, bitBytes + more.bitBytes, numberBytes + more.numberBytes,
                againBytes + more.againBytes);
    }
}
