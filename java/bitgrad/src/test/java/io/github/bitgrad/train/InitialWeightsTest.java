package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Stripes;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.MemoryPlan.Placement;
import io.github.bitgrad.model.Network;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InitialWeightsTest {
    private static final int UNITS = 500;
    private static final Network NETWORK = Network.sequential("wide", Stripes.SHAPE).dense(UNITS)
            .dense(Stripes.CLASSES).build();

    private static double[] weights(Algorithm algorithm, InitialWeights choice, String name) {
        try (Trainer trainer = Trainer.of(NETWORK).algorithm(algorithm).initialWeights(choice).batch(2).threads(1)
                .build()) {
            Buffer buffer = trainer.plan().placements().stream().map(Placement::buffer)
                    .filter(candidate -> candidate.name().equals(name)).findFirst().orElseThrow();
            return switch (buffer.type()) {
                case FLOAT16 -> {
                    short[] halves = buffer.segment().toArray(ValueLayout.JAVA_SHORT);
                    double[] values = new double[halves.length];
                    Arrays.setAll(values, i -> Float.float16ToFloat(halves[i]));
                    yield values;
                }
                case INT8 -> {
                    byte[] bytes = buffer.segment().toArray(ValueLayout.JAVA_BYTE);
                    double[] values = new double[bytes.length];
                    Arrays.setAll(values, i -> bytes[i] / 508.0);
                    yield values;
                }
                default -> throw new AssertionError(buffer);
            };
        }
    }

    /** Of a normal distribution, 68.3 % are within one deviation, 95.4 % within two and 99.7 % within three. */
    @ParameterizedTest
    @CsvSource({"1, 0.6827", "2, 0.9545", "3, 0.9973"})
    void normalWeightsAreNormal(double deviations, double part) {
        double[] weights = weights(Algorithm.PROPOSED, InitialWeights.NORMAL, "dense2.weights");
        double limit = deviations / Math.sqrt(UNITS);
        double[] first = weights(Algorithm.PROPOSED, InitialWeights.NORMAL, "dense1.weights");
        double limitOfFirst = deviations / Math.sqrt(Stripes.SHAPE.values());
        long within = Arrays.stream(weights).filter(weight -> Math.abs(weight) <= limit).count()
                + Arrays.stream(first).filter(weight -> Math.abs(weight) <= limitOfFirst).count();
        int all = weights.length + first.length;
        assertThat(within / (double) all).isCloseTo(part, within(4 * Math.sqrt(part * (1 - part) / all) + 1e-3));
        assertThat(Arrays.stream(first).average().orElseThrow()).isCloseTo(0, within(4 * limitOfFirst / deviations
                / Math.sqrt(first.length)));
    }

    @Test
    void uniformWeightsEndAtTheirLimit() {
        double limit = Math.sqrt(6.0 / (Stripes.SHAPE.values() + UNITS));
        double[] weights = weights(Algorithm.PROPOSED, InitialWeights.UNIFORM, "dense1.weights");
        assertThat(Arrays.stream(weights).map(Math::abs).max().orElseThrow()).isCloseTo(limit, within(0.01 * limit));
    }

    @Test
    void bytesAreClipped() {
        double[] weights = weights(Algorithm.LEAN, InitialWeights.NORMAL, "dense1.weights");
        assertThat(Arrays.stream(weights).map(Math::abs).max().orElseThrow()).isLessThanOrEqualTo(0.25);
        double deviation = Math.sqrt(Arrays.stream(weights).map(weight -> weight * weight).average().orElseThrow());
        assertThat(deviation).isBetween(0.5 / Math.sqrt(Stripes.SHAPE.values()),
                1.05 / Math.sqrt(Stripes.SHAPE.values()));
    }
}
