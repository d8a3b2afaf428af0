package io.github.bitgrad.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.ConfusionMatrix.Cell;
import io.github.bitgrad.Evaluation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import java.util.Arrays;

@Tag("level-independent")
class EvaluationCountsTest {
    /** Seven classes, of which five are named. */
    @ParameterizedTest
    @CsvSource({"0, 1 2 3 4 5 6 7, 0", "2, 1 2 3 4 5 6 7, 1", "6, 1 2 3 4 5 6 7, 1", "4, 1 1 1 1 1 1 1, 1",
        "5, 1 1 1 1 1 1 1, 0", "0, NaN 1 1 1 1 1 1, 0", "6, NaN NaN NaN NaN NaN 1 2, 0", "6, NaN NaN NaN NaN 0 1 2, 1",
        "3, -Infinity 0 0 Infinity 0 0 0, 1"})
    void anImageIsInTheTopIfFewerClassesAreLikelier(int label, String outputs, double accuracy) {
        float[] numbers = new float[7];
        String[] words = outputs.split(" ");
        for (int i = 0; i < words.length; i++) {
            numbers[i] = Float.parseFloat(words[i]);
        }
        EvaluationCounts counts = new EvaluationCounts(7);
        counts.add(label, label, numbers);
        assertThat(counts.evaluation(0).top()).isEqualTo(new Evaluation.TopAccuracy(5, accuracy));
    }

    @Test
    void countsPairsOfClassesAsOftenAsTheyOccur() {
        EvaluationCounts counts = new EvaluationCounts(3);
        int[][] pairs = {{2, 1}, {0, 0}, {2, 1}, {2, 2}, {0, 2}};
        Arrays.stream(pairs).forEach(pair -> counts.add(pair[0], pair[1], new float[3]));
        Evaluation evaluation = counts.evaluation(0.5);
        assertThat(evaluation.accuracy()).isEqualTo(0.4);
        assertThat(evaluation.loss()).isEqualTo(0.5);
        assertThat(evaluation.top()).as("all classes").isEqualTo(new Evaluation.TopAccuracy(3, 1));
        assertThat(evaluation.confusion().cells()).containsExactly(new Cell(0, 0, 1), new Cell(0, 2, 1),
                new Cell(2, 1, 2), new Cell(2, 2, 1));
    }
}
