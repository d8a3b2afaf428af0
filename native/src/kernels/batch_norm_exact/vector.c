#include "dispatch/table.h"
#include "simd/tiles.h"

enum { TERMS = 4 };

/* Adds rows [begin, end) of a block to its sums, and writes their signs. */
BG_INLINE void sum_rows(int32_t type, int32_t y_type, const struct bg_batch_norm_exact_sums_operands *o, float *sums,
    int64_t begin, int64_t end, struct tile tile) {
    int64_t channels = o->tile.channels;
    int64_t words = bg_row_words(o->tile.columns);
    int64_t column = o->tile.first + tile.channel;
    uint32_t in_matrix = (1u << tile.lanes) - 1;
    vf means[TILE_VECTORS];
    vf totals[TERMS][TILE_VECTORS];
    for (int v = 0; v < tile.vectors; v++) {
        int64_t c = channel_of(tile, v);
        means[v] = vf_load(o->mean + c, tile.lanes);
        for (int i = 0; i < TERMS; i++) {
            totals[i][v] = sums_before(begin, sums + i * channels + c, tile.lanes);
        }
    }
    for (int64_t r = begin; r < end; r++) {
        uint64_t signs = 0;
        for (int v = 0; v < tile.vectors; v++) {
            int64_t at = r * channels + channel_of(tile, v);
            vf g = vf_load_typed(type, o->gradient, at, tile.lanes);
            vf d = vf_sub(vf_load_typed(y_type, o->y, at, tile.lanes), means[v]);
            uint32_t nonnegative = vf_nonnegative(d);
            signs |= (uint64_t)(nonnegative & in_matrix) << v * VF_LANES;
            totals[0][v] = vf_add(totals[0][v], g);
            totals[1][v] = vf_add(totals[1][v], vf_mul(g, d));
            totals[2][v] = vf_add(totals[2][v], vf_mul(g, g));
            totals[3][v] = vf_add(totals[3][v], vf_signs(nonnegative));
        }
        bg_write_bits_across(o->signs + r * words, column, signs, tile.vectors * VF_LANES);
    }
    for (int v = 0; v < tile.vectors; v++) {
        for (int i = 0; i < TERMS; i++) {
            vf_store(sums + i * channels + channel_of(tile, v), totals[i][v], tile.lanes);
        }
    }
}

BG_INLINE void sum_blocks(int32_t type, int32_t y_type, const struct bg_batch_norm_exact_sums_operands *o,
    int64_t row_begin, int64_t row_end) {
    int64_t end;
    for (int64_t begin = row_begin; begin < row_end; begin = end) {
        float *block = o->sums + begin / BG_SUM_BLOCK * TERMS * o->tile.channels;
        end = strip_end(begin, row_end, o->tile.channels);
        FOR_EACH_TILE(0, o->tile.channels, sum_rows(type, y_type, o, block, begin, end, tile));
    }
}

void BG_KERNEL(batch_norm_exact_sums)(
    const struct bg_batch_norm_exact_sums_operands *operands, int64_t row_begin, int64_t row_end) {
    const struct bg_batch_norm_exact_sums_operands o = *operands;
    if (o.type == BG_FLOAT32 && o.y_type == BG_INT16) {
        sum_blocks(BG_FLOAT32, BG_INT16, &o, row_begin, row_end);
    } else if (o.type == BG_FLOAT32) {
        sum_blocks(BG_FLOAT32, BG_FLOAT32, &o, row_begin, row_end);
    } else if (o.y_type == BG_INT16) {
        sum_blocks(BG_FLOAT16, BG_INT16, &o, row_begin, row_end);
    } else {
        sum_blocks(BG_FLOAT16, BG_FLOAT32, &o, row_begin, row_end);
    }
}

void BG_KERNEL(batch_norm_exact_coefficients)(
    const struct bg_batch_norm_exact_coefficients_operands *operands, int64_t channel_begin, int64_t channel_end) {
    const struct bg_batch_norm_exact_coefficients_operands o = *operands;
    vf count = vf_set1((float)o.rows);
    vf one = vf_set1(1);
    for (int64_t c = channel_begin; c < channel_end; c += VF_LANES) {
        int n = vf_count(c, channel_end);
        vf totals[TERMS];
        for (int i = 0; i < TERMS; i++) {
            totals[i] = total_of_blocks(o.sums + i * o.channels + c, o.rows, TERMS * o.channels, n);
        }
        vf deviation = vf_load(o.deviation + c, n);
        vf mean_v = vf_div(vf_div(totals[0], count), deviation);
        vf mean_vn = vf_div(vf_div(vf_div(totals[1], count), deviation), deviation);
        vf sign_mean = vf_div(totals[3], count);
        vf slope = vf_mul(vf_set1(BG_NORMAL_DEVIATION), mean_vn);
        vf_store(o.beta_gradient + c, totals[0], n);
        vf_store(o.coefficients + c, vf_div(one, deviation), n);
        vf_store(o.coefficients + o.channels + c, vf_add(mean_v, vf_mul(slope, vf_sub(one, sign_mean))), n);
        vf_store(o.coefficients + 2 * o.channels + c, vf_sub(mean_v, vf_mul(slope, vf_add(one, sign_mean))), n);
        vf_store(o.squares + c, vf_div(vf_div(totals[2], deviation), deviation), n);
    }
}
