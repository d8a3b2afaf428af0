#if !defined(__AVX2__)
#error "this file needs AVX2"
#endif

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

/* A byte counts 8 a step: 31 steps stay below 256. */
enum { LANES = 8, TILE_ROWS = 4, TILE_VECTORS = 2, MAX_STEPS = 31 };

/* Bytes, four to a lane. */
typedef __m256i counts;

static inline counts counts_zero(void) {
    return _mm256_setzero_si256();
}

static inline counts counts_load(const uint32_t *words) {
    return _mm256_load_si256((const __m256i *)words);
}

static inline counts counts_broadcast(uint32_t word) {
    return _mm256_set1_epi32((int)word);
}

/* The population count of a byte is that of its two halves, each looked up among 16. */
static inline counts counts_add(counts sum, counts x, counts weights) {
    const __m256i counts_of_4 = _mm256_setr_epi8(
        0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i low_halves = _mm256_set1_epi8(15);
    __m256i differing = _mm256_xor_si256(x, weights);
    __m256i low = _mm256_and_si256(differing, low_halves);
    __m256i high = _mm256_and_si256(_mm256_srli_epi32(differing, 4), low_halves);
    sum = _mm256_add_epi8(sum, _mm256_shuffle_epi8(counts_of_4, low));
    return _mm256_add_epi8(sum, _mm256_shuffle_epi8(counts_of_4, high));
}

static inline void counts_subtract(int16_t *y, counts sum, int n) {
    __m256i pairs = _mm256_maddubs_epi16(sum, _mm256_set1_epi8(-2));
    __m256i lanes = _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
    __m128i change = _mm_packs_epi32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
    int16_t tail[LANES] = {0};
    int16_t *to = n < LANES ? tail : y;
    if (n < LANES) {
        memcpy(tail, y, (size_t)n * sizeof *y);
    }
    _mm_storeu_si128((__m128i *)to, _mm_add_epi16(_mm_loadu_si128((const __m128i *)to), change));
    if (n < LANES) {
        memcpy(y, tail, (size_t)n * sizeof *y);
    }
}

#include "kernels/binary_gemm/tiles.h"
