package io.github.bitgrad.data;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Which samples of a data set are trained on and which are kept for testing, chosen at random in such a way that each
 * class has about its share in both parts. The same numbers give the same parts on every machine.
 *
 * @param train the indices of the samples to train on, ascending
 * @param test the indices of the samples to test with, ascending
 */
public record StratifiedSplit(int[] train, int[] test) {
    /**
     * Chooses. A class of n samples has n · {@code testFraction} samples in the test part, rounded to a whole number,
     * but at least one in the training part.
     *
     * @param labels the class of each sample, from 0, below {@code classes}
     * @param testFraction between 0 and 1
     * @param seed the number that all that is random follows from
     * @throws IllegalArgumentException if the fraction is not between 0 and 1, or the test part would have no sample
     */
    public static StratifiedSplit of(int[] labels, int classes, double testFraction, long seed) {
        if (!(testFraction > 0 && testFraction < 1)) {
            throw new IllegalArgumentException(
                    "The fraction that is split off must be between 0 and 1, but is %s.".formatted(testFraction));
        }
        int[] left = new int[classes]; // samples of each class that are yet to be decided
        for (int label : labels) {
            left[label]++;
        }
        int[] wanted = new int[classes]; // how many of them are still to be test samples
        for (int label = 0; label < classes; label++) {
            wanted[label] = (int) Math.min(Math.round(left[label] * testFraction), Math.max(0, left[label] - 1));
        }
        int[] test = new int[Arrays.stream(wanted).sum()];
        if (test.length == 0) {
            throw new IllegalArgumentException(
                    "A fraction of %s splits nothing off %s samples in %s classes: choose a larger one."
                            .formatted(testFraction, labels.length, classes));
        }
        int[] train = new int[labels.length - test.length];
        SplittableRandom random = new SplittableRandom(seed);
        int trained = 0;
        int tested = 0;
        for (int index = 0; index < labels.length; index++) {
            int label = labels[index];
            // Of those that are left, each is as likely as any other to be among the wanted ones.
            if (random.nextInt(left[label]--) < wanted[label]) {
                wanted[label]--;
                test[tested++] = index;
            } else {
                train[trained++] = index;
            }
        }
        return new StratifiedSplit(train, test);
    }

    /** {@return the indices of the samples of one part, ascending} */
    public int[] part(Split split) {
        return split == Split.TRAIN ? train : test;
    }
}
