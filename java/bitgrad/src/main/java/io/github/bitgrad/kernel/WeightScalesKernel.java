package io.github.bitgrad.kernel;

import io.github.bitgrad.bindings.kernels.Bitgrad;

/** The mean magnitudes of latent weights: {@code bitgrad.h}, "Scales of binary weights". */
public final class WeightScalesKernel {
    private WeightScalesKernel() {
    }

    /**
     * {@code bg_weight_scales}, by ranges of channels.
     *
     * @param weights float32, float16 or int8, with the same number of elements for each channel, one channel after the
     *            other
     * @param unit what a weight of 1 stands for, a positive number
     * @param scales float32 [1, channels]
     */
    public static RangeCall scales(Matrix weights, float unit, Matrix scales) {
        Operands operands = new Operands("weight_scales");
        long channels = scales.columns();
        operands.read("weights", weights);
        operands.writeChannels("scales", scales, channels);
        if (weights.elements() % channels != 0) {
            throw new IllegalArgumentException(
                    "weight_scales: %s weights are not those of %s channels; pass the same number for each channel."
                            .formatted(weights.elements(), channels));
        }
        int type = Kernels.code(weights.type());
        long fanIn = weights.elements() / channels;
        return RangeCall.of("weight_scales", channels, operands, (begin, end) -> Bitgrad.bg_weight_scales(type,
                weights.segment(), fanIn, unit, scales.segment(), begin, end));
    }
}
