package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WeightScalesKernelTest extends KernelContract {
    private static final long CHANNELS = 3;
    private static final long TAPS = 2;
    private static final long INPUTS = 5;

    private static final List<Call> CALLS = List.of(scales(FLOAT32), scales(FLOAT16), scales(INT8));

    private static Call scales(ElementType type) {
        return bound("weight_scales", CHANNELS, (_, m) -> WeightScalesKernel.scales(m[0], 0.5f, m[1])::run,
                matrix("weights", type, CHANNELS * TAPS, INPUTS), matrix("scales", FLOAT32, 1, CHANNELS));
    }

    @Override
    List<Call> calls() {
        return CALLS;
    }

    @Override
    Set<String> operations() {
        return Set.of("weight_scales");
    }

    /** Two taps of one input each are the weights of a channel. */
    @Test
    void aChannelHasTheWeightsOfAllItsTaps() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix weights = new Matrix(FLOAT32, 4, 1, arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, -3, -8, 0));
            Matrix scales = new Matrix(FLOAT32, 1, 2, arena.allocate(8, 64));
            WeightScalesKernel.scales(weights, 0.5f, scales).run(0, 2);
            assertThat(scales.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(1, 2);
        }
    }

    @Test
    void weightsThatAreNotThoseOfWholeChannelsAreRefused() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix weights = new Matrix(FLOAT32, 5, 1, arena.allocate(20, 64));
            Matrix scales = new Matrix(FLOAT32, 1, 2, arena.allocate(8, 64));
            assertRefused(() -> WeightScalesKernel.scales(weights, 1, scales),
                    "weight_scales: 5 weights are not those of 2 channels; pass the same number for each channel.");
        }
    }
}
