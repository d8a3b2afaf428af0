#include "dispatch/check.h"
#include "dispatch/table.h"

int32_t bg_input_gradient(int32_t type, const void *dy, const uint64_t *weights, void *dx, int64_t channels,
    int64_t fan_in, int64_t row_begin, int64_t row_end) {
    BG_CHECK_TYPE(type, BG_FLOAT32, BG_FLOAT16);
    BG_CHECK_TYPED(dy, type);
    BG_CHECK_OPERAND(weights);
    BG_CHECK_TYPED(dx, type);
    BG_CHECK_SIZE(channels);
    BG_CHECK_SIZE(fan_in);
    BG_CHECK_RANGE(row_begin, row_end);
    bg_table.input_gradient(type, dy, weights, dx, channels, fan_in, row_begin, row_end);
    return BG_OK;
}

int32_t bg_weight_gradient_signs(int32_t type, const void *dy, const uint64_t *x, uint64_t *signs, int64_t rows,
    int64_t channels, int64_t fan_in, int64_t channel_begin, int64_t channel_end) {
    BG_CHECK_TYPE(type, BG_FLOAT32, BG_FLOAT16);
    BG_CHECK_TYPED(dy, type);
    BG_CHECK_OPERAND(x);
    BG_CHECK_OPERAND(signs);
    BG_CHECK_SIZE(rows);
    BG_CHECK_SIZE(channels);
    BG_CHECK_SIZE(fan_in);
    BG_CHECK_RANGE_OF(channel_begin, channel_end, channels);
    bg_table.weight_gradient_signs(type, dy, x, signs, rows, channels, fan_in, channel_begin, channel_end);
    return BG_OK;
}
