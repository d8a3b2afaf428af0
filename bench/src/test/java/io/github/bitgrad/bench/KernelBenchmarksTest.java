package io.github.bitgrad.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.kernel.Isa;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.annotations.Benchmark;

/** What the benchmarks of kernels time is right: at every level they write what the reference writes. */
@Tag("level-independent")
class KernelBenchmarksTest extends RestoredLevel {
    private static final List<Supplier<KernelBenchmark>> SMALL = List.of(() -> {
        Conversions conversions = new Conversions();
        conversions.rows = 5;
        conversions.columns = 131;
        return conversions;
    }, () -> small(new ForwardProducts()), () -> small(new InputGradientProducts()),
            () -> small(new WeightGradientProducts()), () -> {
                NormalisationPasses passes = new NormalisationPasses();
                passes.rows = 300;
                passes.channels = 67;
                return passes;
            }, () -> {
                ImagePasses passes = new ImagePasses();
                passes.images = 7;
                passes.height = 5;
                passes.width = 9;
                passes.channels = 67;
                return passes;
            });

    private static KernelBenchmark small(Products products) {
        products.shape = "5x7x67";
        products.rows = 5 * 35;
        return products;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("benchmarks")
    void aBenchmarkWritesWhatTheReferenceWrites(String name, Supplier<KernelBenchmark> prepared, Method benchmark)
            throws ReflectiveOperationException {
        List<byte[]> expected = outputs("scalar", prepared, benchmark);
        assertThat(expected).as("%s writes nothing".formatted(name)).anySatisfy(
                output -> assertThat(output).isNotEqualTo(new byte[output.length]));
        for (Isa isa : Isa.available()) {
            assertThat(outputs(isa.name(), prepared, benchmark)).as("%s at level %s", name, isa.name())
                    .containsExactlyElementsOf(expected);
        }
    }

    static Stream<Arguments> benchmarks() {
        return SMALL.stream().flatMap(prepared -> {
            Class<?> type = prepared.get().getClass();
            return Arrays.stream(type.getMethods()).filter(method -> method.isAnnotationPresent(Benchmark.class))
                    .map(method -> Arguments.of(type.getSimpleName() + "." + method.getName(), prepared, method));
        });
    }

    private static List<byte[]> outputs(String level, Supplier<KernelBenchmark> prepared, Method benchmark)
            throws IllegalAccessException, InvocationTargetException {
        Isa.select(level, "a test");
        KernelBenchmark state = prepared.get();
        state.prepare();
        try {
            benchmark.invoke(state);
            return state.outputs().stream().map(output -> output.toArray(ValueLayout.JAVA_BYTE)).toList();
        } finally {
            state.close();
        }
    }
}
