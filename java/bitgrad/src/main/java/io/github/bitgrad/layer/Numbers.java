package io.github.bitgrad.layer;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Named numbers: what a layer is made of again from a file.
 *
 * @param byName in the order in which they were added; none is NaN
 */
public record Numbers(Map<String, Double> byName) {
    /** No numbers. */
    public static final Numbers NONE = new Numbers(Map.of());

    public Numbers {
        byName = Collections.unmodifiableMap(new LinkedHashMap<>(byName));
    }

    /** These and one more. */
    public Numbers and(String name, double number) {
        Map<String, Double> more = new LinkedHashMap<>(byName);
        more.put(name, number);
        return new Numbers(more);
    }

    /**
     * The number of this name.
     *
     * @throws IllegalArgumentException where there is none
     */
    public double real(String name) {
        Double number = byName.get(name);
        if (number == null) {
            throw new IllegalArgumentException("There is no number \"%s\" among %s.".formatted(name, byName.keySet()));
        }
        return number;
    }

    /**
     * The whole number of this name.
     *
     * @throws IllegalArgumentException where there is none, or it has a fraction or more than 32 bits
     */
    public int whole(String name) {
        double number = real(name);
        if (number != (int) number) {
            throw new IllegalArgumentException("%s is %s, but must be a whole number.".formatted(name, number));
        }
        return (int) number;
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
