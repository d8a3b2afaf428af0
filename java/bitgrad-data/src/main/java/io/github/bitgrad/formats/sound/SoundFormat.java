package io.github.bitgrad.formats.sound;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.DataDescription;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.FolderFormat;
import io.github.bitgrad.data.Preprocessing;
import io.github.bitgrad.data.ReadingOptions;
import io.github.bitgrad.data.Sample;
import io.github.bitgrad.data.Split;
import io.github.bitgrad.data.StratifiedSplit;
import io.github.bitgrad.data.TestPart;
import io.github.bitgrad.data.TrainAndTest;
import io.github.bitgrad.formats.KeptPreprocessing;
import io.github.bitgrad.formats.PartFolders;
import io.github.bitgrad.formats.WindowOptions;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Recordings (WAV) in a folder for each class. The folder of the data set has these, and a part of the recordings of each
 * class, chosen at random, is kept for testing; or it has folders {@code train} and {@code test} (or {@code val}) that
 * have these. With {@link ReadingOptions#LABEL_PATTERN}, recordings need no folders of classes.
 *
 * <p>
 * They become log-mel pictures, see {@link SoundPreprocessing}. Recordings of different sampling rates are brought to one
 * rate, 16 kHz or, if one of the training recordings has less, 8 kHz. With {@link ReadingOptions#WINDOW}, in seconds, a
 * recording is cut into windows, which are samples of its class; all windows of a recording are in one part of the data
 * set. Otherwise a recording is one sample. Recordings that are damaged or silent are left out, with a
 * warning, unless {@link ReadingOptions#STRICT} is set.
 */
public final class SoundFormat implements FolderFormat {
    private static final System.Logger LOG = System.getLogger("io.github.bitgrad");
    /**
     * The sampling rates that recordings are brought to, in Hz: the highest one that no recording is below. Hardly any
     * frequency above half of the first one helps to tell sounds apart.
     */
    private static final List<Integer> RATES = List.of(16_000, 8000);
    /** Rows are a multiple of this number, so that they can be pooled three times. */
    private static final int ROWS = 8;
    private static final int FEWEST_ROWS = 16;
    /** About two seconds. */
    private static final int MOST_ROWS = 128;
    /** The fraction of the recordings that fit a picture as a whole. */
    private static final double FITTING = 0.95;

    /** For the service loader. */
    public SoundFormat() {
    }

    @Override
    public String files() {
        return "a folder of recordings (WAV) for each class";
    }

    @Override
    public boolean isIn(Path source) {
        return Recordings.areIn(source);
    }

    @Override
    public Set<ReadingOptions.Option<?>> options() {
        return Set.of(ReadingOptions.LABEL_PATTERN, ReadingOptions.TEST_FRACTION, ReadingOptions.SPLIT_SEED,
                ReadingOptions.STRICT, ReadingOptions.WINDOW, ReadingOptions.HOP);
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

    /** A data set whose recordings are found, and read when a part is asked for. */
    private interface Data {
        Dataset part(Split split);
    }

    private static Data data(Path source, ReadingOptions options) {
        Optional<WindowOptions> windows = WindowOptions.of(options);
        Function<Split, Recordings> parts = parts(source, options);
        SoundPreprocessing preprocessing = KeptPreprocessing.of(options, SoundPreprocessing.class, "sounds")
                .map(kept -> like(kept, windows)).orElseGet(() -> learn(parts.apply(Split.TRAIN), windows));
        return split -> dataset(parts.apply(split), preprocessing, options);
    }

    /** The preprocessing of a network, if no other windows are wanted. */
    private static SoundPreprocessing like(SoundPreprocessing kept, Optional<WindowOptions> wanted) {
        if (wanted.isPresent()
                && (kept.rate().isEmpty() || !windows(wanted, kept.rate().getAsInt()).equals(kept.windows()))) {
            throw new IllegalArgumentException(
                    "The network was trained on %s: leave the window and the hop out, because they are kept with it."
                            .formatted(kept.windows().isEmpty() ? "whole recordings" : "other windows of recordings"));
        }
        return kept;
    }

    private static Optional<SoundWindows> windows(Optional<WindowOptions> wanted, int rate) {
        return wanted.map(seconds -> SoundWindows.of(seconds.window(), seconds.hop(), rate));
    }

    private static Function<Split, Recordings> parts(Path source, ReadingOptions options) {
        Optional<Pattern> pattern = options.get(ReadingOptions.LABEL_PATTERN);
        PartFolders folders = Recordings.parts(source, pattern);
        if (folders.test().isEmpty()) {
            TestPart kept = TestPart.of(source, options);
            Recordings all = Recordings.in(folders.train(), pattern, options.classNames());
            StratifiedSplit chosen = kept.choose(all.labels(), all.classNames().size());
            return split -> {
                kept.require(split);
                return all.subset(chosen.part(split));
            };
        }
        TestPart.requireNone(source, options);
        return split -> {
            if (pattern.isEmpty()) {
                folders.requireSameClasses(split);
            }
            Optional<List<String>> known = options.classNames();
            if (split == Split.TEST && known.isEmpty()) {
                known = Optional.of(Recordings.in(folders.train(), pattern, known).classNames());
            }
            return Recordings.in(folders.folder(split), pattern, known);
        };
    }

    /**
     * Chooses a sampling rate that no recording is below, and a picture that has room for most of the recordings, or for a
     * window. Only the headers of the recordings are read.
     */
    private static SoundPreprocessing learn(Recordings training, Optional<WindowOptions> wanted) {
        record Heard(double seconds, int rate) {
        }
        List<Heard> heard = training.files().parallelStream().flatMap(file -> {
            try (WavFile sound = WavFile.open(file)) {
                return Stream.of(new Heard(sound.seconds(), sound.rate()));
            } catch (BitgradException _) {
                return Stream.empty(); // told when the recordings themselves are read
            }
        }).toList();
        IntSummaryStatistics rates = heard.stream().mapToInt(Heard::rate).summaryStatistics();
        int lowest = heard.isEmpty() ? RATES.getFirst() : rates.getMin();
        int rate = RATES.stream().filter(each -> each <= lowest).findFirst().orElse(lowest);
        if (rates.getMin() < rates.getMax()) {
            LOG.log(Level.INFO,
                    "The recordings in {0} have sampling rates of {1} to {2} Hz, and are brought to {3} Hz.",
                    training.folder(), Integer.toString(rates.getMin()), Integer.toString(rates.getMax()),
                    Integer.toString(rate));
        }
        Optional<SoundWindows> windows = windows(wanted, rate);
        double[] seconds = heard.stream().mapToDouble(Heard::seconds).sorted().toArray();
        double shown = windows.isPresent()
                ? (double) windows.get().samples() / rate
                : seconds.length == 0 ? 0 : seconds[(int) (FITTING * (seconds.length - 1))];
        int rows = Math.max(FEWEST_ROWS, ROWS * (int) Math.ceil(shown / LogMel.HOP / ROWS));
        return new SoundPreprocessing(windows.isPresent() ? rows : Math.min(MOST_ROWS, rows), rate <= 8000 ? 32 : 40,
                rate / 2, OptionalInt.of(rate), windows);
    }

    private static Dataset dataset(Recordings recordings, SoundPreprocessing preprocessing, ReadingOptions options) {
        boolean strict = options.get(ReadingOptions.STRICT).orElse(false);
        List<Read> read = recordings.files().parallelStream().map(file -> Read.of(file, preprocessing)).toList();
        List<BitgradException> damaged = read.stream().flatMap(each -> each.damage().stream()).toList();
        if (!damaged.isEmpty() && (strict || damaged.size() == read.size())) {
            throw damaged.getFirst();
        }
        if (!damaged.isEmpty()) {
            LOG.log(Level.WARNING,
                    "{0} of {1} recordings in {2} are left out, because they cannot be used; the first: {3}",
                    damaged.size(), read.size(), recordings.folder(), damaged.getFirst().getMessage());
        }
        DataDescription description =
                DataDescription.of(recordings.folder().toString(), preprocessing.shape(), recordings.classNames())
                        .with(preprocessing).with(SoundAugmentation.DEFAULT);
        return Dataset.of(description,
                IntStream.range(0, read.size()).boxed().flatMap(i -> read.get(i).inputs().stream()
                        .map(input -> new Sample(input.bytes(), recordings.labels()[i]))).iterator());
    }

    /**
     * What was read of a recording.
     *
     * @param inputs its pictures; none if it cannot be used
     * @param damage why it cannot be used
     */
    private record Read(List<Preprocessing.Input> inputs, Optional<BitgradException> damage) {
        static Read of(Path file, SoundPreprocessing preprocessing) {
            try {
                return new Read(preprocessing.read(file), Optional.empty());
            } catch (BitgradException damaged) {
                return new Read(List.of(), Optional.of(damaged));
            }
        }
    }
}
