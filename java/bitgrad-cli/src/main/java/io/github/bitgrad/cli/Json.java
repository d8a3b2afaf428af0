package io.github.bitgrad.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Reports for programs. */
final class Json {
    private static final JSON WRITER = JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES);

    private Json() {
    }

    /**
     * The object on one line, with its keys in the order of the map. Values that are not known are null, and so are
     * numbers that are not finite, because JSON has none.
     */
    static String line(Map<String, ?> object) {
        try {
            return WRITER.asString(finite(object));
        } catch (IOException impossible) { // in memory
            throw new UncheckedIOException(impossible);
        }
    }

    private static Object finite(Object value) {
        return switch (value) {
            case Double number when !Double.isFinite(number) -> null;
            case Float number when !Float.isFinite(number) -> null;
            case Map<?, ?> map -> {
                Map<Object, Object> copy = new LinkedHashMap<>();
                map.forEach((key, element) -> copy.put(key, finite(element)));
                yield copy;
            }
            case List<?> list -> list.stream().map(Json::finite).collect(Collectors.toCollection(ArrayList::new));
            case null -> null;
            default -> value;
        };
    }
}
