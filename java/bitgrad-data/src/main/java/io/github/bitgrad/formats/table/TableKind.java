package io.github.bitgrad.formats.table;

import io.github.bitgrad.data.Preprocessing;
import io.github.bitgrad.data.PreprocessingKind;

/** The kind of preprocessing that makes images of lines of tables. It is a service, and found by itself. */
public final class TableKind implements PreprocessingKind {
    static final String NAME = "table";

    /** For the service loader. */
    public TableKind() {
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Preprocessing preprocessing(String text) {
        return TablePreprocessing.parse(text);
    }
}
