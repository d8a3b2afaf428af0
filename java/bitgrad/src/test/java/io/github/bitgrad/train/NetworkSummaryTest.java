package io.github.bitgrad.train;

import static io.github.bitgrad.model.Network.Padding.SAME;
import static io.github.bitgrad.model.Network.Place.BEFORE_SIGN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.Stripes;
import io.github.bitgrad.memory.MemoryPlan;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.TestGraphs;
import io.github.bitgrad.train.NetworkSummary.Block;
import io.github.bitgrad.train.NetworkSummary.Layer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("level-independent")
class NetworkSummaryTest {
    private static final Network NETWORK = Network.sequential("small", new ImageShape(9, 8, 3)).binaryConv(33, 3, SAME)
            .maxPool(2, BEFORE_SIGN).dense(4).build();

    private static Block block(NetworkSummary summary, String name) {
        return summary.blocks().stream().filter(block -> block.name().equals(name)).findFirst().orElseThrow();
    }

    /** Counted by hand. Statistics of normalisation are a mean and a deviation for each channel. */
    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void countsWhatLayersComputeAndLearn(Algorithm algorithm) {
        TrainerBuilder training = Trainer.of(NETWORK).algorithm(algorithm).batch(12).microBatch(6);
        NetworkSummary summary = training.summary();
        assertThat(summary.network()).isEqualTo("small");
        assertThat(summary.batch()).isEqualTo(6);
        assertThat(summary.peakBytes()).isEqualTo(training.plan().peakBytes());
        assertThat(summary.blocks()).extracting(Block::name).containsExactly("input", "conv1", "dense2", "loss");

        int bitsOfSign = algorithm == Algorithm.STANDARD ? 32 : 1;
        Block conv = block(summary, "conv1");
        assertThat(conv.layers()).containsExactly(
                new Layer("conv1", "binaryConv(33, 3x3, stride 1x1, padding 1x1)", new ImageShape(9, 8, 33)),
                new Layer("conv1.norm", "batchNorm()", new ImageShape(9, 8, 33)),
                new Layer("conv1.maxPool", "maxPool(2x2)", new ImageShape(4, 4, 33)),
                new Layer("conv1.sign", "sign()", new ImageShape(4, 4, 33)));
        assertThat(conv.binaryWeights()).isEqualTo(33 * 27);
        assertThat(conv.realNumbers()).isEqualTo(33);
        assertThat(conv.learnedBits()).isEqualTo(33 * 27 * bitsOfSign + 3 * 33 * 32);
        assertThat(conv.binaryProducts()).isEqualTo(9 * 8 * 33 * 27);
        assertThat(conv.realProducts()).isZero();
        Block dense = block(summary, "dense2");
        assertThat(dense.binaryWeights()).isEqualTo(4 * 4 * 33 * 4);
        assertThat(dense.binaryProducts()).isEqualTo(4 * 4 * 33 * 4);
        assertThat(summary.total(Block::binaryProducts)).isEqualTo(conv.binaryProducts() + dense.binaryProducts());
        assertThat(block(summary, "loss").layers()).isEmpty();
    }

    /** By the numbers of the paper of ResNetE-18: a stem and three shortcuts with real weights, and a last layer. */
    @ParameterizedTest
    @EnumSource(value = Algorithm.class, names = {"STANDARD", "PROPOSED", "LEAN"})
    void tellsRealProductsFromBinaryOnes(Algorithm algorithm) {
        NetworkSummary summary = Trainer.of(Models.named("resnete18").usual()).algorithm(algorithm).batch(2).summary();
        Block stem = block(summary, "conv1");
        assertThat(stem.realNumbers()).isEqualTo(7 * 7 * 3 * 64 + 64);
        assertThat(stem.realProducts()).isEqualTo(112L * 112 * 7 * 7 * 3 * 64);
        assertThat(stem.binaryProducts()).isZero();
        // 16 convolutions of 3×3: four of each width, the first of which has half as many inputs but for the first width
        long binary = 9L * (4 * 64 * 64 + 128 * (64 + 3 * 128) + 256 * (128 + 3 * 256) + 512 * (256 + 3 * 512));
        assertThat(summary.total(Block::binaryWeights)).isEqualTo(binary);
        assertThat(summary.total(Block::binaryProducts)).isEqualTo(9L * (4 * 64 * 64 * 56 * 56
                + 128 * (64 + 3 * 128) * 28 * 28 + 256 * (128 + 3 * 256) * 14 * 14 + 512 * (256 + 3 * 512) * 7 * 7));
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void theMemoryOfTheBlocksIsThatOfThePlanAtItsFullest(Algorithm algorithm) {
        Network residual = TestGraphs.residual("residual", Stripes.SHAPE, 20, 2, Stripes.CLASSES);
        for (Network network : new Network[] {NETWORK, residual}) {
            TrainerBuilder training = Trainer.of(network).algorithm(algorithm).batch(20);
            MemoryPlan plan = training.plan();
            long fullest = plan.bytesAtFullest().values().stream().mapToLong(Long::longValue).sum();
            assertThat(training.summary().total(Block::bytesAtFullest)).isEqualTo(fullest).isPositive();
        }
    }

    @Test
    void timesAreThoseOfTheProfile() {
        TrainerBuilder training = Trainer.of(Network.sequential("small", Stripes.SHAPE).dense(40).dense(Stripes.CLASSES)
                .build()).batch(20).epochs(2).threads(1).profiled();
        NetworkSummary summary = training.summary();
        assertThat(summary.seconds()).isEmpty();
        assertThat(summary.blocks()).allSatisfy(block -> assertThat(block.seconds()).isEmpty());
        try (Dataset images = Stripes.noisy(100, 1); Trainer trainer = training.build()) {
            trainer.train(images);
            Profile profile = trainer.profile();
            NetworkSummary timed = summary.withTimes(profile);
            double dense1 = 0;
            for (Profile.Part part : profile.parts()) {
                dense1 += part.layer().equals("dense1") ? part.seconds() : 0;
            }
            assertThat(block(timed, "dense1").seconds().orElseThrow()).isCloseTo(dense1, withinPercentage(1e-9));
            assertThat(timed.seconds().orElseThrow()).isCloseTo(profile.seconds(), withinPercentage(1e-9));
            assertThat(timed.withTimes(profile)).isEqualTo(timed);
        }
    }
}
