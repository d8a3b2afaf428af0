package io.github.bitgrad.formats.picture;

import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.Preprocessing;
import io.github.bitgrad.data.PreprocessingKind;

/** The kind of preprocessing that crops and scales pictures. It is a service, and found by itself. */
public final class PictureKind implements PreprocessingKind {
    static final String NAME = "picture";

    /** For the service loader. */
    public PictureKind() {
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Preprocessing preprocessing(String text) {
        return new PicturePreprocessing(ImageShape.parse(text));
    }
}
