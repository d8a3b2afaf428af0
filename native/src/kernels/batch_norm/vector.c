/*
 * Lanes are channels, so each channel's sums run in the reference's order. Rows are the outer stride: a tile of a few
 * neighbouring vectors of channels goes down all rows, so that whole cache lines are used and additions overlap.
 */
#include "dispatch/table.h"
#include "simd/simd.h"

enum { TILE_VECTORS = 4 };

/* The first channel of a tile, how many vectors it has, and how many lanes of each: less than all in the last only. */
struct tile {
    int64_t channel;
    int vectors;
    int lanes;
};

/* Runs the statement for tiles of channels [begin, end): of TILE_VECTORS whole vectors, then of one vector each. */
#define FOR_EACH_TILE(begin, end, statement)                                                                           \
    do {                                                                                                               \
        int64_t at = begin;                                                                                            \
        for (; at + TILE_VECTORS * VF_LANES <= (end); at += TILE_VECTORS * VF_LANES) {                                 \
            const struct tile tile = {at, TILE_VECTORS, VF_LANES};                                                     \
            statement;                                                                                                 \
        }                                                                                                              \
        for (; at < (end); at += VF_LANES) {                                                                           \
            const struct tile tile = {at, 1, vf_count(at, end)};                                                       \
            statement;                                                                                                 \
        }                                                                                                              \
    } while (0)

BG_INLINE int64_t channel_of(struct tile tile, int vector) {
    return tile.channel + vector * VF_LANES;
}

BG_INLINE int64_t block_end(int64_t row, int64_t rows) {
    return row + BG_SUM_BLOCK < rows ? row + BG_SUM_BLOCK : rows;
}

/* What statistics sum over a channel; d = y - mean. */
enum term {
    VALUE,     /* y */
    SQUARE,    /* d d */
    DEVIATION, /* |d| */
    MAGNITUDE, /* |d + shift| */
};

BG_INLINE vf term_of(enum term term, vf y, vf mean, vf shift) {
    vf d = vf_sub(y, mean);
    switch (term) {
    case VALUE:
        return y;
    case SQUARE:
        return vf_mul(d, d);
    case DEVIATION:
        return vf_abs(d);
    default:
        return vf_abs(vf_add(d, shift));
    }
}

/* means[v] = the mean over rows of the term, for every vector of the tile. */
BG_INLINE void means_of(enum term term, int32_t type, const void *y, int64_t rows, int64_t channels, struct tile tile,
    const vf *mean, const vf *shift, vf *means) {
    vf sums[TILE_VECTORS];
    for (int v = 0; v < tile.vectors; v++) {
        sums[v] = vf_set1(0);
    }
    for (int64_t begin = 0; begin < rows; begin += BG_SUM_BLOCK) {
        vf block[TILE_VECTORS];
        for (int v = 0; v < tile.vectors; v++) {
            block[v] = vf_set1(0);
        }
        for (int64_t r = begin; r < block_end(begin, rows); r++) {
            for (int v = 0; v < tile.vectors; v++) {
                vf values = vf_load_typed(type, y, r * channels + channel_of(tile, v), tile.lanes);
                block[v] = vf_add(block[v], term_of(term, values, mean[v], shift[v]));
            }
        }
        for (int v = 0; v < tile.vectors; v++) {
            sums[v] = vf_add(sums[v], block[v]);
        }
    }
    for (int v = 0; v < tile.vectors; v++) {
        means[v] = vf_div(sums[v], vf_set1((float)rows));
    }
}

BG_INLINE void statistics_l2(
    const float *y, int64_t rows, int64_t channels, float *mean, float *deviation, struct tile tile) {
    const vf none[TILE_VECTORS] = {0};
    vf means[TILE_VECTORS];
    vf variances[TILE_VECTORS];
    means_of(VALUE, BG_FLOAT32, y, rows, channels, tile, none, none, means);
    means_of(SQUARE, BG_FLOAT32, y, rows, channels, tile, means, none, variances);
    for (int v = 0; v < tile.vectors; v++) {
        int64_t c = channel_of(tile, v);
        vf_store(mean + c, means[v], tile.lanes);
        vf_store(deviation + c, vf_sqrt(vf_add(variances[v], vf_set1(BG_EPSILON))), tile.lanes);
    }
}

void BG_KERNEL(batch_norm_statistics_l2)(const float *y, int64_t rows, int64_t channels, float *mean, float *deviation,
    int64_t channel_begin, int64_t channel_end) {
    FOR_EACH_TILE(channel_begin, channel_end, statistics_l2(y, rows, channels, mean, deviation, tile));
}

BG_INLINE void statistics_l1(int32_t type, const void *y, int64_t rows, int64_t channels, const float *beta,
    float *mean, float *deviation, float *magnitude, struct tile tile) {
    const vf none[TILE_VECTORS] = {0};
    vf means[TILE_VECTORS];
    vf deviations[TILE_VECTORS];
    vf shifts[TILE_VECTORS];
    vf magnitudes[TILE_VECTORS];
    means_of(VALUE, type, y, rows, channels, tile, none, none, means);
    means_of(DEVIATION, type, y, rows, channels, tile, means, none, deviations);
    for (int v = 0; v < tile.vectors; v++) {
        deviations[v] = vf_add(deviations[v], vf_set1(BG_EPSILON));
        shifts[v] = vf_mul(vf_load(beta + channel_of(tile, v), tile.lanes), deviations[v]);
    }
    means_of(MAGNITUDE, type, y, rows, channels, tile, means, shifts, magnitudes);
    for (int v = 0; v < tile.vectors; v++) {
        int64_t c = channel_of(tile, v);
        vf_store(mean + c, means[v], tile.lanes);
        vf_store(deviation + c, deviations[v], tile.lanes);
        vf_store(magnitude + c, vf_div(magnitudes[v], deviations[v]), tile.lanes);
    }
}

void BG_KERNEL(batch_norm_statistics_l1)(int32_t type, const void *y, int64_t rows, int64_t channels, const float *beta,
    float *mean, float *deviation, float *magnitude, int64_t channel_begin, int64_t channel_end) {
    if (type == BG_INT16) {
        FOR_EACH_TILE(channel_begin, channel_end,
            statistics_l1(BG_INT16, y, rows, channels, beta, mean, deviation, magnitude, tile));
    } else {
        FOR_EACH_TILE(channel_begin, channel_end,
            statistics_l1(BG_FLOAT32, y, rows, channels, beta, mean, deviation, magnitude, tile));
    }
}

BG_INLINE void apply_rows(int32_t type, const void *y, int64_t channels, const float *mean, const float *deviation,
    const float *beta, float *x, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < channels; c += VF_LANES) {
            int n = vf_count(c, channels);
            vf d = vf_sub(vf_load_typed(type, y, r * channels + c, n), vf_load(mean + c, n));
            vf_store(x + r * channels + c, vf_add(vf_div(d, vf_load(deviation + c, n)), vf_load(beta + c, n)), n);
        }
    }
}

void BG_KERNEL(batch_norm_apply)(int32_t type, const void *y, int64_t channels, const float *mean,
    const float *deviation, const float *beta, float *x, int64_t row_begin, int64_t row_end) {
    if (type == BG_INT16) {
        apply_rows(BG_INT16, y, channels, mean, deviation, beta, x, row_begin, row_end);
    } else {
        apply_rows(BG_FLOAT32, y, channels, mean, deviation, beta, x, row_begin, row_end);
    }
}

BG_INLINE void sign_rows(int32_t type, const void *y, int64_t channels, const float *mean, const float *deviation,
    const float *beta, uint64_t *signs, uint64_t *straight_through, int64_t row_begin, int64_t row_end) {
    int64_t words = bg_row_words(channels);
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < channels; c += VF_LANES) {
            int n = vf_count(c, channels);
            uint32_t in_matrix = (1u << n) - 1;
            vf limit = vf_load(deviation + c, n);
            vf d = vf_sub(vf_load_typed(type, y, r * channels + c, n), vf_load(mean + c, n));
            vf t = vf_add(d, vf_mul(vf_load(beta + c, n), limit));
            bg_write_bits(signs + r * words, c, vf_nonnegative(t) & in_matrix);
            if (straight_through != NULL) {
                bg_write_bits(straight_through + r * words, c, vf_at_most(vf_abs(t), limit) & in_matrix);
            }
        }
    }
}

void BG_KERNEL(batch_norm_sign)(int32_t type, const void *y, int64_t channels, const float *mean,
    const float *deviation, const float *beta, uint64_t *signs, uint64_t *straight_through, int64_t row_begin,
    int64_t row_end) {
    if (type == BG_INT16) {
        sign_rows(BG_INT16, y, channels, mean, deviation, beta, signs, straight_through, row_begin, row_end);
    } else {
        sign_rows(BG_FLOAT32, y, channels, mean, deviation, beta, signs, straight_through, row_begin, row_end);
    }
}

/* The three backward passes: gradient = (v - mean(v)) - factor * direction. */
enum form {
    L2,    /* factor = mean(v n), direction = n */
    L1,    /* factor = mean(v n), direction = s - mean(s) */
    SIGNS, /* factor = magnitude mean(v s), direction = s */
};

struct backward {
    void *gradient;
    int64_t rows;
    int64_t channels;
    const float *deviation;
    float *beta_gradient;
    /* of L2 and L1 only */
    const float *x;
    const float *beta;
    /* of SIGNS only */
    const uint64_t *signs;
    const float *magnitude;
};

/* n in the channels from c on of row r. */
BG_INLINE vf normalised(const struct backward *b, int64_t r, int64_t c, int n) {
    return vf_sub(vf_load(b->x + r * b->channels + c, n), vf_load(b->beta + c, n));
}

BG_INLINE uint32_t sign_bits(const struct backward *b, int64_t r, int64_t c, int n) {
    return bg_read_bits(b->signs + r * bg_row_words(b->channels), c, n);
}

BG_INLINE void backward(enum form form, int32_t type, const struct backward *b, struct tile tile) {
    vf gradient_sums[TILE_VECTORS];
    vf product_sums[TILE_VECTORS];
    vf sign_sums[TILE_VECTORS];
    for (int v = 0; v < tile.vectors; v++) {
        gradient_sums[v] = product_sums[v] = sign_sums[v] = vf_set1(0);
    }
    for (int64_t begin = 0; begin < b->rows; begin += BG_SUM_BLOCK) {
        vf gradients[TILE_VECTORS];
        vf products[TILE_VECTORS];
        vf signs[TILE_VECTORS];
        for (int v = 0; v < tile.vectors; v++) {
            gradients[v] = products[v] = signs[v] = vf_set1(0);
        }
        for (int64_t r = begin; r < block_end(begin, b->rows); r++) {
            for (int v = 0; v < tile.vectors; v++) {
                int64_t c = channel_of(tile, v);
                vf g = vf_load_typed(type, b->gradient, r * b->channels + c, tile.lanes);
                gradients[v] = vf_add(gradients[v], g);
                if (form == SIGNS) {
                    products[v] = vf_add(products[v], vf_flip(g, sign_bits(b, r, c, tile.lanes)));
                } else {
                    vf n = normalised(b, r, c, tile.lanes);
                    products[v] = vf_add(products[v], vf_mul(g, n));
                    signs[v] = vf_add(signs[v], vf_signs(vf_nonnegative(n)));
                }
            }
        }
        for (int v = 0; v < tile.vectors; v++) {
            gradient_sums[v] = vf_add(gradient_sums[v], gradients[v]);
            product_sums[v] = vf_add(product_sums[v], products[v]);
            sign_sums[v] = vf_add(sign_sums[v], signs[v]);
        }
    }

    vf deviations[TILE_VECTORS];
    vf mean_v[TILE_VECTORS];
    vf factors[TILE_VECTORS];
    vf mean_sign[TILE_VECTORS];
    for (int v = 0; v < tile.vectors; v++) {
        int64_t c = channel_of(tile, v);
        vf rows = vf_set1((float)b->rows);
        vf_store(b->beta_gradient + c, gradient_sums[v], tile.lanes);
        deviations[v] = vf_load(b->deviation + c, tile.lanes);
        mean_v[v] = vf_div(vf_div(gradient_sums[v], rows), deviations[v]);
        factors[v] = vf_div(vf_div(product_sums[v], rows), deviations[v]);
        if (form == SIGNS) {
            factors[v] = vf_mul(vf_load(b->magnitude + c, tile.lanes), factors[v]);
        }
        mean_sign[v] = vf_div(sign_sums[v], rows);
    }
    for (int64_t r = 0; r < b->rows; r++) {
        for (int v = 0; v < tile.vectors; v++) {
            int64_t c = channel_of(tile, v);
            int64_t i = r * b->channels + c;
            vf correction;
            if (form == SIGNS) {
                correction = vf_flip(factors[v], sign_bits(b, r, c, tile.lanes));
            } else {
                vf n = normalised(b, r, c, tile.lanes);
                vf direction = form == L2 ? n : vf_sub(vf_signs(vf_nonnegative(n)), mean_sign[v]);
                correction = vf_mul(factors[v], direction);
            }
            vf g = vf_load_typed(type, b->gradient, i, tile.lanes);
            vf centred = vf_sub(vf_div(g, deviations[v]), mean_v[v]);
            vf_store_typed(type, b->gradient, i, vf_sub(centred, correction), tile.lanes);
        }
    }
}

void BG_KERNEL(batch_norm_backward_l2)(float *gradient, const float *x, int64_t rows, int64_t channels,
    const float *beta, const float *deviation, float *beta_gradient, int64_t channel_begin, int64_t channel_end) {
    const struct backward b = {gradient, rows, channels, deviation, beta_gradient, .x = x, .beta = beta};
    FOR_EACH_TILE(channel_begin, channel_end, backward(L2, BG_FLOAT32, &b, tile));
}

void BG_KERNEL(batch_norm_backward_l1)(float *gradient, const float *x, int64_t rows, int64_t channels,
    const float *beta, const float *deviation, float *beta_gradient, int64_t channel_begin, int64_t channel_end) {
    const struct backward b = {gradient, rows, channels, deviation, beta_gradient, .x = x, .beta = beta};
    FOR_EACH_TILE(channel_begin, channel_end, backward(L1, BG_FLOAT32, &b, tile));
}

void BG_KERNEL(batch_norm_backward_signs)(int32_t type, void *gradient, const uint64_t *signs, int64_t rows,
    int64_t channels, const float *deviation, const float *magnitude, float *beta_gradient, int64_t channel_begin,
    int64_t channel_end) {
    const struct backward b = {
        gradient, rows, channels, deviation, beta_gradient, .signs = signs, .magnitude = magnitude};
    if (type == BG_FLOAT16) {
        FOR_EACH_TILE(channel_begin, channel_end, backward(SIGNS, BG_FLOAT16, &b, tile));
    } else {
        FOR_EACH_TILE(channel_begin, channel_end, backward(SIGNS, BG_FLOAT32, &b, tile));
    }
}

void BG_KERNEL(moving_average)(const float *values, float *average, float decay, int64_t begin, int64_t end) {
    vf keep = vf_set1(decay);
    vf take = vf_set1(1.0f - decay);
    for (int64_t i = begin; i < end; i += VF_LANES) {
        int n = vf_count(i, end);
        vf kept = vf_mul(keep, vf_load(average + i, n));
        vf_store(average + i, vf_add(kept, vf_mul(take, vf_load(values + i, n))), n);
    }
}
