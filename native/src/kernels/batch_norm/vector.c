#include "dispatch/table.h"
#include "simd/tiles.h"

/* Where the block of sums that begins at a row ends. */
BG_INLINE int64_t block_end(int64_t row, int64_t rows) {
    return row + BG_SUM_BLOCK < rows ? row + BG_SUM_BLOCK : rows;
}

/* What statistics sum over a channel; d = y - mean. */
enum term {
    VALUE,  /* y */
    SQUARE, /* d d */
};

BG_INLINE vf term_of(enum term term, vf y, vf mean) {
    vf d = vf_sub(y, mean);
    return term == VALUE ? y : vf_mul(d, d);
}

/* means[v] = the mean over rows of the term, for every vector of the tile. */
BG_INLINE void means_of(
    enum term term, const float *y, int64_t rows, int64_t channels, struct tile tile, const vf *mean, vf *means) {
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
                vf values = vf_load(y + r * channels + channel_of(tile, v), tile.lanes);
                block[v] = vf_add(block[v], term_of(term, values, mean[v]));
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
    means_of(VALUE, y, rows, channels, tile, none, means);
    means_of(SQUARE, y, rows, channels, tile, means, variances);
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

BG_INLINE void apply_rows(
    int32_t type, const struct bg_batch_norm_apply_operands *o, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < o->channels; c += VF_LANES) {
            int n = vf_count(c, o->channels);
            int64_t i = r * o->channels + c;
            vf d = vf_sub(vf_load_typed(type, o->y, i, n), vf_load(o->mean + c, n));
            vf_store(o->x + i, vf_add(vf_div(d, vf_load(o->deviation + c, n)), vf_load(o->beta + c, n)), n);
        }
    }
}

void BG_KERNEL(batch_norm_apply)(
    const struct bg_batch_norm_apply_operands *operands, int64_t row_begin, int64_t row_end) {
    const struct bg_batch_norm_apply_operands o = *operands;
    if (o.type == BG_INT16) {
        apply_rows(BG_INT16, &o, row_begin, row_end);
    } else {
        apply_rows(BG_FLOAT32, &o, row_begin, row_end);
    }
}

/* The two backward passes: gradient = (v - mean(v)) - mean(v n) * direction. */
enum form {
    L2, /* direction = n */
    L1, /* direction = s - mean(s) */
};

/* n in the channels from c on of row r. */
BG_INLINE vf normalised(const struct bg_batch_norm_backward_operands *b, int64_t r, int64_t c, int n) {
    return vf_sub(vf_load(b->x + r * b->channels + c, n), vf_load(b->beta + c, n));
}

BG_INLINE void backward(enum form form, const struct bg_batch_norm_backward_operands *b, struct tile tile) {
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
                vf g = vf_load(b->gradient + r * b->channels + c, tile.lanes);
                vf n = normalised(b, r, c, tile.lanes);
                gradients[v] = vf_add(gradients[v], g);
                products[v] = vf_add(products[v], vf_mul(g, n));
                signs[v] = vf_add(signs[v], vf_signs(vf_nonnegative(n)));
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
    vf slope[TILE_VECTORS];
    vf mean_sign[TILE_VECTORS];
    for (int v = 0; v < tile.vectors; v++) {
        int64_t c = channel_of(tile, v);
        vf rows = vf_set1((float)b->rows);
        vf_store(b->beta_gradient + c, gradient_sums[v], tile.lanes);
        deviations[v] = vf_load(b->deviation + c, tile.lanes);
        mean_v[v] = vf_div(vf_div(gradient_sums[v], rows), deviations[v]);
        vf mean_vn = vf_div(vf_div(product_sums[v], rows), deviations[v]);
        slope[v] = form == L2 ? mean_vn : vf_mul(vf_set1(BG_NORMAL_DEVIATION), mean_vn);
        mean_sign[v] = vf_div(sign_sums[v], rows);
    }
    for (int64_t r = 0; r < b->rows; r++) {
        for (int v = 0; v < tile.vectors; v++) {
            int64_t c = channel_of(tile, v);
            vf n = normalised(b, r, c, tile.lanes);
            vf direction = form == L2 ? n : vf_sub(vf_signs(vf_nonnegative(n)), mean_sign[v]);
            float *gradient = b->gradient + r * b->channels + c;
            vf centred = vf_sub(vf_div(vf_load(gradient, tile.lanes), deviations[v]), mean_v[v]);
            vf_store(gradient, vf_sub(centred, vf_mul(slope[v], direction)), tile.lanes);
        }
    }
}

void BG_KERNEL(batch_norm_backward_l2)(
    const struct bg_batch_norm_backward_operands *operands, int64_t channel_begin, int64_t channel_end) {
    const struct bg_batch_norm_backward_operands b = *operands;
    FOR_EACH_TILE(channel_begin, channel_end, backward(L2, &b, tile));
}

void BG_KERNEL(batch_norm_backward_l1)(
    const struct bg_batch_norm_backward_operands *operands, int64_t channel_begin, int64_t channel_end) {
    const struct bg_batch_norm_backward_operands b = *operands;
    FOR_EACH_TILE(channel_begin, channel_end, backward(L1, &b, tile));
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
