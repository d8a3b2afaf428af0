package io.github.bitgrad.bench.kit;

import io.github.bitgrad.bench.BatchClassification;
import io.github.bitgrad.bench.Classification;
import io.github.bitgrad.bench.ForwardProducts;
import io.github.bitgrad.bench.InputGradientProducts;
import io.github.bitgrad.bench.StepProfiler;
import io.github.bitgrad.bench.Threads;
import io.github.bitgrad.bench.TrainingStep;
import io.github.bitgrad.bench.WeightGradientProducts;
import io.github.bitgrad.bench.kit.Section.Bar;
import io.github.bitgrad.bench.kit.Section.Block;
import io.github.bitgrad.bench.kit.Section.Chart;
import io.github.bitgrad.bench.kit.Section.Listing;
import io.github.bitgrad.bench.kit.Section.Part;
import io.github.bitgrad.bench.kit.Section.Table;
import io.github.bitgrad.bench.kit.Section.Text;
import io.github.bitgrad.cli.Units;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.OperationKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The report of one run. Parts for which nothing was measured are left out. */
final class Report {
    /** The networks that are measured have operations of these kinds only. */
    private static final Set<OperationKind> KINDS = EnumSet.complementOf(EnumSet.of(OperationKind.OTHER));

    static final String WARNINGS = "Warnings";
    private static final String STANDARD = "standard";
    private static final String SGEMM = "sgemm";
    private static final List<String> COLUMNS_OF_TIMES = List.of("takes", "varied by", "speed");
    private static final Map<String, String> PRODUCTS = products();

    private final Results results;

    Report(Results results) {
        this.results = results;
    }

    private static Map<String, String> products() {
        Map<String, String> titles = new LinkedHashMap<>();
        titles.put(ForwardProducts.class.getSimpleName(), "Forward product");
        titles.put(InputGradientProducts.class.getSimpleName(), "Input gradient");
        titles.put(WeightGradientProducts.class.getSimpleName(), "Weight gradient");
        return titles;
    }

    List<Section> sections() {
        return Stream
                .of(machine(), warnings(), steps(), profile(), memory(), productTimes(), classification(), batches(),
                        passes(),
                        leftOut())
                .filter(section -> !section.blocks().isEmpty()).toList();
    }

    private Section machine() {
        RunRecord run = results.run();
        List<List<String>> facts = new ArrayList<>();
        run.machine().forEach((name, fact) -> facts.add(List.of(name, fact)));
        facts.add(List.of("OpenBLAS", run.openBlas()));
        facts.add(List.of("benchmarks", run.suite()));
        run.before().forEach((name, fact) -> {
            String later = run.after().getOrDefault(name, fact);
            facts.add(List.of(name, fact.equals(later) ? fact : "%s before, %s after".formatted(fact, later)));
        });
        return new Section("Machine", List.of(new Table(List.of("", ""), facts)));
    }

    private Section warnings() {
        List<String> warnings = results.run().warnings();
        return new Section(WARNINGS, warnings.isEmpty() ? List.of() : List.of(new Listing(warnings)));
    }

    private Section steps() {
        return titled("Time of a training step", """
                Whole steps, without loading their images. The last figure compares with standard on as many threads. \
                Only standard uses OpenBLAS: %s.""".formatted(results.run().openBlas()),
                byModel((model, steps) -> new Chart(model, COLUMNS_OF_TIMES, steps.stream()
                        .map(step -> bar(training(step), step, find(steps, "training", STANDARD, step, "threads"),
                                STANDARD))
                        .toList())));
    }

    private static String training(Measurement step) {
        return step.parameter("training") + threads(step);
    }

    private static String threads(Measurement measurement) {
        String threads = measurement.parameter("threads");
        return threads.equals(Threads.ALL) ? ", all threads"
                : ", %s %s".formatted(threads, threads.equals("1") ? "thread" : "threads");
    }

    private List<Block> byModel(ChartOfModel chart) {
        return charts(results.of(TrainingStep.class.getSimpleName()), step -> step.parameter("model"), chart);
    }

    /** Makes a chart of the measurements that belong together. */
    private interface ChartOfModel {
        Chart of(String title, List<Measurement> measurements);
    }

    private static List<Block> charts(List<Measurement> measurements, Function<Measurement, String> title,
            ChartOfModel chart) {
        return measurements.stream().collect(Collectors.groupingBy(title, LinkedHashMap::new, Collectors.toList()))
                .entrySet().stream().map(group -> chart.of(group.getKey(), group.getValue()))
                .filter(each -> !each.bars().isEmpty()).map(Block.class::cast).toList();
    }

    /** The measurement that has this value of one parameter, and that value of another which a measurement has. */
    private static Optional<Measurement> find(List<Measurement> measurements, String name, String value,
            Measurement like, String same) {
        return measurements.stream().filter(other -> other.parameter(name).equals(value)
                && other.parameter(same).equals(like.parameter(same))).findFirst();
    }

    private static Bar bar(String label, Measurement measurement, Optional<Measurement> baseline, String name) {
        return Bar.of(label, List.of(Figures.time(measurement.nanoseconds()), variation(measurement),
                baseline.filter(other -> other != measurement)
                        .map(other -> Figures.ratio(other.nanoseconds(), measurement.nanoseconds()) + " that of "
                                + name)
                        .orElse("")),
                measurement.nanoseconds());
    }

    private static String variation(Measurement measurement) {
        double spread = measurement.primaryMetric().spread() - 1;
        return spread > 0 ? Units.format("%.0f %%", 100 * spread) : "";
    }

    private Section profile() {
        return titled("Where the time of a step goes", "On one thread, by kinds of operations.",
                byModel((model, steps) -> new Chart(model, List.of("takes"), steps.stream()
                        .filter(step -> step.parameter("threads").equals("1"))
                        .map(step -> new Bar(step.parameter("training"), List.of(Figures.time(step.nanoseconds())),
                                KINDS.stream().map(kind -> part(step, kind)).toList()))
                        .toList())));
    }

    private static Part part(Measurement step, OperationKind kind) {
        double nanoseconds = Optional.ofNullable(step.secondaryMetrics().get(kind.name()))
                .map(Measurement.Metric::score).orElse(0.0);
        return new Part(kind.label(), nanoseconds, nanoseconds == 0 ? "" : Figures.time(nanoseconds));
    }

    private Section memory() {
        Map<String, List<MemoryUse>> models = results.run().memory().stream()
                .collect(Collectors.groupingBy(MemoryUse::model, LinkedHashMap::new, Collectors.toList()));
        return titled("Memory", """
                The memory of a training step by its plan, in MiB, and what it holds when most is in use. The whole \
                process, with the Java virtual machine, was measured on one thread.""",
                models.entrySet().stream().<Block>map(model -> new Chart(model.getKey(),
                        List.of("plan", "size", "whole process"),
                        model.getValue().stream().map(use -> bar(use, model.getValue())).toList())).toList());
    }

    private Bar bar(MemoryUse use, List<MemoryUse> ofModel) {
        String size = ofModel.stream().filter(other -> other.training().equals(STANDARD) && other != use).findFirst()
                .map(other -> Figures.ratio(use.peakBytes(), other.peakBytes()) + " that of standard").orElse("");
        String process = results.of(TrainingStep.class.getSimpleName()).stream()
                .filter(step -> use.isOf(step.params()) && step.parameter("threads").equals("1"))
                .flatMap(step -> Stream.ofNullable(step.secondaryMetrics().get(StepProfiler.PEAK_RESIDENT)))
                .map(peak -> Units.mebibytes((long) peak.score())).findFirst().orElse("");
        return new Bar(use.training(), List.of(Units.mebibytes(use.peakBytes()), size, process),
                Arrays.stream(Variable.values()).map(variable -> {
                    long bytes = use.bytes().getOrDefault(variable.label(), 0L);
                    return new Part(name(variable), bytes, Units.mebibytes(bytes));
                }).toList());
    }

    private static String name(Variable variable) {
        return switch (variable) {
            case X -> "activations";
            case DXY -> "gradients and sums";
            case DY -> "gradients at sums";
            case W -> "weights";
            case DW -> "weight gradients";
            case MOMENTA -> "momenta";
            case POOL_MASKS -> "pool masks";
            case OTHER -> "other";
        };
    }

    private Section productTimes() {
        List<Block> charts = PRODUCTS.entrySet().stream().flatMap(product -> charts(results.of(product.getKey()),
                measurement -> "%s, images of %s".formatted(product.getValue(), measurement.parameter("shape")),
                (title, products) -> new Chart(title, COLUMNS_OF_TIMES,
                        products.stream().map(measurement -> bar(kernel(measurement), measurement,
                                products.stream().filter(other -> other.method().equals(SGEMM)).findFirst(),
                                "OpenBLAS"))
                                .toList()))
                .stream()).toList();
        return titled("Products of a convolution",
                """
                On one thread, with a kernel of 3×3 and as many output channels as input channels. OpenBLAS multiplies \
                float32 matrices of the same size, without im2col and col2im: %s."""
                        .formatted(results.run().openBlas()),
                charts);
    }

    private static String kernel(Measurement product) {
        return product.method().equals(SGEMM) ? "OpenBLAS" : product.method();
    }

    private Section classification() {
        List<Measurement> pictures = results.of(Classification.class.getSimpleName());
        return titled("One picture", """
                A trained network that was loaded from a file classifies one picture. If standard has trained it, OpenBLAS \
                computes its products: %s.""".formatted(results.run().openBlas()),
                charts(pictures, picture -> picture.parameter("model"), (model, ofModel) -> new Chart(model,
                        COLUMNS_OF_TIMES,
                        ofModel.stream().map(picture -> bar(picture.parameter("algorithm") + threads(picture), picture,
                                find(ofModel, "algorithm", STANDARD, picture, "threads"), STANDARD)).toList())));
    }

    private Section batches() {
        return titled("Pictures in a second", """
                On one thread, by a trained network that was loaded from a file. It is given 100 pictures in one call, \
                or one by one. The level is that of the instruction set.""",
                charts(results.of(BatchClassification.class.getSimpleName()), pictures -> pictures.parameter("model"),
                        (model, ofModel) -> new Chart(model, List.of("in a second", "varied by", "a picture takes"),
                                ofModel.stream().map(Report::rate).toList())));
    }

    private static Bar rate(Measurement pictures) {
        return Bar.of("%s, level %s".formatted(pictures.method().equals("together") ? "100 at a time" : "one by one",
                pictures.parameter("level")),
                List.of(Figures.rate(pictures.nanoseconds()), variation(pictures),
                        Figures.time(pictures.nanoseconds())),
                1 / pictures.nanoseconds());
    }

    private Section passes() {
        List<List<String>> rows = results.measurements().stream()
                .filter(measurement -> Stream.of("NormalisationPasses", "ImagePasses", "Conversions")
                        .anyMatch(measurement.type()::equals))
                .map(measurement -> List.of(measurement.name(), Figures.time(measurement.nanoseconds()))).toList();
        return titled("Passes over memory", "On one thread.",
                rows.isEmpty() ? List.of() : List.of(new Table(List.of("", "takes"), rows)));
    }

    private Section leftOut() {
        List<String> items = results.run().leftOut();
        return new Section("Left out", items.isEmpty() ? List.of() : List.of(new Listing(items)));
    }

    /** A section with an introduction, or without blocks if there is nothing to introduce. */
    private static Section titled(String title, String introduction, List<Block> blocks) {
        return new Section(title, blocks.isEmpty() ? List.of()
                : Stream.concat(Stream.of(new Text(introduction)), blocks.stream()).toList());
    }
}
