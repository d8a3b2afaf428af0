package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT32;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.bindings.kernels.bg_softmax_cross_entropy_operands;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Softmax cross-entropy, by ranges of rows: {@code bitgrad.h}, "Loss". */
public final class SoftmaxKernel {
    private SoftmaxKernel() {
    }

    /**
     * {@code bg_softmax_cross_entropy}, with the gradient at the logits.
     *
     * @param arena of the native arguments
     * @param logits float32 [rows, classes]
     * @param labels int32 [1, rows]
     * @param scale of the gradient
     * @param gradient float32 [rows, classes]
     * @param losses float32 [1, rows]
     * @param predictions int32 [1, rows]
     */
    public static RangeCall crossEntropy(Arena arena, Matrix logits, Matrix labels, float scale, Matrix gradient,
            Matrix losses, Matrix predictions) {
        Operands operands = checked(logits, labels, losses, predictions);
        operands.write("gradient", gradient, FLOAT32, logits.rows(), logits.columns());
        MemorySegment arguments = arguments(arena, logits, labels, losses, predictions);
        bg_softmax_cross_entropy_operands.scale(arguments, scale);
        bg_softmax_cross_entropy_operands.gradient(arguments, gradient.segment());
        return call(logits, operands, arguments);
    }

    /** The loss and the predictions alone. */
    public static RangeCall crossEntropy(Arena arena, Matrix logits, Matrix labels, Matrix losses,
            Matrix predictions) {
        Operands operands = checked(logits, labels, losses, predictions);
        return call(logits, operands, arguments(arena, logits, labels, losses, predictions));
    }

    private static Operands checked(Matrix logits, Matrix labels, Matrix losses, Matrix predictions) {
        Operands operands = new Operands("softmax_cross_entropy");
        operands.read("logits", logits, FLOAT32, logits.rows(), logits.columns());
        operands.read("labels", labels, INT32, 1, logits.rows());
        operands.write("losses", losses, FLOAT32, 1, logits.rows());
        operands.write("predictions", predictions, INT32, 1, logits.rows());
        return operands;
    }

    private static MemorySegment arguments(Arena arena, Matrix logits, Matrix labels, Matrix losses,
            Matrix predictions) {
        MemorySegment arguments = bg_softmax_cross_entropy_operands.allocate(arena);
        bg_softmax_cross_entropy_operands.logits(arguments, logits.segment());
        bg_softmax_cross_entropy_operands.labels(arguments, labels.segment());
        bg_softmax_cross_entropy_operands.classes(arguments, logits.columns());
        bg_softmax_cross_entropy_operands.gradient(arguments, MemorySegment.NULL);
        bg_softmax_cross_entropy_operands.losses(arguments, losses.segment());
        bg_softmax_cross_entropy_operands.predictions(arguments, predictions.segment());
        return arguments;
    }

    private static RangeCall call(Matrix logits, Operands operands, MemorySegment arguments) {
        return RangeCall.of("softmax_cross_entropy", logits.rows(), operands,
                (begin, end) -> Bitgrad.bg_softmax_cross_entropy(arguments, begin, end));
    }
}
