package io.github.bitgrad.cli;

import io.github.bitgrad.train.NetworkSummary;
import io.github.bitgrad.train.NetworkSummary.Block;
import io.github.bitgrad.train.NetworkSummary.Layer;
import io.github.bitgrad.train.StepSettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Says what the layers of a network compute, learn and take. */
final class SummaryReport {
    private static final double MILLISECONDS = 1e3;
    private static final double BITS_OF_A_KIBIBYTE = 8 << 10;
    /** Without a measurement, the time has no column. */
    private static final List<String> HEAD = List.of("layer", "", "output", "binary", "real", "KiB", "binary MAC",
            "real MAC", "memory", "time");
    /** The columns that are aligned at their left ends. */
    private static final int NAMES = 2;

    private final NetworkSummary summary;
    private final StepSettings step;

    /** @param step the step that the summary is of */
    SummaryReport(NetworkSummary summary, StepSettings step) {
        this.summary = summary;
        this.step = step;
    }

    /** The report for programs. */
    Map<String, Object> object() {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("model", summary.network());
        object.put("input", step.network().input().toString());
        object.put("classes", step.network().classes());
        object.put("algorithm", step.policy().name());
        object.put("optimizer", step.optimizer().name());
        object.put("batch", step.batch());
        object.put("microBatch", summary.batch());
        object.put("blocks", summary.blocks().stream().map(SummaryReport::object).toList());
        object.put("total", counts(total()));
        object.put("planPeakBytes", summary.peakBytes());
        return object;
    }

    private static Map<String, Object> object(Block block) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("name", block.name());
        object.put("layers", block.layers().stream().map(layer -> {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("name", layer.name());
            entry.put("layer", layer.description());
            entry.put("output", layer.output().toString());
            return entry;
        }).toList());
        object.putAll(counts(block));
        return object;
    }

    private static Map<String, Object> counts(Block block) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("binaryWeights", block.binaryWeights());
        object.put("realNumbers", block.realNumbers());
        object.put("learnedBits", block.learnedBits());
        object.put("binaryProducts", block.binaryProducts());
        object.put("realProducts", block.realProducts());
        object.put("bytesAtFullest", block.bytesAtFullest());
        object.put("seconds", block.seconds().isPresent() ? block.seconds().getAsDouble() : null);
        return object;
    }

    /** All blocks together. */
    private Block total() {
        return new Block("total", List.of(), summary.total(Block::binaryWeights), summary.total(Block::realNumbers),
                summary.total(Block::learnedBits), summary.total(Block::binaryProducts),
                summary.total(Block::realProducts), summary.total(Block::bytesAtFullest), summary.seconds());
    }

    /** The report for people: a row for each layer. The first row of a block has the numbers of the block. */
    String text() {
        List<List<String>> rows =
                new ArrayList<>(List.of(summary.seconds().isPresent() ? HEAD : HEAD.subList(0, HEAD.size() - 1)));
        for (Block block : summary.blocks()) {
            if (block.layers().isEmpty()) {
                rows.add(row(block.name(), "", "", block));
            }
            for (int i = 0; i < block.layers().size(); i++) {
                Layer layer = block.layers().get(i);
                String shape = layer.output().toString();
                rows.add(i == 0
                        ? row(layer.name(), layer.description(), shape, block)
                        : List.of(layer.name(), layer.description(), shape));
            }
        }
        rows.add(row("total", "", "", total()));
        StringBuilder text = new StringBuilder("%s for images of %s, batch %s, %s, %s; memory of a step %s MiB%s%n%n"
                .formatted(summary.network(), step.network().input(), step.batch(), step.policy().name(),
                        step.optimizer().name(), Units.mebibytes(summary.peakBytes()), time()));
        int[] widths = new int[HEAD.size()];
        rows.forEach(row -> {
            for (int column = 0; column < row.size(); column++) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        });
        rows.forEach(row -> text.append(line(row, widths)));
        return text.toString();
    }

    private String time() {
        return summary.seconds().isPresent()
                ? Units.format(", time %.2f ms", MILLISECONDS * summary.seconds().getAsDouble())
                : "";
    }

    private List<String> row(String name, String description, String shape, Block block) {
        Block total = total();
        List<String> row = new ArrayList<>(List.of(name, description, shape, count(block.binaryWeights()),
                count(block.realNumbers()), Units.format("%.1f", block.learnedBits() / BITS_OF_A_KIBIBYTE),
                count(block.binaryProducts()), count(block.realProducts()),
                share(block.bytesAtFullest(), total.bytesAtFullest())));
        total.seconds().ifPresent(all -> row.add(share(block.seconds().getAsDouble(), all)));
        return row;
    }

    private static String count(long number) {
        return Units.format("%,d", number);
    }

    private static String share(double part, double all) {
        return Units.format("%.1f %%", 100 * part / all);
    }

    private static String line(List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < row.size(); column++) {
            String format = (column < NAMES ? "%-" : "%") + Math.max(1, widths[column]) + "s  ";
            line.append(format.formatted(row.get(column)));
        }
        return line.toString().stripTrailing() + System.lineSeparator();
    }
}
