package io.github.bitgrad.algorithm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.floatmodel.Matrices;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.GradientKind;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.Snapshots;
import io.github.bitgrad.step.TrainingClock;
import io.github.bitgrad.step.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Gradients that are too large for float16. */
class LargeGradientsTest {
    private static final double LARGEST_FLOAT16 = 65504;
    private static final Network NETWORK = Network.sequential("dense", new ImageShape(3, 3, 1)).dense(16).dense(3)
            .build();

    /**
     * All sums of a channel are equal if all images are, so normalisation divides the gradient by the smallest deviation,
     * 1e-4; and the loss is multiplied by 1024. An infinite gradient would make the signs of weight gradients wrong, and
     * no check would find that.
     */
    @ParameterizedTest
    @EnumSource(names = {"PROPOSED", "PAPER"})
    void aGradientIsClippedToFloat16(Algorithm algorithm) {
        CompiledNetwork compiled = algorithm.compile(NETWORK, 2, Optimizers.ADAM.create(GradientKind.SIGN),
                Gradients.of(algorithm), new TrainingClock());
        Program program = compiled.program();
        try (Arena arena = Arena.ofShared(); Workers workers = new Workers(1)) {
            program.allocate(arena);
            compiled.batch().labels().segment().setAtIndex(ValueLayout.JAVA_INT, 0, 1);
            program.runInitial(workers);
            Snapshots snapshots = Snapshots.ofStep(program, workers);
            double[] gradient = Matrices.flat(snapshots.last("dense2.backward.gradient"));
            assertThat(Arrays.stream(gradient).map(Math::abs).max()).hasValue(LARGEST_FLOAT16);
            double[] handedBack = Matrices.flat(snapshots.last("dense2.backward.inputGradient"));
            assertThat(Arrays.stream(handedBack)).as("the gradient handed back").allMatch(Double::isFinite);
        }
    }
}
