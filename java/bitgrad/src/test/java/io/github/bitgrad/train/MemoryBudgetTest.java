package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.optim.Optimizers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryBudgetTest {
    private static final long MEBIBYTE = 1 << 20;

    @ParameterizedTest
    @CsvSource({"MLP, 24", "CNV, 24", "BINARYNET, 24", "BINARYNET, 32", "BINARYNET, 40", "BINARYNET, 64",
        "BINARYNET, 512", "CNV, 8", "MLP, 1"})
    void aPlanIsWithinItsLimit(Models model, long mebibytes) {
        TrainingSettings settings = Trainer.of(model.paper());
        String choice = settings.fitInto(mebibytes * MEBIBYTE);
        long peak = settings.plan().peakBytes();
        assertThat(peak).as(choice).isLessThanOrEqualTo(mebibytes * MEBIBYTE);
        if (settings.batch() < TrainingSettings.DEFAULT_BATCH) {
            assertThat(settings.batch(settings.batch() + 1).memory(Algorithm.LEAST_MEMORY).plan().peakBytes())
                    .as("with one image more")
                    .isGreaterThan(mebibytes * MEBIBYTE);
        }
    }

    /** Time is given up first, then accuracy. */
    @Test
    void memoryIsSavedWhereItCostsLeast() {
        TrainingSettings much = Trainer.of(Models.BINARYNET.paper());
        assertThat(much.fitInto(512 * MEBIBYTE)).endsWith("lean with adam and a batch of 100.");
        TrainingSettings less = Trainer.of(Models.BINARYNET.paper());
        assertThat(less.fitInto(much.plan().peakBytes() - 1)).endsWith("lean with adam and a batch of 100.");
        assertThat(less.plan().peakBytes()).isLessThan(much.plan().peakBytes());
        TrainingSettings little = Trainer.of(Models.BINARYNET.paper());
        assertThat(little.fitInto(38 * MEBIBYTE)).contains("lean with adam and a batch of ")
                .endsWith(", because one of 100 is too large.");
        TrainingSettings least = Trainer.of(Models.BINARYNET.paper());
        assertThat(least.fitInto(24 * MEBIBYTE)).contains("lean with bop, because adam has latent weights");
    }

    @Test
    void whatIsSetStays() {
        TrainingSettings settings = Trainer.of(Models.BINARYNET.paper()).algorithm(Algorithm.PROPOSED)
                .optimizer(Optimizers.SGDM);
        settings.fitInto(100 * MEBIBYTE);
        assertThat(settings.algorithm()).isEqualTo(Algorithm.PROPOSED);
        assertThat(settings.optimizer()).isEqualTo(Optimizers.SGDM);
        assertThat(settings.batch()).isBetween(25, 99);
        assertThatThrownBy(() -> Trainer.of(Models.BINARYNET.paper()).batch(100).optimizer(Optimizers.ADAM)
                .fitInto(32 * MEBIBYTE)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching(
                        "binarynet cannot be trained in 32\\.00 MiB: it takes \\d\\d\\.\\d\\d MiB at least, by "
                                + "lean with adam and a batch of 100; allow as much\\.");
    }

    /** What the lean algorithm promises at batch 100, in MiB. */
    @ParameterizedTest
    @CsvSource({"BINARYNET, ADAM, 51.2", "BINARYNET, BOP, 37.5", "CNV, ADAM, 12"})
    void leanKeepsWhatItPromises(Models model, Optimizers optimizer, double mebibytes) {
        assertThat(Trainer.of(model.paper()).algorithm(Algorithm.LEAN).optimizer(optimizer).plan().peakBytes())
                .isLessThanOrEqualTo((long) (mebibytes * MEBIBYTE));
    }
}
