package io.github.bitgrad.layer;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.layer.Layer.Forward;
import io.github.bitgrad.tensor.ConvolutionShape;

/**
 * The common part of binary convolutions and dense layers. A dense layer is compiled as a convolution of images with
 * one pixel.
 */
final class BinaryProducts {
    /** The largest fan-in. A sum of more signs might not fit into 16 bits. */
    private static final int MOST_FAN_IN = Bitgrad.BG_MAX_FAN_IN();

    private BinaryProducts() {
    }

    static void requireFanIn(Layer layer, long fanIn) {
        if (fanIn > MOST_FAN_IN) {
            throw new IllegalArgumentException(
                    "%s has a fan-in of %s, but at most %s is possible; choose a smaller kernel, or fewer channels before it."
                            .formatted(layer, fanIn, MOST_FAN_IN));
        }
    }

    static void requireClip(Layer layer, double clip) {
        if (!((float) clip > 0 && Float.isFinite((float) clip))) {
            throw new IllegalArgumentException("%s is impossible: clip must be a positive number.".formatted(layer));
        }
    }

    /** The numbers of a layer, with the limit of its latent weights if it is not the usual one. */
    static Numbers withClip(Numbers numbers, double clip) {
        return clip == 1 ? numbers : numbers.and("clip", clip);
    }

    /** A layer as messages write it, with the limit of its latent weights if it is not the usual one. */
    static String described(String layer, double clip) {
        return clip == 1 ? layer : "%s, clip %s)".formatted(layer.substring(0, layer.length() - 1), clip);
    }

    /** @param clip the limit of the latent weights that are floats; bytes have a quarter of it */
    static Forward compile(StepBuilder step, ConvolutionShape convolution, Edge input, float clip) {
        return switch (step.policy().products()) {
            case BITS -> new ProductOnBits(step, convolution, input, clip).forward();
            case BLAS -> ProductOnBlas.ofSigns(step, convolution, input, clip).forward();
        };
    }

    static PaperTerms paperTerms(ConvolutionShape convolution) {
        return PaperTerms.binary(convolution.pixels() * convolution.channels(),
                convolution.outPixels() * convolution.outChannels(),
                convolution.fanIn() * convolution.outChannels());
    }
}
