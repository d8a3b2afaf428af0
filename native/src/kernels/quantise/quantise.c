#include "dispatch/check.h"
#include "dispatch/table.h"

int32_t bg_quantise(const float *values, int64_t count, int32_t type, void *quantised, float *scale) {
    BG_CHECK_OPERAND(values);
    BG_CHECK(count > 0, BG_BAD_SHAPE);
    BG_CHECK_TYPE(type, BG_INT8, BG_INT16);
    BG_CHECK_TYPED(quantised, type);
    BG_CHECK_OPERAND(scale);
    bg_table.quantise(values, count, type, quantised, scale);
    return BG_OK;
}
