package io.github.bitgrad;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** Finds things by the names that users write. */
public final class Names {
    private Names() {
    }

    /**
     * The choice whose {@code toString()} is the name.
     *
     * @param what the choices are, as {@code optimizer}
     * @throws IllegalArgumentException where there is none; the message names the nearest and lists all
     */
    public static <T> T find(String what, String name, T[] choices) {
        List<T> all = Arrays.asList(choices);
        return all.stream().filter(choice -> choice.toString().equals(name)).findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("There is no %s named '%s'; did you mean '%s'? Known: %s."
                                .formatted(what, name,
                                        all.stream().min(Comparator.comparingInt(c -> distance(name, c.toString())))
                                                .orElseThrow(),
                                        all.stream().map(T::toString).collect(Collectors.joining(", ")))));
    }

    /** The edit distance (Levenshtein): insertions, deletions and replacements of letters, case aside. */
    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        Arrays.setAll(previous, j -> j);
        for (int i = 1; i <= a.length(); i++) {
            int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                boolean same = Character.toLowerCase(a.charAt(i - 1)) == Character.toLowerCase(b.charAt(j - 1));
                row[j] = Math.min(Math.min(row[j - 1], previous[j]) + 1, previous[j - 1] + (same ? 0 : 1));
            }
            previous = row;
        }
        return previous[b.length()];
    }
}
