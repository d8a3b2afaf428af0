package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.Stripes;
import io.github.bitgrad.Evaluation;
import io.github.bitgrad.layer.Dense;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.optim.Decay;
import io.github.bitgrad.optim.Plateau;
import io.github.bitgrad.optim.Schedule;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("level-independent")
class ResumeTest {
    private static final long SEED = 20261123;
    private static final Network NETWORK = Network.sequential("small", Stripes.SHAPE).dense(48).dense(33)
            .dense(Stripes.CLASSES).build();
    private static final Network SCALED = Network.sequential("scaled", Stripes.SHAPE).dense(new Dense(48).scaled())
            .dense(new Dense(33).clip(1.0 / 1024).scaled()).dense(new Dense(Stripes.CLASSES).scaled()).build();

    private static final Schedule LIVELY = new Plateau(Plateau.Measure.TRAIN_LOSS, 1, 0.5f);
    private static final Schedule OWN = Schedule.of("own", (rate, _) -> step -> rate / (1 + step));

    private static Dataset images;

    @TempDir
    private Path folder;
    private Path file;

    /** What ends a training before its time. */
    private static final class Interruption extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** Saves a training after every epoch, remembers what it was told, and may end it. */
    private static final class Saver implements TrainingListener {
        private final Trainer trainer;
        private final Path file;
        private final long lastStep;
        private final List<String> told = new ArrayList<>();
        private final List<Double> rates = new ArrayList<>();

        /** @param lastStep after which the training is interrupted, whether an epoch ends there or not */
        Saver(Trainer trainer, Path file, long lastStep) {
            this.trainer = trainer;
            this.file = file;
            this.lastStep = lastStep;
        }

        @Override
        public void resumed(int epochs, long step, long steps) {
            told.add("resumed after epoch %s, step %s of %s".formatted(epochs, step, steps));
        }

        @Override
        public void stepEnded(long step, long steps, double loss, double accuracy, long nanoseconds) {
            told.add("step %s of %s: %s, %s".formatted(step, steps, loss, accuracy));
            if (step == lastStep + 1) {
                throw new Interruption();
            }
        }

        @Override
        public void epochEnded(EpochReport epoch) {
            told.add("epoch %s, step %s: %s, %s, %s".formatted(epoch.epoch(), epoch.steps(), epoch.trainLoss(),
                    epoch.trainAccuracy(), epoch.learningRate()));
            rates.add(epoch.learningRate());
            trainer.saveTraining(file);
        }
    }

    @BeforeAll
    static void createImages() {
        System.out.println("seed " + SEED);
        images = Stripes.noisy(130, SEED); // six batches of 20, and ten images that fill none
    }

    @AfterAll
    static void closeImages() {
        images.close();
    }

    @BeforeEach
    void nameTheFile() {
        file = folder.resolve("training");
    }

    private static TrainerBuilder settings() {
        return settings(NETWORK);
    }

    private static TrainerBuilder settings(Network network) {
        return Trainer.of(network).batch(20).epochs(4).seed(SEED).threads(1);
    }

    private Saver uninterrupted(TrainerBuilder settings) {
        try (Trainer trainer = settings.build()) {
            Saver saver = new Saver(trainer, file, Long.MAX_VALUE);
            train(trainer, saver);
            return saver;
        }
    }

    private static void train(Trainer trainer, TrainingListener saver) {
        if (trainer.settings().followsTests()) {
            trainer.train(images, images, saver);
        } else {
            trainer.train(images, saver);
        }
    }

    private Saver interrupted(TrainerBuilder settings, long lastStep) {
        try (Trainer trainer = settings.build()) {
            Saver saver = new Saver(trainer, file, lastStep);
            assertThatThrownBy(() -> train(trainer, saver)).isInstanceOf(Interruption.class);
            return saver;
        }
    }

    private Saver resumed(TrainerBuilder settings) {
        try (Trainer trainer = settings.build()) {
            Saver saver = new Saver(trainer, file, Long.MAX_VALUE);
            if (trainer.settings().followsTests()) {
                trainer.resume(file, images, images, saver);
            } else {
                trainer.resume(file, images, saver);
            }
            return saver;
        }
    }

    static List<Schedule> schedules() {
        return List.of(Schedule.CONSTANT, Schedule.STEP, Schedule.COSINE, Schedule.LOSS_PLATEAU, new Decay(10, 0.5f),
                new Plateau(Plateau.Measure.TEST_ACCURACY, 4, 0.5f),
                new Plateau(Plateau.Measure.TRAIN_ACCURACY, 1, 0.5f));
    }

    static Stream<Arguments> trainings() {
        return Stream.of(Algorithm.values()).flatMap(algorithm -> Stream.concat(
                Stream.of(Optimizers.values()).map(optimizer -> Arguments.of(NETWORK, algorithm, optimizer)),
                Stream.of(Arguments.of(SCALED, algorithm, Optimizers.ADAM))));
    }

    /** All of it: the file has whatever is kept from step to step. */
    @ParameterizedTest
    @MethodSource("trainings")
    void whatIsContinuedEndsWithTheBitsOfWhatWasNeverInterrupted(Network network, Algorithm algorithm,
            Optimizers optimizer) throws IOException {
        TrainerBuilder settings = settings(network).algorithm(algorithm).optimizer(optimizer::create)
                .augmentation(Augmentation.SHIFT_FLIP).mostSteps(22); // in the fourth epoch
        List<String> told = uninterrupted(settings).told;
        byte[] expected = Files.readAllBytes(file);
        for (long lastStep : new long[] {6, 12, 16}) {
            interrupted(settings.threads(1), lastStep);
            assertThat(Files.readAllBytes(file)).isNotEqualTo(expected);
            long epochs = lastStep / 6;
            List<String> toldAgain = resumed(settings.threads(2)).told;
            assertThat(toldAgain.getFirst())
                    .isEqualTo("resumed after epoch %s, step %s of 22".formatted(epochs, 6 * epochs));
            assertThat(toldAgain.subList(1, toldAgain.size())).as("after step %s", lastStep)
                    .isEqualTo(told.subList((int) (7 * epochs), told.size()));
            assertThat(Files.readAllBytes(file)).as("after step %s", lastStep).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @MethodSource("schedules")
    void theLearningRateGoesOn(Schedule schedule) {
        // so fast that the loss is no better for many epochs, and a plateau is found before and after
        TrainerBuilder settings = settings().schedule(schedule).epochs(40).learningRate(0.3f);
        List<Double> rates = uninterrupted(settings).rates;
        interrupted(settings, 6 * 25 + 2);
        assertThat(resumed(settings).rates).isEqualTo(rates.subList(25, 40));
        if (schedule != Schedule.CONSTANT) {
            assertThat(rates.get(0)).isGreaterThan(rates.get(24));
            assertThat(rates.get(24)).isGreaterThan(rates.get(39));
        }
    }

    @Test
    void aScheduleOfTestsNeedsTestImagesAndTheSameOnes() {
        TrainerBuilder settings = settings().schedule(Schedule.PLATEAU);
        interrupted(settings, 14);
        try (Trainer trainer = settings.build(); Dataset others = Stripes.noisy(130, SEED + 1)) {
            Saver saver = new Saver(trainer, file, Long.MAX_VALUE);
            assertThatThrownBy(() -> trainer.train(images, saver)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("The schedule plateau follows the accuracy on test images");
            assertThatThrownBy(() -> trainer.resume(file, images, saver)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> trainer.resume(file, images, others, saver)).isInstanceOf(BitgradException.class)
                    .hasMessageContaining("its images, labels or class names are not those that it began with");
            trainer.resume(file, images, images, saver);
        }
    }

    /** Testing after every epoch changes nothing but what the file says of it. */
    @Test
    void testsChangeNothing() {
        List<EpochReport> reports = new ArrayList<>();
        List<Double> losses = new ArrayList<>();
        for (boolean tested : new boolean[] {true, false}) {
            try (Trainer trainer = settings().build()) {
                TrainingListener listener = new TrainingListener() {
                    @Override
                    public void epochEnded(EpochReport epoch) {
                        losses.add(epoch.trainLoss());
                        if (tested) {
                            reports.add(epoch);
                            assertThat(epoch.test()).contains(trainer.evaluate(images));
                        } else {
                            assertThat(epoch.test()).isEmpty();
                        }
                    }
                };
                if (tested) {
                    trainer.train(images, images, listener);
                } else {
                    trainer.train(images, listener);
                }
            }
        }
        assertThat(losses.subList(0, 4)).isEqualTo(losses.subList(4, 8));
        assertThat(reports).hasSize(4);
    }

    @Test
    void mayBeInterruptedAgainAndAgain() throws IOException {
        uninterrupted(settings());
        byte[] expected = Files.readAllBytes(file);
        interrupted(settings(), 6);
        try (Trainer trainer = settings().build()) {
            assertThatThrownBy(() -> trainer.resume(file, images, new Saver(trainer, file, 19)))
                    .isInstanceOf(Interruption.class);
        }
        assertThat(resumed(settings()).told).first().isEqualTo("resumed after epoch 3, step 18 of 24");
        assertThat(Files.readAllBytes(file)).isEqualTo(expected);
    }

    /** Its network has been trained for longer than the training, which Adam counts. */
    @Test
    void aSecondTrainingOfANetworkIsContinuedToo() throws IOException {
        TrainerBuilder settings = settings().optimizer(Optimizers.ADAM::create);
        try (Trainer trainer = settings.build()) {
            trainer.train(images);
            trainer.train(images, new Saver(trainer, file, Long.MAX_VALUE));
        }
        byte[] expected = Files.readAllBytes(file);
        try (Trainer trainer = settings.build()) {
            trainer.train(images);
            assertThatThrownBy(() -> trainer.train(images, new Saver(trainer, file, 12)))
                    .isInstanceOf(Interruption.class);
        }
        resumed(settings);
        assertThat(Files.readAllBytes(file)).isEqualTo(expected);
    }

    @Test
    void aTrainingThatIsOverIsThereAgain() throws IOException {
        Evaluation before;
        try (Trainer trainer = settings().build()) {
            trainer.train(images, new Saver(trainer, file, Long.MAX_VALUE));
            before = trainer.evaluate(images);
        }
        byte[] written = Files.readAllBytes(file);
        try (Trainer trainer = settings().build()) {
            assertThat(trainer.evaluate(images)).isNotEqualTo(before);
            Saver saver = new Saver(trainer, file, Long.MAX_VALUE);
            trainer.resume(file, images, saver);
            assertThat(saver.told).containsExactly("resumed after epoch 4, step 24 of 24");
            assertThat(trainer.evaluate(images)).isEqualTo(before);
            trainer.saveTraining(file);
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(written);
    }

    /** What a training is told and becomes does not depend on the step after which it was saved and resumed. */
    @ParameterizedTest
    @MethodSource("trainings")
    void whatIsContinuedWithinAnEpochEndsWithTheSameBits(Network network, Algorithm algorithm, Optimizers optimizer)
            throws IOException {
        TrainerBuilder settings = settings(network).algorithm(algorithm).optimizer(optimizer::create)
                .augmentation(Augmentation.SHIFT_FLIP).mostSteps(14); // in the third epoch
        List<String> told = uninterrupted(settings).told;
        byte[] expected = Files.readAllBytes(file);
        for (int step = 1; step <= 14; step++) {
            saveAfter(settings.threads(1), step);
            try (Trainer trainer = settings.threads(2).build()) {
                Saver saver = new Saver(trainer, file, Long.MAX_VALUE);
                trainer.resume(file, images, saver);
                int epochs = (step - 1) / 6; // the end of an epoch is told after its last step was saved
                assertThat(saver.told.getFirst())
                        .isEqualTo("resumed after epoch %s, step %s of 14".formatted(epochs, step));
                assertThat(saver.told.subList(1, saver.told.size())).as("after step %s", step)
                        .isEqualTo(told.subList(step + epochs, told.size()));
            }
            assertThat(Files.readAllBytes(file)).as("after step %s", step).isEqualTo(expected);
        }
    }

    private void saveAfter(TrainerBuilder settings, long lastStep) {
        try (Trainer trainer = settings.build()) {
            assertThatThrownBy(() -> train(trainer, new TrainingListener() {
                @Override
                public void stepEnded(long step, long steps, double loss, double accuracy, long nanoseconds) {
                    if (step == lastStep) {
                        trainer.saveTraining(file);
                        throw new Interruption();
                    }
                }
            })).isInstanceOf(Interruption.class);
        }
    }

    /** The rates of a plateau follow from the losses of epochs, one of which is put together from two processes. */
    @ParameterizedTest
    @MethodSource("schedules")
    void theLearningRateGoesOnWithinAnEpoch(Schedule schedule) {
        TrainerBuilder settings = settings().schedule(schedule).epochs(20).learningRate(0.3f);
        List<Double> rates = uninterrupted(settings).rates;
        for (int step : new int[] {6 * 12 + 3, 6 * 13}) {
            saveAfter(settings, step);
            assertThat(resumed(settings).rates).isEqualTo(rates.subList(12, 20));
        }
    }

    /** The time of an epoch is that of its steps before and after. */
    @Test
    void theTimeOfAnEpochIsThatOfAllItsSteps() {
        saveAfter(settings(), 5);
        List<EpochReport> reports = new ArrayList<>();
        long[] sixth = new long[1];
        try (Trainer trainer = settings().build()) {
            trainer.resume(file, images, new TrainingListener() {
                @Override
                public void stepEnded(long step, long steps, double loss, double accuracy, long nanoseconds) {
                    sixth[0] = step == 6 ? nanoseconds : sixth[0];
                }

                @Override
                public void epochEnded(EpochReport epoch) {
                    reports.add(epoch);
                }
            });
        }
        assertThat(reports).hasSize(4);
        assertThat(reports.getFirst().seconds()).isGreaterThan(sixth[0] * 1e-9);
    }

    @Test
    void isSavedWhereAStepHasEndedOnly() {
        try (Trainer trainer = settings().build()) {
            refusesToSave(trainer);
            trainer.train(images, new Saver(trainer, file, Long.MAX_VALUE));
            trainer.saveTraining(file);
            assertThat(file).isNotEmptyFile();
            assertThatThrownBy(() -> trainer.train(images, new Saver(trainer, file, 3)))
                    .isInstanceOf(Interruption.class);
            trainer.saveTraining(file); // the step had ended when its listener failed
        }
    }

    private void refusesToSave(Trainer trainer) {
        assertThatThrownBy(() -> trainer.saveTraining(file)).isInstanceOf(IllegalStateException.class)
                .hasMessage("There is no training to save; save it where one of its steps has ended.");
    }

    static Stream<Arguments> differences() {
        Network deeper = Network.sequential("small", Stripes.SHAPE).dense(48).dense(48).dense(33)
                .dense(Stripes.CLASSES).build();
        Network wider = Network.sequential("wide", Stripes.SHAPE).dense(Stripes.CLASSES).build();
        return Stream.of(
                Arguments.of(settings().algorithm(Algorithm.STANDARD), "algorithm standard", "proposed"),
                Arguments.of(settings().optimizer(Optimizers.BOP::create).learningRate(1e-3f), "optimizer bop", "adam"),
                Arguments.of(settings().batch(21), "batch 21", "20"),
                Arguments.of(settings().epochs(5), "epochs 5",
                        "4, and schedule cosine would have given step 2, which is done, another learning rate"),
                Arguments.of(settings().mostSteps(23), "steps 23",
                        "unlimited, and schedule cosine would have given step 2, which is done, another learning rate"),
                Arguments.of(settings().learningRate(0.002f), "learning rate 0.002", "0.003"),
                Arguments.of(settings().schedule(Schedule.STEP), "schedule step", "cosine"),
                Arguments.of(settings().seed(7), "seed 7", "20261123"),
                Arguments.of(settings().augmentation(Augmentation.SHIFT_FLIP), "augmentation shift-flip", "none"),
                Arguments.of(Trainer.of(wider).batch(20).epochs(4), "network wide", "small"),
                Arguments.of(Trainer.of(deeper).batch(20).epochs(4),
                        "layer dense2 = dense(48) of dense1.sign", "dense2 = dense(33) of dense1.sign"));
    }

    @ParameterizedTest
    @MethodSource("differences")
    void refusesWhatBeganOtherwiseAndChangesNothing(TrainerBuilder other, String now, String before)
            throws IOException {
        interrupted(settings(), 6);
        byte[] written = Files.readAllBytes(file);
        try (Trainer trainer = other.build()) {
            Evaluation untrained = trainer.evaluate(images);
            assertRefused(trainer, images, now, before);
            assertThat(trainer.evaluate(images)).isEqualTo(untrained);
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(written);
    }

    private void assertRefused(Trainer trainer, Dataset dataset, String now, String before) {
        Saver saver = new Saver(trainer, file, Long.MAX_VALUE);
        assertThatThrownBy(() -> trainer.resume(file, dataset, saver)).isInstanceOf(BitgradException.class)
                .hasMessage("The training in %s cannot be continued with %s, because it began with %s; "
                        + "set what was set then, or name another file.", file, now, before);
        assertThat(saver.told).isEmpty();
    }

    @Test
    void refusesOtherImages() {
        interrupted(settings(), 6);
        try (Trainer trainer = settings().build(); Dataset more = Stripes.noisy(131, SEED)) {
            assertRefused(trainer, more, "training images 131", "130");
        }
        Network flat = Network.sequential("small", new ImageShape(4, 16, 1)).dense(48).dense(33)
                .dense(Stripes.CLASSES).build();
        try (Trainer trainer = Trainer.of(flat).batch(20).epochs(4).build();
                Dataset dark = Dataset.create("dark", flat.input(), Stripes.CLASSES, 130, (pixels, labels) -> {
                })) {
            assertRefused(trainer, dark, "images of 4x16x1", "8x8x1");
        }
    }

    /** As many images of the same shape: only what is in them tells the data sets apart. */
    @Test
    void refusesOtherDataOfTheSameSize() throws IOException {
        interrupted(settings(), 6);
        byte[] written = Files.readAllBytes(file);
        try (Dataset others = Stripes.noisy(130, SEED + 1); Dataset lastPixel = changed(1, 0);
                Dataset label = changed(0, 1);
                Dataset same = changed(0, 0)) {
            for (Dataset data : List.of(others, lastPixel, label)) {
                try (Trainer trainer = settings().build()) {
                    assertThatThrownBy(() -> trainer.resume(file, data, new Saver(trainer, file, Long.MAX_VALUE)))
                            .isInstanceOf(BitgradException.class)
                            .hasMessage(
                                    "The training in %s cannot be continued with data set %s, because its images, "
                                            + "labels or class names are not those that it began with; give it the images of then, or name "
                                            + "another file.",
                                    file, data.name());
                }
                assertThat(Files.readAllBytes(file)).isEqualTo(written);
            }
            try (Trainer trainer = settings().build()) {
                trainer.resume(file, same, new Saver(trainer, file, Long.MAX_VALUE));
            }
        }
    }

    /** The images of this test, with the last pixel of the last image and the last label made larger. */
    private static Dataset changed(int pixel, int label) {
        return Dataset.create("changed", Stripes.SHAPE, Stripes.CLASSES, images.size(), (pixels, labels) -> {
            int bytes = Stripes.SHAPE.values();
            for (int image = 0; image < images.size(); image++) {
                MemorySegment.copy(images.image(image), 0, pixels, (long) image * bytes, bytes);
            }
            long lastPixel = pixels.byteSize() - 1;
            pixels.set(ValueLayout.JAVA_BYTE, lastPixel,
                    (byte) (pixels.get(ValueLayout.JAVA_BYTE, lastPixel) + pixel));
            int lastImage = images.size() - 1;
            for (int image = 0; image < lastImage; image++) {
                labels.set(image, images.label(image));
            }
            labels.set(lastImage, (images.label(lastImage) + label) % Stripes.CLASSES);
        });
    }

    /** The digest is of open data; where there is none, the training can still be saved and continued. */
    @Test
    void aTrainingIsSavedAfterItsDataWasClosed() {
        try (Trainer trainer = settings().build()) {
            try (Dataset closed = changed(0, 0)) {
                trainer.train(closed);
            }
            trainer.saveTraining(file);
        }
        assertThat(resumed(settings()).told).containsExactly("resumed after epoch 4, step 24 of 24");
    }

    static Stream<Arguments> prolongations() {
        // the schedule, the training as it began, when it was interrupted, and the training as it goes on
        return Stream.of(
                Arguments.of(settings().schedule(Schedule.CONSTANT), 24,
                        settings().schedule(Schedule.CONSTANT).epochs(7)),
                Arguments.of(settings().schedule(Schedule.CONSTANT), 13,
                        settings().schedule(Schedule.CONSTANT).epochs(7)),
                Arguments.of(settings().schedule(Schedule.CONSTANT).mostSteps(12), 24,
                        settings().schedule(Schedule.CONSTANT).mostSteps(22)),
                Arguments.of(settings().schedule(Schedule.CONSTANT).mostSteps(12), 24,
                        settings().schedule(Schedule.CONSTANT)),
                Arguments.of(settings().schedule(Schedule.CONSTANT).epochs(9), 13,
                        settings().schedule(Schedule.CONSTANT)),
                Arguments.of(settings().schedule(LIVELY).learningRate(1), 24,
                        settings().schedule(LIVELY).learningRate(1).epochs(9)),
                Arguments.of(settings().schedule(Schedule.STEP), 11, settings().schedule(Schedule.STEP).epochs(8)),
                Arguments.of(settings().schedule(OWN), 24, settings().schedule(OWN).epochs(6)));
    }

    @ParameterizedTest
    @MethodSource("prolongations")
    void aProlongedTrainingEndsWithTheBitsOfOneThatBeganWithItsLength(TrainerBuilder before, long lastStep,
            TrainerBuilder now) throws IOException {
        List<String> told = uninterrupted(now).told;
        byte[] expected = Files.readAllBytes(file);
        if (lastStep == 24) {
            uninterrupted(before);
        } else {
            interrupted(before, lastStep);
        }
        assertThat(Files.readAllBytes(file)).isNotEqualTo(expected);
        List<String> toldAgain = resumed(now).told;
        assertThat(Files.readAllBytes(file)).isEqualTo(expected);
        assertThat(toldAgain).hasSizeGreaterThan(1);
        assertThat(told).endsWith(toldAgain.subList(1, toldAgain.size()).toArray(String[]::new));
    }

    static Stream<Arguments> lengthsThatCannotBe() {
        String rates = ", and schedule %s would have given step %s, which is done, another learning rate";
        return Stream.of(
                Arguments.of(settings(), settings().epochs(5), "epochs 5",
                        "it began with 4" + rates.formatted("cosine", 2)),
                Arguments.of(settings().schedule(Schedule.STEP), settings().schedule(Schedule.STEP).epochs(5),
                        "epochs 5", "it began with 4" + rates.formatted("step", 13)),
                Arguments.of(settings().schedule(Schedule.CONSTANT), settings().schedule(Schedule.CONSTANT).epochs(3),
                        "epochs 3", "it has taken 24 steps already, and would take 18"),
                Arguments.of(settings().schedule(Schedule.CONSTANT),
                        settings().schedule(Schedule.CONSTANT).mostSteps(23),
                        "steps 23", "it has taken 24 steps already, and would take 23"),
                Arguments.of(settings().schedule(Schedule.CONSTANT).mostSteps(22),
                        settings().schedule(Schedule.CONSTANT),
                        "steps unlimited", "a limit of steps has ended it within an epoch, after step 22"));
    }

    @ParameterizedTest
    @MethodSource("lengthsThatCannotBe")
    void refusesALengthThatWouldHaveGivenOtherResults(TrainerBuilder before, TrainerBuilder now, String what,
            String why) throws IOException {
        uninterrupted(before);
        byte[] written = Files.readAllBytes(file);
        try (Trainer trainer = now.build()) {
            assertThatThrownBy(() -> trainer.resume(file, images, new Saver(trainer, file, Long.MAX_VALUE)))
                    .isInstanceOf(BitgradException.class)
                    .hasMessage("The training in %s cannot be continued with %s, because %s; set what was set then, or "
                            + "name another file.", file, what, why);
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(written);
    }
}
