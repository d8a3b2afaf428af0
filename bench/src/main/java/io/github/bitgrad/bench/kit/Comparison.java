package io.github.bitgrad.bench.kit;

import io.github.bitgrad.bench.kit.Section.Listing;
import io.github.bitgrad.bench.kit.Section.Table;
import io.github.bitgrad.cli.Units;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The results of two runs, A and B, side by side. */
final class Comparison {
    private final String nameOfA;
    private final Results a;
    private final String nameOfB;
    private final Results b;

    Comparison(String nameOfA, Results a, String nameOfB, Results b) {
        this.nameOfA = nameOfA;
        this.a = a;
        this.nameOfB = nameOfB;
        this.b = b;
    }

    List<Section> sections() {
        return Stream.of(machines(), warnings(), times(), memory(), inOneOnly())
                .filter(section -> !section.blocks().isEmpty()).toList();
    }

    private Section machines() {
        Map<String, String> factsOfA = facts(a.run());
        Map<String, String> factsOfB = facts(b.run());
        Set<String> names = new LinkedHashSet<>(factsOfA.keySet());
        names.addAll(factsOfB.keySet());
        return new Section("Machines", List.of(new Table(List.of("", "A: " + nameOfA, "B: " + nameOfB),
                names.stream().map(name -> List.of(name, factsOfA.getOrDefault(name, ""),
                        factsOfB.getOrDefault(name, ""))).toList())));
    }

    private static Map<String, String> facts(RunRecord run) {
        Map<String, String> facts = new LinkedHashMap<>(run.machine());
        facts.putAll(run.before());
        facts.put("OpenBLAS", run.openBlas());
        return facts;
    }

    private Section warnings() {
        List<String> warnings = Stream.concat(a.run().warnings().stream().map("A: "::concat),
                b.run().warnings().stream().map("B: "::concat)).toList();
        return new Section(Report.WARNINGS, warnings.isEmpty() ? List.of() : List.of(new Listing(warnings)));
    }

    private Section times() {
        return inBoth("Times", "speed of B, that of A being 1", measurements(a), measurements(b), Figures::time);
    }

    private static Map<String, Double> measurements(Results results) {
        return results.measurements().stream().collect(Collectors.toMap(Measurement::name, Measurement::nanoseconds,
                (first, _) -> first, LinkedHashMap::new));
    }

    private Section memory() {
        return inBoth("Memory of the plan, in MiB", "A / B", plans(a), plans(b),
                bytes -> Units.mebibytes(bytes.longValue()));
    }

    private static Map<String, Double> plans(Results results) {
        return results.run().memory().stream().collect(Collectors.toMap(use -> use.model() + " " + use.training(),
                use -> (double) use.peakBytes(), (first, _) -> first, LinkedHashMap::new));
    }

    private static Section inBoth(String title, String ratio, Map<String, Double> inA, Map<String, Double> inB,
            Function<Double, String> figure) {
        List<List<String>> rows = new ArrayList<>();
        inA.forEach((name, value) -> {
            if (inB.containsKey(name)) {
                rows.add(List.of(name, figure.apply(value), figure.apply(inB.get(name)),
                        Figures.ratio(value, inB.get(name))));
            }
        });
        return new Section(title, rows.isEmpty() ? List.of()
                : List.of(new Table(List.of("", "A", "B", ratio), rows)));
    }

    private Section inOneOnly() {
        List<String> items = Stream.concat(missing(a, b).map("Only A has "::concat),
                missing(b, a).map("Only B has "::concat)).toList();
        return new Section("In one only", items.isEmpty() ? List.of() : List.of(new Listing(items)));
    }

    private static Stream<String> missing(Results from, Results in) {
        Set<String> names = measurements(in).keySet();
        return measurements(from).keySet().stream().filter(name -> !names.contains(name));
    }
}
