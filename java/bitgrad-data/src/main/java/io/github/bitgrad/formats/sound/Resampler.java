package io.github.bitgrad.formats.sound;

/**
 * Lowers the sampling rate of a sound. Frequencies up to 92 % of half the lower rate stay as they are, within 0.01 dB;
 * those above half the lower rate, which it cannot hold, are damped by at least 80 dB.
 *
 * <p>
 * A sound without frequencies above half its rate F is the sum over its samples k of x[k] · sinc(t − k), with the time t
 * in samples and sinc(t) = sin(πt) / (πt). A lower rate F' can only hold frequencies below F'/2. They are what remains if
 * the sinc is made wider by F / F' and lower by F' / F. So sample n of the result, at time t = n · F / F', is
 *
 * <pre>
 * y[n] = F'/F · Σ x[k] · h((t − k) · F'/F)
 * </pre>
 *
 * with h = sinc. That sum has no end, so h is a sinc that a Kaiser window ends after 64 zero crossings on either side.
 * For a damping of A = 80 dB, this window has the parameter β = 0.1102 · (A − 8.7), and frequencies pass from undamped to
 * damped within (A − 7.95) / (14.36 · 128) = 0.039 of the rate F'. The sinc ends at a frequency that is lower than F'/2
 * by half of that, so that the damping is complete at F'/2. Values of h are interpolated in a table; the error of this
 * is below −110 dB. The time t is a whole number and a fraction with the denominator F', so it is exact however long the
 * sound is.
 *
 * <p>
 * Sources: J. O. Smith, "Digital Audio Resampling" (ccrma.stanford.edu/~jos/resample) for the interpolation of h; A. V.
 * Oppenheim, R. W. Schafer, "Discrete-Time Signal Processing", section 7.6, for the Kaiser window.
 */
final class Resampler implements Samples {
    private static final double DAMPING = 80;
    /** Of h, on each side. */
    private static final int CROSSINGS = 64;
    /** Values of h in the table from one zero crossing of a sinc to the next one. */
    private static final int STEPS = 512;
    /** h at 0, 1 / STEPS, 2 / STEPS, …, CROSSINGS, and a zero behind that. */
    private static final double[] KERNEL = kernel();
    private static final int BLOCK = 1 << 12;

    private final Samples source;
    private final int from;
    private final int to;
    /** How many samples of the source a sample depends on, on each side. */
    private final int reach;
    /** Some samples of the source, one after the other; before its first sample there are zeros. */
    private final float[] held;
    /** The number of the sample of the source that is first of those that are held. */
    private long first;
    private int count;
    private boolean ended;
    /** The number of the next sample of the result. */
    private long next;

    private Resampler(Samples source, int from, int to) {
        this.source = source;
        this.from = from;
        this.to = to;
        reach = (int) (((long) CROSSINGS * from + to - 1) / to);
        held = new float[2 * reach + BLOCK];
        first = -reach;
        count = reach;
    }

    /**
     * A sound with a lower rate. If the sound has n samples, the result has n · {@code to} / {@code from} of them, rounded
     * up; the first sample of both is at the same time.
     *
     * @param from the sampling rate of the sound, in Hz
     * @param to the sampling rate of the result, from 1 to {@code from}; if both are equal, the sound itself is returned
     */
    static Samples of(Samples sound, int from, int to) {
        if (to < 1 || to > from) {
            throw new IllegalArgumentException(
                    "A sampling rate of %s Hz cannot be lowered to %s Hz: give 1 to %s.".formatted(from, to, from));
        }
        return from == to ? sound : new Resampler(sound, from, to);
    }

    private static double[] kernel() {
        double beta = 0.1102 * (DAMPING - 8.7);
        double transition = (DAMPING - 7.95) / (14.36 * 2 * CROSSINGS);
        double cutoff = 1 - transition; // of half the rate of the result
        double[] kernel = new double[CROSSINGS * STEPS + 2];
        for (int i = 0; i <= CROSSINGS * STEPS; i++) {
            double t = (double) i / STEPS;
            double sinc = i == 0 ? cutoff : Math.sin(Math.PI * cutoff * t) / (Math.PI * t);
            double x = t / CROSSINGS;
            kernel[i] = sinc * bessel(beta * Math.sqrt(1 - x * x)) / bessel(beta);
        }
        return kernel;
    }

    /** The modified Bessel function of order 0, the sum over k of ((x/2)^k / k!)². */
    private static double bessel(double x) {
        double sum = 1;
        double term = 1;
        for (int k = 1; term > 1e-17 * sum; k++) {
            term *= x / (2 * k) * (x / (2 * k));
            sum += term;
        }
        return sum;
    }

    @Override
    public int read(float[] samples, int begin, int wanted) {
        for (int i = 0; i < wanted; i++) {
            long whole = Math.multiplyExact(next, (long) from) / to;
            if (!isThere(whole)) {
                return i;
            }
            samples[begin + i] = sample((int) (whole - first), (int) (next * from % to));
            next++;
        }
        return wanted;
    }

    /** Sees that what a sample depends on is held. Returns whether the source has the sample at that time. */
    private boolean isThere(long whole) {
        while (!ended && whole + reach >= first + count) {
            int gone = (int) Math.min(count, Math.max(0, whole - reach - first));
            System.arraycopy(held, gone, held, 0, count - gone);
            first += gone;
            count -= gone;
            int found = source.read(held, count, held.length - count);
            ended = found < held.length - count;
            count += found;
        }
        return whole < first + count;
    }

    /**
     * @param at where the sample of the source is held that is at the time of the result or before it
     * @param part how much later the result is, in parts of {@link #to} of a sample of the source
     */
    private float sample(int at, int part) {
        double step = (double) STEPS * to / from;
        double sum = 0;
        double since = (double) STEPS * part / from;
        for (int j = 0; j < reach; j++) {
            sum += held[at - j] * kernel(since + j * step);
        }
        double until = (double) STEPS * (to - part) / from;
        for (int j = 0; j < reach && at + 1 + j < count; j++) {
            sum += held[at + 1 + j] * kernel(until + j * step);
        }
        return (float) (sum * to / from);
    }

    /** @param place in the table, from 0; 0 where the table has ended */
    private static double kernel(double place) {
        int entry = (int) place;
        return entry >= CROSSINGS * STEPS
                ? 0
                : KERNEL[entry] + (place - entry) * (KERNEL[entry + 1] - KERNEL[entry]);
    }
}
