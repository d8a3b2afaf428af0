/*
 * Lanes are channels. The weights of PANEL channels are turned once into a panel on the stack, word k of all of them
 * side by side, and then meet all rows, ROWS at a time: each word of a row is broadcast against VECTORS vectors of
 * weights, whose differing bits are counted lane by lane. No sum across lanes is ever needed.
 */
#include "dispatch/table.h"
#include "simd/simd.h"

enum {
    ROWS = 4,
    VECTORS = 2,
    PANEL = VECTORS * VW_LANES,
    MAX_WORDS = (BG_MAX_FAN_IN + 63) / 64,
};

/* Channels that do not exist count as clear; their sums are never stored. */
static void fill_panel(uint64_t *panel, const uint64_t *weights, int64_t words, int channels) {
    for (int n = 0; n < PANEL; n++) {
        for (int64_t k = 0; k < words; k++) {
            panel[k * PANEL + n] = n < channels ? weights[n * words + k] : 0;
        }
    }
}

/* y[r, n] for rows r = 0 .. rows - 1, a constant at each call, and the panel's channels, of which some may not exist.
 */
BG_INLINE void rows_by_panel(
    int rows, const uint64_t *x, const uint64_t *panel, int16_t *y, int64_t y_stride, int64_t fan_in, int channels) {
    int64_t words = bg_row_words(fan_in);
    vw totals[ROWS][VECTORS];
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < VECTORS; v++) {
            totals[r][v] = vw_zero();
        }
    }
    for (int64_t begin = 0; begin < words; begin += VW_BLOCK) {
        int64_t end = words - begin < VW_BLOCK ? words : begin + VW_BLOCK;
        vw counts[ROWS][VECTORS];
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < VECTORS; v++) {
                counts[r][v] = vw_zero();
            }
        }
        for (int64_t k = begin; k < end; k++) {
            for (int v = 0; v < VECTORS; v++) {
                vw w = vw_load(panel + k * PANEL + v * VW_LANES);
                for (int r = 0; r < rows; r++) {
                    counts[r][v] = vw_count(counts[r][v], w, x[r * words + k]);
                }
            }
        }
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < VECTORS; v++) {
                totals[r][v] = vw_total(totals[r][v], counts[r][v]);
            }
        }
    }
    for (int r = 0; r < rows; r++) {
        uint64_t differing[PANEL];
        for (int v = 0; v < VECTORS; v++) {
            vw_store(differing + v * VW_LANES, totals[r][v]);
        }
        for (int n = 0; n < channels; n++) {
            y[r * y_stride + n] = (int16_t)(fan_in - 2 * (int64_t)differing[n]);
        }
    }
}

void BG_KERNEL(binary_gemm)(const uint64_t *x, const uint64_t *weights, int16_t *y, int64_t channels, int64_t fan_in,
    int64_t row_begin, int64_t row_end) {
    uint64_t panel[PANEL * MAX_WORDS];
    int64_t words = bg_row_words(fan_in);
    for (int64_t n = 0; n < channels; n += PANEL) {
        int count = channels - n < PANEL ? (int)(channels - n) : PANEL;
        fill_panel(panel, weights + n * words, words, count);
        int64_t r = row_begin;
        for (; r + ROWS <= row_end; r += ROWS) {
            rows_by_panel(ROWS, x + r * words, panel, y + r * channels + n, channels, fan_in, count);
        }
        for (; r < row_end; r++) {
            rows_by_panel(1, x + r * words, panel, y + r * channels + n, channels, fan_in, count);
        }
    }
}
