package io.github.bitgrad.data;

import io.github.bitgrad.BitgradException;
import java.nio.file.Path;
import java.util.Set;

/**
 * A way in which a data set lies in a folder, or in one file. A format of your own implements this interface. It is
 * given to {@link Datasets#open(String, Split, FolderFormat...)}; or else it is found as a
 * {@linkplain java.util.ServiceLoader service}, then the command line can read such data sets too.
 */
public interface FolderFormat {
    /** {@return the files that a folder needs, as they read in "put … there"} */
    String files();

    /**
     * Tells whether the source looks like this format. {@link #read} tells what is missing or wrong.
     *
     * @param source a folder in which any file of the format may be, or a file
     */
    boolean isIn(Path source);

    /**
     * Tells whether all files of a part are there, by their names. If the files of several formats are in a folder, the
     * first format that is whole is read.
     *
     * @param source a folder or file for which {@link #isIn} holds
     */
    default boolean isWhole(Path source, Split split) {
        return isIn(source);
    }

    /** {@return the options that {@link #read} follows; a data set is not read with any others} */
    default Set<ReadingOptions.Option<?>> options() {
        return Set.of();
    }

    /**
     * Reads one part of the data set. If the data set has a file for each part, this neither reads nor needs those of
     * the other part.
     *
     * @param source a folder or file for which {@link #isIn} holds
     * @param split which part
     * @param options only options of {@link #options()} are set
     * @return a data set, for example from {@link Dataset#create} or {@link Dataset#of}, that the caller closes
     * @throws BitgradException when a file is missing or wrong
     */
    Dataset read(Path source, Split split, ReadingOptions options);

    /**
     * Reads both parts. A format overrides this method if it can read both in less time than one after the other.
     *
     * @param source a folder or file for which {@link #isIn} holds
     * @param options only options of {@link #options()} are set
     * @return both parts, which the caller closes
     * @throws BitgradException when a file is missing or wrong, or the parts do not fit each other
     */
    default TrainAndTest readBoth(Path source, ReadingOptions options) {
        return TrainAndTest.of(() -> read(source, Split.TRAIN, options), () -> read(source, Split.TEST, options));
    }
}
