package io.github.bitgrad.data;

import io.github.bitgrad.BitgradException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Finds and opens data sets. A source is {@value #DEMO}, the digits that the library draws itself, or the path of a
 * folder whose files tell their format (a folder that is itself named demo is {@code ./demo}).
 */
public final class Datasets {
    /** The source that needs no files: 6000 training and 1000 test images of hand-drawn digits, 28x28x1. */
    public static final String DEMO = "demo";

    private static final List<FolderFormat> FORMATS = List.of(new IdxFolder(), new CifarFolder());

    private Datasets() {
    }

    /**
     * Opens both parts of a data set.
     *
     * @param source {@value #DEMO} or a folder
     * @return both parts, which the caller closes
     * @throws BitgradException when the folder or a file in it is missing or wrong
     */
    public static TrainAndTest open(String source) {
        Dataset train = open(source, Split.TRAIN);
        Dataset test = null;
        try {
            test = open(source, Split.TEST);
            return new TrainAndTest(train, test);
        } catch (Throwable failure) {
            train.close();
            if (test != null) {
                test.close();
            }
            throw failure;
        }
    }

    /**
     * Opens one part of a data set, and neither reads nor needs the files of the other.
     *
     * @param source {@value #DEMO} or a folder
     * @param split which part
     * @return the data set, which the caller closes
     * @throws BitgradException when the folder or a file in it is missing or wrong
     */
    public static Dataset open(String source, Split split) {
        if (source.equals(DEMO)) {
            return DemoDigits.generate(split);
        }
        Path folder = folder(source);
        for (FolderFormat format : FORMATS) {
            if (format.isIn(folder)) {
                return format.read(folder, split);
            }
        }
        throw new BitgradException("Folder %s holds no data set: put %s there.".formatted(folder, acceptedFiles()));
    }

    private static Path folder(String source) {
        Path folder;
        try {
            folder = Path.of(source);
        } catch (InvalidPathException _) {
            throw noSuchFolder(source);
        }
        // An empty path would mean the current folder, which nobody asked for.
        if (source.isBlank() || !Files.exists(folder)) {
            throw noSuchFolder(source);
        }
        if (!Files.isDirectory(folder)) {
            throw new BitgradException("%s is not a folder: give the folder that holds %s."
                    .formatted(folder, acceptedFiles()));
        }
        if (!Files.isExecutable(folder)) {
            throw new BitgradException("Folder %s may not be entered: change its permissions.".formatted(folder));
        }
        return folder;
    }

    private static BitgradException noSuchFolder(String source) {
        return new BitgradException("There is no data set or folder named \"%s\": give %s, or a folder that holds %s."
                .formatted(source, DEMO, acceptedFiles()));
    }

    private static String acceptedFiles() {
        return FORMATS.stream().map(FolderFormat::files).collect(Collectors.joining(", or "));
    }
}
