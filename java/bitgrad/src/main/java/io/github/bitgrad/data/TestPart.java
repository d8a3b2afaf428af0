package io.github.bitgrad.data;

import io.github.bitgrad.BitgradException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How much of a data set is kept for testing if it has no test part of its own: a fifth of each class, unless the
 * options of reading say otherwise. All formats follow this rule, and a format of your own can follow it too.
 *
 * @param source the folder or file of the data set, which messages name
 * @param fraction the fraction of the samples of each class that is kept, at least 0 and below 1; 0 keeps none
 * @param seed the number that decides which samples these are
 */
public record TestPart(Path source, double fraction, long seed) {
    private static final Logger LOGGER = System.getLogger("io.github.bitgrad");
    private static final double USUAL_FRACTION = 0.2;
    private static final long USUAL_SEED = 1;

    /**
     * The test part that the options of reading ask for: {@link ReadingOptions#TEST_FRACTION}, or a fifth, which is told
     * in a line of the log, and {@link ReadingOptions#SPLIT_SEED}, or 1.
     *
     * @param source the folder or file of the data set, which has no test part of its own
     */
    public static TestPart of(Path source, ReadingOptions options) {
        if (options.get(ReadingOptions.TEST_FRACTION).isEmpty()) {
            LOGGER.log(Level.INFO,
                    "{0} has no test part of its own, so a fifth of each class is kept for testing: give "
                            + "a test fraction to keep more or less, or 0 to keep nothing.",
                    source);
        }
        return new TestPart(source, options.get(ReadingOptions.TEST_FRACTION).orElse(USUAL_FRACTION),
                options.get(ReadingOptions.SPLIT_SEED).orElse(USUAL_SEED));
    }

    /**
     * Checks that the options do not ask for another division, because the data set has a test part of its own.
     *
     * @param source the folder or file of the data set, which the message names
     * @throws IllegalArgumentException if a test fraction or a split seed is set
     */
    public static void requireNone(Path source, ReadingOptions options) {
        for (ReadingOptions.Option<?> option : List.of(ReadingOptions.TEST_FRACTION, ReadingOptions.SPLIT_SEED)) {
            if (options.get(option).isPresent()) {
                throw new IllegalArgumentException("%s has a test part of its own: leave the %s out.".formatted(source,
                        option));
            }
        }
    }

    /**
     * Chooses the samples, as {@link StratifiedSplit#of} does.
     *
     * @param labels the class of each sample, from 0, below {@code classes}
     * @return the indices of the samples of both parts; with a fraction of 0, all are in the training part
     * @throws BitgradException if the fraction is not 0 and there are so few samples that none would be kept
     */
    public StratifiedSplit choose(int[] labels, int classes) {
        if (fraction == 0) {
            return new StratifiedSplit(IntStream.range(0, labels.length).toArray(), new int[0]);
        }
        try {
            return StratifiedSplit.of(labels, classes, fraction, seed);
        } catch (IllegalArgumentException tooFew) {
            throw new BitgradException("%s cannot be divided: %s".formatted(source, tooFew.getMessage()), tooFew);
        }
    }

    /**
     * Checks that a part which is to be read has samples.
     *
     * @throws BitgradException if it is the test part, and nothing is kept for testing
     */
    public void require(Split split) {
        if (split == Split.TEST && fraction == 0) {
            throw new BitgradException(
                    "Nothing of %s is kept for testing, because the test fraction is 0: give a larger "
                            .formatted(source) + "one, or do not test.");
        }
    }
}
