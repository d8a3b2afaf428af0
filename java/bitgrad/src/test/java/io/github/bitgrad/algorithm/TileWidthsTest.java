package io.github.bitgrad.algorithm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.optim.Adam;
import io.github.bitgrad.step.TrainingClock;
import org.junit.jupiter.api.Test;

class TileWidthsTest {
    /** Gaps make BinaryNet's plan too large here: halving the narrowest tiles would mend little. */
    @Test
    void tilesAreHalvedWhereThatIsEnough() {
        long bytes = 49_100_000;
        CompiledNetwork network = Algorithm.LEAN.compile(Models.BINARYNET.paper(), 100, Adam.DEFAULT,
                Gradients.of(Algorithm.LEAN), bytes, new TrainingClock());

        assertThat(network.program().plan().peakBytes()).isLessThanOrEqualTo(bytes);
        assertThat(network.program().training())
                .filteredOn(operation -> operation.name().matches("conv4\\.backward\\.inputGradient\\.\\d+"))
                .hasSize(4);
    }
}
