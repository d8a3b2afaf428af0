package io.github.bitgrad.data;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * How a data set is to be read: options with their values, of which each {@link FolderFormat} knows some. An object does
 * not change; {@link #with} returns a changed copy.
 *
 * {@snippet :
 * Datasets.open("photos", ReadingOptions.NONE.with(ReadingOptions.TEST_FRACTION, 0.2));
 * }
 */
public final class ReadingOptions {
    /**
     * A choice that a format leaves to the caller. A format of your own may have options of its own.
     *
     * @param name what messages call it
     * @param type the type of its values
     * @param range which values it can have, as it reads in "must be …"
     * @param check whether a value is one of them
     */
    public record Option<T>(String name, Class<T> type, String range, Predicate<T> check) {
        /** An option that any value will do for. */
        static <T> Option<T> any(String name, Class<T> type) {
            return new Option<>(name, type, "given", _ -> true);
        }

        private static Option<Number> positive(String name) {
            return new Option<>(name, Number.class, "a positive number",
                    value -> value.doubleValue() > 0 && Double.isFinite(value.doubleValue()));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /**
     * Which fraction of the samples of each class is kept for testing, where the data set has no test part of its own; 0
     * keeps none. If it is not set, a fifth is kept ({@link TestPart}).
     */
    public static final Option<Double> TEST_FRACTION =
            new Option<>("test fraction", Double.class, "at least 0 and below 1", value -> value >= 0 && value < 1);
    /** The number that decides which samples are kept for testing. */
    public static final Option<Long> SPLIT_SEED = Option.any("split seed", Long.class);
    /** Whether a sample that is damaged is an error. Otherwise it is left out, and a warning tells how many were. */
    public static final Option<Boolean> STRICT = Option.any("strict", Boolean.class);
    /** The file in which decoded samples are kept, so that they are decoded once only. */
    public static final Option<Path> CACHE = Option.any("cache", Path.class);
    /** The shape that pictures are brought to. */
    public static final Option<ImageShape> IMAGE_SHAPE = Option.any("image shape", ImageShape.class);
    /** The column of a table that holds the classes: its name, or its number from 1. */
    public static final Option<String> LABEL_COLUMN = Option.any("label column", String.class);
    /** A pattern that a file's whole name must match, with a group {@code label} that is the class. */
    public static final Option<Pattern> LABEL_PATTERN = new Option<>("label pattern", Pattern.class,
            "a pattern with a group named label", value -> value.namedGroups().containsKey("label"));
    /** The name of one of several data sets in a folder, such as one of several time series. */
    public static final Option<String> SERIES = Option.any("series", String.class);
    /** How much becomes one sample: a whole number of steps of a stream, or a number of seconds of a recording. */
    public static final Option<Number> WINDOW = Option.positive("window");
    /**
     * How much lies between the beginnings of two samples, in steps of a stream or in seconds of a recording. If it is not
     * set, as much as the window has.
     */
    public static final Option<Number> HOP = Option.positive("hop");
    /** The name of the normalisation that makes bytes of numbers. */
    public static final Option<String> NORMALISATION = Option.any("normalisation", String.class);

    /** No option: each format reads as it does by default. */
    public static final ReadingOptions NONE = new ReadingOptions(Map.of(), Optional.empty(), Optional.empty());

    private final Map<Option<?>, Object> values;
    private final Optional<List<String>> classNames;
    private final Optional<Preprocessing> preprocessing;

    private ReadingOptions(Map<Option<?>, Object> values, Optional<List<String>> classNames,
            Optional<Preprocessing> preprocessing) {
        this.values = values;
        this.classNames = classNames;
        this.preprocessing = preprocessing;
    }

    /**
     * Sets an option.
     *
     * @return a changed copy
     * @throws IllegalArgumentException when the option cannot have this value
     */
    public <T> ReadingOptions with(Option<T> option, T value) {
        if (!option.check().test(value)) {
            throw new IllegalArgumentException(
                    "The %s must be %s, but is %s.".formatted(option.name(), option.range(), value));
        }
        Map<Option<?>, Object> changed = new LinkedHashMap<>(values);
        changed.put(option, value);
        return new ReadingOptions(changed, classNames, preprocessing);
    }

    /**
     * Says that the data set is read for a network that was trained already. A format that finds the classes or learns
     * the preprocessing from training samples takes these in their place, so that labels and bytes mean what they meant
     * then. Other formats need not look at them.
     *
     * @param names the class names of the network, in the order of the labels
     * @param kept the preprocessing of the network; empty if it has none
     * @return a changed copy
     */
    public ReadingOptions forNetwork(List<String> names, Optional<Preprocessing> kept) {
        return new ReadingOptions(values, Optional.of(List.copyOf(names)), kept);
    }

    /** {@return the value of an option; empty if it is not set} */
    public <T> Optional<T> get(Option<T> option) {
        return Optional.ofNullable(option.type().cast(values.get(option)));
    }

    /** {@return the options that are set} */
    public Set<Option<?>> given() {
        return Set.copyOf(values.keySet());
    }

    /** {@return the class names of the network that the data set is read for; empty if none is trained yet} */
    public Optional<List<String>> classNames() {
        return classNames;
    }

    /** {@return the preprocessing of the network that the data set is read for; empty if it has none or is not trained yet} */
    public Optional<Preprocessing> preprocessing() {
        return preprocessing;
    }

    /**
     * Checks that all options that are set are among those that a reader knows, so that none is ignored in silence.
     *
     * @param what what is read, as messages have it
     * @throws IllegalArgumentException when an option is set that the reader does not know
     */
    void requireKnown(String what, Set<Option<?>> known) {
        values.keySet().stream().filter(option -> !known.contains(option)).findFirst().ifPresent(option -> {
            throw new IllegalArgumentException("The option '%s' does not apply to %s%s: leave it out.".formatted(
                    option.name(), what, known.isEmpty()
                            ? ", which has no options"
                            : ", which takes " + String.join(", ",
                                    known.stream().map(Option::name).sorted().toList())));
        });
    }
}
