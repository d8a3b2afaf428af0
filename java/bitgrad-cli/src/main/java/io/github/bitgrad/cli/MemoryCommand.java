package io.github.bitgrad.cli;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.algorithm.PaperAccounting;
import io.github.bitgrad.memory.MemoryPlan;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.KeptValues;
import io.github.bitgrad.train.MemoryDecision;
import io.github.bitgrad.train.MemoryPlanner;
import io.github.bitgrad.train.StepSettings;
import io.github.bitgrad.train.TrainerBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bitgrad memory}. Runs no kernel, but asks kernels how much scratch memory they need. */
@Command(name = "memory", description = {"Reports the memory that a training would take, without training.",
    "For one batch it reports the memory of every variable, for several batches only the peaks. The tables compare the "
            + "algorithms. With --json, the buffers are those of the algorithm that --algorithm names."})
final class MemoryCommand implements Runnable {
    private static final String LABEL = "%-20s";
    private static final String COLUMN = " %12s";

    @Mixin
    private NetworkOptions options;

    @Mixin
    private DataOptions data;

    @Option(names = "--batch", paramLabel = "N", split = ",", converter = PositiveInteger.class,
            description = "Images in a step, or a list of such numbers, such as 50,100,200. The default is 100, or "
                    + "what a memory limit chooses.")
    private List<Integer> batches = List.of();

    @Option(names = "--blocks",
            description = "Also report, for each block of the network, what the backward pass of the algorithm needs of "
                    + "its values: what is kept as bits, what is kept as numbers, and what is computed again.")
    private boolean blocks;

    @Mixin
    private Output output;

    @Override
    public void run() {
        if (batches.size() > 1) {
            if (options.memoryLimit() != null) {
                throw new IllegalArgumentException(
                        "A memory limit can be combined with only one batch; give one number to --batch, or none.");
            }
            sweep();
        } else {
            TrainerBuilder training = options.training(data, batches.isEmpty() ? null : batches.getFirst());
            String choice = null;
            if (options.memoryLimit() != null) {
                MemoryDecision decision = MemoryPlanner.decide(training, options.memoryLimit());
                choice = decision.toString();
                training.with(decision);
            }
            StepSettings step = training.settings().step();
            List<KeptValues> kept = step.kept();
            output.report(object(step, choice, kept), table(step, choice, kept));
        }
    }

    /**
     * The step as another algorithm would compute it, with that algorithm's default gradients. If it is the step's own
     * algorithm, the step as it is.
     */
    private StepSettings by(Algorithm algorithm, StepSettings step) {
        return step.policy().name().equals(algorithm.toString())
                ? step
                : options.from().frozen(options.withAnyAlgorithm(step.network(), step.batch())).algorithm(algorithm)
                        .optimizer(step.optimizer()).settings().step();
    }

    private static Map<Variable, Long> paperBytes(StepSettings step) {
        return PaperAccounting.bytes(step.network(), step.batch(), step.policy(), step.optimizer());
    }

    private static Map<String, Object> paper(StepSettings step) {
        Map<String, Object> paper = new LinkedHashMap<>();
        Map<Variable, Long> bytes = paperBytes(step);
        bytes.forEach((variable, count) -> paper.put(variable.label(), count));
        paper.put("total", sum(bytes));
        return paper;
    }

    private static Map<String, Object> object(StepSettings step, String choice, List<KeptValues> kept) {
        MemoryPlan plan = step.plan();
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
        object.put("algorithm", step.policy().name());
        object.put("optimizer", step.optimizer().name());
        object.put("optimizerNumbers", step.optimizer().numbers());
        object.put("batch", step.batch());
        object.put("choice", choice);
        object.put("paper", PaperAccounting.covers(step.policy()) ? paper(step) : null);
        object.put("plan", planned);
        object.put("blocks", kept.stream().map(MemoryCommand::block).toList());
        return object;
    }

    private static Map<String, Object> block(KeptValues kept) {
        Map<String, Object> block = new LinkedHashMap<>();
        block.put("name", kept.block());
        block.put("bitBytes", kept.bitBytes());
        block.put("numberBytes", kept.numberBytes());
        block.put("againBytes", kept.againBytes());
        return block;
    }

    private static long sum(Map<Variable, Long> bytes) {
        return bytes.values().stream().mapToLong(Long::longValue).sum();
    }

    private String table(StepSettings step, String choice, List<KeptValues> kept) {
        StringBuilder table = new StringBuilder();
        if (choice != null) {
            table.append("%s%n%n".formatted(choice));
        }
        table.append(
                "%s, batch %s, %s, in MiB%n%n".formatted(step.network().name(), step.batch(), step.optimizer().name()));
        List<Map<Variable, Long>> paper = compared(step).stream().map(algorithm -> by(algorithm, step))
                .filter(other -> PaperAccounting.covers(other.policy())).map(MemoryCommand::paperBytes).toList();
        head(table, "paper's accounting", compared(step).subList(0, paper.size()));
        rows(table, paper);
        row(table, "total", paper, MemoryCommand::sum);
        table.append(System.lineSeparator());

        List<MemoryPlan> plans = compared(step).stream().map(algorithm -> by(algorithm, step).plan()).toList();
        head(table, "plan at its fullest", compared(step));
        rows(table, plans.stream().map(MemoryPlan::bytesAtFullest).toList());
        row(table, "peak", plans, MemoryPlan::peakBytes);
        if (blocks) {
            blocks(table, step.policy().name(), kept);
        }
        return table.toString();
    }

    /** What the backward pass needs of each block, by the algorithm that is named. */
    private static void blocks(StringBuilder table, String algorithm, List<KeptValues> kept) {
        table.append("%n".formatted()).append(LABEL.formatted("needed by " + algorithm))
                .append(COLUMN.formatted("bits")).append(COLUMN.formatted("numbers"))
                .append(COLUMN.formatted("again")).append(System.lineSeparator());
        KeptValues total = new KeptValues("total", 0, 0, 0);
        for (KeptValues block : kept) {
            append(table, block);
            total = total.and(block);
        }
        append(table, total);
    }

    private static void append(StringBuilder table, KeptValues kept) {
        table.append(LABEL.formatted(kept.block()));
        for (long bytes : new long[] {kept.bitBytes(), kept.numberBytes(), kept.againBytes()}) {
            table.append(COLUMN.formatted(Units.mebibytes(bytes)));
        }
        table.append(System.lineSeparator());
    }

    /** The algorithms that are compared, of which the paper's accounting covers all but the last. */
    private static List<Algorithm> compared(StepSettings step) {
        boolean isPaper = step.policy().name().equals(Algorithm.PAPER.toString());
        return List.of(Algorithm.STANDARD, isPaper ? Algorithm.PAPER : Algorithm.PROPOSED, Algorithm.LEAN);
    }

    private static void head(StringBuilder table, String title, List<Algorithm> algorithms) {
        table.append(LABEL.formatted(title));
        for (Algorithm algorithm : algorithms) {
            table.append(COLUMN.formatted(algorithm));
        }
        table.append(" %8s%n".formatted("ratio"));
    }

    private static void rows(StringBuilder table, List<Map<Variable, Long>> algorithms) {
        for (Variable variable : Variable.values()) {
            row(table, variable.label(), algorithms, bytes -> bytes.get(variable));
        }
    }

    /** A row with the bytes of all algorithms, and the ratio of the first to the last. */
    private static <T> void row(StringBuilder table, String label, List<T> algorithms, Function<T, Long> bytes) {
        table.append(LABEL.formatted(label));
        algorithms.forEach(algorithm -> table.append(COLUMN.formatted(Units.mebibytes(bytes.apply(algorithm)))));
        long last = bytes.apply(algorithms.getLast());
        table.append(" %8s%n".formatted(
                last == 0 ? "-" : Units.format("%.2f", (double) bytes.apply(algorithms.getFirst()) / last)));
    }

    /** Reports the peaks of several batches. */
    private void sweep() {
        List<Map<String, Object>> objects = new ArrayList<>();
        StringBuilder table = new StringBuilder();
        StepSettings first = options.training(data, batches.getFirst()).settings().step();
        List<Algorithm> algorithms = compared(first);
        table.append("%s, %s, peak of the plan in MiB%n%n".formatted(first.network().name(), first.optimizer().name()));
        head(table, "batch", algorithms);
        for (int batch : batches) {
            StepSettings step = options.training(data, batch).settings().step();
            List<Long> peaks = algorithms.stream()
                    .map(algorithm -> by(algorithm, step).plan().peakBytes()).toList();
            row(table, Integer.toString(batch), peaks, Function.identity());
            Map<String, Object> peakBytes = new LinkedHashMap<>();
            for (int i = 0; i < peaks.size(); i++) {
                peakBytes.put(algorithms.get(i).toString(), peaks.get(i));
            }
            objects.add(Map.of("batch", batch, "peakBytes", peakBytes));
        }
        output.report(Map.of("batches", objects), table.toString());
    }
}
