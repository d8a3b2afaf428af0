package io.github.bitgrad.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.model.Models;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.step.OperationKind;
import io.github.bitgrad.step.TrainingClock;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("level-independent")
class OperationKindTest {
    private static Operation named(String name) {
        return new Operation(name, 1, 1, 1, List.of()) {
            @Override
            protected void run(long begin, long end) {
                // only its name matters
            }
        };
    }

    static List<String> trainings() throws NoSuchFieldException {
        return TrainingStepTest.trainings();
    }

    @ParameterizedTest
    @MethodSource("trainings")
    void everyOperationHasAKind(String training) {
        Set<OperationKind> kinds = EnumSet.noneOf(OperationKind.class);
        for (Models model : Models.ofPaper()) {
            for (Optimizers optimizer : Optimizers.values()) {
                TrainingStep.compile(model.toString(), training, optimizer.toString(), 10, new TrainingClock())
                        .program()
                        .training().forEach(operation -> kinds.add(OperationKind.of(operation)));
            }
        }
        assertThat(kinds).containsExactlyInAnyOrderElementsOf(EnumSet.complementOf(EnumSet.of(OperationKind.OTHER)));
    }

    @ParameterizedTest
    @CsvSource({"conv2.forward, FORWARD", "conv2.forward.16, FORWARD",
        "dense7.backward.inputGradient.64, INPUT_GRADIENT",
        "conv1.backward.weightGradientSigns, WEIGHT_GRADIENT", "conv1.backward.weights.0, WEIGHT_GRADIENT",
        "conv1.backward.normalise.16.sums, NORMALISATION", "dense7.weights.adam, UPDATE", "conv2.forward.pool, POOLING",
        "conv2.forward.sign.48.signMean, SIGN", "loss, LOSS"})
    void theNameTellsTheKind(String name, OperationKind kind) {
        assertThat(OperationKind.of(named(name))).isEqualTo(kind);
    }

    @Test
    void aNewNameIsNotTakenForAnother() {
        assertThat(OperationKind.of(named("conv2.backward.dropout"))).isEqualTo(OperationKind.OTHER);
    }
}
