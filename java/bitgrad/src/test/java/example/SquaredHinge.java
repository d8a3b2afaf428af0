package example;

import io.github.bitgrad.compile.Loss;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A loss of a user's own, with an operation in plain Java: the mean over classes of max(0, 1 − t x)², where x is the
 * output of a class and t is 1 for the right class and −1 for all others.
 */
public final class SquaredHinge implements Loss {
    @Override
    public String name() {
        return "squaredHinge";
    }

    @Override
    public Buffer compile(StepBuilder step, Buffer outputs, Targets targets) {
        Buffer gradient = step.temporary(".gradient", Variable.DXY, ElementType.FLOAT32, outputs.rows(),
                outputs.columns());
        step.train(new Hinge(step.name(""), outputs, targets, Optional.of(gradient), step.lossScale()));
        step.infer(new Hinge(step.name(""), outputs, targets, Optional.empty(), 0));
        return gradient;
    }

    private static final class Hinge extends Operation {
        private final Buffer outputs;
        private final Targets targets;
        private final Optional<Buffer> gradient;
        private final float scale;

        Hinge(String name, Buffer outputs, Targets targets, Optional<Buffer> gradient, float scale) {
            super(name, outputs.rows(), 1, outputs.rows() * outputs.columns(), uses(outputs, targets, gradient));
            this.outputs = outputs;
            this.targets = targets;
            this.gradient = gradient;
            this.scale = scale;
        }

        private static List<Buffer> uses(Buffer outputs, Targets targets, Optional<Buffer> gradient) {
            List<Buffer> uses = new ArrayList<>(
                    List.of(outputs, targets.labels(), targets.losses(), targets.predictions()));
            gradient.ifPresent(uses::add);
            return uses;
        }

        @Override
        protected void run(long begin, long end) {
            MemorySegment x = outputs.segment();
            long classes = outputs.columns();
            for (long row = begin; row < end; row++) {
                int label = targets.labels().segment().getAtIndex(ValueLayout.JAVA_INT, row);
                float sum = 0;
                int largest = 0;
                for (int c = 0; c < classes; c++) {
                    float output = at(x, row * classes + c);
                    float sign = c == label ? 1 : -1;
                    float distance = Math.max(0, 1 - sign * output);
                    sum += distance * distance;
                    if (output > at(x, row * classes + largest)) {
                        largest = c;
                    }
                    if (gradient.isPresent()) {
                        gradient.get().segment().setAtIndex(ValueLayout.JAVA_FLOAT, row * classes + c,
                                -2 * sign * distance / classes * scale);
                    }
                }
                targets.losses().segment().setAtIndex(ValueLayout.JAVA_FLOAT, row, sum / classes);
                targets.predictions().segment().setAtIndex(ValueLayout.JAVA_INT, row, largest);
            }
        }

        private static float at(MemorySegment values, long index) {
            return values.getAtIndex(ValueLayout.JAVA_FLOAT, index);
        }
    }
}
