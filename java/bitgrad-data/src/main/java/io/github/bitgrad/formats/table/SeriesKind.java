package io.github.bitgrad.formats.table;

import io.github.bitgrad.data.Preprocessing;
import io.github.bitgrad.data.PreprocessingKind;

/** The kind of preprocessing that makes images of time series. It is a service, and found by itself. */
public final class SeriesKind implements PreprocessingKind {
    static final String NAME = "series";

    /** For the service loader. */
    public SeriesKind() {
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Preprocessing preprocessing(String text) {
        return SeriesPreprocessing.parse(text);
    }
}
