package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.github.bitgrad.BitgradException;
import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.checkpoint.Checkpoint;
import io.github.bitgrad.checkpoint.ReplayFile.Form;
import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Stripes;
import io.github.bitgrad.layer.Extensions;
import io.github.bitgrad.layer.MaxPool;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.TestGraphs;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Samples of earlier trainings, and samples that are learned one by one. */
@Tag("level-independent")
class ReplayTest {
    private static final long SEED = 20261129;
    private static final int BATCH = 12;
    private static final int REPLAYED = 5;
    private static final Network CHAIN = Network.sequential("chain", Stripes.SHAPE)
            .binaryConv(20, 3, Network.Padding.SAME).layer(new MaxPool(2, 2), Network.Place.AFTER_SIGN)
            .binaryConv(35, 3, Network.Padding.SAME).dense(70).dense(Stripes.CLASSES).build();
    private static final Network JOINED_SIGNS = TestGraphs.joinedSigns("joined signs", Stripes.SHAPE,
            Stripes.CLASSES);
    private static final Network RESIDUAL = TestGraphs.residual("residual", Stripes.SHAPE, 20, 2, Stripes.CLASSES);
    private static final Form FORM = new Form("input", "4 bytes", 4, List.of("a", "b", "c"));

    private static Dataset images;

    @TempDir
    private Path folder;

    @BeforeAll
    static void makeImages() {
        images = Stripes.noisy(120, SEED);
    }

    @AfterAll
    static void closeImages() {
        images.close();
    }

    static Stream<Arguments> places() {
        return Stream.of(Algorithm.values()).flatMap(algorithm -> Stream.of(Arguments.of(CHAIN, algorithm, 0),
                Arguments.of(CHAIN, algorithm, 1), Arguments.of(CHAIN, algorithm, 2), Arguments.of(CHAIN, algorithm, 3),
                Arguments.of(RESIDUAL, algorithm, 2), Arguments.of(JOINED_SIGNS, algorithm, 3)));
    }

    private TrainedNetwork trained(Network network, Algorithm algorithm) {
        Path file = folder.resolve("trained");
        try (Trainer trainer = Trainer.of(network).algorithm(algorithm).batch(20).epochs(1).seed(SEED).threads(1)
                .build()) {
            trainer.train(images);
            trainer.saveWithLatentWeights(file);
        }
        return TrainedNetwork.load(file);
    }

    private static TrainerBuilder further(TrainedNetwork from, Algorithm algorithm) {
        return Trainer.from(from).algorithm(algorithm).batch(BATCH).augmentation(Augmentation.NONE).seed(SEED)
                .threads(1);
    }

    private static MemorySegment images(int... indices) {
        MemorySegment batch = MemorySegment.ofArray(new byte[indices.length * Stripes.SHAPE.values()]);
        byte[] image = new byte[Stripes.SHAPE.values()];
        for (int row = 0; row < indices.length; row++) {
            images.read(indices[row], image);
            MemorySegment.copy(MemorySegment.ofArray(image), 0, batch, (long) row * image.length, image.length);
        }
        return batch;
    }

    private static int[] labels(int... indices) {
        return Arrays.stream(indices).map(images::label).toArray();
    }

    /**
     * A step with a replayed sample changes the weights as a step does that has the image of this sample in its batch, bit
     * for bit: whether the memory keeps images or what a frozen part makes of them.
     */
    @ParameterizedTest
    @MethodSource("places")
    void replayedSamplesAreTheImagesThatTheyWere(Network network, Algorithm algorithm, int frozen) {
        TrainedNetwork from = trained(network, algorithm);
        Path replayed = folder.resolve("replayed");
        Path whole = folder.resolve("whole");
        int[] first = IntStream.range(0, BATCH - REPLAYED).toArray();
        int[] all = IntStream.range(0, BATCH).map(row -> row < first.length ? row : 99).toArray();
        try (ReplayMemory memory = ReplayMemory.of(100_000);
                Trainer trainer = further(from, algorithm).freeze(frozen).replay(memory, REPLAYED).build();
                Dataset one = images.subset(99)) {
            trainer.remember(one);
            assertThat(memory.size()).isOne();
            assertThat(memory.place()).contains(frozen == 0 || network == RESIDUAL
                    ? "input"
                    : trainer.settings().step().part().lastFrozenBlock());
            for (int step = 0; step < 3; step++) {
                trainer.step(images(first), labels(first));
            }
            trainer.evaluate(images);
            trainer.saveWithLatentWeights(replayed);
        }
        try (Trainer trainer = further(from, algorithm).freeze(frozen).build()) {
            for (int step = 0; step < 3; step++) {
                trainer.step(images(all), labels(all));
            }
            trainer.saveWithLatentWeights(whole);
        }
        assertThat(contents(replayed)).isEqualTo(contents(whole));
    }

    /** All that steps change, without statistics, which are measured on another number of batches. */
    private static Map<String, String> contents(Path file) {
        Checkpoint checkpoint = Checkpoint.read(file, Extensions.NONE);
        Map<String, String> contents = new TreeMap<>();
        for (Map<String, Checkpoint.Matrix> matrices : List.of(checkpoint.learned(), checkpoint.latent())) {
            matrices.forEach((name, matrix) -> {
                if (!name.contains("running")) {
                    contents.put(name, HexFormat.of().formatHex(matrix.bytes()));
                }
            });
        }
        return contents;
    }

    /** The frozen part makes fewer bytes of an image than it has, so more samples have room. */
    @Test
    void signsTakeLessMemoryThanImages() {
        TrainedNetwork from = trained(CHAIN, Algorithm.LEAN);
        int[] capacities = IntStream.of(0, 3).map(frozen -> {
            try (ReplayMemory memory = ReplayMemory.of(1000);
                    Trainer trainer = further(from, Algorithm.LEAN).freeze(frozen).replay(memory, REPLAYED).build()) {
                trainer.remember(images);
                assertThat(memory.size()).isEqualTo(memory.capacity());
                return memory.capacity();
            }
        }).toArray();
        assertThat(capacities).containsExactly(1000 / (64 + 4), 1000 / (16 + 4));
    }

    @Test
    void keepsAsManySamplesOfEachClass() {
        try (ReplayMemory memory = ReplayMemory.of(30 * (4 + 4))) {
            memory.use(FORM);
            for (int i = 0; i < 3000; i++) {
                memory.offer(MemorySegment.ofArray(new int[] {i}), i < 1000 || i % 2 == 0 ? 0 : i % 10 == 1 ? 2 : 1);
            }
            assertThat(memory.samplesOfClasses()).containsExactly(10, 10, 10);
            assertThat(memory.size()).isEqualTo(30).isEqualTo(memory.capacity());
            // within a class, every sample has the same chance: the mean of 10 of 0 to 2998 is far from both ends
            byte[] sample = new byte[4];
            double mean = IntStream.range(0, 30).filter(i -> memory.label(i) == 0).map(i -> {
                memory.read(i, sample);
                return MemorySegment.ofArray(sample).get(ValueLayout.JAVA_INT_UNALIGNED, 0);
            }).average().orElseThrow();
            assertThat(mean).isBetween(500.0, 2000.0);
        }
    }

    @Test
    void aSavedMemoryIsTheMemory() throws IOException {
        Path file = folder.resolve("memory");
        Path again = folder.resolve("again");
        try (ReplayMemory memory = ReplayMemory.of(200)) {
            assertThatThrownBy(() -> memory.save(file)).hasMessageContaining("no training has used it");
            memory.use(FORM);
            for (int i = 0; i < 50; i++) {
                memory.offer(MemorySegment.ofArray(new int[] {i * 77777}), i % 3);
            }
            memory.save(file);
            try (ReplayMemory loaded = ReplayMemory.load(file)) {
                assertThat(loaded.digest()).isEqualTo(memory.digest());
                loaded.save(again);
                assertThat(again).hasSameBinaryContentAs(file);
                for (int i = 50; i < 99; i++) {
                    memory.offer(MemorySegment.ofArray(new int[] {i}), 1);
                    loaded.offer(MemorySegment.ofArray(new int[] {i}), 1);
                }
                assertThat(loaded.digest()).isEqualTo(memory.digest());
            }
        }
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        assertThatThrownBy(() -> ReplayMemory.load(file)).isInstanceOf(BitgradException.class)
                .hasMessageStartingWith("The replay memory in %s is cut off or damaged", file);
        assertThatThrownBy(() -> TrainedNetwork.load(again)).hasMessageStartingWith("There is no bitgrad network in");
    }

    /** A short file that says it has a gigabyte of samples, with the right checksum, is refused without taking it. */
    @Test
    void aSizeInAFileTakesNoMemory() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeBytes("bitgrad\f");
        out.writeInt(1);
        out.writeUTF("input");
        out.writeUTF("images");
        out.writeInt(1 << 29);
        out.writeInt(1);
        out.writeUTF("class");
        out.writeLong(1);
        out.writeLong(1 << 30);
        out.writeInt(1);
        out.writeInt(0);
        CRC32C crc = new CRC32C();
        crc.update(bytes.toByteArray());
        out.writeLong(crc.getValue());
        Path file = Files.write(folder.resolve("short"), bytes.toByteArray());
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        assertThatThrownBy(() -> ReplayMemory.load(file)).isInstanceOf(BitgradException.class)
                .hasMessageStartingWith("The replay memory in %s is cut off or damaged", file);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(64 << 20);
    }

    @Test
    void samplesKeepTheirClassByName() {
        try (ReplayMemory memory = ReplayMemory.of(200)) {
            memory.use(FORM);
            memory.offer(MemorySegment.ofArray(new int[] {1}), 2);
            memory.use(FORM.withClasses(List.of("c", "new", "b", "a")));
            assertThat(memory.label(0)).isZero();
            assertThat(memory.samplesOfClasses()).containsExactly(1, 0, 0, 0);
            assertThatThrownBy(() -> memory.use(FORM.withClasses(List.of("a", "b")))).hasMessage(
                    "The replay memory has samples of class c, which the network does not know; let the network keep that class, or make a new memory.");
            assertThatThrownBy(() -> memory.use(new Form("conv1", "4 bytes", 4, FORM.classNames())))
                    .hasMessageContaining(
                            "but this training wants samples of 4 bytes from conv1 (4 bytes); take the memory that was made with this network");
        }
    }

    /** Classes that the network never saw, from samples that come one by one; the old ones stay known. */
    @ParameterizedTest
    @MethodSource("places")
    void learnsFromSingleSamples(Network network, Algorithm algorithm, int frozen) {
        Path file = folder.resolve("trained");
        try (Trainer trainer = Trainer.of(network).algorithm(algorithm).batch(20).epochs(6).seed(SEED).threads(1)
                .build(); Dataset two = images.subset(ofClasses(0, 1))) {
            trainer.train(two);
            trainer.save(file);
        }
        try (ReplayMemory memory = ReplayMemory.of(100_000);
                Trainer trainer = further(TrainedNetwork.load(file), algorithm).freeze(Math.min(frozen, 1)).batch(24)
                        .learningRate(3e-3f).replay(memory, 23).build();
                Dataset test = Stripes.noisy(100, SEED + 1);
                Dataset old = images.subset(ofClasses(0, 1))) {
            double before = trainer.evaluate(test).accuracy();
            trainer.remember(old);
            for (int index : ofClasses(2, 3)) {
                Optional<StepReport> report = trainer.learn(images(index), images.label(index));
                assertThat(report).isPresent();
                trainer.classify(images(index));
            }
            assertThat(memory.size()).isEqualTo(images.size());
            assertThat(before).isLessThan(0.6);
            assertThat(trainer.evaluate(test).accuracy()).isGreaterThan(0.75);
        }
    }

    private static int[] ofClasses(int one, int other) {
        return IntStream.range(0, images.size()).filter(i -> images.label(i) == one || images.label(i) == other)
                .toArray();
    }

    /** With nothing but the sample itself, there is nothing to learn from; it is remembered. */
    @Test
    void theFirstSamplesAreOnlyRemembered() {
        TrainedNetwork from = trained(CHAIN, Algorithm.LEAN);
        for (int frozen = 0; frozen < 2; frozen++) {
            try (ReplayMemory memory = ReplayMemory.of(10_000);
                    Trainer trainer = further(from, Algorithm.LEAN).freeze(frozen).replay(memory, REPLAYED).build()) {
                assertThat(trainer.learn(images(0), images.label(0))).isEmpty();
                assertThat(trainer.learn(images(1), images.label(1))).isEmpty();
                assertThat(trainer.learn(images(2), images.label(2))).isPresent();
                assertThat(memory.size()).isEqualTo(3);
            }
        }
    }

    @Test
    void saysWhatCannotBe() {
        TrainedNetwork from = trained(CHAIN, Algorithm.LEAN);
        try (ReplayMemory memory = ReplayMemory.of(10_000);
                Trainer alone = further(from, Algorithm.LEAN).build();
                Trainer trainer = further(from, Algorithm.LEAN).replay(memory, REPLAYED).build()) {
            assertThatThrownBy(() -> alone.learn(images(0), 0)).hasMessage(
                    "A network can learn single samples only beside those of a replay memory; build the trainer with one.");
            assertThatThrownBy(() -> alone.remember(images)).hasMessageContaining("There is no replay memory");
            assertThatThrownBy(() -> trainer.train(images))
                    .hasMessageContaining("The replay memory has no samples to mix");
            assertThatThrownBy(() -> trainer.learn(images(0), 4)).hasMessage(
                    "The label 4 is none of the 4 classes of network chain; give one from 0 to 3, or begin with a network that has more classes.");
            assertThatThrownBy(() -> trainer.learn(images(0, 1), 0)).hasMessageContaining("The image has 128 bytes");
            assertThatThrownBy(() -> trainer.step(images(0, 1), 1)).hasMessageContaining(
                    "A step takes 7 images of 64 bytes (8x8x1) and as many labels, but there are 128 bytes and 1 labels.");
            assertThatThrownBy(() -> further(from, Algorithm.LEAN).replay(memory, BATCH).build()).hasMessageContaining(
                    "A batch of 12 cannot have 12 replayed images");
            assertThatThrownBy(() -> further(from, Algorithm.LEAN).microBatch(6).replay(memory, 2).build())
                    .hasMessageContaining("cannot have replayed images");
        }
        assertThatThrownBy(() -> ReplayMemory.of(0)).hasMessageContaining("must have from 1 to");
        try (ReplayMemory small = ReplayMemory.of(100)) {
            try (Trainer trainer = further(from, Algorithm.LEAN).replay(small, 2).build()) {
                assertThatThrownBy(() -> trainer.remember(images)).hasMessage(
                        "A replay memory of 100 bytes has no room for two samples of 64 bytes each; give it more.");
            }
        }
    }
}
