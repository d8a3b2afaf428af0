/*
 * The loops of every vector variant of binary_gemm. A lane is a channel: for 32 elements of the fan-in at a time (a
 * step), the bits of one row of x are in every lane, the bits of LANES channels side by side, and each lane counts
 * where they differ. So no count is ever summed across lanes but once at the end, and short fan-ins waste nothing.
 *
 * The file that includes this defines for its instruction set
 *
 *   LANES                            channels in a vector
 *   TILE_ROWS, TILE_VECTORS          the rows and vectors of channels whose counts stay in registers
 *   MAX_STEPS                        how many steps a count can hold, and at most what a panel of 32-bit words
 *                                    [MAX_STEPS, TILE_VECTORS * LANES] may take of the stack and the L1 cache
 *   counts                           the type of a vector
 *   counts_zero(), counts_load(words), counts_broadcast(word)
 *   counts_add(sum, x, weights)      sum + popcount(x xor weights), lane by lane, in any split inside of a lane
 *   counts_subtract(y, sum, n)       y[0..n) -= 2 sum for the first n lanes, 0 < n <= LANES; touches no more of y
 */
#ifndef BG_BINARY_GEMM_TILES_H
#define BG_BINARY_GEMM_TILES_H

#include <string.h>

#include "dispatch/table.h"
#include "simd/simd.h"

enum { PANEL = TILE_VECTORS * LANES };

/* Elements [32 step, 32 step + 32) of a row; both architectures with vector variants are little-endian. */
BG_INLINE uint32_t step_bits(const uint64_t *row, int64_t step) {
    uint32_t bits;
    memcpy(&bits, (const char *)row + step * (int64_t)sizeof bits, sizeof bits);
    return bits;
}

/* Transposes the steps of up to PANEL channels: panel[step][channel]. The other lanes count what nobody stores. */
BG_INLINE void pack_panel(int vectors, const uint64_t *weights, int64_t words, int64_t channels, int64_t first_step,
    int steps, uint32_t panel[MAX_STEPS][PANEL]) {
    for (int64_t n = 0; n < vectors * LANES; n++) {
        for (int s = 0; s < steps; s++) {
            panel[s][n] = n < channels ? step_bits(weights + n * words, first_step + s) : 0;
        }
    }
}

/* y[rows, channels of the panel] -= 2 (differing bits). rows and vectors are constants where this is inlined. */
BG_INLINE void tile(int rows, int vectors, const uint64_t *x, int64_t words, int64_t first_step, int steps,
    uint32_t panel[MAX_STEPS][PANEL], int16_t *y, int64_t channels, int64_t panel_channels) {
    counts sums[TILE_ROWS][TILE_VECTORS];
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++) {
            sums[r][v] = counts_zero();
        }
    }
    for (int s = 0; s < steps; s++) {
        counts weights[TILE_VECTORS];
        for (int v = 0; v < vectors; v++) {
            weights[v] = counts_load(&panel[s][v * LANES]);
        }
        for (int r = 0; r < rows; r++) {
            counts bits = counts_broadcast(step_bits(x + r * words, first_step + s));
            for (int v = 0; v < vectors; v++) {
                sums[r][v] = counts_add(sums[r][v], bits, weights[v]);
            }
        }
    }
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++) {
            int64_t left = panel_channels - v * LANES;
            if (left > 0) {
                counts_subtract(y + r * channels + v * LANES, sums[r][v], left < LANES ? (int)left : LANES);
            }
        }
    }
}

/* The same for all rows: y[row_begin..row_end, channels of the panel]. */
BG_INLINE void multiply_panel(int vectors, const uint64_t *x, int64_t words, const uint64_t *weights,
    int64_t first_step, int steps, int16_t *y, int64_t channels, int64_t panel_channels, int64_t row_begin,
    int64_t row_end) {
    _Alignas(64) uint32_t panel[MAX_STEPS][PANEL];
    pack_panel(vectors, weights, words, panel_channels, first_step, steps, panel);
    int64_t r = row_begin;
    for (; r + TILE_ROWS <= row_end; r += TILE_ROWS) {
        tile(TILE_ROWS, vectors, x + r * words, words, first_step, steps, panel, y + r * channels, channels,
            panel_channels);
    }
    for (; r < row_end; r++) {
        tile(1, vectors, x + r * words, words, first_step, steps, panel, y + r * channels, channels, panel_channels);
    }
}

void BG_KERNEL(binary_gemm)(const uint64_t *x, const uint64_t *weights, int16_t *y, int64_t channels, int64_t fan_in,
    int64_t row_begin, int64_t row_end) {
    int64_t words = bg_row_words(fan_in);
    int64_t all_steps = (fan_in + 31) / 32;
    for (int64_t i = row_begin * channels; i < row_end * channels; i++) {
        y[i] = (int16_t)fan_in;
    }
    for (int64_t step = 0; step < all_steps; step += MAX_STEPS) {
        int steps = all_steps - step < MAX_STEPS ? (int)(all_steps - step) : MAX_STEPS;
        for (int64_t n = 0; n < channels; n += PANEL) {
            const uint64_t *panel_weights = weights + n * words;
            int64_t left = channels - n < PANEL ? channels - n : PANEL;
            if (left > LANES) {
                multiply_panel(
                    TILE_VECTORS, x, words, panel_weights, step, steps, y + n, channels, left, row_begin, row_end);
            } else {
                multiply_panel(1, x, words, panel_weights, step, steps, y + n, channels, left, row_begin, row_end);
            }
        }
    }
}

#endif
