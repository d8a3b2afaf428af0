package io.github.bitgrad.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.kernel.Isa;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.annotations.Param;

@Tag("level-independent")
class TrainingStepTest extends RestoredLevel {
    static List<String> trainings() throws NoSuchFieldException {
        return List.of(TrainingStep.class.getDeclaredField("training").getAnnotation(Param.class).value());
    }

    @Test
    void everyAlgorithmIsTimed() throws NoSuchFieldException {
        assertThat(trainings().stream().map(training -> training.split("-")[0]).distinct())
                .containsExactly(Stream.of(Algorithm.values()).map(Algorithm::toString).toArray(String[]::new));
    }

    static Stream<Arguments> combinations() throws NoSuchFieldException {
        return trainings().stream().flatMap(training -> Isa.available().stream().map(Isa::name)
                .flatMap(level -> Stream.of("1", "2").map(threads -> Arguments.of(training, level, threads))));
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void aStepUpdatesTheFirstLayer(String training, String level, String threads) {
        Isa.select(level, "a test");
        TrainingStep benchmark = new TrainingStep();
        benchmark.model = "mlp";
        benchmark.training = training;
        benchmark.optimizer = "adam";
        benchmark.batch = 10;
        benchmark.threads = threads;
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
