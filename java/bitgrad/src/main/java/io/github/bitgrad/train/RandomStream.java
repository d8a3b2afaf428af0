package io.github.bitgrad.train;

import io.github.bitgrad.data.SplitMix64;
import java.util.SplittableRandom;

/** The parts of a training that draw random numbers. Each draws from a stream of its own. */
enum RandomStream {
    WEIGHTS,
    SHUFFLE,
    AUGMENTATION,
    REPLAY;

    /**
     * Begins a stream. It depends on the seed, on the part of the training and on a number, and on nothing drawn
     * before.
     *
     * @param time which time this part draws: the number of the epoch, for example
     */
    SplittableRandom begin(long seed, int time) {
        return new SplittableRandom(
                new SplittableRandom(seed).nextLong() + ((long) ordinal() << Integer.SIZE) + time);
    }

    /** A random number of this part of the training, without an object. It depends on the seed and a number. */
    long number(long seed, long number) {
        return SplitMix64.mix(SplitMix64.mix(seed + (ordinal() + 1) * SplitMix64.STEP) + number * SplitMix64.STEP);
    }
}
