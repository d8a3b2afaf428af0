package io.github.bitgrad.checkpoint;

import static io.github.bitgrad.model.Network.Padding.SAME;
import static io.github.bitgrad.model.Network.Padding.VALID;
import static io.github.bitgrad.model.Network.Place.AFTER_SIGN;
import static io.github.bitgrad.model.Network.Place.BEFORE_NORMALISATION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import example.Flip;
import example.Scale;
import io.github.bitgrad.BitgradException;
import io.github.bitgrad.Evaluation;
import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.Stripes;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.layer.BinaryConvolution;
import io.github.bitgrad.layer.Dense;
import io.github.bitgrad.layer.Extensions;
import io.github.bitgrad.layer.Layer;
import io.github.bitgrad.layer.Sign;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.Network.Place;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.train.Trainer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
    private static final long SEED = 20261123;
    private static final Network NETWORK = Network.sequential("small", Stripes.SHAPE).dense(30).dense(20)
            .dense(Stripes.CLASSES).build();
    private static final Network CONVOLUTIONAL = Network.sequential("convolutional", Stripes.SHAPE)
            .binaryConv(20, 3, SAME).maxPool(2, AFTER_SIGN).binaryConv(70, 2, VALID, 2)
            .maxPool(2, BEFORE_NORMALISATION).dense(Stripes.CLASSES).build();
    private static final Network ESTIMATORS = Network.sequential("estimators", Stripes.SHAPE)
            .binaryConv(20, 3, SAME).sign(Sign.approximate()).binaryConv(33, 2, VALID, 2).sign(Sign.clipped(1.25))
            .binaryConv(BinaryConvolution.of(30).clip(0.75)).dense(Stripes.CLASSES).build();
    private static final Network SCALED = Network.sequential("scaled", Stripes.SHAPE)
            .binaryConv(BinaryConvolution.of(20).kernel(3, 3).scaled())
            .binaryConv(BinaryConvolution.of(33).kernel(2, 2).clip(1.0 / 1024).scaled())
            .dense(new Dense(Stripes.CLASSES).scaled()).build();

    private static Dataset images;
    private static Trainer trainer;

    @TempDir
    private Path folder;
    private Path file;

    @BeforeAll
    static void train() {
        System.out.println("seed " + SEED);
        images = Stripes.noisy(100, SEED);
        trainer = Trainer.of(NETWORK).batch(20).epochs(2).build();
        trainer.train(images);
    }

    @AfterAll
    static void close() {
        trainer.close();
        images.close();
    }

    @BeforeEach
    void save() {
        file = folder.resolve("network.bitgrad");
        trainer.save(file);
    }

    /** A failure that a person is told of in one sentence. */
    private static AbstractThrowableAssert<?, ? extends Throwable> assertRefused(ThrowingCallable call) {
        return assertThatThrownBy(call).isInstanceOf(BitgradException.class)
                .hasMessageMatching("(There|The|/)[^\\n]*[^.]\\.");
    }

    private List<String> filesInFolder() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    static Stream<Arguments> networks() {
        return Stream.concat(
                Stream.of(NETWORK, CONVOLUTIONAL, ESTIMATORS)
                        .flatMap(network -> Stream.of(Arguments.of(network, Algorithm.STANDARD, Optimizers.ADAM),
                                Arguments.of(network, Algorithm.STANDARD, Optimizers.BOP),
                                Arguments.of(network, Algorithm.PROPOSED, Optimizers.SGDM),
                                Arguments.of(network, Algorithm.PROPOSED, Optimizers.BOP))),
                Stream.of(Algorithm.values()).map(algorithm -> Arguments.of(SCALED, algorithm, Optimizers.ADAM)));
    }

    @ParameterizedTest
    @MethodSource("networks")
    void whatIsReadAnswersAsWhatWasWritten(Network network, Algorithm algorithm, Optimizers optimizer) {
        try (Trainer trained = Trainer.of(network).algorithm(algorithm).optimizer(optimizer::create).batch(20).epochs(3)
                .build(); Dataset others = Stripes.blackAndWhite(60, SEED + 1)) {
            trained.train(images);
            trained.save(file);
            try (Classifier classifier = Classifier.load(file, 20, 1)) {
                assertThat(classifier.network()).isEqualTo(network);
                assertThat(classifier.algorithm()).isEqualTo(algorithm.toString());
                assertThat(classifier.optimizer()).isEqualTo(optimizer.toString());
                assertThat(classifier.evaluate(images)).isEqualTo(trained.evaluate(images));
                assertThat(classifier.evaluate(others)).isEqualTo(trained.evaluate(others));
                int[] predictions = new int[others.size()];
                Arrays.setAll(predictions, i -> classifier.classify(others.image(i)));
                for (int i = 0; i < predictions.length; i++) {
                    assertThat(predictions[i]).as("image %s", i).isEqualTo(trained.classify(others.image(i)));
                }
                assertThat(Arrays.stream(predictions).distinct().count()).as("different answers").isGreaterThan(1);
            }
        }
    }

    @Test
    void theFileIsAsDescribed() throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        byte[] magic = new byte[8];
        bytes.get(magic);
        assertThat(new String(magic, StandardCharsets.US_ASCII)).isEqualTo("bitgrad\n");
        assertThat(bytes.getInt()).isEqualTo(5);
        assertThat(bytes.getShort()).isEqualTo((short) "small".length());
        CRC32C crc = new CRC32C();
        crc.update(bytes.array(), 0, bytes.capacity() - 8);
        assertThat(bytes.getLong(bytes.capacity() - 8)).isEqualTo(crc.getValue());
    }

    @Test
    void savingAgainGivesTheSameFileAndLeavesNoOther() throws IOException {
        byte[] first = Files.readAllBytes(file);
        trainer.save(file);
        assertThat(Files.readAllBytes(file)).isEqualTo(first);
        assertThat(filesInFolder()).containsExactly("network.bitgrad");
    }

    @Test
    void aFileThatIsCutOffIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        assertThat(whole.length).isGreaterThan(1000);
        for (int length = 0; length < whole.length; length += 97) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertRefused(() -> Classifier.load(file)).as("%s bytes", length).hasMessage(length == 0
                    ? "There is no bitgrad network in " + file + "; take one that bitgrad has saved."
                    : "The network in " + file + " is cut off or damaged (" + length
                            + " bytes); copy it again, or train again.");
        }
        Files.write(file, Arrays.copyOf(whole, whole.length - 1));
        assertRefused(() -> Classifier.load(file)).hasMessageContaining("is cut off or damaged");
        Files.write(file, Arrays.copyOf(whole, whole.length + 1));
        assertRefused(() -> Classifier.load(file)).hasMessageContaining("is cut off or damaged");
    }

    @Test
    void aByteThatChangedIsFoundAnywhere() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        for (int at = 0; at < whole.length; at += at < 64 ? 1 : 41) {
            byte[] changed = whole.clone();
            changed[at] ^= (byte) (1 << at % 8);
            Files.write(file, changed);
            String part =
                    at < 8 ? "There is no bitgrad network" : at < 12 ? "is of format version" : "is cut off or damaged";
            assertRefused(() -> Classifier.load(file)).as("byte %s", at).hasMessageContaining(part);
        }
    }

    /** Whole by its checksum, yet not what this class writes: nothing but a sentence may come of it. */
    @Test
    void contentsThatCannotBeAreRefusedOrHarmless() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        SplittableRandom random = new SplittableRandom(SEED);
        int refused = 0;
        for (int round = 0; round < 600; round++) {
            ByteBuffer changed = ByteBuffer.wrap(whole.clone());
            int at = random.nextInt(12, 400); // descriptions are at the beginning
            changed.put(at, (byte) (round % 3 == 0 ? 0xff : round % 3 == 1 ? 0x7f : random.nextInt()));
            if (round % 4 == 0) {
                changed.putInt(at, random.nextBoolean() ? Integer.MAX_VALUE : Integer.MIN_VALUE);
            }
            writeWhole(changed);
            try {
                Classifier.load(file).close();
            } catch (BitgradException refusal) {
                assertThat(refusal)
                        .hasMessageMatching("(?s).* (is cut off or damaged|cannot be read: There is no layer kind) .*");
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(100);
    }

    /** Writes bytes with the checksum that they should have. */
    private void writeWhole(ByteBuffer bytes) throws IOException {
        CRC32C crc = new CRC32C();
        crc.update(bytes.array(), 0, bytes.capacity() - 8);
        bytes.putLong(bytes.capacity() - 8, crc.getValue());
        Files.write(file, bytes.array());
    }

    /** Every number and name of the second layer's description, in turn, is one that cannot be. */
    @Test
    void layersThatCannotBeAreRefused() throws IOException {
        try (Trainer convolutional = Trainer.of(CONVOLUTIONAL).batch(20).build()) {
            convolutional.save(file);
        }
        byte[] whole = Files.readAllBytes(file);
        int second = indexOf(whole, "conv2", 0);
        for (String number : List.of("channels", "kernelHeight", "kernelWidth", "strideHeight", "strideWidth")) {
            int at = indexOf(whole, number, second) + number.length();
            assertThat(ByteBuffer.wrap(whole, at, 8).getDouble()).as(number).isIn(70.0, 2.0);
            for (double size : new double[] {0, -1, 1.5, Double.NaN, 1e300, Integer.MAX_VALUE}) {
                if (!number.startsWith("stride") || size < Integer.MAX_VALUE) { // one window is as good as another then
                    assertDamaged(ByteBuffer.wrap(whole.clone()).putDouble(at, size));
                }
            }
        }
        int height = indexOf(whole, "height", second) + "height".length();
        assertThat(ByteBuffer.wrap(whole, height, 8).getDouble()).isEqualTo(2);
        for (double size : new double[] {0, -1, 1.5, 3, 17}) { // 3 is larger than what is pooled
            assertDamaged(ByteBuffer.wrap(whole.clone()).putDouble(height, size));
        }
        for (String name : List.of("kernelHeight", "conv2.maxPool", "conv2.norm")) { // numbers, and nodes that others take
            assertDamaged(ByteBuffer.wrap(whole.clone()).put(indexOf(whole, name, second) + 2, (byte) 'X'));
        }
        writeWhole(ByteBuffer.wrap(whole.clone()).put(20, (byte) 'X')); // of the network's name, any will do
        Classifier.load(file).close();
    }

    /** All weights are there, and so small that only the size of the image, a number in the file, asks for memory. */
    @Test
    void anImageThatWouldTakeGigabytesIsRefusedBeforeAnyMemoryIsTaken() throws IOException {
        Network pixel = Network.sequential("pixel", new ImageShape(2, 2, 1))
                .binaryConv(BinaryConvolution.of(4).stride(40_000, 40_000)).build();
        try (Trainer one = Trainer.of(pixel).batch(2).build()) {
            one.save(file);
        }
        Classifier.load(file).close();
        int height = 12 + 2 + "pixel".length();
        writeWhole(ByteBuffer.wrap(Files.readAllBytes(file)).putInt(height, 40_000).putInt(height + 4, 40_000));
        assertRefused(() -> Classifier.load(file))
                .hasMessage("The network in " + file + " would take 1525 MiB of memory "
                        + "to classify one image, which is more than 1024 MiB; check where the file comes from.");
    }

    /** What comes from a file could do things to a terminal. */
    @Test
    void namesInAFileArePrintedWithoutControlCharacters() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        writeWhole(ByteBuffer.wrap(whole.clone()).put(indexOf(whole, "batchNorm", 0), (byte) 27));
        assertRefused(() -> Classifier.load(file)).hasMessageContaining("There is no layer kind \"?atchNorm\"");
    }

    /** The file is whole, so that nobody is told to copy it again. */
    @Test
    void aLayerKindThatNobodyKnowsIsNamed() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        writeWhole(ByteBuffer.wrap(whole.clone()).put(indexOf(whole, "batchNorm", 0), (byte) 'B'));
        assertRefused(() -> Classifier.load(file)).hasMessage("The network in " + file
                + " cannot be read: There is no layer kind "
                + "\"BatchNorm\" among binaryConvolution, depthwiseConvolution, dense, realConvolution, realDense, maxPool, batchNorm, sign, add, concat, averagePool, globalAveragePool, "
                + "relu, prelu, flip; "
                + "put its JAR on the class path, or give it where the file is read.");
    }

    @Test
    void aLossThatNobodyKnowsIsNamed() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        writeWhole(ByteBuffer.wrap(whole.clone()).put(indexOf(whole, "softmaxCrossEntropy", 0), (byte) 'S'));
        assertRefused(() -> Classifier.load(file))
                .hasMessageContaining("There is no loss \"SoftmaxCrossEntropy\" among ");
    }

    private static Network with(Layer own) {
        return Network.sequential("own", Stripes.SHAPE).dense(20).layer(own, Place.BEFORE_SIGN).dense(Stripes.CLASSES)
                .build();
    }

    /** One that is found as a service is found in the resources of this test. */
    @Test
    void aLayerKindOfAUsersIsFoundOrGiven() {
        try (Trainer trained = Trainer.of(with(new Flip())).batch(20).epochs(2).build()) {
            trained.train(images);
            trained.save(file);
            try (Classifier classifier = Classifier.load(file)) {
                assertThat(classifier.network()).isEqualTo(with(new Flip()));
                assertThat(classifier.evaluate(images)).isEqualTo(trained.evaluate(images));
            }
        }
        try (Trainer trained = Trainer.of(with(new Scale(0.5))).batch(20).epochs(2).build()) {
            trained.train(images);
            trained.save(file);
            assertRefused(() -> Classifier.load(file)).hasMessageContaining("There is no layer kind \"scale\"");
            try (Classifier classifier = Classifier.load(file, 1, 1, Extensions.of(Scale.KIND))) {
                assertThat(classifier.network()).isEqualTo(with(new Scale(0.5)));
                assertThat(classifier.evaluate(images)).isEqualTo(trained.evaluate(images));
            }
        }
    }

    private void assertDamaged(ByteBuffer bytes) throws IOException {
        writeWhole(bytes);
        assertRefused(() -> Classifier.load(file)).hasMessageContaining("is cut off or damaged");
    }

    /** Where the characters of an ASCII text begin. */
    private static int indexOf(byte[] bytes, String text, int from) {
        int index = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text, from);
        assertThat(index).as(text).isPositive();
        return index;
    }

    @Test
    void anotherVersionIsSaid() throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        for (int version : new int[] {1, 6}) {
            bytes.putInt(8, version);
            Files.write(file, bytes.array());
            assertRefused(() -> Classifier.load(file)).hasMessage("The network in " + file + " is of format version "
                    + version
                    + ", but this bitgrad reads versions 2 to 5; use the bitgrad that wrote it, or train again.");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "b", "bitgrad", "bitgrad ", "{\"bitgrad\": 1}", "some text\nthat is no network\n"})
    void whatIsNoCheckpointIsRefused(String text) throws IOException {
        Files.writeString(file, text);
        assertRefused(() -> Classifier.load(file))
                .hasMessage("There is no bitgrad network in " + file + "; take one that bitgrad has saved.");
    }

    @Test
    void streamsAndBytesAreReadAsFilesAre() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        try (Classifier ofFile = Classifier.load(file);
                Classifier ofBytes = Classifier.load(whole);
                InputStream stream = Files.newInputStream(file);
                Classifier ofStream = Classifier.load(stream)) {
            Evaluation expected = ofFile.evaluate(images);
            assertThat(ofBytes.evaluate(images)).isEqualTo(expected);
            assertThat(ofStream.evaluate(images)).isEqualTo(expected);
        }
        byte[] cut = Arrays.copyOf(whole, whole.length - 1);
        assertRefused(() -> Classifier.load(cut)).hasMessage("The network in the given bytes is cut off or damaged ("
                + cut.length + " bytes); copy it again, or train again.");
        assertRefused(() -> Classifier.load(new ByteArrayInputStream(new byte[0])))
                .hasMessage("There is no bitgrad network in the given stream; take one that bitgrad has saved.");
        assertThatThrownBy(() -> Classifier.load((InputStream) null)).isInstanceOf(NullPointerException.class)
                .hasMessage("There is no stream to read a network from; check the name of the resource.");
        InputStream failing = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("the line is dead");
            }
        };
        assertRefused(() -> Classifier.load(failing))
                .hasMessage("The network cannot be read from the given stream: the line is dead; open it again.");
    }

    @Test
    void aFileThatIsNotThereIsSaid() {
        Path missing = folder.resolve("missing");
        assertRefused(() -> Classifier.load(missing)).hasMessage("The network in " + missing + " cannot be read: "
                + "no such file or folder; name a file that holds a network.");
        assertRefused(() -> Classifier.load(folder))
                .hasMessage("The network in " + folder
                        + " cannot be read: Is a directory; name a file that holds a network.");
    }

    @Test
    void findingOutWhetherItCanBeWrittenLeavesNoTrace() throws IOException {
        byte[] before = Files.readAllBytes(file);
        Checkpoint.requireWritable(file);
        Checkpoint.requireWritable(folder.resolve("new"));
        assertThat(filesInFolder()).containsExactly("network.bitgrad");
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
    }

    @Test
    void placesThatCannotBeWrittenAreSaidBeforeAndAfter() throws IOException {
        Path nowhere = folder.resolve("no/such/folder/network");
        assertRefused(() -> Checkpoint.requireWritable(nowhere)).hasMessage("The network cannot be saved to " + nowhere
                + ", because there is no folder " + nowhere.getParent() + "; make it first.");
        assertRefused(() -> trainer.save(nowhere)).hasMessage("The network was not saved to " + nowhere
                + ", which is as it was: no such file or folder; make room or choose another place.");
        Path inFile = file.resolve("network");
        assertRefused(() -> Checkpoint.requireWritable(inFile)).hasMessageContaining("there is no folder " + file);
        String noFile = "The network cannot be saved to %s, which is a folder or a device; name a file.";
        assertRefused(() -> Checkpoint.requireWritable(folder)).hasMessage(noFile, folder);
        assertRefused(() -> trainer.save(folder)).hasMessage(noFile, folder);
        // not saved to: a device is what a failing test must not replace
        assertRefused(() -> Checkpoint.requireWritable(Path.of("/dev/null"))).hasMessage(noFile, "/dev/null");
        assertThat(filesInFolder()).containsExactly("network.bitgrad");
    }

    @Test
    void aFolderThatMayNotBeWrittenIsSaid() throws IOException {
        Path locked = Files.createDirectory(folder.resolve("locked"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r-xr-xr-x")));
        assumeThat(Files.isWritable(locked)).as("the superuser may write everywhere").isFalse();
        assertRefused(() -> Checkpoint.requireWritable(locked.resolve("network")))
                .hasMessageContaining("permission denied");
    }

    @Test
    void aFullDiskLeavesTheOldFile() throws IOException {
        byte[] before = Files.readAllBytes(file);
        assertRefused(() -> FileKind.NETWORK.write(file, out -> {
            out.writeInt(1);
            throw new IOException("No space left on device");
        })).hasMessage("The network was not saved to " + file
                + ", which is as it was: No space left on device; make room or choose another place.");
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
        assertThat(filesInFolder()).containsExactly("network.bitgrad");
    }

    /** A file may have so long a name that none can be beside it under a longer. */
    @Test
    void whateverFailsLeavesTheOldFile() throws IOException {
        Path longest = folder.resolve("n".repeat(255));
        assertRefused(() -> Checkpoint.requireWritable(longest)).hasMessageContaining("File name too long");
        assertRefused(() -> trainer.save(longest)).hasMessageContaining("which is as it was: File name too long");

        Trainer closed = Trainer.of(NETWORK).build();
        closed.close();
        assertThatThrownBy(() -> closed.save(file)).isInstanceOf(IllegalStateException.class);
        assertThat(filesInFolder()).containsExactly("network.bitgrad");
    }
}
