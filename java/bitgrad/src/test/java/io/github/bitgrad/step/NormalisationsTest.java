package io.github.bitgrad.step;

import static io.github.bitgrad.tensor.ElementType.INT8;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.MaxPooling;
import java.util.List;
import java.util.Set;

class NormalisationsTest extends OperationsContract {
    private static final Shape Y = new Shape(600, 5);
    private static final Shape CHANNEL = new Shape(1, 5);
    private static final Shape COEFFICIENTS = new Shape(3, 5);
    private static final Shape SCALE = new Shape(1, 1);
    /** Two images of 4x5 pixels, and windows of 2x2. */
    private static final MaxPooling POOLING = new MaxPooling(4, 5, 5, 2);
    private static final Shape PIXELS = new Shape(2 * 20, 5);
    private static final Shape WINDOWS = new Shape(2 * 4, 5);
    private static final Shape ARGMAX = new Shape(2 * 2 * 4, 5);
    private static final Progress PROGRESS = new Progress();

    @Override
    List<Case> cases() {
        return List.of(
                adding("mean", List.of(Y.ofAnyRows(), CHANNEL),
                        (program, b) -> Normalisations.mean(program, "op", b[0], b[1])),
                adding("meanOfIntegers", List.of(CHANNEL, CHANNEL),
                        (program, b) -> Normalisations.meanOfIntegers(program, "op", b[0], 9, b[1])),
                adding("deviation", List.of(Y.ofAnyRows(), CHANNEL, CHANNEL),
                        (program, b) -> Normalisations.deviation(program, "op", b[0], b[1], b[2])),
                adding("sign", List.of(Y, CHANNEL, CHANNEL, CHANNEL, Y, Y, CHANNEL),
                        (program, b) -> Normalisations.sign(program, "op", b[0], b[1], b[2], b[3], b[4], b[5], b[6])),
                one("sign", List.of(Y, CHANNEL, CHANNEL, CHANNEL, Y),
                        b -> Normalisations.sign("op", b[0], b[1], b[2], b[3], b[4])),
                adding("coefficients", List.of(Y, Y, CHANNEL, CHANNEL, CHANNEL, SCALE),
                        (program, b) -> Normalisations.coefficients(program, "op", b[0], b[1], 600, b[2], b[3], b[4], 8,
                                b[5], INT8)),
                adding("coefficients", List.of(Y, Y, CHANNEL, CHANNEL, CHANNEL),
                        (program, b) -> Normalisations.coefficients(program, "op", b[0], b[1], 600, b[2], b[3], b[4], 0,
                                null, null)),
                one("backward", List.of(Y, COEFFICIENTS, Y, Y),
                        b -> Normalisations.backward("op", backward(b), b[3], PROGRESS)),
                one("backwardPooledSums", List.of(WINDOWS, COEFFICIENTS, PIXELS, WINDOWS, ARGMAX),
                        b -> Normalisations.backwardPooledSums("op", backward(b), POOLING, b[3], b[4], PROGRESS)),
                one("backwardPooledSigns", List.of(WINDOWS, COEFFICIENTS, PIXELS, PIXELS),
                        b -> Normalisations.backwardPooledSigns("op", backward(b), POOLING, b[3], PROGRESS)),
                one("quantise", List.of(Y, Y, SCALE), b -> Normalisations.quantise("op", b[0], b[1], b[2])));
    }

    private static Normalisations.Backward backward(Buffer[] b) {
        return new Normalisations.Backward(b[0], b[1], b[2], false, 0);
    }

    @Override
    Set<String> methods() {
        return publicMethods(Normalisations.class);
    }
}
