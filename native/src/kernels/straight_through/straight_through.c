#include "dispatch/check.h"
#include "dispatch/table.h"

int32_t bg_straight_through(const float *x, float *gradient, int64_t begin, int64_t end) {
    BG_CHECK_OPERAND(x);
    BG_CHECK_OPERAND(gradient);
    BG_CHECK_RANGE(begin, end);
    bg_table.straight_through(x, gradient, begin, end);
    return BG_OK;
}
