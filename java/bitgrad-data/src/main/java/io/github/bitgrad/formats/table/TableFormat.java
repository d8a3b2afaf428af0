package io.github.bitgrad.formats.table;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.DataDescription;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.FolderFormat;
import io.github.bitgrad.data.ReadingOptions;
import io.github.bitgrad.data.Split;
import io.github.bitgrad.data.StratifiedSplit;
import io.github.bitgrad.data.TestPart;
import io.github.bitgrad.data.TrainAndTest;
import io.github.bitgrad.formats.KeptPreprocessing;
import io.github.bitgrad.formats.WindowOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A table in a text file (CSV), with a sample in each line: numbers, texts of few different kinds, and a class. A part of the lines of each class,
 * chosen at random, is kept for testing. Or a folder with two tables, {@code train.csv} and {@code test.csv}.
 *
 * <p>
 * With {@link ReadingOptions#WINDOW}, the lines are the steps of a stream, and windows of so many steps are the samples.
 * All steps of a window have one class. Of one file, the end of each stretch of steps with one class is kept for
 * testing.
 */
public final class TableFormat implements FolderFormat {
    private static final List<String> ENDINGS = List.of(".csv", ".csv.gz", ".tsv", ".tsv.gz");

    /** For the service loader. */
    public TableFormat() {
    }

    @Override
    public String files() {
        return "tables, train.csv and test.csv";
    }

    @Override
    public boolean isIn(Path source) {
        return Files.isDirectory(source)
                ? Stream.of(Split.values()).anyMatch(split -> file(source, split).isPresent())
                : CsvFile.isNamedAsTable(source);
    }

    @Override
    public boolean isWhole(Path source, Split split) {
        return isIn(source) && (!Files.isDirectory(source) || file(source, split).isPresent());
    }

    private static Optional<Path> file(Path folder, Split split) {
        return ENDINGS.stream().map(ending -> folder.resolve(name(split) + ending)).filter(Files::isRegularFile)
                .findFirst();
    }

    private static String name(Split split) {
        return split == Split.TRAIN ? "train" : "test";
    }

    @Override
    public Set<ReadingOptions.Option<?>> options() {
        return Set.of(ReadingOptions.LABEL_COLUMN, ReadingOptions.TEST_FRACTION, ReadingOptions.SPLIT_SEED,
                ReadingOptions.NORMALISATION, ReadingOptions.WINDOW, ReadingOptions.HOP);
    }

    @Override
    public Dataset read(Path source, Split split, ReadingOptions options) {
        return data(source, options).part(split);
    }

    @Override
    public TrainAndTest readBoth(Path source, ReadingOptions options) {
        Data data = data(source, options);
        return TrainAndTest.of(() -> data.part(Split.TRAIN), () -> data.part(Split.TEST));
    }

    /** A data set, as numbers. */
    private interface Data {
        Dataset part(Split split);
    }

    private static Data data(Path source, ReadingOptions options) {
        return WindowOptions.of(options).map(windows -> stream(source, options, windows))
                .orElseGet(() -> lines(source, options));
    }

    private static Data lines(Path source, ReadingOptions options) {
        Optional<TablePreprocessing> kept =
                KeptPreprocessing.of(options, TablePreprocessing.class, "a table or time series");
        Optional<TableColumns> columns = kept.map(TablePreprocessing::columns);
        Function<Split, Table> parts = Files.isDirectory(source)
                ? tables(source, columns, options)
                : divided(table(source, columns, options), options);
        Table train = parts.apply(Split.TRAIN);
        TablePreprocessing preprocessing = kept.orElseGet(
                () -> TablePreprocessing.learn(train.columns(), train.samples(), Normalisation.of(options)));
        return split -> dataset(parts.apply(split), preprocessing);
    }

    /** The tables to train on and to test with, which a folder has. */
    private static Function<Split, Table> tables(Path folder, Optional<TableColumns> columns, ReadingOptions options) {
        TestPart.requireNone(folder, options);
        Table train = table(requireFile(folder, Split.TRAIN), columns, options);
        Table test = Table.read(requireFile(folder, Split.TEST), train.columns(), train.classNames());
        return split -> split == Split.TRAIN ? train : test;
    }

    private static Function<Split, Table> divided(Table table, ReadingOptions options) {
        TestPart kept = TestPart.of(table.file(), options);
        StratifiedSplit chosen = kept.choose(table.labels(), table.classNames().size());
        return split -> {
            kept.require(split);
            return table.subset(chosen.part(split));
        };
    }

    private static Path requireFile(Path folder, Split split) {
        return file(folder, split).orElseThrow(
                () -> new BitgradException("%s has no table %s.csv: put it there.".formatted(folder, name(split))));
    }

    private static Table table(Path file, Optional<TableColumns> like, ReadingOptions options) {
        return like.map(columns -> Table.read(file, columns, options.classNames().orElseThrow()))
                .orElseGet(() -> Table.read(file, options.get(ReadingOptions.LABEL_COLUMN), Optional.empty()));
    }

    private static Dataset dataset(Table table, TablePreprocessing preprocessing) {
        DataDescription description = DataDescription
                .of(table.file().toString(), preprocessing.shape(), table.classNames()).with(preprocessing);
        return Dataset.of(description, table.samples().stream().map(preprocessing::bytes).toArray(byte[][]::new),
                table.labels());
    }

    private static Data stream(Path source, ReadingOptions options, WindowOptions windows) {
        int window = windows.windowSteps();
        int hop = windows.hopSteps();
        Optional<SeriesPreprocessing> trained =
                KeptPreprocessing.of(options, SeriesPreprocessing.class, "a table or time series");
        Optional<TableColumns> columns = trained.map(SeriesPreprocessing::columns);
        Function<Split, SeriesSamples> parts;
        TableColumns found;
        if (Files.isDirectory(source)) {
            Function<Split, Table> tables = tables(source, columns, options);
            parts = split -> new StreamWindows(tables.apply(split), window, hop).cut(0, 1);
            found = tables.apply(Split.TRAIN).columns();
        } else {
            if (options.get(ReadingOptions.SPLIT_SEED).isPresent()) {
                throw new IllegalArgumentException(
                        "The end of a stream is kept for testing, not a part by chance: leave the split seed out.");
            }
            Table table = table(source, columns, options);
            TestPart kept = TestPart.of(source, options);
            double border = 1 - kept.fraction();
            parts = split -> {
                kept.require(split);
                StreamWindows cutting = new StreamWindows(table, window, hop);
                return split == Split.TRAIN ? cutting.cut(0, border) : cutting.cut(border, 1);
            };
            found = table.columns();
        }
        requireNumbers(source, found);
        SeriesPreprocessing preprocessing = trained.orElseGet(() -> SeriesPreprocessing.learn(window, found,
                parts.apply(Split.TRAIN), Normalisation.of(options)));
        return split -> SeriesData.dataset(parts.apply(split), preprocessing);
    }

    private static void requireNumbers(Path source, TableColumns columns) {
        columns.texts().keySet().stream().findFirst().ifPresent(column -> {
            throw new BitgradException(
                    "%s has texts in %s, but a stream consists of numbers: take the column out of the table."
                            .formatted(source, columns.names().get(column)));
        });
    }
}
