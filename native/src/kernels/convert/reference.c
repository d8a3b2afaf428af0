#include "dispatch/table.h"
#include "simd/scalar.h"

void bg_float16_to_float32_reference(const uint16_t *halves, float *values, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
        values[i] = bg_half_to_float(halves[i]);
    }
}

void bg_float32_to_float16_reference(const float *values, uint16_t *halves, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
        bg_store(BG_FLOAT16, halves, i, values[i]);
    }
}

void bg_bytes_to_float32_reference(
    const uint8_t *bytes, float *values, float scale, float offset, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
        float scaled = (float)bytes[i] * scale;
        values[i] = scaled + offset;
    }
}
