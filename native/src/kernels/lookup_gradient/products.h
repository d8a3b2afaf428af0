/*
 * The weight gradient of layers whose inputs are bytes, where dy is of BG_INT8: byte times byte, without tables. Over
 * the output pixels whose tap is inside of the image, dw = sum of dy (2 p - 255) = 2 * sum of dy p - 255 * sum of dy.
 * The first sum is the work, in which pixels outside of the image are 0.
 *
 * All sums are exact, so they may have any order. A step is of four output pixels. A block is of 64 output channels and
 * of at most 64 columns, which are the input channels of all taps, tap by tap. Output pixels are taken range by range:
 * those of a range see the same taps inside of the image.
 *
 * The file that includes this defines
 *
 *   PRODUCT_ROWS, PRODUCT_COLUMNS    output channels and columns whose sums stay in registers: divisors of 64
 *
 *   void interleave(const uint8_t *const rows[STEP_PIXELS], uint8_t step[PRODUCT_BLOCK][STEP_PIXELS])
 *       step[i][r] = rows[r][i].
 *   HAS_WINDOWS    1 or 0: whether there are the next two functions, too
 *   void gather_window(const struct window *, const uint8_t *from, uint8_t step[PRODUCT_BLOCK][STEP_PIXELS])
 *       What four neighbours in a row of output pixels see. from is the first byte that the first of them sees. For each part of the
 *       window, step[i / 4][i % 4] = (from + part->from)[part->bytes[i - 64 * part->vector]] for its bytes i, which are
 *       of vector i / 64. Reads nothing else. All other bytes of the vectors are 0.
 *   void interleave_quarter(const uint8_t *const rows[STEP_PIXELS], uint8_t step[PRODUCT_QUARTER][STEP_PIXELS])
 *       interleave for rows of PRODUCT_QUARTER bytes.
 *   void add_totals(const uint8_t *dy, int steps, int32_t totals[PRODUCT_BLOCK])
 *       For each row, totals += the four signed bytes dy[4 * row] of all steps. A step begins PRODUCT_STEP_BYTES behind
 *       the one before it.
 *   void add_products(const uint8_t *pixels, const uint8_t *dy, int steps, const int32_t *totals, int32_t *sums)
 *       For PRODUCT_ROWS rows and PRODUCT_COLUMNS columns, sums[row * PRODUCT_BLOCK + column] += the products, over all
 *       steps, of the four signed bytes dy[4 * row] and the four unsigned bytes pixels[4 * column]. totals[row] is what
 *       add_totals gives of these steps, for variants that multiply pixels - 128: signed bytes. Sums of two products
 *       with unsigned bytes, and of four with signed ones, fit into int16.
 */
#ifndef BG_LOOKUP_PRODUCTS_H
#define BG_LOOKUP_PRODUCTS_H

#include <string.h>

#include "kernels/lookup_gradient/pixel.h"

enum {
    CHUNK_STEPS = 64, /* interleaved at a time, onto the stack */
    WORD_BYTES = 8,
    MOST_PIXELS = 1 << 16, /* whose sums fit into int32, also twice */
};
_Static_assert(2 * (int64_t)MOST_PIXELS * BG_MAX_INT7 * 255 <= INT32_MAX, "2 * sum of dy p fits into int32");
_Static_assert(2 * BG_MAX_INT7 * 255 <= INT16_MAX && 4 * BG_MAX_INT7 * 128 <= INT16_MAX, "sums of products");

/* Columns of a block that belong to one tap. */
struct piece {
    int64_t tap;
    int64_t channel;
    int first; /* column, in the block */
    int count;
    int64_t from; /* bytes behind the first tap that is inside of the image; UNSEEN where this tap is outside */
};
enum { UNSEEN = -1 };

/* The gradient of a block, and what it is made from. */
struct product_block {
    const struct bg_geometry *c; /* its channels are bytes */
    const struct bg_dy *dy;
    const uint8_t *x; /* pixels of c->words * WORD_BYTES bytes */
    int64_t images;
    int64_t channel; /* the first output channel */
    int channels;
    int64_t column; /* the first one, of all taps */
    int columns;
    int piece_count;
    int sees_all;   /* whether all pieces are inside of the image */
    int is_wide;    /* whether wide has a part of the gradient */
    int64_t pixels; /* whose products are in sums: at most MOST_PIXELS */
    struct piece pieces[PRODUCT_BLOCK];
    struct window window;
    int32_t totals[PRODUCT_BLOCK][PRODUCT_BLOCK]; /* [piece][output channel]: the sum of dy */
    _Alignas(64) int32_t sums[PRODUCT_BLOCK][PRODUCT_BLOCK];
    int64_t wide[PRODUCT_BLOCK][PRODUCT_BLOCK];
};

/* Steps, as products take them. */
struct chunk {
    _Alignas(64) uint8_t pixels[CHUNK_STEPS][PRODUCT_BLOCK][STEP_PIXELS];
    _Alignas(64) uint8_t dy[CHUNK_STEPS][PRODUCT_BLOCK][STEP_PIXELS];
};

static void find_pieces(struct product_block *block) {
    const struct bg_geometry *c = block->c;
    block->piece_count = 0;
    for (int first = 0; first < block->columns;) {
        int64_t tap = (block->column + first) / c->channels;
        int64_t channel = (block->column + first) % c->channels;
        int count = (int)bg_min(c->channels - channel, block->columns - first);
        block->pieces[block->piece_count++] = (struct piece){tap, channel, first, count, UNSEEN};
        first += count;
    }
}

/* Where output pixels of two ranges see the pieces. */
static void place_pieces(
    struct product_block *block, const struct bg_tap_range *rows, const struct bg_tap_range *columns) {
    const struct bg_geometry *c = block->c;
    block->sees_all = 1;
    for (struct piece *piece = block->pieces; piece < block->pieces + block->piece_count; piece++) {
        int64_t row = piece->tap / c->kernel_width;
        int64_t column = piece->tap % c->kernel_width;
        int is_seen =
            row >= rows->first_tap && row < rows->end_tap && column >= columns->first_tap && column < columns->end_tap;
        int64_t pixel = (row - rows->first_tap) * c->width + column - columns->first_tap;
        piece->from = is_seen ? pixel * c->words * WORD_BYTES + piece->channel : UNSEEN;
        block->sees_all &= is_seen;
    }
}

#if HAS_WINDOWS
/* The window of output pixels that see all pieces, if they have one. */
static void find_window(struct product_block *block) {
    const struct bg_geometry *c = block->c;
    struct window *window = &block->window;
    window->count = 0;
    if (c->channels > WORD_BYTES || c->stride_width != 1 || !block->sees_all) {
        return;
    }
    struct window_part *part = NULL;
    int64_t row = -1;  /* the row of taps of the part */
    int64_t first = 0; /* the first tap of the part */
    for (const struct piece *piece = block->pieces; piece < block->pieces + block->piece_count; piece++) {
        for (int i = piece->first; i < piece->first + piece->count; i++) {
            int vector = i * STEP_PIXELS / 64;
            if (part == NULL || part->vector != vector || row != piece->tap / c->kernel_width) {
                if (window->count == WINDOW_PARTS) {
                    window->count = 0;
                    return;
                }
                part = &window->parts[window->count++];
                *part = (struct window_part){.vector = vector, .from = piece->from - piece->channel};
                row = piece->tap / c->kernel_width;
                first = piece->tap;
            }
            for (int r = 0; r < STEP_PIXELS; r++) {
                int64_t byte = (piece->tap - first + r) * WORD_BYTES + piece->channel + i - piece->first;
                if (byte >= 64) {
                    window->count = 0;
                    return;
                }
                int place = i * STEP_PIXELS % 64 + r;
                part->bytes[place] = (uint8_t)byte;
                part->mask |= (uint64_t)1 << place;
                part->seen |= (uint64_t)1 << byte;
            }
        }
    }
}
#endif

/*
 * What an output pixel sees, from its first tap inside of the image on: where it is, or a copy in row. Pixels of up to
 * eight channels are copied as words: what is too much of one belongs to the next piece, or is behind the last one.
 */
BG_INLINE const uint8_t *see_pixel(
    const struct product_block *block, const uint8_t *first_tap, uint8_t row[PRODUCT_BLOCK + WORD_BYTES]) {
    const struct piece *pieces = block->pieces;
    if (pieces[0].count == PRODUCT_BLOCK && pieces[0].from != UNSEEN) {
        return first_tap + pieces[0].from;
    }
    if (block->c->channels <= WORD_BYTES && block->sees_all) {
        for (int i = 0; i < block->piece_count; i++) {
            memcpy(row + pieces[i].first, first_tap + pieces[i].from, WORD_BYTES);
        }
    } else if (block->c->channels <= WORD_BYTES) {
        for (int i = 0; i < block->piece_count; i++) {
            const void *from = pieces[i].from == UNSEEN ? (const void *)zeros : first_tap + pieces[i].from;
            memcpy(row + pieces[i].first, from, WORD_BYTES);
        }
    } else {
        for (int i = 0; i < block->piece_count; i++) {
            const void *from = pieces[i].from == UNSEEN ? (const void *)zeros : first_tap + pieces[i].from;
            memcpy(row + pieces[i].first, from, (size_t)pieces[i].count);
        }
    }
    return row;
}

/* A part of a row of a matrix of bytes: where it is if it fills a block, or else a copy. */
BG_INLINE const uint8_t *see_bytes(const uint8_t *bytes, int count, uint8_t row[PRODUCT_BLOCK]) {
    if (count == PRODUCT_BLOCK) {
        return bytes;
    }
    memcpy(row, bytes, (size_t)count);
    return row;
}

/* dy of an output pixel, of the channels of the block: where it is, or a copy in row. */
BG_INLINE const uint8_t *see_gradient(
    const struct product_block *block, const struct bg_out_pixel *pixel, uint8_t row[PRODUCT_BLOCK]) {
    const struct bg_geometry *c = block->c;
    if (block->dy->is_pooled) {
        struct pixel found = find_pixel(block->dy, c, pixel->image, pixel->row, pixel->column);
        expand_pixel(block->dy, c, &found, block->channel, block->channels, PRODUCT_BLOCK, (int8_t *)row);
        return row;
    }
    const uint8_t *values = (const uint8_t *)block->dy->values + pixel->out_row * c->out_channels;
    return see_bytes(values + block->channel, block->channels, row);
}

#if HAS_WINDOWS
/* dy of four neighbours in a row of output pixels. */
BG_INLINE void see_gradients(const struct product_block *block, const struct bg_out_pixel *pixel,
    uint8_t rows[STEP_PIXELS][PRODUCT_BLOCK], uint8_t step[PRODUCT_BLOCK][STEP_PIXELS]) {
    const uint8_t *dy[STEP_PIXELS];
    if (block->channels == PRODUCT_QUARTER && !block->dy->is_pooled) {
        int64_t row_bytes = block->c->out_channels;
        const uint8_t *values = (const uint8_t *)block->dy->values + pixel->out_row * row_bytes + block->channel;
        for (int r = 0; r < STEP_PIXELS; r++) {
            dy[r] = values + r * row_bytes;
        }
        interleave_quarter(dy, step);
        return;
    }
    struct bg_out_pixel neighbour = *pixel;
    for (int r = 0; r < STEP_PIXELS; r++, neighbour.column++, neighbour.out_row++) {
        dy[r] = see_gradient(block, &neighbour, rows[r]);
    }
    interleave(dy, step);
}
#endif

/*
 * The next output pixels, at most CHUNK_STEPS steps of them; returns how many steps. Pixels that do not exist are 0. dy
 * is left as it is where the chunk has it already.
 */
BG_INLINE int fill_chunk(const struct product_block *block, const struct bg_tap_range *rows,
    const struct bg_tap_range *columns, struct bg_out_pixel *pixel, int has_dy, struct chunk *chunk) {
    uint8_t pixel_rows[STEP_PIXELS][PRODUCT_BLOCK + WORD_BYTES] = {{0}};
    uint8_t dy_rows[STEP_PIXELS][PRODUCT_BLOCK] = {{0}};
    int64_t pixel_bytes = block->c->words * WORD_BYTES;
    int64_t first_tap = pixel->first_tap_row * pixel_bytes;
    int steps = 0;
    while (steps < CHUNK_STEPS && pixel->image < block->images) {
#if HAS_WINDOWS
        if (block->window.count > 0 && columns->end - pixel->column >= STEP_PIXELS) {
            gather_window(&block->window, block->x + first_tap, chunk->pixels[steps]);
            if (!has_dy) {
                see_gradients(block, pixel, dy_rows, chunk->dy[steps]);
            }
            pixel->column += STEP_PIXELS - 1;
            pixel->first_tap_row += STEP_PIXELS - 1;
            pixel->out_row += STEP_PIXELS - 1;
            bg_next_out_pixel(block->c, pixel, rows, columns);
            first_tap = pixel->first_tap_row * pixel_bytes;
            steps++;
            continue;
        }
#endif
        const uint8_t *pixels[STEP_PIXELS];
        const uint8_t *dy[STEP_PIXELS];
        for (int r = 0; r < STEP_PIXELS; r++) {
            if (pixel->image < block->images) {
                pixels[r] = see_pixel(block, block->x + first_tap, pixel_rows[r]);
                dy[r] = has_dy ? NULL : see_gradient(block, pixel, dy_rows[r]);
                bg_next_out_pixel(block->c, pixel, rows, columns);
                first_tap = pixel->column == columns->begin ? pixel->first_tap_row * pixel_bytes
                                                            : first_tap + block->c->stride_width * pixel_bytes;
            } else {
                pixels[r] = dy[r] = (const uint8_t *)zeros;
            }
        }
        interleave(pixels, chunk->pixels[steps]);
        if (!has_dy) {
            interleave(dy, chunk->dy[steps]);
        }
        steps++;
    }
    return steps;
}

/* fill_chunk of a dense layer, whose output pixels are rows of matrices. */
static int fill_chunk_of_rows(
    const struct product_block *block, struct bg_out_pixel *pixel, int has_dy, struct chunk *chunk) {
    uint8_t pixel_rows[STEP_PIXELS][PRODUCT_BLOCK] = {{0}};
    uint8_t dy_rows[STEP_PIXELS][PRODUCT_BLOCK] = {{0}};
    const struct bg_geometry *c = block->c;
    int64_t begin = pixel->column;
    int64_t end = bg_min(begin + CHUNK_STEPS * STEP_PIXELS, c->out_width);
    for (int64_t first = begin; first < end; first += STEP_PIXELS) {
        const uint8_t *pixels[STEP_PIXELS];
        const uint8_t *dy[STEP_PIXELS];
        for (int r = 0; r < STEP_PIXELS; r++) {
            int64_t row = first + r;
            pixels[r] = dy[r] = (const uint8_t *)zeros;
            if (row < end) {
                pixels[r] =
                    see_bytes(block->x + row * c->words * WORD_BYTES + block->column, block->columns, pixel_rows[r]);
                dy[r] = see_bytes((const uint8_t *)block->dy->values + row * c->out_channels + block->channel,
                    block->channels, dy_rows[r]);
            }
        }
        interleave(pixels, chunk->pixels[(first - begin) / STEP_PIXELS]);
        if (!has_dy) {
            interleave(dy, chunk->dy[(first - begin) / STEP_PIXELS]);
        }
    }
    pixel->column = end;
    pixel->image = end < c->out_width ? 0 : block->images;
    return (int)bg_ceil_div(end - begin, STEP_PIXELS);
}

static void clear_sums(struct product_block *block) {
    memset(block->sums, 0, (size_t)bg_min(block->channels + PRODUCT_ROWS - 1, PRODUCT_BLOCK) * sizeof block->sums[0]);
    memset(block->totals, 0, (size_t)block->piece_count * sizeof block->totals[0]);
    block->pixels = 0;
}

/* Moves the sums to wide. */
static void widen(struct product_block *block) {
    for (int n = 0; n < block->channels; n++) {
        for (int p = 0; p < block->piece_count; p++) {
            const struct piece *piece = &block->pieces[p];
            for (int i = piece->first; i < piece->first + piece->count; i++) {
                int32_t sum = 2 * block->sums[n][i] - 255 * block->totals[p][n];
                block->wide[n][i] = (block->is_wide ? block->wide[n][i] : 0) + sum;
            }
        }
    }
    clear_sums(block);
    block->is_wide = 1;
}

/* Adds the output pixels of two ranges. */
static void add_range(struct product_block *block, const struct bg_tap_range *rows, const struct bg_tap_range *columns,
    int has_dy, struct chunk *chunk) {
    struct bg_out_pixel pixel = bg_first_out_pixel(block->c, 0, rows, columns);
    place_pieces(block, rows, columns);
#if HAS_WINDOWS
    find_window(block);
#endif
    while (pixel.image < block->images) {
        _Alignas(64) int32_t totals[PRODUCT_BLOCK] = {0};
        int steps = bg_is_flat(block->c) && !block->dy->is_pooled
                        ? fill_chunk_of_rows(block, &pixel, has_dy, chunk)
                        : fill_chunk(block, rows, columns, &pixel, has_dy, chunk);
        if (block->pixels + steps * STEP_PIXELS > MOST_PIXELS) {
            widen(block);
        }
        block->pixels += steps * STEP_PIXELS;
        add_totals(chunk->dy[0][0], steps, totals);
        for (int n = 0; n < block->channels; n += PRODUCT_ROWS) {
            for (int i = 0; i < block->columns; i += PRODUCT_COLUMNS) {
                add_products(chunk->pixels[0][i], chunk->dy[0][n], steps, totals + n, &block->sums[n][i]);
            }
        }
        for (int p = 0; p < block->piece_count; p++) {
            for (int n = 0; n < PRODUCT_BLOCK && block->pieces[p].from != UNSEEN; n++) {
                block->totals[p][n] += totals[n];
            }
        }
    }
}

/* scale dw of an output channel of the block, and a piece. */
BG_INLINE void finish_piece(const struct product_block *block, int n, int piece, float scale, float *values) {
    int first = block->pieces[piece].first;
    int count = block->pieces[piece].count;
    int32_t base = 255 * block->totals[piece][n];
    const int32_t *sums = block->sums[n] + first;
    for (int i = 0; i < count && !block->is_wide; i++) {
        values[i] = scale * (float)(2 * sums[i] - base);
    }
    for (int i = 0; i < count && block->is_wide; i++) {
        values[i] = scale * (float)(block->wide[n][first + i] + (2 * sums[i] - base));
    }
}

/* Pieces of a row of the gradient are stored in ascending order, as bg_write_bits_across wants it. */
static void store_block(
    const struct product_block *block, const struct bg_weight_gradient_operands *operands, int64_t channel_begin) {
    const struct bg_geometry *c = block->c;
    for (int n = 0; n < block->channels; n++) {
        for (int p = 0; p < block->piece_count; p++) {
            const struct piece *piece = &block->pieces[p];
            int64_t filter = (block->channel - channel_begin + n) * c->taps + piece->tap;
            if (operands->gradient_type == BG_BITS) {
                float values[PRODUCT_BLOCK] = {0};
                finish_piece(block, n, p, 1.0f, values);
                uint64_t signs = 0;
                for (int i = 0; i < piece->count; i += VF_LANES) {
                    signs |= (uint64_t)vf_nonnegative(vf_load(values + i, VF_LANES)) << i;
                }
                signs &= ~(uint64_t)0 >> (PRODUCT_BLOCK - piece->count);
                uint64_t *row = (uint64_t *)operands->gradient + filter * bg_row_words(c->channels);
                bg_write_bits_across(row, piece->channel, signs, piece->count);
            } else {
                float *row = (float *)operands->gradient + filter * c->channels + piece->channel;
                finish_piece(block, n, p, block->dy->scale, row);
            }
        }
    }
}

/* c describes the bits of x, as in bg_weight_gradient_kernel. */
static void gradient_by_products(const struct bg_geometry *c, const struct bg_dy *dy,
    const struct bg_weight_gradient_operands *operands, int64_t channel_begin, int64_t channel_end) {
    struct bg_geometry bytes = *c;
    int64_t images = operands->images;
    bytes.channels /= 8;
    if (bg_is_flat(c) && !dy->is_pooled) { /* one long row of pixels */
        bytes.height = bytes.out_height = 1;
        bytes.width = bytes.out_width = bytes.pixels = bytes.out_pixels = images * c->pixels;
        images = 1;
    }
    int64_t all_columns = bytes.taps * bytes.channels;
    int64_t most = bytes.channels <= WORD_BYTES ? PRODUCT_BLOCK / bytes.channels * bytes.channels : PRODUCT_BLOCK;
    /* Where one chunk has all pixels, its dy serves all columns. */
    int keeps_dy = bg_is_flat(&bytes) && images * bytes.pixels <= CHUNK_STEPS * STEP_PIXELS;
    struct chunk chunk;
    struct product_block block; /* most of it is not touched */
    block.c = &bytes;
    block.dy = dy;
    block.x = (const uint8_t *)operands->x;
    block.images = images;
    for (block.channel = channel_begin; block.channel < channel_end; block.channel += block.channels) {
        block.channels = (int)bg_min(channel_end - block.channel, PRODUCT_BLOCK);
        for (block.column = 0; block.column < all_columns; block.column += block.columns) {
            block.columns = (int)bg_min(all_columns - block.column, most);
            block.is_wide = 0;
            find_pieces(&block);
            clear_sums(&block);
            for (struct bg_tap_range rows = {0}; rows.end < bytes.out_height;) {
                rows = bg_next_tap_range(bg_row_axis(&bytes), rows.end);
                for (struct bg_tap_range columns = {0}; columns.end < bytes.out_width;) {
                    columns = bg_next_tap_range(bg_column_axis(&bytes), columns.end);
                    add_range(&block, &rows, &columns, keeps_dy && block.column > 0, &chunk);
                }
            }
            store_block(&block, operands, channel_begin);
        }
    }
}

#endif
