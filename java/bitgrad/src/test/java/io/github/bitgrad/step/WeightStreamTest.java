package io.github.bitgrad.step;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.ConvolutionShape;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What it computes is compared in {@code GradientsTest}. */
class WeightStreamTest extends OperationsContract {
    /** Two images of 4x5 pixels with 3 channels: 3x4 outputs of 7 channels, in 1x2 windows of 2x2. */
    private static final ConvolutionShape SHAPE = new ConvolutionShape(4, 5, 3, 2, 1, 0, 7);
    private static final Shape IMAGES = new Shape(2 * 20, 3);
    private static final Shape IMAGE_BITS = new Shape(2 * 20, 24);
    private static final Shape SUMS = new Shape(2 * 12, 7);
    private static final Shape SCALE = new Shape(1, 1);
    private static final Shape WINDOWS = new Shape(2 * 2, 7);
    private static final Shape ARGMAX = new Shape(2 * 2 * 2, 7);
    private static final Shape OTHERS = new Shape(2, 7);

    private static final BlockUpdate UPDATE = BlockUpdate.of(List.of(), (_, _, _) -> {
        throw new AssertionError("nothing is run");
    });

    @Override
    List<Case> cases() {
        return List.of(stream(List.of(SUMS, SCALE, IMAGES), _ -> Optional.empty(), 2),
                stream(List.of(SUMS, SCALE, IMAGE_BITS), _ -> Optional.empty(), 2),
                stream(List.of(WINDOWS, SCALE, ARGMAX, IMAGES), b -> Optional.of(PooledGradient.ofSums(2, b[2])), 3),
                stream(List.of(WINDOWS, SCALE, SUMS, OTHERS, IMAGES),
                        b -> Optional.of(PooledGradient.ofSigns(2, b[2], b[3])), 4));
    }

    private interface Pooled {
        Optional<PooledGradient> of(Buffer[] buffers);
    }

    private static Case stream(List<Shape> shapes, Pooled pooled, int input) {
        return adding("of", shapes, (program, b) -> program.train(WeightStream.of(program, "op", SHAPE,
                new GradientAtSums(b[0], Optional.of(b[1]), pooled.of(b)), b[input], FLOAT32, UPDATE)));
    }

    @Override
    Set<String> methods() {
        return publicMethods(WeightStream.class);
    }
}
