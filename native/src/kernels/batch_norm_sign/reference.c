/* Every expression here is evaluated as it is bracketed, each operation rounded to float32; variants do the same. */
#include "dispatch/table.h"
#include "simd/scalar.h"

/* One block: rows [row_begin, row_end) of y are added to its sums, which start as zeros. mean may be NULL. */
static void sums_of_block(
    int32_t type, const void *y, int64_t channels, const float *mean, float *sums, int64_t row_begin, int64_t row_end) {
    for (int64_t c = 0; c < channels; c++) {
        sums[c] = 0;
        for (int64_t r = row_begin; r < row_end; r++) {
            float value = bg_load(type, y, r * channels + c);
            sums[c] += mean == NULL ? value : fabsf(value - mean[c]);
        }
    }
}

static int64_t block_end(int64_t block, int64_t row_end) {
    int64_t end = (block + 1) * BG_SUM_BLOCK;
    return end < row_end ? end : row_end;
}

void bg_batch_norm_value_sums_reference(
    int32_t type, const void *y, int64_t channels, float *sums, int64_t row_begin, int64_t row_end) {
    bg_batch_norm_deviation_sums_reference(type, y, channels, NULL, sums, row_begin, row_end);
}

void bg_batch_norm_deviation_sums_reference(
    int32_t type, const void *y, int64_t channels, const float *mean, float *sums, int64_t row_begin, int64_t row_end) {
    for (int64_t block = row_begin / BG_SUM_BLOCK; block * BG_SUM_BLOCK < row_end; block++) {
        sums_of_block(
            type, y, channels, mean, sums + block * channels, block * BG_SUM_BLOCK, block_end(block, row_end));
    }
}

void bg_batch_norm_sign_reference(const struct bg_batch_norm_sign_operands *o, int64_t row_begin, int64_t row_end) {
    int64_t channels = o->tile.channels;
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < channels; c++) {
            float t = (bg_load(o->type, o->y, r * channels + c) - o->mean[c]) + o->beta[c] * o->deviation[c];
            bg_set_bit(o->signs, o->tile.columns, r, o->tile.first + c, t >= 0);
            if (o->straight_through != NULL) {
                bg_set_bit(o->straight_through, o->tile.columns, r, o->tile.first + c, fabsf(t) <= o->deviation[c]);
            }
            if (o->sums != NULL) {
                float *sum = o->sums + r / BG_SUM_BLOCK * channels + c;
                *sum = (r % BG_SUM_BLOCK == 0 ? 0 : *sum) + (t >= 0 ? 1.0f : -1.0f);
            }
        }
    }
}

/* Over all rows of one channel. */
static float mean_of_sums(const float *sums, int64_t rows, int64_t channels, int64_t c) {
    float total = 0;
    for (int64_t block = 0; block * BG_SUM_BLOCK < rows; block++) {
        total += sums[block * channels + c];
    }
    return total / (float)rows;
}

void bg_batch_norm_mean_reference(
    const float *sums, int64_t rows, int64_t channels, float *mean, int64_t channel_begin, int64_t channel_end) {
    for (int64_t c = channel_begin; c < channel_end; c++) {
        mean[c] = mean_of_sums(sums, rows, channels, c);
    }
}

void bg_batch_norm_deviation_reference(
    const float *sums, int64_t rows, int64_t channels, float *deviation, int64_t channel_begin, int64_t channel_end) {
    for (int64_t c = channel_begin; c < channel_end; c++) {
        deviation[c] = BG_NORMAL_DEVIATION * mean_of_sums(sums, rows, channels, c) + BG_EPSILON;
    }
}
