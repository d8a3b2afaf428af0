package io.github.bitgrad.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.kernel.Isa;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("level-independent")
class BatchClassificationTest extends RestoredLevel {
    @Test
    void bothWaysGiveTheSameClassesAtEveryLevel() throws IOException {
        int[] expected = classes(BatchClassification.DEFAULT_LEVEL);
        assertThat(Arrays.stream(expected).distinct().count()).as("different classes").isGreaterThan(1);
        for (Isa isa : Isa.available()) {
            assertThat(classes(isa.name())).as(isa.name()).containsExactly(expected);
        }
    }

    private static int[] classes(String level) throws IOException {
        Isa before = Isa.selected();
        BatchClassification benchmark = new BatchClassification();
        benchmark.model = "mlp";
        benchmark.level = level;
        benchmark.prepare();
        try {
            assertThat(Isa.selected().name())
                    .isEqualTo(level.equals(BatchClassification.DEFAULT_LEVEL) ? before.name() : level);
            int[] together = benchmark.together();
            assertThat(benchmark.oneByOne()).containsExactly(together);
            return together;
        } finally {
            benchmark.close();
            assertThat(Isa.selected()).isEqualTo(before);
        }
    }
}
