package io.github.bitgrad.checkpoint;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.layer.Extensions;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.model.Network;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A training in a file, where an epoch has ended: all that is needed to go on as if it had never been interrupted.
 * Between the beginning and the end that all files of ours have:
 *
 * <pre>
 * network, as NetworkDescription has it
 * int      settings, each: string name, string value
 * long     steps                         long allSteps
 * int      epochs, each: double trainLoss
 * buffers, as BufferContents has them
 * </pre>
 */
public final class TrainingState {
    /**
     * How far a training is.
     *
     * @param steps it has taken
     * @param allSteps that were taken with its network, in trainings before it too
     * @param trainLosses of its epochs, which are what a schedule of the learning rate goes by
     */
    public record Position(long steps, long allSteps, List<Double> trainLosses) {
        public Position {
            trainLosses = List.copyOf(trainLosses);
        }

        /** Where it is after a further epoch. */
        public Position after(long newSteps, long newAllSteps, double trainLoss) {
            List<Double> losses = new ArrayList<>(trainLosses);
            losses.add(trainLoss);
            return new Position(newSteps, newAllSteps, losses);
        }
    }

    /** The first version of the format whose networks are graphs. */
    private static final int GRAPHS = 4;

    private TrainingState() {
    }

    /** The kinds of the layers of a network, beside those that are found. */
    private static Extensions layersOf(Network network) {
        return new Extensions(network.nodes().stream().map(node -> node.layer().kind()).toList(), List.of());
    }

    /**
     * Finds out, before a training, whether its state can be saved. Leaves no trace.
     *
     * @throws BitgradException where it cannot
     */
    public static void requireWritable(Path file) {
        FileKind.TRAINING_STATE.requireWritable(file);
    }

    /**
     * Writes the state of a training. The file is replaced in one moment when all is on the disk; until then, and where
     * anything fails, it stays as it was.
     *
     * @param settings by their names, what must be the same when the training goes on
     * @param buffers all that keep their contents from step to step
     * @throws BitgradException where it cannot be written
     */
    public static void write(Path file, Network network, Map<String, String> settings, Position position,
            List<Buffer> buffers) {
        FileKind.TRAINING_STATE.write(file, out -> {
            NetworkDescription.write(out, network);
            out.writeInt(settings.size());
            for (Map.Entry<String, String> setting : settings.entrySet()) {
                out.writeUTF(setting.getKey());
                out.writeUTF(setting.getValue());
            }
            write(out, position);
            BufferContents.write(out, buffers);
        });
    }

    private static void write(DataOutputStream out, Position position) throws IOException {
        out.writeLong(position.steps());
        out.writeLong(position.allSteps());
        out.writeInt(position.trainLosses().size());
        for (double loss : position.trainLosses()) {
            out.writeDouble(loss);
        }
    }

    /**
     * Reads the state of a training into its buffers, once it is found to be that of this training. Where a buffer
     * cannot be read nevertheless, those before it are filled, and nothing can be trained with them.
     *
     * @param completed completes settings that an older build has written without some of their entries
     * @return how far it is
     * @throws BitgradException where the file is missing, no training state, of another version, cut off or damaged, or
     *             the state of a training with another network or other settings
     */
    public static Position restore(Path file, Network network, Map<String, String> settings,
            UnaryOperator<Map<String, String>> completed, List<Buffer> buffers) {
        return FileKind.TRAINING_STATE.read(file, (in, version) -> {
            Network found = version >= GRAPHS
                    ? NetworkDescription.read(in, layersOf(network))
                    : NetworkDescription.readSequential(in);
            requireSame(file, found, network);
            requireSame(file, completed.apply(readSettings(in)), settings);
            Position position = readPosition(in);
            BufferContents.read(in, buffers);
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

    private static Position readPosition(DataInputStream in) throws IOException {
        long steps = in.readLong();
        long allSteps = in.readLong();
        if (steps < 0 || allSteps < steps) {
            throw new IOException("%d steps of %d".formatted(steps, allSteps));
        }
        List<Double> trainLosses = new ArrayList<>();
        for (int rest = in.readInt(); rest > 0; rest--) {
            trainLosses.add(in.readDouble());
        }
        return new Position(steps, allSteps, trainLosses);
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

    private static void requireSame(Path file, Map<String, String> found, Map<String, String> wanted) {
        Set<String> names = new LinkedHashSet<>(wanted.keySet());
        names.addAll(found.keySet());
        for (String name : names) {
            String before = found.getOrDefault(name, "unknown");
            String now = wanted.getOrDefault(name, "unknown");
            if (!before.equals(now)) {
                throw other(file, name, before, now);
            }
        }
    }

    private static BitgradException other(Path file, String what, Object found, Object wanted) {
        return new BitgradException(
                ("The training in %s cannot be continued with %s %s, because it began with %s; "
                        + "set what was set then, or name another file.").formatted(file, what, wanted, found));
    }
}
