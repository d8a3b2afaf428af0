package io.github.bitgrad.layer;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The numbers of a layer by their names. A layer is written to a file as these numbers, and made again from them.
 *
 * @param byName the numbers by name, in the order in which they were added; none is NaN
 */
public record Numbers(Map<String, Double> byName) {
    /** No numbers. */
    public static final Numbers NONE = new Numbers(Map.of());

    public Numbers {
        byName = Collections.unmodifiableMap(new LinkedHashMap<>(byName));
    }

    /** These numbers and one more. */
    public Numbers and(String name, double number) {
        Map<String, Double> more = new LinkedHashMap<>(byName);
        more.put(name, number);
        return new Numbers(more);
    }

    /**
     * The number that has this name.
     *
     * @throws IllegalArgumentException if there is no such number
     */
    public double real(String name) {
        Double number = byName.get(name);
        if (number == null) {
            throw new IllegalArgumentException("There is no number \"%s\" among %s.".formatted(name, byName.keySet()));
        }
        return number;
    }

    /**
     * The whole number that has this name.
     *
     * @throws IllegalArgumentException if there is no such number, or if it is not a whole number of 32 bits
     */
    public int whole(String name) {
        double number = real(name);
        if (number != (int) number) {
            throw new IllegalArgumentException("%s is %s, but must be a whole number.".formatted(name, number));
        }
        return (int) number;
    }

    /** The number that has this name, or another one if there is no such number. */
    public double real(String name, double otherwise) {
        return byName.getOrDefault(name, otherwise);
    }

    /**
     * The whole number that has this name, or another one if there is no such number.
     *
     * @throws IllegalArgumentException if the number is not a whole number of 32 bits
     */
    public int whole(String name, int otherwise) {
        return byName.containsKey(name) ? whole(name) : otherwise;
    }

    @Override
    public String toString() {
        return byName.entrySet().stream()
                .map(entry -> "%s %s".formatted(entry.getKey(), entry.getValue() == entry.getValue().longValue()
                        ? Long.toString(entry.getValue().longValue())
                        : entry.getValue().toString()))
                .collect(Collectors.joining(", "));
    }
}
