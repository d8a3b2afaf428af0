package io.github.bitgrad;

/**
 * The result of testing a network on a data set. It does not depend on the number of threads or on the batch.
 *
 * @param accuracy the fraction of images that the network classified correctly, from 0 to 1
 * @param loss the mean loss over all images; with the default loss, the cross-entropy in nats
 * @param top how often the class of an image was among those that the network takes for the likeliest
 * @param confusion how often images of one class were taken for images of another one; precision, recall and F1 of the
 *            classes follow from it
 */
public record Evaluation(double accuracy, double loss, TopAccuracy top, ConfusionMatrix confusion) {
    /**
     * The accuracy of a network that may name several classes.
     *
     * @param classes how many classes it may name: {@value #USUAL_CLASSES}, or all if there are fewer
     * @param accuracy the fraction of images whose class is among the classes with the largest outputs, from 0 to 1. Of
     *            classes with equal outputs, the one with the smaller number comes first
     */
    public record TopAccuracy(int classes, double accuracy) {
        /** How many classes a network may name where there are so many. */
        public static final int USUAL_CLASSES = 5;
    }
}
