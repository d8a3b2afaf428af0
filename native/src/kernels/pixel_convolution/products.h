/*
 * The loops of the variants that multiply bytes. Over the taps inside of the image, y = sum of p * 2 w - 255 * sum of
 * w. The first sum is the work. The second one, the base, is that of all output pixels that see the same taps, and what
 * sums begin with. A lane is an output channel, and multiplies a step of four elements of the fan-in at a time.
 *
 * Output pixels are taken in groups: what each of them sees is copied side by side, and only then multiplied, because a
 * vector that is loaded from bytes that were just stored would have to wait for them.
 *
 * The file that includes this defines
 *
 *   LANES                        channels in a vector
 *   TILE_PIXELS, TILE_VECTORS    pixels and vectors of channels whose sums stay in registers
 *   STEP_BYTES                   of the weights of TILE_VECTORS vectors of channels, for a step
 *
 *   void expand(const uint32_t bits[LANES], int8_t *weights)
 *       Bit i of a channel becomes 2 or -2, in 8 steps: weights[i / 4 * STEP_BYTES + 4 * channel + i % 4].
 *   void multiply_tile(const uint8_t *pixels, int64_t stride, int steps, const int8_t *weights, const int32_t *base,
 *                      int32_t y[TILE_PIXELS][PANEL])
 *       y[r][n] = base[n] + the sum over steps s and e < 4 of pixels[r * stride + 4 * s + e] * weights[s * STEP_BYTES +
 *       4 * n + e].
 *   void multiply_row(const uint8_t *pixels, int steps, const int8_t *weights, const int32_t *base, int32_t y[PANEL])
 *       What multiply_tile gives of one pixel.
 *   void multiply_tile_int16(..., int16_t *const y[TILE_PIXELS])
 *       Stores what multiply_tile gives, which fits into int16.
 */
#ifndef BG_PIXEL_CONVOLUTION_PRODUCTS_H
#define BG_PIXEL_CONVOLUTION_PRODUCTS_H

#include <stdint.h>

enum {
    PANEL = TILE_VECTORS * LANES,
    STEP = 4,
    SLICE_ELEMENTS = 512,
    SLICE_STEPS = SLICE_ELEMENTS / STEP,
    BLOCK_CHANNELS = 128, /* which share what is copied of the image */
    MAX_PANELS = BLOCK_CHANNELS / PANEL,
    GROUP_PIXELS = 64,
};
_Static_assert((int)STEP_BYTES == STEP * PANEL, "a weight is a byte");
_Static_assert(GROUP_PIXELS % TILE_PIXELS == 0, "only the last tile of a group may be partial");

typedef int8_t packed_weights[MAX_PANELS][SLICE_STEPS * STEP_BYTES];

#include "kernels/pixel_convolution/block.h"

/* Lanes beyond the last channel repeat it: they compute what nobody stores. */
static void pack_weights(struct block *block) {
    for (int64_t first = 0; first < block->channels; first += LANES) {
        uint32_t rows[LANES][SLICE_WORDS];
        for (int lane = 0; lane < LANES; lane++) {
            read_weights(block, block->first_channel + lesser(first + lane, block->channels - 1), rows[lane]);
        }
        int8_t *weights = &block->weights[first / PANEL][first % PANEL * STEP];
        for (int word = 0; word * 32 < block->elements; word++) {
            uint32_t bits[LANES];
            for (int lane = 0; lane < LANES; lane++) {
                bits[lane] = rows[lane][word];
            }
            expand(bits, weights + word * (32 / STEP) * STEP_BYTES);
        }
    }
}

/* base[panel][channel] = -255 * the sum of w over the runs: half of -255 times what pixels of 1 would give. */
BG_INLINE void sum_weights(const struct block *block, const struct bg_tap_run *runs, int run_count, int panels,
    int32_t base[MAX_PANELS][PANEL]) {
    uint8_t ones[ROW_BYTES] = {0};
    const int32_t nothing[PANEL] = {0};
    for (const struct bg_tap_run *run = runs; run < runs + run_count; run++) {
        memset(ones + run->first, 1, (size_t)run->count);
    }
    for (int panel = 0; panel < panels; panel++) {
        _Alignas(64) int32_t twice[PANEL];
        multiply_row(ones, (block->elements + STEP - 1) / STEP, block->weights[panel], nothing, twice);
        for (int n = 0; n < PANEL; n++) {
            base[panel][n] = -255 * (twice[n] / 2);
        }
    }
}

/* y of a tile, of count pixels and n channels. A function that knows both has faster loops. */
BG_INLINE void store(const struct block *block, const int64_t *rows, int64_t at, int32_t y[][PANEL], int count, int n) {
    const struct bg_pixel_convolution_operands *operands = block->operands;
    for (int r = 0; r < count; r++) {
        if (operands->y_type == BG_INT16) {
            int16_t *to = (int16_t *)operands->y + rows[r] + at;
            for (int i = 0; i < n; i++) {
                to[i] = (int16_t)y[r][i];
            }
        } else {
            float *to = (float *)operands->y + rows[r] + at;
            for (int i = 0; i < n; i++) {
                to[i] = block->first_element == 0 ? (float)y[r][i] : to[i] + (float)y[r][i];
            }
        }
    }
}

/* y of a tile of a panel: count pixels at the rows, and n channels from channel `at` of the block on. */
BG_INLINE void convolve_tile(
    const struct block *block, const uint8_t *seen, int panel, const int32_t *base, const int64_t *rows, int count) {
    int steps = (block->elements + STEP - 1) / STEP;
    int64_t at = panel * PANEL;
    int n = (int)lesser(block->channels - at, PANEL);
    int is_whole = count == TILE_PIXELS && n == PANEL;
    if (is_whole && block->operands->y_type == BG_INT16) {
        int16_t *y[TILE_PIXELS];
        for (int r = 0; r < TILE_PIXELS; r++) {
            y[r] = (int16_t *)block->operands->y + rows[r] + at;
        }
        multiply_tile_int16(seen, ROW_BYTES, steps, block->weights[panel], base, y);
    } else if (count == 1) {
        _Alignas(64) int32_t y[1][PANEL];
        multiply_row(seen, steps, block->weights[panel], base, y[0]);
        store(block, rows, at, y, 1, n);
    } else {
        _Alignas(64) int32_t y[TILE_PIXELS][PANEL];
        multiply_tile(seen, ROW_BYTES, steps, block->weights[panel], base, y);
        if (is_whole) {
            store(block, rows, at, y, TILE_PIXELS, PANEL);
        } else {
            store(block, rows, at, y, count, n);
        }
    }
}

static void convolve_range(
    const struct block *block, const struct bg_tap_range *rows, const struct bg_tap_range *columns) {
    const struct bg_geometry *c = block->c;
    struct bg_tap_run runs[SLICE_ELEMENTS];
    int run_count = bg_find_tap_runs(c, rows, columns, c->channels, block->first_element, block->elements, runs);
    int panels = (int)((block->channels + PANEL - 1) / PANEL);
    int is_short = are_short(block, runs, run_count);
    const uint8_t *all = block->operands->pixels;
    const uint8_t *end = all + block->operands->images * c->pixels * c->channels;
    int64_t reach = run_count == 0 ? 0 : runs[run_count - 1].from + COPY_BYTES; /* of short runs */
    _Alignas(64) int32_t base[MAX_PANELS][PANEL];
    _Alignas(64) uint8_t seen[GROUP_PIXELS][ROW_BYTES];
    int64_t most_pixels =
        (rows->end - rows->begin) * (columns->end - columns->begin) * (block->image_end - block->image_begin);
    int64_t most_tiles = (lesser(most_pixels, GROUP_PIXELS) + TILE_PIXELS - 1) / TILE_PIXELS;
    memset(seen, 0, (size_t)(most_tiles * TILE_PIXELS * ROW_BYTES)); /* pixels outside of the runs stay so */
    sum_weights(block, runs, run_count, panels, base);
    struct bg_out_pixel pixel = bg_first_out_pixel(c, block->image_begin, rows, columns);
    while (pixel.image < block->image_end) {
        int64_t y_rows[GROUP_PIXELS];
        int pixels = 0;
        do {
            const uint8_t *first_tap = all + pixel.first_tap_row * c->channels;
            copy_runs(block, runs, run_count, is_short && end - first_tap >= reach, first_tap, seen[pixels]);
            y_rows[pixels] = pixel.out_row * c->out_channels + block->first_channel;
            bg_next_out_pixel(c, &pixel, rows, columns);
        } while (++pixels < GROUP_PIXELS && pixel.image < block->image_end);
        for (int first = 0; first < pixels; first += TILE_PIXELS) {
            int count = (int)lesser(TILE_PIXELS, pixels - first);
            for (int r = 0; r < count; r++) {
                prefetch(block, y_rows[first + r]);
            }
            for (int panel = 0; panel < panels; panel++) {
                convolve_tile(block, seen[first], panel, base[panel], y_rows + first, count);
            }
        }
    }
}

#endif
