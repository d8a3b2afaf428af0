package io.github.bitgrad.data;

/**
 * The random number generator SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), without an object: the n-th number that
 * follows from a seed is {@code mix(seed + n · STEP)}. It is the same on every platform. An {@link Augmentation} of your
 * own can take its random numbers from here, because this allocates nothing.
 */
public final class SplitMix64 {
    /** The golden ratio in 64 bits. */
    public static final long STEP = 0x9e3779b97f4a7c15L;

    private SplitMix64() {
    }

    /** {@return bits of which each depends on all the given ones} */
    public static long mix(long bits) {
        bits = (bits ^ bits >>> 30) * 0xbf58476d1ce4e5b9L;
        bits = (bits ^ bits >>> 27) * 0x94d049bb133111ebL;
        return bits ^ bits >>> 31;
    }

    /**
     * {@return the bits with which an {@link Augmentation} begins at an image, different for each image and seed}
     *
     * @param seed as {@link Augmentation#change} gets it
     * @param image the index of the image, from 0
     */
    public static long ofImage(long seed, int image) {
        return mix(seed + (image + 1L) * STEP);
    }

    /**
     * Makes a whole number of random bits.
     *
     * @param bits from {@link #mix}
     * @param low the least number
     * @param high the largest number; every number from {@code low} on is as likely
     */
    public static int between(long bits, int low, int high) {
        return low + (int) Math.floorMod(bits, (long) high - low + 1);
    }
}
