package io.github.bitgrad.step;

import io.github.bitgrad.tensor.ConvolutionShape;
import java.util.List;
import java.util.Optional;
import java.util.Set;

class DepthwiseConvolutionOperationsTest extends OperationsContract {
    /** Five images of 4x5 pixels with 35 channels, and windows of 2x2: 3x4 outputs; the last three channels. */
    private static final ConvolutionShape CONVOLUTION = new ConvolutionShape(4, 5, 35, 2, 1, 0, 35);
    private static final long FIRST = 32;
    private static final Shape IMAGES = new Shape(5 * 20, 35);
    private static final Shape GRADIENT = new Shape(5 * 20, 3);
    private static final Shape WEIGHTS = new Shape(4, 35);
    private static final Shape SUMS = new Shape(5 * 12, 3);

    @Override
    List<Case> cases() {
        return List.of(
                one("forward", List.of(IMAGES, WEIGHTS, SUMS),
                        b -> DepthwiseConvolutionOperations.forward("op", CONVOLUTION, b[0], b[1],
                                new ChannelTile(b[2], FIRST))),
                one("inputGradient", List.of(SUMS, WEIGHTS, IMAGES, GRADIENT),
                        b -> DepthwiseConvolutionOperations.inputGradient("op", CONVOLUTION,
                                new ChannelTile(b[0], FIRST), b[1], Optional.of(b[2]), b[3])),
                adding("weightGradient", List.of(IMAGES, SUMS, WEIGHTS),
                        (program, b) -> DepthwiseConvolutionOperations.weightGradient(program, "op", CONVOLUTION, b[0],
                                new ChannelTile(b[1], FIRST), b[2])));
    }

    @Override
    Set<String> methods() {
        return publicMethods(DepthwiseConvolutionOperations.class);
    }
}
