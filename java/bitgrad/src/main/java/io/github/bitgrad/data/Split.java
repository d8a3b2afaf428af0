package io.github.bitgrad.data;

/** The two parts of a data set. */
public enum Split {
    /** What a model learns from. */
    TRAIN,
    /** What a model is judged by and never learns from. */
    TEST
}
