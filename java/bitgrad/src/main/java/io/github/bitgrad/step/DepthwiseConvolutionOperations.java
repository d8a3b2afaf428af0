package io.github.bitgrad.step;

import static io.github.bitgrad.step.ConvolutionOperands.images;
import static io.github.bitgrad.step.Operations.bound;
import static io.github.bitgrad.step.Operations.elements;
import static io.github.bitgrad.step.Operations.expectShape;
import static io.github.bitgrad.step.Operations.expectTile;
import static io.github.bitgrad.step.Operations.matrix;

import io.github.bitgrad.kernel.DepthwiseConvolutionKernel;
import io.github.bitgrad.kernel.DepthwiseConvolutionKernel.Part;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes operations of depthwise binary convolutions (bitgrad.h, "Depthwise binary convolutions"), each for a tile of
 * channels. The convolution has as many output channels as channels. Weights are bits [taps, channels], and their
 * gradient is float32 [taps, channels].
 */
public final class DepthwiseConvolutionOperations {
    private DepthwiseConvolutionOperations() {
    }

    private static Part expectTiles(String name, ConvolutionShape convolution, ChannelTile outputs, Buffer inputs) {
        long images = images(name, outputs.values(), convolution.outPixels());
        expectTile(name, images * convolution.pixels(), outputs.values().columns(), outputs.first(), inputs);
        expectShape(name, images * convolution.pixels(), convolution.channels(), inputs);
        return new Part(convolution, images, outputs.first());
    }

    private static void expectWeights(String name, ConvolutionShape convolution, Buffer weights) {
        expectShape(name, convolution.taps(), convolution.channels(), weights);
    }

    /** Of products on bits: a word holds the products of 64 channels, and each output is written. */
    private static long work(ConvolutionShape convolution, Buffer outputs) {
        return elements(outputs) * convolution.taps() / ConvolutionOperands.PRODUCTS_AN_ELEMENT + elements(outputs);
    }

    private static long products(ConvolutionShape convolution, Buffer outputs) {
        return elements(outputs) * convolution.taps();
    }

    /**
     * y = x ∗ weights.
     *
     * @param x bits [images · pixels, channels]
     * @param weights bits [taps, channels]
     * @param y a tile, int16 or float32 [images · outPixels, channels of the tile]: written
     */
    public static Operation forward(String name, ConvolutionShape convolution, Buffer x, Buffer weights,
            ChannelTile y) {
        Buffer sums = y.values();
        Part part = expectTiles(name, convolution, y, x);
        expectWeights(name, convolution, weights);
        return bound(name, part.images(), 1, work(convolution, sums),
                arena -> DepthwiseConvolutionKernel.forward(arena, part, matrix(x), matrix(weights),
                        matrix(sums))::run,
                List.of(x, weights, sums)).withProducts(products(convolution, sums));
    }

    /**
     * dx = dy ∗ weightsᵀ where the mask lets the gradient pass, and 0 elsewhere.
     *
     * @param dy a tile, float32 or float16 [images · outPixels, channels of the tile]
     * @param weights bits [taps, channels]
     * @param mask bits [images · pixels, channels]; empty if no gradient is stopped
     * @param dx float32 or float16 [images · pixels, channels of the tile]: written
     */
    public static Operation inputGradient(String name, ConvolutionShape convolution, ChannelTile dy, Buffer weights,
            Optional<Buffer> mask, Buffer dx) {
        Buffer gradient = dy.values();
        long images = images(name, gradient, convolution.outPixels());
        Part part = new Part(convolution, images, dy.first());
        expectWeights(name, convolution, weights);
        expectTile(name, convolution.taps(), gradient.columns(), dy.first(), weights);
        expectShape(name, images * convolution.pixels(), gradient.columns(), dx);
        mask.ifPresent(bits -> expectShape(name, images * convolution.pixels(), convolution.channels(), bits));
        List<Buffer> uses = new ArrayList<>(List.of(gradient, weights, dx));
        mask.ifPresent(uses::add);
        return bound(name, images, 1, products(convolution, gradient),
                arena -> DepthwiseConvolutionKernel.inputGradient(arena, part, matrix(gradient), matrix(weights),
                        mask.map(Operations::matrix), matrix(dx))::run,
                uses).withProducts(products(convolution, gradient));
    }

    /**
     * dw = dyᵀ ∗ x, in two passes: sums for each block of images, and the sum of these.
     *
     * @param x bits [images · pixels, channels]
     * @param dy a tile, float32 or float16 [images · outPixels, channels of the tile]
     * @param dw float32 [taps, channels]: the channels of the tile are written
     */
    public static void weightGradient(Program program, String name, ConvolutionShape convolution, Buffer x,
            ChannelTile dy, Buffer dw) {
        Buffer gradient = dy.values();
        Part part = expectTiles(name, convolution, dy, x);
        expectWeights(name, convolution, dw);
        long blocks = Math.ceilDiv(part.images(), DepthwiseConvolutionKernel.BLOCK);
        Buffer sums = program.temporary(name + ".sums", Variable.DW, ElementType.FLOAT32, blocks * convolution.taps(),
                gradient.columns());
        program.train(bound(name + ".sums", blocks, 1, products(convolution, gradient),
                arena -> DepthwiseConvolutionKernel.weightSums(arena, part, matrix(x), matrix(gradient),
                        matrix(sums))::run,
                List.of(x, gradient, sums)).withProducts(products(convolution, gradient)));
        program.train(bound(name, convolution.taps(), 1, elements(sums),
                arena -> DepthwiseConvolutionKernel.weightGradient(arena, matrix(sums), dy.first(), matrix(dw))::run,
                List.of(sums, dw)));
    }
}
