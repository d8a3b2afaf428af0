/* How kernels make integers of numbers, a vector at a time: bitgrad.h, "Quantisation". */
#ifndef BG_SIMD_VECTOR_ROUNDING_H
#define BG_SIMD_VECTOR_ROUNDING_H

#include "simd/rounding.h"
#include "simd/simd.h"

/* The random numbers of elements [index, index + VF_LANES). */
BG_INLINE vu vu_random(uint32_t key, int64_t index) {
    vu w = vu_add(vu_set1((uint32_t)index * BG_HASH_STEP + key), vu_mul(vu_lanes(), vu_set1(BG_HASH_STEP)));
    w = vu_xor(w, vu_shift_right(w, 16));
    return vu_shift_right(vu_mul(w, vu_add(w, vu_set1(BG_HASH_OFFSET))), 32 - BG_FRACTION_BITS);
}

/* Elements [index, index + VF_LANES), in [-largest, largest]. u: in units of the scale; rounding: the quantiser's. */
BG_INLINE vu vu_quantised(int32_t rounding, const struct bg_quantiser *quantiser, vf u, int64_t index) {
    u = vf_clamp(u, quantiser->largest);
    if (rounding == BG_NEAREST) {
        return vu_from_vf(u);
    }
    vu fixed = vu_from_vf(vf_mul(u, vf_set1(1 << BG_FRACTION_BITS)));
    return vu_shift_right_signed(vu_add(fixed, vu_random(quantiser->key, index)), BG_FRACTION_BITS);
}

#endif
