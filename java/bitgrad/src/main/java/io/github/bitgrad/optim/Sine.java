package io.github.bitgrad.optim;

/** The sine, the same bits on every machine. {@link StrictMath#sin} would be so too, but allocates. */
final class Sine {
    /** More terms of the series than these change nothing in double precision, for angles up to π/2. */
    private static final int TERMS = 12;

    private Sine() {
    }

    /** The sine of an angle within ±π/2, by its Taylor series. */
    static double of(double angle) {
        double sum = 0;
        double term = angle;
        for (int i = 1; i <= TERMS; i++) {
            sum += term;
            term *= -angle * angle / (2 * i * (2 * i + 1));
        }
        return sum;
    }
}
