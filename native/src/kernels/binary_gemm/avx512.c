#if !defined(__AVX512VPOPCNTDQ__) || !defined(__AVX512BW__) || !defined(__AVX512VL__)
#error "this file needs AVX-512 VPOPCNTDQ, BW and VL"
#endif

#include <immintrin.h>
#include <stdint.h>

/* 160 steps are a fan-in of 5120: 3 x 3 x 512 in one panel of 20 KiB. */
enum { LANES = 16, TILE_ROWS = 8, TILE_VECTORS = 2, MAX_STEPS = 160 };

typedef __m512i counts;

static inline counts counts_zero(void) {
    return _mm512_setzero_si512();
}

static inline counts counts_load(const uint32_t *words) {
    return _mm512_load_si512(words);
}

static inline counts counts_broadcast(uint32_t word) {
    return _mm512_set1_epi32((int)word);
}

static inline counts counts_add(counts sum, counts x, counts weights) {
    return _mm512_add_epi32(sum, _mm512_popcnt_epi32(_mm512_xor_si512(x, weights)));
}

static inline void counts_subtract(int16_t *y, counts sum, int n) {
    __m256i twice = _mm512_cvtepi32_epi16(_mm512_slli_epi32(sum, 1));
    __mmask16 first = (__mmask16)((1u << n) - 1);
    _mm256_mask_storeu_epi16(y, first, _mm256_sub_epi16(_mm256_maskz_loadu_epi16(first, y), twice));
}

#include "kernels/binary_gemm/tiles.h"
