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

BG_INLINE vf vf_load_uint8(const uint8_t *p, int n) {
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(vf_first(n), p)));
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

BG_INLINE uint32_t vf_nonnegative(vf v) {
    return _mm512_cmp_ps_mask(v, _mm512_setzero_ps(), _CMP_GE_OQ);
}

BG_INLINE uint32_t vf_at_most(vf v, vf limit) {
    return _mm512_cmp_ps_mask(v, limit, _CMP_LE_OQ);
}

#endif
