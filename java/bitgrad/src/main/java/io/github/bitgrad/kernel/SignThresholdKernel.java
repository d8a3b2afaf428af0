package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.INT32;

import io.github.bitgrad.bindings.kernels.Bitgrad;

/** The thresholds from which on the sign of a normalised sum is +1: {@code bitgrad.h}, "Signs of sums, for inference". */
public final class SignThresholdKernel {
    private SignThresholdKernel() {
    }

    /**
     * {@code bg_sign_thresholds}, by ranges of channels.
     *
     * @param normalisation float32 [1, channels] each
     * @param thresholds int32 [1, channels]
     */
    public static RangeCall thresholds(Normalisation normalisation, Matrix thresholds) {
        Operands operands = new Operands("sign_thresholds");
        long channels = thresholds.columns();
        operands.readChannels("mean", normalisation.mean(), channels);
        operands.readChannels("deviation", normalisation.deviation(), channels);
        operands.readChannels("beta", normalisation.beta(), channels);
        operands.write("thresholds", thresholds, INT32, 1, channels);
        return RangeCall.of("sign_thresholds", channels, operands,
                (begin, end) -> Bitgrad.bg_sign_thresholds(normalisation.mean().segment(),
                        normalisation.deviation().segment(), normalisation.beta().segment(), thresholds.segment(),
                        begin, end));
    }
}
