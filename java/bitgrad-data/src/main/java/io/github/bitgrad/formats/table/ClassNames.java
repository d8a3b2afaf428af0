package io.github.bitgrad.formats.table;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Numbers the classes that are named in data. */
final class ClassNames {
    private static final int MOST_LISTED = 10;

    private ClassNames() {
    }

    /** {@return the different names: whole numbers in their order, and all others by the alphabet after them} */
    static List<String> ordered(Collection<String> names) {
        return names.stream().distinct().sorted(Comparator.comparing(ClassNames::number)
                .thenComparing(Comparator.naturalOrder())).toList();
    }

    private static long number(String name) {
        return name.matches("-?[0-9]{1,15}") ? Long.parseLong(name) : Long.MAX_VALUE;
    }

    /** {@return the number of each class by its name} */
    static Map<String, Integer> numbers(List<String> names) {
        Map<String, Integer> numbers = new HashMap<>();
        names.forEach(name -> numbers.put(name, numbers.size()));
        return numbers;
    }

    /** {@return the names as a message lists them: the first ones, if there are many} */
    static String listed(List<String> names) {
        String list = names.stream().limit(MOST_LISTED).map(Numerals::shown).collect(Collectors.joining(", "));
        return names.size() <= MOST_LISTED ? list : "%s and %s more".formatted(list, names.size() - MOST_LISTED);
    }
}
