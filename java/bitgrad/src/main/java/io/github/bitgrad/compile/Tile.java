package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;

/**
 * Neighbouring channels of a matrix that are computed together.
 *
 * @param begin the first channel of the tile, a multiple of {@link TileWidths#NARROWEST}
 * @param end the channel after the last channel of the tile: a multiple of {@link TileWidths#NARROWEST}, or the number
 *            of all channels
 * @param suffix the end of the names of the tile's buffers and operations; empty if the tile has all channels
 */
public record Tile(long begin, long end, String suffix) {
    /** The tile that contains all channels. */
    public static Tile all(long channels) {
        return new Tile(0, channels, "");
    }

    /** The number of channels of the tile. */
    public long channels() {
        return end - begin;
    }

    /** The values of the tile's channels in a buffer [1, all channels]. */
    public Buffer of(Buffer perChannel) {
        return perChannel.elements(begin, end);
    }
}
