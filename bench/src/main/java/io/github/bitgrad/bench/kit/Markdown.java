package io.github.bitgrad.bench.kit;

import io.github.bitgrad.bench.kit.Section.Bar;
import io.github.bitgrad.bench.kit.Section.Chart;
import io.github.bitgrad.bench.kit.Section.Listing;
import io.github.bitgrad.bench.kit.Section.Part;
import io.github.bitgrad.bench.kit.Section.Table;
import io.github.bitgrad.bench.kit.Section.Text;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/** Writes reports as Markdown. A chart becomes a table. */
final class Markdown {
    String document(List<Section> sections) {
        return "# bitgrad-bench\n" + sections.stream().map(this::section).collect(Collectors.joining());
    }

    private String section(Section section) {
        return "\n## %s\n".formatted(section.title())
                + section.blocks().stream().map(this::block).collect(Collectors.joining());
    }

    private String block(Section.Block block) {
        return switch (block) {
            case Text text -> "\n%s\n".formatted(text.text());
            case Listing listing ->
                listing.items().stream().map("- %s\n"::formatted).collect(Collectors.joining("", "\n", ""));
            case Table table -> table(table.head(), table.rows());
            case Chart chart -> "\n### %s\n".formatted(chart.title()) + table(head(chart), chart.bars().stream()
                    .map(Markdown::cells).toList());
        };
    }

    private static List<String> head(Chart chart) {
        List<String> head = new ArrayList<>(List.of(""));
        head.addAll(chart.columns());
        List<Part> parts = chart.bars().getFirst().parts();
        if (parts.size() > 1) {
            parts.forEach(part -> head.add(part.name()));
        }
        return head;
    }

    private static List<String> cells(Bar bar) {
        List<String> cells = new ArrayList<>(List.of(bar.label()));
        cells.addAll(bar.figures());
        if (bar.parts().size() > 1) {
            bar.parts().forEach(part -> cells.add(part.figure()));
        }
        return cells;
    }

    private static String table(List<String> head, List<List<String>> rows) {
        return "\n" + row(head) + row(Collections.nCopies(head.size(), "---"))
                + rows.stream().map(Markdown::row).collect(Collectors.joining());
    }

    private static String row(List<String> cells) {
        return cells.stream().map(cell -> cell.replace("|", "\\|")).collect(Collectors.joining(" | ", "| ", " |\n"));
    }
}
