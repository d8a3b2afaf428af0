#include "dispatch/check.h"
#include "dispatch/table.h"

int32_t bg_float16_to_float32(const uint16_t *halves, float *values, int64_t begin, int64_t end) {
    BG_CHECK_OPERAND(halves);
    BG_CHECK_OPERAND(values);
    BG_CHECK_RANGE(begin, end);
    bg_table.float16_to_float32(halves, values, begin, end);
    return BG_OK;
}

int32_t bg_float32_to_float16(const float *values, uint16_t *halves, int64_t begin, int64_t end) {
    BG_CHECK_OPERAND(values);
    BG_CHECK_OPERAND(halves);
    BG_CHECK_RANGE(begin, end);
    bg_table.float32_to_float16(values, halves, begin, end);
    return BG_OK;
}

int32_t bg_bytes_to_float32(
    const uint8_t *bytes, float *values, float scale, float offset, int64_t begin, int64_t end) {
    BG_CHECK_OPERAND(bytes);
    BG_CHECK_OPERAND(values);
    BG_CHECK_FINITE(scale);
    BG_CHECK_FINITE(offset);
    BG_CHECK_RANGE(begin, end);
    bg_table.bytes_to_float32(bytes, values, scale, offset, begin, end);
    return BG_OK;
}
