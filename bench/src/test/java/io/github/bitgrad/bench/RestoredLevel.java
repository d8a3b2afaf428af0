package io.github.bitgrad.bench;

import io.github.bitgrad.kernel.Isa;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Tests that may select other instruction-set levels: after each of them, the level is the one that it was before. */
abstract class RestoredLevel {
    private String level;
    private String reason;

    @BeforeEach
    void remember() {
        level = Isa.selected().name();
        reason = Isa.reason();
    }

    @AfterEach
    void restore() {
        Isa.select(level, reason);
    }
}
