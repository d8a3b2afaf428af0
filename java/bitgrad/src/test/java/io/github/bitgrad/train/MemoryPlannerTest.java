package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.optim.Adam;
import io.github.bitgrad.optim.Bop;
import io.github.bitgrad.optim.GradientKind;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.optim.SgdMomentum;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("level-independent")
class MemoryPlannerTest {
    private static final long MEBIBYTE = 1 << 20;

    private static MemoryDecision decide(TrainerBuilder training, long mebibytes) {
        return MemoryPlanner.decide(training, mebibytes * MEBIBYTE);
    }

    private static MemoryDecision binaryNetWithin(long bytes) {
        return MemoryPlanner.decide(Trainer.of(Models.BINARYNET.usual()), bytes);
    }

    @ParameterizedTest
    @CsvSource({"MLP, 24", "CNV, 24", "BINARYNET, 24", "BINARYNET, 32", "BINARYNET, 40", "BINARYNET, 64",
        "BINARYNET, 512", "CNV, 8", "MLP, 1"})
    void aPlanIsWithinItsLimit(Models model, long mebibytes) {
        TrainerBuilder training = Trainer.of(model.usual());
        MemoryDecision decision = decide(training, mebibytes);
        long peak = training.with(decision).plan().peakBytes();
        assertThat(peak).as(decision.toString()).isEqualTo(decision.peakBytes())
                .isLessThanOrEqualTo(mebibytes * MEBIBYTE);
        int batch = decision.step().batch();
        assertThat(training.settings().step()).isEqualTo(decision.step());
        if (batch < TrainerBuilder.DEFAULT_BATCH) {
            assertThat(training.batch(batch + 1).memory(Algorithm.LEAST_MEMORY).plan().peakBytes())
                    .as("with one image more")
                    .isGreaterThan(mebibytes * MEBIBYTE);
        }
    }

    @Test
    void decidingChangesNothing() {
        TrainerBuilder training = Trainer.of(Models.MLP.usual());
        TrainingSettings before = training.settings();
        assertThat(decide(training, 24).step()).isNotEqualTo(before.step());
        assertThat(training.settings()).isEqualTo(before);
    }

    /** Time is given up first, then accuracy. */
    @Test
    void memoryIsSavedWhereItCostsLeast() {
        MemoryDecision much = binaryNetWithin(512 * MEBIBYTE);
        assertThat(much).asString().endsWith("lean with adam and a batch of 100.");
        assertThat(much.tooLarge()).isEmpty();
        MemoryDecision less = binaryNetWithin(much.peakBytes() - 1);
        assertThat(less).asString().endsWith("lean with adam and a batch of 100.");
        assertThat(less.peakBytes()).isLessThan(much.peakBytes());
        MemoryDecision little = binaryNetWithin(38 * MEBIBYTE);
        assertThat(little).asString().contains("lean with adam and a batch of ")
                .endsWith(", because one of 100 is too large.");
        assertThat(little.wantedBatch()).isEqualTo(100).isGreaterThan(little.step().batch());
        MemoryDecision least = binaryNetWithin(24 * MEBIBYTE);
        assertThat(least).asString().contains("lean with bop, because adam has latent weights");
        assertThat(least.tooLarge()).contains(Adam.DEFAULT);
        assertThat(least.step().optimizer()).isEqualTo(Bop.suiting(GradientKind.REAL));
    }

    @Test
    void whatIsSetStays() {
        TrainerBuilder training = Trainer.of(Models.BINARYNET.usual()).algorithm(Algorithm.PROPOSED)
                .optimizer(new SgdMomentum(0.5f));
        StepSettings step = decide(training, 100).step();
        assertThat(step.policy().name()).isEqualTo("proposed");
        assertThat(step.optimizer()).isEqualTo(new SgdMomentum(0.5f));
        assertThat(step.batch()).isBetween(25, 99);
        assertThatThrownBy(
                () -> decide(Trainer.of(Models.BINARYNET.usual()).batch(100).optimizer(Adam.DEFAULT), 32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching(
                        "binarynet cannot be trained in 32\\.00 MiB: it takes \\d\\d\\.\\d\\d MiB at least, by "
                                + "lean with adam and a batch of 100; allow as much\\.");
    }

    /** What the lean algorithm promises at batch 100, in MiB. */
    @ParameterizedTest
    @CsvSource({"BINARYNET, ADAM, 51.2", "BINARYNET, BOP, 37.5", "CNV, ADAM, 12"})
    void leanKeepsWhatItPromises(Models model, Optimizers optimizer, double mebibytes) {
        assertThat(Trainer.of(model.usual()).algorithm(Algorithm.LEAN).optimizer(optimizer::create).plan().peakBytes())
                .isLessThanOrEqualTo((long) (mebibytes * MEBIBYTE));
    }
}
