package io.github.bitgrad.bench.kit;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * What JMH has measured, as its JSON says it.
 *
 * @param benchmark the name of the class with its package, and of the method
 * @param params the parameters
 * @param primaryMetric the time of one call
 * @param secondaryMetrics what profilers have measured, by name
 */
public record Measurement(String benchmark, Map<String, String> params, Metric primaryMetric,
        Map<String, Metric> secondaryMetrics) {
    /**
     * A number that was measured several times.
     *
     * @param score the mean
     * @param scoreUnit such as {@code us/op}
     * @param rawData the values of each fork
     */
    public record Metric(double score, String scoreUnit, List<List<Double>> rawData) {
        /** How many times as large as the smallest value the largest one is; 1 if there is one value. */
        double spread() {
            List<Double> values = rawData == null ? List.of() : rawData.stream().flatMap(Collection::stream).toList();
            return values.isEmpty() ? 1
                    : values.stream().max(Double::compare).orElseThrow()
                            / values.stream().min(Double::compare).orElseThrow();
        }
    }

    /** JMH leaves out what is empty. */
    public Measurement {
        params = Objects.requireNonNullElse(params, Map.of());
        secondaryMetrics = Objects.requireNonNullElse(secondaryMetrics, Map.of());
    }

    /** The name of the class without its package, such as {@code TrainingStep}. */
    String type() {
        String[] names = benchmark.split("\\.");
        return names[names.length - 2];
    }

    String method() {
        return benchmark.substring(benchmark.lastIndexOf('.') + 1);
    }

    String parameter(String name) {
        return params.getOrDefault(name, "");
    }

    /** The time of one call. */
    double nanoseconds() {
        TimeUnit unit = switch (primaryMetric.scoreUnit()) {
            case "ns/op" -> TimeUnit.NANOSECONDS;
            case "us/op" -> TimeUnit.MICROSECONDS;
            case "ms/op" -> TimeUnit.MILLISECONDS;
            default -> throw new IllegalArgumentException(
                    "The unit %s of %s is not one that this program writes; measure again with it."
                            .formatted(primaryMetric.scoreUnit(), benchmark));
        };
        return primaryMetric.score() * unit.toNanos(1);
    }

    /** The benchmark and its parameters in the order of their names, which differs from file to file. */
    String name() {
        return type() + "." + method() + new TreeMap<>(params).entrySet().stream()
                .map(parameter -> " " + parameter.getKey() + "=" + parameter.getValue()).collect(Collectors.joining());
    }
}
