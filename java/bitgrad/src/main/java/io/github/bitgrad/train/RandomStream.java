package io.github.bitgrad.train;

import java.util.SplittableRandom;

/** What draws random numbers, each from a stream of its own. */
enum RandomStream {
    WEIGHTS,
    SHUFFLE,
    AUGMENTATION;

    /** Numbers that depend on the seed, what they are for, and which time it is, and on nothing drawn before. */
    SplittableRandom begin(long seed, int time) {
        return new SplittableRandom(
                new SplittableRandom(seed).nextLong() + ((long) ordinal() << Integer.SIZE) + time);
    }
}
