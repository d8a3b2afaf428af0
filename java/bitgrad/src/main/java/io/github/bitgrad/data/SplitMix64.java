package io.github.bitgrad.data;

/**
 * The random number generator SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), without an object: the n-th number that
 * follows from a seed is {@code mix(seed + n · STEP)}. It is the same on every platform.
 */
final class SplitMix64 {
    /** The golden ratio in 64 bits. */
    static final long STEP = 0x9e3779b97f4a7c15L;

    private SplitMix64() {
    }

    static long mix(long bits) {
        bits = (bits ^ bits >>> 30) * 0xbf58476d1ce4e5b9L;
        bits = (bits ^ bits >>> 27) * 0x94d049bb133111ebL;
        return bits ^ bits >>> 31;
    }
}
