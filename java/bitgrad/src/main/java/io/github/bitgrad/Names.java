package io.github.bitgrad;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/** Finds an object by the name that a user has typed, and prints names that are not our own. */
public final class Names {
    private Names() {
    }

    /**
     * Finds the choice whose {@code toString()} equals the name.
     *
     * @param what what the choices are, such as {@code algorithm}
     * @throws IllegalArgumentException if no choice has the name; the message contains the most similar name and lists
     *             all names
     */
    public static <T> T find(String what, String name, T[] choices) {
        return find(what, name, Arrays.asList(choices), T::toString);
    }

    /**
     * Finds the choice that has the name.
     *
     * @param what what the choices are, such as {@code schedule}
     * @throws IllegalArgumentException if no choice has the name; the message contains the most similar name and lists
     *             all names
     */
    public static <T extends Described> T find(String what, String name, List<T> choices) {
        return find(what, name, choices, T::name);
    }

    /**
     * Finds the choice that has the name.
     *
     * @param what what the choices are, such as {@code layer kind}
     * @param nameOf tells the name of a choice
     * @throws IllegalArgumentException if no choice has the name; the message contains the most similar name and lists
     *             all names
     */
    public static <T> T find(String what, String name, List<T> choices, Function<T, String> nameOf) {
        return choices.stream().filter(choice -> nameOf.apply(choice).equals(name)).findFirst().orElseThrow(() -> {
            List<String> names = choices.stream().map(nameOf).toList();
            String similar = similar(name, names);
            return new IllegalArgumentException("There is no %s named '%s'; did you mean '%s'? Known: %s."
                    .formatted(what, printable(name), similar, String.join(", ", names)));
        });
    }

    /**
     * The name that is most similar to a word.
     *
     * @param names the names, at least one
     */
    public static String similar(String word, List<String> names) {
        return names.stream().min(Comparator.comparingInt(name -> distance(word, name))).orElseThrow();
    }

    /** A text from a file as one line of a message: without control characters, which could do things to a terminal. */
    public static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }

    /** The edit distance (Levenshtein): how many letters must be inserted, deleted or replaced. It ignores case. */
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
