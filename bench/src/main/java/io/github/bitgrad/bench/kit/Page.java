package io.github.bitgrad.bench.kit;

import io.github.bitgrad.bench.kit.Section.Bar;
import io.github.bitgrad.bench.kit.Section.Chart;
import io.github.bitgrad.bench.kit.Section.Listing;
import io.github.bitgrad.bench.kit.Section.Part;
import io.github.bitgrad.bench.kit.Section.Table;
import io.github.bitgrad.bench.kit.Section.Text;
import io.github.bitgrad.cli.Units;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Writes reports as one page of HTML that needs no other file and no script. Bars are SVG that is written here, and not
 * by a library for plots: such a library draws text with the fonts of the JDK, and the JDK of a small machine is often
 * one without fonts. The widths are percentages, so that a page fits any screen while its text keeps its size.
 */
final class Page {
    /** Colours that people with any kind of colour vision can tell apart (Okabe and Ito). */
    private static final List<String> COLOURS = List.of("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9",
            "#d55e00", "#b8a900", "#767676");

    private static final String BEGIN = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light">
            <title>bitgrad-bench</title>
            <style>
            body { margin: 0 auto; max-width: 64rem; padding: 1rem; background: #fff; color: #1a1a1a;
                font: 1rem/1.45 system-ui, sans-serif; overflow-wrap: anywhere; }
            h1 { font-size: 1.6rem; } h2 { margin-top: 2.5rem; border-bottom: 1px solid #ccc; }
            table { border-collapse: collapse; width: 100%; font-size: .9rem; }
            th, td { padding: .25rem .75rem .25rem 0; text-align: left; vertical-align: top;
                border-bottom: 1px solid #e4e4e4; }
            td:first-child { overflow-wrap: normal; }
            .bar { margin: .75rem 0; } .bar > svg { display: block; width: 100%; height: 1.1rem; background: #f2f2f2; }
            .figures { color: #444; } .parts { margin: .2rem 0 0; padding: 0; list-style: none; font-size: .85rem; }
            .parts li { display: inline-block; margin-right: .9rem; }
            .parts svg { width: .7rem; height: .7rem; margin-right: .3rem; }
            @media (min-width: 50rem) {
                .bar { display: grid; grid-template-columns: 22rem 1fr; column-gap: 1.5rem; align-items: center; }
                .parts { grid-column: 2; }
            }
            .warning { background: #fff4d6; border-left: .3rem solid #e69f00; padding: .5rem 1rem; margin-top: 1.5rem; }
            .warning h2 { margin: 0; border: 0; }
            </style>
            </head>
            <body>
            <h1>bitgrad-bench</h1>
            """;
    private static final String END = """
            </body>
            </html>
            """;

    String document(List<Section> sections) {
        return BEGIN + sections.stream().map(this::section).collect(Collectors.joining()) + END;
    }

    private String section(Section section) {
        return "<section%s>\n<h2>%s</h2>\n%s</section>\n".formatted(
                section.title().equals(Report.WARNINGS) ? " class=\"warning\"" : "", text(section.title()),
                section.blocks().stream().map(this::block).collect(Collectors.joining()));
    }

    private String block(Section.Block block) {
        return switch (block) {
            case Text text -> "<p>%s</p>\n".formatted(text(text.text()));
            case Listing listing -> listing.items().stream().map(item -> "<li>%s</li>\n".formatted(text(item)))
                    .collect(Collectors.joining("", "<ul>\n", "</ul>\n"));
            case Table table -> "<table>\n%s%s</table>\n".formatted(
                    table.head().stream().allMatch(String::isEmpty) ? "" : row("th", table.head()),
                    table.rows().stream().map(row -> row("td", row)).collect(Collectors.joining()));
            case Chart chart -> "<h3>%s</h3>\n%s".formatted(text(chart.title()), chart.bars().stream()
                    .map(bar -> bar(chart, bar)).collect(Collectors.joining()));
        };
    }

    private static String row(String kind, List<String> cells) {
        return cells.stream().map(cell -> "<%s>%s</%s>".formatted(kind, text(cell), kind))
                .collect(Collectors.joining("", "<tr>", "</tr>\n"));
    }

    private static String bar(Chart chart, Bar bar) {
        String figures = IntStream.range(0, bar.figures().size()).filter(i -> !bar.figures().get(i).isEmpty())
                .mapToObj(i -> chart.columns().get(i) + " " + unbroken(bar.figures().get(i)))
                .collect(Collectors.joining(", "));
        StringBuilder parts = new StringBuilder();
        StringBuilder legend = new StringBuilder();
        double begin = 0;
        for (int i = 0; i < bar.parts().size(); i++) {
            Part part = bar.parts().get(i);
            String colour = COLOURS.get(i % COLOURS.size());
            if (part.length() > 0) {
                parts.append(rectangle(begin / chart.longest(), part.length() / chart.longest(), colour));
                legend.append("<li><svg aria-hidden=\"true\">%s</svg>%s %s</li>\n".formatted(rectangle(0, 1, colour),
                        text(part.name()), text(unbroken(part.figure()))));
            }
            begin += part.length();
        }
        return """
                <div class="bar">
                <div><strong>%s</strong> <span class="figures">%s</span></div>
                <svg role="img" aria-label="%s">%s</svg>
                %s</div>
                """.formatted(text(bar.label()), text(figures), text(bar.label()), parts,
                bar.parts().size() > 1 ? "<ul class=\"parts\">\n%s</ul>\n".formatted(legend) : "");
    }

    /** @param begin and {@code width}: parts of the whole width */
    private static String rectangle(double begin, double width, String colour) {
        return Units.format("<rect x=\"%.3f%%\" width=\"%.3f%%\" height=\"100%%\" fill=\"%s\"/>", 100 * begin,
                100 * width, colour);
    }

    /** A figure whose number and unit stay on one line. */
    private static String unbroken(String figure) {
        return figure.replace(' ', '\u00a0');
    }

    /** Text without what HTML would take for a tag. */
    private static String text(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }
}
