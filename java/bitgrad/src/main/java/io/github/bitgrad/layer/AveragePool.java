package io.github.bitgrad.layer;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.Form;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Value;
import io.github.bitgrad.compile.Want;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.AveragePoolOperations;
import io.github.bitgrad.tensor.PoolingShape;
import java.util.List;

/**
 * The average of each window, per channel. Windows lie side by side, beginning at the upper left corner; pixels at the
 * right and lower edge that do not fill a window are left out. It takes real values (sums, or normalised values before
 * their sign) and gives real values. In the backward pass, every pixel of a window gets an equal part of the gradient.
 *
 * @param height rows of pixels in a window, from 1 to 16
 * @param width pixels in a row of a window, from 1 to 16
 */
public record AveragePool(int height, int width) implements Layer {
    static final LayerKind KIND = LayerKind.of("averagePool",
            numbers -> new AveragePool(numbers.whole("height"), numbers.whole("width")));

    @Override
    public LayerKind kind() {
        return KIND;
    }

    @Override
    public Numbers numbers() {
        return Numbers.NONE.and("height", height).and("width", width);
    }

    @Override
    public ImageShape shape(List<ImageShape> inputs) {
        return Windows.shape(this, height, width, Layer.single(inputs));
    }

    @Override
    public Forward compile(StepBuilder step, List<Edge> inputs) {
        Edge input = Layer.single(inputs);
        ImageShape shape = input.shape();
        PoolingShape pooling = new PoolingShape(shape.height(), shape.width(), shape.channels(), height, width);
        ChannelSource source = step.reals(input);
        return new Forward(new Value.Reals(averages(step, pooling, source)),
                gradient -> input.gradient(spread(step, pooling, gradient)));
    }

    /** averages [batch · windows, channels] of x [batch · pixels, channels]. */
    private static ChannelSource averages(StepBuilder step, PoolingShape pooling, ChannelSource source) {
        return new ChannelSource.Whole(source.channels()) {
            @Override
            protected Form make(Want want) {
                Buffer x = source.whole(Want.ANY).values().buffer();
                Buffer averages = want.into().orElseGet(() -> step.temporary(".averages", Variable.DXY, FLOAT32,
                        step.batch() * pooling.pooledPixels(), pooling.channels()));
                step.trainAndInfer(AveragePoolOperations.averagePool(step.name(".forward.averagePool"), pooling, x,
                        averages));
                return new Form.Values(averages, true);
            }
        };
    }

    /** ∂x [batch · pixels, channels] of the gradient at averages [batch · windows, channels]. */
    private static ChannelSource spread(StepBuilder step, PoolingShape pooling, ChannelSource gradient) {
        return new ChannelSource.Whole(gradient.channels()) {
            @Override
            protected Form make(Want want) {
                Buffer windows = step.float32(gradient.whole(Want.REAL).values()).buffer();
                Buffer pixels = step.temporary(".backward.averagePool", Variable.DY, FLOAT32,
                        step.batch() * pooling.pixels(), pooling.channels());
                step.train(AveragePoolOperations.averagePoolBackward(pixels.name(), pooling, windows, pixels));
                return new Form.Values(pixels, true);
            }
        };
    }

    @Override
    public String toString() {
        return "averagePool(%sx%s)".formatted(height, width);
    }
}
