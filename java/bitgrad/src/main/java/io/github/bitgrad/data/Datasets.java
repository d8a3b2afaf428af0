package io.github.bitgrad.data;

import io.github.bitgrad.BitgradException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/**
 * Finds and opens data sets. A source is {@value #DEMO}, the digits that the library draws itself, or the path of a
 * folder (a folder that is itself named demo is {@code ./demo}). The format of a folder is told by its files. Formats
 * are tried in this order: those that the caller gives; MNIST's and CIFAR-10's; and those that are found as
 * {@linkplain ServiceLoader services} of type {@link FolderFormat}.
 */
public final class Datasets {
    /** The source that needs no files: 6000 training and 1000 test images of hand-drawn digits, 28x28x1. */
    public static final String DEMO = "demo";

    private Datasets() {
    }

    /**
     * Opens both parts of a data set.
     *
     * @param source {@value #DEMO} or a folder
     * @param given formats that are tried before all others
     * @return both parts, which the caller closes
     * @throws BitgradException when the folder or a file in it is missing or wrong
     */
    public static TrainAndTest open(String source, FolderFormat... given) {
        Dataset train = open(source, Split.TRAIN, given);
        Dataset test = null;
        try {
            test = open(source, Split.TEST, given);
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
     * @param given formats that are tried before all others
     * @return the data set, which the caller closes
     * @throws BitgradException when the folder or a file in it is missing or wrong
     */
    public static Dataset open(String source, Split split, FolderFormat... given) {
        if (source.equals(DEMO)) {
            return DemoDigits.generate(split);
        }
        List<FolderFormat> formats = formats(given);
        Path folder = folder(source, formats);
        for (FolderFormat format : formats) {
            if (format.isIn(folder)) {
                return format.read(folder, split);
            }
        }
        throw new BitgradException("Folder %s holds no data set: put %s there.".formatted(folder, files(formats)));
    }

    private static List<FolderFormat> formats(FolderFormat... given) {
        List<FolderFormat> formats = new ArrayList<>(List.of(given));
        formats.add(new IdxFolder());
        formats.add(new CifarFolder());
        try {
            ServiceLoader.load(FolderFormat.class).forEach(formats::add);
        } catch (ServiceConfigurationError failure) {
            throw new BitgradException(
                    "A format of data sets that is offered as a service cannot be used (%s): mend it, or take it away."
                            .formatted(failure.getMessage()),
                    failure);
        }
        return formats;
    }

    private static Path folder(String source, List<FolderFormat> formats) {
        Path folder;
        try {
            folder = Path.of(source);
        } catch (InvalidPathException _) {
            throw noSuchFolder(source, formats);
        }
        // An empty path would mean the current folder, which nobody asked for.
        if (source.isBlank() || !Files.exists(folder)) {
            throw noSuchFolder(source, formats);
        }
        if (!Files.isDirectory(folder)) {
            throw new BitgradException("%s is not a folder: give the folder that holds %s."
                    .formatted(folder, files(formats)));
        }
        if (!Files.isExecutable(folder)) {
            throw new BitgradException("Folder %s may not be entered: change its permissions.".formatted(folder));
        }
        return folder;
    }

    private static BitgradException noSuchFolder(String source, List<FolderFormat> formats) {
        return new BitgradException("There is no data set or folder named \"%s\": give %s, or a folder that holds %s."
                .formatted(source, DEMO, files(formats)));
    }

    private static String files(List<FolderFormat> formats) {
        return formats.stream().map(FolderFormat::files).collect(Collectors.joining(", or "));
    }
}
