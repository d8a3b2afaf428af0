package io.github.bitgrad.evaluate;

import io.github.bitgrad.ConfusionMatrix;
import io.github.bitgrad.ConfusionMatrix.Cell;
import io.github.bitgrad.Evaluation;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Counts the answers of a network that is tested. */
final class EvaluationCounts {
    private final int classes;
    private final int topClasses;
    /** The number of images of each pair of classes that occurred. A pair is a label and the predicted class. */
    private final Map<Long, Long> pairs = new TreeMap<>();
    private long images;
    private long correct;
    private long inTop;

    /** @param classes the number of classes of the network */
    EvaluationCounts(int classes) {
        this.classes = classes;
        topClasses = Math.min(classes, Evaluation.TopAccuracy.USUAL_CLASSES);
    }

    /**
     * Counts the answer for an image.
     *
     * @param label the class of the image
     * @param predicted the class that the network predicted
     * @param outputs the output of the network for each class
     */
    void add(int label, int predicted, float[] outputs) {
        images++;
        correct += label == predicted ? 1 : 0;
        inTop += classesBefore(label, outputs) < topClasses ? 1 : 0;
        pairs.merge((long) label << Integer.SIZE | Integer.toUnsignedLong(predicted), 1L, Long::sum);
    }

    /**
     * How many classes are likelier than a class: their outputs are larger, or equal if their numbers are smaller. If
     * one of two outputs is not a number, the network does not say which class is likelier, and the other class counts.
     */
    private static int classesBefore(int label, float[] outputs) {
        float own = outputs[label];
        int before = 0;
        for (int other = 0; other < outputs.length; other++) {
            boolean later = outputs[other] < own || outputs[other] == own && other > label;
            before += later || other == label ? 0 : 1;
        }
        return before;
    }

    /** @param loss the mean loss */
    Evaluation evaluation(double loss) {
        List<Cell> cells = pairs.entrySet().stream()
                .map(pair -> new Cell((int) (pair.getKey() >>> Integer.SIZE), pair.getKey().intValue(),
                        pair.getValue()))
                .toList();
        return new Evaluation((double) correct / images, loss,
                new Evaluation.TopAccuracy(topClasses, (double) inTop / images), new ConfusionMatrix(classes, cells));
    }
}
