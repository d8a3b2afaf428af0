package io.github.bitgrad.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.layer.Add;
import io.github.bitgrad.layer.AveragePool;
import io.github.bitgrad.layer.BatchNorm;
import io.github.bitgrad.layer.BinaryConvolution;
import io.github.bitgrad.layer.Concat;
import io.github.bitgrad.layer.Dense;
import io.github.bitgrad.layer.Layer;
import io.github.bitgrad.layer.MaxPool;
import io.github.bitgrad.layer.RealConvolution;
import io.github.bitgrad.layer.RealDense;
import io.github.bitgrad.layer.Relu;
import io.github.bitgrad.layer.Sign;
import io.github.bitgrad.train.Trainer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("level-independent")
class NetworkTextTest {
    private static final long SEED = 20261201;
    private static final ImageShape IMAGES = new ImageShape(32, 32, 3);
    private static final String BLOCK = """
            # a block with a shortcut
            network small
            input   32x32x3

            conv1       binaryConvolution channels=64 kernel=3 padding=1
            conv1.norm  batchNorm
                        sign
            conv2       binaryConvolution channels=64 kernel=3x5 padding=1x2 # by axis
            conv2.norm  batchNorm
                        add                                               < conv1.norm conv2.norm
                        maxPool size=3 stride=2 padding=1
                        averagePool height=2 width=1
                        sign
            out         dense units=classes
            out.norm    batchNorm
            """;

    @TempDir
    private Path folder;

    private static Network block() {
        return Network.graph("small", IMAGES)
                .node("conv1", BinaryConvolution.of(64).kernel(3, 3).same(), "input")
                .node("conv1.norm", new BatchNorm(), "conv1").node("sign1", new Sign(), "conv1.norm")
                .node("conv2", BinaryConvolution.of(64).kernel(3, 5).same(), "sign1")
                .node("conv2.norm", new BatchNorm(), "conv2")
                .node("add1", new Add(), "conv1.norm", "conv2.norm")
                .node("maxPool1", new MaxPool(3, 3).stride(2, 2).padding(1, 1), "add1")
                .node("averagePool1", new AveragePool(2, 1), "maxPool1").node("sign2", new Sign(), "averagePool1")
                .node("out", new Dense(7), "sign2").node("out.norm", new BatchNorm(), "out").build();
    }

    private static void assertRefused(String text, String message) {
        assertThatThrownBy(() -> NetworkText.parse(text, "net").build(IMAGES, 7))
                .isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }

    @Test
    void aTextIsTheNetworkOfTheBuilder() {
        NetworkText text = NetworkText.parse(BLOCK, "unnamed");
        assertThat(text.build(IMAGES, 7)).isEqualTo(block());
        assertThat(text.name()).isEqualTo("small");
        assertThat(text.input()).contains(IMAGES);
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void signsAreJoined(Algorithm algorithm) {
        Network network = NetworkText.parse("""
                conv1      binaryConvolution channels=5 kernel=3 padding=1
                           batchNorm
                conv1.sign sign
                conv2      binaryConvolution channels=7
                           batchNorm
                           sign
                           concat                          < conv1.sign sign1
                           maxPool size=2
                out        dense units=classes
                           batchNorm
                """, "net").build(IMAGES, 7);
        assertThat(network.nodes()).extracting("layer").contains(new Concat());
        assertThat(network.shapes().get("maxPool1")).isEqualTo(new ImageShape(16, 16, 12));
        assertThat(Trainer.of(network).algorithm(algorithm).batch(2).plan().peakBytes()).isPositive();
    }

    @Test
    void realLayersMayHaveBiases() {
        String text = """
                conv1  realConvolution channels=8 kernel=3 bias=%s
                       sign
                conv2  binaryConvolution channels=9
                       batchNorm
                out    realDense units=classes bias=learned
                """;
        assertThat(NetworkText.parse(text.formatted("learned"), "net").build(IMAGES, 7).nodes()).extracting("layer")
                .contains(RealConvolution.of(8).kernel(3, 3).bias(), new RealDense(7).bias());
        assertThat(NetworkText.parse(text.formatted("none"), "net").build(IMAGES, 7).nodes()).extracting("layer")
                .contains(RealConvolution.of(8).kernel(3, 3)).doesNotContain(RealConvolution.of(8).kernel(3, 3).bias());
        assertRefused(text.formatted("1"),
                "net, line 1: There is no bias named '1'; did you mean 'none'? Known: none, learned.");
        assertRefused("realDense units=0 bias=learned",
                "net, line 1: realDense(0, bias learned) has no units; it needs at least one.");
        for (Layer layer : List.of(RealConvolution.of(8).bias(), new RealDense(7).bias())) {
            assertThat(layer.kind().layer(layer.numbers())).isEqualTo(layer);
            assertThat(layer.withOutputs(9).orElseThrow().numbers().byName()).containsEntry("bias", 1.0);
            assertThatThrownBy(() -> layer.kind().layer(layer.numbers().and("bias", 2)))
                    .hasMessage("There is no kind of bias with the number 2.");
        }
        assertThat(new RealDense(7).numbers().byName()).doesNotContainKey("bias");
    }

    @Test
    void numbersMayBeWords() {
        String text = """
                conv1  binaryConvolution channels=8
                       batchNorm
                       sign estimator=%s
                conv2  binaryConvolution channels=8 clip=1.5
                       batchNorm
                       sign estimator=clip clip=1.25
                conv3  binaryConvolution channels=9 scale=mean
                       batchNorm
                       sign
                out    dense units=classes scale=mean clip=0.5
                """;
        assertThat(NetworkText.parse(text.formatted("approx"), "net").build(IMAGES, 7).nodes()).extracting("layer")
                .contains(Sign.approximate(), Sign.clipped(1.25), BinaryConvolution.of(8).clip(1.5),
                        BinaryConvolution.of(9).scaled(), new Dense(7).scaled().clip(0.5));
        assertRefused("dense units=7 scale=man",
                "net, line 1: There is no scale named 'man'; did you mean 'mean'? Known: none, mean.");
        assertRefused("dense units=7 scale=mean clip=0",
                "net, line 1: dense(7, clip 0.0, scale mean) is impossible: clip must be a positive number.");
        assertRefused(text.formatted("aprox"),
                "net, line 3: There is no estimator named 'aprox'; did you mean 'approx'? Known: clip, approx.");
        assertRefused("dense units=7 clip=-1",
                "net, line 1: dense(7, clip -1.0) is impossible: clip must be a positive number.");
        assertRefused(text.formatted("1"),
                "net, line 3: There is no estimator named '1'; did you mean 'clip'? Known: clip, approx.");
        assertRefused(text.formatted("clip clip=0"),
                "net, line 3: sign(clip 0.0) is impossible: clip must be a positive number.");
        assertRefused(text.formatted("approx clip=2"),
                "net, line 3: sign(approx, clip 2.0) is impossible: the estimator approx has no clip; leave it out.");
    }

    @ParameterizedTest
    @CsvSource({"CRLF", "CR", "TABS", "MARK", "SPACES"})
    void howAnEditorWritesItDoesNotMatter(String how) throws IOException {
        Path file = folder.resolve("small.net.txt");
        Files.writeString(file, switch (how) {
            case "CRLF" -> BLOCK.replace("\n", "\r\n");
            case "CR" -> BLOCK.replace("\n", "\r");
            case "TABS" -> BLOCK.replace("  ", "\t");
            case "MARK" -> "\uFEFF" + BLOCK;
            default -> BLOCK.replace("=", " = ").replace("< ", "<");
        });
        assertThat(NetworkText.read(file).build(IMAGES, 7)).isEqualTo(block());
    }

    @Test
    void aFileNamesTheNetwork() throws IOException {
        Path file = folder.resolve("tiny.txt");
        Files.writeString(file, "dense units=classes");
        Network network = NetworkText.read(file).build(IMAGES, 7);
        assertThat(network.name()).isEqualTo("tiny");
        assertThat(network.classes()).isEqualTo(7);
    }

    /** The file that the README shows. */
    @Test
    void theExampleIsANetwork() throws IOException {
        Path example = Path.of("..", "example", "residual.txt");
        Network network = NetworkText.read(example).build(IMAGES, 10);
        assertThat(network.shapes().get("averagePool1")).hasToString("4x4x128");
        assertThat(Files.readString(Path.of("..", "..", "README.md"))).contains(Files.readString(example));
    }

    /** Files for those who want to change a network of the library. */
    @ParameterizedTest
    @EnumSource(names = {"RESNETE18", "BIREALNET18", "RESNET_SMALL"})
    void aModelThatIsAFileTooIsTheSameNetwork(Models model) throws IOException {
        Network network = model.usual();
        NetworkText text = NetworkText.read(Path.of("..", "example", model + ".txt"));
        assertThat(text.build(network.input(), network.classes())).isEqualTo(network);
    }

    @Test
    void residualNetworksHaveTheShapesOfTheirPapers() {
        Network large = Models.RESNETE18.usual();
        assertThat(large.shapes().get("pool1")).hasToString("56x56x64");
        assertThat(large.shapes().get("end.relu")).hasToString("7x7x512");
        assertThat(binaryWeights(large)).isEqualTo(10_985_472); // as the paper's authors count them
        Network biReal = Models.BIREALNET18.usual();
        assertThat(biReal.shapes().get("pool1")).hasToString("56x56x64");
        assertThat(binaryWeights(biReal)).isEqualTo(10_985_472);
        assertThat(biReal.nodes()).extracting("layer").contains(Sign.approximate(),
                BinaryConvolution.of(512).kernel(3, 3).same().scaled())
                .doesNotContain(new Sign(), new Relu(), BinaryConvolution.of(512).kernel(3, 3).same());
        assertThat(Models.RESNET_SMALL.usual().shapes().get("conv9.add")).hasToString("4x4x256");
    }

    @Test
    void theMobileNetworkTakesImagesThatCanBeHalvedFourTimes() {
        Network usual = Models.MOBILE.usual();
        assertThat(usual.shapes().get("depthwise2")).hasToString("48x48x32");
        assertThat(usual.shapes().get("conv9.add")).hasToString("6x6x512");
        assertThat(Models.MOBILE.build(new ImageShape(32, 32, 3), 10).shapes().get("conv9.add"))
                .hasToString("2x2x512");
        assertThatThrownBy(() -> Models.MOBILE.build(new ImageShape(28, 28, 1), 10))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(
                        "Model mobile takes images of 15x15 to 16x16 pixels, 31x31 to 32x32, and so on. Models");
    }

    private static long binaryWeights(Network network) {
        return network.nodes().stream().filter(node -> node.layer() instanceof BinaryConvolution)
                .mapToLong(node -> ((BinaryConvolution) node.layer())
                        .convolution(network.shapes().get(node.inputs().getFirst())).fanIn()
                        * network.shapes().get(node.name()).channels())
                .sum();
    }

    @Test
    void whatIsNoTextIsRefused() throws IOException {
        Path file = folder.resolve("binary");
        Files.write(file, new byte[] {(byte) 0xc3, 0x28});
        assertThatThrownBy(() -> NetworkText.read(file)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage(file + " is not UTF-8 text; name a text file with a line for each layer.");
        Files.write(file, new byte[(1 << 20) + 1]);
        assertThatThrownBy(() -> NetworkText.read(file)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(" is longer than 1048576 bytes");
    }

    @Test
    void mistakesAreNamedByTheirLine() {
        assertRefused("", "net has no layers; write a line for each layer, such as: out dense units=classes.");
        assertRefused("# nothing\n\n",
                "net has no layers; write a line for each layer, such as: out dense units=classes.");
        assertThatThrownBy(() -> NetworkText.parse("dense units=7\nbatchnorm", "net"))
                .hasMessageStartingWith(
                        "net, line 2: There is no layer kind named 'batchnorm'; did you mean 'batchNorm'?");
        assertRefused("dense unit=7",
                "net, line 1: dense has no number \"unit\"; did you mean units? Known: units, clip, scale.");
        assertRefused("binaryConvolution channels=4 kernal=3",
                "net, line 1: binaryConvolution has no number \"kernal\"; did you mean kernel? Known: channels, kernel, "
                        + "stride, padding, clip, scale.");
        assertRefused("dense units=7\nbatchNorm size=2",
                "net, line 2: batchNorm has no numbers, but size is given; leave it out.");
        assertRefused("dense units=many",
                "net, line 1: units is \"many\", but must be a number, or the word classes.");
        assertRefused("dense units=7.5", "net, line 1: units is 7.5, but must be a whole number.");
        assertRefused("dense", "net, line 1: There is no number \"units\" among [].");
        assertRefused("dense units=7 units=8", "net, line 1: units is given twice; leave one out.");
        assertRefused("dense units=", "net, line 1: \"units=\" is not a number; write its name and value, as in "
                + "channels=64.");
        assertRefused("a b c units=7",
                "net, line 1: a layer is: NAME KIND number=value ... < INPUT ..., where NAME may be left out.");
        assertRefused("1a dense units=7", "net, line 1: \"1a\" is not a name; begin with a letter, and go on with "
                + "letters, digits, dots, - and _.");
    }

    @Test
    void streamsThatDoNotJoinAreNamedByTheirLine() {
        assertRefused("one dense units=7\ntwo dense units=7 < on",
                "net, line 2: two takes the output of \"on\", which is no layer above it; did you mean one?");
        assertRefused("one dense units=7 < two\ntwo dense units=7 < one",
                "net, line 1: one takes the output of \"two\", which is no layer above it; did you mean input?");
        assertRefused("one dense units=7 < one", "net, line 1: one takes its own output; a network has no cycles.");
        assertRefused("one dense units=7 <",
                "net, line 1: no input stands behind \"<\"; name the layers whose outputs it takes.");
        assertRefused("one dense units=7\none dense units=7",
                "net, line 2: there is a layer named one already; name one of them differently.");
        assertRefused("one dense units=7\ntwo dense units=7 < input",
                "net, line 1: no layer takes the output of one; use it, or leave it out.");
        assertRefused("conv binaryConvolution channels=4\nadd < conv input",
                "net, line 2: add() has inputs of the shapes 32x32x4 and 32x32x3; give it inputs of the same shape.");
        assertRefused("conv binaryConvolution channels=4 kernel=33\ndense units=classes",
                "net, line 1: binaryConv(4, 33x33, stride 1x1, padding 0x0) has a kernel larger than its padded 32x32x3 "
                        + "input; choose a smaller kernel, or pool less before it.");
        assertRefused("conv binaryConvolution channels=4",
                "net, line 1: the output is 32x32x4, but must be 1x1x7; end with a dense layer with units=classes.");
        assertRefused("batchNorm",
                "net has no layer with binary weights; use at least one, such as binaryConvolution or dense.");
        assertRefused("conv dense units=7\nconv.norm batchNorm\nconv.again batchNorm",
                "net, line 3: conv.norm and conv.again are layers of the same kind in block conv; give one of them a name "
                        + "that begins differently.");
        assertRefused("dense units=7\nnetwork late",
                "net, line 2: \"network\" stands above all layers, and no layer may have this name.");
        assertRefused("input 28x28x1\ndense units=classes",
                "net takes images of 28x28x1, but these are 32x32x3; change its line \"input\", or leave that line out.");
        assertRefused("input 28x28\ndense units=classes",
                "net, line 1: the input is height x width x channels, as in: input 32x32x3.");
    }

    /** Any text is a network, or is refused in one sentence. */
    @Test
    void mutatedTextsEndInASentence() {
        SplittableRandom random = new SplittableRandom(SEED);
        System.out.println("seed " + SEED);
        List<String> pieces = List.of("<", "=", "#", " ", "\n", "\r", "\t", "classes", "input", "network", "add",
                "dense",
                "0", "-1", "99999999999", "1e9", "3x3", "\uFEFF", "\u0000", "é", "conv1", ".", "binaryConvolution");
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(120), () -> {
            int built = 0;
            for (int i = 0; i < 5_000; i++) {
                StringBuilder text = new StringBuilder(BLOCK);
                for (int change = random.nextInt(4); change >= 0; change--) {
                    int at = random.nextInt(text.length());
                    switch (random.nextInt(4)) {
                        case 0 -> text.insert(at, pieces.get(random.nextInt(pieces.size())));
                        case 1 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(12)));
                        case 2 -> text.setCharAt(at, (char) random.nextInt(1, 256));
                        default ->
                            text.insert(at, text.substring(at, Math.min(text.length(), at + random.nextInt(40))));
                    }
                    if (text.isEmpty()) {
                        text.append(' ');
                    }
                }
                try {
                    NetworkText.parse(text.toString(), "net").build(IMAGES, 7);
                    built++;
                } catch (IllegalArgumentException refused) {
                    assertThat(refused.getMessage()).as("%s", text).matches("(?s)net.*[.?]").doesNotContain("\n");
                }
            }
            assertThat(built).isBetween(25, 4_750);
        });
    }

    /** Bytes that are no text are refused too. */
    @Test
    void mutatedFilesEndInASentence() throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        Path file = folder.resolve("net.txt");
        byte[] whole = BLOCK.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 1_000; i++) {
            byte[] bytes = whole.clone();
            for (int change = random.nextInt(6); change >= 0; change--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            Files.write(file, bytes);
            try {
                assertThat(NetworkText.read(file).build(IMAGES, 7).nodes()).isNotEmpty();
            } catch (IllegalArgumentException refused) {
                assertThat(refused.getMessage()).matches("(?s).*[.?]").doesNotContain("\n");
            }
        }
    }

    /** Time series of many sensors have several channels for each of them. */
    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void theModelForSensorsTakesAnyNumberOfThem(Algorithm algorithm) {
        for (int channels : List.of(1, 25, 26, 72, 256)) {
            Network network = Models.SENSOR.build(new ImageShape(100, 1, channels), 4);
            assertThat(Trainer.of(network).algorithm(algorithm).batch(2).plan().peakBytes()).isPositive();
        }
    }

    @Test
    void aModelThatDoesNotSuitTheImagesNamesThoseThatDo() {
        assertThatThrownBy(() -> Models.CNV.build(new ImageShape(12, 12, 1), 10))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("Layer conv4 of network cnv: ")
                .hasMessageEndingWith("Model cnv takes images of 32x32 pixels or more. Models that take images of "
                        + "12x12x1: mlp, binarynet, keyword, sensor.");
        assertThatThrownBy(() -> Models.RESNETE18.build(new ImageShape(28, 28, 1), 10))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(
                        "Model resnete18 takes images of 29x29 to 32x32 pixels, 61x61 to 64x64, and so on. "
                                + "Models");
    }
}
