package io.github.bitgrad.formats.sound;

import io.github.bitgrad.BitgradException;

/** The samples of a sound, which are read one after the other, so that a long sound need not be in memory as a whole. */
interface Samples {
    /**
     * Reads the next samples.
     *
     * @param to takes them
     * @param begin where the first one is written
     * @param count how many are wanted
     * @return how many there were: fewer than wanted only where the sound ends
     * @throws BitgradException if they cannot be read
     */
    int read(float[] to, int begin, int count);
}
