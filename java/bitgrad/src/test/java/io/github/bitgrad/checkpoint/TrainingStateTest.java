package io.github.bitgrad.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.checkpoint.TrainingState.BegunEpoch;
import io.github.bitgrad.checkpoint.TrainingState.Position;
import io.github.bitgrad.compile.Products;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.layer.Extensions;
import io.github.bitgrad.layer.SoftmaxCrossEntropy;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Buffer.Life;
import io.github.bitgrad.memory.MemoryPlan;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.Network.Padding;
import io.github.bitgrad.model.Network.Place;
import io.github.bitgrad.optim.Schedule.EpochResult;
import io.github.bitgrad.tensor.ElementType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingStateTest {
    private static final long SEED = 20261123;
    private static final Network NETWORK = Network.sequential("convolutions", new ImageShape(9, 9, 2))
            .binaryConv(8, 3, Padding.SAME).maxPool(2, Place.AFTER_SIGN).binaryConv(5, 2, Padding.VALID, 2).dense(3)
            .build();
    private static final Position POSITION = new Position(12, 34,
            List.of(new EpochResult(2.5, 0.75, OptionalDouble.of(0.25)),
                    new EpochResult(Double.NaN, 0.125, OptionalDouble.of(0.5)),
                    new EpochResult(0.1, Double.NaN, OptionalDouble.empty())),
            2.75, new BegunEpoch(3, 1.5, 40, 123_456_789));

    private final Map<String, String> settings = new LinkedHashMap<>(Map.of("batch", "20"));
    private final Arena arena = Arena.ofConfined();
    private final KeptNetwork best = new KeptNetwork(arena);
    private List<Buffer> buffers;

    @TempDir
    private Path folder;
    private Path file;

    @BeforeEach
    void write() {
        System.out.println("seed " + SEED);
        settings.put("seed", "7");
        buffers = allocate();
        SplittableRandom random = new SplittableRandom(SEED);
        for (Buffer buffer : buffers) {
            for (long at = 0; at < buffer.bytes(); at++) {
                buffer.segment().set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
            }
        }
        file = folder.resolve("training");
        TrainingState.write(file, 1, NETWORK, settings, POSITION, buffers, best);
    }

    /** One of them is written in several pieces, of which the last is not whole. */
    private List<Buffer> allocate() {
        List<Buffer> some = List.of(buffer("weights", ElementType.FLOAT16, 100, 701),
                buffer("signs", ElementType.BITS, 3, 70), buffer("bias", ElementType.FLOAT32, 1, 5));
        new MemoryPlan(List.of(List.of(some))).allocate(arena);
        return some;
    }

    private static Buffer buffer(String name, ElementType type, long rows, long columns) {
        return new Buffer(name, Variable.OTHER, type, rows, columns, Life.PERSISTENT);
    }

    @AfterEach
    void free() {
        arena.close();
    }

    private Position restore(Network network, List<Buffer> to) {
        return TrainingState.restore(file, network, (found, _) -> assertThat(found).isEqualTo(settings), to, best);
    }

    private void assertDamaged() {
        assertThatThrownBy(() -> restore(NETWORK, buffers)).isInstanceOf(BitgradException.class)
                .hasMessageMatching(
                        "(The training state in /.* is (cut off or damaged|of format version)|There is no bitgrad training state in) .*\\.");
    }

    @Test
    void whatIsReadIsWhatWasWritten() {
        List<Buffer> read = allocate();
        assertThat(restore(NETWORK, read)).isEqualTo(POSITION);
        requireSameContents(read, buffers);
    }

    /** In several pieces, and in the same memory when it is kept again. */
    @Test
    void aKeptNetworkIsPartOfATraining() {
        assertThat(best.isPresent()).isFalse();
        NetworkContents contents = new NetworkContents(NETWORK,
                new Checkpoint.Origin("lean", Products.BITS, "adam", new SoftmaxCrossEntropy()), Meaning.none(NETWORK),
                buffers, List.of());
        best.keep(contents);
        byte[] bytes = best.bytes();
        assertThat(bytes.length).isGreaterThan(1 << 17);
        TrainingState.write(file, 1, NETWORK, settings, POSITION, buffers, best);
        KeptNetwork read = new KeptNetwork(arena);
        TrainingState.restore(file, NETWORK, (_, _) -> {
        }, allocate(), read);
        assertThat(read.bytes()).isEqualTo(bytes);
        Path network = folder.resolve("network");
        read.save(network);
        assertThat(network).hasBinaryContent(bytes);
        contents.save(network);
        assertThat(network).hasBinaryContent(bytes);
        buffers.getFirst().segment().fill((byte) 1);
        best.keep(contents);
        assertThat(best.bytes()).hasSameSizeAs(bytes).isNotEqualTo(bytes);

        best.clear();
        write(); // without one
        TrainingState.restore(file, NETWORK, (_, _) -> {
        }, allocate(), read);
        assertThat(read.isPresent()).isFalse();
    }

    private static void requireSameContents(List<Buffer> found, List<Buffer> expected) {
        for (int i = 0; i < expected.size(); i++) {
            assertThat(found.get(i).segment().mismatch(expected.get(i).segment())).as(expected.get(i).name())
                    .isEqualTo(-1);
        }
    }

    @Test
    void aNetworkThatPoolsElsewhereIsAnother() {
        Network other = Network.sequential("convolutions", new ImageShape(9, 9, 2)).binaryConv(8, 3, Padding.SAME)
                .maxPool(2, Place.BEFORE_NORMALISATION).binaryConv(5, 2, Padding.VALID, 2).dense(3).build();
        assertThatThrownBy(() -> restore(other, buffers)).isInstanceOf(BitgradException.class)
                .hasMessageContaining(
                        "cannot be continued with layer conv1.maxPool = maxPool(2x2) of conv1, because it began with conv1.norm = batchNorm() of conv1;");
    }

    @Test
    void whatMayNotBeContinuedIsNotRead() {
        List<Buffer> untouched = allocate();
        BitgradException refusal = new BitgradException("No.");
        assertThatThrownBy(() -> TrainingState.restore(file, NETWORK, (found, position) -> {
            assertThat(found).isEqualTo(settings);
            assertThat(position).isEqualTo(POSITION);
            throw refusal;
        }, untouched, best)).isSameAs(refusal);
        requireSameContents(untouched, allocate());
    }

    @Test
    void aFileThatIsCutOffIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length += length < 250 ? 3 : 9973) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertDamaged();
        }
        Files.write(file, Arrays.copyOf(whole, whole.length - 1));
        assertDamaged();
        Files.write(file, Arrays.copyOf(whole, whole.length + 1));
        assertDamaged();
    }

    @Test
    void aByteThatChangedIsFoundAndNoBufferIsTouched() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        List<Buffer> untouched = allocate();
        List<Buffer> zeros = allocate();
        for (int at = 0; at < whole.length; at += at < 250 ? 3 : 9973) {
            byte[] changed = whole.clone();
            changed[at] ^= (byte) (1 << at % 8);
            Files.write(file, changed);
            assertThatThrownBy(() -> restore(NETWORK, untouched)).as("byte %s", at)
                    .isInstanceOf(BitgradException.class);
            requireSameContents(untouched, zeros);
        }
    }

    @Test
    void buffersAreReadByTheirNamesInAnyOrder() {
        List<Buffer> read = allocate();
        assertThat(restore(NETWORK, List.of(read.get(2), read.get(0), read.get(1)))).isEqualTo(POSITION);
        requireSameContents(read, buffers);
    }

    @Test
    void buffersThatAreOthersAreRefused() {
        List<Buffer> shape = List.of(buffers.get(0), buffers.get(1), buffer("bias", ElementType.FLOAT32, 5, 1));
        List<Buffer> name = List.of(buffers.get(0), buffers.get(1), buffer("beta", ElementType.FLOAT32, 1, 5));
        for (List<Buffer> wrong : List.of(shape, name, buffers.subList(0, 2))) {
            assertThatThrownBy(() -> restore(NETWORK, wrong)).isInstanceOf(BitgradException.class)
                    .hasMessageContaining("is cut off or damaged");
        }
    }

    /** Whole by its checksum, yet not what this class writes: each number of the position in turn. */
    @Test
    void aPositionThatCannotBeIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        int position = indexOf(whole, ByteBuffer.allocate(16).putLong(12).putLong(34).array());
        int epoch = indexOf(whole, ByteBuffer.allocate(16).putLong(3).putDouble(1.5).array());
        Map<Integer, List<Long>> wrong = Map.of(position, List.of(-1L, 35L, Long.MIN_VALUE), position + 8,
                List.of(-1L, 11L), epoch, List.of(-1L, 13L), epoch + 16, List.of(-1L));
        for (Map.Entry<Integer, List<Long>> place : wrong.entrySet()) {
            for (long number : place.getValue()) {
                ByteBuffer changed = ByteBuffer.wrap(whole.clone());
                changed.putLong(place.getKey(), number);
                CRC32C crc = new CRC32C();
                crc.update(changed.array(), 0, whole.length - 8);
                changed.putLong(whole.length - 8, crc.getValue());
                Files.write(file, changed.array());
                assertDamaged();
            }
        }
    }

    private static int indexOf(byte[] bytes, byte[] part) {
        for (int at = 0;; at++) {
            if (Arrays.equals(bytes, at, at + part.length, part, 0, part.length)) {
                return at;
            }
        }
    }

    @Test
    void aNetworkIsNoTrainingStateAndTheOtherWayRound() {
        assertThatThrownBy(() -> Checkpoint.read(file, Extensions.NONE)).isInstanceOf(BitgradException.class)
                .hasMessage("There is no bitgrad network in %s; take one that bitgrad has saved.", file);
        Path network = folder.resolve("network");
        FileKind.NETWORK.write(network, out -> out.writeInt(1));
        assertThatThrownBy(() -> TrainingState.restore(network, NETWORK, (found, position) -> {
        }, buffers, best))
                .isInstanceOf(BitgradException.class)
                .hasMessage("There is no bitgrad training state in %s; take one that bitgrad has saved.",
                        network);
    }

    @Test
    void placesThatCannotBeWrittenAreSaidBeforeAndAfter() {
        Path nowhere = folder.resolve("no/training");
        assertThatThrownBy(() -> TrainingState.requireWritable(nowhere, 1)).isInstanceOf(BitgradException.class)
                .hasMessage("The training state cannot be saved to %s, because there is no folder %s; make it first.",
                        nowhere, nowhere.getParent());
        assertThatThrownBy(() -> TrainingState.write(nowhere, 1, NETWORK, settings, POSITION, buffers, best))
                .isInstanceOf(BitgradException.class).hasMessage("The training state was not saved to %s, which is as "
                        + "it was: no such file or folder; make room or choose another place.", nowhere);
        TrainingState.requireWritable(file, 1);
        assertThat(folder).isDirectoryContaining(file::equals).isDirectoryNotContaining(other -> !other.equals(file));
    }
}
