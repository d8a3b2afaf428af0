package io.github.bitgrad.step;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("level-independent")
class OpenChunksTest {
    private final OpenChunks chunks = new OpenChunks();

    private long look() {
        return chunks.look();
    }

    @Test
    void offersNothingAtFirst() {
        assertThat(OpenChunks.left(look())).isZero();
    }

    @Test
    void givesEachChunkOnce() {
        chunks.offer(2);
        long seen = look();
        assertThat(OpenChunks.left(seen)).isEqualTo(2);
        assertThat(chunks.take(seen)).isTrue();
        assertThat(chunks.take(seen)).as("a thread that looked before").isFalse();
        assertThat(OpenChunks.left(look())).isEqualTo(1);
        assertThat(chunks.take(look())).isTrue();
        assertThat(OpenChunks.left(look())).isZero();
    }

    /** It has read the operation before, and would run a chunk of that one again. */
    @Test
    void aThreadThatLookedAtTheOperationBeforeGetsNoChunk() {
        chunks.offer(2);
        long seen = look();
        chunks.take(look());
        chunks.take(look());
        chunks.offer(2);
        assertThat(chunks.take(seen)).isFalse();
        assertThat(OpenChunks.left(look())).isEqualTo(2);
    }
}
