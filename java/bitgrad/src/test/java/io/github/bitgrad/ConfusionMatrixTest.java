package io.github.bitgrad;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.bitgrad.ConfusionMatrix.Cell;
import io.github.bitgrad.ConfusionMatrix.ClassScores;
import io.github.bitgrad.ConfusionMatrix.Mean;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("level-independent")
class ConfusionMatrixTest {
    /**
     * Class 0: 6 of 8 images right. Class 1: no image, but images taken for it. Class 2: 2 images, none taken for it.
     * Class 3: nothing at all. Class 4: 3 of 5 images right.
     */
    private static final ConfusionMatrix MATRIX = new ConfusionMatrix(5, List.of(new Cell(0, 0, 6), new Cell(0, 1, 1),
            new Cell(0, 4, 1), new Cell(2, 0, 2), new Cell(4, 0, 2), new Cell(4, 4, 3)));

    private static ClassScores scores(int label) {
        return MATRIX.scores().get(label);
    }

    @Test
    void countsImagesOfClasses() {
        assertThat(MATRIX.scores()).containsExactly(new ClassScores(0, 8, 10, 6), new ClassScores(1, 0, 1, 0),
                new ClassScores(2, 2, 0, 0), new ClassScores(3, 0, 0, 0), new ClassScores(4, 5, 4, 3));
    }

    @Test
    void scoresAreThoseOfTheTextbook() {
        assertThat(scores(0).precision()).hasValue(0.6);
        assertThat(scores(0).recall()).hasValue(0.75);
        assertThat(scores(0).f1().orElseThrow()).isCloseTo(2 * 0.6 * 0.75 / (0.6 + 0.75), within(1e-15));
        assertThat(scores(4).precision()).hasValue(0.75);
        assertThat(scores(4).recall()).hasValue(0.6);
    }

    @Test
    void whatIsNotDefinedIsEmptyAndNotZero() {
        for (int withoutImages : new int[] {1, 3}) {
            assertThat(scores(withoutImages).precision()).isEmpty();
            assertThat(scores(withoutImages).recall()).isEmpty();
            assertThat(scores(withoutImages).f1()).isEmpty();
        }
        assertThat(scores(2).precision()).isEmpty();
        assertThat(scores(2).recall()).hasValue(0);
        assertThat(scores(2).f1()).hasValue(0);
    }

    @Test
    void meansAreOverTheClassesForWhichTheScoreIsDefined() {
        assertThat(MATRIX.mean(ClassScores::precision)).isEqualTo(new Mean(OptionalDouble.of((0.6 + 0.75) / 2), 2));
        assertThat(MATRIX.mean(ClassScores::recall)).isEqualTo(new Mean(OptionalDouble.of((0.75 + 0.6) / 3), 3));
        assertThat(MATRIX.mean(ClassScores::f1).classes()).isEqualTo(3);
        ConfusionMatrix never = new ConfusionMatrix(3, List.of());
        assertThat(never.mean(ClassScores::recall)).isEqualTo(new Mean(OptionalDouble.empty(), 0));
    }

    @Test
    void theWorstComesFirst() {
        assertThat(MATRIX.largestConfusions(3)).containsExactly(new Cell(2, 0, 2), new Cell(4, 0, 2),
                new Cell(0, 1, 1));
        assertThat(MATRIX.largestConfusions(10)).hasSize(4);
        assertThat(MATRIX.worstClasses(10)).extracting(ClassScores::label).containsExactly(2, 0, 4);
        assertThat(MATRIX.worstClasses(1)).extracting(ClassScores::label).containsExactly(2);
    }

    /** A dense matrix of so many classes would take 16 GiB. */
    @Test
    void manyClassesTakeLittleMemory() {
        ConfusionMatrix matrix =
                new ConfusionMatrix(65_535, List.of(new Cell(0, 65_534, 2), new Cell(65_534, 65_534, 1)));
        assertThat(matrix.scores()).hasSize(65_535).last().isEqualTo(new ClassScores(65_534, 1, 3, 1));
        assertThat(matrix.mean(ClassScores::recall)).isEqualTo(new Mean(OptionalDouble.of(0.5), 2));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "0, 5, 1 | An image of class 0 was taken for class 5, but there are only the classes 0 to 4; predict one of these.",
        "5, 0, 1 | An image of class 5 was taken for class 0, but there are only the classes 0 to 4",
        "1, -1, 1 | An image of class 1 was taken for class -1, but there are only the classes 0 to 4",
        "2, 2, 0 | must be sorted, each with at least 1 image, but cell 1 is Cell[label=2, predicted=2, images=0].",
        "1, 1, 1 | must be sorted, each with at least 1 image, but cell 1 is",
        "0, 4, 1 | must be sorted, each with at least 1 image, but cell 1 is"})
    void refusesWhatIsNoMatrix(String cell, String sentence) {
        int[] numbers = List.of(cell.split(", ")).stream().mapToInt(Integer::parseInt).toArray();
        List<Cell> cells = List.of(new Cell(1, 1, 1), new Cell(numbers[0], numbers[1], numbers[2]));
        assertThatThrownBy(() -> new ConfusionMatrix(5, cells)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(sentence);
    }
}
