#include "dispatch/check.h"
#include "dispatch/table.h"

/* What passes over rows that write block sums have in common. */
static int32_t check_block_sums(int32_t type, const void *y, int64_t rows, int64_t channels, const float *sums,
    int64_t row_begin, int64_t row_end) {
    BG_CHECK_TYPE(type, BG_INT16, BG_FLOAT32);
    BG_CHECK_TYPED(y, type);
    BG_CHECK_OPERAND(sums);
    BG_CHECK_SIZE(rows);
    BG_CHECK_SIZE(channels);
    BG_CHECK_BLOCKS(row_begin, row_end, rows);
    return BG_OK;
}

/* What passes over channels that make a statistic of their sums have in common, but for the sums. */
static int32_t check_statistic(
    int64_t rows, int64_t channels, const float *statistic, int64_t channel_begin, int64_t channel_end) {
    BG_CHECK_OPERAND(statistic);
    BG_CHECK_SIZE(rows);
    BG_CHECK_SIZE(channels);
    BG_CHECK_RANGE_OF(channel_begin, channel_end, channels);
    return BG_OK;
}

int32_t bg_batch_norm_value_sums(
    int32_t type, const void *y, int64_t rows, int64_t channels, float *sums, int64_t row_begin, int64_t row_end) {
    BG_CHECK_STATUS(check_block_sums(type, y, rows, channels, sums, row_begin, row_end));
    bg_table.batch_norm_value_sums(type, y, channels, sums, row_begin, row_end);
    return BG_OK;
}

int32_t bg_batch_norm_mean(
    const float *sums, int64_t rows, int64_t channels, float *mean, int64_t channel_begin, int64_t channel_end) {
    BG_CHECK_OPERAND(sums);
    BG_CHECK_STATUS(check_statistic(rows, channels, mean, channel_begin, channel_end));
    bg_table.batch_norm_mean(sums, rows, channels, mean, channel_begin, channel_end);
    return BG_OK;
}

/*
 * One division per channel, so it has no variants. Where |sums| < 2^53 and there are less than 2^27 rows, the float is
 * the quotient rounded once: a quotient of an integer by such a number is not nearer than 2^-53 of itself to the middle
 * between two floats unless it is the middle.
 */
int32_t bg_batch_norm_mean_of_integers(
    const int64_t *sums, int64_t rows, int64_t channels, float *mean, int64_t channel_begin, int64_t channel_end) {
    BG_CHECK_OPERAND(sums);
    BG_CHECK_STATUS(check_statistic(rows, channels, mean, channel_begin, channel_end));
    for (int64_t c = channel_begin; c < channel_end; c++) {
        mean[c] = (float)((double)sums[c] / (double)rows);
    }
    return BG_OK;
}

int32_t bg_batch_norm_deviation_sums(int32_t type, const void *y, int64_t rows, int64_t channels, const float *mean,
    float *sums, int64_t row_begin, int64_t row_end) {
    BG_CHECK_STATUS(check_block_sums(type, y, rows, channels, sums, row_begin, row_end));
    BG_CHECK_OPERAND(mean);
    bg_table.batch_norm_deviation_sums(type, y, channels, mean, sums, row_begin, row_end);
    return BG_OK;
}

int32_t bg_batch_norm_deviation(
    const float *sums, int64_t rows, int64_t channels, float *deviation, int64_t channel_begin, int64_t channel_end) {
    BG_CHECK_OPERAND(sums);
    BG_CHECK_STATUS(check_statistic(rows, channels, deviation, channel_begin, channel_end));
    bg_table.batch_norm_deviation(sums, rows, channels, deviation, channel_begin, channel_end);
    return BG_OK;
}

int32_t bg_batch_norm_sign(const struct bg_batch_norm_sign_operands *operands, int64_t row_begin, int64_t row_end) {
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_TYPE(operands->type, BG_INT16, BG_FLOAT32);
    BG_CHECK_TYPED(operands->y, operands->type);
    BG_CHECK_OPERAND(operands->mean);
    BG_CHECK_OPERAND(operands->deviation);
    BG_CHECK_OPERAND(operands->beta);
    BG_CHECK_OPERAND(operands->signs);
    BG_CHECK_OPTIONAL(operands->straight_through);
    BG_CHECK_OPTIONAL(operands->sums);
    BG_CHECK_SIZE(operands->rows);
    BG_CHECK_TILE(operands->tile.channels, operands->tile.columns, operands->tile.first);
    BG_CHECK_RANGE_OF(row_begin, row_end, operands->rows);
    if (operands->sums != NULL) {
        BG_CHECK_BLOCKS(row_begin, row_end, operands->rows);
    }
    bg_table.batch_norm_sign(operands, row_begin, row_end);
    return BG_OK;
}
