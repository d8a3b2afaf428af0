package io.github.bitgrad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.data.TrainAndTest;
import io.github.bitgrad.Evaluation;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.train.EpochReport;
import io.github.bitgrad.train.Trainer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What we write as JSON is JSON, which has no NaN and no infinity. */
@Tag("level-independent")
class JsonTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void numbersThatAreNotFiniteAreNull(double number) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("double", number);
        object.put("float", (float) number);
        object.put("list", List.of(1, number, Map.of("in it", number)));
        object.put("map", Map.of("deep", List.of(List.of(number))));
        object.put("none", null);
        object.put("finite", List.of(0.5, 0.25f, 1L, "NaN", true));
        assertThat(Json.line(object)).isEqualTo("{\"double\":null,\"float\":null,\"list\":[1,null,{\"in it\":null}],"
                + "\"map\":{\"deep\":[[null]]},\"none\":null,\"finite\":[0.5,0.25,1,\"NaN\",true]}");
    }

    @Test
    void aLineOfTheMetricsIsJson() throws IOException {
        Path file = folder.resolve("metrics");
        TrainingRecord record =
                new TrainingRecord(null, Optional.empty(), Optional.empty(),
                        new LineDisplay(new PrintStream(OutputStream.nullOutputStream()), "test"),
                        new MetricsFile(file),
                        null);
        record.epochEnded(new EpochReport(1, 3, Double.NaN, 0.5, Double.POSITIVE_INFINITY, 1, Optional.empty(),
                Optional.empty()));
        Map<String, Object> line = JSON.std.mapFrom(Files.readString(file));
        assertThat(line).containsEntry("trainLoss", null).containsEntry("learningRate", null)
                .containsEntry("trainAccuracy", 0.5);
    }

    /** A network whose outputs are so large that the loss is not finite. */
    @Test
    void theReportOfALossThatIsNotFiniteIsJson() throws IOException {
        Path data = SmallData.write(folder.resolve("data"), 28);
        Path file = folder.resolve("network");
        try (TrainAndTest both = Datasets.open(data.toString());
                Trainer trainer = Trainer.of(Models.MLP.build(both.train())).batch(20).build()) {
            trainer.plan().placements().stream().map(placement -> placement.buffer())
                    .filter(buffer -> buffer.name().equals("dense5.beta")).forEach(JsonTest::spoil);
            trainer.save(file);
            Evaluation evaluation = trainer.evaluate(both.test());
            assertThat(Double.isFinite(evaluation.loss())).isFalse();
        }
        Run run = Run.of("evaluate --json --data", data, file);
        assertThat(run.json()).containsEntry("testLoss", null).containsKey("testAccuracy");
        assertThat(run.out()).doesNotContain("NaN").doesNotContain("Infinity");
    }

    private static void spoil(Buffer buffer) {
        for (long at = 0; at < buffer.columns(); at++) {
            buffer.segment().setAtIndex(ValueLayout.JAVA_FLOAT, at, at % 2 == 0 ? Float.MAX_VALUE : -Float.MAX_VALUE);
        }
    }

    /** Every command, with numbers as large as it takes. */
    @ParameterizedTest
    @ValueSource(strings = {"info", "memory", "memory --batch 1,50", "memory --batch 1", "memory --memory-limit 8MiB",
        "summary",
        "train --batch 20 --epochs 1 --steps 1 --optimizer sgdm --learning-rate 3e38",
        "train --batch 20 --epochs 1 --optimizer bop --threshold 3e38 --learning-rate 1e-4",
        "train --batch 20 --epochs 1 --epsilon 3e38"})
    void everyReportIsJson(String words) throws IOException {
        Path data = SmallData.write(folder.resolve("data"), 28);
        Run run = words.startsWith("train")
                ? Run.of(words + " --json --data", data, "--metrics", folder.resolve("metrics"))
                : Run.of(words + " --json");
        assertThat(run.out()).doesNotContain("NaN").doesNotContain("Infinity");
        if (run.status() == 0) {
            assertThat(run.json()).isNotEmpty();
        } else {
            assertThat(run.err()).contains("The training has diverged");
        }
    }
}
