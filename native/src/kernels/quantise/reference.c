#include "dispatch/table.h"
#include "simd/rounding.h"

void bg_quantise_reference(const float *values, int64_t count, int32_t type, void *quantised, float *scale) {
    float largest = 0;
    for (int64_t i = 0; i < count; i++) {
        largest = fabsf(values[i]) > largest ? fabsf(values[i]) : largest;
    }
    *scale = bg_usable_scale(largest / bg_largest_integer(type));
    const struct bg_quantiser quantiser = bg_quantiser_of(type, BG_NEAREST, 0);
    float inverse = 1.0f / *scale;
    for (int64_t i = 0; i < count; i++) {
        bg_store_quantised(&quantiser, quantised, i, values[i] * inverse, i);
    }
}
