package io.github.bitgrad.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OptimizersTest {
    private static void assertRefused(ThrowingCallable creation, String message, Object... arguments) {
        assertThatThrownBy(creation).isInstanceOf(IllegalArgumentException.class).hasMessage(message, arguments);
    }

    @ParameterizedTest
    @EnumSource(Optimizers.class)
    void numbersThatAreNotGivenSuitTheGradients(Optimizers choice) {
        for (GradientKind gradients : GradientKind.values()) {
            Optimizer suited = choice.create(gradients);
            assertThat(suited.name()).isEqualTo(choice.toString());
            assertThat(choice.create(gradients, Map.of())).isEqualTo(suited);
        }
    }

    @Test
    void numbersHaveTheirOrder() {
        assertThat(Adam.DEFAULT.numbers()).containsExactly(entry("beta1", 0.9f), entry("beta2", 0.999f),
                entry("epsilon", 1e-7f));
        assertThat(SgdMomentum.DEFAULT.numbers()).containsExactly(entry("momentum", 0.9f));
        assertThat(Bop.suiting(GradientKind.REAL).numbers()).containsExactly(entry("threshold", 1e-6f),
                entry("biasRate", 0f));
        assertThat(Bop.suiting(GradientKind.SIGN).numbers()).containsExactly(entry("threshold", 1e-3f),
                entry("biasRate", 0f));
    }

    @Test
    void numbersThatAreGivenReplaceTheirsOnly() {
        assertThat(Optimizers.ADAM.create(GradientKind.REAL, Map.of("beta2", 0.5f)))
                .isEqualTo(new Adam(0.9f, 0.5f, 1e-7f));
        assertThat(Optimizers.ADAM.create(GradientKind.SIGN, Map.of("beta1", 0.1f, "epsilon", 2f)))
                .isEqualTo(new Adam(0.1f, 0.999f, 2));
        assertThat(Optimizers.SGDM.create(GradientKind.SIGN, Map.of("momentum", 0f))).isEqualTo(new SgdMomentum(0));
        assertThat(Optimizers.BOP.create(GradientKind.SIGN, Map.of("threshold", 0f))).isEqualTo(new Bop(0));
    }

    @Test
    void refusesNumbersThatAnOptimizerHasNot() {
        assertRefused(() -> Optimizers.ADAM.create(GradientKind.REAL, Map.of("threshold", 1f)),
                "The optimizer adam has no threshold; what can be set is beta1, beta2, epsilon.");
        assertRefused(() -> Optimizers.SGDM.create(GradientKind.REAL, Map.of("beta1", 0.5f)),
                "The optimizer sgdm has no beta1; what can be set is momentum.");
    }

    @ParameterizedTest
    @ValueSource(floats = {-0.1f, 1, Float.NaN, Float.POSITIVE_INFINITY})
    void refusesDecaysThatAreNone(float number) {
        assertRefused(() -> new Adam(number, 0.5f, 1), "The beta1 of adam must be at least 0 and below 1, but is %s.",
                number);
        assertRefused(() -> new Adam(0.5f, number, 1), "The beta2 of adam must be at least 0 and below 1, but is %s.",
                number);
        assertRefused(() -> new SgdMomentum(number),
                "The momentum of sgdm must be at least 0 and below 1, but is %s.", number);
        assertRefused(() -> new Plateau(Plateau.Measure.TRAIN_LOSS, 1, number),
                "The factor of loss-plateau must be at least 0 and below 1, but is %s.", number);
    }

    @Test
    void refusesOtherNumbersOutOfTheirRange() {
        for (float number : new float[] {0, -1, Float.NaN, Float.POSITIVE_INFINITY}) {
            assertRefused(() -> new Adam(0, 0, number), "The epsilon of adam must be a positive number, but is %s.",
                    number);
        }
        for (float number : new float[] {-1e-9f, Float.NaN, Float.POSITIVE_INFINITY}) {
            assertRefused(() -> new Bop(number), "The threshold of bop must be a number from 0 on, but is %s.", number);
        }
        assertRefused(() -> new Plateau(Plateau.Measure.TRAIN_LOSS, 0, 0.5f),
                "The patience of loss-plateau must be at least 1, but is 0.");
    }
}
