package io.github.bitgrad;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * How often a network took images of one class for images of another one. Only pairs of classes that occurred are kept,
 * so the memory grows with the images that were tested, at most, and not with the square of the classes.
 *
 * @param classes the number of classes, at least 1
 * @param cells the pairs of classes that occurred, sorted by the label and then by the predicted class. The images of a
 *            pair whose classes are equal were classified correctly
 */
public record ConfusionMatrix(int classes, List<Cell> cells) {
    private static final Comparator<Cell> ORDER = Comparator.comparingInt(Cell::label)
            .thenComparingInt(Cell::predicted);

    /**
     * The images of one class that were taken for images of one class.
     *
     * @param label the class of the images, from 0
     * @param predicted the class that the network predicted, from 0
     * @param images how many images there were, at least 1
     */
    public record Cell(int label, int predicted, long images) {
        /** Whether the network was right about these images. */
        public boolean isCorrect() {
            return label == predicted;
        }
    }

    /**
     * What the network was worth for one class. If no image of this class was tested, none of the scores is defined.
     *
     * @param label the number of the class, from 0
     * @param images how many images of this class were tested
     * @param predicted how many images, of whatever class, the network took for images of this class
     * @param correct how many images of this class the network classified correctly
     */
    public record ClassScores(int label, long images, long predicted, long correct) {
        /**
         * The fraction of the images that were taken for this class that are of this class, from 0 to 1. It is empty if
         * no image of this class was tested, or if no image was taken for this class.
         */
        public OptionalDouble precision() {
            return images == 0 || predicted == 0
                    ? OptionalDouble.empty()
                    : OptionalDouble.of((double) correct / predicted);
        }

        /**
         * The fraction of the images of this class that were taken for this class, from 0 to 1. It is empty if no image
         * of this class was tested.
         */
        public OptionalDouble recall() {
            return images == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) correct / images);
        }

        /**
         * 2 · correct / (images + predicted), from 0 to 1. If precision and recall are above 0, this is their harmonic
         * mean. It is empty if no image of this class was tested.
         */
        public OptionalDouble f1() {
            return images == 0 ? OptionalDouble.empty() : OptionalDouble.of(2.0 * correct / (images + predicted));
        }
    }

    /**
     * The mean of a score over classes, each of which counts as much as any other (macro mean).
     *
     * @param value the mean; empty if the score is defined for no class
     * @param classes the number of classes for which the score is defined, and over which the mean is
     */
    public record Mean(OptionalDouble value, int classes) {
    }

    /**
     * @throws IllegalArgumentException if a class is not below the number of classes, the cells are not sorted, a pair
     *             of classes occurs twice, or a cell has no images
     */
    public ConfusionMatrix {
        cells = List.copyOf(cells);
        for (int i = 0; i < cells.size(); i++) {
            Cell cell = cells.get(i);
            if (Math.min(cell.label(), cell.predicted()) < 0 || Math.max(cell.label(), cell.predicted()) >= classes) {
                throw new IllegalArgumentException(
                        "An image of class %s was taken for class %s, but there are only the classes 0 to %s; predict one of these."
                                .formatted(cell.label(), cell.predicted(), classes - 1));
            }
            if (cell.images() < 1 || i > 0 && ORDER.compare(cells.get(i - 1), cell) >= 0) {
                throw new IllegalArgumentException(
                        "The cells of a confusion matrix must be sorted, each with at least 1 image, but cell %s is %s."
                                .formatted(i, cell));
            }
        }
    }

    /** The scores of each class, in the order of the classes' numbers. */
    public List<ClassScores> scores() {
        long[] images = new long[classes];
        long[] predicted = new long[classes];
        long[] correct = new long[classes];
        for (Cell cell : cells) {
            images[cell.label()] += cell.images();
            predicted[cell.predicted()] += cell.images();
            correct[cell.label()] += cell.isCorrect() ? cell.images() : 0;
        }
        return IntStream.range(0, classes)
                .mapToObj(label -> new ClassScores(label, images[label], predicted[label], correct[label])).toList();
    }

    /**
     * The mean of a score over all classes for which it is defined.
     *
     * {@snippet :
     * Mean recall = evaluation.confusion().mean(ClassScores::recall);
     * }
     */
    public Mean mean(Function<ClassScores, OptionalDouble> score) {
        double sum = 0;
        int defined = 0;
        for (ClassScores scores : scores()) {
            OptionalDouble value = score.apply(scores);
            sum += value.orElse(0);
            defined += value.isPresent() ? 1 : 0;
        }
        return new Mean(defined == 0 ? OptionalDouble.empty() : OptionalDouble.of(sum / defined), defined);
    }

    /**
     * The pairs of different classes that were confused most often, the most frequent first. Of pairs that are equally
     * frequent, the one with the smaller label is first, and then the one with the smaller predicted class.
     *
     * @param most how many pairs to return at most
     */
    public List<Cell> largestConfusions(int most) {
        return cells.stream().filter(cell -> !cell.isCorrect())
                .sorted(Comparator.comparingLong((Cell cell) -> -cell.images())).limit(most).toList();
    }

    /**
     * The classes that the network is worst for, by {@link ClassScores#f1}, the worst first. Of classes that are equally
     * bad, the one with the smaller number is first. Classes of which no image was tested are left out.
     *
     * @param most how many classes to return at most
     */
    public List<ClassScores> worstClasses(int most) {
        List<ClassScores> tested = new ArrayList<>(scores());
        tested.removeIf(scores -> scores.images() == 0);
        tested.sort(Comparator.comparingDouble(scores -> scores.f1().getAsDouble()));
        return List.copyOf(tested.subList(0, Math.min(most, tested.size())));
    }
}
