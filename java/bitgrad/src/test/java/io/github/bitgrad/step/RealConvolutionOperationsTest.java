package io.github.bitgrad.step;

import io.github.bitgrad.tensor.ConvolutionShape;
import java.util.List;
import java.util.Set;

class RealConvolutionOperationsTest extends OperationsContract {
    /** Two images of 4x5 pixels with 3 channels, and windows of 2x2: 3x4 outputs of 6 channels. */
    private static final ConvolutionShape CONVOLUTION = new ConvolutionShape(4, 5, 3, 2, 1, 0, 6);
    private static final Shape IMAGES = new Shape(2 * 20, 3);
    private static final Shape WEIGHTS = new Shape(6, 12);
    private static final Shape SUMS = new Shape(2 * 12, 6);

    @Override
    List<Case> cases() {
        return List.of(
                adding("forward", List.of(IMAGES, WEIGHTS, SUMS),
                        (program, b) -> program.train(RealConvolutionOperations.forward(program, "op", CONVOLUTION,
                                b[0], b[1], b[2]))),
                adding("weightGradient", List.of(IMAGES, SUMS, WEIGHTS),
                        (program, b) -> program.train(RealConvolutionOperations.weightGradient(program, "op",
                                CONVOLUTION,
                                new RealConvolutionOperations.WeightGradient(b[0], b[1], b[2], true)))),
                one("inputGradient", List.of(SUMS, WEIGHTS, IMAGES),
                        b -> RealConvolutionOperations.inputGradient("op", CONVOLUTION, b[0], b[1], b[2])));
    }

    @Override
    Set<String> methods() {
        return publicMethods(RealConvolutionOperations.class);
    }
}
