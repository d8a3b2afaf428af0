#include "dispatch/table.h"
#include "simd/vector_rounding.h"

/* The largest |value| that is not NaN: the order of the comparisons does not matter. */
BG_INLINE float largest_of(const float *values, int64_t count) {
    vf lanes = vf_set1(0);
    for (int64_t i = 0; i < count; i += VF_LANES) {
        lanes = vf_max(vf_abs(vf_load(values + i, vf_count(i, count))), lanes);
    }
    float maxima[VF_LANES];
    vf_store(maxima, lanes, VF_LANES);
    float largest = 0;
    for (int lane = 0; lane < VF_LANES; lane++) {
        largest = maxima[lane] > largest ? maxima[lane] : largest;
    }
    return largest;
}

BG_INLINE void quantise(int32_t type, const float *values, int64_t count, void *quantised, float *scale) {
    *scale = bg_usable_scale(largest_of(values, count) / bg_largest_integer(type));
    const struct bg_quantiser quantiser = bg_quantiser_of(type, BG_NEAREST, 0);
    const vf inverse = vf_set1(1.0f / *scale);
    for (int64_t i = 0; i < count; i += VF_LANES) {
        int n = vf_count(i, count);
        vf u = vf_mul(vf_load(values + i, n), inverse);
        vu_store_typed(type, quantised, i, vu_quantised(BG_NEAREST, &quantiser, u, i), n);
    }
}

void BG_KERNEL(quantise)(const float *values, int64_t count, int32_t type, void *quantised, float *scale) {
    if (type == BG_INT8) {
        quantise(BG_INT8, values, count, quantised, scale);
    } else {
        quantise(BG_INT16, values, count, quantised, scale);
    }
}
