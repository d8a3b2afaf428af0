#include "dispatch/check.h"
#include "dispatch/table.h"

int32_t bg_straight_through(const float *x, float *gradient, int64_t begin, int64_t end) {
    BG_CHECK_OPERAND(x);
    BG_CHECK_OPERAND(gradient);
    BG_CHECK_RANGE(begin, end);
    bg_table.straight_through(x, gradient, begin, end);
    return BG_OK;
}

int32_t bg_straight_through_mask(
    int32_t type, const uint64_t *mask, void *gradient, int64_t columns, int64_t row_begin, int64_t row_end) {
    BG_CHECK_TYPE(type, BG_FLOAT32, BG_FLOAT16);
    BG_CHECK_OPERAND(mask);
    BG_CHECK_TYPED(gradient, type);
    BG_CHECK_SIZE(columns);
    BG_CHECK_RANGE(row_begin, row_end);
    bg_table.straight_through_mask(type, mask, gradient, columns, row_begin, row_end);
    return BG_OK;
}
