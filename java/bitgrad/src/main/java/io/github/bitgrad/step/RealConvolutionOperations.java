package io.github.bitgrad.step;

import static io.github.bitgrad.step.ConvolutionOperands.expect;
import static io.github.bitgrad.step.ConvolutionOperands.images;
import static io.github.bitgrad.step.ConvolutionOperands.inputs;
import static io.github.bitgrad.step.ConvolutionOperands.outputs;
import static io.github.bitgrad.step.Operations.bound;
import static io.github.bitgrad.step.Operations.expectShape;
import static io.github.bitgrad.step.Operations.matrix;

import io.github.bitgrad.kernel.RealConvolutionKernel;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.ConvolutionShape;
import java.util.List;

/**
 * Makes operations of real products (bitgrad.h, "Products of real numbers"). Weights and their gradient are float32
 * [outChannels, fan-in]. A dense layer is a convolution of images of one pixel; its matrices may have the shape that
 * they have elsewhere, as long as the memory is equal.
 */
public final class RealConvolutionOperations {
    /** Multiplications of real numbers that take as long as touching one element. */
    private static final long PRODUCTS_AN_ELEMENT = 8;
    /** Output channels for which a call of the kernel prepares the input once. */
    private static final long BLOCK = 32;

    private RealConvolutionOperations() {
    }

    private static long work(ConvolutionShape convolution, long images) {
        return ConvolutionOperands.products(convolution, images) / PRODUCTS_AN_ELEMENT;
    }

    /**
     * y = x ∗ weights.
     *
     * @param x float32 or bytes [images · pixels, channels]
     * @param y float32 [images · outPixels, outChannels]: written
     */
    public static Operation forward(Program program, String name, ConvolutionShape convolution, Buffer x,
            Buffer weights, Buffer y) {
        long images = images(name, y, convolution.outPixels());
        expect(name, x, images * convolution.pixels(), convolution.channels());
        expectShape(name, convolution.outChannels(), convolution.fanIn(), weights);
        expectShape(name, images * convolution.outPixels(), convolution.outChannels(), y);
        return ScratchOperation.of(program, RealConvolutionKernel.scratchBytes(convolution), name, images, 1,
                work(convolution, images),
                (arena, scratch, _, _) -> RealConvolutionKernel.forward(arena, convolution, images,
                        inputs(x, convolution, images), matrix(weights), matrix(y), scratch),
                List.of(x, weights, y)).withProducts(ConvolutionOperands.products(convolution, images));
    }

    /**
     * What {@link #weightGradient} works on.
     *
     * @param x float32 or bytes [images · pixels, channels]
     * @param dy float32 [images · outPixels, outChannels]
     * @param dw float32 [outChannels, fan-in]: written
     * @param add whether the gradient is added to what dw holds
     */
    public record WeightGradient(Buffer x, Buffer dy, Buffer dw, boolean add) {
        private RealConvolutionKernel.WeightGradient bound(ConvolutionShape convolution, long images) {
            return new RealConvolutionKernel.WeightGradient(inputs(x, convolution, images), matrix(dy), matrix(dw),
                    add);
        }
    }

    /**
     * dw = dyᵀ ∗ x, or dw + dyᵀ ∗ x. The gradient of some images, to which that of the images after them is added, has
     * the bits of the gradient of all of them.
     */
    public static Operation weightGradient(Program program, String name, ConvolutionShape convolution,
            WeightGradient of) {
        Buffer x = of.x();
        Buffer dy = of.dy();
        Buffer dw = of.dw();
        long images = images(name, dy, convolution.outPixels());
        expect(name, x, images * convolution.pixels(), convolution.channels());
        expectShape(name, images * convolution.outPixels(), convolution.outChannels(), dy);
        expectShape(name, convolution.outChannels(), convolution.fanIn(), dw);
        return ScratchOperation.of(program, RealConvolutionKernel.scratchBytes(convolution), name,
                convolution.outChannels(), BLOCK, work(convolution, images),
                (arena, scratch, _, _) -> RealConvolutionKernel.weightGradient(arena, convolution, images,
                        of.bound(convolution, images), scratch),
                List.of(x, dy, dw)).withProducts(ConvolutionOperands.products(convolution, images));
    }

    /**
     * dx = dy ∗ weightsᵀ.
     *
     * @param dy float32 [images · outPixels, outChannels]
     * @param dx float32 [images · pixels, channels]: written
     */
    public static Operation inputGradient(String name, ConvolutionShape convolution, Buffer dy, Buffer weights,
            Buffer dx) {
        long images = images(name, dy, convolution.outPixels());
        expectShape(name, images * convolution.outPixels(), convolution.outChannels(), dy);
        expectShape(name, convolution.outChannels(), convolution.fanIn(), weights);
        expect(name, dx, images * convolution.pixels(), convolution.channels());
        return bound(name, images, 1, work(convolution, images),
                arena -> RealConvolutionKernel.inputGradient(arena, convolution, images,
                        outputs(dy, convolution, images), matrix(weights), inputs(dx, convolution, images))::run,
                List.of(dy, weights, dx)).withProducts(ConvolutionOperands.products(convolution, images));
    }
}
