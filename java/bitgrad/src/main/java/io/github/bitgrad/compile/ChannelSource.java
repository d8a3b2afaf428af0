package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;

/**
 * Computes a matrix [pixels of the batch, channels] on demand: all channels at once, or one tile of channels at a time.
 * Pulling a tile adds the operations that compute it to the step, and pulls from the sources that these operations
 * read. So a chain of layers is computed tile by tile although no layer depends on another kind of layer, and a matrix
 * of which only tiles are pulled never exists as a whole.
 *
 * <p>
 * A source is pulled once: either all channels at once, or tile after tile in ascending order from channel 0. Then
 * {@link #finish} is called. To compute the matrix again, make a new source.
 */
public interface ChannelSource {
    /** The number of channels of the whole matrix. */
    long channels();

    /** Whether tiles can be pulled. If not, all channels must be pulled at once. */
    boolean tileable();

    /**
     * Whether every pulled tile is a matrix of numbers. If not, only a consumer that knows the {@link Form} can use a
     * tile; for example, a tile of normalised values is given as sums with the statistics that normalise them.
     */
    default boolean givesMatrices() {
        return true;
    }

    /** Whether the matrix has a row for each pooling window, instead of a row for each pixel. */
    default boolean ofWindows() {
        return false;
    }

    /**
     * Adds the operations that compute a tile to the step.
     *
     * @param tile the channels
     * @param want what the consumer would like the tile to be
     * @return the tile
     */
    Form tile(Tile tile, Want want);

    /**
     * Adds the operations that run once, after the last tile: for example moving averages, updates, and the scale of
     * the next step.
     */
    void finish();

    /** Pulls all channels at once, and finishes the source. */
    default Form whole(Want want) {
        Form form = tile(Tile.all(channels()), want);
        finish();
        return form;
    }

    /** A source that gives a buffer which already has its contents. The consumer may overwrite the buffer. */
    static ChannelSource of(Buffer buffer) {
        return new Whole(buffer.columns()) {
            @Override
            protected Form make(Want want) {
                return new Form.Values(buffer, true);
            }
        };
    }

    /** A source without tiles: all channels are pulled at once. */
    abstract class Whole implements ChannelSource {
        private final long channels;

        /** @param channels the number of channels of the matrix */
        protected Whole(long channels) {
            this.channels = channels;
        }

        /**
         * Adds the operations that compute all channels to the step.
         *
         * @param want what the consumer would like the matrix to be
         */
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
            // most sources have nothing left to do
        }
    }
}
