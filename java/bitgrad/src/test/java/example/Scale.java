package example;

import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.Form;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Value;
import io.github.bitgrad.compile.Want;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.layer.Layer;
import io.github.bitgrad.layer.LayerKind;
import io.github.bitgrad.layer.Numbers;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.step.Operation;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.Consumer;

/** A layer as a user of the library writes one: real values times a factor. */
public record Scale(double factor) implements Layer {
    public static final LayerKind KIND = LayerKind.of("scale", numbers -> new Scale(numbers.real("factor")));

    @Override
    public LayerKind kind() {
        return KIND;
    }

    @Override
    public Numbers numbers() {
        return Numbers.NONE.and("factor", factor);
    }

    @Override
    public ImageShape shape(List<ImageShape> inputs) {
        return Layer.single(inputs);
    }

    @Override
    public Forward compile(StepBuilder step, List<Edge> inputs) {
        Edge input = Layer.single(inputs);
        return new Forward(new Value.Reals(scaled(step, step.reals(input), ".forward.scale", step::trainAndInfer)),
                gradient -> input.gradient(scaled(step, gradient, ".backward.scaled", step::train)));
    }

    private ChannelSource scaled(StepBuilder step, ChannelSource source, String suffix, Consumer<Operation> add) {
        return new ChannelSource.Whole(source.channels()) {
            @Override
            protected Form make(Want want) {
                Buffer values = step.float32(source.whole(Want.REAL).values()).buffer();
                Buffer scaled = step.like(suffix, values);
                add.accept(new Product(step.name(suffix), values, (float) factor, scaled));
                return new Form.Values(scaled, true);
            }
        };
    }

    private static final class Product extends Operation {
        private final Buffer values;
        private final float factor;
        private final Buffer scaled;

        Product(String name, Buffer values, float factor, Buffer scaled) {
            super(name, values.rows() * values.columns(), 1, values.rows() * values.columns(),
                    List.of(values, scaled));
            this.values = values;
            this.factor = factor;
            this.scaled = scaled;
        }

        @Override
        protected void run(long begin, long end) {
            for (long i = begin; i < end; i++) {
                scaled.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i,
                        factor * values.segment().getAtIndex(ValueLayout.JAVA_FLOAT, i));
            }
        }
    }
}
