package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ShiftFlip;
import io.github.bitgrad.data.Stripes;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Adam;
import io.github.bitgrad.optim.Bop;
import io.github.bitgrad.optim.GradientKind;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.optim.Plateau;
import io.github.bitgrad.optim.Schedule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TrainingIdentityTest {
    /** The names of all that builds wrote before optimizers, schedules and augmentations had numbers. */
    private static final List<String> OLDER_NAMES = List.of("algorithm", "gradient", "rounding", "weight gradient",
            "optimizer", "batch", "epochs", "steps", "learning rate", "schedule", "seed", "augmentation",
            "training images");

    private static Dataset images;

    @BeforeAll
    static void createImages() {
        images = Stripes.noisy(10, 1);
    }

    @AfterAll
    static void closeImages() {
        images.close();
    }

    private static TrainerBuilder training() {
        return Trainer.of(Network.sequential("small", Stripes.SHAPE).dense(Stripes.CLASSES).build());
    }

    private static Map<String, String> identity(TrainerBuilder training) {
        return TrainingIdentity.of(training.settings(), images, Optional.of(images));
    }

    private static Map<String, String> asOlderBuildsWroteIt(TrainerBuilder training) {
        Map<String, String> identity = new LinkedHashMap<>(identity(training));
        identity.keySet().retainAll(OLDER_NAMES);
        identity.replace("schedule", "loss-plateau", "plateau");
        assertThat(identity.keySet()).containsExactlyElementsOf(OLDER_NAMES);
        return identity;
    }

    @Test
    void hasTheNumbersOfAllChoices() {
        assertThat(identity(training().optimizer(new Adam(0.5f, 0.25f, 1))
                .schedule(new Plateau(Plateau.Measure.TRAIN_LOSS, 3, 0.1f))
                .augmentation(new ShiftFlip(20)))).containsEntry("optimizer", "adam")
                .containsEntry("optimizer beta1", "0.5").containsEntry("optimizer beta2", "0.25")
                .containsEntry("optimizer epsilon", "1.0").containsEntry("schedule", "loss-plateau")
                .containsEntry("schedule patience", "3").containsEntry("schedule factor", "0.1")
                .containsEntry("augmentation", "shift-flip").containsEntry("augmentation percent", "20");
    }

    @Test
    void whatOlderBuildsWroteMeansTheDefaults() {
        for (Algorithm algorithm : List.of(Algorithm.STANDARD, Algorithm.PROPOSED, Algorithm.LEAN)) {
            for (Optimizers optimizer : Optimizers.values()) {
                for (Schedule schedule : List.of(Schedule.CONSTANT, Schedule.STEP, Schedule.COSINE,
                        Schedule.LOSS_PLATEAU)) {
                    for (Augmentation augmentation : List.of(Augmentation.NONE, Augmentation.SHIFT_FLIP)) {
                        TrainerBuilder training = training().algorithm(algorithm).optimizer(optimizer::create)
                                .schedule(schedule).augmentation(augmentation);
                        Map<String, String> withoutDigest = identity(training);
                        withoutDigest.remove("training data");
                        assertThat(TrainingIdentity.completed(asOlderBuildsWroteIt(training)))
                                .isEqualTo(withoutDigest);
                    }
                }
            }
        }
    }

    @Test
    void whatIsWrittenStays() {
        for (TrainerBuilder training : List.of(training().optimizer(new Adam(0.5f, 0.25f, 1)),
                training().optimizer(new Bop(0.5f)),
                training().schedule(new Plateau(Plateau.Measure.TRAIN_LOSS, 3, 0.1f)),
                training().augmentation(new ShiftFlip(20)))) {
            assertThat(TrainingIdentity.completed(identity(training))).isEqualTo(identity(training))
                    .isNotEqualTo(TrainingIdentity.completed(asOlderBuildsWroteIt(training)));
        }
    }

    /** The threshold depends on them. */
    @Test
    void theDefaultsSuitTheWeightGradients() {
        TrainerBuilder lean = training().algorithm(Algorithm.LEAN).optimizer(Bop::suiting);
        assertThat(TrainingIdentity.completed(asOlderBuildsWroteIt(lean)))
                .containsEntry("optimizer threshold", "1.0E-6");
        assertThat(TrainingIdentity.completed(asOlderBuildsWroteIt(lean.weightGradient(GradientKind.SIGN))))
                .containsEntry("optimizer threshold", "0.001");
    }

    @Test
    void testImagesAreOfTheIdentityIfTheScheduleFollowsThem() {
        assertThat(identity(training().schedule(Schedule.PLATEAU))).containsEntry("test images", "10")
                .containsEntry("test data", images.digest().orElseThrow());
        assertThat(identity(training())).doesNotContainKeys("test images", "test data");
    }
}
