package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.Stripes;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.layer.AveragePool;
import io.github.bitgrad.layer.BatchNorm;
import io.github.bitgrad.layer.BinaryConvolution;
import io.github.bitgrad.layer.Dense;
import io.github.bitgrad.layer.Layer;
import io.github.bitgrad.layer.LayerKind;
import io.github.bitgrad.layer.Sign;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.TestGraphs;
import io.github.bitgrad.optim.Optimizers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A step in which a normalisation has one value for each channel can be planned, but is not trained. */
@Tag("level-independent")
class SingleValueTest {
    private static final String REFUSAL =
            "With a batch of 1, the batch normalisation of %s has only one value for each "
                    + "channel and turns it into the channel's bias, whatever the value is, so nothing can be learned; train "
                    + "with a batch of at least 2.";
    private static final Network DENSE = Network.sequential("dense", Stripes.SHAPE).dense(20).dense(Stripes.CLASSES)
            .build();

    @TempDir
    private Path folder;

    private static void isRefused(TrainerBuilder training, String layer) {
        assertThat(training.plan().peakBytes()).isPositive();
        assertThatThrownBy(training::build).isInstanceOf(IllegalArgumentException.class).hasMessage(REFUSAL, layer);
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void isRefusedByEveryAlgorithm(Algorithm algorithm) {
        isRefused(Trainer.of(DENSE).algorithm(algorithm).batch(1), "dense1");
        Network pooled = Network.sequential("pooled", Stripes.SHAPE).binaryConv(8, 3, Network.Padding.SAME)
                .maxPool(8, Network.Place.BEFORE_NORMALISATION).dense(Stripes.CLASSES).build();
        isRefused(Trainer.of(pooled).algorithm(algorithm).batch(1), "conv1");
        isRefused(Trainer.of(TestGraphs.residual("residual", Stripes.SHAPE, 20, 1, Stripes.CLASSES))
                .algorithm(algorithm).batch(1),
                TestGraphs.residual("residual", Stripes.SHAPE, 20, 1, Stripes.CLASSES)
                        .nodes().getLast().name().split("\\.")[0]);
        Trainer.of(DENSE).algorithm(algorithm).batch(2).build().close();
    }

    /** A layer of the user's own that contains the library's normalisation. */
    private record OwnNorm() implements Layer {
        private static final LayerKind KIND = LayerKind.of("ownNorm", _ -> new OwnNorm());

        @Override
        public LayerKind kind() {
            return KIND;
        }

        @Override
        public ImageShape shape(List<ImageShape> inputs) {
            return Layer.single(inputs);
        }

        @Override
        public Forward compile(StepBuilder step, List<Edge> inputs) {
            return new BatchNorm().compile(step, inputs);
        }
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void layersOfTheUsersOwnAreLookedInto(Algorithm algorithm) {
        Network network = Network.graph("own", Stripes.SHAPE).node("first", new Dense(Stripes.CLASSES), Network.INPUT)
                .node("own", new OwnNorm(), "first").build();
        isRefused(Trainer.of(network).algorithm(algorithm).batch(1), "own");
    }

    /** Several pixels are several values: a network that is convolutional to its end can be trained image by image. */
    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void severalPixelsAreSeveralValues(Algorithm algorithm) {
        Network network = Network.graph("pixels", new ImageShape(8, 8, 1))
                .node("conv1", BinaryConvolution.of(8).kernel(3, 3).same(), Network.INPUT)
                .node("conv1.norm", new BatchNorm(), "conv1").node("conv1.sign", new Sign(), "conv1.norm")
                .node("conv2", BinaryConvolution.of(2).kernel(8, 7), "conv1.sign")
                .node("conv2.norm", new BatchNorm(), "conv2").node("pool", new AveragePool(1, 2), "conv2.norm").build();
        assertThat(network.shapes().get("conv2")).isEqualTo(new ImageShape(1, 2, 2));
        assertThat(Trainer.of(network).algorithm(algorithm).batch(1).settings().step().isTrainable()).isTrue();
        Network one = Network.graph("pixel", new ImageShape(8, 8, 1))
                .node("conv1", BinaryConvolution.of(2).kernel(8, 8), Network.INPUT)
                .node("conv1.norm", new BatchNorm(), "conv1").build();
        assertThat(Trainer.of(one).algorithm(algorithm).batch(1).settings().step().isTrainable()).isFalse();
        assertThat(Trainer.of(one).algorithm(algorithm).batch(2).settings().step().isTrainable()).isTrue();
    }

    @Test
    void inferenceOfOneImageStays() {
        Path file = folder.resolve("network");
        try (Dataset images = Stripes.noisy(20, 1); Trainer trainer = Trainer.of(DENSE).batch(10).epochs(1).build()) {
            trainer.train(images);
            trainer.save(file);
            try (Classifier classifier = Classifier.load(file, 1, 1)) {
                assertThat(classifier.evaluate(images).accuracy()).isEqualTo(trainer.evaluate(images).accuracy());
            }
        }
    }

    /** From what a batch of 2 takes down to what a batch of 1 would take. */
    @ParameterizedTest
    @CsvSource({"MLP", "CNV"})
    void aMemoryLimitNeverChoosesIt(Models model) {
        Network network = model.usual();
        long two = least(network, 2);
        long one = least(network, 1);
        assertThat(one).isLessThan(two);
        assertThat(MemoryPlanner.decide(Trainer.of(network), two).step().batch()).isEqualTo(2);
        for (long limit : new long[] {one, (one + two) / 2, two - 1}) {
            assertThatThrownBy(() -> MemoryPlanner.decide(Trainer.of(network), limit))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageEndingWith("a batch of 2; allow as much.");
        }
        assertThat(MemoryPlanner.decide(Trainer.of(network).batch(1), two).step().batch()).isEqualTo(1);
    }

    private static long least(Network network, int batch) {
        return Trainer.of(network).algorithm(Algorithm.LEAN)
                .optimizer(Optimizers.BOP::create).batch(batch)
                .memory(Algorithm.LEAST_MEMORY).plan().peakBytes();
    }
}
