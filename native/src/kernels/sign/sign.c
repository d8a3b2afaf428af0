#include "dispatch/check.h"
#include "dispatch/table.h"
#include "simd/bits.h"

int64_t bg_words(int64_t columns) {
    return bg_row_words(columns);
}

int32_t bg_sign(const float *values, float *signs, int64_t begin, int64_t end) {
    BG_CHECK_OPERAND(values);
    BG_CHECK_OPERAND(signs);
    BG_CHECK_RANGE(begin, end);
    bg_table.sign(values, signs, begin, end);
    return BG_OK;
}

int32_t bg_sign_pack(const struct bg_sign_pack_operands *operands, int64_t row_begin, int64_t row_end) {
    BG_CHECK_OPERANDS(operands);
    int32_t type = operands->type;
    BG_CHECK(type == BG_FLOAT32 || type == BG_FLOAT16 || type == BG_INT8, BG_BAD_TYPE);
    BG_CHECK_TYPED(operands->values, type);
    BG_CHECK_TILE(operands->tile.channels, operands->tile.columns, operands->tile.first);
    BG_CHECK_FINITE(operands->limit);
    BG_CHECK_POSITIVE(operands->limit);
    BG_CHECK_OPERAND(operands->bits);
    BG_CHECK_OPTIONAL(operands->straight_through);
    BG_CHECK_RANGE(row_begin, row_end);
    bg_table.sign_pack(operands, row_begin, row_end);
    return BG_OK;
}
