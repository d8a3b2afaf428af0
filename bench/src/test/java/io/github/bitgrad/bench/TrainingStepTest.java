package io.github.bitgrad.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.algorithm.Algorithm;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.annotations.Param;

@Tag("level-independent")
class TrainingStepTest {
    static List<String> trainings() throws NoSuchFieldException {
        return List.of(TrainingStep.class.getDeclaredField("training").getAnnotation(Param.class).value());
    }

    @Test
    void everyAlgorithmIsTimed() throws NoSuchFieldException {
        assertThat(trainings().stream().map(training -> training.split("-")[0]).distinct())
                .containsExactly(Stream.of(Algorithm.values()).map(Algorithm::toString).toArray(String[]::new));
    }

    @ParameterizedTest
    @MethodSource("trainings")
    void aStepUpdatesTheFirstLayer(String training) {
        TrainingStep benchmark = new TrainingStep();
        benchmark.model = "mlp";
        benchmark.training = training;
        benchmark.optimizer = "adam";
        benchmark.batch = 10;
        benchmark.threads = "1";
        benchmark.prepare();
        try {
            MemorySegment weights = benchmark.network.binaryWeights().getFirst().values().segment();
            byte[] before = weights.toArray(ValueLayout.JAVA_BYTE);
            benchmark.step();
            assertThat(Arrays.equals(before, weights.toArray(ValueLayout.JAVA_BYTE))).as("weights stay").isFalse();
        } finally {
            benchmark.close();
        }
    }
}
