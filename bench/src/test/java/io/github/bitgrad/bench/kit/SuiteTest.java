package io.github.bitgrad.bench.kit;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.bench.TrainingStep;
import io.github.bitgrad.kernel.Isa;
import io.github.bitgrad.model.Models;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.VerboseMode;

@Tag("level-independent")
class SuiteTest {
    /** The names of all benchmarks that JMH knows. */
    private static Set<String> benchmarks() {
        return BenchmarkList.defaultList()
                .getAll(OutputFormatFactory.createFormatInstance(new PrintStream(OutputStream.nullOutputStream()),
                        VerboseMode.SILENT), List.of())
                .stream().map(entry -> entry.getUsername()).collect(Collectors.toSet());
    }

    @ParameterizedTest
    @EnumSource(names = {"FULL", "SMOKE"})
    void hasEveryBenchmark(Suite suite) {
        assertThat(suite.cases(4).stream().map(each -> each.type().getName() + "." + each.method())
                .collect(Collectors.toSet())).isEqualTo(benchmarks());
    }

    @Test
    void theQuickOneComparesTheAlgorithmsOnEveryModelOnOneAndAllThreads() {
        List<Map<String, String>> steps = Suite.QUICK.cases(4).stream()
                .filter(each -> each.type() == TrainingStep.class).map(Case::parameters).toList();
        for (Models model : Models.ofPaper()) {
            for (Algorithm algorithm : List.of(Algorithm.STANDARD, Algorithm.PROPOSED, Algorithm.LEAN)) {
                for (String threads : List.of("1", "all")) {
                    assertThat(steps).as("%s, %s, %s", model, algorithm, threads)
                            .anySatisfy(step -> assertThat(step).containsEntry("model", model.toString())
                                    .containsEntry("threads", threads)
                                    .hasEntrySatisfying("training", training -> assertThat(training)
                                            .startsWith(algorithm.toString())));
                }
            }
        }
        assertThat(Suite.QUICK.cases(4).stream().map(Case::benchmark)).contains("ForwardProducts.sgemm",
                "InputGradientProducts.sgemm", "WeightGradientProducts.sgemm", "Classification.classify",
                "BatchClassification.together", "BatchClassification.oneByOne");
    }

    @Test
    void theFullOneClassifiesBatchesAtEveryLevelOfTheMachine() {
        for (Models model : Models.ofPaper()) {
            for (Isa isa : Isa.available()) {
                assertThat(Suite.FULL.cases(4).stream().map(Case::toString)).contains(
                        "BatchClassification.together model=%s level=%s".formatted(model, isa.name()),
                        "BatchClassification.oneByOne model=%s level=%s".formatted(model, isa.name()));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void oneCoreIsMeasuredOnce(Suite suite) {
        assertThat(suite.cases(1)).isNotEmpty()
                .allSatisfy(each -> assertThat(each.parameters()).doesNotContainEntry("threads", "all"));
    }

    @ParameterizedTest
    @EnumSource
    void nothingIsMeasuredTwice(Suite suite) {
        assertThat(suite.cases(4)).doesNotHaveDuplicates();
    }

    @Test
    void openBlasIsUsedByItsProductAndByStandard() {
        assertThat(Suite.QUICK.cases(1).stream().filter(Case::usesOpenBlas).map(Case::toString)
                .map(name -> name.replaceAll(" (optimizer|batch|shape|rows|threads)=\\S+", ""))).containsExactly(
                        "TrainingStep.step model=mlp training=standard",
                        "TrainingStep.step model=cnv training=standard",
                        "TrainingStep.step model=binarynet training=standard", "ForwardProducts.sgemm",
                        "InputGradientProducts.sgemm", "WeightGradientProducts.sgemm",
                        "Classification.classify model=mlp algorithm=standard",
                        "Classification.classify model=cnv algorithm=standard",
                        "Classification.classify model=binarynet algorithm=standard");
    }
}
