#include "dispatch/check.h"
#include "dispatch/table.h"

int32_t bg_weight_scales(int32_t type, const void *weights, int64_t fan_in, float unit, float *scales,
    int64_t channel_begin, int64_t channel_end) {
    BG_CHECK(type == BG_FLOAT32 || type == BG_FLOAT16 || type == BG_INT8, BG_BAD_TYPE);
    BG_CHECK_TYPED(weights, type);
    BG_CHECK_SIZE(fan_in);
    BG_CHECK_FINITE(unit);
    BG_CHECK_POSITIVE(unit);
    BG_CHECK_OPERAND(scales);
    BG_CHECK_RANGE(channel_begin, channel_end);
    bg_table.weight_scales(type, weights, fan_in, unit, scales, channel_begin, channel_end);
    return BG_OK;
}
