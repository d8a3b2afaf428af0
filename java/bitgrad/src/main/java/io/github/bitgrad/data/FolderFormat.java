package io.github.bitgrad.data;

import io.github.bitgrad.BitgradException;
import java.nio.file.Path;

/** One way a data set lies in a folder. */
interface FolderFormat {
    /** {@return the files a folder needs, as they read in "put … there"} */
    String files();

    /** {@return whether any of its files is in the folder; what is missing or wrong then, {@link #read} says} */
    boolean isIn(Path folder);

    /**
     * Reads one part of the data set, and only the files of that part.
     *
     * @param folder a folder for which {@link #isIn} holds
     * @param split which part
     * @return a data set that the caller closes
     * @throws BitgradException when a file is missing or wrong
     */
    Dataset read(Path folder, Split split);
}
