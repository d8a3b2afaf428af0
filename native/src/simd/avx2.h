#ifndef BG_SIMD_AVX2_H
#define BG_SIMD_AVX2_H

#include <immintrin.h>

#if !defined(__AVX2__) || !defined(__FMA__) || !defined(__F16C__)
#error "simd/avx2.h needs AVX2, FMA and F16C"
#endif

typedef __m256 vf;
enum { VF_LANES = 8 };

/* All ones in the lanes whose bit is set. */
BG_INLINE __m256i vf_mask(uint32_t bits) {
    const __m256i lane_bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    return _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32((int)bits), lane_bit), lane_bit);
}

/* All ones in the first n lanes. */
BG_INLINE __m256i vf_first(int n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

/* n bytes of p, then zeros. */
BG_INLINE __m128i vf_load_bytes(const void *p, int n) {
    uint8_t bytes[16] = {0};
    memcpy(bytes, p, (size_t)n);
    return _mm_loadu_si128((const __m128i *)bytes);
}

BG_INLINE __m128i vf_load_words(const void *p, int n) {
    return n == VF_LANES ? _mm_loadu_si128((const __m128i *)p) : vf_load_bytes(p, 2 * n);
}

BG_INLINE vf vf_load(const float *p, int n) {
    return n == VF_LANES ? _mm256_loadu_ps(p) : _mm256_maskload_ps(p, vf_first(n));
}

BG_INLINE vf vf_load_half(const uint16_t *p, int n) {
    return _mm256_cvtph_ps(vf_load_words(p, n));
}

BG_INLINE vf vf_load_int16(const int16_t *p, int n) {
    return _mm256_cvtepi32_ps(_mm256_cvtepi16_epi32(vf_load_words(p, n)));
}

BG_INLINE vf vf_load_uint8(const uint8_t *p, int n) {
    __m128i bytes = n == VF_LANES ? _mm_loadl_epi64((const __m128i *)p) : vf_load_bytes(p, n);
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));
}

BG_INLINE void vf_store(float *p, vf v, int n) {
    if (n == VF_LANES) {
        _mm256_storeu_ps(p, v);
    } else {
        _mm256_maskstore_ps(p, vf_first(n), v);
    }
}

BG_INLINE void vf_store_half(uint16_t *p, vf v, int n) {
    __m128i halves = _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    if (n == VF_LANES) {
        _mm_storeu_si128((__m128i *)p, halves);
    } else {
        memcpy(p, &halves, 2 * (size_t)n);
    }
}

BG_INLINE vf vf_set1(float value) {
    return _mm256_set1_ps(value);
}

BG_INLINE vf vf_add(vf a, vf b) {
    return _mm256_add_ps(a, b);
}

BG_INLINE vf vf_sub(vf a, vf b) {
    return _mm256_sub_ps(a, b);
}

BG_INLINE vf vf_mul(vf a, vf b) {
    return _mm256_mul_ps(a, b);
}

BG_INLINE vf vf_div(vf a, vf b) {
    return _mm256_div_ps(a, b);
}

BG_INLINE vf vf_sqrt(vf v) {
    return _mm256_sqrt_ps(v);
}

BG_INLINE vf vf_abs(vf v) {
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), v);
}

BG_INLINE vf vf_min(vf a, vf b) {
    return _mm256_min_ps(a, b);
}

BG_INLINE vf vf_max(vf a, vf b) {
    return _mm256_max_ps(a, b);
}

BG_INLINE vf vf_fma(vf a, vf b, vf c) {
    return _mm256_fmadd_ps(a, b, c);
}

BG_INLINE vf vf_round(vf v) {
    return _mm256_round_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

BG_INLINE vf vf_power_of_two(vf v) {
    __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(v), _mm256_set1_epi32(127));
    return _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23));
}

BG_INLINE vf vf_flip(vf v, uint32_t bits) {
    __m256 negative_zero = _mm256_set1_ps(-0.0f);
    return _mm256_xor_ps(v, _mm256_andnot_ps(_mm256_castsi256_ps(vf_mask(bits)), negative_zero));
}

BG_INLINE vf vf_select(vf v, uint32_t bits) {
    return _mm256_and_ps(v, _mm256_castsi256_ps(vf_mask(bits)));
}

BG_INLINE uint32_t vf_nonnegative(vf v) {
    return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(v, _mm256_setzero_ps(), _CMP_GE_OQ));
}

BG_INLINE uint32_t vf_at_most(vf v, vf limit) {
    return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(v, limit, _CMP_LE_OQ));
}

#endif
