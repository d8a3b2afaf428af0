package io.github.bitgrad.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WeightScalesOperationsTest extends OperationsContract {
    private static final Shape WEIGHTS = new Shape(5, 7);
    private static final Shape CHANNEL = new Shape(1, 5);

    @Override
    List<Case> cases() {
        return List.of(
                one("scales", List.of(WEIGHTS.ofAnyColumns(), CHANNEL),
                        b -> WeightScalesOperations.scales("op", b[0], 1, b[1])),
                one("scaleEpsilon", List.of(CHANNEL, CHANNEL),
                        b -> WeightScalesOperations.scaleEpsilon("op", b[0], b[1])),
                one("scaleEpsilonOfSquares", List.of(CHANNEL, CHANNEL),
                        b -> WeightScalesOperations.scaleEpsilonOfSquares("op", b[0], b[1])));
    }

    @Override
    Set<String> methods() {
        return publicMethods(WeightScalesOperations.class);
    }

    /**
     * What follows from the definition for channels of deviation 2, with 1e-4 added to it or under the root. Where all
     * latent weights are 0, the deviation is so large that nothing but the bias is left, and still finite.
     */
    @Test
    void epsilonIsDividedByTheScale() {
        float[] scales = {1, 0.5f, 1e-3f, 0};
        assertThat(after(scales, 2 + 1e-4f, false)).containsExactly(new float[] {2.0001f, 2.0002f, 2.1f, 1e8f},
                within(1e-6f));
        assertThat(after(scales, (float) Math.sqrt(4 + 1e-4), true)).containsExactly(new float[] {
            (float) Math.sqrt(4.0001), (float) Math.sqrt(4.0004), (float) Math.sqrt(104), 1e10f}, within(1e-6f));
    }

    /** The paper's deviation is at least ε / α: of sums 3 and −1, it is 2 or that, and ω is 2 divided by it. */
    @Test
    void theLeastDeviationOfThePaperIsDividedByTheScale() {
        Program program = new Program();
        Buffer y = program.persistent("y", Variable.OTHER, ElementType.FLOAT32, 2, 2);
        Buffer mean = program.persistent("mean", Variable.OTHER, ElementType.FLOAT32, 1, 2);
        Buffer scales = program.persistent("scales", Variable.OTHER, ElementType.FLOAT32, 1, 2);
        PaperNormOperations.Kept kept = new PaperNormOperations.Kept(
                program.persistent("deviation", Variable.OTHER, ElementType.FLOAT32, 1, 2),
                program.persistent("omega", Variable.OTHER, ElementType.FLOAT32, 1, 2));
        PaperNormOperations.deviation(program, "op", y, mean, Optional.of(scales), kept);
        try (Arena arena = Arena.ofShared(); Workers workers = new Workers(1)) {
            program.allocate(arena);
            y.segment().copyFrom(MemorySegment.ofArray(new float[] {3, 3, -1, -1}));
            mean.segment().copyFrom(MemorySegment.ofArray(new float[] {1, 1}));
            scales.segment().copyFrom(MemorySegment.ofArray(new float[] {0.5f, 1e-5f}));
            program.runTraining(workers);
            assertThat(kept.deviation().segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(2, 10);
            assertThat(kept.omega().segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(1, 0.2f);
        }
    }

    private static float[] after(float[] scales, float deviation, boolean squares) {
        Program program = new Program();
        Buffer factors = program.persistent("scales", Variable.OTHER, ElementType.FLOAT32, 1, scales.length);
        Buffer deviations = program.persistent("deviation", Variable.OTHER, ElementType.FLOAT32, 1, scales.length);
        program.train(squares
                ? WeightScalesOperations.scaleEpsilonOfSquares("op", factors, deviations)
                : WeightScalesOperations.scaleEpsilon("op", factors, deviations));
        try (Arena arena = Arena.ofShared(); Workers workers = new Workers(1)) {
            program.allocate(arena);
            for (int c = 0; c < scales.length; c++) {
                factors.segment().setAtIndex(ValueLayout.JAVA_FLOAT, c, scales[c]);
                deviations.segment().setAtIndex(ValueLayout.JAVA_FLOAT, c, deviation);
            }
            program.runTraining(workers);
            return deviations.segment().toArray(ValueLayout.JAVA_FLOAT);
        }
    }
}
