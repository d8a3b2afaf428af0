package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;

/**
 * Neighbouring channels of a matrix whose values exist at the same time.
 *
 * @param begin the first channel: a multiple of {@link TileWidths#NARROWEST}
 * @param end the channel behind the last: a multiple of {@link TileWidths#NARROWEST} too, or all channels
 * @param suffix what the names of the tile's buffers and operations end with; empty where the tile is all channels
 */
public record Tile(long begin, long end, String suffix) {
    /** The tile of all channels. */
    public static Tile all(long channels) {
        return new Tile(0, channels, "");
    }

    /** How many channels the tile has. */
    public long channels() {
        return end - begin;
    }

    /** The tile's part of a row of values, one for each channel. */
    public Buffer of(Buffer perChannel) {
        return perChannel.elements(begin, end);
    }
}
