/*
 * The vector type of the instruction set this file is compiled for. Each set's header defines
 *
 *   vf, VF_LANES                     a vector of VF_LANES float32
 *   vf_load, vf_load_half,           n <= VF_LANES elements of float32, float16, int16 or uint8 as float32; lanes from
 *   vf_load_int16, vf_load_uint8     n on are zero. Nothing behind the n elements is touched.
 *   vf_store, vf_store_half          the first n lanes as float32 or float16 (to nearest even)
 *   vf_set1, vf_add, vf_sub, vf_mul, vf_div, vf_sqrt, vf_abs     correctly rounded
 *   vf_min, vf_max                   a < b ? a : b and a > b ? a : b, so b where one is NaN
 *   vf_fma                           a * b + c; only where a * b is exact, so that it rounds as mul and add do
 *   vf_round                         to the nearest integer, ties to even
 *   vf_power_of_two                  2^v for integral v in [-126, 127]
 *   vf_flip                          v where the lane's bit is set, -v where it is clear
 *   vf_select                        v where the lane's bit is set, 0 where it is clear
 *   vf_nonnegative, vf_at_most       a bit a lane: v >= 0, v <= limit; false for NaN
 *
 * Bits of lanes are the low VF_LANES bits of a uint32_t.
 */
#ifndef BG_SIMD_H
#define BG_SIMD_H

#include <stdint.h>
#include <string.h>

#include "bitgrad.h"
#include "simd/bits.h"

#define BG_INLINE static inline __attribute__((always_inline))

/* The name of a kernel's variant for this instruction set: bg_sign_avx2. */
#define BG_KERNEL(operation) BG_KERNEL_NAME(operation, BG_ISA)
#define BG_KERNEL_NAME(operation, isa) BG_KERNEL_NAME_EXPANDED(operation, isa)
#define BG_KERNEL_NAME_EXPANDED(operation, isa) bg_##operation##_##isa

#if defined(__AVX512F__)
#include "simd/avx512.h"
#elif defined(__AVX2__)
#include "simd/avx2.h"
#elif defined(__ARM_NEON)
#include "simd/neon.h"
#else
#error "no vector type for this instruction set"
#endif

/* +1 where the lane's bit is set, -1 where it is clear. */
BG_INLINE vf vf_signs(uint32_t bits) {
    return vf_flip(vf_set1(1.0f), bits);
}

/* How many of the elements [index, end) fit in one vector. */
BG_INLINE int vf_count(int64_t index, int64_t end) {
    return end - index < VF_LANES ? (int)(end - index) : VF_LANES;
}

/* Elements [index, index + n) of an operand of type BG_FLOAT32, BG_FLOAT16 or BG_INT16. */
BG_INLINE vf vf_load_typed(int32_t type, const void *values, int64_t index, int n) {
    switch (type) {
    case BG_FLOAT32:
        return vf_load((const float *)values + index, n);
    case BG_FLOAT16:
        return vf_load_half((const uint16_t *)values + index, n);
    default:
        return vf_load_int16((const int16_t *)values + index, n);
    }
}

/* The same for storing; BG_FLOAT32 or BG_FLOAT16. */
BG_INLINE void vf_store_typed(int32_t type, void *values, int64_t index, vf v, int n) {
    if (type == BG_FLOAT32) {
        vf_store((float *)values + index, v, n);
    } else {
        vf_store_half((uint16_t *)values + index, v, n);
    }
}

#endif
