package io.github.bitgrad.algorithm;

import static io.github.bitgrad.model.Network.Padding.SAME;
import static io.github.bitgrad.model.Network.Place.AFTER_SIGN;
import static io.github.bitgrad.model.Network.Place.BEFORE_NORMALISATION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.Network.Place;
import io.github.bitgrad.optim.GradientKind;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.step.TrainingClock;
import org.junit.jupiter.api.Test;

class ProposedCompilerTest {
    private static CompiledNetwork compile(int inputChannels, Place place) {
        Network network = Network.sequential("pooling", new ImageShape(6, 6, inputChannels)).binaryConv(4, 3, SAME)
                .maxPool(2, place).dense(3).build();
        return Algorithm.PROPOSED.compile(network, 2, Optimizers.ADAM.create(GradientKind.SIGN),
                Gradients.of(Algorithm.PROPOSED), new TrainingClock());
    }

    /** Sums of more pixel values do not fit the 16 bits that are pooled: 3 · 3 · 14 do, 3 · 3 · 15 do not. */
    @Test
    void sumsOfPixelsThatArePooledFit16Bits() {
        assertThat(compile(14, BEFORE_NORMALISATION).program().training()).isNotEmpty();
        assertThat(compile(15, AFTER_SIGN).program().training()).isNotEmpty();
        assertThatThrownBy(() -> compile(15, BEFORE_NORMALISATION)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "The sums of conv1 have a fan-in of 135 pixel values, but with products on bits they can be "
                                + "pooled only up to 128; pool its signs, use a smaller kernel, or train by the "
                                + "standard algorithm.");
    }
}
