package io.github.bitgrad.step;

import io.github.bitgrad.kernel.Gradient;
import io.github.bitgrad.kernel.Matrix;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.PoolingShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The gradient at the sums of a binary convolution.
 *
 * @param values [output pixels, output channels] of real numbers or integers, or [windows, output channels] if there
 *            was pooling
 * @param scale the number that the integers are multiples of, float32 [1, 1]; empty if the values are real
 * @param pooled which pixel of a window a value belongs to; empty if each pixel has its own row
 */
public record GradientAtSums(Buffer values, Optional<Buffer> scale, Optional<PooledGradient> pooled) {
    /** A gradient of real numbers with a row for each pixel. */
    public static GradientAtSums real(Buffer values) {
        return new GradientAtSums(values, Optional.empty(), Optional.empty());
    }

    /** A gradient of integers with a row for each pixel. */
    public static GradientAtSums integers(Buffer values, Buffer scale) {
        return new GradientAtSums(values, Optional.of(scale), Optional.empty());
    }

    /** Checks the shapes of all buffers. */
    void expect(String name, ConvolutionShape convolution, long images) {
        long channels = convolution.outChannels();
        scale.ifPresent(buffer -> ConvolutionOperands.expect(name, buffer, 1, 1));
        if (pooled.isEmpty()) {
            ConvolutionOperands.expect(name, values, images * convolution.outPixels(), channels);
            return;
        }
        PoolingShape pooling = pooled.get().of(convolution);
        ConvolutionOperands.expect(name, values, images * pooling.pooledPixels(), channels);
        switch (pooled.get()) {
            case PooledGradient.OfSums(_, _, Buffer argmax) ->
                ConvolutionOperands.expect(name, argmax, pooling.argmaxPlanes() * images * pooling.pooledPixels(),
                        channels);
            case PooledGradient.OfSigns(_, _, Buffer signs, Buffer unselected) -> {
                ConvolutionOperands.expect(name, signs, images * pooling.pixels(), channels);
                ConvolutionOperands.expect(name, unselected, 2, channels);
            }
        }
    }

    /** The gradient as an operand of a kernel, when the buffers have their memory. */
    Gradient bound(ConvolutionShape convolution, long images) {
        Optional<Matrix> one = scale.map(buffer -> ConvolutionOperands.matrix(buffer, 1, 1));
        long pixels = pooled.map(pooling -> pooling.of(convolution)).map(PoolingShape::pooledPixels)
                .orElse(convolution.outPixels());
        return new Gradient(ConvolutionOperands.matrix(values, images * pixels, convolution.outChannels()), one,
                pooled.map(pooling -> pooling(pooling, convolution, images)));
    }

    private static Gradient.Pooling pooling(PooledGradient pooled, ConvolutionShape convolution, long images) {
        long channels = convolution.outChannels();
        PoolingShape pooling = pooled.of(convolution);
        return switch (pooled) {
            case PooledGradient.OfSums(long height, long width, Buffer argmax) -> new Gradient.OfSums(height, width,
                    ConvolutionOperands.matrix(argmax, pooling.argmaxPlanes() * images * pooling.pooledPixels(),
                            channels));
            case PooledGradient.OfSigns(long height, long width, Buffer signs, Buffer unselected) ->
                new Gradient.OfSigns(height, width,
                        ConvolutionOperands.matrix(signs, images * convolution.outPixels(), channels),
                        ConvolutionOperands.matrix(unselected, 2, channels));
        };
    }

    /** The buffers of the gradient, after others. */
    List<Buffer> uses(Buffer... others) {
        List<Buffer> uses = new ArrayList<>(List.of(others));
        uses.add(values);
        scale.ifPresent(uses::add);
        pooled.ifPresent(pooling -> uses.addAll(pooling.uses()));
        return uses;
    }
}
