package io.github.bitgrad.bench.kit;

import java.util.Map;
import java.util.stream.Collectors;

/**
 * One benchmark with one value for each of its parameters.
 *
 * @param type the class of the benchmark
 * @param method the name of its method
 * @param parameters the names and values of all parameters, in the order of the class
 */
record Case(Class<?> type, String method, Map<String, String> parameters) {
    /** The name of the benchmark in reports, such as {@code TrainingStep.step}. */
    String benchmark() {
        return type.getSimpleName() + "." + method;
    }

    /** Whether OpenBLAS computes products of this benchmark. */
    boolean usesOpenBlas() {
        return method.equals("sgemm") || parameters.containsValue("standard");
    }

    @Override
    public String toString() {
        return benchmark() + parameters.entrySet().stream()
                .map(parameter -> " " + parameter.getKey() + "=" + parameter.getValue()).collect(Collectors.joining());
    }
}
