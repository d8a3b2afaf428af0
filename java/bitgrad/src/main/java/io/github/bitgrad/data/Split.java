package io.github.bitgrad.data;

/** The two parts of a data set. */
public enum Split {
    /** The images that a network learns from. */
    TRAIN,
    /** The images that a network is tested with, and never learns from. */
    TEST
}
