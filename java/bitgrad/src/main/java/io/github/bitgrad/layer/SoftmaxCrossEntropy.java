package io.github.bitgrad.layer;

import io.github.bitgrad.compile.Loss;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.SoftmaxOperations;
import io.github.bitgrad.tensor.ElementType;

/** The cross-entropy of the softmax of the outputs, in nats. The prediction is the class with the largest output. */
public record SoftmaxCrossEntropy() implements Loss {
    @Override
    public String name() {
        return "softmaxCrossEntropy";
    }

    @Override
    public Buffer compile(StepBuilder step, Buffer outputs, Targets targets) {
        Buffer gradient = step.temporary(".gradient", Variable.DXY, ElementType.FLOAT32, outputs.rows(),
                outputs.columns());
        String name = step.name("");
        step.train(SoftmaxOperations.softmaxCrossEntropy(name, outputs, targets.labels(), step.lossScale(), gradient,
                targets.losses(), targets.predictions()));
        step.infer(SoftmaxOperations.softmaxCrossEntropy(name, outputs, targets.labels(), targets.losses(),
                targets.predictions()));
        return gradient;
    }
}
