#if !defined(__AVX512VPOPCNTDQ__) || !defined(__AVX512BW__) || !defined(__AVX512VL__)
#error "this file needs AVX-512 VPOPCNTDQ, BW and VL"
#endif

#include <immintrin.h>
#include <stdint.h>

/* A step is 32 bits, a lane counts in 32 bits and is never full. 16 counts, 2 vectors of weights, a broadcast. */
enum { LANES = 16, WORD_STEPS = 2, TILE_PIXELS = 8, TILE_VECTORS = 2, FLUSH_WORDS = 512, BLOCK_WORDS = 288 };

#define EXPANDS 0
typedef uint32_t __attribute__((may_alias)) pixel_step; /* in words of 64 bits */
typedef __m512i weight_step;
typedef __m512i count;

static inline __m512i load_words(const uint64_t *words, int64_t stride) {
    return _mm512_setr_epi64((int64_t)words[0], (int64_t)words[stride], (int64_t)words[2 * stride],
        (int64_t)words[3 * stride], (int64_t)words[4 * stride], (int64_t)words[5 * stride], (int64_t)words[6 * stride],
        (int64_t)words[7 * stride]);
}

static inline void transpose(const uint64_t *words, int64_t stride, weight_step *steps) {
    const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    const __m512i odd = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
    __m512i low = load_words(words, stride);
    __m512i high = load_words(words + 8 * stride, stride);
    steps[0] = _mm512_permutex2var_epi32(low, even, high);
    steps[TILE_VECTORS] = _mm512_permutex2var_epi32(low, odd, high);
}

static inline __m512i broadcast(pixel_step step) {
    return _mm512_set1_epi32((int)step);
}

static inline count no_count(void) {
    return _mm512_setzero_si512();
}

/* Written out because compilers spill counts when they are free to order the sums of a tile. */
static inline void add_differing(
    count sums[TILE_PIXELS][TILE_VECTORS], const __m512i pixels[TILE_PIXELS], const weight_step *weights) {
    for (int v = 0; v < TILE_VECTORS; v++) {
        weight_step bits = weights[v];
        for (int r = 0; r < TILE_PIXELS; r++) {
            count sum = sums[r][v];
            __m512i differing;
            __asm__("vpxord %[weights], %[pixel], %[differing]\n\t"
                    "vpopcntd %[differing], %[differing]\n\t"
                    "vpaddd %[differing], %[sum], %[sum]"
                    : [sum] "+v"(sum), [differing] "=&v"(differing)
                    : [pixel] "v"(pixels[r]), [weights] "v"(bits));
            sums[r][v] = sum;
        }
    }
}

static inline count add_differing_one(count sum, __m512i pixel, weight_step weights) {
    return _mm512_add_epi32(sum, _mm512_popcnt_epi32(_mm512_xor_si512(pixel, weights)));
}

static inline void flush(const count sums[TILE_VECTORS], int is_first, uint16_t *differing) {
    const __m512i even = _mm512_set_epi16(62, 60, 58, 56, 54, 52, 50, 48, 46, 44, 42, 40, 38, 36, 34, 32, 30, 28, 26,
        24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
    __m512i words = _mm512_permutex2var_epi16(sums[0], even, sums[1]);
    _mm512_store_si512(differing, is_first ? words : _mm512_add_epi16(_mm512_load_si512(differing), words));
}

#include "kernels/binary_convolution/signs.h"
