/*
 * The vector type of the instruction set this file is compiled for. Each set's header defines
 *
 *   vf, VF_LANES                     a vector of VF_LANES float32
 *   vf_load, vf_load_half,           n <= VF_LANES elements of float32, float16, int16, int8 or uint8 as float32; lanes
 *   vf_load_int16, vf_load_int8,     from n on are zero. Nothing behind the n elements is touched.
 *   vf_load_uint8
 *   vf_from_int32                    VF_LANES int32 as float32, to nearest even
 *   vf_store, vf_store_half          the first n lanes as float32 or float16 (to nearest even)
 *   vf_set1, vf_add, vf_sub, vf_mul, vf_div, vf_sqrt, vf_abs     correctly rounded
 *   vf_min, vf_max                   a < b ? a : b and a > b ? a : b, so b where one is NaN
 *   vf_clamp                         v within [-limit, limit], limit > 0; -limit for NaN
 *   vf_fma                           a * b + c, rounded once; where a * b is not exact, the reference has bg_fma
 *   vf_round                         to the nearest integer, ties to even
 *   vf_power_of_two                  2^v for integral v in [-126, 127]
 *   vf_flip                          v where the lane's bit is set, -v where it is clear
 *   vf_select                        v where the lane's bit is set, 0 where it is clear
 *   vf_choose                        a where the lane's bit is set, b where it is clear
 *   vf_nonnegative, vf_at_most       a bit a lane: v >= 0, v <= limit; false for NaN
 *
 *   vu                               a vector of VF_LANES 32-bit integers
 *   vu_set1, vu_lanes                all the same, and 0, 1, 2, ...
 *   vu_add, vu_mul, vu_xor           modulo 2^32
 *   vu_shift_right, vu_shift_right_signed    by a constant number of bits, filling up with zeros or with the sign
 *   vu_from_vf                       the nearest signed integers, ties to even; |v| < 2^31
 *   vu_select                        v where the lane's bit is set, 0 where it is clear
 *   vu_store_int16, vu_store_int8    the first n lanes, which are in the type's range
 *
 *   vi, VI_LANES                     a vector of VI_LANES = 2 VF_LANES int16
 *   vi_load, vi_store                n <= VI_LANES elements, as vf_load and vf_store
 *   vi_set1                          the same value in all lanes
 *   vi_add, vi_max                   sums wrap around
 *   vi_greater                       a bit a lane: a > b
 *   vi_greater_word                  a bit a lane of as many vectors a and b as have 64 lanes: a > b
 *   vi_within_word                   a bit a lane of as many vectors as have 64 lanes: low < a <= high
 *   vi_add_greater                   counts + 1 where a > b, counts elsewhere
 *
 *   vb, VB_LANES                     a vector of VB_LANES bytes
 *   vb_load, vb_store                n <= VB_LANES elements, as vf_load and vf_store
 *   vb_set1                          the same value in all lanes
 *   vb_greater_word                  a bit a lane of as many vectors a as have 64 lanes: a > b, as signed bytes
 *   vb_choose                        a where the lane's bit, of a uint64_t, is set, b where it is clear
 *
 * Bits of lanes are the low VF_LANES, or VI_LANES, bits of a uint32_t.
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

/* Fetches what is to be written in some hundred cycles, where it is more than caches hold. */
BG_INLINE void bg_prefetch_to_write(const void *p, int bytes) {
    for (int at = 0; at < bytes; at += 64) {
        __builtin_prefetch((const char *)p + at, 1);
    }
}

/* +1 where the lane's bit is set, -1 where it is clear. */
BG_INLINE vf vf_signs(uint32_t bits) {
    return vf_flip(vf_set1(1.0f), bits);
}

/* How many of the elements [index, end) fit in one vector. */
BG_INLINE int vf_count(int64_t index, int64_t end) {
    return end - index < VF_LANES ? (int)(end - index) : VF_LANES;
}

/* The bits of columns [column, column + VF_LANES), a multiple of VF_LANES: whole bytes of a little-endian word. */
BG_INLINE uint32_t vf_read_bits(const uint64_t *row, int64_t column) {
    if (VF_LANES == 8) {
        return ((const unsigned char *)row)[column / 8];
    }
    uint16_t bits;
    memcpy(&bits, (const char *)row + column / 8, sizeof bits);
    return bits;
}

BG_INLINE int vi_count(int64_t index, int64_t end) {
    return end - index < VI_LANES ? (int)(end - index) : VI_LANES;
}

/* The vectors that have the 64 lanes of a word of bits. */
enum { VI_WORD = BG_WORD_BITS / VI_LANES, VB_WORD = BG_WORD_BITS / VB_LANES };

/* How many of the first n lanes of a word are in the vector of so many lanes that begins with one of the word's. */
BG_INLINE int lanes_of_word(int n, int first, int lanes) {
    return n <= first ? 0 : n - first < lanes ? n - first : lanes;
}

/* Loads n <= 64 elements into the vectors of a word; lanes from n on are zero. */
BG_INLINE void vi_load_word(vi *word, const int16_t *p, int n) {
    for (int i = 0; i < VI_WORD; i++) {
        word[i] = vi_load(p + i * VI_LANES, lanes_of_word(n, i * VI_LANES, VI_LANES));
    }
}

BG_INLINE void vb_load_word(vb *word, const int8_t *p, int n) {
    for (int i = 0; i < VB_WORD; i++) {
        word[i] = vb_load(p + i * VB_LANES, lanes_of_word(n, i * VB_LANES, VB_LANES));
    }
}

/* Elements [index, index + n) of an operand of type BG_FLOAT32, BG_FLOAT16, BG_INT16 or BG_INT8. */
BG_INLINE vf vf_load_typed(int32_t type, const void *values, int64_t index, int n) {
    switch (type) {
    case BG_FLOAT32:
        return vf_load((const float *)values + index, n);
    case BG_FLOAT16:
        return vf_load_half((const uint16_t *)values + index, n);
    case BG_INT8:
        return vf_load_int8((const int8_t *)values + index, n);
    default:
        return vf_load_int16((const int16_t *)values + index, n);
    }
}

/* The same for storing; BG_FLOAT32 or BG_FLOAT16, in which infinity is the largest number that is not. */
BG_INLINE void vf_store_typed(int32_t type, void *values, int64_t index, vf v, int n) {
    if (type == BG_FLOAT32) {
        vf_store((float *)values + index, v, n);
    } else {
        vf kept = vf_min(vf_set1(BG_MAX_HALF), vf_max(vf_set1(-BG_MAX_HALF), v)); /* in this order NaN remains */
        vf_store_half((uint16_t *)values + index, kept, n);
    }
}

/* And for storing integers; BG_INT16 or BG_INT8. */
BG_INLINE void vu_store_typed(int32_t type, void *values, int64_t index, vu v, int n) {
    if (type == BG_INT16) {
        vu_store_int16((int16_t *)values + index, v, n);
    } else {
        vu_store_int8((int8_t *)values + index, v, n);
    }
}

#endif
