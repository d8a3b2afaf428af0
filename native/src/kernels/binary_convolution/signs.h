/*
 * The loops of every vector variant of binary_convolution_signs, on those of tiles.h: what differs between a tile of
 * pixels and a panel of channels is compared at once with the most that may differ where the sign is +1, so no sum is
 * ever stored. Weights are transposed once, for all calls: packed weights are all panels, one behind the other, as
 * tiles.h has them: [panel][step of the fan-in][vector].
 */
#ifndef BG_BINARY_CONVOLUTION_SIGNS_H
#define BG_BINARY_CONVOLUTION_SIGNS_H

#include "kernels/binary_convolution/tiles.h"

enum { NEAR_BYTES = 24 << 10 }; /* of panels that all pixels of a range are compared with, so that they stay in L1 */
_Static_assert(PANEL == 32 || PANEL == 64, "the signs of a panel are half a word or a word");

BG_INLINE int64_t panel_count(const struct bg_geometry *c) {
    return (c->out_channels + PANEL - 1) / PANEL;
}

BG_INLINE int64_t panel_steps(const struct bg_geometry *c) {
    return c->taps * c->words * WORD_STEPS;
}

/* Vectors of channels that do not exist are zeros: what differs from them is counted, and must fit 16 bits. */
int64_t BG_KERNEL(pack_weights)(const struct bg_geometry *c, const uint64_t *weights, void *packed) {
    int64_t words = c->taps * c->words;
    int64_t bytes = panel_count(c) * panel_steps(c) * (int64_t)sizeof(panel_step);
    if (packed == NULL) {
        return bytes;
    }
    memset(packed, 0, (size_t)bytes);
    for (int64_t n = 0; n < c->out_channels; n += PANEL) {
        int64_t channels = c->out_channels - n;
        struct block block = {.c = c, .words = (int)words, .channels = (int)(channels < PANEL ? channels : PANEL)};
        pack_panels(&block, weights + n * words, (panel_step *)packed + n / PANEL * panel_steps(c));
    }
    return bytes;
}

/*
 * The most elements that may differ where the sign is +1: y = inside - 2 * differing >= threshold. It is -1 where none
 * may, and for channels that do not exist.
 */
BG_INLINE void find_limits(const int32_t *thresholds, int channels, int inside, int16_t limits[PANEL]) {
    for (int n = 0; n < PANEL; n++) {
        int32_t threshold = n < channels ? thresholds[n] : INT32_MAX;
        threshold = threshold > BG_MAX_FAN_IN + 1 ? BG_MAX_FAN_IN + 1 : threshold;
        threshold = threshold < -BG_MAX_FAN_IN ? -BG_MAX_FAN_IN : threshold;
        int32_t most = (inside - threshold) >> 1; /* rounded down, so that -1 stays -1 */
        limits[n] = (int16_t)(most < -1 ? -1 : most);
    }
}

/* The signs of a pixel and a panel. differing is at most BG_MAX_FAN_IN, so it is an int16 too. */
BG_INLINE uint64_t signs_of(const uint16_t differing[PANEL], const int16_t limits[PANEL]) {
    uint64_t negative = 0;
    for (int n = 0; n < PANEL; n += VI_LANES) {
        vi greater_than = vi_load(limits + n, VI_LANES);
        negative |= (uint64_t)vi_greater(vi_load((const int16_t *)differing + n, VI_LANES), greater_than) << n;
    }
    return PANEL == 64 ? ~negative : ~negative & 0xffffffffu;
}

/* Pixels of a range, what each of them sees, and where its signs are. */
struct tile {
    int pixels;
    const uint64_t *words[TILE_PIXELS]; /* from its first tap inside of the image on */
    uint64_t *signs[TILE_PIXELS];
};

/* A function of its own has all registers for itself, as count_tile(). */
static __attribute__((noinline)) void count_pixel(const struct run *run, const pixel_step *const *pixel,
    const panel_step *panel, int is_first, tile_counts differing) {
    count_runs(1, run, pixel, panel, is_first, differing);
}

BG_INLINE void write_signs(const struct bg_geometry *c, const struct tile *tile, int64_t panel, tile_counts differing,
    const int16_t limits[PANEL]) {
    int is_half = PANEL == 32 && panel % 2 == 0 && panel + 1 == panel_count(c); /* of the last word */
    for (int r = 0; r < tile->pixels; r++) {
        uint64_t signs = signs_of(differing[r], limits);
        char *to = (char *)tile->signs[r] + panel * (PANEL / 8);
        memcpy(to, &signs, PANEL / 8);
        if (is_half) {
            memset(to + PANEL / 8, 0, PANEL / 8); /* padding */
        }
    }
}

/* The signs of a range of pixels and of panels [first, first + count), which are near. */
static void sign_panels(const struct bg_geometry *c, const struct bg_binary_convolution_signs_operands *operands,
    const struct bg_tap_range *rows, const struct bg_tap_range *columns, int64_t first, int count, int64_t image_begin,
    int64_t image_end) {
    struct bg_tap_run seen[SLICE_WORDS];
    struct run runs[SLICE_WORDS];
    int seen_count = -1; /* unknown */
    int64_t words = c->taps * c->words;
    int64_t sign_words = bg_row_words(c->out_channels);
    int inside = (int)((rows->end_tap - rows->first_tap) * (columns->end_tap - columns->first_tap) * c->channels);
    _Alignas(64) int16_t limits[MAX_PANELS][PANEL];
    for (int i = 0; i < count; i++) {
        int64_t channel = (first + i) * PANEL;
        int64_t channels = c->out_channels - channel;
        find_limits(operands->thresholds + channel, (int)(channels < PANEL ? channels : PANEL), inside, limits[i]);
    }
    struct bg_out_pixel pixel = bg_first_out_pixel(c, image_begin, rows, columns);
    while (pixel.image < image_end) {
        struct tile tile = {0};
        do {
            tile.words[tile.pixels] = operands->x + pixel.first_tap_row * c->words;
            tile.signs[tile.pixels] = operands->signs + pixel.out_row * sign_words;
            bg_next_out_pixel(c, &pixel, rows, columns);
        } while (++tile.pixels < TILE_PIXELS && pixel.image < image_end);
        _Alignas(64) tile_counts differing[MAX_PANELS];
        for (int64_t word = 0; word < words; word += SLICE_WORDS) {
            pixel_step expanded[TILE_PIXELS][SLICE_WORDS * WORD_STEPS];
            const pixel_step *steps[TILE_PIXELS];
            if (seen_count < 0 || words > SLICE_WORDS) {
                int64_t left = words - word;
                int slice = (int)(left < SLICE_WORDS ? left : SLICE_WORDS);
                seen_count = bg_find_tap_runs(c, rows, columns, c->words, word, slice, seen);
                find_runs(seen, seen_count, runs);
            }
            for (int r = 0; r < TILE_PIXELS; r++) { /* pixels that do not exist repeat the first */
                steps[r] = r < tile.pixels ? steps_of(tile.words[r], seen, seen_count, expanded[r]) : steps[0];
            }
            for (int i = 0; i < count; i++) {
                const panel_step *panel =
                    (const panel_step *)operands->packed + (first + i) * panel_steps(c) + word * WORD_STEPS;
                if (seen_count == 0) {
                    if (word == 0) {
                        memset(differing[i], 0, sizeof differing[i]);
                    }
                } else if (tile.pixels == 1) {
                    count_pixel(runs, steps, panel, word == 0, differing[i]);
                } else {
                    count_tile(runs, steps, panel, word == 0, differing[i]);
                }
            }
        }
        for (int i = 0; i < count; i++) {
            write_signs(c, &tile, first + i, differing[i], limits[i]);
        }
    }
}

void BG_KERNEL(binary_convolution_signs)(const struct bg_geometry *c,
    const struct bg_binary_convolution_signs_operands *operands, int64_t image_begin, int64_t image_end) {
    int64_t near = NEAR_BYTES / (panel_steps(c) * (int64_t)sizeof(panel_step));
    near = near < 1 ? 1 : near < MAX_PANELS ? near : MAX_PANELS;
    for (struct bg_tap_range rows = {0}; rows.end < c->out_height;) {
        rows = bg_next_tap_range(bg_row_axis(c), rows.end);
        for (struct bg_tap_range columns = {0}; columns.end < c->out_width;) {
            columns = bg_next_tap_range(bg_column_axis(c), columns.end);
            for (int64_t first = 0; first < panel_count(c); first += near) {
                int64_t left = panel_count(c) - first;
                sign_panels(
                    c, operands, &rows, &columns, first, (int)(left < near ? left : near), image_begin, image_end);
            }
        }
    }
}

#endif
