package io.github.bitgrad.step;

import static io.github.bitgrad.tensor.ElementType.INT8;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.PoolingShape;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchNormSignOperationsTest extends OperationsContract {
    private static final Shape Y = new Shape(600, 5);
    private static final Shape CHANNEL = new Shape(1, 5);
    private static final Shape COEFFICIENTS = new Shape(3, 5);
    /** Of which Y, or a gradient of its shape, is the last tile. */
    private static final Shape WIDE = new Shape(600, 53);
    private static final Shape OTHERS = new Shape(2, 53);
    private static final Shape SCALE = new Shape(1, 1);
    /** Two images of 4x5 pixels, and windows of 2x2. */
    private static final PoolingShape POOLING = new PoolingShape(4, 5, 5, 2);
    private static final Shape PIXELS = new Shape(2 * 20, 5);
    private static final Shape EXACT_SUMS = new Shape(3, 4 * 5);
    private static final Shape WINDOWS = new Shape(2 * 4, 5);
    private static final Shape ARGMAX = new Shape(2 * 2 * 4, 5);
    private static final TrainingClock CLOCK = new TrainingClock();

    @Override
    List<Case> cases() {
        return List.of(
                adding("mean", List.of(Y.ofAnyRows(), CHANNEL),
                        (program, b) -> BatchNormSignOperations.mean(program, "op", b[0], b[1])),
                adding("sums", List.of(Y.ofAnyRows(), CHANNEL),
                        (program, b) -> BatchNormSignOperations.sums(program, "op", b[0], b[1])),
                adding("meanOfIntegers", List.of(CHANNEL, CHANNEL),
                        (program, b) -> BatchNormSignOperations.meanOfIntegers(program, "op", b[0], 9, b[1])),
                adding("deviation", List.of(Y.ofAnyRows(), CHANNEL, CHANNEL),
                        (program, b) -> BatchNormSignOperations.deviation(program, "op", b[0], b[1], b[2])),
                adding("deviation", List.of(Y.ofAnyRows(), CHANNEL, CHANNEL, CHANNEL),
                        (program, b) -> PaperNormOperations.deviation(program, "op", b[0], b[1], Optional.empty(),
                                new PaperNormOperations.Kept(b[2], b[3]))),
                adding("deviation", List.of(Y.ofAnyRows(), CHANNEL, CHANNEL, CHANNEL, CHANNEL),
                        (program, b) -> PaperNormOperations.deviation(program, "op", b[0], b[1], Optional.of(b[2]),
                                new PaperNormOperations.Kept(b[3], b[4]))),
                adding("coefficients", List.of(Y, Y, CHANNEL, CHANNEL, CHANNEL, CHANNEL),
                        (program, b) -> PaperNormOperations.coefficients(program, "op", b[0], b[1],
                                new PaperNormOperations.Kept(b[2], b[3]), b[4], b[5])),
                one("thresholds", List.of(CHANNEL, CHANNEL, CHANNEL, CHANNEL),
                        b -> BatchNormSignOperations.thresholds("op",
                                new BatchNormSignOperations.Normaliser(b[0], b[1], b[2]), b[3])),
                sign(Y, 0), sign(WIDE, 48), signForInference(Y, 0), signForInference(WIDE, 48), coefficients(Y, 0),
                coefficients(WIDE, 48), exactSums(Y, 0), exactSums(WIDE, 48), exactCoefficients(),
                one("gradientScale", List.of(CHANNEL.ofAnyColumns(), SCALE),
                        b -> BatchNormBackwardOperations.gradientScale("op",
                                new BatchNormBackwardOperations.Squares(b[0], 3000, 8, INT8), b[1])),
                one("scaleOfLastStep", List.of(CHANNEL.ofAnyColumns(), SCALE, SCALE),
                        b -> BatchNormBackwardOperations.scaleOfLastStep("op",
                                new BatchNormBackwardOperations.Squares(b[0], 3000, 8, INT8), b[1],
                                b[2], CLOCK)),
                one("scaleCoefficients", List.of(COEFFICIENTS.ofAnyColumns(), SCALE),
                        b -> BatchNormBackwardOperations.scaleCoefficients("op", b[0], b[1])),
                one("unselectedGradient", List.of(COEFFICIENTS, OTHERS),
                        b -> BatchNormBackwardOperations.unselectedGradient("op", b[0], 48, b[1])),
                backward(Y, 0), backward(WIDE, 48),
                one("backwardPooledSums", List.of(WINDOWS, COEFFICIENTS, PIXELS, WINDOWS, ARGMAX),
                        b -> BatchNormBackwardOperations.backwardPooledSums("op", backward(b), POOLING, b[3], b[4],
                                CLOCK)),
                one("backwardPooledSigns", List.of(WINDOWS, COEFFICIENTS, PIXELS, PIXELS),
                        b -> BatchNormBackwardOperations.backwardPooledSigns("op", backward(b), POOLING, b[3], CLOCK)),
                one("quantise", List.of(Y, Y, SCALE), b -> QuantiseOperations.quantise("op", b[0], b[1], b[2])));
    }

    private static Case sign(Shape bits, long first) {
        return adding("sign", List.of(Y, CHANNEL, CHANNEL, CHANNEL, bits, bits, CHANNEL),
                (program, b) -> BatchNormSignOperations
                        .sign(program, "op", b[0], new BatchNormSignOperations.Normaliser(b[1], b[2], b[3]), first,
                                new BatchNormSignOperations.Signs(b[4], b[5], b[6])));
    }

    private static Case signForInference(Shape bits, long first) {
        return one("sign", List.of(Y, CHANNEL, CHANNEL, CHANNEL, bits),
                b -> BatchNormSignOperations.sign("op", b[0], new BatchNormSignOperations.Normaliser(b[1], b[2], b[3]),
                        first, b[4]));
    }

    private static Case coefficients(Shape bits, long first) {
        return adding("coefficients", List.of(Y, bits, CHANNEL, CHANNEL, CHANNEL, CHANNEL, CHANNEL),
                (program, b) -> BatchNormBackwardOperations.coefficients(program, "op", new ChannelTile(b[0], first),
                        b[1], new BatchNormBackwardOperations.Kept(b[2], b[3], b[4], 600), b[5], b[6]));
    }

    private static Case exactSums(Shape bits, long first) {
        return one("exactSums", List.of(Y, Y, CHANNEL, bits, EXACT_SUMS), b -> BatchNormBackwardOperations
                .exactSums("op", new ChannelTile(b[0], first), b[1], b[2], b[3], b[4]));
    }

    private static Case exactCoefficients() {
        return adding("exactCoefficients", List.of(EXACT_SUMS, CHANNEL, CHANNEL, CHANNEL),
                (program, b) -> BatchNormBackwardOperations.exactCoefficients(program, "op", b[0], 600,
                        new BatchNormBackwardOperations.Exact(b[1], b[2], b[3])));
    }

    private static Case backward(Shape wide, long first) {
        return one("backward", List.of(Y, COEFFICIENTS, wide, wide),
                b -> BatchNormBackwardOperations.backward("op", backward(b), first, b[3], CLOCK));
    }

    @ParameterizedTest
    @ValueSource(longs = {-16, 8, 32, 47, 64, Long.MAX_VALUE})
    void aTileBeginsAtAMultipleOf16AndEndsAtOneOrWithTheRow(long first) {
        assertThatThrownBy(() -> signForInference(WIDE, first).make().apply(signForInference(WIDE, 48).buffers()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("op: buffer4 float32[600, 53] should have 600 rows and a tile of columns ");
    }

    private static BatchNormBackwardOperations.Backward backward(Buffer[] b) {
        return new BatchNormBackwardOperations.Backward(b[0], b[1], b[2], false, 0);
    }

    @Override
    Set<String> methods() {
        return publicMethods(BatchNormSignOperations.class, BatchNormBackwardOperations.class,
                PaperNormOperations.class, QuantiseOperations.class);
    }
}
