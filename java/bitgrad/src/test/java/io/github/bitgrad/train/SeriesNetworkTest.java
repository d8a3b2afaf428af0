package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.layer.BinaryConvolution;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.Network.Place;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A network on series, as sensors give them: images of one row, kernels of 1×k taps, strides and windows along it. */
@Tag("level-independent")
class SeriesNetworkTest {
    private static final long SEED = 20261201;
    private static final int LENGTH = 64;
    private static final int SENSORS = 2;
    private static final int CLASSES = 3;

    /** Waves of three forms, at any phase and of any of some periods, in noise; the second sensor sees them late. */
    private static Dataset waves(int size, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return Dataset.create("waves", new ImageShape(1, LENGTH, SENSORS), CLASSES, size, (pixels, labels) -> {
            for (int series = 0; series < size; series++) {
                int form = random.nextInt(CLASSES);
                double phase = random.nextDouble();
                double period = random.nextDouble(12, 20);
                labels.set(series, form);
                for (int t = 0; t < LENGTH; t++) {
                    for (int sensor = 0; sensor < SENSORS; sensor++) {
                        double value = 127 + 70 * wave(form, phase + (t + 3 * sensor) / period)
                                + random.nextDouble(-30, 30);
                        pixels.set(ValueLayout.JAVA_BYTE, ((long) series * LENGTH + t) * SENSORS + sensor,
                                (byte) Math.clamp(Math.round(value), 0, 255));
                    }
                }
            }
        });
    }

    /** A sine, a square or a saw, from −1 to 1, of period 1. */
    private static double wave(int form, double at) {
        double sine = Math.sin(2 * Math.PI * at);
        return switch (form) {
            case 0 -> sine;
            case 1 -> Math.signum(sine);
            default -> 2 * (at - Math.floor(at)) - 1;
        };
    }

    /** Guessing gets a third right. So small that even the reference kernels train it in seconds. */
    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void learns(Algorithm algorithm) {
        Network network = Network.sequential("series", new ImageShape(1, LENGTH, SENSORS))
                .binaryConv(BinaryConvolution.of(16).kernel(1, 9).same())
                .maxPool(1, 2, Place.BEFORE_NORMALISATION)
                .binaryConv(BinaryConvolution.of(24).kernel(1, 5).stride(1, 2).padding(0, 2))
                .maxPool(1, 4, Place.AFTER_SIGN)
                .dense(CLASSES).build();
        assertThat(network.shapes().get("conv2.maxPool")).isEqualTo(new ImageShape(1, 4, 24));
        try (Dataset train = waves(600, SEED);
                Dataset test = waves(300, SEED + 1);
                Trainer trainer =
                        Trainer.of(network).algorithm(algorithm).batch(20).epochs(10).learningRate(3e-3f).seed(SEED)
                                .threads(2).build()) {
            double before = trainer.evaluate(test).accuracy();
            trainer.train(train);
            assertThat(before).isLessThan(0.6);
            assertThat(trainer.evaluate(test).accuracy()).isGreaterThan(0.85);
        }
    }
}
