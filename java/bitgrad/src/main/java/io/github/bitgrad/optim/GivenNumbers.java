package io.github.bitgrad.optim;

import io.github.bitgrad.Described;
import java.util.Map;
import java.util.SequencedMap;

/** Numbers of an optimizer or a schedule, some of which the caller sets. */
final class GivenNumbers {
    private GivenNumbers() {
    }

    /**
     * The numbers of an object, with those in place that are given.
     *
     * @param what what the object is, such as {@code optimizer}
     * @throws IllegalArgumentException if the object has no number of a given name
     */
    static SequencedMap<String, Number> of(String what, Described object, Map<String, ? extends Number> given) {
        SequencedMap<String, Number> numbers = object.numbers();
        given.forEach((name, number) -> {
            if (numbers.replace(name, number) == null) {
                throw new IllegalArgumentException("The %s %s has no %s; what can be set is %s.".formatted(what,
                        object.name(), name, numbers.isEmpty() ? "nothing" : String.join(", ", numbers.keySet())));
            }
        });
        return numbers;
    }
}
