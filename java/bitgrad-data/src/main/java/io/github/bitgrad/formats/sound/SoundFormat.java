package io.github.bitgrad.formats.sound;

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
import io.github.bitgrad.formats.PartFolders;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Recordings (WAV) in a folder for each class. The folder of the data set has these, and a part of the recordings of each
 * class, chosen at random, is kept for testing; or it has folders {@code train} and {@code test} (or {@code val}) that
 * have these. With {@link ReadingOptions#LABEL_PATTERN}, recordings need no folders of classes.
 *
 * <p>
 * They become log-mel pictures, see {@link SoundPreprocessing}. Recordings that are damaged or silent are left out, with a
 * warning, unless {@link ReadingOptions#STRICT} is set.
 */
public final class SoundFormat implements FolderFormat {
    private static final System.Logger LOG = System.getLogger("io.github.bitgrad");
    /** In Hz. Hardly anything above helps to tell sounds apart. */
    private static final int HIGHEST = 8000;
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
                ReadingOptions.STRICT);
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
        Optional<SoundPreprocessing> kept = KeptPreprocessing.of(options, SoundPreprocessing.class, "sounds");
        Function<Split, Recordings> parts = parts(source, options);
        return split -> {
            Recordings part = parts.apply(split);
            return dataset(part, kept.orElseGet(() -> learn(parts.apply(Split.TRAIN))), options);
        };
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

    /** Chooses a picture that has room for most of the recordings, and the frequencies that all of them have. */
    private static SoundPreprocessing learn(Recordings training) {
        record Heard(double seconds, float rate) {
        }
        List<Heard> heard = training.files().parallelStream().map(file -> {
            try {
                WavFile sound = WavFile.read(file);
                return new Heard(sound.samples().length / (double) sound.rate(), sound.rate());
            } catch (BitgradException _) {
                return null; // told when the recordings themselves are read
            }
        }).filter(Objects::nonNull).toList();
        double lowestRate = heard.stream().mapToDouble(Heard::rate).min().orElse(2 * HIGHEST);
        double[] seconds = heard.stream().mapToDouble(Heard::seconds).sorted().toArray();
        double longest = seconds.length == 0 ? 0 : seconds[(int) (FITTING * (seconds.length - 1))];
        int rows = ROWS * (int) Math.ceil(longest / LogMel.HOP / ROWS);
        int highest = Math.min(HIGHEST, (int) (lowestRate / 2));
        return new SoundPreprocessing(Math.max(FEWEST_ROWS, Math.min(MOST_ROWS, rows)), highest <= 4000 ? 32 : 40,
                highest);
    }

    private static Dataset dataset(Recordings recordings, SoundPreprocessing preprocessing, ReadingOptions options) {
        boolean strict = options.get(ReadingOptions.STRICT).orElse(false);
        List<Object> read = recordings.files().parallelStream().map(file -> {
            try {
                return (Object) preprocessing.read(file).getFirst().bytes();
            } catch (BitgradException damaged) {
                return damaged;
            }
        }).toList();
        List<BitgradException> damaged = read.stream().filter(BitgradException.class::isInstance)
                .map(BitgradException.class::cast).toList();
        if (!damaged.isEmpty() && (strict || damaged.size() == read.size())) {
            throw damaged.getFirst();
        }
        if (!damaged.isEmpty()) {
            LOG.log(Level.WARNING,
                    "{0} of {1} recordings in {2} are left out, because they cannot be used; the first: {3}",
                    damaged.size(), read.size(), recordings.folder(), damaged.getFirst().getMessage());
        }
        int[] whole = IntStream.range(0, read.size()).filter(i -> read.get(i) instanceof byte[]).toArray();
        int[] labels = IntStream.of(whole).map(i -> recordings.labels()[i]).toArray();
        DataDescription description =
                DataDescription.of(recordings.folder().toString(), preprocessing.shape(), recordings.classNames())
                        .with(preprocessing).with(SoundAugmentation.DEFAULT);
        return Dataset.of(description, IntStream.of(whole).mapToObj(i -> (byte[]) read.get(i)).toArray(byte[][]::new),
                labels);
    }
}
