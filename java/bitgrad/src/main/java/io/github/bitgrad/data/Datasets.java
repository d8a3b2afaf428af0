package io.github.bitgrad.data;

import io.github.bitgrad.BitgradException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Finds and opens data sets. A source is {@value #DEMO}, the digits that the library draws itself, or the path of a
 * folder or file (a folder that is itself named demo is {@code ./demo}). The format is told by the files. Formats are
 * tried in this order: those that the caller gives; MNIST's and CIFAR-10's; and those that are found as
 * {@linkplain ServiceLoader services} of type {@link FolderFormat}, such as those of the artifact
 * {@code io.github.bitgrad:bitgrad-data}. Where a folder holds files of several formats, the first one that has all its
 * files there is read.
 */
public final class Datasets {
    /** The source that needs no files: 6000 training and 1000 test images of hand-drawn digits, 28x28x1. */
    public static final String DEMO = "demo";

    private record Found(FolderFormat format, Path source) {
    }

    private Datasets() {
    }

    /**
     * Opens both parts of a data set as they are read by default.
     *
     * @param source {@value #DEMO}, a folder or a file
     * @param given formats that are tried before all others
     * @return both parts, which the caller closes
     * @throws BitgradException when the folder or a file in it is missing or wrong
     */
    public static TrainAndTest open(String source, FolderFormat... given) {
        return open(source, ReadingOptions.NONE, given);
    }

    /**
     * Opens both parts of a data set.
     *
     * @param source {@value #DEMO}, a folder or a file
     * @param options how it is to be read
     * @param given formats that are tried before all others
     * @return both parts, which the caller closes
     * @throws IllegalArgumentException when an option is set that the format does not know
     * @throws BitgradException when the folder or a file in it is missing or wrong
     */
    public static TrainAndTest open(String source, ReadingOptions options, FolderFormat... given) {
        if (source.equals(DEMO)) {
            options.requireKnown(DEMO, Set.of());
            return TrainAndTest.of(() -> DemoDigits.generate(Split.TRAIN), () -> DemoDigits.generate(Split.TEST));
        }
        Found found = find(source, List.of(Split.values()), options, given);
        return found.format().readBoth(found.source(), options);
    }

    /**
     * Opens one part of a data set as it is read by default.
     *
     * @param source {@value #DEMO}, a folder or a file
     * @param split which part
     * @param given formats that are tried before all others
     * @return the data set, which the caller closes
     * @throws BitgradException when the folder or a file in it is missing or wrong
     */
    public static Dataset open(String source, Split split, FolderFormat... given) {
        return open(source, split, ReadingOptions.NONE, given);
    }

    /**
     * Opens one part of a data set. If the data set has a file for each part, this neither reads nor needs those of the
     * other part.
     *
     * @param source {@value #DEMO}, a folder or a file
     * @param split which part
     * @param options how it is to be read
     * @param given formats that are tried before all others
     * @return the data set, which the caller closes
     * @throws IllegalArgumentException when an option is set that the format does not know
     * @throws BitgradException when the folder or a file in it is missing or wrong
     */
    public static Dataset open(String source, Split split, ReadingOptions options, FolderFormat... given) {
        if (source.equals(DEMO)) {
            options.requireKnown(DEMO, Set.of());
            return DemoDigits.generate(split);
        }
        Found found = find(source, List.of(split), options, given);
        return found.format().read(found.source(), split, options);
    }

    private static Found find(String source, List<Split> splits, ReadingOptions options, FolderFormat... given) {
        List<FolderFormat> formats = formats(given);
        Path path = path(source, formats);
        FolderFormat format = choose(path, splits, formats).orElseThrow(() -> nothingThere(path, formats));
        options.requireKnown(path.toString(), format.options());
        return new Found(format, path);
    }

    private static Optional<FolderFormat> choose(Path path, List<Split> splits, List<FolderFormat> formats) {
        List<FolderFormat> possible = formats.stream().filter(format -> format.isIn(path)).toList();
        return possible.stream().filter(format -> splits.stream().allMatch(split -> format.isWhole(path, split)))
                .findFirst().or(() -> possible.stream().findFirst());
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

    private static Path path(String source, List<FolderFormat> formats) {
        Path path;
        try {
            path = Path.of(source);
        } catch (InvalidPathException _) {
            throw noSuchSource(source, formats);
        }
        // An empty path would mean the current folder, which nobody asked for.
        if (source.isBlank() || !Files.exists(path)) {
            throw noSuchSource(source, formats);
        }
        if (Files.isDirectory(path) && !Files.isExecutable(path)) {
            throw new BitgradException("Folder %s may not be entered: change its permissions.".formatted(path));
        }
        return path;
    }

    private static BitgradException noSuchSource(String source, List<FolderFormat> formats) {
        return new BitgradException("There is no data set or folder named \"%s\": give %s, or a folder that holds %s."
                .formatted(source, DEMO, files(formats)));
    }

    private static BitgradException nothingThere(Path path, List<FolderFormat> formats) {
        return new BitgradException(Surroundings.missingModule(path, formats).or(() -> below(path, formats)).orElseGet(
                () -> Files.isDirectory(path)
                        ? "Folder %s holds no data set: put %s there.".formatted(path, files(formats))
                        : "%s is not a folder: give the folder that holds %s.".formatted(path, files(formats))));
    }

    /** A sentence that names the folder within this one that holds a data set; empty if there is none. */
    private static Optional<String> below(Path folder, List<FolderFormat> formats) {
        return Surroundings.foldersBelow(folder).stream().filter(
                inner -> formats.stream().anyMatch(format -> format.isIn(inner))).findFirst()
                .map(inner -> "Folder %s holds no data set, but %s does: give that folder.".formatted(folder, inner));
    }

    private static String files(List<FolderFormat> formats) {
        return formats.stream().map(FolderFormat::files).collect(Collectors.joining(", or "));
    }
}
