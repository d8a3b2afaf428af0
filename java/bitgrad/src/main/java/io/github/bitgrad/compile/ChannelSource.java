package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;

/**
 * Makes a matrix, [pixels of the batch, channels], when it is asked for it: whole, or a tile of channels at a time. Pulling a
 * tile emits the operations that compute it, and pulls from the sources before. So a chain of layers is computed tile by tile
 * without any layer knowing of the others, and a matrix that only tiles are wanted of never exists whole.
 *
 * <p>
 * A source is pulled once: either all channels at once, or tile after tile from channel 0 upwards; then it is finished. What
 * is to be computed again takes a new source.
 */
public interface ChannelSource {
    /** How many channels the whole matrix has. */
    long channels();

    /** Whether tiles can be pulled; otherwise all channels are to be pulled at once. */
    boolean tileable();

    /**
     * Whether all that is pulled are matrices of numbers. A source that normalises gives tiles as sums and what normalises
     * them, of which only a consumer that knows the form can make use.
     */
    default boolean givesMatrices() {
        return true;
    }

    /** Whether rows are of pooling windows, whose pixels only the whole matrix tells. */
    default boolean ofWindows() {
        return false;
    }

    /**
     * Emits the operations that compute a tile.
     *
     * @param tile which channels
     * @param want what form would suit the consumer
     */
    Form tile(Tile tile, Want want);

    /** Emits what is to be done once, after the last tile: moving averages, updates, the scale of the next step. */
    void finish();

    /** Pulls all channels at once and finishes. */
    default Form whole(Want want) {
        Form form = tile(Tile.all(channels()), want);
        finish();
        return form;
    }

    /** A matrix that is there already, and that whoever pulls it may write over. */
    static ChannelSource of(Buffer buffer) {
        return new Whole(buffer.columns()) {
            @Override
            protected Form make(Want want) {
                return new Form.Values(buffer, true);
            }
        };
    }

    /** A source of which all channels are pulled at once. */
    abstract class Whole implements ChannelSource {
        private final long channels;

        /** @param channels of the matrix */
        protected Whole(long channels) {
            this.channels = channels;
        }

        /** Emits the operations that compute all channels. */
        protected abstract Form make(Want want);

        @Override
        public final long channels() {
            return channels;
        }

        @Override
        public final boolean tileable() {
            return false;
        }

        @Override
        public final Form tile(Tile tile, Want want) {
            return make(want);
        }

        @Override
        public void finish() {
            // most have nothing left to do
        }
    }
}
