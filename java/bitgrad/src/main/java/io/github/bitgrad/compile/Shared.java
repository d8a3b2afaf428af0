package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A source that several pull from: the first has it computed as a matrix, and all read that. The last to pull may write over
 * the matrix, unless one of them reads it in the way back.
 */
public final class Shared extends ChannelSource.Whole {
    private final ChannelSource source;
    private int readers;
    private boolean kept;
    /** The matrix, once somebody has pulled. */
    private final List<Form.Values> pulled = new ArrayList<>(1);

    /** @param readers how many will pull */
    public Shared(ChannelSource source, int readers) {
        super(source.channels());
        this.source = source;
        this.readers = readers;
    }

    @Override
    protected Form make(Want want) {
        if (pulled.isEmpty()) {
            // What one reader wants to be written over or spread is not what the others can read.
            pulled.add(source.whole(want.kept() ? Want.KEPT : Want.REAL).values());
        }
        readers--;
        kept |= want.kept();
        Form.Values values = pulled.getFirst();
        Buffer matrix = values.buffer();
        return new Form.Values(matrix, values.own() && readers == 0 && !kept);
    }
}
