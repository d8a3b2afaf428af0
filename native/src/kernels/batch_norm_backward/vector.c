#include "dispatch/check.h"
#include "dispatch/table.h"
#include "simd/tiles.h"
#include "simd/vector_rounding.h"

/* Adds rows [begin, end) of a block to its sums: of the gradient, of its product with the sign, of its square. */
BG_INLINE void sum_rows(int32_t type, const struct bg_batch_norm_gradient_sums_operands *o, float *sums, int64_t begin,
    int64_t end, struct tile tile) {
    int64_t channels = o->tile.channels;
    vf gradients[TILE_VECTORS];
    vf products[TILE_VECTORS];
    vf squares[TILE_VECTORS];
    for (int v = 0; v < tile.vectors; v++) {
        int64_t c = channel_of(tile, v);
        gradients[v] = sums_before(begin, sums + c, tile.lanes);
        products[v] = sums_before(begin, sums + channels + c, tile.lanes);
        squares[v] = sums_before(begin, sums + 2 * channels + c, tile.lanes);
    }
    for (int64_t r = begin; r < end; r++) {
        const uint64_t *row = o->signs + r * bg_row_words(o->tile.columns);
        for (int v = 0; v < tile.vectors; v++) {
            int64_t c = channel_of(tile, v);
            vf g = vf_load_typed(type, o->gradient, r * channels + c, tile.lanes);
            gradients[v] = vf_add(gradients[v], g);
            products[v] = vf_add(products[v], vf_flip(g, vf_read_bits(row, o->tile.first + c)));
            squares[v] = vf_add(squares[v], vf_mul(g, g));
        }
    }
    for (int v = 0; v < tile.vectors; v++) {
        int64_t c = channel_of(tile, v);
        vf_store(sums + c, gradients[v], tile.lanes);
        vf_store(sums + channels + c, products[v], tile.lanes);
        vf_store(sums + 2 * channels + c, squares[v], tile.lanes);
    }
}

BG_INLINE void sum_blocks(
    int32_t type, const struct bg_batch_norm_gradient_sums_operands *o, int64_t row_begin, int64_t row_end) {
    int64_t end;
    for (int64_t begin = row_begin; begin < row_end; begin = end) {
        float *block = o->sums + begin / BG_SUM_BLOCK * 3 * o->tile.channels;
        end = strip_end(begin, row_end, o->tile.channels);
        FOR_EACH_TILE(0, o->tile.channels, sum_rows(type, o, block, begin, end, tile));
    }
}

void BG_KERNEL(batch_norm_gradient_sums)(
    const struct bg_batch_norm_gradient_sums_operands *operands, int64_t row_begin, int64_t row_end) {
    const struct bg_batch_norm_gradient_sums_operands o = *operands;
    if (o.type == BG_FLOAT16) {
        sum_blocks(BG_FLOAT16, &o, row_begin, row_end);
    } else {
        sum_blocks(BG_FLOAT32, &o, row_begin, row_end);
    }
}

void BG_KERNEL(batch_norm_coefficients)(
    const struct bg_batch_norm_coefficients_operands *operands, int64_t channel_begin, int64_t channel_end) {
    const struct bg_batch_norm_coefficients_operands o = *operands;
    for (int64_t c = channel_begin; c < channel_end; c += VF_LANES) {
        int n = vf_count(c, channel_end);
        vf totals[3];
        for (int i = 0; i < 3; i++) {
            totals[i] = total_of_blocks(o.sums + i * o.channels + c, o.rows, 3 * o.channels, n);
        }
        vf count = vf_set1((float)o.count);
        vf psi = vf_load(o.deviation + c, n);
        vf mean_v = vf_div(vf_div(totals[0], count), psi);
        vf mean_v_signs = vf_div(vf_div(totals[1], count), psi);
        vf mean_vn = vf_sub(vf_mul(vf_set1(0.5f), mean_v_signs), vf_mul(vf_load(o.beta + c, n), mean_v));
        vf slope = vf_mul(vf_set1(BG_NORMAL_DEVIATION), mean_vn);
        vf balance = vf_load(o.sign_mean + c, n);
        vf_store(o.beta_gradient + c, totals[0], n);
        vf_store(o.coefficients + c, vf_div(vf_set1(1), psi), n);
        vf_store(o.coefficients + o.channels + c, vf_add(mean_v, vf_mul(slope, vf_sub(vf_set1(1), balance))), n);
        vf_store(o.coefficients + 2 * o.channels + c, vf_sub(mean_v, vf_mul(slope, vf_add(vf_set1(1), balance))), n);
        vf_store(o.squares + c, vf_div(vf_div(totals[2], psi), psi), n);
    }
}

/* What the backward passes work on. Signs and dy have all columns or, where there are windows, no more than channels. */
struct backward {
    int32_t type; /* of gradient */
    const void *gradient;
    const uint64_t *signs;
    struct bg_tile tile;
    const float *coefficients;
    int64_t dy_columns;
    void *dy;
    struct bg_quantiser quantiser;
};

BG_INLINE struct backward backward_of(const struct bg_batch_norm_backward_signs_operands *o, uint32_t seed) {
    return (struct backward){o->type, o->gradient, o->signs, o->tile, o->coefficients, o->dy_columns, o->dy,
        bg_quantiser_of(o->dy_type, o->rounding, seed)};
}

BG_INLINE struct backward pooled_backward_of(
    const struct bg_pooling *pooling, const struct bg_batch_norm_backward_pooled_operands *o, uint32_t seed) {
    int64_t channels = pooling->channels;
    return (struct backward){o->type, o->gradient, o->signs, {channels, 0, channels}, o->coefficients, channels, o->dy,
        bg_quantiser_of(o->dy_type, o->rounding, seed)};
}

/* The gradients of the vector of channels from c on, of a row, divided by their deviations. */
BG_INLINE vf v_of(const struct backward *b, int64_t row, int64_t c, int n) {
    vf g = vf_load_typed(b->type, b->gradient, row * b->tile.channels + c, n);
    return vf_mul(g, vf_load(b->coefficients + c, n));
}

BG_INLINE vf dy_of(const struct backward *b, int64_t c, int n, vf v, uint32_t signs) {
    const float *means = b->coefficients + b->tile.channels + c;
    return vf_sub(v, vf_choose(vf_load(means, n), vf_load(means + b->tile.channels, n), signs));
}

/* Lanes of dy as they are stored, in the one or in the other, by their type. */
struct lanes {
    vf real;
    vu integer;
};

BG_INLINE int is_integer(int32_t type) {
    return type == BG_INT16 || type == BG_INT8;
}

/* index: of the first lane among all that were normalised. */
BG_INLINE struct lanes rounded(int32_t type, int32_t rounding, const struct backward *b, vf dy, int64_t index) {
    return is_integer(type) ? (struct lanes){.integer = vu_quantised(rounding, &b->quantiser, dy, index)}
                            : (struct lanes){.real = dy};
}

/* Stores the first n of the lanes whose bit is set, and 0 in the others. */
BG_INLINE void store(int32_t type, const struct backward *b, int64_t index, struct lanes lanes, uint32_t bits, int n) {
    if (is_integer(type)) {
        vu_store_typed(type, b->dy, index, vu_select(lanes.integer, bits), n);
    } else {
        vf_store_typed(type, b->dy, index, vf_select(lanes.real, bits), n);
    }
}

enum { ALL_LANES = -1 };

/* Runs the statement with constants `type` and `rounding`, those of the quantiser. */
#define WITH_CONSTANTS(quantiser, statement)                                                                           \
    do {                                                                                                               \
        WITH_CONSTANT(quantiser, BG_FLOAT32, BG_NEAREST, statement);                                                   \
        WITH_CONSTANT(quantiser, BG_FLOAT16, BG_NEAREST, statement);                                                   \
        WITH_CONSTANT(quantiser, BG_INT16, BG_NEAREST, statement);                                                     \
        WITH_CONSTANT(quantiser, BG_INT16, BG_STOCHASTIC, statement);                                                  \
        WITH_CONSTANT(quantiser, BG_INT8, BG_NEAREST, statement);                                                      \
        WITH_CONSTANT(quantiser, BG_INT8, BG_STOCHASTIC, statement);                                                   \
    } while (0)

#define WITH_CONSTANT(quantiser, constant_type, constant_rounding, statement)                                          \
    if ((quantiser)->type == (constant_type) && (quantiser)->rounding == (constant_rounding)) {                        \
        const int32_t type = constant_type;                                                                            \
        const int32_t rounding = constant_rounding;                                                                    \
        statement;                                                                                                     \
    }

/* Runs the statement for vectors of channels [0, channels): `n` lanes from `c` on. */
#define FOR_EACH_VECTOR(channels, statement)                                                                           \
    do {                                                                                                               \
        int64_t c = 0;                                                                                                 \
        for (; c + VF_LANES <= (channels); c += VF_LANES) {                                                            \
            const int n = VF_LANES;                                                                                    \
            statement;                                                                                                 \
        }                                                                                                              \
        if (c < (channels)) {                                                                                          \
            const int n = vf_count(c, channels);                                                                       \
            statement;                                                                                                 \
        }                                                                                                              \
    } while (0)

/* Rows [begin, end). b is a copy, so that no store can change it. */
BG_INLINE void backward_rows(int32_t gradient_type, int32_t type, int32_t rounding, struct backward b, int64_t begin,
    int64_t end, struct tile tile) {
    int64_t words = bg_row_words(b.tile.columns);
    int64_t dy_first = b.dy_columns == b.tile.columns ? b.tile.first : 0;
    vf scale[TILE_VECTORS];
    vf mean_of_positive[TILE_VECTORS];
    vf mean_of_negative[TILE_VECTORS];
    for (int v = 0; v < tile.vectors; v++) {
        const float *coefficients = b.coefficients + channel_of(tile, v);
        scale[v] = vf_load(coefficients, tile.lanes);
        mean_of_positive[v] = vf_load(coefficients + b.tile.channels, tile.lanes);
        mean_of_negative[v] = vf_load(coefficients + 2 * b.tile.channels, tile.lanes);
    }
    for (int64_t r = begin; r < end; r++) {
        for (int v = 0; v < tile.vectors; v++) {
            int64_t c = channel_of(tile, v);
            int64_t column = b.tile.first + c;
            vf g = vf_load_typed(gradient_type, b.gradient, r * b.tile.channels + c, tile.lanes);
            uint32_t signs = vf_read_bits(b.signs + r * words, column);
            vf dy = vf_sub(vf_mul(g, scale[v]), vf_choose(mean_of_positive[v], mean_of_negative[v], signs));
            struct lanes lanes = rounded(type, rounding, &b, dy, r * b.tile.columns + column);
            store(type, &b, r * b.dy_columns + dy_first + c, lanes, ALL_LANES, tile.lanes);
        }
    }
}

BG_INLINE void backward_strips(int32_t gradient_type, int32_t type, int32_t rounding, const struct backward *b,
    int64_t row_begin, int64_t row_end) {
    int64_t end;
    for (int64_t begin = row_begin; begin < row_end; begin = end) {
        end = strip_end(begin, row_end, b->tile.channels);
        FOR_EACH_TILE(0, b->tile.channels, backward_rows(gradient_type, type, rounding, *b, begin, end, tile));
    }
}

void BG_KERNEL(batch_norm_backward_signs)(
    const struct bg_batch_norm_backward_signs_operands *operands, uint32_t seed, int64_t row_begin, int64_t row_end) {
    const struct backward b = backward_of(operands, seed);
    if (b.type == BG_FLOAT16) {
        WITH_CONSTANTS(&b.quantiser, backward_strips(BG_FLOAT16, type, rounding, &b, row_begin, row_end));
    } else {
        WITH_CONSTANTS(&b.quantiser, backward_strips(BG_FLOAT32, type, rounding, &b, row_begin, row_end));
    }
}

/* Runs the statement for every window of the images: its row `window` among all, and `first`, its first pixel. */
#define FOR_EACH_WINDOW(w, image_begin, image_end, statement)                                                          \
    for (int64_t window_row = (image_begin) * (w)->pooled_height; window_row < (image_end) * (w)->pooled_height;       \
         window_row++) {                                                                                               \
        int64_t y =                                                                                                    \
            window_row / (w)->pooled_height * (w)->height + window_row % (w)->pooled_height * (w)->window_height;      \
        for (int64_t x = 0; x < (w)->pooled_width; x++) {                                                              \
            int64_t window = window_row * (w)->pooled_width + x;                                                       \
            int64_t first = y * (w)->width + x * (w)->window_width;                                                    \
            statement;                                                                                                 \
        }                                                                                                              \
    }

/* Runs the statement for the pixels of the images that fill no window, neighbouring pixels [begin, end) at a time. */
#define FOR_EACH_LEFTOVER(w, image_begin, image_end, statement)                                                        \
    for (int64_t image = image_begin; image < (image_end); image++) {                                                  \
        for (int64_t y = 0; y < (w)->height; y++) {                                                                    \
            int64_t row = (image * (w)->height + y) * (w)->width;                                                      \
            int in_windows = y < (w)->pooled_height * (w)->window_height;                                              \
            int64_t begin = row + (in_windows ? (w)->pooled_width * (w)->window_width : 0);                            \
            int64_t end = row + (w)->width;                                                                            \
            statement;                                                                                                 \
        }                                                                                                              \
    }

/* Bit planes of the numbers of elements in their windows. */
struct planes {
    const uint64_t *bits;
    int64_t words; /* of a plane */
};

/* The lanes from channel c on whose number it is; words: where the window's bits begin in each plane. */
BG_INLINE uint32_t is_number(int count, const struct planes *planes, int64_t words, int64_t number, int64_t c) {
    uint32_t is = ~0u;
    for (int b = 0; b < count; b++) {
        uint32_t bits = vf_read_bits(planes->bits + b * planes->words + words, c);
        is &= number >> b & 1 ? bits : ~bits;
    }
    return is;
}

/* Here and below, w has windows of window_height x window_width pixels, which are constants where they are 2 x 2. */
BG_INLINE void spread_vector(int32_t type, int32_t rounding, int64_t window_height, int64_t window_width,
    const struct backward *b, const struct planes *argmax, const struct bg_windows *w, int64_t window, int64_t first,
    int64_t c, int n) {
    int64_t words = window * bg_row_words(b->tile.channels);
    vf dy = dy_of(b, c, n, v_of(b, window, c, n), vf_read_bits(b->signs + words, c));
    struct lanes lanes = rounded(type, rounding, b, dy, window * b->tile.channels + c);
    int count = bg_argmax_planes(window_height * window_width);
    for (int64_t y = 0; y < window_height; y++) {
        for (int64_t x = 0; x < window_width; x++) {
            uint32_t is_argmax = is_number(count, argmax, words, y * window_width + x, c);
            store(type, b, (first + y * w->width + x) * b->tile.channels + c, lanes, is_argmax, n);
        }
    }
}

BG_INLINE void pooled_values(int32_t type, int32_t rounding, int64_t window_height, int64_t window_width,
    const struct backward *b, const struct planes *argmax, const struct bg_windows *w, int64_t image_begin,
    int64_t image_end) {
    FOR_EACH_WINDOW(w, image_begin, image_end,
        FOR_EACH_VECTOR(b->tile.channels,
            spread_vector(type, rounding, window_height, window_width, b, argmax, w, window, first, c, n)));
    size_t pixel_bytes = (size_t)b->tile.channels * bg_element_bytes(type);
    FOR_EACH_LEFTOVER(w, image_begin, image_end,
        memset((char *)b->dy + (size_t)begin * pixel_bytes, 0, (size_t)(end - begin) * pixel_bytes));
}

static int is_two_by_two(const struct bg_windows *w) {
    return w->window_height == 2 && w->window_width == 2;
}

void BG_KERNEL(batch_norm_backward_pooled_values)(const struct bg_pooling *pooling,
    const struct bg_batch_norm_backward_pooled_operands *operands, uint32_t seed, int64_t image_begin,
    int64_t image_end) {
    const struct backward b = pooled_backward_of(pooling, operands, seed);
    const struct bg_windows w = bg_windows_of(pooling);
    int64_t windows = operands->images * w.pooled_height * w.pooled_width;
    const struct planes planes = {operands->argmax, windows * bg_row_words(pooling->channels)};
    if (is_two_by_two(&w)) {
        WITH_CONSTANTS(&b.quantiser, pooled_values(type, rounding, 2, 2, &b, &planes, &w, image_begin, image_end));
    } else {
        pooled_values(b.quantiser.type, b.quantiser.rounding, w.window_height, w.window_width, &b, &planes, &w,
            image_begin, image_end);
    }
}

/* dy of a pixel; v: of its window, has_gradient: where it is the pixel's too. */
BG_INLINE void pixel_vector(int32_t type, int32_t rounding, const struct backward *b, vf v, uint32_t has_gradient,
    uint32_t signs, int64_t pixel, int64_t c, int n) {
    int64_t i = pixel * b->tile.channels + c;
    vf dy = dy_of(b, c, n, vf_select(v, has_gradient), signs);
    store(type, b, i, rounded(type, rounding, b, dy, i), ALL_LANES, n);
}

BG_INLINE void window_vector(int32_t type, int32_t rounding, int64_t window_height, int64_t window_width,
    const struct backward *b, const struct bg_windows *w, int64_t window, int64_t first, int64_t c, int n) {
    int64_t words = bg_row_words(b->tile.channels);
    uint32_t any = 0;
    for (int64_t y = 0; y < window_height; y++) {
        for (int64_t x = 0; x < window_width; x++) {
            any |= vf_read_bits(b->signs + (first + y * w->width + x) * words, c);
        }
    }
    vf v = v_of(b, window, c, n);
    uint32_t open = ~0u; /* the lanes in which no element had the gradient yet */
    for (int64_t y = 0; y < window_height; y++) {
        for (int64_t x = 0; x < window_width; x++) {
            int64_t pixel = first + y * w->width + x;
            uint32_t signs = vf_read_bits(b->signs + pixel * words, c);
            uint32_t has_gradient = open & (signs | ~any);
            open &= ~has_gradient;
            pixel_vector(type, rounding, b, v, has_gradient, signs, pixel, c, n);
        }
    }
}

BG_INLINE void leftover_vector(
    int32_t type, int32_t rounding, const struct backward *b, int64_t pixel, int64_t c, int n) {
    uint32_t signs = vf_read_bits(b->signs + pixel * bg_row_words(b->tile.channels), c);
    pixel_vector(type, rounding, b, vf_set1(0), 0, signs, pixel, c, n);
}

BG_INLINE void pooled_signs(int32_t type, int32_t rounding, int64_t window_height, int64_t window_width,
    const struct backward *b, const struct bg_windows *w, int64_t image_begin, int64_t image_end) {
    FOR_EACH_WINDOW(w, image_begin, image_end,
        FOR_EACH_VECTOR(
            b->tile.channels, window_vector(type, rounding, window_height, window_width, b, w, window, first, c, n)));
    FOR_EACH_LEFTOVER(
        w, image_begin, image_end, for (int64_t pixel = begin; pixel < end; pixel++) {
            FOR_EACH_VECTOR(b->tile.channels, leftover_vector(type, rounding, b, pixel, c, n));
        });
}

void BG_KERNEL(batch_norm_backward_pooled_signs)(const struct bg_pooling *pooling,
    const struct bg_batch_norm_backward_pooled_operands *operands, uint32_t seed, int64_t image_begin,
    int64_t image_end) {
    const struct backward b = pooled_backward_of(pooling, operands, seed);
    const struct bg_windows w = bg_windows_of(pooling);
    if (is_two_by_two(&w)) {
        WITH_CONSTANTS(&b.quantiser, pooled_signs(type, rounding, 2, 2, &b, &w, image_begin, image_end));
    } else {
        pooled_signs(
            b.quantiser.type, b.quantiser.rounding, w.window_height, w.window_width, &b, &w, image_begin, image_end);
    }
}
