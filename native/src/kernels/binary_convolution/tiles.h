/*
 * The loops of every vector variant of binary_convolution. A lane is an output channel: for a few elements of the
 * fan-in at a time (a step), the bits that an output pixel sees are in every lane, the bits of LANES channels side by
 * side, and each lane counts where they differ. So no count is ever summed across lanes, and short fan-ins waste
 * nothing.
 *
 * A tile is TILE_PIXELS output pixels that see the same taps inside of the image: pixels at the border have tiles of
 * their own, in which the other taps do not exist. Such pixels need not be neighbours: what each of them sees begins
 * somewhere in the images, and is from there on the same rows of words.
 *
 * The file that includes this defines for its instruction set
 *
 *   LANES, WORD_STEPS           channels in a vector, steps in a word of 64 elements
 *   TILE_PIXELS, TILE_VECTORS   pixels and vectors of channels whose counts stay in registers
 *   FLUSH_WORDS                 words that a count can hold
 *   BLOCK_WORDS                 words of a panel of TILE_VECTORS * LANES channels that are transposed at a time, onto
 *                               the stack; or of several panels
 *   EXPANDS                     1 where steps of a pixel have another form than in the images, else 0
 *   pixel_step                  a step of a pixel
 *   weight_step                 a step of LANES channels
 *   count                       LANES counts
 *
 *   expand(words, n, steps)            where EXPANDS: the steps of n words of a pixel
 *   transpose(words, stride, steps)    the WORD_STEPS steps of the word of each of LANES channels, stride words apart
 *   broadcast(pixel_step)              a step of a pixel as add_differing() takes it
 *   no_count()
 *   add_differing(sums, bits, weights) sums[r][v] += what differs between bits[r] and weights[v], for all of a tile
 *   add_differing_one(sum, bits, weights)  the sum of one pixel and one vector, and what differs
 *   flush(sums, is_first, differing)   of one pixel: sets, or adds to, uint16_t differing[PANEL]
 */
#ifndef BG_BINARY_CONVOLUTION_TILES_H
#define BG_BINARY_CONVOLUTION_TILES_H

#include <string.h>

#include "dispatch/table.h"
#include "simd/simd.h"

enum {
    PANEL = TILE_VECTORS * LANES,
    /* A slice of the fan-in, 3 x 3 x 512; larger ones are done in several. Differing elements of a tile fit 16 bits. */
    SLICE_WORDS = 72,
    MAX_PANELS = 8, /* of a block */
};
_Static_assert(SLICE_WORDS * 64 * TILE_PIXELS <= UINT16_MAX, "differing elements of a tile are summed in 16 bits");

/* A step of a panel of weights. A panel has its steps one behind the other. */
typedef weight_step panel_step[TILE_VECTORS];

/* Panels of a block, one behind the other. */
typedef panel_step weight_panels[BLOCK_WORDS * WORD_STEPS];

/* What differs in a tile. */
typedef uint16_t tile_counts[TILE_PIXELS][PANEL];

/* All panels of a block of output channels, for one slice of the fan-in. */
struct block {
    const struct bg_geometry *c;
    const uint64_t *x;
    int16_t *y; /* of the first channel */
    int64_t images;
    int64_t first_word; /* of an output channel's weights */
    int words;
    int channels;
};

/* Words that follow each other in a slice and in what a pixel sees. */
struct run {
    int64_t from; /* behind the first that it sees */
    int first;    /* in the slice */
    int words;
    enum { NEXT_IS_NONE, NEXT_ADDS, NEXT_FLUSHES } next; /* what becomes of counts before the next run */
};

/* Lanes beyond the last channel repeat it: they count what nobody stores. */
BG_INLINE void pack_panels(const struct block *block, const uint64_t *weights, panel_step *panels) {
    int64_t row_words = block->c->taps * block->c->words;
    for (int first = 0; first < block->channels; first += LANES) {
        const uint64_t *rows = weights + first * row_words + block->first_word;
        int channels = block->channels - first;
        panel_step *steps = &panels[first / PANEL * block->words * WORD_STEPS];
        for (int word = 0; word < block->words; word++, steps += WORD_STEPS) {
            if (channels >= LANES) {
                transpose(rows + word, row_words, &steps[0][first % PANEL / LANES]);
            } else {
                uint64_t words[LANES];
                for (int lane = 0; lane < LANES; lane++) {
                    words[lane] = rows[(lane < channels ? lane : channels - 1) * row_words + word];
                }
                transpose(words, 1, &steps[0][first % PANEL / LANES]);
            }
        }
    }
}

/* What pixels see, as counts take it: no run has more words than fit in them, and expanded words lie side by side. */
BG_INLINE void find_runs(const struct bg_tap_run *seen, int seen_count, struct run runs[SLICE_WORDS]) {
    struct run *last = NULL;
    int64_t expanded = 0;
    int room = 0;
    for (int i = 0; i < seen_count; i++) {
        for (int word = 0; word < seen[i].count; word++) {
            int64_t from = EXPANDS ? expanded++ : seen[i].from + word;
            int first = seen[i].first + word;
            if (room > 0 && last->from + last->words == from && last->first + last->words == first) {
                last->words++;
            } else {
                if (last != NULL) {
                    last->next = room > 0 ? NEXT_ADDS : NEXT_FLUSHES;
                }
                last = last == NULL ? runs : last + 1;
                *last = (struct run){from, first, 1, NEXT_IS_NONE};
                room = room > 0 ? room : FLUSH_WORDS;
            }
            room--;
        }
    }
}

BG_INLINE void start_counts(count sums[TILE_PIXELS][TILE_VECTORS], int n) {
    for (int r = 0; r < n; r++) {
        for (int v = 0; v < TILE_VECTORS; v++) {
            sums[r][v] = no_count();
        }
    }
}

BG_INLINE void flush_counts(count sums[TILE_PIXELS][TILE_VECTORS], int n, int is_first, tile_counts differing) {
    for (int r = 0; r < n; r++) {
        flush(sums[r], is_first, differing[r]);
    }
}

/*
 * What differs between n pixels and one panel, over the runs of a slice: sets differing where is_first, else adds to
 * it. n is a constant, 1 or TILE_PIXELS.
 */
BG_INLINE void count_runs(int n, const struct run *run, const pixel_step *const *pixels, const panel_step *panel,
    int is_first, tile_counts differing) {
    count sums[TILE_PIXELS][TILE_VECTORS];
    start_counts(sums, n);
    for (;; run++) {
        const panel_step *weights = panel + run->first * WORD_STEPS;
        int64_t step = run->from * WORD_STEPS;
        int64_t end = step + run->words * WORD_STEPS;
        do {
            __typeof__(broadcast(0)) bits[TILE_PIXELS];
            for (int r = 0; r < n; r++) {
                bits[r] = broadcast(pixels[r][step]);
            }
            if (n == TILE_PIXELS) {
                add_differing(sums, bits, *weights);
            } else {
                for (int v = 0; v < TILE_VECTORS; v++) {
                    sums[0][v] = add_differing_one(sums[0][v], bits[0], (*weights)[v]);
                }
            }
            weights++;
        } while (++step < end);
        if (run->next == NEXT_IS_NONE) {
            flush_counts(sums, n, is_first, differing);
            return;
        }
        if ((int)FLUSH_WORDS < (int)SLICE_WORDS && run->next == NEXT_FLUSHES) {
            flush_counts(sums, n, is_first, differing);
            start_counts(sums, n);
            is_first = 0;
        }
    }
}

/* A tile of one panel. A function of its own has all registers for itself. */
static __attribute__((noinline)) void count_tile(const struct run *run, const pixel_step *const pixels[TILE_PIXELS],
    const panel_step *panel, int is_first, tile_counts differing) {
    count_runs(TILE_PIXELS, run, pixels, panel, is_first, differing);
}

/*
 * y of a tile, of at most PANEL channels: inside is what y would be if nothing differed, or, after the first slice, y
 * is what it is. all_differing[channel] += the sum of what differs. Where it can, this is inlined with constants.
 */
BG_INLINE void store_tile(int pixels, int channels, tile_counts differing, int is_first, int inside,
    int16_t *const y[TILE_PIXELS], int64_t at, int64_t all_differing[PANEL]) {
    uint16_t sum[PANEL] = {0};
    for (int r = 0; r < pixels; r++) {
        int16_t values[PANEL];
        if (is_first) {
            for (int n = 0; n < channels; n++) {
                values[n] = (int16_t)inside;
            }
        } else {
            memcpy(values, y[r] + at, (size_t)channels * sizeof *values);
        }
        for (int n = 0; n < channels; n++) {
            sum[n] += differing[r][n];
            values[n] = (int16_t)(values[n] - 2 * differing[r][n]);
        }
        memcpy(y[r] + at, values, (size_t)channels * sizeof *values);
    }
    for (int n = 0; n < channels; n++) {
        all_differing[n] += sum[n];
    }
}

/* The steps of a pixel, of which the words from its first tap on are given. */
BG_INLINE const pixel_step *steps_of(const uint64_t *words, const struct bg_tap_run *seen, int seen_count,
    pixel_step expanded[SLICE_WORDS * WORD_STEPS]) {
#if EXPANDS
    pixel_step *to = expanded;
    for (int i = 0; i < seen_count; i++) {
        expand(words + seen[i].from, seen[i].count, to);
        to += seen[i].count * WORD_STEPS;
    }
    return expanded;
#else
    (void)seen, (void)seen_count, (void)expanded;
    return (const pixel_step *)words;
#endif
}

/* The tiles of all output pixels of two ranges. */
BG_INLINE void convolve_range(const struct block *block, const struct bg_tap_range *rows,
    const struct bg_tap_range *columns, weight_panels panels, int64_t *all_differing) {
    const struct bg_geometry *c = block->c;
    struct bg_tap_run seen[SLICE_WORDS];
    struct run runs[SLICE_WORDS];
    int seen_count = bg_find_tap_runs(c, rows, columns, c->words, block->first_word, block->words, seen);
    find_runs(seen, seen_count, runs);
    int inside = (int)((rows->end_tap - rows->first_tap) * (columns->end_tap - columns->first_tap) * c->channels);
    int is_first = block->first_word == 0;
    struct bg_out_pixel pixel = bg_first_out_pixel(c, 0, rows, columns);
    while (pixel.image < block->images) {
        pixel_step expanded[TILE_PIXELS][SLICE_WORDS * WORD_STEPS];
        const pixel_step *steps[TILE_PIXELS];
        int16_t *y[TILE_PIXELS];
        int pixels = 0;
        do {
            const uint64_t *words = block->x + pixel.first_tap_row * c->words;
            steps[pixels] = steps_of(words, seen, seen_count, expanded[pixels]);
            y[pixels] = block->y + pixel.out_row * c->out_channels;
            bg_next_out_pixel(c, &pixel, rows, columns);
        } while (++pixels < TILE_PIXELS && pixel.image < block->images);
        for (int r = pixels; r < TILE_PIXELS; r++) {
            steps[r] = steps[0];
        }
        for (int n = 0; n < block->channels; n += PANEL) {
            int channels = block->channels - n;
            _Alignas(64) tile_counts differing;
            for (int r = 0; r < pixels; r++) {
                bg_prefetch_to_write(y[r] + n, PANEL * (int)sizeof *y[r]);
            }
            if (seen_count > 0) {
                count_tile(runs, steps, panels + n / PANEL * block->words * WORD_STEPS, 1, differing);
            } else {
                memset(differing, 0, sizeof differing);
            }
            if (pixels == TILE_PIXELS && channels >= PANEL) {
                store_tile(TILE_PIXELS, PANEL, differing, is_first, inside, y, n, all_differing + n);
            } else {
                store_tile(
                    pixels, channels < PANEL ? channels : PANEL, differing, is_first, inside, y, n, all_differing + n);
            }
        }
    }
}

/* y of a block. Returns the sum that every channel of y would have if nothing differed. */
BG_INLINE int64_t convolve_block(const struct block *block, const uint64_t *weights, int64_t *all_differing) {
    const struct bg_geometry *c = block->c;
    _Alignas(64) weight_panels panels;
    pack_panels(block, weights, panels);
    int64_t taps = 0;
    for (struct bg_tap_range rows = {0}; rows.end < c->out_height;) {
        rows = bg_next_tap_range(bg_row_axis(c), rows.end);
        for (struct bg_tap_range columns = {0}; columns.end < c->out_width;) {
            columns = bg_next_tap_range(bg_column_axis(c), columns.end);
            convolve_range(block, &rows, &columns, panels, all_differing);
            taps += (rows.end - rows.begin) * (rows.end_tap - rows.first_tap) * (columns.end - columns.begin) *
                    (columns.end_tap - columns.first_tap);
        }
    }
    return taps * block->images * c->channels;
}

void BG_KERNEL(binary_convolution)(const struct bg_geometry *c, const struct bg_binary_convolution_operands *operands,
    int64_t channel_begin, int64_t channel_end) {
    int64_t words = c->taps * c->words;
    int64_t panels = BLOCK_WORDS / (words < SLICE_WORDS ? words : SLICE_WORDS);
    panels = panels < MAX_PANELS ? panels : MAX_PANELS;
    for (int64_t n = channel_begin; n < channel_end; n += panels * PANEL) {
        int64_t channels = channel_end - n < panels * PANEL ? channel_end - n : panels * PANEL;
        int64_t all_differing[MAX_PANELS * PANEL];
        memset(all_differing, 0, (size_t)channels * sizeof *all_differing);
        int64_t inside = 0;
        for (int64_t word = 0; word < words; word += SLICE_WORDS) {
            int64_t left = words - word;
            struct block block = {c, operands->x, operands->y + n, operands->images, word,
                (int)(left < SLICE_WORDS ? left : SLICE_WORDS), (int)channels};
            inside = convolve_block(&block, operands->weights + n * words, all_differing);
        }
        for (int64_t i = 0; operands->sums != NULL && i < channels; i++) {
            operands->sums[n + i] = inside - 2 * all_differing[i];
        }
    }
}

#endif
