/*
 * Both products are sums over t of a real a[i, t] times the signs of row t of a bit matrix, whose columns are the
 * lanes: for the input gradient i is a row of dy and t a channel, for the weight gradient i is a channel and t a row.
 * One tile of ROWS values of i by VECTORS vectors of lanes is summed in registers, t ascending; the signs of a vector
 * are made once for all ROWS. The products are exact, so fused multiply-adds round as the reference's additions do.
 */
#include "dispatch/table.h"
#include "simd/simd.h"

enum {
    ROWS = 4,
    VECTORS = 2,
    TILE = VECTORS * VF_LANES,
    BLOCK = 1024, /* how many t are converted to float32 at a time */
};

/* The real operand: element (i, t) is values[i * stride_i + t * stride_t], of type BG_FLOAT32 or BG_FLOAT16. */
struct real_operand {
    const void *values;
    int64_t stride_i;
    int64_t stride_t;
};

/* a[t - t_begin][i - i_begin] for t in [t_begin, t_end); rows that do not exist are 0. */
BG_INLINE void convert_block(int32_t type, const struct real_operand *operand, int64_t i_begin, int rows,
    int64_t t_begin, int64_t t_end, float (*a)[ROWS]) {
    float values[VF_LANES];
    for (int i = 0; i < ROWS; i++) {
        if (operand->stride_t == 1 && i < rows) {
            int64_t base = (i_begin + i) * operand->stride_i;
            for (int64_t t = t_begin; t < t_end; t += VF_LANES) {
                int n = vf_count(t, t_end);
                vf_store(values, vf_load_typed(type, operand->values, base + t, n), VF_LANES);
                for (int j = 0; j < n; j++) {
                    a[t - t_begin + j][i] = values[j];
                }
            }
        } else if (i >= rows) {
            for (int64_t t = t_begin; t < t_end; t++) {
                a[t - t_begin][i] = 0;
            }
        }
    }
    if (operand->stride_t != 1) {
        for (int64_t t = t_begin; t < t_end; t++) {
            int64_t index = i_begin * operand->stride_i + t * operand->stride_t;
            vf_store(a[t - t_begin], vf_load_typed(type, operand->values, index, rows), rows);
        }
    }
}

/* sums[i][v] += a[t][i] * signs of row t, columns from column on; columns that do not exist count as -1. */
BG_INLINE void add_block(float (*a)[ROWS], const uint64_t *bits, int64_t words, int64_t column, int columns,
    int64_t t_begin, int64_t t_end, vf sums[ROWS][VECTORS]) {
    for (int64_t t = t_begin; t < t_end; t++) {
        uint32_t row_bits = bg_read_bits(bits + t * words, column, columns);
        for (int v = 0; v < VECTORS; v++) {
            vf signs = vf_signs(row_bits >> (v * VF_LANES));
            for (int i = 0; i < ROWS; i++) {
                sums[i][v] = vf_fma(vf_set1(a[t - t_begin][i]), signs, sums[i][v]);
            }
        }
    }
}

/* What becomes of the sums of a tile: stored as the type, or as signs. */
struct result {
    int32_t type; /* BG_FLOAT32, BG_FLOAT16 or BG_BITS */
    void *values;
    int64_t columns;
};

BG_INLINE void store_tile(
    const struct result *result, int64_t i_begin, int rows, int64_t column, int columns, vf sums[ROWS][VECTORS]) {
    for (int i = 0; i < rows; i++) {
        for (int v = 0; v < VECTORS && v * VF_LANES < columns; v++) {
            int64_t at = column + v * VF_LANES;
            int n = vf_count(at, column + columns);
            if (result->type == BG_BITS) {
                uint64_t *row = (uint64_t *)result->values + (i_begin + i) * bg_row_words(result->columns);
                bg_write_bits(row, at, vf_nonnegative(sums[i][v]) & ((1u << n) - 1));
            } else {
                vf_store_typed(result->type, result->values, (i_begin + i) * result->columns + at, sums[i][v], n);
            }
        }
    }
}

/* All of result[i, k] = sum over t < depth of operand[i, t] * signs[t, k], for i in [begin, end). */
BG_INLINE void multiply(int32_t type, const struct real_operand *operand, const uint64_t *bits, int64_t depth,
    const struct result *result, int64_t begin, int64_t end) {
    float a[BLOCK][ROWS];
    int64_t words = bg_row_words(result->columns);
    for (int64_t i = begin; i < end; i += ROWS) {
        int rows = end - i < ROWS ? (int)(end - i) : ROWS;
        if (depth <= BLOCK) {
            convert_block(type, operand, i, rows, 0, depth, a);
        }
        for (int64_t column = 0; column < result->columns; column += TILE) {
            int columns = result->columns - column < TILE ? (int)(result->columns - column) : TILE;
            vf sums[ROWS][VECTORS];
            for (int r = 0; r < ROWS; r++) {
                for (int v = 0; v < VECTORS; v++) {
                    sums[r][v] = vf_set1(0);
                }
            }
            for (int64_t t = 0; t < depth; t += BLOCK) {
                int64_t t_end = depth - t < BLOCK ? depth : t + BLOCK;
                if (depth > BLOCK) {
                    convert_block(type, operand, i, rows, t, t_end, a);
                }
                add_block(a, bits, words, column, columns, t, t_end, sums);
            }
            store_tile(result, i, rows, column, columns, sums);
        }
    }
}

void BG_KERNEL(input_gradient)(int32_t type, const void *dy, const uint64_t *weights, void *dx, int64_t channels,
    int64_t fan_in, int64_t row_begin, int64_t row_end) {
    struct real_operand operand = {dy, channels, 1};
    struct result result = {type, dx, fan_in};
    if (type == BG_FLOAT32) {
        multiply(BG_FLOAT32, &operand, weights, channels, &result, row_begin, row_end);
    } else {
        multiply(BG_FLOAT16, &operand, weights, channels, &result, row_begin, row_end);
    }
}

void BG_KERNEL(weight_gradient_signs)(int32_t type, const void *dy, const uint64_t *x, uint64_t *signs, int64_t rows,
    int64_t channels, int64_t fan_in, int64_t channel_begin, int64_t channel_end) {
    struct real_operand operand = {dy, 1, channels};
    struct result result = {BG_BITS, signs, fan_in};
    if (type == BG_FLOAT32) {
        multiply(BG_FLOAT32, &operand, x, rows, &result, channel_begin, channel_end);
    } else {
        multiply(BG_FLOAT16, &operand, x, rows, &result, channel_begin, channel_end);
    }
}
