package io.github.bitgrad.layer;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.LatentWeights;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.layer.Layer.Forward;
import io.github.bitgrad.tensor.ConvolutionShape;
import java.util.List;
import java.util.Map;

/**
 * The common part of binary convolutions and dense layers. A dense layer is compiled as a convolution of images with
 * one pixel.
 */
final class BinaryProducts {
    /** The largest fan-in. A sum of more signs might not fit into 16 bits. */
    private static final int MOST_FAN_IN = Bitgrad.BG_MAX_FAN_IN();

    /** The names of the numbers of latent weights in files. */
    static final List<String> NUMBERS = List.of("clip", "scale");
    private static final int NO_SCALE = 0;
    private static final int MEAN = 1;
    /** The words for numbers of latent weights. */
    static final Map<String, List<String>> WORDS = Map.of("scale", List.of("none", "mean"));

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

    /** The latent weights that a file describes. If it says nothing else, they are the usual ones. */
    static LatentWeights latent(Numbers numbers) {
        int scale = numbers.whole("scale", NO_SCALE);
        if (scale != NO_SCALE && scale != MEAN) {
            throw new IllegalArgumentException("There is no scale of weights with the number %s.".formatted(scale));
        }
        return new LatentWeights(numbers.real("clip", LatentWeights.USUAL.clip()), scale == MEAN);
    }

    /** The numbers of a layer, with those of latent weights that are not the usual ones. */
    static Numbers with(Numbers numbers, LatentWeights weights) {
        Numbers clipped = weights.clip() == LatentWeights.USUAL.clip() ? numbers : numbers.and("clip", weights.clip());
        return weights.scaled() ? clipped.and("scale", MEAN) : clipped;
    }

    /** A layer as messages write it, with what is not usual of its latent weights. */
    static String described(String layer, LatentWeights weights) {
        String clipped = weights.clip() == LatentWeights.USUAL.clip() ? "" : ", clip " + weights.clip();
        String scaled = weights.scaled() ? ", scale mean" : "";
        return "%s%s%s)".formatted(layer.substring(0, layer.length() - 1), clipped, scaled);
    }

    static Forward compile(StepBuilder step, ConvolutionShape convolution, Edge input, LatentWeights weights) {
        return switch (step.policy().products()) {
            case BITS -> new ProductOnBits(step, convolution, input, weights).forward();
            case BLAS -> ProductOnBlas.ofSigns(step, convolution, input, weights).forward();
        };
    }

    static PaperTerms paperTerms(ConvolutionShape convolution) {
        return PaperTerms.binary(convolution.pixels() * convolution.channels(),
                convolution.outPixels() * convolution.outChannels(),
                convolution.fanIn() * convolution.outChannels());
    }
}
