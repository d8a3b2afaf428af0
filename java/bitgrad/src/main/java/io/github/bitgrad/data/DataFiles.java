package io.github.bitgrad.data;

import io.github.bitgrad.BitgradException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The sentences that tell what is wrong with a file of a data set, of whatever format. */
final class DataFiles {
    private DataFiles() {
    }

    /** @throws BitgradException where something else has the file's name */
    static void requireFile(Path path) {
        if (!Files.isRegularFile(path)) {
            throw new BitgradException("%s is not a file: put the file itself there.".formatted(path));
        }
    }

    /** @throws BitgradException where a label of a file is not below {@code classes} */
    static void requireLabel(Path path, int index, int label, int classes) {
        if (label >= classes) {
            throw new BitgradException("%s has label %s at index %s: use a data set whose labels are 0 to %s."
                    .formatted(path, label, index, classes - 1));
        }
    }

    static BitgradException changed(Path path) {
        return new BitgradException("%s changed while it was read: try again when nothing writes to it."
                .formatted(path));
    }

    static BitgradException unreadable(Path path, IOException failure) {
        return failure instanceof AccessDeniedException
                ? notPermitted(path, failure)
                : new BitgradException("%s cannot be read (%s): check the disk or put another copy there."
                        .formatted(path, failure.getMessage()), failure);
    }

    static BitgradException notPermitted(Path path, IOException failure) {
        return new BitgradException("%s may not be read: change its permissions.".formatted(path), failure);
    }
}
