package io.github.bitgrad.cli;

import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.ReadingOptions;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** The options that say how data is read. */
final class HowToRead {
    /** A pattern, which picocli itself would refuse with the trace of an exception. */
    private static final class PatternConverter implements ITypeConverter<Pattern> {
        @Override
        public Pattern convert(String value) {
            try {
                return Pattern.compile(value);
            } catch (PatternSyntaxException wrong) {
                throw new IllegalArgumentException("'%s' is not a pattern (%s); give a regular expression of Java."
                        .formatted(value, wrong.getDescription()), wrong);
            }
        }
    }

    @Option(names = "--test-fraction", paramLabel = "F",
            description = "Which part of the samples of each class is kept for testing, where the data have no test "
                    + "part of their own; 0 keeps nothing, then nothing is tested. The default is a fifth, 0.2.")
    private Double testFraction;

    @Option(names = "--split-seed", paramLabel = "N",
            description = "Number that decides which samples these are. The default is 1.")
    private Long splitSeed;

    @Option(names = "--strict",
            description = "End with an error if a sample is damaged, instead of leaving it out with a warning.")
    private boolean strict;

    @Option(names = "--cache", paramLabel = "FILE",
            description = "Keep decoded samples in FILE, so that they are decoded once only.")
    private Path cache;

    @Option(names = "--image-size", paramLabel = "HxW[xC]", converter = ShapeConverter.class,
            description = "The height and width that pictures are brought to, and the channels: 3 (the default) or 1.")
    private ImageShape imageShape;

    @Option(names = "--label-column", paramLabel = "NAME|N",
            description = "The column of a table that holds the classes, by its name or its number from 1.")
    private String labelColumn;

    @Option(names = "--label-pattern", paramLabel = "REGEX", converter = PatternConverter.class,
            description = "A pattern that the names of files match, with the class as the group label, such as "
                    + "'(?<label>[0-9])_.*'.")
    private Pattern labelPattern;

    @Option(names = "--series", paramLabel = "NAME", description = "One of the time series in the folder.")
    private String series;

    @Option(names = "--window", paramLabel = "N", converter = PositiveNumber.class,
            description = "How much becomes one sample: N steps of a stream (a table), or N seconds of each recording. "
                    + "By default, a table is no stream, and a recording is one sample.")
    private Number window;

    @Option(names = "--hop", paramLabel = "N", converter = PositiveNumber.class,
            description = "How much lies between the beginnings of two windows, in steps of a stream or seconds of a "
                    + "recording. The default is the window.")
    private Number hop;

    @Option(names = "--feature-normalisation", paramLabel = "NAME",
            description = "How numbers become bytes. The default is that of the format.")
    private String normalisation;

    /** The shape of an image, such as 32x32 or 28x28x1. */
    private static final class ShapeConverter implements ITypeConverter<ImageShape> {
        @Override
        public ImageShape convert(String value) {
            return ImageShape.parse(value);
        }
    }

    /** How data is to be read. */
    ReadingOptions options() {
        ReadingOptions reading = ReadingOptions.NONE;
        reading = with(reading, ReadingOptions.TEST_FRACTION, testFraction);
        reading = with(reading, ReadingOptions.SPLIT_SEED, splitSeed);
        reading = with(reading, ReadingOptions.STRICT, strict ? Boolean.TRUE : null);
        reading = with(reading, ReadingOptions.CACHE, cache);
        reading = with(reading, ReadingOptions.IMAGE_SHAPE, imageShape);
        reading = with(reading, ReadingOptions.LABEL_COLUMN, labelColumn);
        reading = with(reading, ReadingOptions.LABEL_PATTERN, labelPattern);
        reading = with(reading, ReadingOptions.SERIES, series);
        reading = with(reading, ReadingOptions.WINDOW, window);
        reading = with(reading, ReadingOptions.HOP, hop);
        return with(reading, ReadingOptions.NORMALISATION, normalisation);
    }

    /** @param value null if the option is not set */
    private static <T> ReadingOptions with(ReadingOptions reading, ReadingOptions.Option<T> option, T value) {
        return value == null ? reading : reading.with(option, value);
    }
}
