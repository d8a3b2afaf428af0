#include "dispatch/check.h"
#include "dispatch/table.h"

int32_t bg_add(int32_t type, const void *a, const void *b, void *sum, int64_t begin, int64_t end) {
    BG_CHECK_TYPE(type, BG_FLOAT32, BG_FLOAT16);
    BG_CHECK_TYPED(a, type);
    BG_CHECK_TYPED(b, type);
    BG_CHECK_TYPED(sum, type);
    BG_CHECK_RANGE(begin, end);
    bg_table.add(type, a, b, sum, begin, end);
    return BG_OK;
}

int32_t bg_add_tile(const struct bg_add_tile_operands *operands, int64_t row_begin, int64_t row_end) {
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_TYPE(operands->type, BG_FLOAT32, BG_FLOAT16);
    BG_CHECK_TYPED(operands->values, operands->type);
    BG_CHECK_TILE(operands->tile.channels, operands->tile.columns, operands->tile.first);
    BG_CHECK_OPTIONAL(operands->base);
    BG_CHECK_OPERAND(operands->sum);
    BG_CHECK_RANGE(row_begin, row_end);
    bg_table.add_tile(operands, row_begin, row_end);
    return BG_OK;
}

int32_t bg_accumulate(const float *values, int64_t first, int32_t begins, float *sum, int64_t begin, int64_t end) {
    BG_CHECK_OPERAND(values);
    BG_CHECK_OPERAND(sum);
    BG_CHECK_RANGE(begin, end);
    BG_CHECK(first >= 0 && first <= begin, BG_BAD_RANGE);
    bg_table.accumulate(values, first, begins, sum, begin, end);
    return BG_OK;
}
