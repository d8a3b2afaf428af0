package io.github.bitgrad.step;

import io.github.bitgrad.kernel.Matrix;
import io.github.bitgrad.memory.Buffer;

/**
 * Some neighbouring channels of a matrix.
 *
 * @param values [rows, t]: of the channels [first, first + t)
 * @param first a multiple of 16; so is t, unless the tile ends with the last channel
 */
public record ChannelTile(Buffer values, long first) {
    /** All channels of a matrix. */
    public static ChannelTile all(Buffer values) {
        return new ChannelTile(values, 0);
    }

    void expectOf(String name, long channels) {
        long end = first + values.columns();
        if (first % Matrix.TILE_COLUMNS != 0 || first < 0 || end > channels
                || end % Matrix.TILE_COLUMNS != 0 && end != channels) {
            throw new IllegalArgumentException(
                    "%s: channels [%s, %s) are no tile of %s, whose tiles begin and end at multiples of %s."
                            .formatted(name, first, end, channels, Matrix.TILE_COLUMNS));
        }
    }
}
