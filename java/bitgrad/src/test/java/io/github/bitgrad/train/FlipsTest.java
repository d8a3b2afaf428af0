package io.github.bitgrad.train;

import static io.github.bitgrad.model.Network.Padding.SAME;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Stripes;
import io.github.bitgrad.layer.RealDense;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.MemoryPlan;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FlipsTest {
    private static final long SEED = 20261130;
    /** Rows of bits that end within words, and more weights than are read at a time. */
    private static final Network NETWORK = Network.sequential("small", Stripes.SHAPE).binaryConv(17, 3, SAME)
            .dense(33).dense(Stripes.CLASSES).build();

    private static Dataset images;

    @TempDir
    private Path folder;

    @BeforeAll
    static void createImages() {
        System.out.println("seed " + SEED);
        images = Stripes.noisy(100, SEED);
    }

    @AfterAll
    static void closeImages() {
        images.close();
    }

    static Stream<Arguments> trainings() {
        return Stream.of(Algorithm.values()).flatMap(algorithm -> Stream.of(Optimizers.values())
                .map(optimizer -> Arguments.of(algorithm, optimizer)));
    }

    private static TrainerBuilder settings(Algorithm algorithm, Optimizers optimizer) {
        return Trainer.of(NETWORK).algorithm(algorithm).optimizer(optimizer::create).batch(20).epochs(4).seed(SEED)
                .threads(1);
    }

    /** For each layer with binary weights which of them are negative, read one by one. */
    private static Map<String, BitSet> negative(Trainer trainer) {
        Map<String, BitSet> signs = new LinkedHashMap<>();
        for (MemoryPlan.Placement placement : trainer.plan().placements()) {
            Buffer buffer = placement.buffer();
            if (buffer.life() == Buffer.Life.PERSISTENT && buffer.name().matches("\\w+\\.weight(s|Signs)")) {
                signs.put(buffer.name().split("\\.")[0], negative(buffer));
            }
        }
        return signs;
    }

    private static BitSet negative(Buffer buffer) {
        BitSet negative = new BitSet();
        for (long row = 0; row < buffer.rows(); row++) {
            for (long column = 0; column < buffer.columns(); column++) {
                long at = row * buffer.columns() + column;
                long word = row * ElementType.words(buffer.columns()) + column / Long.SIZE;
                negative.set((int) at, switch (buffer.type()) {
                    case BITS -> (buffer.segment().getAtIndex(ValueLayout.JAVA_LONG, word) >> column & 1) == 0;
                    case FLOAT32 -> buffer.segment().getAtIndex(ValueLayout.JAVA_FLOAT, at) < 0;
                    case FLOAT16 -> Float.float16ToFloat(buffer.segment().getAtIndex(ValueLayout.JAVA_SHORT, at)) < 0;
                    case INT8 -> buffer.segment().get(ValueLayout.JAVA_BYTE, at) < 0;
                    default -> throw new AssertionError(buffer);
                });
            }
        }
        return negative;
    }

    @ParameterizedTest
    @MethodSource("trainings")
    void anEpochReportsTheSignsThatDifferFromThoseAtItsBegin(Algorithm algorithm, Optimizers optimizer) {
        List<Flips> reported = new ArrayList<>();
        List<Flips> counted = new ArrayList<>();
        try (Trainer trainer = settings(algorithm, optimizer).build()) {
            List<Map<String, BitSet>> before = new ArrayList<>(List.of(negative(trainer)));
            trainer.train(images, new TrainingListener() {
                @Override
                public void epochEnded(EpochReport epoch) {
                    Map<String, BitSet> now = negative(trainer);
                    counted.add(flips(before.getLast(), now));
                    reported.add(epoch.flips().orElseThrow());
                    before.add(now);
                }
            });
        }
        assertThat(reported).hasSize(4).allSatisfy(flips -> assertThat(flips.layers()).extracting(Flips.Layer::name)
                .containsExactly("conv1", "dense2", "dense3"));
        for (int epoch = 0; epoch < 4; epoch++) {
            assertThat(reported.get(epoch).layers()).containsExactlyInAnyOrderElementsOf(counted.get(epoch).layers());
        }
        assertThat(reported.getFirst().ratio()).isPositive();
    }

    private static Flips flips(Map<String, BitSet> before, Map<String, BitSet> now) {
        Map<String, Long> weights = Map.of("conv1", 17L * 9, "dense2", 17L * 64 * 33, "dense3", 33L * Stripes.CLASSES);
        return new Flips(now.entrySet().stream().map(entry -> {
            BitSet different = (BitSet) before.get(entry.getKey()).clone();
            different.xor(entry.getValue());
            return new Flips.Layer(entry.getKey(), weights.get(entry.getKey()), different.cardinality());
        }).toList());
    }

    @Test
    void theRatioIsThatOfAllWeightsTogether() {
        Flips flips = new Flips(List.of(new Flips.Layer("one", 10, 5), new Flips.Layer("two", 30, 3)));
        assertThat(flips.layers().getFirst().ratio()).isEqualTo(0.5);
        assertThat(flips.ratio()).isEqualTo(0.2);
    }

    @Test
    void anEpochThatIsContinuedWithinSaysNothing() {
        Path file = folder.resolve("training");
        List<Optional<Flips>> whole = new ArrayList<>();
        List<Optional<Flips>> resumed = new ArrayList<>();
        try (Trainer trainer = settings(Algorithm.PROPOSED, Optimizers.ADAM).build()) {
            trainer.train(images, new TrainingListener() {
                @Override
                public void stepEnded(long step, long steps, double loss, double accuracy, long nanoseconds) {
                    if (step == 7) {
                        trainer.saveTraining(file);
                    }
                }

                @Override
                public void epochEnded(EpochReport epoch) {
                    whole.add(epoch.flips());
                }
            });
        }
        try (Trainer trainer = settings(Algorithm.PROPOSED, Optimizers.ADAM).build()) {
            trainer.resume(file, images, new TrainingListener() {
                @Override
                public void epochEnded(EpochReport epoch) {
                    resumed.add(epoch.flips());
                }
            });
        }
        assertThat(resumed).hasSize(3).startsWith(Optional.<Flips>empty()).endsWith(whole.get(2), whole.get(3));
    }

    @Test
    void aNetworkWithoutBinaryWeightsHasNoFlips() {
        Network real = Network.graph("real", Stripes.SHAPE).node("out", new RealDense(Stripes.CLASSES), Network.INPUT)
                .build();
        List<EpochReport> epochs = new ArrayList<>();
        try (Trainer trainer = Trainer.of(real).batch(20).epochs(1).build()) {
            trainer.train(images, new TrainingListener() {
                @Override
                public void epochEnded(EpochReport epoch) {
                    epochs.add(epoch);
                }
            });
        }
        assertThat(epochs).hasSize(1).allSatisfy(epoch -> assertThat(epoch.flips()).isEmpty());
    }
}
