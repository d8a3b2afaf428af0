package io.github.bitgrad;

import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * A part of the description of a training, such as its optimizer. Reports and files identify the part by its name and
 * its numbers. A training can only be resumed with parts whose names and numbers are those that it began with.
 */
public interface Described {
    /** The name in reports and files, such as {@code adam}. */
    String name();

    /**
     * The numbers that this object was created with, by their names, in the order in which reports list them. Each call
     * returns a new map, which the caller may change. The map is empty unless this method is overridden.
     */
    default SequencedMap<String, Number> numbers() {
        return new LinkedHashMap<>();
    }
}
