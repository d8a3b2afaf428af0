package io.github.bitgrad.bench.kit;

import java.util.List;

/**
 * A part of a report, whatever it is written as.
 *
 * @param title its heading
 * @param blocks what is below the heading
 */
record Section(String title, List<Block> blocks) {
    /** What a section consists of. */
    sealed interface Block permits Text, Listing, Table, Chart {
    }

    /** A paragraph. */
    record Text(String text) implements Block {
    }

    /** Sentences, each an item of a list. */
    record Listing(List<String> items) implements Block {
    }

    /** Rows of cells, the first of which is a heading. */
    record Table(List<String> head, List<List<String>> rows) implements Block {
    }

    /**
     * Bars of which each consists of parts.
     *
     * @param title its heading
     * @param columns what each figure of a bar is
     * @param bars the bars, each with as many figures, and parts with the same names
     */
    record Chart(String title, List<String> columns, List<Bar> bars) implements Block {
        /** The length of the longest bar. */
        double longest() {
            return bars.stream().mapToDouble(Bar::length).max().orElse(0);
        }
    }

    /**
     * A bar of a chart.
     *
     * @param label what it stands for
     * @param figures its figures, one for each column of the chart
     * @param parts what it consists of, at least one
     */
    record Bar(String label, List<String> figures, List<Part> parts) {
        /** A bar of one part. */
        static Bar of(String label, List<String> figures, double length) {
            return new Bar(label, figures, List.of(new Part("", length, "")));
        }

        double length() {
            return parts.stream().mapToDouble(Part::length).sum();
        }
    }

    /** A part of a bar, its length and the figure that the length stands for. */
    record Part(String name, double length, String figure) {
    }
}
