#include "dispatch/table.h"
#include "simd/tiles.h"

/* Adds rows [begin, end) of a block to its sums: y or, with deviations set, |y - mean|. */
BG_INLINE void sum_rows(int32_t type, int deviations, const void *y, int64_t channels, const float *mean, float *sums,
    int64_t begin, int64_t end, struct tile tile) {
    vf means[TILE_VECTORS];
    vf block[TILE_VECTORS];
    for (int v = 0; v < tile.vectors; v++) {
        means[v] = deviations ? vf_load(mean + channel_of(tile, v), tile.lanes) : vf_set1(0);
        block[v] = sums_before(begin, sums + channel_of(tile, v), tile.lanes);
    }
    for (int64_t r = begin; r < end; r++) {
        for (int v = 0; v < tile.vectors; v++) {
            vf values = vf_load_typed(type, y, r * channels + channel_of(tile, v), tile.lanes);
            block[v] = vf_add(block[v], deviations ? vf_abs(vf_sub(values, means[v])) : values);
        }
    }
    for (int v = 0; v < tile.vectors; v++) {
        vf_store(sums + channel_of(tile, v), block[v], tile.lanes);
    }
}

BG_INLINE void sum_blocks(int32_t type, int deviations, const void *y, int64_t channels, const float *mean, float *sums,
    int64_t row_begin, int64_t row_end) {
    for (int64_t begin = row_begin; begin < row_end; begin += STRIP_ROWS) {
        float *block = sums + begin / BG_SUM_BLOCK * channels;
        int64_t end = strip_end(begin, row_end);
        FOR_EACH_TILE(0, channels, sum_rows(type, deviations, y, channels, mean, block, begin, end, tile));
    }
}

void BG_KERNEL(batch_norm_value_sums)(
    int32_t type, const void *y, int64_t channels, float *sums, int64_t row_begin, int64_t row_end) {
    if (type == BG_INT16) {
        sum_blocks(BG_INT16, 0, y, channels, NULL, sums, row_begin, row_end);
    } else {
        sum_blocks(BG_FLOAT32, 0, y, channels, NULL, sums, row_begin, row_end);
    }
}

void BG_KERNEL(batch_norm_deviation_sums)(
    int32_t type, const void *y, int64_t channels, const float *mean, float *sums, int64_t row_begin, int64_t row_end) {
    if (type == BG_INT16) {
        sum_blocks(BG_INT16, 1, y, channels, mean, sums, row_begin, row_end);
    } else {
        sum_blocks(BG_FLOAT32, 1, y, channels, mean, sums, row_begin, row_end);
    }
}

/* Rows [begin, end), of one block where there are sums. */
BG_INLINE void sign_rows(
    int32_t type, const struct bg_batch_norm_sign_operands *s, int64_t begin, int64_t end, struct tile tile) {
    uint32_t in_matrix = (1u << tile.lanes) - 1;
    int64_t words = bg_row_words(s->tile.columns);
    int64_t column = s->tile.first + tile.channel;
    int count = tile.vectors * VF_LANES;
    float *sums = s->sums == NULL ? NULL : s->sums + begin / BG_SUM_BLOCK * s->tile.channels;
    vf mean[TILE_VECTORS];
    vf shift[TILE_VECTORS];
    vf limit[TILE_VECTORS];
    vf block[TILE_VECTORS];
    for (int v = 0; v < tile.vectors; v++) {
        int64_t c = channel_of(tile, v);
        mean[v] = vf_load(s->mean + c, tile.lanes);
        limit[v] = vf_load(s->deviation + c, tile.lanes);
        shift[v] = vf_mul(vf_load(s->beta + c, tile.lanes), limit[v]);
        block[v] = sums == NULL ? vf_set1(0) : sums_before(begin, sums + c, tile.lanes);
    }
    for (int64_t r = begin; r < end; r++) {
        uint64_t signs = 0;
        uint64_t straight_through = 0;
        for (int v = 0; v < tile.vectors; v++) {
            vf d = vf_sub(vf_load_typed(type, s->y, r * s->tile.channels + channel_of(tile, v), tile.lanes), mean[v]);
            vf t = vf_add(d, shift[v]);
            uint32_t nonnegative = vf_nonnegative(t);
            signs |= (uint64_t)(nonnegative & in_matrix) << v * VF_LANES;
            straight_through |= (uint64_t)(vf_at_most(vf_abs(t), limit[v]) & in_matrix) << v * VF_LANES;
            block[v] = vf_add(block[v], vf_flip(vf_set1(1), nonnegative));
        }
        bg_write_bits_across(s->signs + r * words, column, signs, count);
        if (s->straight_through != NULL) {
            bg_write_bits_across(s->straight_through + r * words, column, straight_through, count);
        }
    }
    for (int v = 0; v < tile.vectors && sums != NULL; v++) {
        vf_store(sums + channel_of(tile, v), block[v], tile.lanes);
    }
}

BG_INLINE void sign_blocks(
    int32_t type, const struct bg_batch_norm_sign_operands *s, int64_t row_begin, int64_t row_end) {
    for (int64_t begin = row_begin; begin < row_end; begin += STRIP_ROWS) {
        int64_t end = strip_end(begin, row_end);
        FOR_EACH_TILE(0, s->tile.channels, sign_rows(type, s, begin, end, tile));
    }
}

void BG_KERNEL(batch_norm_sign)(
    const struct bg_batch_norm_sign_operands *operands, int64_t row_begin, int64_t row_end) {
    const struct bg_batch_norm_sign_operands s = *operands;
    if (s.type == BG_INT16) {
        sign_blocks(BG_INT16, &s, row_begin, row_end);
    } else {
        sign_blocks(BG_FLOAT32, &s, row_begin, row_end);
    }
}

/* The mean over rows of n channels, from their block sums. */
BG_INLINE vf mean_of(const float *sums, int64_t rows, int64_t channels, int n) {
    return vf_div(total_of_blocks(sums, rows, channels, n), vf_set1((float)rows));
}

void BG_KERNEL(batch_norm_mean)(
    const float *sums, int64_t rows, int64_t channels, float *mean, int64_t channel_begin, int64_t channel_end) {
    for (int64_t c = channel_begin; c < channel_end; c += VF_LANES) {
        int n = vf_count(c, channel_end);
        vf_store(mean + c, mean_of(sums + c, rows, channels, n), n);
    }
}

void BG_KERNEL(batch_norm_deviation)(
    const float *sums, int64_t rows, int64_t channels, float *deviation, int64_t channel_begin, int64_t channel_end) {
    for (int64_t c = channel_begin; c < channel_end; c += VF_LANES) {
        int n = vf_count(c, channel_end);
        vf normal = vf_mul(vf_set1(BG_NORMAL_DEVIATION), mean_of(sums + c, rows, channels, n));
        vf_store(deviation + c, vf_add(normal, vf_set1(BG_EPSILON)), n);
    }
}
