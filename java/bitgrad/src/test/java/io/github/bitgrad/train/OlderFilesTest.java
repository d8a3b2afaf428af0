package io.github.bitgrad.train;

import static io.github.bitgrad.model.Network.Padding.SAME;
import static io.github.bitgrad.model.Network.Padding.VALID;
import static io.github.bitgrad.model.Network.Place.AFTER_SIGN;
import static io.github.bitgrad.model.Network.Place.BEFORE_NORMALISATION;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.optim.Schedule;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Networks and trainings in files of an earlier build, {@code resources/…/train/files}, are read, classify as they did
 * and go on as they would have. The folder's name tells the versions of its files. With
 * {@code -Dbitgrad.freeze.write=true} this test writes the files of the last of {@link #VERSIONS}, which is never to be
 * done again for versions that were there before: a build that writes files of a new version adds a folder for them.
 */
class OlderFilesTest {
    /** The algorithms that older builds had. */
    static final List<Algorithm> ALGORITHMS = List.of(Algorithm.STANDARD, Algorithm.PROPOSED, Algorithm.LEAN);
    static final List<String> VERSIONS = List.of("network-2_training-3", "network-3_training-4",
            "network-4_training-6", "network-5_training-7");
    private static final long SEED = 20261129;
    private static final int IMAGES = 60;
    private static final int BATCH = 10;
    private static final int EPOCHS = 3;
    /** After which a training was saved. */
    private static final int SAVED_EPOCH = 2;

    static final Network NETWORK = Network.sequential("chain", new ImageShape(10, 9, 1))
            .binaryConv(5, 3, SAME).maxPool(2, BEFORE_NORMALISATION).binaryConv(6, 2, VALID).maxPool(2, AFTER_SIGN)
            .binaryConv(4, 3, SAME, 2).dense(66).dense(3).build();

    static Stream<Arguments> trainings() {
        List<String> versions = Golden.isWritten() ? List.of(VERSIONS.getLast()) : VERSIONS;
        return versions.stream().flatMap(
                version -> ALGORITHMS.stream().flatMap(algorithm -> Stream
                        .of(Optimizers.values()).map(optimizer -> Arguments.of(version, algorithm, optimizer))));
    }

    static TrainerBuilder settings(Algorithm algorithm, Optimizers optimizer) {
        return Trainer.of(NETWORK).algorithm(algorithm).optimizer(optimizer::create).batch(BATCH).epochs(EPOCHS)
                .seed(SEED)
                .schedule(Schedule.CONSTANT).threads(1);
    }

    /**
     * Random images in black and white, whose sums in the first layer are whole numbers and exact in any order: so even
     * OpenBLAS classifies them alike everywhere. The class is that of the brightest third, mostly.
     */
    static Dataset images() {
        SplittableRandom random = new SplittableRandom(SEED);
        return Dataset.create("thirds", NETWORK.input(), NETWORK.classes(), IMAGES, (pixels, labels) -> {
            for (int image = 0; image < IMAGES; image++) {
                int label = random.nextInt(NETWORK.classes());
                labels.set(image, label);
                for (int pixel = 0; pixel < NETWORK.input().values(); pixel++) {
                    boolean bright = pixel % NETWORK.input().width() / 3 == label;
                    boolean white = random.nextDouble() < (bright ? 0.7 : 0.3);
                    pixels.set(ValueLayout.JAVA_BYTE, (long) image * NETWORK.input().values() + pixel,
                            (byte) (white ? 255 : 0));
                }
            }
        });
    }

    @ParameterizedTest
    @MethodSource("trainings")
    void filesAreReadAndGoOnAsTheyWouldHave(String version, Algorithm algorithm, Optimizers optimizer)
            throws IOException {
        String name = "files/%s/%s-%s".formatted(version, algorithm, optimizer);
        Path network = Golden.path(name + ".network");
        Path training = Golden.path(name + ".training");
        try (Dataset images = images()) {
            if (Golden.isWritten()) {
                Files.createDirectories(network.getParent());
                write(settings(algorithm, optimizer), images, network, training);
            }
            Map<String, Map<String, String>> found = resumed(settings(algorithm, optimizer), images, training);
            found.put("network", Map.of("classes", classes(network, images)));
            if (algorithm == Algorithm.STANDARD) { // goes on as OpenBLAS adds, which may differ between machines
                found.remove("final");
            }
            Map<String, Map<String, String>> expected = Golden.of(name + ".txt", found);
            assertThat(found).isEqualTo(expected);
        }
    }

    /** Saves the training within, and the network at its end. */
    private static void write(TrainerBuilder settings, Dataset images, Path network, Path training) {
        try (Trainer trainer = settings.build()) {
            trainer.train(images, new TrainingListener() {
                @Override
                public void epochEnded(EpochReport epoch) {
                    if (epoch.epoch() == SAVED_EPOCH) {
                        trainer.saveTraining(training);
                    }
                }
            });
            trainer.save(network);
        }
    }

    /** The state that a file held, and the one at the end of its training. */
    private static Map<String, Map<String, String>> resumed(TrainerBuilder settings, Dataset images, Path file) {
        Map<String, Map<String, String>> states = new LinkedHashMap<>();
        try (Trainer trainer = settings.build()) {
            trainer.resume(file, images, new TrainingListener() {
                @Override
                public void resumed(int epochs, long step, long steps) {
                    assertThat(epochs).isEqualTo(SAVED_EPOCH);
                    assertThat(step).isEqualTo(SAVED_EPOCH * IMAGES / BATCH);
                    states.put("saved", FrozenTraining.state(trainer));
                }
            });
            Map<String, String> state = FrozenTraining.state(trainer);
            state.keySet().removeIf(name -> name.contains(".running")); // later builds measure them
            states.put("final", state);
        }
        return states;
    }

    /** One digit an image. */
    private static String classes(Path file, Dataset images) {
        StringBuilder classes = new StringBuilder();
        byte[] image = new byte[NETWORK.input().values()];
        try (Classifier classifier = Classifier.load(file); Arena arena = Arena.ofConfined()) {
            MemorySegment pixels = arena.allocate(image.length);
            for (int i = 0; i < IMAGES; i++) {
                images.read(i, image);
                pixels.copyFrom(MemorySegment.ofArray(image));
                classes.append(classifier.classify(pixels));
            }
        }
        return classes.toString();
    }
}
