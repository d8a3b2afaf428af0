package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;
import java.util.Optional;

/**
 * Computes a matrix [pixels of the batch, channels] on demand: all channels at once, or one tile of channels at a time.
 * Pulling a tile adds the operations that compute it to the step, and pulls from the sources that these operations
 * read. So a chain of layers is computed tile by tile although no layer depends on another kind of layer, and a matrix
 * of which only tiles are pulled never exists as a whole.
 *
 * <p>
 * A source is pulled once: either all channels at once, or tile after tile in ascending order from channel 0. Then
 * {@link #finish} is called. To compute the matrix again, make a new source. A consumer that can work on tiles pulls
 * like this, and then gets one tile with all channels if the source has no narrower ones:
 *
 * {@snippet :
 * step.tiles(source, ".forward", tile -> {
 *     switch (source.tile(tile, Want.ANY)) {
 *         case Form.NormalisedSums sums -> fused(tile, sums); // a form that this consumer knows
 *         case Form form -> general(tile, form.values().buffer()); // any other form, as a matrix
 *     }
 * });
 * source.finish();
 * }
 *
 * <p>
 * A layer that computes all channels at once extends {@link Whole}. This is a layer whose output is its input times a
 * factor; {@code Product} is an operation of the layer's own:
 *
 * {@snippet :
 * ChannelSource scaled = new ChannelSource.Whole(source.channels()) {
 *     protected Form make(Want want) {
 *         Buffer values = step.float32(source.whole(Want.REAL).values()).buffer();
 *         Buffer product = step.like(".forward.scaled", values);
 *         step.trainAndInfer(new Product(step.name(".forward.scaled"), values, factor, product));
 *         return new Form.Values(product, true); // true: the consumer may overwrite it
 *     }
 * };
 * }
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
     * @param tile the channels. If {@link #tileable} is false, these are all channels
     * @param want what the consumer would like the tile to be. The source may ignore it
     * @return the tile, in a form that the consumer must look at
     * @throws IllegalArgumentException if a layer before does not support the form in which its own input is stored;
     *             the message names the layer and says what to do
     */
    Form tile(Tile tile, Want want);

    /**
     * Adds the operations that run once, after the last tile: for example moving averages, updates, and the scale of
     * the next step.
     */
    void finish();

    /**
     * A new source of the same matrix for the backward pass, where the matrix was not kept: it computes the very same
     * numbers again, from what is kept. It gives matrices of numbers, has tiles if this source has tiles, and computes
     * nothing that is used by inference or kept. Empty, unless this method is overridden, if the matrix cannot be
     * computed again; then a consumer that needs the matrix again keeps it.
     */
    default Optional<ChannelSource> again() {
        return Optional.empty();
    }

    /**
     * This matrix, computed for some images at a time: in place of pulling tiles of it. Empty, unless this method is
     * overridden, if the matrix cannot be computed so.
     */
    default Optional<ImageSource> byImages() {
        return Optional.empty();
    }

    /**
     * Pulls all channels at once, and finishes the source. Call it instead of {@link #tile} and {@link #finish}.
     *
     * @param want what the consumer would like the matrix to be. The source may ignore it
     */
    default Form whole(Want want) {
        Form form = tile(Tile.all(channels()), want);
        finish();
        return form;
    }

    /**
     * A source that gives a buffer which already has its contents.
     *
     * @param buffer [pixels of the batch, channels]. The consumer may overwrite it
     */
    static ChannelSource of(Buffer buffer) {
        return of(new Form.Values(buffer, true));
    }

    /** A source that gives a matrix which already has its contents. */
    static ChannelSource of(Form.Values matrix) {
        return new Whole(matrix.buffer().columns()) {
            @Override
            protected Form make(Want want) {
                return matrix;
            }
        };
    }

    /**
     * A source that computes each tile from the tile with the same channels of one other source. It has tiles if the
     * other source has tiles, and finishing it finishes the other source.
     */
    abstract class Derived implements ChannelSource {
        /** The source that tiles are computed from. */
        protected final ChannelSource source;

        /** @param source the source that tiles are computed from */
        protected Derived(ChannelSource source) {
            this.source = source;
        }

        @Override
        public final long channels() {
            return source.channels();
        }

        @Override
        public final boolean tileable() {
            return source.tileable();
        }

        @Override
        public void finish() {
            source.finish();
        }
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
