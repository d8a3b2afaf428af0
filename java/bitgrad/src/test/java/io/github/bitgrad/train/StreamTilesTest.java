package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Stripes;
import io.github.bitgrad.layer.BinaryConvolution;
import io.github.bitgrad.layer.Dense;
import io.github.bitgrad.layer.Sign;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.TestGraphs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Networks that are computed in tiles, forward and again on the way back. */
@Tag("level-independent")
class StreamTilesTest {
    private static final long SEED = 20261128;
    private static final Network STEM = TestGraphs.stem("stem", Stripes.SHAPE, 35, Stripes.CLASSES);
    private static final Network POOLED_STEM =
            TestGraphs.pooledStem("pooled stem", Stripes.SHAPE, 35, Stripes.CLASSES, Sign.approximate());
    private static final Network SCALED = Network.sequential("scaled", Stripes.SHAPE)
            .binaryConv(BinaryConvolution.of(70).kernel(3, 3).same().scaled())
            .binaryConv(BinaryConvolution.of(70).kernel(3, 3).same().clip(1.0 / 1024).scaled())
            .dense(new Dense(Stripes.CLASSES).scaled()).build();
    private static final Network DEPTHWISE = TestGraphs.depthwise("depthwise", Stripes.SHAPE, Stripes.CLASSES);

    private static final Network JOINED_SIGNS = TestGraphs.joinedSigns("joined signs", Stripes.SHAPE,
            Stripes.CLASSES);

    private static final Network BIASED = TestGraphs.biased("biased", Stripes.SHAPE, Stripes.CLASSES);

    @TempDir
    private Path folder;

    static Stream<Arguments> networks() {
        return Stream.of(Arguments.of(STEM, 0.75, 0.9), Arguments.of(POOLED_STEM, 0.75, 0.9),
                Arguments.of(SCALED, 1, 0.9), Arguments.of(DEPTHWISE, 1, 0.6),
                Arguments.of(JOINED_SIGNS, 1, 0.9), Arguments.of(BIASED, 1, 0.9));
    }

    private static TrainerBuilder training(Network network, long memory) {
        return Trainer.of(network).algorithm(Algorithm.LEAN).batch(20).epochs(4).seed(SEED).memory(memory);
    }

    private byte[] trained(TrainerBuilder training, Dataset images, double accuracy) throws IOException {
        Path file = folder.resolve("network");
        try (Trainer trainer = training.build()) {
            trainer.train(images);
            assertThat(trainer.evaluate(images).accuracy()).isGreaterThan(accuracy);
            trainer.save(file);
        }
        return Files.readAllBytes(file);
    }

    /**
     * @param share less than this share of the memory with wide tiles is needed with narrow ones
     * @param accuracy what the network is better than after the training
     */
    @ParameterizedTest
    @MethodSource("networks")
    void narrowTilesGiveTheSameBitsInLessMemory(Network network, double share, double accuracy) throws IOException {
        TrainerBuilder narrow = training(network, Algorithm.LEAST_MEMORY);
        TrainerBuilder wide = training(network, Long.MAX_VALUE);
        assertThat((double) narrow.plan().peakBytes()).isLessThan(share * wide.plan().peakBytes());
        try (Dataset images = Stripes.noisy(400, SEED)) {
            assertThat(trained(narrow, images, accuracy)).isEqualTo(trained(wide, images, accuracy));
        }
    }
}
