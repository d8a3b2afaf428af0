package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A source with several consumers. The first consumer that pulls causes the matrix to be computed, and all consumers
 * read this matrix. The last consumer may overwrite the matrix, unless the backward pass reads it again. A layer that hands a
 * matrix on unchanged must therefore hand on the source itself: in a source of its own, the matrix would have consumers that
 * are not counted here.
 */
public final class Shared extends ChannelSource.Whole {
    private final ChannelSource source;
    private int readers;
    private boolean kept;
    /** The matrix, once a consumer has pulled it. */
    private final List<Form.Values> pulled = new ArrayList<>(1);

    private Shared(ChannelSource source, int readers) {
        super(source.channels());
        this.source = source;
        this.readers = readers;
    }

    /**
     * Shares a source. If the source is shared already, its consumers and the new ones read the same matrix, and the last of
     * all of them may overwrite it.
     *
     * @param source the source, which is pulled once
     * @param readers the number of consumers that will pull: at least one
     */
    public static Shared of(ChannelSource source, int readers) {
        if (source instanceof Shared shared) {
            shared.readers += readers - 1; // the consumers stand in for one that was counted before
            return shared;
        }
        return new Shared(source, readers);
    }

    @Override
    protected Form make(Want want) {
        if (pulled.isEmpty()) {
            // All consumers read this matrix, so it cannot be what only the first of them wants.
            pulled.add(source.whole(want.kept() ? Want.KEPT : Want.REAL).values());
        }
        readers--;
        kept |= want.kept();
        Form.Values values = pulled.getFirst();
        Buffer matrix = values.buffer();
        return new Form.Values(matrix, values.own() && readers == 0 && !kept);
    }
}
