package io.github.bitgrad.step;

import static io.github.bitgrad.step.Operations.bound;
import static io.github.bitgrad.step.Operations.elements;
import static io.github.bitgrad.step.Operations.expectShape;
import static io.github.bitgrad.step.Operations.matrix;

import io.github.bitgrad.kernel.AddKernel;
import io.github.bitgrad.memory.Buffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes operations that add up a gradient over the parts of a batch ({@link TrainingClock#part}), and update weights by
 * the sum. In the first part of a step, the gradient replaces what is in the sum.
 */
public final class GradientSum {
    private GradientSum() {
    }

    /**
     * sum = sum + gradient.
     *
     * @param gradient float32 [rows, columns]
     * @param sum float32 [rows, columns]
     * @param clock tells the part
     */
    public static Operation add(String name, Buffer gradient, Buffer sum, TrainingClock clock) {
        expectShape(name, gradient.rows(), gradient.columns(), sum);
        return bound(name, gradient.rows(), 1, elements(gradient), _ -> {
            AddKernel.Accumulator kernel = AddKernel.accumulate(matrix(sum));
            return (begin, end) -> kernel.run(gradient.segment(), 0, clock.part() == 0, begin, end);
        }, List.of(gradient, sum));
    }

    /**
     * Adds the gradient of each block of output channels to a sum, in place of an update.
     *
     * @param sum float32 [output channels · taps, input channels]
     * @param taps rows for each output channel
     * @param clock tells the part
     */
    public static BlockUpdate addBlocks(Buffer sum, long taps, TrainingClock clock) {
        return BlockUpdate.bound(List.of(sum), _ -> {
            AddKernel.Accumulator kernel = AddKernel.accumulate(matrix(sum));
            return (gradient, begin, end) -> kernel.run(gradient, begin * taps, clock.part() == 0, begin * taps,
                    end * taps);
        });
    }

    /**
     * Updates weights by a gradient that is whole, one block of output channels after the other.
     *
     * @param gradient [output channels · taps, input channels] in the type that the update takes
     * @param taps rows for each output channel
     */
    public static Operation updateBlocks(String name, Buffer gradient, long taps, BlockUpdate update) {
        long channels = gradient.rows() / taps;
        List<Buffer> uses = new ArrayList<>(update.uses());
        uses.add(gradient);
        Buffer[] blocks = new Buffer[(int) Math.ceilDiv(channels, WeightStream.BLOCK)];
        for (int i = 0; i < blocks.length; i++) {
            long begin = i * WeightStream.BLOCK;
            blocks[i] = gradient.rows(begin * taps, Math.min(begin + WeightStream.BLOCK, channels) * taps);
        }
        return bound(name, channels, WeightStream.BLOCK, elements(gradient), arena -> {
            update.bind(arena);
            return (begin, end) -> {
                for (long block = begin; block < end; block += WeightStream.BLOCK) {
                    update.run(blocks[(int) (block / WeightStream.BLOCK)].segment(), block,
                            Math.min(block + WeightStream.BLOCK, end));
                }
            };
        }, uses);
    }
}
