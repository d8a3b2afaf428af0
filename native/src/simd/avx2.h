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

BG_INLINE vf vf_load_int8(const int8_t *p, int n) {
    __m128i bytes = n == VF_LANES ? _mm_loadl_epi64((const __m128i *)p) : vf_load_bytes(p, n);
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes));
}

BG_INLINE vf vf_load_uint8(const uint8_t *p, int n) {
    __m128i bytes = n == VF_LANES ? _mm_loadl_epi64((const __m128i *)p) : vf_load_bytes(p, n);
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));
}

BG_INLINE vf vf_from_int32(const int32_t *p) {
    return _mm256_cvtepi32_ps(_mm256_loadu_si256((const __m256i *)p));
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

BG_INLINE vf vf_clamp(vf v, float limit) {
    return vf_min(vf_max(v, vf_set1(-limit)), vf_set1(limit));
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

BG_INLINE vf vf_choose(vf a, vf b, uint32_t bits) {
    return _mm256_blendv_ps(b, a, _mm256_castsi256_ps(vf_mask(bits)));
}

BG_INLINE uint32_t vf_nonnegative(vf v) {
    return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(v, _mm256_setzero_ps(), _CMP_GE_OQ));
}

BG_INLINE uint32_t vf_at_most(vf v, vf limit) {
    return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(v, limit, _CMP_LE_OQ));
}

typedef __m256i vi;
enum { VI_LANES = 16 };

BG_INLINE vi vi_load(const int16_t *p, int n) {
    int16_t values[VI_LANES] = {0};
    if (n < VI_LANES) {
        memcpy(values, p, (size_t)n * sizeof *p);
        p = values;
    }
    return _mm256_loadu_si256((const __m256i *)p);
}

BG_INLINE void vi_store(int16_t *p, vi v, int n) {
    if (n == VI_LANES) {
        _mm256_storeu_si256((__m256i *)p, v);
    } else {
        memcpy(p, &v, (size_t)n * sizeof *p);
    }
}

BG_INLINE vi vi_set1(int16_t value) {
    return _mm256_set1_epi16(value);
}

BG_INLINE vi vi_add(vi a, vi b) {
    return _mm256_add_epi16(a, b);
}

BG_INLINE vi vi_max(vi a, vi b) {
    return _mm256_max_epi16(a, b);
}

BG_INLINE uint32_t vi_greater(vi a, vi b) {
    __m256i greater = _mm256_cmpgt_epi16(a, b);
    return (uint32_t)_mm_movemask_epi8(
        _mm_packs_epi16(_mm256_castsi256_si128(greater), _mm256_extracti128_si256(greater, 1)));
}

/* A bit a lane of the masks of two vectors. Packs of 256-bit registers cross their halves. */
BG_INLINE uint64_t vi_bits_of_pair(__m256i low, __m256i high) {
    __m256i bytes = _mm256_permute4x64_epi64(_mm256_packs_epi16(low, high), _MM_SHUFFLE(3, 1, 2, 0));
    return (uint32_t)_mm256_movemask_epi8(bytes);
}

BG_INLINE uint64_t vi_bits_of_word(__m256i a, __m256i b, __m256i c, __m256i d) {
    return vi_bits_of_pair(a, b) | vi_bits_of_pair(c, d) << 2 * VI_LANES;
}

BG_INLINE uint64_t vi_greater_word(const vi *a, const vi *b) {
    return vi_bits_of_word(_mm256_cmpgt_epi16(a[0], b[0]), _mm256_cmpgt_epi16(a[1], b[1]),
        _mm256_cmpgt_epi16(a[2], b[2]), _mm256_cmpgt_epi16(a[3], b[3]));
}

BG_INLINE __m256i vi_within(vi a, vi low, vi high) {
    return _mm256_andnot_si256(_mm256_cmpgt_epi16(a, high), _mm256_cmpgt_epi16(a, low));
}

BG_INLINE uint64_t vi_within_word(const vi *a, const vi *low, const vi *high) {
    return vi_bits_of_word(vi_within(a[0], low[0], high[0]), vi_within(a[1], low[1], high[1]),
        vi_within(a[2], low[2], high[2]), vi_within(a[3], low[3], high[3]));
}

BG_INLINE vi vi_add_greater(vi counts, vi a, vi b) {
    return _mm256_sub_epi16(counts, _mm256_cmpgt_epi16(a, b));
}

typedef __m256i vu;

BG_INLINE vu vu_set1(uint32_t value) {
    return _mm256_set1_epi32((int)value);
}

BG_INLINE vu vu_lanes(void) {
    return _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
}

BG_INLINE vu vu_add(vu a, vu b) {
    return _mm256_add_epi32(a, b);
}

BG_INLINE vu vu_mul(vu a, vu b) {
    return _mm256_mullo_epi32(a, b);
}

BG_INLINE vu vu_xor(vu a, vu b) {
    return _mm256_xor_si256(a, b);
}

BG_INLINE vu vu_shift_right(vu v, int bits) {
    return _mm256_srli_epi32(v, bits);
}

BG_INLINE vu vu_shift_right_signed(vu v, int bits) {
    return _mm256_srai_epi32(v, bits);
}

BG_INLINE vu vu_from_vf(vf v) {
    return _mm256_cvtps_epi32(v);
}

BG_INLINE vu vu_select(vu v, uint32_t bits) {
    return _mm256_and_si256(v, vf_mask(bits));
}

/* As 16-bit integers. Packs of 256-bit registers would cross their halves. */
BG_INLINE __m128i vu_words(vu v) {
    return _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
}

BG_INLINE void vu_store_int16(int16_t *p, vu v, int n) {
    __m128i words = vu_words(v);
    if (n == VF_LANES) {
        _mm_storeu_si128((__m128i *)p, words);
    } else {
        memcpy(p, &words, 2 * (size_t)n);
    }
}

BG_INLINE void vu_store_int8(int8_t *p, vu v, int n) {
    __m128i bytes = _mm_packs_epi16(vu_words(v), _mm_setzero_si128());
    if (n == VF_LANES) {
        _mm_storel_epi64((__m128i *)p, bytes);
    } else {
        memcpy(p, &bytes, (size_t)n);
    }
}

typedef __m256i vb;
enum { VB_LANES = 32 };

BG_INLINE vb vb_load(const int8_t *p, int n) {
    int8_t values[VB_LANES] = {0};
    if (n < VB_LANES) {
        memcpy(values, p, (size_t)n);
        p = values;
    }
    return _mm256_loadu_si256((const __m256i *)p);
}

BG_INLINE void vb_store(int8_t *p, vb v, int n) {
    if (n == VB_LANES) {
        _mm256_storeu_si256((__m256i *)p, v);
    } else {
        memcpy(p, &v, (size_t)n);
    }
}

BG_INLINE vb vb_set1(int8_t value) {
    return _mm256_set1_epi8(value);
}

BG_INLINE uint64_t vb_greater_word(const vb *a, vb b) {
    uint32_t low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpgt_epi8(a[0], b));
    uint32_t high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpgt_epi8(a[1], b));
    return low | (uint64_t)high << VB_LANES;
}

BG_INLINE vb vb_choose(vb a, vb b, uint64_t bits) {
    const __m256i byte_of_lane =
        _mm256_setr_epi64x(0x0000000000000000, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
    const __m256i lane_bit = _mm256_set1_epi64x((int64_t)0x8040201008040201);
    __m256i bytes = _mm256_shuffle_epi8(_mm256_set1_epi32((int32_t)bits), byte_of_lane);
    return _mm256_blendv_epi8(b, a, _mm256_cmpeq_epi8(_mm256_and_si256(bytes, lane_bit), lane_bit));
}

#endif
