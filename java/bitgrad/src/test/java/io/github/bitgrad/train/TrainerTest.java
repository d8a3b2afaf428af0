package io.github.bitgrad.train;

import static io.github.bitgrad.model.Network.Padding.SAME;
import static io.github.bitgrad.model.Network.Padding.VALID;
import static io.github.bitgrad.model.Network.Place.AFTER_SIGN;
import static io.github.bitgrad.model.Network.Place.BEFORE_NORMALISATION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.compile.GradientFormat;
import io.github.bitgrad.compile.Rounding;
import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.CifarFiles;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.Split;
import io.github.bitgrad.data.Stripes;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.Evaluation;
import io.github.bitgrad.kernel.Isa;
import io.github.bitgrad.memory.MemoryPlan;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.TestGraphs;
import io.github.bitgrad.optim.Bop;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.optim.Schedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TrainerTest {
    private static final long SEED = 20261123;
    /** Wide enough that most operations are cut into several chunks, sgemm among them. */
    private static final Network WIDE = Network.sequential("wide", Stripes.SHAPE).dense(400).dense(400)
            .dense(Stripes.CLASSES).build();
    private static final Network SMALL = Network.sequential("small", Stripes.SHAPE).dense(48).dense(70).dense(33)
            .dense(Stripes.CLASSES).build();

    /** Of several lanes and blocks. */
    private static final Network CONVOLUTIONAL = Network.sequential("convolutional", Stripes.SHAPE)
            .binaryConv(60, 3, SAME).maxPool(2, AFTER_SIGN).binaryConv(40, 3, SAME).maxPool(2, BEFORE_NORMALISATION)
            .dense(Stripes.CLASSES).build();

    private static Dataset images;

    @TempDir
    private Path folder;

    @BeforeAll
    static void createImages() {
        System.out.println("seed " + SEED);
        images = Stripes.noisy(250, SEED);
    }

    @AfterAll
    static void closeImages() {
        images.close();
    }

    /** What inference reads, as a checkpoint has it, after some steps. */
    private byte[] trained(TrainerBuilder settings) throws IOException {
        Path file = folder.resolve("network");
        try (Trainer trainer = settings.build()) {
            trainer.train(images);
            trainer.save(file);
        }
        return Files.readAllBytes(file);
    }

    @Tag("level-independent")
    @ParameterizedTest
    @CsvSource({"STANDARD, ADAM", "STANDARD, SGDM", "STANDARD, BOP", "PROPOSED, ADAM", "PROPOSED, SGDM",
        "PROPOSED, BOP", "LEAN, ADAM", "LEAN, SGDM", "LEAN, BOP"})
    void theSameSeedGivesTheSameBitsOnAnyNumberOfThreads(Algorithm algorithm, Optimizers optimizer)
            throws IOException {
        byte[] onOne = trained(settings(algorithm, optimizer, 1));
        for (int threads = 2; threads <= 3; threads++) {
            assertThat(trained(settings(algorithm, optimizer, threads))).as("%s threads", threads).isEqualTo(onOne);
        }
    }

    @Tag("level-independent")
    @ParameterizedTest
    @CsvSource({"STANDARD, FLOAT32, NEAREST, ADAM", "STANDARD, FLOAT32, NEAREST, SGDM",
        "STANDARD, FLOAT32, NEAREST, BOP", "PROPOSED, FLOAT32, NEAREST, ADAM", "PROPOSED, FLOAT16, NEAREST, ADAM",
        "PROPOSED, FLOAT16, NEAREST, SGDM", "PROPOSED, INT14, NEAREST, ADAM", "PROPOSED, INT14, STOCHASTIC, ADAM",
        "PROPOSED, INT7, NEAREST, BOP", "PROPOSED, INT7, STOCHASTIC, ADAM", "LEAN, INT7, NEAREST, ADAM",
        "LEAN, INT7, STOCHASTIC, BOP"})
    void convolutionsGiveTheSameBitsOnAnyNumberOfThreads(Algorithm algorithm, GradientFormat format, Rounding rounding,
            Optimizers optimizer) throws IOException {
        TrainerBuilder settings = convolutionSettings(algorithm, format, rounding).optimizer(optimizer::create);
        assertThat(losses(settings.threads(1))).hasSize(3).doesNotHaveDuplicates();
        byte[] onOne = trained(settings);
        for (int threads = 2; threads <= 3; threads++) {
            assertThat(trained(settings.threads(threads))).as("%s threads", threads).isEqualTo(onOne);
        }
    }

    @Tag("level-independent")
    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void graphsGiveTheSameBitsOnAnyNumberOfThreads(Algorithm algorithm) throws IOException {
        TrainerBuilder settings = Trainer.of(TestGraphs.residual("residual", Stripes.SHAPE, 40, 2, Stripes.CLASSES))
                .algorithm(algorithm).batch(50).mostSteps(3).seed(SEED);
        byte[] onOne = trained(settings.threads(1));
        for (int threads = 2; threads <= 3; threads++) {
            assertThat(trained(settings.threads(threads))).as("%s threads", threads).isEqualTo(onOne);
        }
    }

    @Tag("level-independent")
    @ParameterizedTest
    @EnumSource(Rounding.class)
    void tilesOfAnyWidthGiveTheSameBits(Rounding rounding) throws IOException {
        TrainerBuilder settings = convolutionSettings(Algorithm.LEAN, GradientFormat.INT7, rounding);
        byte[] whole = trained(settings.memory(Long.MAX_VALUE));
        long most = settings.plan().peakBytes();
        assertThat(trained(settings.memory(Algorithm.LEAST_MEMORY))).isEqualTo(whole);
        long least = settings.plan().peakBytes();
        long middle = (least + most) / 2;
        assertThat(trained(settings.memory(middle))).isEqualTo(whole);
        assertThat(settings.plan().peakBytes()).isLessThanOrEqualTo(middle);
    }

    private static TrainerBuilder convolutionSettings(Algorithm algorithm, GradientFormat format, Rounding rounding) {
        return Trainer.of(CONVOLUTIONAL).algorithm(algorithm).gradient(format).rounding(rounding).batch(70).mostSteps(3)
                .seed(SEED);
    }

    @ParameterizedTest
    @EnumSource(names = {"INT14", "INT7"})
    void stochasticRoundingFollowsFromTheSeed(GradientFormat format) throws IOException {
        byte[] nearest = trained(convolutionSettings(Algorithm.PROPOSED, format, Rounding.NEAREST));
        TrainerBuilder settings = convolutionSettings(Algorithm.PROPOSED, format, Rounding.STOCHASTIC);
        byte[] stochastic = trained(settings);
        assertThat(stochastic).isNotEqualTo(nearest).isEqualTo(trained(settings));
        assertThat(trained(settings.seed(SEED + 1))).isNotEqualTo(stochastic);
    }

    /** What a format of gradients changes it changes from the second step on. */
    @Tag("level-independent")
    @Test
    void everyFormatOfGradientsTrainsAnotherNetwork() {
        List<List<Double>> all = Stream.of(GradientFormat.values())
                .map(format -> losses(
                        convolutionSettings(Algorithm.PROPOSED, format, Rounding.NEAREST).batch(10).mostSteps(60)))
                .toList();
        assertThat(all).doesNotHaveDuplicates();
        assertThat(all).extracting(List::getFirst).containsOnly(all.getFirst().getFirst());
    }

    /** 2 pixels of 40 channels take as many words as 80 values in one row, but lie otherwise. */
    @ParameterizedTest
    @CsvSource({"40, true", "64, false", "1, true"})
    void pixelsBecomeOneRowForADenseLayer(int channels, boolean moved) {
        Network twoPixels = Network.sequential("two pixels", new ImageShape(8, 4, 1)).binaryConv(channels, 4, VALID, 4)
                .dense(2).build();
        assertThat(Trainer.of(twoPixels).batch(2).plan().placements().stream()
                .anyMatch(placement -> placement.buffer().name().equals("dense2.input"))).isEqualTo(moved);
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void anotherSeedGivesOtherBits(Algorithm algorithm) throws IOException {
        TrainerBuilder settings = Trainer.of(SMALL).algorithm(algorithm).batch(50).epochs(1);
        byte[] one = trained(settings.seed(SEED));
        assertThat(trained(settings.seed(SEED + 1))).isNotEqualTo(one);
        assertThat(trained(settings.seed(SEED))).isEqualTo(one);
        assertThat(untrained(settings.seed(SEED + 1))).isNotEqualTo(untrained(settings.seed(SEED)));
    }

    @Test
    void anAugmentationIsOfTheSameBitsOnAnyNumberOfThreadsToo() throws IOException {
        TrainerBuilder settings = Trainer.of(SMALL).batch(50).epochs(2).threads(1);
        byte[] without = trained(settings);
        assertThat(trained(settings.augmentation(Augmentation.NONE))).as("what suits stripes").isEqualTo(without);
        byte[] onOne = trained(settings.augmentation(Augmentation.SHIFT_FLIP));
        assertThat(onOne).isNotEqualTo(without);
        assertThat(trained(settings.threads(3))).isEqualTo(onOne);
    }

    /** As images one by one are told, which nothing could have changed. */
    @Test
    void whatJudgesANetworkIsNotAugmented() {
        try (Dataset exact = Stripes.blackAndWhite(100, SEED);
                Trainer trainer = Trainer.of(SMALL).batch(50).epochs(2).augmentation(Augmentation.SHIFT_FLIP).build()) {
            trainer.train(images);
            assertThat(trainer.evaluate(exact).accuracy()).isEqualTo(accuracyOneByOne(trainer, exact)).isNotZero();
        }
    }

    private static double accuracyOneByOne(Trainer trainer, Dataset dataset) {
        int correct = 0;
        for (int i = 0; i < dataset.size(); i++) {
            correct += trainer.classify(dataset.image(i)) == dataset.label(i) ? 1 : 0;
        }
        return (double) correct / dataset.size();
    }

    /** A training with memory enough that a thread of its own prepares its batches. */
    private static TrainerBuilder ahead(Network network) {
        return Trainer.of(network).batch(20).memory(Long.MAX_VALUE);
    }

    @Test
    void whateverEndsATrainingNobodyReadsTheDataSetAfterIt() {
        for (int time = 0; time < 20; time++) {
            Dataset some = Stripes.noisy(200, SEED);
            try (Trainer trainer = ahead(SMALL).epochs(1).build()) {
                assertThatThrownBy(() -> trainer.train(some, failingAfter(3, () -> {
                    throw new IllegalArgumentException("Enough.");
                }))).isInstanceOf(IllegalArgumentException.class).hasMessage("Enough.");
                assertThat(BatchesAheadTest.preparers()).isZero();
                some.close();
            }
        }
    }

    @Test
    void aFileThatIsCutOffWhileItTrainsIsOneSentence() throws IOException {
        CifarFiles.writeNoise(folder, 40, SEED);
        Network colours = Network.sequential("colours", CifarFiles.SHAPE).dense(CifarFiles.CLASSES).build();
        try (Dataset files = Datasets.open(folder.toString(), Split.TRAIN);
                Trainer trainer = ahead(colours).epochs(3).build()) {
            trainer.train(files);
            Path file = CifarFiles.train(folder, 4);
            assertThatThrownBy(() -> trainer.train(files, failingAfter(13, () -> cutOff(file))))
                    .isInstanceOf(BitgradException.class)
                    .hasMessage("%s changed while it was read: try again when nothing writes to it.", file);
            assertThat(BatchesAheadTest.preparers()).isZero();
            assertThatThrownBy(() -> trainer.evaluate(files)).isInstanceOf(BitgradException.class)
                    .hasMessageStartingWith("%s changed", file);
        }
    }

    private static void cutOff(Path file) {
        try {
            Files.write(file, new byte[100]);
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    @Test
    void aDataSetThatIsClosedWhileItTrainsIsAnExceptionOfTheTraining() {
        Dataset some = Stripes.noisy(200, SEED);
        try (Trainer trainer = ahead(SMALL).epochs(1).build()) {
            assertThatThrownBy(() -> trainer.train(some, failingAfter(3, some::close)))
                    .isInstanceOf(IllegalStateException.class).hasMessage("Already closed");
            trainer.train(images); // and another training is none the worse
        }
        assertThat(BatchesAheadTest.preparers()).isZero();
    }

    private static TrainingListener failingAfter(long failingStep, Runnable failure) {
        return new TrainingListener() {
            @Override
            public void stepEnded(long step, long steps, double loss, double accuracy, long nanoseconds) {
                if (step == failingStep) {
                    failure.run();
                }
            }
        };
    }

    private byte[] untrained(TrainerBuilder settings) throws IOException {
        Path file = folder.resolve("untrained");
        try (Trainer trainer = settings.build()) {
            trainer.save(file);
        }
        return Files.readAllBytes(file);
    }

    private static TrainerBuilder settings(Algorithm algorithm, Optimizers optimizer, int threads) {
        return Trainer.of(WIDE).algorithm(algorithm).optimizer(optimizer::create).batch(110).mostSteps(2).seed(SEED)
                .threads(threads);
    }

    /** A stronger claim than that the losses are close, which float kernels of the same order of sums can keep. */
    @Tag("level-independent")
    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void everyIsaLevelGivesTheSameLosses(Algorithm algorithm) {
        List<Double> losses = lossesOfEveryLevel(
                Trainer.of(SMALL).algorithm(algorithm).batch(50).mostSteps(10).seed(SEED));
        assertThat(losses).hasSize(10).doesNotHaveDuplicates();
        assertThat(losses.getFirst()).isBetween(0.5, 3.0); // chance is ln 4 = 1.4
    }

    @Tag("level-independent")
    @ParameterizedTest
    @EnumSource(GradientFormat.class)
    void everyIsaLevelGivesTheSameLossesOfConvolutions(GradientFormat format) {
        assertThat(lossesOfEveryLevel(convolutionSettings(Algorithm.PROPOSED, format, Rounding.STOCHASTIC)))
                .hasSize(3).doesNotHaveDuplicates();
    }

    private static List<Double> lossesOfEveryLevel(TrainerBuilder settings) {
        String level = Isa.selected().name();
        String reason = Isa.reason();
        Map<String, List<Double>> losses = new LinkedHashMap<>();
        try {
            for (Isa isa : Isa.available()) {
                Isa.select(isa.name(), "a test");
                losses.put(isa.name(), losses(settings));
            }
        } finally {
            Isa.select(level, reason);
        }
        List<Double> reference = losses.get("scalar");
        losses.forEach((isa, values) -> assertThat(values).as(isa).isEqualTo(reference));
        return reference;
    }

    private static List<Double> losses(TrainerBuilder settings) {
        List<Double> losses = new ArrayList<>();
        try (Trainer trainer = settings.build()) {
            trainer.train(images, new TrainingListener() {
                @Override
                public void stepEnded(long step, long steps, double loss, double accuracy, long nanoseconds) {
                    losses.add(loss);
                }
            });
        }
        return losses;
    }

    @ParameterizedTest
    @CsvSource({"STANDARD, ADAM", "STANDARD, SGDM", "STANDARD, BOP", "PROPOSED, ADAM", "PROPOSED, SGDM",
        "PROPOSED, BOP"})
    void everyAlgorithmLearnsWithEveryOptimizer(Algorithm algorithm, Optimizers optimizer) {
        try (Dataset others = Stripes.noisy(200, SEED + 1);
                Trainer trainer =
                        Trainer.of(SMALL).algorithm(algorithm).optimizer(optimizer::create).batch(50).epochs(20)
                                .seed(SEED).build()) {
            assertThat(trainer.evaluate(others).accuracy()).isLessThan(0.5);
            trainer.train(images);
            assertThat(trainer.evaluate(others).accuracy()).isGreaterThan(0.7);
        }
    }

    @Test
    void tellsOfEveryStepAndEpoch() {
        List<Long> steps = new ArrayList<>();
        List<EpochReport> epochs = new ArrayList<>();
        List<Double> losses = new ArrayList<>();
        try (Trainer trainer = Trainer.of(SMALL).batch(100).epochs(3).mostSteps(5).schedule(Schedule.STEP)
                .learningRate(0.01f).build()) {
            trainer.train(images, new TrainingListener() {
                @Override
                public void stepEnded(long step, long most, double loss, double accuracy, long nanoseconds) {
                    assertThat(most).isEqualTo(5);
                    assertThat(nanoseconds).isPositive();
                    assertThat(accuracy * 100).isCloseTo(Math.rint(accuracy * 100), within(1e-9)).isBetween(0.0, 100.0);
                    steps.add(step);
                    losses.add(loss);
                }

                @Override
                public void epochEnded(EpochReport epoch) {
                    epochs.add(epoch);
                }
            });
        }
        // 250 images are 2 batches of 100, and 5 steps end in the third epoch
        assertThat(steps).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(epochs).extracting(EpochReport::epoch).containsExactly(1, 2, 3);
        assertThat(epochs).extracting(EpochReport::steps).containsExactly(2L, 4L, 5L);
        assertThat(epochs).extracting(EpochReport::learningRate).containsExactly((double) 0.01f, (double) (0.01f / 10),
                (double) (0.01f / 100));
        assertThat(epochs.getFirst().trainLoss()).isCloseTo((losses.get(0) + losses.get(1)) / 2, within(1e-12));
        assertThat(epochs.getLast().trainLoss()).isEqualTo(losses.getLast());
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void aLastPartialBatchIsEvaluatedAsImagesOneByOneAre(Algorithm algorithm) throws IOException {
        Path file = folder.resolve("network");
        try (Dataset exact = Stripes.blackAndWhite(103, SEED);
                Trainer trainer = Trainer.of(SMALL).algorithm(algorithm).batch(20).epochs(1).build()) {
            trainer.train(images);
            trainer.save(file);
            Evaluation inBatches = trainer.evaluate(exact); // five of 20 and 3 images
            assertThat(inBatches.accuracy()).isEqualTo(accuracyOneByOne(trainer, exact)).isNotZero();
            for (int batch : new int[] {1, 7, 103, 150}) {
                try (Classifier classifier = Classifier.load(file, batch, 2)) {
                    Evaluation other = classifier.evaluate(exact);
                    assertThat(other.accuracy()).as("batch %s", batch).isEqualTo(inBatches.accuracy());
                    assertThat(other.loss()).as("batch %s", batch).isCloseTo(inBatches.loss(), within(1e-12));
                }
            }
        }
    }

    @Test
    void evaluatingAmongTrainingChangesNothing() throws IOException {
        TrainerBuilder settings = Trainer.of(SMALL).batch(50).epochs(2);
        byte[] without = trained(settings);
        Path file = folder.resolve("evaluated");
        try (Trainer trainer = settings.build()) {
            trainer.train(images, new TrainingListener() {
                @Override
                public void stepEnded(long step, long steps, double loss, double accuracy, long nanoseconds) {
                    trainer.evaluate(images);
                }
            });
            trainer.save(file);
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(without);
    }

    @Test
    void refusesABatchLargerThanTheDataSet() {
        try (Trainer trainer = Trainer.of(SMALL).batch(251).build()) {
            assertThatThrownBy(() -> trainer.train(images)).isInstanceOf(IllegalArgumentException.class).hasMessage(
                    "A batch of 251 is larger than data set stripes, which has 250 images; choose a smaller batch.");
        }
    }

    @Test
    void refusesImagesOfAnotherShapeAndOtherClasses() {
        Network other = Network.sequential("other", new ImageShape(8, 4, 2)).dense(4).build();
        Network fewer = Network.sequential("fewer", Stripes.SHAPE).dense(3).build();
        try (Trainer trainer = Trainer.of(other).batch(10).build();
                Trainer three = Trainer.of(fewer).batch(10).build()) {
            String message = "Data set stripes has 8x8x1 images in 4 classes, but network %s.";
            assertThatThrownBy(() -> trainer.train(images)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(message, "other takes 8x4x2 images in 4 classes");
            assertThatThrownBy(() -> trainer.evaluate(images)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(message, "other takes 8x4x2 images in 4 classes");
            assertThatThrownBy(() -> three.train(images)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(message, "fewer takes 8x8x1 images in 3 classes");
        }
    }

    @Test
    void saysHowMuchMemoryWasNotToBeHad() {
        // 64 bytes of pixels, 256 of their floats and 1600 of the first layer's sums for each of 2^31 images, at least
        TrainerBuilder settings = Trainer.of(WIDE).batch(Integer.MAX_VALUE);
        assertThatThrownBy(settings::build).isInstanceOf(BitgradException.class)
                .hasMessageMatching("The network needs %s MiB of memory, but this machine has \\d+\\.\\d\\d MiB; "
                        .formatted(MemoryPlan.mebibytes(settings.plan().peakBytes())) + "choose a smaller batch\\.");
    }

    @Test
    void closingTwiceIsClosingOnceAndAClosedTrainerDoesNothing() {
        Trainer trainer = Trainer.of(SMALL).batch(50).threads(2).build();
        trainer.close();
        trainer.close();
        assertThatThrownBy(() -> trainer.train(images)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> trainer.evaluate(images)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> trainer.classify(images.image(0))).isInstanceOf(IllegalStateException.class);
    }

    /** The biases of a network with bop, whose weights never flip. */
    private static Map<String, String> biases(Bop bop, float rate) {
        try (Trainer trainer = Trainer.of(Network.sequential("small", Stripes.SHAPE).dense(20)
                .dense(Stripes.CLASSES).build()).optimizer(bop).learningRate(rate).schedule(Schedule.CONSTANT)
                .batch(20).epochs(1).seed(SEED).threads(1).build()) {
            trainer.train(images);
            Map<String, String> state = FrozenTraining.state(trainer);
            state.keySet().removeIf(name -> !name.contains("beta"));
            return state;
        }
    }

    @Test
    void theBiasesOfBopMayHaveARateOfTheirOwn() {
        Map<String, String> biases = biases(new Bop(1), 0.01f);
        assertThat(biases).isNotEmpty().isEqualTo(biases(new Bop(1, 0.01f), 1e-4f));
        assertThat(biases).isNotEqualTo(biases(new Bop(1), 1e-4f));
    }
}
