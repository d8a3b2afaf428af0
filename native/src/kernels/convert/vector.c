#include "dispatch/table.h"
#include "simd/simd.h"

void BG_KERNEL(float16_to_float32)(const uint16_t *halves, float *values, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i += VF_LANES) {
        int n = vf_count(i, end);
        vf_store(values + i, vf_load_half(halves + i, n), n);
    }
}

void BG_KERNEL(float32_to_float16)(const float *values, uint16_t *halves, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i += VF_LANES) {
        int n = vf_count(i, end);
        vf_store_typed(BG_FLOAT16, halves, i, vf_load(values + i, n), n);
    }
}

void BG_KERNEL(bytes_to_float32)(
    const uint8_t *bytes, float *values, float scale, float offset, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i += VF_LANES) {
        int n = vf_count(i, end);
        vf scaled = vf_mul(vf_load_uint8(bytes + i, n), vf_set1(scale));
        vf_store(values + i, vf_add(scaled, vf_set1(offset)), n);
    }
}
