package io.github.bitgrad.step;

import static io.github.bitgrad.step.Operations.LANES;
import static io.github.bitgrad.step.Operations.bound;
import static io.github.bitgrad.step.Operations.elements;
import static io.github.bitgrad.step.Operations.expectShape;
import static io.github.bitgrad.step.Operations.matrix;

import io.github.bitgrad.kernel.SoftmaxKernel;
import io.github.bitgrad.memory.Buffer;
import java.util.List;

/** Makes operations of softmax cross-entropy. What each kernel computes is said in {@code bitgrad.h}. */
public final class SoftmaxOperations {
    private SoftmaxOperations() {
    }

    /**
     * losses and predictions [1, rows] of logits [rows, classes] against labels [1, rows], and the gradient at the
     * logits, (softmax − one-hot) · scale.
     */
    public static Operation softmaxCrossEntropy(String name, Buffer logits, Buffer labels, float scale, Buffer gradient,
            Buffer losses, Buffer predictions) {
        expectShape(name, logits.rows(), logits.columns(), gradient);
        expectShape(name, 1, logits.rows(), labels, losses, predictions);
        return bound(name, logits.rows(), 1, LANES * elements(logits),
                arena -> SoftmaxKernel.crossEntropy(arena, matrix(logits), matrix(labels), scale, matrix(gradient),
                        matrix(losses), matrix(predictions))::run,
                List.of(logits, labels, gradient, losses, predictions));
    }

    /** losses and predictions [1, rows] of logits [rows, classes] against labels [1, rows], for inference. */
    public static Operation softmaxCrossEntropy(String name, Buffer logits, Buffer labels, Buffer losses,
            Buffer predictions) {
        expectShape(name, 1, logits.rows(), labels, losses, predictions);
        return bound(name, logits.rows(), 1, LANES * elements(logits),
                arena -> SoftmaxKernel.crossEntropy(arena, matrix(logits), matrix(labels), matrix(losses),
                        matrix(predictions))::run,
                List.of(logits, labels, losses, predictions));
    }
}
