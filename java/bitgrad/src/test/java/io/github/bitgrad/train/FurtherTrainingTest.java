package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.bitgrad.Evaluation;
import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.checkpoint.Checkpoint;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.Stripes;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.layer.Add;
import io.github.bitgrad.layer.BatchNorm;
import io.github.bitgrad.layer.BinaryConvolution;
import io.github.bitgrad.layer.Dense;
import io.github.bitgrad.layer.DepthwiseConvolution;
import io.github.bitgrad.layer.Extensions;
import io.github.bitgrad.layer.MaxPool;
import io.github.bitgrad.layer.RealDense;
import io.github.bitgrad.layer.Sign;
import io.github.bitgrad.memory.MemoryPlan;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.TestGraphs;
import io.github.bitgrad.optim.Optimizers;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Trainings that go on from a trained network. */
@Tag("level-independent")
class FurtherTrainingTest {
    private static final long SEED = 20261129;
    private static final int BATCH = 20;
    private static final Network CHAIN = Network.sequential("chain", Stripes.SHAPE)
            .binaryConv(20, 3, Network.Padding.SAME).layer(new MaxPool(2, 2), Network.Place.AFTER_SIGN)
            .binaryConv(35, 3, Network.Padding.SAME).dense(70).dense(Stripes.CLASSES).build();
    private static final Network SCALED = Network.sequential("scaled", Stripes.SHAPE)
            .binaryConv(BinaryConvolution.of(20).kernel(3, 3).same().clip(1.0 / 1024).scaled())
            .layer(new MaxPool(2, 2), Network.Place.BEFORE_NORMALISATION)
            .binaryConv(BinaryConvolution.of(35).kernel(3, 3).same().scaled()).dense(70).dense(Stripes.CLASSES).build();
    private static final Network DEPTHWISE = Network.sequential("depthwise", Stripes.SHAPE)
            .binaryConv(20, 3, Network.Padding.SAME).depthwiseConv(DepthwiseConvolution.of(7, 7).same())
            .dense(Stripes.CLASSES).build();
    private static final Network JOINED_SIGNS = TestGraphs.joinedSigns("joined signs", Stripes.SHAPE,
            Stripes.CLASSES);
    private static final Network BIASED = TestGraphs.biased("biased", Stripes.SHAPE, Stripes.CLASSES);
    private static final Network RESIDUAL = TestGraphs.residual("residual", Stripes.SHAPE, 20, 2, Stripes.CLASSES);

    private static Dataset images;
    private static Dataset test;

    @TempDir
    private Path folder;

    @BeforeAll
    static void makeImages() {
        images = Stripes.noisy(120, SEED);
        test = Stripes.noisy(45, SEED + 1);
    }

    @AfterAll
    static void closeImages() {
        images.close();
        test.close();
    }

    static Stream<Arguments> pairsOfAlgorithms() {
        return Stream.of(CHAIN, RESIDUAL).flatMap(network -> Stream.of(Algorithm.values())
                .flatMap(from -> Stream.of(Algorithm.values()).map(to -> Arguments.of(network, from, to))));
    }

    static Stream<Arguments> frozen() {
        return Stream.of(Algorithm.values()).flatMap(algorithm -> Stream.of(
                Arguments.of(CHAIN, algorithm, "conv1"), Arguments.of(CHAIN, algorithm, "conv2"),
                Arguments.of(CHAIN, algorithm, "dense3"), Arguments.of(RESIDUAL, algorithm, "conv2"),
                Arguments.of(RESIDUAL, algorithm, "conv3"), Arguments.of(SCALED, algorithm, "conv1"),
                Arguments.of(SCALED, algorithm, "conv2"), Arguments.of(DEPTHWISE, algorithm, "conv1"),
                Arguments.of(DEPTHWISE, algorithm, "depthwise2"), Arguments.of(JOINED_SIGNS, algorithm, "left"),
                Arguments.of(JOINED_SIGNS, algorithm, "right"), Arguments.of(JOINED_SIGNS, algorithm, "wide"),
                Arguments.of(BIASED, algorithm, "conv1"),
                Arguments.of(BIASED, algorithm, "shortcut"), Arguments.of(BIASED, algorithm, "dense5")));
    }

    /** Two products whose outputs are added give the classes. */
    private static final Network SUMMED = Network.graph("summed", Stripes.SHAPE).node("dense1", new Dense(40), "input")
            .node("dense1.norm", new BatchNorm(), "dense1").node("sign", new Sign(), "dense1.norm")
            .node("dense2", new Dense(Stripes.CLASSES), "sign").node("dense2.norm", new BatchNorm(), "dense2")
            .node("linear", new RealDense(Stripes.CLASSES), "input").node("add", new Add(), "dense2.norm", "linear")
            .build();

    /** Each class has a channel, and a kernel of its own that covers the image. */
    private static final Network KERNELS = Network.graph("kernels", Stripes.SHAPE)
            .node("conv1", BinaryConvolution.of(Stripes.CLASSES).kernel(3, 3).same(), Network.INPUT)
            .node("conv1.norm", new BatchNorm(), "conv1").node("conv1.sign", new Sign(), "conv1.norm")
            .node("last", DepthwiseConvolution.of(Stripes.SHAPE.height(), Stripes.SHAPE.width()), "conv1.sign")
            .node("last.norm", new BatchNorm(), "last").build();

    static Stream<Algorithm> algorithms() {
        return Stream.of(Algorithm.values());
    }

    /** Trains a little, and saves the network. */
    private Path trained(Network network, Algorithm algorithm) {
        return trained(network, algorithm, Optimizers.ADAM);
    }

    private Path trained(Network network, Algorithm algorithm, Optimizers optimizer) {
        Path file = folder.resolve("trained");
        try (Trainer trainer = Trainer.of(network).algorithm(algorithm).optimizer(optimizer::create).batch(BATCH)
                .epochs(2).seed(SEED).threads(1).build()) {
            trainer.train(images);
            trainer.saveWithLatentWeights(file);
        }
        return file;
    }

    private static TrainerBuilder further(TrainedNetwork from, Algorithm algorithm) {
        return Trainer.from(from).algorithm(algorithm).batch(BATCH).epochs(1).seed(SEED).threads(1);
    }

    private Map<String, Checkpoint.Matrix> learned(Path file) {
        return Checkpoint.read(file, Extensions.NONE).learned();
    }

    private static Evaluation evaluated(Path file) {
        try (Classifier classifier = Classifier.load(file, BATCH, 1)) {
            return classifier.evaluate(test);
        }
    }

    /** Before the first step it is the trained network, whatever algorithm has trained it and goes on. */
    @ParameterizedTest
    @MethodSource("pairsOfAlgorithms")
    void beginsAsTheTrainedNetwork(Network network, Algorithm from, Algorithm to) {
        Path file = trained(network, from);
        try (Trainer trainer = further(TrainedNetwork.load(file), to).build()) {
            if ((from == Algorithm.STANDARD) != (to == Algorithm.STANDARD)) {
                assertThatThrownBy(() -> trainer.evaluate(test)).hasMessage(
                        "Network %s has no statistics yet, because it has new classes or another algorithm has trained it; take a step first.",
                        network.name());
                assertThatThrownBy(() -> further(TrainedNetwork.load(file), to).freeze(1).build()).hasMessage(
                        "Layers that algorithm %s has trained cannot be frozen with algorithm %s, which computes their sums in another unit; go on with %1$s, or freeze nothing.",
                        from, to);
                return;
            }
            Evaluation now = trainer.evaluate(test);
            Evaluation before = evaluated(file);
            assertThat(now.accuracy()).isEqualTo(before.accuracy());
            assertThat(now.loss()).isCloseTo(before.loss(), within(1e-3));
        }
    }

    @ParameterizedTest
    @MethodSource("algorithms")
    void keepsLatentWeightsBitForBit(Algorithm algorithm) throws IOException {
        Path file = trained(CHAIN, algorithm);
        Path again = folder.resolve("again");
        try (Trainer trainer = further(TrainedNetwork.load(file), algorithm).build()) {
            trainer.saveWithLatentWeights(again);
        }
        assertThat(again).hasSameBinaryContentAs(file);
    }

    /** Without latent weights, the signs are the same, and so are those of a network that never had any. */
    @ParameterizedTest
    @MethodSource("algorithms")
    void goesOnFromSigns(Algorithm algorithm) throws IOException {
        for (Optimizers optimizer : Optimizers.values()) {
            Path whole = trained(CHAIN, algorithm, optimizer);
            Path signs = folder.resolve("signs");
            Path again = folder.resolve("again");
            try (Trainer trainer = further(TrainedNetwork.load(whole), algorithm).build()) {
                trainer.save(signs);
            }
            try (Trainer trainer =
                    further(TrainedNetwork.load(signs), algorithm).optimizer(optimizer::create).build()) {
                trainer.save(again);
            }
            Map<String, Checkpoint.Matrix> before = learned(signs);
            learned(again).forEach((name, matrix) -> {
                if (algorithm == Algorithm.STANDARD && name.endsWith(".weights")) {
                    assertThat(signs(matrix)).as(name).isEqualTo(signs(before.get(name)));
                } else {
                    assertThat(matrix.bytes()).as(name).isEqualTo(before.get(name).bytes());
                }
            });
            assertThat(TrainedNetwork.load(signs).isComplete())
                    .isEqualTo(algorithm == Algorithm.STANDARD);
            assertThat(TrainedNetwork.load(whole).isComplete()).isTrue();
        }
    }

    private static List<Boolean> signs(Checkpoint.Matrix floats) {
        MemorySegment bytes = MemorySegment.ofArray(floats.bytes());
        return Stream.iterate(0L, i -> i < floats.rows() * floats.columns(), i -> i + 1)
                .map(i -> bytes.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i) >= 0).toList();
    }

    private static boolean isBinary(Network network, String block) {
        return network.nodes().stream().anyMatch(node -> node.block().equals(block) && node.layer().hasBinaryWeights());
    }

    @ParameterizedTest
    @MethodSource("frozen")
    void frozenBlocksStayAsTheyAre(Network network, Algorithm algorithm, String block) {
        Path file = trained(network, algorithm);
        Path after = folder.resolve("after");
        TrainedNetwork from = TrainedNetwork.load(file);
        try (Trainer trainer = further(from, algorithm).freeze(block).build()) {
            assertThat(trainer.evaluate(test).accuracy()).isEqualTo(evaluated(file).accuracy());
            trainer.train(images);
            trainer.save(after);
            Evaluation saved = evaluated(after);
            assertThat(trainer.evaluate(test).accuracy()).isEqualTo(saved.accuracy());
            assertThat(algorithm == Algorithm.STANDARD
                    ? Set.<String>of()
                    : trainer.settings().step().part().frozenBlocks()).allSatisfy(
                            frozen -> assertThat(
                                    trainer.plan().placements().stream().map(placement -> placement.buffer().name()))
                                    .noneMatch(name -> name.startsWith(frozen + ".")
                                            && (name.contains("radient") || name.contains("omentum")
                                                    || name.endsWith(".weights") && isBinary(network, frozen))));
            Map<String, Checkpoint.Matrix> before = learned(file);
            learned(after).forEach((name, matrix) -> {
                boolean isFrozen = trainer.settings().step().part().frozenBlocks().contains(name.split("\\.")[0]);
                if (isFrozen) {
                    assertThat(matrix.bytes()).as(name).isEqualTo(before.get(name).bytes());
                } else if (name.contains("eight")) {
                    assertThat(matrix.bytes()).as(name).isNotEqualTo(before.get(name).bytes());
                }
            });
        }
    }

    /** Frozen weights have no latent weights, and their scales are in the statistics that they are used with. */
    @ParameterizedTest
    @MethodSource("algorithms")
    void frozenScaledWeightsNeedNoLatentWeights(Algorithm algorithm) {
        TrainedNetwork from = TrainedNetwork.load(trained(SCALED, algorithm));
        TrainerBuilder training = further(from, algorithm).optimizer(Optimizers.BOP::create);
        training.freeze(2).build().close();
        assertThatThrownBy(() -> training.freeze(1).build()).isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("conv2 scales its weights by the mean magnitude of latent weights");
    }

    /** In this order of nodes, the normalisation of the frozen product would be trained, and would need its scales. */
    @ParameterizedTest
    @MethodSource("algorithms")
    void scaledWeightsAreFrozenWithTheirNormalisation(Algorithm algorithm) {
        Network network = Network.graph("apart", Stripes.SHAPE)
                .node("conv1", BinaryConvolution.of(5).scaled(), Network.INPUT)
                .node("conv2", BinaryConvolution.of(5), Network.INPUT).node("conv1.norm", new BatchNorm(), "conv1")
                .node("conv2.norm", new BatchNorm(), "conv2").node("join", new Add(), "conv1.norm", "conv2.norm")
                .node("join.sign", new Sign(), "join").node("out", new Dense(Stripes.CLASSES), "join.sign")
                .node("out.norm", new BatchNorm(), "out").build();
        TrainerBuilder training = further(TrainedNetwork.load(trained(network, algorithm)), algorithm);
        training.freeze(2).build().close();
        assertThatThrownBy(() -> training.freeze(1).build()).isInstanceOf(IllegalArgumentException.class).hasMessage(
                "conv1 has scaled weights and cannot be frozen without the batch normalisation behind it; freeze fewer "
                        + "or more products.");
    }

    /** Less memory with each block that is frozen. */
    @ParameterizedTest
    @MethodSource("algorithms")
    void whatIsFrozenTakesLessMemory(Algorithm algorithm) {
        TrainedNetwork from = TrainedNetwork.load(trained(CHAIN, algorithm));
        List<Long> peaks = Stream.of(0, 1, 2, 3).map(blocks -> further(from, algorithm).batch(100).freeze(blocks).plan()
                .peakBytes()).toList();
        for (int i = 1; i < peaks.size(); i++) {
            assertThat(peaks.get(i)).isLessThan(peaks.get(i - 1));
        }
    }

    /** What flows over shortcuts exists as a whole in memory, frozen or not; the sums that are added to it do not. */
    @Test
    void aFrozenStreamTakesNoMoreMemoryThanOneThatIsTrained() {
        Network network = Models.RESNET_SMALL.build(Stripes.SHAPE, Stripes.CLASSES);
        TrainedNetwork from = TrainedNetwork.load(trained(network, Algorithm.LEAN));
        long trained = further(from, Algorithm.LEAN).batch(100).memory(Algorithm.LEAST_MEMORY).plan().peakBytes();
        assertThat(IntStream.of(1, 4, 6).mapToLong(blocks -> further(from, Algorithm.LEAN).batch(100).freeze(blocks)
                .memory(Algorithm.LEAST_MEMORY).plan().peakBytes())).allMatch(frozen -> frozen < trained);
    }

    /** Classes are found by their names, so another order of them is the same network. */
    @ParameterizedTest
    @MethodSource("algorithms")
    void classesKeepTheirOutputsByName(Algorithm algorithm) {
        for (Network network : List.of(CHAIN, SUMMED, KERNELS, BIASED)) {
            classesKeepTheirOutputsByName(network, algorithm);
        }
    }

    private void classesKeepTheirOutputsByName(Network network, Algorithm algorithm) {
        Path file = trained(network, algorithm);
        TrainedNetwork from = TrainedNetwork.load(file);
        List<String> names = from.classNames();
        List<String> turned = names.reversed();
        try (Trainer trainer = further(from.withClasses(turned), algorithm).build();
                Dataset renamed = test.withClasses(turned)) {
            assertThat(trainer.evaluate(renamed).accuracy()).isEqualTo(evaluated(file).accuracy());
        }
    }

    /** The outputs of old classes are bit for bit what they were, and a new one can be learned. */
    @ParameterizedTest
    @MethodSource("algorithms")
    void classesCanBeAdded(Algorithm algorithm) {
        TrainedNetwork from = TrainedNetwork.load(trained(CHAIN, algorithm));
        TrainedNetwork grown = from.growing(List.of("1", "new"));
        assertThat(SUMMED.withClasses(7).shapes()).extractingByKeys("dense2", "linear", "add")
                .extracting(ImageShape::channels).containsExactly(7, 7, 7);
        assertThat(grown.classNames()).containsExactly("0", "1", "2", "3", "new");
        assertThat(grown.network().classes()).isEqualTo(5);
        Path after = folder.resolve("after");
        try (Trainer old = further(from, algorithm).build();
                Trainer trainer = further(grown, algorithm).build();
                Dataset more = images.withClasses(grown.classNames())) {
            for (String name : List.of("dense4.weights", "dense4.beta")) {
                byte[] before = bytes(old, name);
                assertThat(bytes(trainer, name)).startsWith(before).hasSize(before.length / 4 * 5);
            }
            assertThatThrownBy(() -> trainer.save(after)).hasMessageContaining("because it has new classes");
            trainer.train(more);
            trainer.save(after);
        }
        try (Classifier classifier = Classifier.load(after)) {
            assertThat(classifier.classNames()).endsWith("new");
        }
    }

    private static byte[] bytes(Trainer trainer, String name) {
        return trainer.plan().placements().stream().map(MemoryPlan.Placement::buffer)
                .filter(buffer -> buffer.name().equals(name)).findFirst().orElseThrow().segment()
                .toArray(ValueLayout.JAVA_BYTE);
    }

    @Test
    void aResumedTrainingIsTheOneThatWasInterrupted() throws IOException {
        TrainedNetwork from = TrainedNetwork.load(trained(CHAIN, Algorithm.LEAN));
        try (ReplayMemory memory = ReplayMemory.of(10_000)) {
            UnaryOperator<TrainerBuilder> settings = training -> training.freeze("conv1").replay(memory, 5).epochs(3);
            try (Trainer trainer = settings.apply(further(from, Algorithm.LEAN)).build()) {
                trainer.remember(images);
            }
            Path whole = folder.resolve("whole");
            Path interrupted = folder.resolve("interrupted");
            Path state = folder.resolve("state");
            try (Trainer trainer = settings.apply(further(from, Algorithm.LEAN)).build()) {
                trainer.train(images);
                trainer.save(whole);
            }
            try (Trainer trainer = settings.apply(further(from, Algorithm.LEAN)).build()) {
                trainer.train(images, new TrainingListener() {
                    @Override
                    public void stepEnded(long step, long steps, double loss, double accuracy, long nanoseconds) {
                        if (step == 11) {
                            trainer.stop();
                        }
                    }
                });
                trainer.saveTraining(state);
            }
            try (Trainer trainer = settings.apply(further(from, Algorithm.LEAN)).build()) {
                trainer.resume(state, images, new TrainingListener() {
                });
                trainer.save(interrupted);
            }
            assertThat(interrupted).hasSameBinaryContentAs(whole);
            try (Trainer other = further(from, Algorithm.LEAN).epochs(3).build()) {
                assertThatThrownBy(() -> other.resume(state, images, new TrainingListener() {
                })).hasMessageContaining("cannot be continued with frozen layers none, because it began with ");
            }
        }
    }

    @Test
    void saysWhatCannotBe() throws IOException {
        TrainedNetwork from = TrainedNetwork.load(trained(CHAIN, Algorithm.LEAN));
        assertThatThrownBy(() -> Trainer.from(from).freeze(4)).hasMessage(
                "4 products of network chain cannot be frozen: it has 4, and the last one must be trained; freeze from 0 to 3.");
        assertThatThrownBy(() -> Trainer.from(from).freeze("dense4")).hasMessage(
                "Network chain cannot be frozen up to dense4, which is its last product; name one of conv1, conv2, dense3.");
        assertThatThrownBy(() -> Trainer.from(from).freeze("conv7")).hasMessage(
                "Network chain cannot be frozen up to conv7, which is none of its products; name one of conv1, conv2, dense3.");
        assertThatThrownBy(() -> Trainer.of(CHAIN).freeze(1).build()).hasMessage(
                "Layers of network chain cannot be frozen, because they begin at random; begin with a trained network.");
        assertThatThrownBy(() -> from.withClasses(List.of("a", "a"))).hasMessage(
                "Two of the classes a, a have one name; name them differently.");
        Path other = folder.resolve("other");
        Files.writeString(other, "no network");
        assertThatThrownBy(() -> TrainedNetwork.load(other)).hasMessageContaining("There is no bitgrad network in");
    }

    /** Measuring statistics must not overwrite the image that is to be classified. */
    @Test
    void classifiesBetweenTwoSteps() {
        try (Trainer trainer = Trainer.of(CHAIN).algorithm(Algorithm.LEAN).batch(BATCH).epochs(2).seed(SEED).threads(1)
                .build()) {
            MemorySegment image = MemorySegment.ofArray(new byte[Stripes.SHAPE.values()]);
            byte[] bytes = new byte[Stripes.SHAPE.values()];
            trainer.train(images, new TrainingListener() {
                @Override
                public void stepEnded(long step, long steps, double loss, double accuracy, long nanoseconds) {
                    int index = (int) step;
                    test.read(index, bytes);
                    image.copyFrom(MemorySegment.ofArray(bytes));
                    int first = trainer.classify(image);
                    assertThat(first).as("step %s", step).isEqualTo(trainer.classify(image));
                }
            });
        }
    }
}
