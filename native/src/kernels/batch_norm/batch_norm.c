#include "dispatch/check.h"
#include "dispatch/table.h"

int32_t bg_batch_norm_statistics_l2(const float *y, int64_t rows, int64_t channels, float *mean, float *deviation,
    int64_t channel_begin, int64_t channel_end) {
    BG_CHECK_OPERAND(y);
    BG_CHECK_OPERAND(mean);
    BG_CHECK_OPERAND(deviation);
    BG_CHECK_SIZE(rows);
    BG_CHECK_SIZE(channels);
    BG_CHECK_RANGE_OF(channel_begin, channel_end, channels);
    bg_table.batch_norm_statistics_l2(y, rows, channels, mean, deviation, channel_begin, channel_end);
    return BG_OK;
}

int32_t bg_batch_norm_apply(int32_t type, const void *y, int64_t channels, const float *mean, const float *deviation,
    const float *beta, float *x, int64_t row_begin, int64_t row_end) {
    BG_CHECK_TYPE(type, BG_INT16, BG_FLOAT32);
    BG_CHECK_TYPED(y, type);
    BG_CHECK_OPERAND(mean);
    BG_CHECK_OPERAND(deviation);
    BG_CHECK_OPERAND(beta);
    BG_CHECK_OPERAND(x);
    BG_CHECK_SIZE(channels);
    BG_CHECK_RANGE(row_begin, row_end);
    bg_table.batch_norm_apply(type, y, channels, mean, deviation, beta, x, row_begin, row_end);
    return BG_OK;
}

int32_t bg_batch_norm_backward_l2(float *gradient, const float *x, int64_t rows, int64_t channels, const float *beta,
    const float *deviation, float *beta_gradient, int64_t channel_begin, int64_t channel_end) {
    BG_CHECK_OPERAND(gradient);
    BG_CHECK_OPERAND(x);
    BG_CHECK_OPERAND(beta);
    BG_CHECK_OPERAND(deviation);
    BG_CHECK_OPERAND(beta_gradient);
    BG_CHECK_SIZE(rows);
    BG_CHECK_SIZE(channels);
    BG_CHECK_RANGE_OF(channel_begin, channel_end, channels);
    bg_table.batch_norm_backward_l2(
        gradient, x, rows, channels, beta, deviation, beta_gradient, channel_begin, channel_end);
    return BG_OK;
}

int32_t bg_batch_norm_backward_l1(float *gradient, const float *x, int64_t rows, int64_t channels, const float *beta,
    const float *deviation, float *beta_gradient, int64_t channel_begin, int64_t channel_end) {
    BG_CHECK_OPERAND(gradient);
    BG_CHECK_OPERAND(x);
    BG_CHECK_OPERAND(beta);
    BG_CHECK_OPERAND(deviation);
    BG_CHECK_OPERAND(beta_gradient);
    BG_CHECK_SIZE(rows);
    BG_CHECK_SIZE(channels);
    BG_CHECK_RANGE_OF(channel_begin, channel_end, channels);
    bg_table.batch_norm_backward_l1(
        gradient, x, rows, channels, beta, deviation, beta_gradient, channel_begin, channel_end);
    return BG_OK;
}

int32_t bg_moving_average(const float *values, float *average, float decay, int64_t begin, int64_t end) {
    BG_CHECK_OPERAND(values);
    BG_CHECK_OPERAND(average);
    BG_CHECK_RANGE(begin, end);
    BG_CHECK(decay >= 0 && decay <= 1, BG_BAD_NUMBER);
    bg_table.moving_average(values, average, decay, begin, end);
    return BG_OK;
}
