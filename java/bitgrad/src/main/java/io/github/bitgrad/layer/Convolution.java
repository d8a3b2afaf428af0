package io.github.bitgrad.layer;

import io.github.bitgrad.data.ImageShape;
import java.util.Optional;

/**
 * What convolutions share whose output pixels have channels of their own: their geometry, and how they are described.
 *
 * @param <C> the kind of convolution
 */
public interface Convolution<C extends Convolution<C>> extends KernelLayer<C> {
    /** Channels of an output pixel, at least 1. */
    int channels();

    @Override
    default int outChannels(ImageShape input) {
        return channels();
    }

    @Override
    default Numbers numbers() {
        return geometry().after(Numbers.NONE.and("channels", channels()));
    }

    @Override
    default Optional<Layer> withOutputs(int channels) {
        return Optional.of(kind().layer(numbers().and("channels", channels)));
    }

    /** This convolution as messages write it. */
    default String described() {
        return "%s(%s, %s)".formatted(label(), channels(), geometry());
    }
}
