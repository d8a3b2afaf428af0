package io.github.bitgrad.algorithm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.optim.Adam;
import io.github.bitgrad.step.TrainingClock;
import org.junit.jupiter.api.Test;

class TileWidthsTest {
    /** Gaps make BinaryNet's plan too large here: narrowing the narrowest tiles would mend little. */
    @Test
    void tilesAreNarrowedWhereThatIsEnough() {
        assertThat(tiles("conv4.backward.inputGradient", 49_100_000)).isEqualTo(4);
    }

    /** Tiles of half of the 128 channels would be too wide here, and those of a quarter need not be so narrow. */
    @Test
    void tilesAreNarrowedByLessThanHalf() {
        assertThat(tiles("conv2.backward.inputGradient", 52 << 20)).isEqualTo(3);
    }

    /** The matrices at the beginning of the network, which are the largest, exist for some images at a time only. */
    @Test
    void aLargeResidualNetworkTakesAnEighthOfTheMemoryOfStandard() {
        assertThat(8 * peak(Models.RESNETE18, Algorithm.LEAN)).isLessThan(peak(Models.RESNETE18, Algorithm.STANDARD));
    }

    /** Its signs keep the values of the stream, 16 bits each, which are more than half of the memory. */
    @Test
    void aLargeResidualNetworkThatKeepsValuesTakesLittleMoreThanThese() {
        assertThat(peak(Models.BIREALNET18, Algorithm.LEAN)).isLessThan(186 << 20);
    }

    private static long peak(Models model, Algorithm algorithm) {
        return algorithm.compile(model.usual(), 32, Adam.DEFAULT, Gradients.of(algorithm), new TrainingClock())
                .program().plan().peakBytes();
    }

    /** How many tiles an operation of BinaryNet has, if its plan may take so many bytes. */
    private static long tiles(String operation, long bytes) {
        CompiledNetwork network = Algorithm.LEAN.compile(Models.BINARYNET.usual(), 100, Adam.DEFAULT,
                Gradients.of(Algorithm.LEAN), bytes, new TrainingClock());
        assertThat(network.program().plan().peakBytes()).isLessThanOrEqualTo(bytes);
        return network.program().training().stream()
                .filter(step -> step.name().matches(operation.replace(".", "\\.") + "\\.\\d+")).count();
    }
}
