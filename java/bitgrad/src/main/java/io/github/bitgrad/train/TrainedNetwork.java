package io.github.bitgrad.train;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.algorithm.Compiler;
import io.github.bitgrad.checkpoint.Checkpoint;
import io.github.bitgrad.checkpoint.Checkpoint.Matrix;
import io.github.bitgrad.checkpoint.Meaning;
import io.github.bitgrad.compile.BinaryWeights;
import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.compile.Parameter;
import io.github.bitgrad.compile.Products;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Weights;
import io.github.bitgrad.data.Preprocessing;
import io.github.bitgrad.layer.Extensions;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.step.InferenceProgram;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * A network that was trained, as training goes on from it: {@link Trainer#from}. It may get other classes first. It is
 * an immutable value on the Java heap.
 */
public final class TrainedNetwork {
    /**
     * The magnitude of latent weights that are made from signs, as a part of their limit. It was chosen by measurement:
     * see "Going on from signs" in {@code bench/RESULTS.md}.
     */
    static final float MAGNITUDE_OF_SIGNS = 0.1f;
    private static final int NEW_CLASS = -1;

    private final Checkpoint checkpoint;
    private final Network network;
    private final List<String> classNames;
    /** For each class the number of the class in the file, or {@link #NEW_CLASS}. */
    private final int[] origins;

    private TrainedNetwork(Checkpoint checkpoint, Network network, List<String> classNames) {
        this.checkpoint = checkpoint;
        this.network = network;
        this.classNames = List.copyOf(classNames);
        List<String> before = checkpoint.meaning().classNames();
        origins = classNames.stream().mapToInt(before::indexOf).toArray();
    }

    /**
     * Reads a network that {@link Trainer#save} has written.
     *
     * @throws BitgradException if there is no such file, it is damaged, or it names a layer kind or a loss that nothing
     *             here knows
     */
    public static TrainedNetwork load(Path file) {
        return load(file, Extensions.NONE);
    }

    /**
     * Reads a network that {@link Trainer#save} has written.
     *
     * @param extensions the layer kinds and losses that the file may name, in addition to those of the library
     * @throws BitgradException if there is no such file, it is damaged, or it names an unknown layer kind or loss
     */
    public static TrainedNetwork load(Path file, Extensions extensions) {
        Checkpoint checkpoint = Checkpoint.read(file, extensions);
        InferenceProgram program = checkpoint.compile(() -> Compiler.compileInference(checkpoint.network(), 1,
                checkpoint.origin().products(), checkpoint.origin().loss())).program().forInference();
        checkpoint.requireFitting(program, 1);
        return new TrainedNetwork(checkpoint, checkpoint.network(), checkpoint.meaning().classNames());
    }

    /** The network, with an output for each of the {@link #classNames}. */
    public Network network() {
        return network;
    }

    /** The name of each class, in the order of the labels. */
    public List<String> classNames() {
        return classNames;
    }

    /** What its input and its outputs stand for. */
    Meaning meaning() {
        return new Meaning(classNames, checkpoint.meaning().kind(), checkpoint.meaning().text());
    }

    /** The name of the algorithm that trained it. */
    public String algorithm() {
        return checkpoint.origin().algorithm();
    }

    /** The algorithm that trained it; empty if it was a policy of somebody's own. */
    public Optional<Algorithm> knownAlgorithm() {
        return Arrays.stream(Algorithm.values()).filter(known -> known.toString().equals(algorithm())).findFirst();
    }

    /** The name of the optimizer that trained it. */
    public String optimizer() {
        return checkpoint.origin().optimizer();
    }

    /**
     * What makes bytes of raw samples, as it did for the training; empty if the samples are bytes.
     *
     * @throws BitgradException if nothing here knows this preprocessing
     */
    public Optional<Preprocessing> preprocessing() {
        return checkpoint.meaning().preprocessing(checkpoint.source());
    }

    /**
     * Whether training loses nothing when it goes on from the file: it has the latent weights, or the network was trained
     * without any ({@code bop}). Otherwise, the file has signs only, and latent weights begin anew with these signs.
     */
    public boolean isComplete() {
        return checkpoint.isComplete();
    }

    /**
     * The network with the classes that it has, and behind them those of these names that it does not have. The outputs
     * of new classes begin with random weights.
     *
     * @throws IllegalArgumentException if there are new classes, but the network does not end with a product whose
     *             outputs can become more
     */
    public TrainedNetwork growing(List<String> names) {
        Set<String> all = new LinkedHashSet<>(classNames);
        all.addAll(names);
        return withClasses(List.copyOf(all));
    }

    /**
     * The network with exactly these classes. A class that it has already, by its name, keeps its weights; the outputs of
     * all other classes begin with random weights.
     *
     * @throws IllegalArgumentException if there are other classes than before, but the network does not end with a
     *             product whose outputs can change
     */
    public TrainedNetwork withClasses(List<String> names) {
        if (new HashSet<>(names).size() != names.size()) {
            throw new IllegalArgumentException("Two of the classes %s have one name; name them differently."
                    .formatted(String.join(", ", names)));
        }
        return new TrainedNetwork(checkpoint,
                names.size() == network.classes() ? network : network.withClasses(names.size()), names);
    }

    /**
     * Whether it has statistics of all outputs where products are computed like this: it has no new classes, and was
     * trained with such products.
     */
    boolean hasStatisticsFor(Products products) {
        return wasTrainedWith(products) && Arrays.stream(origins).noneMatch(origin -> origin == NEW_CLASS);
    }

    /**
     * Whether its frozen layers can be used where products are computed like this. The sums of the network's 8-bit input
     * have another unit with products on bits (a 255th) than with products by OpenBLAS.
     */
    boolean wasTrainedWith(Products products) {
        return checkpoint.origin().products() == products;
    }

    /** A number that differs where anything in the file or the classes differ. */
    String digest() {
        CRC32C crc = new CRC32C();
        update(crc, checkpoint.learned());
        update(crc, checkpoint.latent());
        classNames.forEach(name -> crc.update((name + "\0").getBytes(StandardCharsets.UTF_8)));
        return hex(crc);
    }

    /** A number that differs where the weights or statistics of these blocks differ. */
    String digestOf(Set<String> blocks) {
        Map<String, Matrix> chosen = new HashMap<>(checkpoint.learned());
        chosen.keySet().removeIf(name -> !blocks.contains(StepBuilder.block(name)));
        CRC32C crc = new CRC32C();
        update(crc, chosen);
        return hex(crc);
    }

    private static void update(CRC32C crc, Map<String, Matrix> matrices) {
        new TreeMap<>(matrices).forEach((name, matrix) -> {
            crc.update(name.getBytes(StandardCharsets.UTF_8));
            crc.update(matrix.bytes());
        });
    }

    private static String hex(CRC32C crc) {
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }

    /**
     * Fills the weights, biases and statistics of a network that has its memory already. The outputs of new classes stay
     * as they are.
     *
     * @param compiled this network, compiled for training
     * @param products what computes its products
     * @param state what a training keeps from step to step
     */
    void fill(CompiledNetwork compiled, Products products, List<Buffer> state) {
        Set<String> outputBlocks = network.outputBlocks();
        Set<Buffer> parameters = new HashSet<>();
        for (Parameter parameter : compiled.parameters()) {
            parameters.add(parameter.values());
            fill(parameter, outputBlocks.contains(StepBuilder.block(parameter.values().name())));
        }
        if (wasTrainedWith(products)) {
            state.stream().filter(buffer -> !parameters.contains(buffer)).forEach(
                    buffer -> fillStatistic(buffer, outputBlocks.contains(StepBuilder.block(buffer.name()))));
        }
    }

    /** @param ofClasses whether the channels of the statistic are the classes */
    private void fillStatistic(Buffer statistic, boolean ofClasses) {
        Matrix matrix = checkpoint.learned().get(statistic.name());
        if (matrix == null || !matrix.fits(statistic)) {
            return;
        }
        StoredNumbers numbers = new StoredNumbers(matrix, 1);
        for (int channel = 0; channel < statistic.columns(); channel++) {
            statistic.segment().setAtIndex(ValueLayout.JAVA_FLOAT, channel,
                    numbers.get(ofClasses ? origins[channel] : channel));
        }
    }

    /** @param ofClasses whether the channels of the parameter are the classes */
    private void fill(Parameter parameter, boolean ofClasses) {
        Buffer values = parameter.values();
        StoredNumbers numbers = stored(parameter);
        long channels = parameter instanceof Weights weights ? weights.channels() : values.columns();
        long ofChannel = values.rows() * values.columns() / channels;
        long storedChannels = ofClasses ? checkpoint.network().classes() : channels;
        if (!numbers.areWeights() || numbers.size() != ofChannel * storedChannels) {
            throw checkpoint.damaged();
        }
        boolean byTaps = parameter instanceof BinaryWeights binary && binary.isDepthwise();
        for (int channel = 0; channel < channels; channel++) {
            int from = ofClasses ? origins[channel] : channel;
            for (int i = 0; from != NEW_CLASS && i < ofChannel; i++) {
                StoredNumbers.set(parameter, byTaps ? i * channels + channel : channel * ofChannel + i,
                        numbers.get(byTaps ? i * storedChannels + from : from * ofChannel + i));
            }
        }
    }

    /** The numbers of a parameter in the file. */
    private StoredNumbers stored(Parameter parameter) {
        if (!(parameter instanceof BinaryWeights binary)) {
            return new StoredNumbers(found(checkpoint.learned(), parameter.values().name()), 1);
        }
        String block = StepBuilder.block(parameter.values().name());
        String latent = block + ".weights"; // products by OpenBLAS compute with latent weights, so these are learned
        Optional<Matrix> stored =
                Stream.of(checkpoint.latent(), checkpoint.learned()).map(matrices -> matrices.get(latent))
                        .filter(Objects::nonNull).findFirst();
        return stored.isPresent()
                ? new StoredNumbers(stored.get(), binary.byteLimit())
                : new StoredNumbers(found(checkpoint.learned(), block + ".weightSigns"),
                        MAGNITUDE_OF_SIGNS * binary.limit());
    }

    private Matrix found(Map<String, Matrix> matrices, String name) {
        return Optional.ofNullable(matrices.get(name)).orElseThrow(checkpoint::damaged);
    }
}
