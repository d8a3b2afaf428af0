#ifndef BG_SIMD_AVX512_H
#define BG_SIMD_AVX512_H

#include <immintrin.h>

#if !defined(__AVX512F__) || !defined(__AVX512BW__) || !defined(__AVX512DQ__) || !defined(__AVX512VL__)
#error "simd/avx512.h needs AVX-512 F, BW, DQ and VL"
#endif

typedef __m512 vf;
enum { VF_LANES = 16 };

BG_INLINE __mmask16 vf_first(int n) {
    return (__mmask16)((1u << n) - 1);
}

BG_INLINE vf vf_load(const float *p, int n) {
    return _mm512_maskz_loadu_ps(vf_first(n), p);
}

BG_INLINE vf vf_load_half(const uint16_t *p, int n) {
    return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(vf_first(n), p));
}

BG_INLINE vf vf_load_int16(const int16_t *p, int n) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi16_epi32(_mm256_maskz_loadu_epi16(vf_first(n), p)));
}

BG_INLINE vf vf_load_int8(const int8_t *p, int n) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(vf_first(n), p)));
}

BG_INLINE vf vf_load_uint8(const uint8_t *p, int n) {
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(vf_first(n), p)));
}

BG_INLINE vf vf_from_int32(const int32_t *p) {
    return _mm512_cvtepi32_ps(_mm512_loadu_si512(p));
}

BG_INLINE void vf_store(float *p, vf v, int n) {
    _mm512_mask_storeu_ps(p, vf_first(n), v);
}

BG_INLINE void vf_store_half(uint16_t *p, vf v, int n) {
    _mm256_mask_storeu_epi16(p, vf_first(n), _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

BG_INLINE vf vf_set1(float value) {
    return _mm512_set1_ps(value);
}

BG_INLINE vf vf_add(vf a, vf b) {
    return _mm512_add_ps(a, b);
}

BG_INLINE vf vf_sub(vf a, vf b) {
    return _mm512_sub_ps(a, b);
}

BG_INLINE vf vf_mul(vf a, vf b) {
    return _mm512_mul_ps(a, b);
}

BG_INLINE vf vf_div(vf a, vf b) {
    return _mm512_div_ps(a, b);
}

BG_INLINE vf vf_sqrt(vf v) {
    return _mm512_sqrt_ps(v);
}

BG_INLINE vf vf_abs(vf v) {
    return _mm512_abs_ps(v);
}

BG_INLINE vf vf_min(vf a, vf b) {
    return _mm512_min_ps(a, b);
}

BG_INLINE vf vf_max(vf a, vf b) {
    return _mm512_max_ps(a, b);
}

BG_INLINE vf vf_clamp(vf v, float limit) {
    return vf_min(vf_max(v, vf_set1(-limit)), vf_set1(limit));
}

BG_INLINE vf vf_fma(vf a, vf b, vf c) {
    return _mm512_fmadd_ps(a, b, c);
}

BG_INLINE vf vf_round(vf v) {
    return _mm512_roundscale_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

BG_INLINE vf vf_power_of_two(vf v) {
    __m512i exponent = _mm512_add_epi32(_mm512_cvtps_epi32(v), _mm512_set1_epi32(127));
    return _mm512_castsi512_ps(_mm512_slli_epi32(exponent, 23));
}

BG_INLINE vf vf_flip(vf v, uint32_t bits) {
    __m512 negative_zero = _mm512_set1_ps(-0.0f);
    return _mm512_mask_xor_ps(v, (__mmask16)~bits, v, negative_zero);
}

BG_INLINE vf vf_select(vf v, uint32_t bits) {
    return _mm512_maskz_mov_ps((__mmask16)bits, v);
}

BG_INLINE vf vf_choose(vf a, vf b, uint32_t bits) {
    return _mm512_mask_mov_ps(b, (__mmask16)bits, a);
}

BG_INLINE uint32_t vf_nonnegative(vf v) {
    return _mm512_cmp_ps_mask(v, _mm512_setzero_ps(), _CMP_GE_OQ);
}

BG_INLINE uint32_t vf_at_most(vf v, vf limit) {
    return _mm512_cmp_ps_mask(v, limit, _CMP_LE_OQ);
}

typedef __m512i vi;
enum { VI_LANES = 32 };

BG_INLINE __mmask32 vi_first(int n) {
    return (__mmask32)(((uint64_t)1 << n) - 1);
}

BG_INLINE vi vi_load(const int16_t *p, int n) {
    return _mm512_maskz_loadu_epi16(vi_first(n), p);
}

BG_INLINE void vi_store(int16_t *p, vi v, int n) {
    _mm512_mask_storeu_epi16(p, vi_first(n), v);
}

BG_INLINE vi vi_set1(int16_t value) {
    return _mm512_set1_epi16(value);
}

BG_INLINE vi vi_add(vi a, vi b) {
    return _mm512_add_epi16(a, b);
}

BG_INLINE vi vi_max(vi a, vi b) {
    return _mm512_max_epi16(a, b);
}

BG_INLINE uint32_t vi_greater(vi a, vi b) {
    return _mm512_cmpgt_epi16_mask(a, b);
}

BG_INLINE uint64_t vi_greater_word(const vi *a, const vi *b) {
    return _mm512_kunpackd(_mm512_cmpgt_epi16_mask(a[1], b[1]), _mm512_cmpgt_epi16_mask(a[0], b[0]));
}

BG_INLINE __mmask32 vi_within(vi a, vi low, vi high) {
    return _mm512_mask_cmple_epi16_mask(_mm512_cmpgt_epi16_mask(a, low), a, high);
}

BG_INLINE uint64_t vi_within_word(const vi *a, const vi *low, const vi *high) {
    return _mm512_kunpackd(vi_within(a[1], low[1], high[1]), vi_within(a[0], low[0], high[0]));
}

BG_INLINE vi vi_add_greater(vi counts, vi a, vi b) {
    return _mm512_mask_add_epi16(counts, _mm512_cmpgt_epi16_mask(a, b), counts, _mm512_set1_epi16(1));
}

typedef __m512i vu;

BG_INLINE vu vu_set1(uint32_t value) {
    return _mm512_set1_epi32((int)value);
}

BG_INLINE vu vu_lanes(void) {
    return _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

BG_INLINE vu vu_add(vu a, vu b) {
    return _mm512_add_epi32(a, b);
}

BG_INLINE vu vu_mul(vu a, vu b) {
    return _mm512_mullo_epi32(a, b);
}

BG_INLINE vu vu_xor(vu a, vu b) {
    return _mm512_xor_si512(a, b);
}

BG_INLINE vu vu_shift_right(vu v, int bits) {
    return _mm512_srli_epi32(v, (unsigned)bits);
}

BG_INLINE vu vu_shift_right_signed(vu v, int bits) {
    return _mm512_srai_epi32(v, (unsigned)bits);
}

BG_INLINE vu vu_from_vf(vf v) {
    return _mm512_cvtps_epi32(v);
}

BG_INLINE vu vu_select(vu v, uint32_t bits) {
    return _mm512_maskz_mov_epi32((__mmask16)bits, v);
}

BG_INLINE void vu_store_int16(int16_t *p, vu v, int n) {
    _mm256_mask_storeu_epi16(p, vf_first(n), _mm512_cvtepi32_epi16(v));
}

BG_INLINE void vu_store_int8(int8_t *p, vu v, int n) {
    _mm_mask_storeu_epi8(p, vf_first(n), _mm512_cvtepi32_epi8(v));
}

typedef __m512i vb;
enum { VB_LANES = 64 };

BG_INLINE vb vb_load(const int8_t *p, int n) {
    return _mm512_maskz_loadu_epi8(bg_low_bits(n), p);
}

BG_INLINE void vb_store(int8_t *p, vb v, int n) {
    _mm512_mask_storeu_epi8(p, bg_low_bits(n), v);
}

BG_INLINE vb vb_set1(int8_t value) {
    return _mm512_set1_epi8(value);
}

BG_INLINE uint64_t vb_greater_word(const vb *a, vb b) {
    return _mm512_cmpgt_epi8_mask(a[0], b);
}

BG_INLINE vb vb_choose(vb a, vb b, uint64_t bits) {
    return _mm512_mask_blend_epi8(bits, b, a);
}

#endif
