package io.github.bitgrad.formats.table;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.Names;
import java.util.ArrayList;
import java.util.List;

/**
 * A column of a table that holds texts, such as colours, of which there are few different ones. Each text has a place
 * among them: in the order in which they are found, or that of the training.
 */
final class TextColumn {
    /** More different texts are names or sentences, from which nothing can be learned. */
    static final int MOST_TEXTS = 32;

    private final List<String> texts;
    private final boolean isKnown;

    private TextColumn(List<String> texts, boolean isKnown) {
        this.texts = texts;
        this.isKnown = isKnown;
    }

    /** {@return a column whose texts are still to be found} */
    static TextColumn learning() {
        return new TextColumn(new ArrayList<>(), false);
    }

    /** {@return a column that a network was trained on} */
    static TextColumn known(List<String> texts) {
        return new TextColumn(texts, true);
    }

    /**
     * {@return the place of the text in a line}
     *
     * @param column from 0
     * @param name what messages call the column
     * @throws BitgradException if there is no text, too many different ones are found, or it is none of those that are
     *             known; the message names the file, the line and the column
     */
    int place(CsvFile csv, CsvFile.Line line, int column, String name) {
        String value = line.values().get(column);
        String text = Names.printable(value.strip());
        int place = texts.indexOf(text);
        if (place >= 0) {
            return place;
        }
        if (csv.isNumber(value)) {
            throw csv.refusal(line.number(),
                    "%s is %s, a number, but holds texts in other lines: give texts or numbers alone."
                            .formatted(name, Numerals.shown(text)));
        }
        if (!Numerals.isWord(value)) {
            throw csv.refusal(line.number(), "%s %s".formatted(name, Numerals.fault(value)));
        }
        if (isKnown) {
            throw csv.refusal(line.number(),
                    "%s is \"%s\", which no training line has; texts are %s: mend it, or leave the line out."
                            .formatted(name, Numerals.shown(text), ClassNames.listed(texts)));
        }
        if (texts.size() == MOST_TEXTS) {
            throw csv.refusal(line.number(),
                    "%s has more than %s different texts, such as \"%s\", from which nothing can be learned: take the column out of the table, or give numbers."
                            .formatted(name, MOST_TEXTS, Numerals.shown(text)));
        }
        texts.add(text);
        return texts.size() - 1;
    }

    /** {@return the text that has a place} */
    String text(int place) {
        return texts.get(place);
    }

    /** {@return the texts in alphabetical order} */
    List<String> ordered() {
        return ClassNames.ordered(texts);
    }
}
