package io.github.bitgrad.bench.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.github.bitgrad.bench.Conversions;
import io.github.bitgrad.bench.StepProfiler;
import io.github.bitgrad.bench.TrainingStep;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("level-independent")
class SessionTest {
    private final StringWriter progress = new StringWriter();

    private Results run(Suite suite, MachineFiles machine, Path folder, int failures, Case... cases) {
        Session session = new Session(suite, machine, folder,
                new PrintWriter(progress, true));
        assertThat(session.run(List.of(cases))).isEqualTo(failures);
        return ResultsFolder.read(folder);
    }

    private static Case step(String model, String training) {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("model", model);
        parameters.put("training", training);
        parameters.put("optimizer", "adam");
        parameters.put("batch", "100");
        parameters.put("threads", "1");
        return new Case(TrainingStep.class, "step", parameters);
    }

    private static Case conversion(String rows) {
        return new Case(Conversions.class, "sign", Map.of("rows", rows, "columns", "64"));
    }

    @Test
    void writesWhatWasMeasuredAndWhatWasLeftOut(@TempDir Path folder) throws IOException {
        Results results = run(Suite.SMOKE, Machines.raspberryPi("throttled=0x0"), folder, 0, step("mlp", "lean"),
                step("binarynet", "standard"));
        assertThat(results.measurements()).singleElement()
                .satisfies(lean -> {
                    assertThat(lean.type()).isEqualTo("TrainingStep");
                    assertThat(lean.parameter("training")).isEqualTo("lean");
                    assertThat(lean.nanoseconds()).isPositive();
                    assertThat(lean.secondaryMetrics().get(StepProfiler.PEAK_RESIDENT).score()).isGreaterThan(1 << 20);
                    double parts = lean.secondaryMetrics().entrySet().stream()
                            .filter(metric -> !metric.getKey().equals(StepProfiler.PEAK_RESIDENT))
                            .mapToDouble(metric -> metric.getValue().score()).sum();
                    assertThat(parts).as("the sum of all kinds").isBetween(lean.nanoseconds() / 2, lean.nanoseconds());
                });
        assertThat(results.run().leftOut()).containsExactly(step("binarynet", "standard")
                + ": left out, because it may need 448.38 MiB, and this machine has 300.00 MiB of memory left");
        assertThat(results.run().memory()).extracting(MemoryUse::model).containsExactly("mlp", "binarynet");
        assertThat(results.run().machine()).containsEntry("CPU", "Cortex-A72");
        assertThat(results.run().openBlas()).contains("core ");
        assertThat(results.run().warnings()).anySatisfy(warning -> assertThat(warning).contains("governor ondemand"));
        assertThat(progress.toString().lines()).anySatisfy(line -> assertThat(line).startsWith("[1/2] " + step("mlp",
                "lean") + ": "));
        assertThat(Files.list(folder).map(file -> file.getFileName().toString())).containsExactlyInAnyOrder("log.txt",
                "results.json", "results.md", "results.html", "run.json");
        assertThat(folder.resolve("results.md")).content().contains("| lean, 1 thread | ");
    }

    @Test
    void aFailureIsToldAndDoesNotEndTheRun(@TempDir Path folder) {
        Results results = run(Suite.SMOKE, Machines.server(), folder, 1, conversion("-1"), conversion("16"));
        assertThat(results.measurements()).singleElement()
                .satisfies(measured -> assertThat(measured.parameter("rows")).isEqualTo("16"));
        assertThat(results.run().leftOut()).singleElement().asString()
                .startsWith(conversion("-1") + ": failed, because ");
        assertThat(folder.resolve("log.txt")).content().contains("Exception");
    }

    @Test
    void aMeasuredBenchmarkHasAProcessOfItsOwn(@TempDir Path folder) throws InterruptedException {
        try {
            new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--version")
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor();
        } catch (IOException failure) {
            abort("An emulated JVM cannot start another one: " + failure);
        }
        Results results = run(Suite.QUICK, Machines.server(), folder, 0, conversion("16"));
        assertThat(results.measurements()).singleElement()
                .satisfies(measured -> assertThat(measured.primaryMetric().rawData().getFirst()).hasSize(2));
        assertThat(folder.resolve("log.txt")).content().contains("# Fork: 1 of 1")
                .doesNotContain("WARNING: A restricted");
    }
}
