package io.github.bitgrad.cli;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.memory.MemoryPlan;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.train.TrainingSettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code bitgrad memory}. Runs no kernel, but asks kernels how much memory of their own they need. */
@Command(name = "memory", description = {"Tells the memory that a training takes, without training.",
    "The table has standard beside proposed; --json is about the one that --algorithm names."})
final class MemoryCommand implements Runnable {
    /** What the two algorithms take, in bytes. */
    private record Comparison(long standard, long proposed) {
    }

    @Mixin
    private NetworkOptions options;

    @Mixin
    private Output output;

    @Override
    public void run() {
        output.report(object(settings()), table());
    }

    private TrainingSettings settings() {
        return options.settings(options.model().paper());
    }

    /** The same of one algorithm. What gradients are kept as is said of the algorithm that the options name. */
    private TrainingSettings settings(Algorithm algorithm) {
        TrainingSettings settings = settings();
        return settings.algorithm() == algorithm ? settings : settings.algorithm(algorithm).gradient(null);
    }

    private static Map<String, Object> object(TrainingSettings settings) {
        Map<String, Object> paper = new LinkedHashMap<>();
        Map<Variable, Long> paperBytes = settings.paperBytes();
        paperBytes.forEach((variable, bytes) -> paper.put(variable.label(), bytes));
        paper.put("total", sum(paperBytes));

        MemoryPlan plan = settings.plan();
        List<Map<String, Object>> buffers = new ArrayList<>();
        for (MemoryPlan.Placement placement : plan.placements()) {
            Map<String, Object> buffer = new LinkedHashMap<>();
            buffer.put("name", placement.buffer().name());
            buffer.put("variable", placement.buffer().variable().label());
            buffer.put("type", placement.buffer().type().label());
            buffer.put("bytes", placement.buffer().bytes());
            buffer.put("offset", placement.offset());
            buffer.put("firstUse", placement.firstUse());
            buffer.put("lastUse", placement.lastUse());
            buffers.add(buffer);
        }
        Map<String, Object> planned = new LinkedHashMap<>();
        planned.put("peakBytes", plan.peakBytes());
        planned.put("buffers", buffers);

        Map<String, Object> object = new LinkedHashMap<>();
        object.put("paper", paper);
        object.put("plan", planned);
        return object;
    }

    private static long sum(Map<Variable, Long> bytes) {
        return bytes.values().stream().mapToLong(Long::longValue).sum();
    }

    private String table() {
        StringBuilder table = new StringBuilder();
        TrainingSettings any = settings();
        table.append("%s, batch %d, %s, in MiB%n%n".formatted(options.model(), any.batch(), any.optimizer()));
        Map<Variable, Long> standardPaper = settings(Algorithm.STANDARD).paperBytes();
        Map<Variable, Long> proposedPaper = settings(Algorithm.PROPOSED).paperBytes();
        section(table, "paper's accounting", standardPaper, proposedPaper);
        row(table, "total", new Comparison(sum(standardPaper), sum(proposedPaper)));
        MemoryPlan standard = settings(Algorithm.STANDARD).plan();
        MemoryPlan proposed = settings(Algorithm.PROPOSED).plan();
        table.append(System.lineSeparator());
        section(table, "plan at its fullest", standard.bytesAtFullest(), proposed.bytesAtFullest());
        row(table, "peak", new Comparison(standard.peakBytes(), proposed.peakBytes()));
        return table.toString();
    }

    private static void section(StringBuilder table, String title, Map<Variable, Long> standard,
            Map<Variable, Long> proposed) {
        table.append("%-20s %12s %12s %8s%n".formatted(title, Algorithm.STANDARD, Algorithm.PROPOSED, "ratio"));
        for (Variable variable : Variable.values()) {
            row(table, variable.label(), new Comparison(standard.get(variable), proposed.get(variable)));
        }
    }

    private static void row(StringBuilder table, String label, Comparison bytes) {
        table.append("%-20s %12s %12s %8s%n".formatted(label, Units.mebibytes(bytes.standard()),
                Units.mebibytes(bytes.proposed()),
                bytes.proposed() == 0 ? "-" : Units.format("%.2f", (double) bytes.standard() / bytes.proposed())));
    }
}
