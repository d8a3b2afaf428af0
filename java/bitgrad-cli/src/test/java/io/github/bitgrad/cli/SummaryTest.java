package io.github.bitgrad.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("level-independent")
class SummaryTest {
    @TempDir
    private Path folder;

    private static Map<?, ?> total(Map<String, Object> report) {
        return (Map<?, ?>) report.get("total");
    }

    private static List<Map<?, ?>> blocks(Map<String, Object> report) {
        return ((List<?>) report.get("blocks")).stream().<Map<?, ?>>map(block -> (Map<?, ?>) block).toList();
    }

    /** 784 · 256 + 3 · 256² + 256 · 10 weights, each of which is used once for an image. */
    @Test
    void reportsALineForEachLayerAndTotals() {
        Run run = Run.of("summary --batch 50");
        assertThat(run.status()).as(run.err()).isZero();
        List<String> lines = run.out().lines().toList();
        assertThat(lines).hasSize(20);
        assertThat(lines.getFirst())
                .matches("mlp for images of 28x28x1, batch 50, proposed, adam; memory of a step 2\\.\\d\\d MiB");
        assertThat(lines.get(2)).matches("layer +output +binary +real +KiB +binary MAC +real MAC +memory");
        assertThat(lines.get(4))
                .matches("dense1 +dense\\(256\\) +1x1x256 +200,704 +256 +27\\.5 +200,704 +0 +\\d+\\.\\d %");
        assertThat(lines.get(5)).matches("dense1\\.norm +batchNorm\\(\\) +1x1x256");
        assertThat(lines.getLast()).matches("total +399,872 +1,034 +60\\.9 +399,872 +0 +100\\.0 %");
    }

    @Test
    void theReportForProgramsHasTheTotalsOfItsBlocks() throws IOException {
        Map<String, Object> report = Run.of("summary --json --model resnet-small --algorithm lean --batch 10").json();
        assertThat(report).containsEntry("model", "resnet-small").containsEntry("algorithm", "lean")
                .containsEntry("batch", 10).containsEntry("input", "32x32x3").containsEntry("classes", 10);
        for (String count : List.of("binaryWeights", "realNumbers", "learnedBits", "binaryProducts", "realProducts",
                "bytesAtFullest")) {
            long sum = blocks(report).stream().mapToLong(block -> ((Number) block.get(count)).longValue()).sum();
            assertThat(((Number) total(report).get(count)).longValue()).as(count).isEqualTo(sum).isPositive();
        }
        assertThat(total(report).get("seconds")).isNull();
        assertThat(total(report).get("realProducts")).isEqualTo(9 * 3 * 32 * 1024 + 3 * 524_288 + 2560);
    }

    @Test
    void measuresTimesOnlyWhenAsked() throws IOException {
        Map<String, Object> report = Run.of("summary --json --time --threads 1 --batch 10").json();
        double all = (Double) total(report).get("seconds");
        assertThat(all).isBetween(1e-6, 10.0);
        assertThat(blocks(report).stream().mapToDouble(block -> (Double) block.get("seconds")).sum())
                .isCloseTo(all, within(1e-9));
        assertThat(Run.of("summary --time --threads 1 --batch 10").out()).containsPattern("MiB, time \\d+\\.\\d\\d ms")
                .containsPattern("memory +time\n").containsPattern("total.* 100\\.0 % +100\\.0 %");
    }

    @Test
    void takesDataAndSavedNetworks() throws IOException {
        Path colours = SmallData.writeCifar(folder.resolve("colours"));
        assertThat(Run.of("summary --json --model cnv --data", colours).json()).containsEntry("input", "32x32x3");
        Path text = Files.writeString(folder.resolve("tiny.txt"), "input 9x9x1\nout dense units=classes\n"
                + "out.norm batchNorm\n");
        assertThat(Run.of("summary --json --model", text).json()).containsEntry("input", "9x9x1");

        Path saved = folder.resolve("network");
        assertThat(Run.of("train --json --algorithm lean --batch 20 --steps 1 --no-test --save", saved).status())
                .isZero();
        assertThat(Run.of("summary --json --from", saved).json()).containsEntry("model", "mlp")
                .containsEntry("algorithm", "lean");
        assertThat(Run.of("summary --json --algorithm standard --from", saved).json()).containsEntry("algorithm",
                "standard");
        Run.of("summary --from", text).isRefused(1, "There is no bitgrad network in " + text);
        assertThat(Run.of("summary --json --memory-limit 8MiB").json()).containsEntry("algorithm", "lean");
    }
}
