package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT8;

import io.github.bitgrad.bindings.kernels.bg_gradient;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.ElementType;
import io.github.bitgrad.tensor.PoolingShape;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * A gradient dy with respect to the outputs of a convolution, as {@code struct bg_gradient} of bitgrad.h has it.
 *
 * @param values float32, float16, int16 or int8 [images · outPixels, outChannels]; or int8 [images · windows,
 *        outChannels] where outputs were pooled
 * @param scale what integers are multiples of, float32 [1, 1]; empty where values are real, or where only signs of a
 *        product are wanted
 * @param pooling of the outputs; empty where there is none
 */
public record Gradient(Matrix values, Optional<Matrix> scale, Optional<Pooling> pooling) {
    /** How outputs were max-pooled. */
    public sealed interface Pooling {
        /** Rows of pixels in a window. */
        long windowHeight();

        /** Pixels in a row of a window. */
        long windowWidth();
    }

    /**
     * Pooling of sums.
     *
     * @param argmax which element of each window was selected: bits [planes · windows, outChannels]
     */
    public record OfSums(long windowHeight, long windowWidth, Matrix argmax) implements Pooling {
    }

    /**
     * Pooling of signs.
     *
     * @param signs before pooling: bits [images · outPixels, outChannels]
     * @param unselected the gradient of the elements that max pooling did not select: int8 [2, outChannels], row 0
     *        where their sign is +1 and row 1 where it is −1
     */
    public record OfSigns(long windowHeight, long windowWidth, Matrix signs, Matrix unselected) implements Pooling {
    }

    /** A gradient of real values, with a row for each output pixel. */
    public Gradient(Matrix values) {
        this(values, Optional.empty(), Optional.empty());
    }

    /** A gradient of integers, with a row for each output pixel. */
    public Gradient(Matrix values, Matrix scale) {
        this(values, Optional.of(scale), Optional.empty());
    }

    /** A gradient of integers, with a row for each window. */
    public Gradient(Matrix values, Matrix scale, Pooling pooling) {
        this(values, Optional.of(scale), Optional.of(pooling));
    }

    ElementType type() {
        return values.type();
    }

    /** Checks the operands for so many images. */
    void check(Operands operands, ConvolutionShape convolution, long images) {
        long channels = convolution.outChannels();
        long windows = pooling.map(pooling -> shape(convolution, pooling).pooledPixels())
                .orElseGet(convolution::outPixels);
        operands.read("dy", values, type(), Operands.rows(images, windows), channels);
        scale.ifPresent(one -> operands.read("scale", one, FLOAT32, 1, 1));
        switch (pooling.orElse(null)) {
            case null -> {
            }
            case OfSums sums -> operands.read("argmax", sums.argmax(), BITS,
                    Operands.rows(images, shape(convolution, sums).argmaxPlanes() * windows), channels);
            case OfSigns signs -> {
                operands.read("signs", signs.signs(), BITS, Operands.rows(images, convolution.outPixels()), channels);
                operands.read("unselected", signs.unselected(), INT8, 2, channels);
            }
        }
    }

    private static PoolingShape shape(ConvolutionShape convolution, Pooling pooling) {
        return new PoolingShape(convolution.outHeight(), convolution.outWidth(), convolution.outChannels(),
                pooling.windowHeight(), pooling.windowWidth());
    }

    /** Fills the struct. */
    void fill(MemorySegment arguments) {
        bg_gradient.type(arguments, Kernels.code(type()));
        bg_gradient.values(arguments, values.segment());
        bg_gradient.scale(arguments, scale.map(Matrix::segment).orElse(MemorySegment.NULL));
        bg_gradient.window_height(arguments, pooling.map(Pooling::windowHeight).orElse(1L));
        bg_gradient.window_width(arguments, pooling.map(Pooling::windowWidth).orElse(1L));
        bg_gradient.argmax(arguments, MemorySegment.NULL);
        bg_gradient.signs(arguments, MemorySegment.NULL);
        bg_gradient.unselected(arguments, MemorySegment.NULL);
        switch (pooling.orElse(null)) {
            case null -> {
            }
            case OfSums sums -> bg_gradient.argmax(arguments, sums.argmax().segment());
            case OfSigns signs -> {
                bg_gradient.signs(arguments, signs.signs().segment());
                bg_gradient.unselected(arguments, signs.unselected().segment());
            }
        }
    }
}
