#include "dispatch/table.h"
#include "simd/simd.h"

/*
 * Both gradients are one product: out[i, k] = sum over t of a[i, t] * sign(bits[t, k]), where
 *
 *   input gradient    i is a row r,     t a channel n, a[r, n] = dy[r, n], bits = weights
 *   weight gradient   i is a channel n, t a row r,     a[n, r] = dy[r, n], bits = x
 *
 * A block of TILE_ROWS x TILE_COLUMNS sums is kept in registers: signs are unpacked to +1 and -1 once a block, and
 * multiplied with each row's broadcast element of a. Products with +1 and -1 are exact, so the fused multiply-add
 * rounds as the sum alone would. Sums over longer t continue from a tile on the stack, in the same order.
 */
enum {
#if defined(__ARM_NEON) /* 32 registers, two to a vector: 16 sums, 2 signs and the constants that make them */
    TILE_ROWS = 8,
    TILE_VECTORS = 1,
#else /* AVX2 has 16 registers: 12 sums, 2 signs, a broadcast */
    TILE_ROWS = 6,
    TILE_VECTORS = 2,
#endif
    TILE_COLUMNS = TILE_VECTORS * VF_LANES, /* divides 64: a tile never crosses words */
    SPAN_COLUMNS = 512,                     /* columns of a stack tile: a cache line of bits, 12 to 16 KiB of sums */
    SPAN_STEPS = 128, /* elements of t in a tile of a: 3 to 4 KiB, against 8 KiB of lines of bits */
};
_Static_assert((int)TILE_ROWS <= (int)VF_LANES, "load_columns loads a column as one vector");

/* A slice of a as float32. Rows beyond the operand are zero: they are summed, and not stored. */
typedef float a_tile[TILE_ROWS][SPAN_STEPS];
typedef float sum_tile[TILE_ROWS][SPAN_COLUMNS];

/* The elements a[i, t], with t contiguous in dy: dy[i, t] for rows i < rows from element first on. */
BG_INLINE void load_rows(a_tile a, int32_t type, const void *dy, int64_t channels, int64_t first, int rows, int steps) {
    for (int i = 0; i < rows; i++) {
        for (int t = 0; t < steps; t += VF_LANES) {
            int n = vf_count(t, steps);
            vf_store(&a[i][t], vf_load_typed(type, dy, first + i * channels + t, n), n);
        }
    }
}

/* The same with i contiguous in dy: dy[t, i]. A row of dy has `left` elements from i = 0 on; rows beyond them are 0. */
BG_INLINE void load_columns(
    a_tile a, int32_t type, const void *dy, int64_t channels, int64_t first, int64_t left, int steps) {
    int n = vf_count(0, left);
    for (int t = 0; t < steps; t++) {
        float column[VF_LANES];
        vf_store(column, vf_load_typed(type, dy, first + t * channels, n), VF_LANES);
        for (int i = 0; i < TILE_ROWS; i++) {
            a[i][t] = column[i];
        }
    }
}

/* sums[i, 0..TILE_COLUMNS) continue over the steps of a and the rows of bits, from a column that a tile starts at. */
BG_INLINE void add_products(
    a_tile a, const uint64_t *bits, int64_t words, int64_t column, int steps, int first, float *sums) {
    vf sum[TILE_ROWS][TILE_VECTORS];
    for (int i = 0; i < TILE_ROWS; i++) {
        for (int v = 0; v < TILE_VECTORS; v++) {
            sum[i][v] = first ? vf_set1(0) : vf_load(sums + i * SPAN_COLUMNS + v * VF_LANES, VF_LANES);
        }
    }
    const uint64_t *word = bits + column / 64;
    int shift = (int)(column % 64);
    for (int t = 0; t < steps; t++) {
        uint32_t tile_bits = (uint32_t)(word[t * words] >> shift);
        vf signs[TILE_VECTORS];
        for (int v = 0; v < TILE_VECTORS; v++) {
            signs[v] = vf_signs(tile_bits >> v * VF_LANES);
        }
        for (int i = 0; i < TILE_ROWS; i++) {
            vf element = vf_set1(a[i][t]);
            for (int v = 0; v < TILE_VECTORS; v++) {
                sum[i][v] = vf_fma(element, signs[v], sum[i][v]);
            }
        }
    }
    for (int i = 0; i < TILE_ROWS; i++) {
        for (int v = 0; v < TILE_VECTORS; v++) {
            vf_store(sums + i * SPAN_COLUMNS + v * VF_LANES, sum[i][v], VF_LANES);
        }
    }
}

/*
 * One stack tile: rows of a from element first of dy, columns from column on, all steps. by_columns: i is contiguous in
 * dy, not t.
 */
BG_INLINE void sum_span(int by_columns, int32_t type, const void *dy, int64_t channels, int64_t first, int rows,
    int64_t steps, const uint64_t *bits, int64_t words, int64_t column, int columns, sum_tile sums) {
    a_tile a = {{0}};
    for (int64_t t = 0; t < steps; t += SPAN_STEPS) {
        int count = steps - t < SPAN_STEPS ? (int)(steps - t) : SPAN_STEPS;
        if (by_columns) {
            load_columns(a, type, dy, channels, first + t * channels, channels - first, count);
        } else {
            load_rows(a, type, dy, channels, first + t, rows, count);
        }
        for (int k = 0; k < columns; k += TILE_COLUMNS) {
            add_products(a, bits + t * words, words, column + k, count, t == 0, &sums[0][k]);
        }
    }
}

BG_INLINE int at_most(int64_t count, int limit) {
    return count < limit ? (int)count : limit;
}

BG_INLINE void input_gradient(int32_t type, const void *dy, const uint64_t *weights, void *dx, int64_t channels,
    int64_t fan_in, int64_t row_begin, int64_t row_end) {
    sum_tile sums;
    for (int64_t r = row_begin; r < row_end; r += TILE_ROWS) {
        int rows = at_most(row_end - r, TILE_ROWS);
        for (int64_t k = 0; k < fan_in; k += SPAN_COLUMNS) {
            int columns = at_most(fan_in - k, SPAN_COLUMNS);
            sum_span(
                0, type, dy, channels, r * channels, rows, channels, weights, bg_row_words(fan_in), k, columns, sums);
            for (int i = 0; i < rows; i++) {
                for (int c = 0; c < columns; c += VF_LANES) {
                    int n = vf_count(c, columns);
                    vf_store_typed(type, dx, (r + i) * fan_in + k + c, vf_load(&sums[i][c], VF_LANES), n);
                }
            }
        }
    }
}

void BG_KERNEL(input_gradient)(int32_t type, const void *dy, const uint64_t *weights, void *dx, int64_t channels,
    int64_t fan_in, int64_t row_begin, int64_t row_end) {
    if (type == BG_FLOAT32) {
        input_gradient(BG_FLOAT32, dy, weights, dx, channels, fan_in, row_begin, row_end);
    } else {
        input_gradient(BG_FLOAT16, dy, weights, dx, channels, fan_in, row_begin, row_end);
    }
}

BG_INLINE void weight_gradient_signs(int32_t type, const void *dy, const uint64_t *x, uint64_t *signs, int64_t rows,
    int64_t channels, int64_t fan_in, int64_t channel_begin, int64_t channel_end) {
    sum_tile sums;
    for (int64_t n = channel_begin; n < channel_end; n += TILE_ROWS) {
        int tile_channels = at_most(channel_end - n, TILE_ROWS);
        for (int64_t k = 0; k < fan_in; k += SPAN_COLUMNS) {
            int columns = at_most(fan_in - k, SPAN_COLUMNS);
            sum_span(1, type, dy, channels, n, tile_channels, rows, x, bg_row_words(fan_in), k, columns, sums);
            for (int i = 0; i < tile_channels; i++) {
                uint64_t *row = signs + (n + i) * bg_row_words(fan_in);
                for (int c = 0; c < columns; c += VF_LANES) {
                    uint32_t lanes = (1u << vf_count(c, columns)) - 1;
                    bg_write_bits(row, k + c, vf_nonnegative(vf_load(&sums[i][c], VF_LANES)) & lanes);
                }
            }
        }
    }
}

void BG_KERNEL(weight_gradient_signs)(int32_t type, const void *dy, const uint64_t *x, uint64_t *signs, int64_t rows,
    int64_t channels, int64_t fan_in, int64_t channel_begin, int64_t channel_end) {
    if (type == BG_FLOAT32) {
        weight_gradient_signs(BG_FLOAT32, dy, x, signs, rows, channels, fan_in, channel_begin, channel_end);
    } else {
        weight_gradient_signs(BG_FLOAT16, dy, x, signs, rows, channels, fan_in, channel_begin, channel_end);
    }
}
