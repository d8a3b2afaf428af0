package io.github.bitgrad.step;

/** The factors of averages. */
public final class Averages {
    private Averages() {
    }

    /**
     * Adam's correction of an average that began at zero: 1 / (1 − decay<sup>step</sup>).
     *
     * @param decay the part of the average that each step keeps, from 0 and below 1
     * @param step the number of the running step, from 1
     */
    public static float correction(float decay, long step) {
        return (float) (1 / (1 - power(decay, step)));
    }

    /** By squaring: {@link StrictMath#pow} would allocate. */
    private static double power(double base, long exponent) {
        double power = 1;
        double square = base;
        for (long rest = exponent; rest > 0; rest >>= 1) {
            if ((rest & 1) == 1) {
                power *= square;
            }
            square *= square;
        }
        return power;
    }

    /**
     * The part that a mean keeps when one more value is added to it: 0, then 1/2, 2/3, …
     *
     * @param number the number of the value, from 1
     */
    static float decay(long number) {
        return 1 - 1.0f / number;
    }
}
