package io.github.bitgrad.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.map;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.bitgrad.ConfusionMatrix;
import io.github.bitgrad.ConfusionMatrix.Cell;
import io.github.bitgrad.Evaluation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("level-independent")
class EvaluationReportTest {
    private static Evaluation evaluation(int classes, List<Cell> cells) {
        return new Evaluation(0.5, 1.25, new Evaluation.TopAccuracy(Math.min(classes, 5), 0.75),
                new ConfusionMatrix(classes, cells));
    }

    /** One class has no images, and one is never predicted. */
    private static final EvaluationReport FEW = new EvaluationReport(
            evaluation(3, List.of(new Cell(0, 0, 9), new Cell(0, 1, 3), new Cell(2, 0, 100))),
            List.of("cat", "a\tdog", "a name that is longer than the column of names"));

    @Test
    void aFewClassesHaveARowEachAndTheWholeMatrix() {
        assertThat(FEW.text(112).lines()).containsExactly(
                "test accuracy  50.00 % of 112 images",
                "test loss      1.2500",
                "",
                "class                       images  precision     recall         F1",
                "cat                             12     8.26 %    75.00 %    14.88 %",
                "a?dog                            0          -          -          -",
                "a name that is longer t…       100          -     0.00 %     0.00 %",
                "mean                                   8.26 %    37.50 %     7.44 %",
                "over classes                                1          2          2",
                "",
                "How many images of a class (row) were taken for a class (column):",
                "",
                "                             0   1   2",
                "0 cat                        9   3   0",
                "1 a?dog                      0   0   0",
                "2 a name that is longer t… 100   0   0");
    }

    @Test
    void theReportForProgramsHasAllOfIt() throws IOException {
        Map<String, Object> object = new LinkedHashMap<>();
        FEW.putInto(object);
        Map<String, Object> json = JSON.std.mapFrom(Json.line(object));
        assertThat(json).containsEntry("testAccuracy", 0.5).containsEntry("testLoss", 1.25)
                .containsEntry("topClasses", 3).containsEntry("testTopAccuracy", 0.75)
                .containsEntry("macroPrecision", Map.of("mean", 9 / 109.0, "classes", 1))
                .containsEntry("macroRecall", Map.of("mean", 0.375, "classes", 2))
                .containsEntry("confusions", List.of(List.of(0, 0, 9), List.of(0, 1, 3), List.of(2, 0, 100)));
        assertThat((List<?>) json.get("classScores")).hasSize(3).element(1)
                .asInstanceOf(map(String.class, Object.class))
                .containsEntry("class", 1).containsEntry("name", "a\tdog").containsEntry("images", 0)
                .containsEntry("predicted", 3).containsEntry("correct", 0).containsEntry("precision", null)
                .containsEntry("recall", null).containsEntry("f1", null);
    }

    /** Class i has i images, one of them taken for class 0, and class 999 has 400 more, taken for class 7. */
    @Test
    void manyClassesHaveTheWorstOfThem() {
        List<Cell> cells = new ArrayList<>();
        for (int label = 1; label < 1000; label++) {
            cells.add(new Cell(label, 0, 1));
            if (label == 999) {
                cells.add(new Cell(label, 7, 400));
            }
            if (label > 1) {
                cells.add(new Cell(label, label, label - 1));
            }
        }
        EvaluationReport report = new EvaluationReport(evaluation(1000, cells),
                IntStream.range(0, 1000).mapToObj(i -> "name " + i).toList());
        List<String> lines = report.text(1).lines().toList();
        assertThat(lines).hasSize(33).startsWith("test accuracy  50.00 % of 1 images", "top 5 accuracy 75.00 %")
                .element(4).isEqualTo("The 10 classes with the smallest F1, of 1000:");
        assertThat(lines.get(7)).matches("name 1 +1 +- +0\\.00 % +0\\.00 %");
        assertThat(lines.get(8)).matches("name 7 +7 +1\\.48 % +85\\.71 % +2\\.91 %");
        assertThat(lines.get(18)).matches("over classes +998 +999 +999");
        assertThat(lines.get(20)).isEqualTo("The classes that were confused most often:");
        assertThat(lines.get(23)).matches("name 999 +name 7 +400");
        assertThat(lines.get(24)).matches("name 1 +name 0 +1");
    }
}
