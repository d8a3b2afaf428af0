package io.github.bitgrad.bench.kit;

import io.github.bitgrad.bench.BatchClassification;
import io.github.bitgrad.bench.Classification;
import io.github.bitgrad.bench.Conversions;
import io.github.bitgrad.bench.ForwardProducts;
import io.github.bitgrad.bench.ImagePasses;
import io.github.bitgrad.bench.InputGradientProducts;
import io.github.bitgrad.bench.NormalisationPasses;
import io.github.bitgrad.bench.Threads;
import io.github.bitgrad.bench.TrainingStep;
import io.github.bitgrad.bench.WeightGradientProducts;
import io.github.bitgrad.kernel.Isa;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** The benchmarks that are run together. Parameters that a suite does not set have all values of their annotation. */
enum Suite {
    /** Whole steps, products and single pictures: a few minutes on a PC, about ten on a Raspberry Pi 4. */
    QUICK {
        @Override
        List<Case> cases(int cores) {
            Map<String, List<String>> shape = Map.of("shape", List.of("16x16x256"));
            return Stream.of(
                    all(TrainingStep.class, cores,
                            Map.of("training", List.of("standard", "proposed-float16", "proposed-int7", "lean"))),
                    all(ForwardProducts.class, cores, shape), all(InputGradientProducts.class, cores, shape),
                    all(WeightGradientProducts.class, cores, shape),
                    all(Classification.class, cores, Map.of("threads", List.of("1"))),
                    all(BatchClassification.class, cores, Map.of()))
                    .flatMap(List::stream).toList();
        }
    },
    /** Everything. */
    FULL {
        @Override
        List<Case> cases(int cores) {
            Map<String, List<String>> levels = Map.of(LEVEL, levels());
            return Stream.of(TrainingStep.class, ForwardProducts.class, InputGradientProducts.class,
                    WeightGradientProducts.class, Classification.class, BatchClassification.class,
                    NormalisationPasses.class, ImagePasses.class, Conversions.class)
                    .flatMap(type -> all(type, cores, levels).stream()).toList();
        }
    },
    /** Every benchmark once, on tiny operands. */
    SMOKE {
        @Override
        List<Case> cases(int cores) {
            Map<String, List<String>> products = Map.of("shape", List.of("4x4x64"), "rows", List.of("64"));
            Map<String, List<String>> mlp = Map.of("model", List.of("mlp"), "threads", List.of("1"));
            Map<String, List<String>> steps = new LinkedHashMap<>(mlp);
            steps.put("batch", List.of("4"));
            Map<String, List<String>> batches = Map.of("model", List.of("mlp"), LEVEL, levels());
            return Stream.of(all(TrainingStep.class, cores, steps), all(ForwardProducts.class, cores, products),
                    all(InputGradientProducts.class, cores, products),
                    all(WeightGradientProducts.class, cores, products), all(Classification.class, cores, mlp),
                    all(BatchClassification.class, cores, batches),
                    all(NormalisationPasses.class, cores,
                            Map.of("rows", List.of("64"), "channels", List.of("64"))),
                    all(ImagePasses.class, cores, Map.of("images", List.of("2"), "height", List.of("4"), "width",
                            List.of("4"), "channels", List.of("64"))),
                    all(Conversions.class, cores, Map.of("rows", List.of("16"), "columns", List.of("64"))))
                    .flatMap(List::stream).toList();
        }
    };

    /** The parameter of benchmarks that select an instruction-set level themselves. */
    private static final String LEVEL = "level";

    private static List<String> levels() {
        return Isa.available().stream().map(Isa::name).toList();
    }

    /**
     * The benchmarks in the order in which they are run.
     *
     * @param cores how many cores the machine has. If it has one, nothing is measured on all of them
     */
    abstract List<Case> cases(int cores);

    private static List<Case> all(Class<?> type, int cores, Map<String, List<String>> chosen) {
        List<Map<String, String>> combinations = List.of(Map.of());
        for (Field field : parameters(type)) {
            List<String> values = chosen.getOrDefault(field.getName(),
                    List.of(field.getAnnotation(Param.class).value()));
            combinations = combinations.stream().flatMap(before -> values.stream()
                    .filter(value -> cores > 1 || !value.equals(Threads.ALL)).map(value -> {
                        Map<String, String> with = new LinkedHashMap<>(before);
                        with.put(field.getName(), value);
                        return with;
                    })).toList();
        }
        List<Map<String, String>> parameters = combinations;
        return Stream.of(type.getMethods()).filter(method -> method.isAnnotationPresent(Benchmark.class))
                .map(Method::getName).sorted()
                .flatMap(method -> parameters.stream().map(each -> new Case(type, method, each))).toList();
    }

    private static List<Field> parameters(Class<?> type) {
        List<Field> fields = new ArrayList<>();
        for (Class<?> at = type; at != Object.class; at = at.getSuperclass()) {
            fields.addAll(Stream.of(at.getDeclaredFields()).filter(field -> field.isAnnotationPresent(Param.class))
                    .toList());
        }
        return fields;
    }
}
