package io.github.bitgrad.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/** Reports for programs. */
final class Json {
    private static final JSON WRITER = JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES);

    private Json() {
    }

    /** The object on one line, with its keys in the order of the map. Values that are not known are null. */
    static String line(Map<String, ?> object) {
        try {
            return WRITER.asString(object);
        } catch (IOException impossible) { // in memory
            throw new UncheckedIOException(impossible);
        }
    }
}
