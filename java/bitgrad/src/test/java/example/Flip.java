package example;

import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.layer.Layer;
import io.github.bitgrad.layer.LayerKind;
import io.github.bitgrad.layer.Numbers;
import java.util.List;

/** A layer of a user's that files can name, because its kind is found as a service: the negative of real values. */
public record Flip() implements Layer {
    /** What META-INF/services names. */
    public static final class Kind implements LayerKind {
        @Override
        public String name() {
            return "flip";
        }

        @Override
        public Layer layer(Numbers numbers) {
            return new Flip();
        }
    }

    @Override
    public LayerKind kind() {
        return new Kind();
    }

    @Override
    public ImageShape shape(List<ImageShape> inputs) {
        return Layer.single(inputs);
    }

    @Override
    public Forward compile(StepBuilder step, List<Edge> inputs) {
        return new Scale(-1).compile(step, inputs);
    }
}
