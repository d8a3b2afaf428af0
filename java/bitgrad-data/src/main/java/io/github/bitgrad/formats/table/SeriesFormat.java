package io.github.bitgrad.formats.table;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.FolderFormat;
import io.github.bitgrad.data.ReadingOptions;
import io.github.bitgrad.data.Split;
import io.github.bitgrad.data.TrainAndTest;
import io.github.bitgrad.formats.KeptPreprocessing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Time series as the time-series archive has them: {@code NAME_TRAIN.ts} and {@code NAME_TEST.ts}. A folder may have
 * several, then {@link ReadingOptions#SERIES} names one. Series of different length are lengthened to the longest one of
 * the training part, by their last values.
 */
public final class SeriesFormat implements FolderFormat {
    /** For the service loader. */
    public SeriesFormat() {
    }

    @Override
    public String files() {
        return "time series, NAME_TRAIN.ts and NAME_TEST.ts";
    }

    @Override
    public boolean isIn(Path source) {
        return !names(source).isEmpty();
    }

    private static String ending(Split split) {
        return "_%s.ts".formatted(split);
    }

    /** {@return the names of the series in a folder, in their order} */
    private static List<String> names(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).flatMap(name -> Stream.of(Split.values())
                    .filter(split -> name.endsWith(ending(split)))
                    .map(split -> name.substring(0, name.length() - ending(split).length()))).distinct().sorted()
                    .toList();
        } catch (IOException | UncheckedIOException _) {
            return List.of(); // another format, or an error message, tells of the folder
        }
    }

    @Override
    public Set<ReadingOptions.Option<?>> options() {
        return Set.of(ReadingOptions.SERIES, ReadingOptions.NORMALISATION);
    }

    @Override
    public Dataset read(Path source, Split split, ReadingOptions options) {
        String name = name(source, options);
        Optional<SeriesPreprocessing> kept =
                KeptPreprocessing.of(options, SeriesPreprocessing.class, "a table or time series");
        if (kept.isPresent() || split == Split.TRAIN) {
            SeriesSamples samples = samples(source, name, split, options.classNames());
            return SeriesData.dataset(samples, kept.orElseGet(() -> learn(samples, options)));
        }
        SeriesSamples training = samples(source, name, Split.TRAIN, Optional.empty());
        return SeriesData.dataset(samples(source, name, split, Optional.of(training.classNames())),
                learn(training, options));
    }

    @Override
    public TrainAndTest readBoth(Path source, ReadingOptions options) {
        Dataset train = read(source, Split.TRAIN, options);
        return TrainAndTest.of(() -> train, () -> read(source, Split.TEST,
                options.forNetwork(train.classNames(), train.preprocessing())));
    }

    private static SeriesPreprocessing learn(SeriesSamples training, ReadingOptions options) {
        TableColumns columns = new TableColumns(false, TableColumns.unnamed(training.channels()), -1);
        return SeriesPreprocessing.learn(training.longest(), columns, training, Normalisation.of(options));
    }

    private static String name(Path folder, ReadingOptions options) {
        List<String> names = names(folder);
        return options.get(ReadingOptions.SERIES).map(wanted -> {
            if (!names.contains(wanted)) {
                throw new BitgradException("%s has no series \"%s\": name one of %s.".formatted(folder,
                        Numerals.shown(wanted), ClassNames.listed(names)));
            }
            return wanted;
        }).orElseGet(() -> {
            if (names.size() > 1) {
                throw new BitgradException("%s has several time series: name one of %s.".formatted(folder,
                        ClassNames.listed(names)));
            }
            return names.getFirst();
        });
    }

    private static SeriesSamples samples(Path folder, String name, Split split, Optional<List<String>> classNames) {
        Path file = folder.resolve(name + ending(split));
        SeriesSamples samples = TsFile.read(file, classNames);
        if (samples.labels().length == 0) {
            throw new BitgradException(
                    "%s has series without classes (@classLabel), so nothing can be learned or tested: give a file with classes."
                            .formatted(file));
        }
        return samples;
    }
}
