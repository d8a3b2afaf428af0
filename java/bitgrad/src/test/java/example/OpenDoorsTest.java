package example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.data.Split;
import io.github.bitgrad.data.Stripes;
import io.github.bitgrad.data.TrainAndTest;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.optim.Schedule;
import io.github.bitgrad.optim.SgdMomentum;
import io.github.bitgrad.optim.WeightUpdate;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.train.EpochReport;
import io.github.bitgrad.train.Trainer;
import io.github.bitgrad.train.TrainerBuilder;
import io.github.bitgrad.train.TrainingListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What users write themselves, outside of the library's packages: an optimizer, a schedule, an augmentation and data
 * formats, each trained with.
 */
@Tag("level-independent")
class OpenDoorsTest {
    private static final long SEED = 20261128;
    private static final Network NETWORK = Network.sequential("small", Stripes.SHAPE).dense(70).dense(33)
            .dense(Stripes.CLASSES).build();

    private static Dataset images;
    private static Dataset others;

    @TempDir
    private Path folder;

    @BeforeAll
    static void createImages() {
        System.out.println("seed " + SEED);
        images = Stripes.noisy(250, SEED);
        others = Stripes.noisy(200, SEED + 1);
    }

    @AfterAll
    static void closeImages() {
        images.close();
        others.close();
    }

    private static TrainerBuilder training() {
        return Trainer.of(NETWORK).batch(50).epochs(20).seed(SEED).threads(2);
    }

    /** The loss of every step. */
    private static List<Double> losses(TrainerBuilder training) {
        List<Double> losses = new ArrayList<>();
        try (Trainer trainer = training.build()) {
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
    @EnumSource(Algorithm.class)
    void anOptimizerOfOnesOwnTrainsByEveryAlgorithm(Algorithm algorithm) {
        Path file = folder.resolve("network");
        TrainerBuilder training = training().algorithm(algorithm).optimizer(new SignSgd());
        assertThat(training.settings().learningRate()).isEqualTo(1e-2f);
        try (Trainer trainer = training.build()) {
            assertThat(trainer.evaluate(others).accuracy()).isLessThan(0.5);
            trainer.train(images);
            double accuracy = trainer.evaluate(others).accuracy();
            assertThat(accuracy).isGreaterThan(0.7);
            trainer.save(file);
            try (Classifier classifier = Classifier.load(file)) {
                assertThat(classifier.optimizer()).isEqualTo("sign-sgd");
                assertThat(classifier.evaluate(others).accuracy()).isEqualTo(accuracy);
            }
        }
        assertThat(losses(training.threads(1))).isEqualTo(losses(training.threads(3)));
    }

    /** What is built from the same operations gives the same bits, so users have all that the library has. */
    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void anOptimizerFromTheLibrarysOperationsIsAsGoodAsItsOwn(Algorithm algorithm) {
        TrainerBuilder training = training().algorithm(algorithm).learningRate(0.01f).epochs(3);
        List<Double> own = losses(training.optimizer(new HeavyBall(1 - 0.875f)));
        assertThat(own).isEqualTo(losses(training.optimizer(new SgdMomentum(0.875f))))
                .isNotEqualTo(losses(training.optimizer(new SgdMomentum(0.75f))));
    }

    @Test
    void anOptimizerThatCannotUpdateBytesSaysSo() {
        Optimizer real = new Optimizer() {
            @Override
            public String name() {
                return "real";
            }

            @Override
            public Operation update(Program program, WeightUpdate update) {
                return new SignSgd().update(program, update);
            }
        };
        assertThat(losses(training().optimizer(real).epochs(1))).hasSize(5);
        assertThatThrownBy(() -> training().optimizer(real).algorithm(Algorithm.LEAN).build())
                .isInstanceOf(IllegalArgumentException.class).hasMessage(
                        "The optimizer real cannot update weights of bytes; choose another optimizer or another algorithm.");
    }

    @Test
    void aScheduleOfOnesOwnSetsTheRates() {
        List<Double> rates = new ArrayList<>();
        try (Trainer trainer = training().schedule(new WarmUp(15)).learningRate(0.03f).epochs(5).build()) {
            trainer.train(images, new TrainingListener() {
                @Override
                public void epochEnded(EpochReport epoch) {
                    rates.add(epoch.learningRate());
                }
            });
            assertThat(trainer.evaluate(others).accuracy()).isGreaterThan(0.7);
        }
        assertThat(rates).containsExactly((double) (0.03f * 5 / 15), (double) (0.03f * 10 / 15), (double) 0.03f,
                (double) 0.03f, (double) 0.03f);
        TrainerBuilder brief = training().epochs(2);
        Schedule named = Schedule.of("warm-up", (rate, steps) -> step -> rate * Math.min(step + 1, 4) / 4);
        assertThat(losses(brief.schedule(named))).isEqualTo(losses(brief.schedule(new WarmUp(4))))
                .isNotEqualTo(losses(brief.schedule(new WarmUp(5))));
    }

    @Test
    void anAugmentationOfOnesOwnChangesWhatIsLearned() {
        TrainerBuilder training = training().epochs(3);
        List<Double> without = losses(training.augmentation(Augmentation.NONE));
        assertThat(losses(training.augmentation(new Brightness(0)))).isEqualTo(without);
        assertThat(losses(training.augmentation(new Brightness(60)))).isNotEqualTo(without)
                .isEqualTo(losses(training.threads(1)));
    }

    @Test
    void aTrainingIsResumedWithTheChoicesThatItBeganWithOnly() throws IOException {
        Path file = folder.resolve("training");
        TrainerBuilder training = choices(0.125f, 7, 30);
        byte[] whole;
        try (Trainer trainer = training.build()) {
            trainer.train(images);
            trainer.saveTraining(file);
            whole = Files.readAllBytes(file);
        }
        interrupted(training, file);
        refusesToResume(choices(0.25f, 7, 30), file, "optimizer friction 0.25, because it began with 0.125");
        refusesToResume(choices(0.125f, 8, 30), file, "schedule growing steps 8, because it began with 7");
        refusesToResume(choices(0.125f, 7, 31), file, "augmentation levels 31, because it began with 30");
        refusesToResume(choices(0.125f, 7, 30).optimizer(SgdMomentum.DEFAULT), file,
                "optimizer sgdm, because it began with heavy-ball");
        try (Trainer trainer = training.build()) {
            trainer.resume(file, images, new TrainingListener() {
            });
            trainer.saveTraining(file);
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(whole);
    }

    private static TrainerBuilder choices(float friction, int growingSteps, int levels) {
        return training().epochs(3).learningRate(0.01f).optimizer(new HeavyBall(friction))
                .schedule(new WarmUp(growingSteps)).augmentation(new Brightness(levels));
    }

    /** Saves a training after its first epoch, and ends it in its second. */
    private static void interrupted(TrainerBuilder training, Path file) {
        try (Trainer trainer = training.build()) {
            assertThatThrownBy(() -> trainer.train(images, new TrainingListener() {
                @Override
                public void epochEnded(EpochReport epoch) {
                    trainer.saveTraining(file);
                }

                @Override
                public void stepEnded(long step, long steps, double loss, double accuracy, long nanoseconds) {
                    if (step == 7) {
                        throw new IllegalStateException("interrupted");
                    }
                }
            })).hasMessage("interrupted");
        }
    }

    private static void refusesToResume(TrainerBuilder training, Path file, String difference) {
        try (Trainer trainer = training.build()) {
            assertThatThrownBy(() -> trainer.resume(file, images, new TrainingListener() {
            })).isInstanceOf(BitgradException.class)
                    .hasMessage("The training in %s cannot be continued with %s; set what was set then, or name "
                            + "another file.", file, difference);
        }
    }

    private void writeCsv(Dataset dataset, Split split) throws IOException {
        List<String> lines = new ArrayList<>();
        byte[] pixels = new byte[dataset.shape().values()];
        for (int image = 0; image < dataset.size(); image++) {
            dataset.read(image, pixels);
            StringJoiner line = new StringJoiner(",").add(Integer.toString(dataset.label(image)));
            for (byte pixel : pixels) {
                line.add(Integer.toString(Byte.toUnsignedInt(pixel)));
            }
            lines.add(line.toString());
        }
        Files.write(CsvFolder.file(folder, split), lines);
    }

    private void writeRaw(Dataset dataset, Split split) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] pixels = new byte[dataset.shape().values()];
        for (int image = 0; image < dataset.size(); image++) {
            dataset.read(image, pixels);
            bytes.write(dataset.label(image));
            bytes.writeBytes(pixels);
        }
        Files.write(RawFolder.file(folder, split), bytes.toByteArray());
    }

    private static void learns(TrainAndTest data) {
        try (Trainer expected = training().epochs(2).build(); Trainer trainer = training().epochs(2).build()) {
            expected.train(images);
            trainer.train(data.train());
            assertThat(trainer.evaluate(data.test())).isEqualTo(expected.evaluate(others));
        }
    }

    @Test
    void aFormatThatIsGivenIsRead() throws IOException {
        CsvFolder format = new CsvFolder(Stripes.SHAPE, Stripes.CLASSES);
        assertThatThrownBy(() -> Datasets.open(folder.toString(), format)).isInstanceOf(BitgradException.class)
                .hasMessageMatching("Folder .* holds no data set: put train.csv and test.csv, or MNIST's files.*, or "
                        + "CIFAR's files.*, or train.raw and test.raw there\\.");
        writeCsv(images, Split.TRAIN);
        writeCsv(others, Split.TEST);
        try (TrainAndTest data = Datasets.open(folder.toString(), format)) {
            learns(data);
        }
        assertThatThrownBy(() -> Datasets.open(folder.toString())).isInstanceOf(BitgradException.class)
                .hasMessageContaining("test.csv is one of the tables that bitgrad reads with an artifact of its own");
    }

    @Test
    void aFormatThatIsAServiceIsFound() throws IOException {
        writeRaw(images, Split.TRAIN);
        writeRaw(others, Split.TEST);
        try (TrainAndTest data = Datasets.open(folder.toString())) {
            learns(data);
        }
        writeCsv(images, Split.TEST); // of which a given format is told first
        try (Dataset given = Datasets.open(folder.toString(), Split.TEST,
                new CsvFolder(Stripes.SHAPE, Stripes.CLASSES))) {
            assertThat(given.size()).isEqualTo(images.size());
        }
    }

    @Test
    void aServiceThatIsBrokenIsOneSentence() throws IOException {
        Path services = Files.createDirectories(folder.resolve("META-INF/services"));
        Files.writeString(services.resolve("io.github.bitgrad.data.FolderFormat"), "no.such.Format\n");
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try (URLClassLoader broken = new URLClassLoader(new URL[] {folder.toUri().toURL()}, before)) {
            Thread.currentThread().setContextClassLoader(broken);
            assertThatThrownBy(() -> Datasets.open(folder.toString())).isInstanceOf(BitgradException.class)
                    .hasMessageMatching("A format of data sets that is offered as a service cannot be used \\(.*"
                            + "no.such.Format.*\\): mend it, or take it away\\.");
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }
}
