#include "dispatch/check.h"
#include "dispatch/table.h"

int32_t bg_straight_through(const float *x, float limit, float *gradient, int64_t begin, int64_t end) {
    BG_CHECK_OPERAND(x);
    BG_CHECK_FINITE(limit);
    BG_CHECK_POSITIVE(limit);
    BG_CHECK_OPERAND(gradient);
    BG_CHECK_RANGE(begin, end);
    bg_table.straight_through(x, limit, gradient, begin, end);
    return BG_OK;
}

int32_t bg_approximate_sign(const struct bg_approximate_sign_operands *operands, int64_t row_begin, int64_t row_end) {
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_TYPE(operands->type, BG_FLOAT32, BG_FLOAT16);
    BG_CHECK_TYPED(operands->x, operands->type);
    BG_CHECK_TILE(operands->tile.channels, operands->tile.columns, operands->tile.first);
    BG_CHECK_OPERAND(operands->gradient);
    BG_CHECK_RANGE(row_begin, row_end);
    bg_table.approximate_sign(operands, row_begin, row_end);
    return BG_OK;
}
