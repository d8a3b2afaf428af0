/* What the vector kernels of weight updates share, whatever type their state has. */
#ifndef BG_UPDATE_VECTOR_UPDATE_H
#define BG_UPDATE_VECTOR_UPDATE_H

#include "simd/simd.h"

/* The gradient of n elements from (row, column), times its scale; column is a multiple of VF_LANES. */
BG_INLINE vf load_gradient(
    int32_t type, const void *gradient, vf scale, int64_t columns, int64_t row, int64_t column, int n) {
    if (type == BG_BITS) {
        const uint64_t *bits = (const uint64_t *)gradient + row * bg_row_words(columns);
        return vf_flip(scale, vf_read_bits(bits, column));
    }
    return vf_mul(vf_load((const float *)gradient + row * columns + column, n), scale);
}

/* A bit where a weight flips: |m| > threshold and the signs agree. */
BG_INLINE uint32_t flips(vf m, float threshold, uint32_t positive) {
    vf strength = vf_abs(m);
    vf limit = vf_set1(threshold);
    uint32_t strong = vf_at_most(limit, strength) & ~vf_at_most(strength, limit); /* neither holds for NaN */
    return strong & ~(vf_nonnegative(m) ^ positive);
}

#endif
