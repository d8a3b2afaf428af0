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

int32_t bg_sign_pack(int32_t type, const void *values, int64_t columns, uint64_t *bits, uint64_t *straight_through,
    int64_t row_begin, int64_t row_end) {
    BG_CHECK(type == BG_FLOAT32 || type == BG_FLOAT16 || type == BG_INT8, BG_BAD_TYPE);
    BG_CHECK_TYPED(values, type);
    BG_CHECK_OPERAND(bits);
    BG_CHECK_OPTIONAL(straight_through);
    BG_CHECK_SIZE(columns);
    BG_CHECK_RANGE(row_begin, row_end);
    bg_table.sign_pack(type, values, columns, bits, straight_through, row_begin, row_end);
    return BG_OK;
}
