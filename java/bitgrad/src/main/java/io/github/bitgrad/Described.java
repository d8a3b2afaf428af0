package io.github.bitgrad;

import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * A choice that a training is described by, such as its optimizer. Reports and files know the choice by its name and
 * its numbers: a training can only be resumed with choices whose names and numbers are those that it began with.
 */
public interface Described {
    /** The name that reports and files have for it, such as {@code adam}. */
    String name();

    /**
     * The numbers that the choice was made with, by their names, in the order in which reports list them. The map is
     * the caller's own. There are none unless this method is overridden.
     */
    default SequencedMap<String, Number> numbers() {
        return new LinkedHashMap<>();
    }
}
