#include "dispatch/check.h"
#include "dispatch/table.h"

int32_t bg_binary_gemm(const uint64_t *x, const uint64_t *weights, int16_t *y, int64_t channels, int64_t fan_in,
    int64_t row_begin, int64_t row_end) {
    BG_CHECK_OPERAND(x);
    BG_CHECK_OPERAND(weights);
    BG_CHECK_OPERAND(y);
    BG_CHECK_SIZE(channels);
    BG_CHECK_SIZE(fan_in);
    BG_CHECK(fan_in <= BG_MAX_FAN_IN, BG_BAD_SHAPE);
    BG_CHECK_RANGE(row_begin, row_end);
    bg_table.binary_gemm(x, weights, y, channels, fan_in, row_begin, row_end);
    return BG_OK;
}
