#ifndef BG_SIMD_NEON_H
#define BG_SIMD_NEON_H

#include <arm_neon.h>

#if !defined(__ARM_NEON) || !defined(__aarch64__)
#error "simd/neon.h needs NEON on AArch64"
#endif

/* Two registers, so that a vector's bits are a whole byte of a bit matrix. */
typedef float32x4x2_t vf;
enum { VF_LANES = 8 };

/* All ones in the lanes whose bit is set. */
BG_INLINE uint32x4x2_t vf_mask(uint32_t bits) {
    const uint32x4_t low = {1, 2, 4, 8};
    const uint32x4_t high = {16, 32, 64, 128};
    uint32x4_t all = vdupq_n_u32(bits);
    return (uint32x4x2_t){{vtstq_u32(all, low), vtstq_u32(all, high)}};
}

/* One bit a lane of a mask. */
BG_INLINE uint32_t vf_bits(uint32x4_t low, uint32x4_t high) {
    const uint16x8_t lane_bit = {1, 2, 4, 8, 16, 32, 64, 128};
    return vaddvq_u16(vandq_u16(vcombine_u16(vmovn_u32(low), vmovn_u32(high)), lane_bit));
}

BG_INLINE vf vf_from_int16(int16x8_t v) {
    return (vf){{vcvtq_f32_s32(vmovl_s16(vget_low_s16(v))), vcvtq_f32_s32(vmovl_high_s16(v))}};
}

BG_INLINE vf vf_load(const float *p, int n) {
    float values[VF_LANES] = {0};
    if (n < VF_LANES) {
        memcpy(values, p, (size_t)n * sizeof *p);
        p = values;
    }
    return (vf){{vld1q_f32(p), vld1q_f32(p + 4)}};
}

BG_INLINE uint16x8_t vf_load_words(const uint16_t *p, int n) {
    uint16_t words[VF_LANES] = {0};
    if (n < VF_LANES) {
        memcpy(words, p, (size_t)n * sizeof *p);
        p = words;
    }
    return vld1q_u16(p);
}

BG_INLINE vf vf_load_half(const uint16_t *p, int n) {
    float16x8_t halves = vreinterpretq_f16_u16(vf_load_words(p, n));
    return (vf){{vcvt_f32_f16(vget_low_f16(halves)), vcvt_high_f32_f16(halves)}};
}

BG_INLINE vf vf_load_int16(const int16_t *p, int n) {
    return vf_from_int16(vreinterpretq_s16_u16(vf_load_words((const uint16_t *)p, n)));
}

BG_INLINE vf vf_load_int8(const int8_t *p, int n) {
    int8_t bytes[VF_LANES] = {0};
    if (n < VF_LANES) {
        memcpy(bytes, p, (size_t)n);
        p = bytes;
    }
    return vf_from_int16(vmovl_s8(vld1_s8(p)));
}

BG_INLINE vf vf_load_uint8(const uint8_t *p, int n) {
    uint8_t bytes[VF_LANES] = {0};
    if (n < VF_LANES) {
        memcpy(bytes, p, (size_t)n);
        p = bytes;
    }
    return vf_from_int16(vreinterpretq_s16_u16(vmovl_u8(vld1_u8(p))));
}

BG_INLINE vf vf_from_int32(const int32_t *p) {
    return (vf){{vcvtq_f32_s32(vld1q_s32(p)), vcvtq_f32_s32(vld1q_s32(p + 4))}};
}

BG_INLINE void vf_store(float *p, vf v, int n) {
    float values[VF_LANES];
    float *to = n < VF_LANES ? values : p;
    vst1q_f32(to, v.val[0]);
    vst1q_f32(to + 4, v.val[1]);
    if (n < VF_LANES) {
        memcpy(p, values, (size_t)n * sizeof *p);
    }
}

BG_INLINE void vf_store_half(uint16_t *p, vf v, int n) {
    uint16x8_t halves = vreinterpretq_u16_f16(vcvt_high_f16_f32(vcvt_f16_f32(v.val[0]), v.val[1]));
    if (n == VF_LANES) {
        vst1q_u16(p, halves);
    } else {
        memcpy(p, &halves, (size_t)n * sizeof *p);
    }
}

BG_INLINE vf vf_set1(float value) {
    return (vf){{vdupq_n_f32(value), vdupq_n_f32(value)}};
}

#define VF_BINARY(name, intrinsic)                                                                                     \
    BG_INLINE vf name(vf a, vf b) {                                                                                    \
        return (vf){{intrinsic(a.val[0], b.val[0]), intrinsic(a.val[1], b.val[1])}};                                   \
    }
#define VF_UNARY(name, intrinsic)                                                                                      \
    BG_INLINE vf name(vf v) {                                                                                          \
        return (vf){{intrinsic(v.val[0]), intrinsic(v.val[1])}};                                                       \
    }
VF_BINARY(vf_add, vaddq_f32)
VF_BINARY(vf_sub, vsubq_f32)
VF_BINARY(vf_mul, vmulq_f32)
VF_BINARY(vf_div, vdivq_f32)
VF_UNARY(vf_sqrt, vsqrtq_f32)
VF_UNARY(vf_abs, vabsq_f32)
VF_UNARY(vf_round, vrndnq_f32)
#undef VF_BINARY
#undef VF_UNARY

/* Not vminq and vmaxq, whose NaN rules differ. */
BG_INLINE vf vf_min(vf a, vf b) {
    return (vf){{vbslq_f32(vcltq_f32(a.val[0], b.val[0]), a.val[0], b.val[0]),
        vbslq_f32(vcltq_f32(a.val[1], b.val[1]), a.val[1], b.val[1])}};
}

BG_INLINE vf vf_max(vf a, vf b) {
    return (vf){{vbslq_f32(vcgtq_f32(a.val[0], b.val[0]), a.val[0], b.val[0]),
        vbslq_f32(vcgtq_f32(a.val[1], b.val[1]), a.val[1], b.val[1])}};
}

/* Where one is NaN, these give the other. */
BG_INLINE float32x4_t vf_clamp_half(float32x4_t v, float limit) {
    return vminnmq_f32(vmaxnmq_f32(v, vdupq_n_f32(-limit)), vdupq_n_f32(limit));
}

BG_INLINE vf vf_clamp(vf v, float limit) {
    return (vf){{vf_clamp_half(v.val[0], limit), vf_clamp_half(v.val[1], limit)}};
}

BG_INLINE vf vf_fma(vf a, vf b, vf c) {
    return (vf){{vfmaq_f32(c.val[0], a.val[0], b.val[0]), vfmaq_f32(c.val[1], a.val[1], b.val[1])}};
}

BG_INLINE float32x4_t vf_power_of_two_half(float32x4_t v) {
    return vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(vcvtq_s32_f32(v), vdupq_n_s32(127)), 23));
}

BG_INLINE vf vf_power_of_two(vf v) {
    return (vf){{vf_power_of_two_half(v.val[0]), vf_power_of_two_half(v.val[1])}};
}

BG_INLINE float32x4_t vf_flip_half(float32x4_t v, uint32x4_t keep) {
    uint32x4_t negative_zero = vdupq_n_u32(0x80000000u);
    return vreinterpretq_f32_u32(veorq_u32(vreinterpretq_u32_f32(v), vbicq_u32(negative_zero, keep)));
}

BG_INLINE vf vf_flip(vf v, uint32_t bits) {
    uint32x4x2_t keep = vf_mask(bits);
    return (vf){{vf_flip_half(v.val[0], keep.val[0]), vf_flip_half(v.val[1], keep.val[1])}};
}

BG_INLINE float32x4_t vf_select_half(float32x4_t v, uint32x4_t keep) {
    return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(v), keep));
}

BG_INLINE vf vf_select(vf v, uint32_t bits) {
    uint32x4x2_t keep = vf_mask(bits);
    return (vf){{vf_select_half(v.val[0], keep.val[0]), vf_select_half(v.val[1], keep.val[1])}};
}

BG_INLINE vf vf_choose(vf a, vf b, uint32_t bits) {
    uint32x4x2_t first = vf_mask(bits);
    return (vf){{vbslq_f32(first.val[0], a.val[0], b.val[0]), vbslq_f32(first.val[1], a.val[1], b.val[1])}};
}

BG_INLINE uint32_t vf_nonnegative(vf v) {
    return vf_bits(vcgezq_f32(v.val[0]), vcgezq_f32(v.val[1]));
}

BG_INLINE uint32_t vf_at_most(vf v, vf limit) {
    return vf_bits(vcleq_f32(v.val[0], limit.val[0]), vcleq_f32(v.val[1], limit.val[1]));
}

/* Two registers, as vf has. */
typedef int16x8x2_t vi;
enum { VI_LANES = 16 };

BG_INLINE vi vi_load(const int16_t *p, int n) {
    int16_t values[VI_LANES] = {0};
    if (n < VI_LANES) {
        memcpy(values, p, (size_t)n * sizeof *p);
        p = values;
    }
    return (vi){{vld1q_s16(p), vld1q_s16(p + 8)}};
}

BG_INLINE void vi_store(int16_t *p, vi v, int n) {
    int16_t values[VI_LANES];
    int16_t *to = n < VI_LANES ? values : p;
    vst1q_s16(to, v.val[0]);
    vst1q_s16(to + 8, v.val[1]);
    if (n < VI_LANES) {
        memcpy(p, values, (size_t)n * sizeof *p);
    }
}

BG_INLINE vi vi_set1(int16_t value) {
    return (vi){{vdupq_n_s16(value), vdupq_n_s16(value)}};
}

/* Signed sums must not wrap around in C, not even in vectors. */
BG_INLINE int16x8_t vi_add_half(int16x8_t a, int16x8_t b) {
    return vreinterpretq_s16_u16(vaddq_u16(vreinterpretq_u16_s16(a), vreinterpretq_u16_s16(b)));
}

BG_INLINE vi vi_add(vi a, vi b) {
    return (vi){{vi_add_half(a.val[0], b.val[0]), vi_add_half(a.val[1], b.val[1])}};
}

BG_INLINE vi vi_max(vi a, vi b) {
    return (vi){{vmaxq_s16(a.val[0], b.val[0]), vmaxq_s16(a.val[1], b.val[1])}};
}

BG_INLINE uint32_t vi_greater(vi a, vi b) {
    const uint8x8_t lane_bit = {1, 2, 4, 8, 16, 32, 64, 128};
    uint8x8_t low = vand_u8(vmovn_u16(vcgtq_s16(a.val[0], b.val[0])), lane_bit);
    uint8x8_t high = vand_u8(vmovn_u16(vcgtq_s16(a.val[1], b.val[1])), lane_bit);
    return vaddv_u8(low) | (uint32_t)vaddv_u8(high) << 8;
}

/* One bit a lane of 64 lanes of masks, those of four vectors: neighbouring bytes are added until 8 of them are one. */
BG_INLINE uint64_t vb_bits_of_word(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d) {
    const uint8x16_t lane_bit = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t ab = vpaddq_u8(vandq_u8(a, lane_bit), vandq_u8(b, lane_bit));
    uint8x16_t cd = vpaddq_u8(vandq_u8(c, lane_bit), vandq_u8(d, lane_bit));
    uint8x16_t fours = vpaddq_u8(ab, cd);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(fours, fours)), 0);
}

/* Masks of a > b, as bytes. */
BG_INLINE uint8x16_t vi_greater_bytes(vi a, vi b) {
    return vuzp1q_u8(
        vreinterpretq_u8_u16(vcgtq_s16(a.val[0], b.val[0])), vreinterpretq_u8_u16(vcgtq_s16(a.val[1], b.val[1])));
}

BG_INLINE uint64_t vi_greater_word(const vi *a, const vi *b) {
    return vb_bits_of_word(vi_greater_bytes(a[0], b[0]), vi_greater_bytes(a[1], b[1]), vi_greater_bytes(a[2], b[2]),
        vi_greater_bytes(a[3], b[3]));
}

BG_INLINE uint16x8_t vi_within_half(int16x8_t a, int16x8_t low, int16x8_t high) {
    return vandq_u16(vcgtq_s16(a, low), vcleq_s16(a, high));
}

BG_INLINE uint8x16_t vi_within_bytes(vi a, vi low, vi high) {
    return vuzp1q_u8(vreinterpretq_u8_u16(vi_within_half(a.val[0], low.val[0], high.val[0])),
        vreinterpretq_u8_u16(vi_within_half(a.val[1], low.val[1], high.val[1])));
}

BG_INLINE uint64_t vi_within_word(const vi *a, const vi *low, const vi *high) {
    return vb_bits_of_word(vi_within_bytes(a[0], low[0], high[0]), vi_within_bytes(a[1], low[1], high[1]),
        vi_within_bytes(a[2], low[2], high[2]), vi_within_bytes(a[3], low[3], high[3]));
}

/* A mask is -1 where it is set. */
BG_INLINE int16x8_t vi_add_greater_half(int16x8_t counts, int16x8_t a, int16x8_t b) {
    return vreinterpretq_s16_u16(vsubq_u16(vreinterpretq_u16_s16(counts), vcgtq_s16(a, b)));
}

BG_INLINE vi vi_add_greater(vi counts, vi a, vi b) {
    return (vi){{vi_add_greater_half(counts.val[0], a.val[0], b.val[0]),
        vi_add_greater_half(counts.val[1], a.val[1], b.val[1])}};
}

typedef uint32x4x2_t vu;

BG_INLINE vu vu_set1(uint32_t value) {
    return (vu){{vdupq_n_u32(value), vdupq_n_u32(value)}};
}

BG_INLINE vu vu_lanes(void) {
    return (vu){{{0, 1, 2, 3}, {4, 5, 6, 7}}};
}

BG_INLINE vu vu_add(vu a, vu b) {
    return (vu){{vaddq_u32(a.val[0], b.val[0]), vaddq_u32(a.val[1], b.val[1])}};
}

BG_INLINE vu vu_mul(vu a, vu b) {
    return (vu){{vmulq_u32(a.val[0], b.val[0]), vmulq_u32(a.val[1], b.val[1])}};
}

BG_INLINE vu vu_xor(vu a, vu b) {
    return (vu){{veorq_u32(a.val[0], b.val[0]), veorq_u32(a.val[1], b.val[1])}};
}

BG_INLINE vu vu_shift_right(vu v, int bits) {
    return (vu){{v.val[0] >> bits, v.val[1] >> bits}};
}

BG_INLINE vu vu_shift_right_signed(vu v, int bits) {
    return (vu){{vreinterpretq_u32_s32(vreinterpretq_s32_u32(v.val[0]) >> bits),
        vreinterpretq_u32_s32(vreinterpretq_s32_u32(v.val[1]) >> bits)}};
}

BG_INLINE vu vu_from_vf(vf v) {
    return (vu){{vreinterpretq_u32_s32(vcvtnq_s32_f32(v.val[0])), vreinterpretq_u32_s32(vcvtnq_s32_f32(v.val[1]))}};
}

BG_INLINE vu vu_select(vu v, uint32_t bits) {
    uint32x4x2_t keep = vf_mask(bits);
    return (vu){{vandq_u32(v.val[0], keep.val[0]), vandq_u32(v.val[1], keep.val[1])}};
}

BG_INLINE uint16x8_t vu_words(vu v) {
    return vcombine_u16(vmovn_u32(v.val[0]), vmovn_u32(v.val[1]));
}

BG_INLINE void vu_store_int16(int16_t *p, vu v, int n) {
    int16x8_t words = vreinterpretq_s16_u16(vu_words(v));
    if (n == VF_LANES) {
        vst1q_s16(p, words);
    } else {
        memcpy(p, &words, (size_t)n * sizeof *p);
    }
}

BG_INLINE void vu_store_int8(int8_t *p, vu v, int n) {
    int8x8_t bytes = vreinterpret_s8_u8(vmovn_u16(vu_words(v)));
    if (n == VF_LANES) {
        vst1_s8(p, bytes);
    } else {
        memcpy(p, &bytes, (size_t)n);
    }
}

typedef int8x16_t vb;
enum { VB_LANES = 16 };

BG_INLINE vb vb_load(const int8_t *p, int n) {
    int8_t values[VB_LANES] = {0};
    if (n < VB_LANES) {
        memcpy(values, p, (size_t)n);
        p = values;
    }
    return vld1q_s8(p);
}

BG_INLINE void vb_store(int8_t *p, vb v, int n) {
    if (n == VB_LANES) {
        vst1q_s8(p, v);
    } else {
        memcpy(p, &v, (size_t)n);
    }
}

BG_INLINE vb vb_set1(int8_t value) {
    return vdupq_n_s8(value);
}

BG_INLINE uint64_t vb_greater_word(const vb *a, vb b) {
    return vb_bits_of_word(vcgtq_s8(a[0], b), vcgtq_s8(a[1], b), vcgtq_s8(a[2], b), vcgtq_s8(a[3], b));
}

BG_INLINE vb vb_choose(vb a, vb b, uint64_t bits) {
    const uint8x16_t lane_bit = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t bytes = vcombine_u8(vdup_n_u8((uint8_t)bits), vdup_n_u8((uint8_t)(bits >> 8)));
    return vbslq_s8(vtstq_u8(bytes, lane_bit), a, b);
}

#endif
