/*
 * The loops of variants whose tables are looked up in memory. Rows lie side by side: an entry of a table holds the sums
 * of 32 rows, and is loaded from where four bits of the index say, and added as it is. Tables of a few steps take half
 * of an L1 cache; with them, a pass goes over all columns (lanes, in the words of layout.h), of which the sums
 * [columns, 32] go on. Tables are built anew for every tap.
 *
 *                      rows                          columns
 *   input gradient     any pixels of dx              input channels
 *   weight gradient    output channels               input channels of one tap
 *
 * The file that includes this defines, all about steps as struct bg_step has them:
 *
 *   void pass_int8(const struct bg_step *steps, int count, int64_t columns, uint32_t *sums)
 *       Adds to sums what the index finds in the tables of count <= BG_PASS_STEPS steps. Columns up to the next
 *       multiple of 4 may be touched. pass_int16: sums are int32_t; pass_float: they are float.
 *
 *   void build_int8(const void *values, uint8_t *tables, uint32_t magnitudes[BG_PASS_ROWS])
 *       The tables of a step, of values [16, BG_PASS_ROWS]: bytes T[b] = sum over i of |g_i| where bit i of b agrees
 *       with the sign of g_i; and for each row the sum of |g_i| over the step. A sum with signs is 2 T - sum |g_i|.
 *       build_int16, of int16_t, and build_float: (s0 g0 + s1 g1) + (s2 g2 + s3 g3), and no magnitudes. Zeros of
 *       floats may have either sign, for sums begin as +0.
 *
 *   void build_index(const uint64_t *const elements[BG_STEP], int64_t word, uint16_t index[BG_PANEL])
 *       Bit e of column l is bit l of elements[e][word].
 *
 *   void transpose(int64_t bytes, const void *const from[16], uint8_t *to, int64_t stride)
 *       to[e][r] = from[r][e] for 16 rows of 16 elements of 1, 2 or 4 bytes; stride is that of to, in bytes.
 */
#ifndef BG_LOOKUP_PASSES_H
#define BG_LOOKUP_PASSES_H

#include <string.h>

#include "dispatch/table.h"
#include "kernels/lookup_gradient/common.h"
#include "kernels/lookup_gradient/pixel.h"
#include "kernels/lookup_gradient/products.h"
#include "simd/simd.h"

/* ---- What the loops need to know of a type -------------------------------------------------------------------- */

struct pass_type {
    int32_t type;
    int64_t element_bytes; /* of dy */
    int64_t value_bytes;   /* of values, and of an entry of one row */
    int64_t step_bytes;
    int steps; /* of a pass */
    void (*build)(const void *values, uint8_t *tables, uint32_t magnitudes[BG_PASS_ROWS]);
    void (*pass)(const struct bg_step *steps, int count, int64_t columns, uint32_t *sums);
};

static struct pass_type pass_type_of(int32_t type) {
    struct pass_type kind = {type, sizeof(float), sizeof(float), 0, 0, build_float, pass_float};
    switch (type) {
    case BG_INT8:
        kind.element_bytes = kind.value_bytes = sizeof(int8_t);
        kind.build = build_int8;
        kind.pass = pass_int8;
        break;
    case BG_INT16:
        kind.element_bytes = kind.value_bytes = sizeof(int16_t);
        kind.build = build_int16;
        kind.pass = pass_int16;
        break;
    case BG_FLOAT16:
        kind.element_bytes = sizeof(uint16_t);
        break;
    default:
        break;
    }
    kind.step_bytes = BG_STEP_GROUPS * BG_ENTRIES * BG_PASS_ROWS * kind.value_bytes;
    kind.steps = (int)(BG_PASS_TABLE_BYTES / kind.step_bytes);
    return kind;
}

static int is_float(const struct pass_type *kind) {
    return kind->build == build_float;
}

_Static_assert((int)BG_PASS_WORDS <= (int)(sizeof zeros / sizeof *zeros), "a row of bits");
_Static_assert(BG_PASS_ROWS * sizeof(float) <= sizeof zeros, "a pixel of dy");

/* Sums of T become sums with signs. */
static void finish_sums(
    const struct pass_type *kind, int64_t columns, const uint32_t magnitudes[BG_PASS_ROWS], uint32_t *sums) {
    for (int64_t i = 0; i < columns && kind->type == BG_INT8; i++) {
        for (int r = 0; r < BG_PASS_ROWS; r++) {
            sums[i * BG_PASS_ROWS + r] = 2 * sums[i * BG_PASS_ROWS + r] - magnitudes[r];
        }
    }
}

static void add_magnitudes(uint32_t sums[BG_PASS_ROWS], const uint32_t magnitudes[BG_PASS_ROWS]) {
    for (int r = 0; r < BG_PASS_ROWS; r++) {
        sums[r] += magnitudes[r];
    }
}

/* Sums of 16 columns and 16 rows, as rows of columns. */
static void transpose_sums(const uint32_t *sums, uint32_t rows[16][16]) {
    const void *columns[16];
    for (int i = 0; i < 16; i++) {
        columns[i] = sums + i * BG_PASS_ROWS;
    }
    transpose(sizeof *sums, columns, (uint8_t *)rows, sizeof *rows);
}

/* ---- Input gradient ------------------------------------------------------------------------------------------- */

/* [taps, steps, panels, 64] */
BG_INLINE int64_t weight_index_offset(const struct bg_geometry *c, int64_t tap, int64_t step, int64_t word) {
    return ((tap * bg_ceil_div(c->out_channels, BG_STEP) + step) * c->words + word) * BG_PANEL;
}

void BG_KERNEL(weight_index)(const struct bg_geometry *c, int32_t type, const uint64_t *weights, uint8_t *index,
    int64_t block_begin, int64_t block_end) {
    (void)type;
    for (int64_t step = block_begin; step < block_end; step++) {
        for (int64_t tap = 0; tap < c->taps; tap++) {
            for (int64_t word = 0; word < c->words; word++) {
                const uint64_t *elements[BG_STEP];
                bg_find_weights(c, weights, tap, word, step, zeros, elements);
                build_index(elements, 0, (uint16_t *)index + weight_index_offset(c, tap, step, word));
            }
        }
    }
}

/* So many elements of dy as values, then zeros, `size` in all. */
BG_INLINE void load_values(const struct pass_type *kind, const char *from, int64_t count, int size, uint8_t *values) {
    if (kind->type == BG_FLOAT16) {
        for (int i = 0; i < size; i += VF_LANES) {
            int there = (int)bg_max(0, bg_min(count - i, VF_LANES));
            vf_store((float *)values + i, vf_load_half((const uint16_t *)from + i, there), VF_LANES);
        }
    } else if (count < size) {
        memset(values, 0, (size_t)(size * kind->value_bytes));
        memcpy(values, from, (size_t)(count * kind->value_bytes));
    } else {
        for (int64_t i = 0; i < size * kind->value_bytes; i += 16) {
            memcpy(values + i, from + i, 16);
        }
    }
}

/* values [16, 32]: of 32 pixels of dy, or zeros, the elements from n on, of which so many are. */
static __attribute__((noinline)) void gather_pixels(const struct pass_type *kind, const struct bg_dy *dy,
    const struct bg_geometry *c, const struct pixel pixels[BG_PASS_ROWS], int64_t n, int64_t count, uint8_t *values) {
    int as_they_are = count == BG_STEP && kind->type != BG_FLOAT16 && !dy->is_pooled;
    for (int half = 0; half < 2; half++) {
        uint8_t loaded[16][BG_STEP * sizeof(float)];
        const void *from[16];
        for (int r = 0; r < 16; r++) {
            const char *values_of = pixels[16 * half + r].values;
            from[r] = values_of == (const char *)zeros ? values_of : values_of + n * kind->element_bytes;
        }
        for (int r = 0; r < 16 && !as_they_are; r++) {
            if (dy->is_pooled) {
                expand_pixel(dy, c, &pixels[16 * half + r], n, (int)count, BG_STEP, (int8_t *)loaded[r]);
            } else {
                load_values(kind, from[r], count, BG_STEP, loaded[r]);
            }
            from[r] = loaded[r];
        }
        uint8_t *to = values + 16 * half * kind->value_bytes;
        switch (kind->value_bytes) {
        case 1:
            transpose(1, from, to, BG_PASS_ROWS);
            break;
        case 2:
            transpose(2, from, to, 2 * BG_PASS_ROWS);
            break;
        default:
            transpose(4, from, to, 4 * BG_PASS_ROWS);
        }
    }
}

/* A pixel of dx, and one of dy: the first that a tap could find, by the tap's distance from it in rows and columns. */
struct place {
    int64_t pixel;
    int64_t image;
    int64_t y;
    int64_t x;
};

/* A call, and 32 pixels of dx that find dy through the same taps. */
struct input_work {
    struct pass_type kind;
    const struct bg_geometry *c;
    const struct bg_dy *dy;
    const uint16_t *index;
    const uint64_t *mask;
    int32_t dx_type;
    void *dx; /* of channels [begin, end) */
    int64_t begin;
    int64_t end;
    struct bg_pass_layout layout;
    uint8_t *scratch;
    int64_t y; /* of the first pixel of dx that finds dy through the same taps */
    int64_t x;
    int count; /* of the places; the others are not there */
    struct place places[BG_PASS_ROWS];
};

/* The pixels of dy that a tap finds, zeros where there is none. Whether there are any. */
static int find_tap_pixels(const struct input_work *w, int64_t tap, struct pixel pixels[BG_PASS_ROWS]) {
    const struct bg_geometry *c = w->c;
    int64_t strided_y = w->y + c->padding_height - tap / c->kernel_width;
    int64_t strided_x = w->x + c->padding_width - tap % c->kernel_width;
    if (strided_y % c->stride_height != 0 || strided_x % c->stride_width != 0) {
        return 0;
    }
    int found = 0;
    for (int r = 0; r < BG_PASS_ROWS; r++) {
        const struct place *place = &w->places[r];
        int64_t y = place->y + strided_y / c->stride_height;
        int64_t x = place->x + strided_x / c->stride_width;
        int there = r < w->count && y >= 0 && y < c->out_height && x >= 0 && x < c->out_width;
        pixels[r] = there ? find_pixel(w->dy, c, place->image, y, x) : no_pixel;
        found |= there;
    }
    return found;
}

/* dx of a pixel, of so many channels from one on. */
BG_INLINE void store_gradient(
    const struct input_work *w, int64_t pixel, int64_t channel, int64_t count, const uint32_t sums[16]) {
    int64_t element = pixel * (w->end - w->begin) + channel - w->begin;
    uint32_t kept = w->mask == NULL ? ~0u : bg_read_bits(w->mask + pixel * w->c->words, channel, (int)count);
    for (int i = 0; i < count; i += VF_LANES) {
        vf gradient = is_float(&w->kind) ? vf_load((const float *)sums + i, VF_LANES)
                                         : vf_mul(vf_set1(w->dy->scale), vf_from_int32((const int32_t *)sums + i));
        vf_store_typed(w->dx_type, w->dx, element + i, vf_select(gradient, kept >> i), vf_count(i, count));
    }
}

/* dx of the pixels, of columns of input channels from one on. */
static __attribute__((noinline)) void store_gradients(
    const struct input_work *w, int64_t channel, int64_t columns, const uint32_t *sums) {
    for (int64_t first = 0; first < columns; first += 16) {
        for (int half = 0; 16 * half < w->count; half++) {
            uint32_t rows[16][16];
            transpose_sums(sums + first * BG_PASS_ROWS + 16 * half, rows);
            for (int r = 0; r < bg_min(16, w->count - 16 * half); r++) {
                int64_t pixel = w->places[16 * half + r].pixel;
                if (columns - first >= 16) {
                    store_gradient(w, pixel, channel + first, 16, rows[r]);
                } else {
                    store_gradient(w, pixel, channel + first, columns - first, rows[r]);
                }
            }
        }
    }
}

static void gradient_of_pixels(const struct input_work *w) {
    const struct bg_geometry *c = w->c;
    uint32_t *sums = (uint32_t *)w->scratch;
    for (int64_t channel = w->begin; channel < w->end; channel += w->layout.words * BG_PANEL) {
        int64_t columns = bg_min(w->end - channel, w->layout.words * BG_PANEL);
        uint32_t magnitudes[BG_PASS_ROWS] = {0};
        struct bg_step pass[BG_PASS_STEPS];
        int count = 0;
        memset(sums, 0, (size_t)((columns + BG_PANEL - 1) / BG_PANEL * BG_PANEL * BG_PASS_ROWS) * sizeof *sums);
        for (int64_t tap = 0; tap < c->taps; tap++) {
            struct pixel pixels[BG_PASS_ROWS];
            int found = find_tap_pixels(w, tap, pixels);
            for (int64_t n = 0; n < c->out_channels && found; n += BG_STEP) {
                uint8_t *tables = w->scratch + w->layout.tables + count * w->kind.step_bytes;
                uint8_t values[BG_STEP * BG_PASS_ROWS * sizeof(float)];
                uint32_t added[BG_PASS_ROWS] = {0};
                gather_pixels(&w->kind, w->dy, c, pixels, n, bg_min(BG_STEP, c->out_channels - n), values);
                w->kind.build(values, tables, added);
                add_magnitudes(magnitudes, added);
                /* The panels of a step lie side by side, and so do all of its channels. */
                const uint16_t *index = w->index + weight_index_offset(c, tap, n / BG_STEP, 0) + channel;
                pass[count++] = (struct bg_step){tables, index};
                if (count == w->kind.steps) {
                    w->kind.pass(pass, count, columns, sums);
                    count = 0;
                }
            }
        }
        w->kind.pass(pass, count, columns, sums);
        finish_sums(&w->kind, columns, magnitudes, sums);
        store_gradients(w, channel, columns, sums);
    }
}

void BG_KERNEL(input_gradient)(const struct bg_geometry *c, const struct bg_dy *dy,
    const struct bg_input_gradient_operands *operands, int64_t image_begin, int64_t image_end) {
    struct input_work w = {.kind = pass_type_of(dy->type),
        .c = c,
        .dy = dy,
        .index = operands->index,
        .mask = operands->mask,
        .dx_type = operands->dx_type,
        .dx = operands->dx,
        .begin = operands->channel_begin,
        .end = operands->channel_end,
        .layout = bg_pass_layout(c, 1, 0),
        .scratch = operands->scratch};
    /* Pixels a multiple of the stride apart find dy through the same taps. */
    for (w.y = 0; w.y < bg_min(c->stride_height, c->height); w.y++) {
        for (w.x = 0; w.x < bg_min(c->stride_width, c->width); w.x++) {
            int64_t height = bg_ceil_div(c->height - w.y, c->stride_height);
            int64_t width = bg_ceil_div(c->width - w.x, c->stride_width);
            int64_t end = image_end * height * width;
            for (int64_t first = image_begin * height * width; first < end; first += BG_PASS_ROWS) {
                w.count = (int)bg_min(BG_PASS_ROWS, end - first);
                for (int r = 0; r < w.count; r++) {
                    struct place place = {
                        0, (first + r) / width / height, (first + r) / width % height, (first + r) % width};
                    int64_t row = place.image * c->height + w.y + place.y * c->stride_height;
                    place.pixel = row * c->width + w.x + place.x * c->stride_width;
                    w.places[r] = place;
                }
                gradient_of_pixels(&w);
            }
        }
    }
}

/* ---- Weight gradient ------------------------------------------------------------------------------------------ */

/* A call, and the block of it that is at work. */
struct weight_work {
    struct pass_type kind;
    const struct bg_geometry *c;
    struct bg_weight_layout shape; /* its sizes of images, where flat convolutions have a form of their own */
    const struct bg_dy *dy;
    const uint64_t *x;
    int32_t input_bits;
    int32_t gradient_type;
    void *gradient; /* from output channel channel_begin on */
    int64_t channel_begin;
    int64_t images; /* of the shape's form */
    int64_t pixels; /* of dy, and of x where the convolution is flat */
    struct bg_pass_layout layout;
    uint8_t *scratch;
    int64_t word; /* panels of the block */
    int64_t words;
    int64_t channel; /* output channels of the block */
    int64_t count;
    int64_t tap_column;
};

/*
 * The elements of a step, four neighbours of an output row in each of four images: pixels of dy, and where row 0 of x
 * is, from the block's first panel on. Both are zeros where there is no element, or no column of x that the taps of the
 * block see from it.
 */
struct elements {
    int64_t row; /* of output pixels */
    struct pixel dy[BG_STEP];
    const uint64_t *x[BG_STEP];
};

static void find_elements(const struct weight_work *w, int64_t step, struct elements *found) {
    const struct bg_weight_layout *shape = &w->shape;
    int64_t quad_row = step / shape->groups;
    int64_t first = step % shape->groups * BG_GROUP;
    found->row = quad_row % shape->out_height;
    for (int j = 0; j < BG_STEP_GROUPS; j++) {
        int64_t image = quad_row / shape->out_height * BG_STEP_GROUPS + j;
        int64_t pixel = image * shape->out_pixels + found->row * shape->out_width + first;
        int64_t count = image < w->images ? bg_min(shape->out_width - first, w->pixels - pixel) : 0;
        for (int i = 0; i < BG_GROUP; i++) {
            int64_t column = (first + i) * w->c->stride_width + w->tap_column - w->c->padding_width;
            int there = i < count && column >= 0 && column < shape->width;
            struct pixel *dy = &found->dy[j * BG_GROUP + i];
            if (!there) {
                *dy = no_pixel;
            } else if (bg_is_flat(w->c)) {
                *dy = find_pixel_of_row(w->dy, w->c, pixel + i);
            } else {
                *dy = find_pixel(w->dy, w->c, image, found->row, first + i);
            }
            found->x[j * BG_GROUP + i] =
                there ? w->x + (image * shape->pixels + column) * w->c->words + w->word : zeros;
        }
    }
}

static void build_step(
    const struct weight_work *w, const struct elements *elements, uint8_t *tables, uint32_t magnitudes[BG_PASS_ROWS]) {
    _Alignas(16) uint8_t values[BG_STEP * BG_PASS_ROWS * sizeof(float)];
    int64_t count = bg_min(BG_PASS_ROWS, w->c->out_channels - w->channel);
    for (int e = 0; e < BG_STEP; e++) {
        uint8_t *of_pixel = values + e * BG_PASS_ROWS * w->kind.value_bytes;
        const char *dy = elements->dy[e].values;
        if (w->dy->is_pooled) {
            expand_pixel(w->dy, w->c, &elements->dy[e], w->channel, (int)count, BG_PASS_ROWS, (int8_t *)of_pixel);
        } else {
            dy += dy == (const char *)zeros ? 0 : w->channel * w->kind.element_bytes;
            load_values(&w->kind, dy, count, BG_PASS_ROWS, of_pixel);
        }
    }
    w->kind.build(values, tables, magnitudes);
}

/* The index of a step, for taps that see row y of x. */
static void index_step(const struct weight_work *w, const struct elements *elements, int64_t y, uint16_t *index) {
    const uint64_t *rows[BG_STEP];
    for (int e = 0; e < BG_STEP; e++) {
        rows[e] = elements->x[e] == zeros ? zeros : elements->x[e] + y * w->shape.width * w->c->words;
    }
    for (int64_t word = 0; word < w->words; word++) {
        build_index(rows, word, index + word * BG_PANEL);
    }
}

/* The signs of a panel for 16 rows. */
static void signs_of(const struct weight_work *w, const uint32_t *sums, uint64_t signs[16]) {
    memset(signs, 0, 16 * sizeof *signs);
    for (int first = 0; first < BG_PANEL; first += 16) {
        uint32_t rows[16][16];
        transpose_sums(sums + first * BG_PASS_ROWS, rows);
        for (int r = 0; r < 16; r++) {
            for (int i = 0; i < 16; i += 8) {
                vf sum = is_float(&w->kind) ? vf_load((const float *)rows[r] + i, VF_LANES)
                                            : vf_from_int32((const int32_t *)rows[r] + i);
                signs[r] |= w->input_bits == 1 ? (uint64_t)vf_nonnegative(sum) << (first + i)
                                               : (uint64_t)(bg_weighted_sum(is_float(&w->kind), rows[r] + i, 1, 0) >= 0)
                                                     << (first + i) / 8;
            }
        }
    }
}

static void store_signs(const struct weight_work *w, int64_t tap, const uint32_t *sums) {
    int64_t channels = w->c->channels / w->input_bits;
    for (int64_t word = 0; word < w->words; word++) {
        int64_t column = (w->word + word) * BG_PANEL / w->input_bits;
        int64_t columns = bg_min(BG_PANEL / w->input_bits, channels - column);
        for (int64_t r = 0; r < w->count; r += 16) {
            uint64_t signs[16];
            signs_of(w, sums + word * BG_PANEL * BG_PASS_ROWS + r, signs);
            for (int64_t i = 0; i < bg_min(16, w->count - r); i++) {
                int64_t filter = (w->channel - w->channel_begin + r + i) * w->c->taps + tap;
                uint64_t *row = (uint64_t *)w->gradient + filter * bg_row_words(channels);
                uint64_t bits = signs[i] & (~(uint64_t)0 >> (BG_PANEL - columns));
                if (w->input_bits == 1) {
                    row[w->word + word] = bits;
                } else {
                    bg_write_bits(row, column, (uint32_t)bits);
                }
            }
        }
    }
}

/* The gradient itself. */
static void store_reals(const struct weight_work *w, int64_t tap, const uint32_t *sums) {
    int64_t columns = bg_min(w->c->channels - w->word * BG_PANEL, w->words * BG_PANEL);
    int64_t channels = w->c->channels / w->input_bits;
    vf scale = vf_set1(w->dy->scale);
    for (int64_t first = 0; first < columns; first += 16) {
        uint32_t rows[16][16];
        for (int64_t r = 0; r < w->count; r++) {
            if (r % 16 == 0) {
                transpose_sums(sums + first * BG_PASS_ROWS + r, rows);
            }
            int64_t filter = (w->channel - w->channel_begin + r) * w->c->taps + tap;
            float *row = (float *)w->gradient + filter * channels;
            for (int64_t i = 0; i < bg_min(16, columns - first); i += 8) {
                const uint32_t *sum = rows[r % 16] + i;
                int64_t column = w->word * BG_PANEL + first + i;
                if (w->input_bits == 8) {
                    row[column / 8] = w->dy->scale * bg_weighted_sum(is_float(&w->kind), sum, 1, 0);
                } else {
                    vf real = is_float(&w->kind) ? vf_load((const float *)sum, VF_LANES)
                                                 : vf_from_int32((const int32_t *)sum);
                    vf_store(row + column, vf_mul(scale, real), vf_count(first + i, columns));
                }
            }
        }
    }
}

/* The gradient of a block, for one column of taps: their tables are the same. */
static void gradient_of_block(const struct weight_work *w) {
    const struct bg_geometry *c = w->c;
    int64_t tap_sums = w->layout.words * BG_PANEL * BG_PASS_ROWS;
    int64_t columns = bg_min(c->channels - w->word * BG_PANEL, w->words * BG_PANEL);
    int64_t steps = bg_ceil_div(w->images, BG_STEP_GROUPS) * w->shape.out_height * w->shape.groups;
    uint32_t *sums = (uint32_t *)w->scratch;
    uint8_t *tables = w->scratch + w->layout.tables;
    uint16_t *index = (uint16_t *)(w->scratch + w->layout.index);
    uint32_t *magnitudes = (uint32_t *)(w->scratch + w->layout.magnitudes);
    memset(sums, 0, (size_t)w->layout.tables);
    memset(magnitudes, 0, (size_t)(c->kernel_height * BG_PASS_ROWS) * sizeof *magnitudes);
    for (int64_t first = 0; first < steps; first += w->kind.steps) {
        struct elements elements[BG_PASS_STEPS];
        uint32_t added[BG_PASS_STEPS][BG_PASS_ROWS] = {{0}};
        int count = (int)bg_min(w->kind.steps, steps - first);
        for (int s = 0; s < count; s++) {
            find_elements(w, first + s, &elements[s]);
            build_step(w, &elements[s], tables + s * w->kind.step_bytes, added[s]);
        }
        for (int64_t k = 0; k < c->kernel_height; k++) {
            struct bg_step pass[BG_PASS_STEPS];
            int found = 0;
            for (int s = 0; s < count; s++) {
                int64_t y = elements[s].row * c->stride_height + k - c->padding_height;
                if (y >= 0 && y < w->shape.height) {
                    uint16_t *step_index = index + found * w->layout.words * BG_PANEL;
                    index_step(w, &elements[s], y, step_index);
                    add_magnitudes(magnitudes + k * BG_PASS_ROWS, added[s]);
                    pass[found].tables = tables + s * w->kind.step_bytes;
                    pass[found++].index = step_index;
                }
            }
            w->kind.pass(pass, found, columns, sums + k * tap_sums);
        }
    }
    for (int64_t k = 0; k < c->kernel_height; k++) {
        finish_sums(&w->kind, columns, magnitudes + k * BG_PASS_ROWS, sums + k * tap_sums);
        if (w->gradient_type == BG_BITS) {
            store_signs(w, k * c->kernel_width + w->tap_column, sums + k * tap_sums);
        } else {
            store_reals(w, k * c->kernel_width + w->tap_column, sums + k * tap_sums);
        }
    }
}

void BG_KERNEL(weight_gradient)(const struct bg_geometry *c, const struct bg_dy *dy,
    const struct bg_weight_gradient_operands *operands, int64_t channel_begin, int64_t channel_end) {
    if (operands->input_bits == 8 && dy->type == BG_INT8) {
        gradient_by_products(c, dy, operands, channel_begin, channel_end);
        return;
    }
    struct weight_work w = {.kind = pass_type_of(dy->type),
        .c = c,
        .shape = bg_weight_layout(dy->type, c, operands->images, operands->gradient_channels),
        .dy = dy,
        .x = operands->x,
        .input_bits = operands->input_bits,
        .gradient_type = operands->gradient_type,
        .gradient = operands->gradient,
        .channel_begin = channel_begin,
        .pixels = operands->images * c->out_pixels,
        .layout = bg_pass_layout(c, c->kernel_height, 1),
        .scratch = operands->scratch};
    w.images = bg_is_flat(c) ? bg_ceil_div(w.pixels, BG_GROUP) : operands->images;
    for (w.word = 0; w.word < c->words; w.word += w.layout.words) {
        w.words = bg_min(w.layout.words, c->words - w.word);
        for (w.channel = channel_begin; w.channel < channel_end; w.channel += BG_PASS_ROWS) {
            w.count = bg_min(BG_PASS_ROWS, channel_end - w.channel);
            for (w.tap_column = 0; w.tap_column < c->kernel_width; w.tap_column++) {
                gradient_of_block(&w);
            }
        }
    }
}

#endif
