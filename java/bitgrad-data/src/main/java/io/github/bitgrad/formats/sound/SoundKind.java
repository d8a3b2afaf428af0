package io.github.bitgrad.formats.sound;

import io.github.bitgrad.data.Preprocessing;
import io.github.bitgrad.data.PreprocessingKind;

/** The kind of preprocessing that makes images of sounds. It is a service, and found by itself. */
public final class SoundKind implements PreprocessingKind {
    static final String NAME = "sound";

    /** For the service loader. */
    public SoundKind() {
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Preprocessing preprocessing(String text) {
        return SoundPreprocessing.parse(text);
    }
}
