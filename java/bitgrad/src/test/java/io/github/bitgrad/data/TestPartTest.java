package io.github.bitgrad.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.BitgradException;
import java.nio.file.Path;
import java.text.MessageFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("level-independent")
class TestPartTest {
    private static final Path SOURCE = Path.of("flowers");
    private static final int[] LABELS = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1};

    private final List<String> told = new ArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord line) {
            told.add(MessageFormat.format(line.getMessage(), line.getParameters()));
        }

        @Override
        public void flush() {
            // nothing waits
        }

        @Override
        public void close() {
            // nothing is open
        }
    };

    @BeforeEach
    void listen() {
        Logger.getLogger("io.github.bitgrad").addHandler(handler);
    }

    @AfterEach
    void listenNoMore() {
        Logger.getLogger("io.github.bitgrad").removeHandler(handler);
    }

    @Test
    void aFifthOfEachClassIsKeptAndTold() {
        StratifiedSplit usual = TestPart.of(SOURCE, ReadingOptions.NONE).choose(LABELS, 2);
        assertThat(usual.part(Split.TEST)).hasSize(2);
        assertThat(usual.part(Split.TRAIN)).hasSize(8).doesNotContain(usual.test());
        assertThat(told).containsExactly("flowers has no test part of its own, so a fifth of each class is kept for "
                + "testing: give a test fraction to keep more or less, or 0 to keep nothing.");
        assertThat(usual.test()).isEqualTo(StratifiedSplit.of(LABELS, 2, 0.2, 1).test());
    }

    @Test
    void aFractionThatIsGivenIsNotTold() {
        ReadingOptions options = ReadingOptions.NONE.with(ReadingOptions.TEST_FRACTION, 0.4)
                .with(ReadingOptions.SPLIT_SEED, 7L);
        assertThat(TestPart.of(SOURCE, options).choose(LABELS, 2).test())
                .isEqualTo(StratifiedSplit.of(LABELS, 2, 0.4, 7).test());
        assertThat(told).isEmpty();
        assertThatThrownBy(() -> TestPart.requireNone(SOURCE, options)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("flowers has a test part of its own: leave the test fraction out.");
        assertThatThrownBy(() -> TestPart.of(SOURCE, options).choose(new int[] {0, 1}, 2))
                .isInstanceOf(BitgradException.class).hasMessageStartingWith("flowers cannot be divided: ");
    }

    @Test
    void aFractionOfZeroKeepsNothing() {
        TestPart none = TestPart.of(SOURCE, ReadingOptions.NONE.with(ReadingOptions.TEST_FRACTION, 0.0));
        assertThat(none.choose(LABELS, 2).train()).hasSize(LABELS.length);
        none.require(Split.TRAIN);
        assertThatThrownBy(() -> none.require(Split.TEST)).isInstanceOf(BitgradException.class).hasMessage(
                "Nothing of flowers is kept for testing, because the test fraction is 0: give a larger one, or do not test.");
    }
}
