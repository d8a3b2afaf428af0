package io.github.bitgrad.checkpoint;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.Names;
import io.github.bitgrad.layer.Extensions;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Schedule.EpochResult;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The file of a training at the end of a step. It contains everything that is needed to continue as if the training had
 * not been interrupted. Between the beginning and the end, which all files of bitgrad have ({@link FileKind}), it
 * has this form:
 *
 * <pre>
 * network, as NetworkDescription has it
 * int      settings, each: string name, string value
 * long     steps                         long allSteps
 * int      epochs, each: double trainLoss, double testAccuracy, double trainAccuracy
 * double   firstLoss
 * of the epoch that has begun: long steps, double lossSum, long correct, long nanoseconds
 * buffers, as BufferContents has them
 * long     bytes of the kept network     the file of this network, as Checkpoint writes it
 * </pre>
 *
 * Up to format version 4, a training was saved only at the end of an epoch, and the two lines after the epochs are
 * missing. Up to version 5, there are no test accuracies; up to version 6, no training accuracies and no kept network.
 */
public final class TrainingState {
    /**
     * How far a training is.
     *
     * @param steps the number of steps that the training has taken
     * @param allSteps the number of steps that were taken with its network, including those of earlier trainings
     * @param epochs what the epochs that have ended have come to, which a schedule of the learning rate may depend on
     * @param firstLoss the mean loss of the first step; 0 if there was none, or if the file is of an older version
     * @param epoch what the epoch that has begun has come to so far
     */
    public record Position(long steps, long allSteps, List<EpochResult> epochs, double firstLoss, BegunEpoch epoch) {
        /** @throws IllegalArgumentException if there can be no such position */
        public Position {
            if (steps < 0 || allSteps < steps || epoch.steps() > steps) {
                throw new IllegalArgumentException(
                        "%s steps of %s, %s of them in the last epoch".formatted(steps, allSteps, epoch.steps()));
            }
            epochs = List.copyOf(epochs);
        }

        /** The position before the first step of a training. */
        public static Position begin(long allSteps) {
            return new Position(0, allSteps, List.of(), 0, BegunEpoch.NONE);
        }
    }

    /**
     * The part of an epoch that a training has done.
     *
     * @param steps the number of its steps
     * @param lossSum the sum of the losses of all images
     * @param correct the number of images that were classified correctly
     * @param nanoseconds how long the steps took
     */
    public record BegunEpoch(long steps, double lossSum, long correct, long nanoseconds) {
        /** Nothing of an epoch. */
        public static final BegunEpoch NONE = new BegunEpoch(0, 0, 0, 0);

        /** @throws IllegalArgumentException if there can be no such part */
        public BegunEpoch {
            if (steps < 0 || correct < 0) {
                throw new IllegalArgumentException("%s images correct in %s steps".formatted(correct, steps));
            }
        }
    }

    /** The first version of the format whose networks are graphs. */
    private static final int GRAPHS = 4;
    /** The first version of the format in which a training may be within an epoch. */
    private static final int WITHIN_EPOCHS = 5;
    /** The first version of the format that has test accuracies. */
    private static final int TEST_ACCURACIES = 6;
    /** The first version of the format that has training accuracies, and may have a kept network. */
    private static final int KEPT_NETWORKS = 7;

    private TrainingState() {
    }

    /** The layer kinds of a network, in addition to those that are found by themselves. */
    private static Extensions layersOf(Network network) {
        return new Extensions(network.nodes().stream().map(node -> node.layer().kind()).toList(), List.of());
    }

    /**
     * Whether there is a training to continue: a file that is not empty, or the complete copy of a file that could not
     * be overwritten completely. A container needs an empty file before it can mount it.
     */
    public static boolean exists(Path file) {
        return Files.exists(file) && (!Files.isRegularFile(file) || file.toFile().length() > 0)
                || WholeFile.completeCopy(file).isPresent();
    }

    /**
     * The file that was saved before a file, or the one of that number before it, if several files are kept: the number
     * is behind a dot at the end of its name.
     *
     * @param number from 1
     * @throws BitgradException if the file is a symbolic link that leads nowhere
     */
    public static Path before(Path file, int number) {
        try {
            return WholeFile.at(file).before(number);
        } catch (IOException failure) {
            throw new BitgradException("There can be no file before %s: %s; name another file.".formatted(file,
                    BitgradException.reason(failure)), failure);
        }
    }

    /**
     * The files that a training was saved to, the newest first: a file if there is one, and those {@link #before} it, up
     * to the first name under which there is no training.
     */
    public static List<Path> saved(Path file) {
        List<Path> files = new ArrayList<>();
        if (exists(file)) {
            files.add(file);
        }
        for (int number = 1; isBegun(before(file, number)); number++) {
            files.add(before(file, number));
        }
        return files;
    }

    /** Whether a file begins as the file of a training does. */
    public static boolean isBegun(Path file) {
        return FileKind.TRAINING_STATE.begins(file);
    }

    /**
     * Why a file is not that of a whole training: it is missing, cut off or damaged. Empty if it is whole, whatever the
     * training is.
     */
    public static Optional<BitgradException> damage(Path file) {
        return FileKind.TRAINING_STATE.damage(new Source.Disk(file));
    }

    /**
     * Checks, before a training, that its state can be saved. This does not change the file.
     *
     * @param kept how many files are to be kept, this one included, at least 1
     * @throws BitgradException if it cannot be saved
     */
    public static void requireWritable(Path file, int kept) {
        FileKind.TRAINING_STATE.requireWritable(file, kept);
    }

    /**
     * Writes the state of a training. An existing file is replaced in one moment, when the new file is completely on
     * the disk. Until then, and if anything fails, it stays as it was. A file that the system does not let anybody
     * replace is overwritten, while a complete copy is kept.
     *
     * @param kept how many files are kept, this one included, at least 1: the files that were saved before have the names
     *            that {@link #before} says
     * @param settings the settings, by their names, that are compared when the training is continued
     * @param buffers all buffers that keep their contents from step to step
     * @param best the network that the training keeps, if there is one
     * @throws BitgradException if the file cannot be written
     */
    public static void write(Path file, int kept, Network network, Map<String, String> settings, Position position,
            List<Buffer> buffers, KeptNetwork best) {
        FileKind.TRAINING_STATE.write(file, kept, out -> {
            NetworkDescription.write(out, network);
            out.writeInt(settings.size());
            for (Map.Entry<String, String> setting : settings.entrySet()) {
                out.writeUTF(setting.getKey());
                out.writeUTF(setting.getValue());
            }
            write(out, position);
            BufferContents.write(out, buffers);
            best.write(out);
        });
    }

    private static void write(DataOutputStream out, Position position) throws IOException {
        out.writeLong(position.steps());
        out.writeLong(position.allSteps());
        out.writeInt(position.epochs().size());
        for (EpochResult epoch : position.epochs()) {
            out.writeDouble(epoch.trainLoss());
            out.writeDouble(epoch.testAccuracy().orElse(Double.NaN));
            out.writeDouble(epoch.trainAccuracy());
        }
        out.writeDouble(position.firstLoss());
        out.writeLong(position.epoch().steps());
        out.writeDouble(position.epoch().lossSum());
        out.writeLong(position.epoch().correct());
        out.writeLong(position.epoch().nanoseconds());
    }

    /** Decides whether a training may be continued. */
    public interface Check {
        /**
         * @param settings the settings that the file has, by their names
         * @param position how far the training is
         * @throws BitgradException if it may not be continued
         * @throws IllegalArgumentException if no bitgrad can have written such a file
         */
        void requireContinuable(Map<String, String> settings, Position position);
    }

    /**
     * Reads the state of a training into its buffers, after checking that the file belongs to this training. If a
     * buffer cannot be read in spite of the check, the buffers before it have been filled already, and cannot be used
     * for training any more.
     *
     * @param best gets the network that the training kept, or becomes empty
     * @return how far the training is
     * @throws BitgradException if the file is missing, is not such a file, has another version, is cut off or damaged,
     *             or belongs to a training with another network or other settings
     */
    public static Position restore(Path file, Network network, Check check, List<Buffer> buffers, KeptNetwork best) {
        Source source = new Source.Disk(file);
        return FileKind.TRAINING_STATE.read(source, (in, version) -> {
            Network found = version >= GRAPHS
                    ? NetworkDescription.read(in, layersOf(network))
                    : NetworkDescription.readSequential(in);
            requireSame(file, found, network);
            Map<String, String> settings = readSettings(in);
            Position position = readPosition(in, version);
            check.requireContinuable(settings, position);
            BufferContents.read(in, buffers);
            best.clear();
            if (version >= KEPT_NETWORKS) {
                best.read(in, source.size());
            }
            return position;
        });
    }

    private static Map<String, String> readSettings(DataInputStream in) throws IOException {
        Map<String, String> settings = new LinkedHashMap<>();
        for (int rest = in.readInt(); rest > 0; rest--) {
            settings.put(in.readUTF(), in.readUTF());
        }
        return settings;
    }

    private static Position readPosition(DataInputStream in, int version) throws IOException {
        long steps = in.readLong();
        long allSteps = in.readLong();
        List<EpochResult> epochs = new ArrayList<>();
        for (int rest = in.readInt(); rest > 0; rest--) {
            double trainLoss = in.readDouble();
            double testAccuracy = version >= TEST_ACCURACIES ? in.readDouble() : Double.NaN;
            epochs.add(new EpochResult(trainLoss, version >= KEPT_NETWORKS ? in.readDouble() : Double.NaN,
                    Double.isNaN(testAccuracy) ? OptionalDouble.empty() : OptionalDouble.of(testAccuracy)));
        }
        return version >= WITHIN_EPOCHS
                ? new Position(steps, allSteps, epochs, in.readDouble(), readBegunEpoch(in))
                : new Position(steps, allSteps, epochs, 0, BegunEpoch.NONE);
    }

    private static BegunEpoch readBegunEpoch(DataInputStream in) throws IOException {
        return new BegunEpoch(in.readLong(), in.readDouble(), in.readLong(), in.readLong());
    }

    private static void requireSame(Path file, Network found, Network wanted) {
        if (!found.name().equals(wanted.name())) {
            throw other(file, "network", found.name(), wanted.name());
        }
        if (!found.input().equals(wanted.input())) {
            throw other(file, "images of", found.input(), wanted.input());
        }
        for (int i = 0; i < Math.max(found.nodes().size(), wanted.nodes().size()); i++) {
            if (!node(found, i).equals(node(wanted, i))) {
                throw other(file, "layer", node(found, i), node(wanted, i));
            }
        }
    }

    private static String node(Network network, int index) {
        if (index >= network.nodes().size()) {
            return "none behind " + network.nodes().getLast().name();
        }
        Network.Node node = network.nodes().get(index);
        return "%s = %s of %s".formatted(node.name(), node.layer(), String.join(", ", node.inputs()));
    }

    private static BitgradException other(Path file, String what, Object found, Object wanted) {
        return new BitgradException(
                ("The training in %s cannot be continued with %s %s, because it began with %s; "
                        + "set what was set then, or name another file.")
                        .formatted(file, what, wanted, Names.printable(found.toString())));
    }
}
