package io.github.bitgrad.train;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.BitgradException;
import io.github.bitgrad.Described;
import io.github.bitgrad.Names;
import io.github.bitgrad.checkpoint.Meaning;
import io.github.bitgrad.checkpoint.TrainingState;
import io.github.bitgrad.compile.Attenuation;
import io.github.bitgrad.compile.Normalisation;
import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.layer.SoftmaxCrossEntropy;
import io.github.bitgrad.optim.GradientKind;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.optim.Schedule;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * What must be the same where a training is resumed, beside the network: texts by their names, as files of trainings
 * have them.
 */
final class TrainingIdentity {
    private static final String WEIGHT_GRADIENT = "weight gradient";
    private static final String ALGORITHM = "algorithm";
    private static final String NORMALISATION = "normalisation";
    private static final String ATTENUATION = "attenuation";
    private static final String LOSS = "loss";
    private static final String OPTIMIZER = "optimizer";
    private static final String SCHEDULE = "schedule";
    private static final String INITIAL_WEIGHTS = "initial weights";
    private static final String AUGMENTATION = "augmentation";
    private static final String BATCH = "batch";
    private static final String MICRO_BATCH = "micro-batch";
    private static final String EPOCHS = "epochs";
    private static final String STEPS = "steps";
    private static final String UNLIMITED = "unlimited";
    private static final String DATA = "training data";
    private static final String TEST_DATA = "test data";
    private static final String CLASS_NAMES = "class names";
    private static final String NOTHING = "none";
    /** What a training has that goes on from a trained network, and what other trainings have in its place. */
    private static final List<String> OF_FURTHER_TRAININGS =
            List.of("trained network", "frozen layers", "replayed images", "replay memory");
    /** What need not be the same in every case. */
    private static final Set<String> COMPARED_ELSEWHERE = Set.of(EPOCHS, STEPS, DATA, TEST_DATA, CLASS_NAMES);

    private TrainingIdentity() {
    }

    /**
     * The identity of a training with these settings on a data set. It has a digest of the data, unless the data set
     * was closed before a digest was wanted; and the same of the test images, if the schedule follows their results.
     */
    static Map<String, String> of(TrainingSettings settings, Dataset dataset, Optional<Dataset> test) {
        StepSettings step = settings.step();
        Map<String, String> identity = new LinkedHashMap<>();
        identity.put(ALGORITHM, step.policy().name());
        identity.put("gradient", step.policy().gradient().toString());
        identity.put("rounding", step.policy().rounding().toString());
        identity.put(WEIGHT_GRADIENT, step.policy().weightGradient().toString());
        identity.put(NORMALISATION, step.policy().normalisation().toString());
        identity.put(ATTENUATION, step.policy().attenuation().toString());
        identity.put(LOSS, step.loss().name());
        put(identity, OPTIMIZER, step.optimizer());
        identity.put(BATCH, Integer.toString(step.batch()));
        identity.put(MICRO_BATCH, Integer.toString(step.microBatch()));
        identity.put(EPOCHS, Integer.toString(settings.epochs()));
        identity.put(STEPS, settings.mostSteps().isPresent()
                ? Long.toString(settings.mostSteps().getAsLong())
                : UNLIMITED);
        identity.put("learning rate", Float.toString(settings.learningRate()));
        put(identity, SCHEDULE, settings.schedule());
        identity.put("seed", Long.toString(settings.seed()));
        identity.put(INITIAL_WEIGHTS, settings.beginning().initialWeights().toString());
        settings.beginning().from().ifPresent(from -> identity.put(OF_FURTHER_TRAININGS.get(0), from.digest()));
        if (step.part().frozen() > 0) {
            identity.put(OF_FURTHER_TRAININGS.get(1), Integer.toString(step.part().frozen()));
        }
        settings.beginning().replay().ifPresent(memory -> {
            identity.put(OF_FURTHER_TRAININGS.get(2), Integer.toString(step.part().replayed()));
            identity.put(OF_FURTHER_TRAININGS.get(3), memory.digest());
        });
        put(identity, AUGMENTATION, settings.augmentation(dataset));
        identity.put("training images", Integer.toString(dataset.size()));
        dataset.digest().ifPresent(digest -> identity.put(DATA, digest));
        if (Meaning.of(dataset.description()).hasNames()) {
            identity.put(CLASS_NAMES, digest(dataset.classNames()));
        }
        if (settings.followsTests()) {
            test.ifPresent(images -> identity.put("test images", Integer.toString(images.size())));
            test.flatMap(Dataset::digest).ifPresent(digest -> identity.put(TEST_DATA, digest));
        }
        return identity;
    }

    /** The names themselves may be too long for a file. */
    private static String digest(List<String> names) {
        CRC32C crc = new CRC32C();
        names.forEach(name -> crc.update((name + "\0").getBytes(StandardCharsets.UTF_8)));
        return HexFormat.of().toHexDigits((int) crc.getValue());
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
     * Checks that a training may be continued: that it began with these settings and this data set. Its number of
     * epochs and of steps may be others, if every step that it has taken would have had the same learning rate.
     *
     * @param file where the training was saved
     * @param written the identity in the file
     * @param done how far the training is
     * @throws BitgradException if it may not be continued
     * @throws IllegalArgumentException if no build can have written this identity
     */
    static void requireContinuable(Path file, Map<String, String> written, TrainingState.Position done,
            TrainingSettings settings, Dataset dataset, Optional<Dataset> test) {
        Map<String, String> found = completed(written);
        Map<String, String> wanted = of(settings, dataset, test);
        Set<String> names = new LinkedHashSet<>(wanted.keySet());
        names.addAll(found.keySet());
        names.removeAll(COMPARED_ELSEWHERE);
        for (String name : names) {
            String otherwise = OF_FURTHER_TRAININGS.contains(name) ? NOTHING : "unknown";
            String before = found.getOrDefault(name, otherwise);
            String now = wanted.getOrDefault(name, otherwise);
            if (!before.equals(now)) {
                throw refusal(file, "%s %s".formatted(name, now), "it began with %s".formatted(before));
            }
        }
        requireSameData(file, DATA, found, wanted, dataset);
        requireSameData(file, CLASS_NAMES, found, wanted, dataset);
        if (test.isPresent()) {
            requireSameData(file, TEST_DATA, found, wanted, test.get());
        }
        requireSameCourse(file, found, wanted, done, settings, dataset.size() / settings.step().newImages());
    }

    private static BitgradException refusal(Path file, String what, String why) {
        return new BitgradException(
                "The training in %s cannot be continued with %s, because %s; set what was set then, or name another file."
                        .formatted(file, what, Names.printable(why)));
    }

    /**
     * Older builds wrote no digests. There is none of a data set that was closed before the training was saved, and none
     * of class names that are only numbers.
     */
    private static void requireSameData(Path file, String what, Map<String, String> found, Map<String, String> wanted,
            Dataset dataset) {
        if (found.containsKey(what) && wanted.containsKey(what) && !found.get(what).equals(wanted.get(what))) {
            throw new BitgradException(("The training in %s cannot be continued with data set %s, because its images, "
                    + "labels or class names are not those that it began with; give it the images of then, or name "
                    + "another file.")
                    .formatted(file, dataset.name()));
        }
    }

    private static void requireSameCourse(Path file, Map<String, String> found, Map<String, String> wanted,
            TrainingState.Position done, TrainingSettings settings, long stepsInEpoch) {
        long before = steps(found, stepsInEpoch);
        long now = steps(wanted, stepsInEpoch);
        String name = found.get(EPOCHS).equals(wanted.get(EPOCHS)) ? STEPS : EPOCHS;
        String what = name + " " + wanted.get(name);
        if (done.steps() > now) {
            throw refusal(file, what, "it has taken %s steps already, and would take %s".formatted(done.steps(), now));
        }
        if (before == now) {
            return;
        }
        if (done.epochs().size() * stepsInEpoch > done.steps()) {
            throw refusal(file, what, "a limit of steps has ended it within an epoch, after step %s"
                    .formatted(done.steps()));
        }
        Schedule schedule = settings.schedule();
        Schedule.Course courseBefore = schedule.start(settings.learningRate(), before);
        Schedule.Course courseNow = schedule.start(settings.learningRate(), now);
        int ended = 0;
        for (long step = 0; step < done.steps(); step++) {
            if (step > 0 && step % stepsInEpoch == 0 && ended < done.epochs().size()) {
                courseBefore.epochEnded(done.epochs().get(ended));
                courseNow.epochEnded(done.epochs().get(ended));
                ended++;
            }
            if (courseBefore.rate(step) != courseNow.rate(step)) {
                throw refusal(file, what, ("it began with %s, and schedule %s would have given step %s, which is done, "
                        + "another learning rate").formatted(found.get(name), schedule.name(), step + 1));
            }
        }
    }

    /** How many steps a training takes in all. */
    private static long steps(Map<String, String> identity, long stepsInEpoch) {
        long ofEpochs = Math.multiplyExact(Integer.parseInt(identity.get(EPOCHS)), stepsInEpoch);
        String most = identity.get(STEPS);
        return UNLIMITED.equals(most) ? ofEpochs : Math.min(Long.parseLong(most), ofEpochs);
    }

    /**
     * Completes an identity that an older build has written. Such a build wrote no loss and no numbers of the
     * optimizer, the schedule and the augmentation, and knew no others than the library's own with their default
     * numbers; and it divided no batch. A build that wrote no initial weights knew only uniform ones, and its schedule
     * plateau followed the training loss. A build that wrote no normalisation knew one for each algorithm.
     *
     * @param written what a file has; it is not changed
     * @throws IllegalArgumentException if no build can have written it
     */
    static Map<String, String> completed(Map<String, String> written) {
        Map<String, String> identity = new LinkedHashMap<>(written);
        if (!written.containsKey(WEIGHT_GRADIENT)) {
            throw new IllegalArgumentException("no " + WEIGHT_GRADIENT);
        }
        GradientKind kind = GradientKind.named(written.get(WEIGHT_GRADIENT));
        if (identity.putIfAbsent(INITIAL_WEIGHTS, InitialWeights.UNIFORM.toString()) == null) {
            identity.replace(SCHEDULE, Schedule.PLATEAU.name(), Schedule.LOSS_PLATEAU.name());
        }
        identity.putIfAbsent(NORMALISATION, (Algorithm.STANDARD.toString().equals(written.get(ALGORITHM))
                ? Normalisation.L2
                : Normalisation.BITGRAD).toString());
        identity.putIfAbsent(ATTENUATION, Attenuation.FAN_IN.toString());
        identity.putIfAbsent(LOSS, new SoftmaxCrossEntropy().name());
        identity.putIfAbsent(MICRO_BATCH, identity.get(BATCH));
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
