package io.github.bitgrad.data;

import io.github.bitgrad.BitgradException;
import java.nio.file.Path;

/**
 * A way in which a data set lies in a folder. A format of your own implements this interface. It is given to
 * {@link Datasets#open(String, Split, FolderFormat...)}; or else it is found as a
 * {@linkplain java.util.ServiceLoader service}, then the command line can read such folders too.
 */
public interface FolderFormat {
    /** {@return the files that a folder needs, as they read in "put … there"} */
    String files();

    /** {@return whether any of its files is in the folder; {@link #read} tells what is missing or wrong} */
    boolean isIn(Path folder);

    /**
     * Reads one part of the data set. Neither reads nor needs the files of the other part.
     *
     * @param folder a folder for which {@link #isIn} holds
     * @param split which part
     * @return a data set, for example from {@link Dataset#create} or {@link Dataset#of}, that the caller closes
     * @throws BitgradException when a file is missing or wrong
     */
    Dataset read(Path folder, Split split);
}
