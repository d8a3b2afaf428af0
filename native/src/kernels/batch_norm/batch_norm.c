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

int32_t bg_batch_norm_apply(const struct bg_batch_norm_apply_operands *operands, int64_t row_begin, int64_t row_end) {
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_TYPE(operands->type, BG_INT16, BG_FLOAT32);
    BG_CHECK_TYPED(operands->y, operands->type);
    BG_CHECK_OPERAND(operands->mean);
    BG_CHECK_OPERAND(operands->deviation);
    BG_CHECK_OPERAND(operands->beta);
    BG_CHECK_OPERAND(operands->x);
    BG_CHECK_SIZE(operands->channels);
    BG_CHECK_RANGE(row_begin, row_end);
    bg_table.batch_norm_apply(operands, row_begin, row_end);
    return BG_OK;
}

static int32_t check_backward(
    const struct bg_batch_norm_backward_operands *operands, int64_t channel_begin, int64_t channel_end) {
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_OPERAND(operands->gradient);
    BG_CHECK_OPERAND(operands->x);
    BG_CHECK_OPERAND(operands->beta);
    BG_CHECK_OPERAND(operands->deviation);
    BG_CHECK_OPERAND(operands->beta_gradient);
    BG_CHECK_SIZE(operands->rows);
    BG_CHECK_SIZE(operands->channels);
    BG_CHECK_RANGE_OF(channel_begin, channel_end, operands->channels);
    return BG_OK;
}

int32_t bg_batch_norm_backward_l2(
    const struct bg_batch_norm_backward_operands *operands, int64_t channel_begin, int64_t channel_end) {
    BG_CHECK_STATUS(check_backward(operands, channel_begin, channel_end));
    bg_table.batch_norm_backward_l2(operands, channel_begin, channel_end);
    return BG_OK;
}

int32_t bg_batch_norm_backward_l1(
    const struct bg_batch_norm_backward_operands *operands, int64_t channel_begin, int64_t channel_end) {
    BG_CHECK_STATUS(check_backward(operands, channel_begin, channel_end));
    bg_table.batch_norm_backward_l1(operands, channel_begin, channel_end);
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
