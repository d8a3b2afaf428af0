package io.github.bitgrad.train;

import io.github.bitgrad.Described;
import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.layer.SoftmaxCrossEntropy;
import io.github.bitgrad.optim.GradientKind;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.optim.Schedule;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What must be the same where a training is resumed, beside the network: texts by their names, as files of trainings
 * have them.
 */
final class TrainingIdentity {
    private static final String WEIGHT_GRADIENT = "weight gradient";
    private static final String LOSS = "loss";
    private static final String OPTIMIZER = "optimizer";
    private static final String SCHEDULE = "schedule";
    private static final String AUGMENTATION = "augmentation";

    private TrainingIdentity() {
    }

    /** The identity of a training with these settings on a data set. */
    static Map<String, String> of(TrainingSettings settings, Dataset dataset) {
        StepSettings step = settings.step();
        Map<String, String> identity = new LinkedHashMap<>();
        identity.put("algorithm", step.policy().name());
        identity.put("gradient", step.policy().gradient().toString());
        identity.put("rounding", step.policy().rounding().toString());
        identity.put(WEIGHT_GRADIENT, step.policy().weightGradient().toString());
        identity.put(LOSS, step.loss().name());
        put(identity, OPTIMIZER, step.optimizer());
        identity.put("batch", Integer.toString(step.batch()));
        identity.put("epochs", Integer.toString(settings.epochs()));
        identity.put("steps", settings.mostSteps().isPresent()
                ? Long.toString(settings.mostSteps().getAsLong())
                : "unlimited");
        identity.put("learning rate", Float.toString(settings.learningRate()));
        put(identity, SCHEDULE, settings.schedule());
        identity.put("seed", Long.toString(settings.seed()));
        put(identity, AUGMENTATION, settings.augmentation(dataset));
        identity.put("training images", Integer.toString(dataset.size()));
        return identity;
    }

    private static void put(Map<String, String> identity, String what, Described choice) {
        identity.put(what, choice.name());
        putNumbers(identity, what, choice);
    }

    /** Puts the numbers of a choice, such as {@code optimizer beta1}, where they are not there yet. */
    private static void putNumbers(Map<String, String> identity, String what, Described choice) {
        choice.numbers().forEach((name, number) -> identity.putIfAbsent(what + " " + name, number.toString()));
    }

    /**
     * Completes an identity that an older build has written. Such a build wrote no loss and no numbers of the
     * optimizer, the schedule and the augmentation, and knew no others than the library's own with their default
     * numbers.
     *
     * @param written what a file has; it is not changed
     */
    static Map<String, String> completed(Map<String, String> written) {
        Map<String, String> identity = new LinkedHashMap<>(written);
        GradientKind kind = GradientKind.named(written.get(WEIGHT_GRADIENT));
        identity.putIfAbsent(LOSS, new SoftmaxCrossEntropy().name());
        putDefaults(identity, OPTIMIZER, Arrays.stream(Optimizers.values()).map(optimizer -> optimizer.create(kind)));
        putDefaults(identity, SCHEDULE, Schedule.all().stream());
        putDefaults(identity, AUGMENTATION, Augmentation.all().stream());
        return identity;
    }

    private static void putDefaults(Map<String, String> identity, String what, Stream<? extends Described> ours) {
        Optional<? extends Described> found =
                ours.filter(choice -> choice.name().equals(identity.get(what))).findFirst();
        found.ifPresent(choice -> putNumbers(identity, what, choice));
    }
}
