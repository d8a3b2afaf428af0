#if !defined(__AVX2__)
#error "this file needs AVX2"
#endif

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

enum {
    LANES = 8,
    TILE_PIXELS = 4,
    TILE_VECTORS = 2,
    STEP_BYTES = 4 * TILE_VECTORS * LANES,
    FLUSH_STEPS = 32, /* sums of two products of at most 255 * 2 each: so many fit into int16 */
};

static inline void expand(const uint32_t bits[LANES], int8_t *weights) {
    const __m256i lowest = _mm256_setr_epi8(
        0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12, 0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12);
    const __m256i bit_of_byte = _mm256_set1_epi32(0x08040201);
    __m256i left = _mm256_loadu_si256((const __m256i *)bits);
    for (int step = 0; step < 8; step++) {
        __m256i bit = _mm256_and_si256(_mm256_shuffle_epi8(left, lowest), bit_of_byte);
        __m256i four = _mm256_and_si256(_mm256_cmpeq_epi8(bit, bit_of_byte), _mm256_set1_epi8(4));
        _mm256_store_si256((__m256i *)(weights + step * STEP_BYTES), _mm256_sub_epi8(four, _mm256_set1_epi8(2)));
        left = _mm256_srli_epi32(left, 4);
    }
}

#define INLINE static inline __attribute__((always_inline))

/* Of n pixels, 1 or TILE_PIXELS. */
INLINE void add_products(int n, const uint8_t *pixels, int64_t stride, int steps, const int8_t *weights,
    const int32_t *base, int32_t y[][TILE_VECTORS * LANES]) {
    const __m256i ones = _mm256_set1_epi16(1);
    for (int r = 0; r < n; r++) {
        memcpy(y[r], base, TILE_VECTORS * LANES * sizeof *base);
    }
    while (steps > 0) {
        __m256i pairs[TILE_PIXELS][TILE_VECTORS]; /* int16, two of a channel */
        for (int r = 0; r < n; r++) {
            for (int v = 0; v < TILE_VECTORS; v++) {
                pairs[r][v] = _mm256_setzero_si256();
            }
        }
        int count = steps < FLUSH_STEPS ? steps : FLUSH_STEPS;
        steps -= count;
        do {
            for (int r = 0; r < n; r++) {
                int32_t four;
                memcpy(&four, pixels + r * stride, sizeof four);
                __m256i pixel = _mm256_set1_epi32(four);
                for (int v = 0; v < TILE_VECTORS; v++) {
                    __m256i weight = _mm256_load_si256((const __m256i *)weights + v);
                    pairs[r][v] = _mm256_add_epi16(pairs[r][v], _mm256_maddubs_epi16(pixel, weight));
                }
            }
            pixels += 4;
            weights += STEP_BYTES;
        } while (--count > 0);
        for (int r = 0; r < n; r++) {
            for (int v = 0; v < TILE_VECTORS; v++) {
                __m256i *sum = (__m256i *)y[r] + v;
                _mm256_store_si256(sum, _mm256_add_epi32(_mm256_load_si256(sum), _mm256_madd_epi16(pairs[r][v], ones)));
            }
        }
    }
}

/* Functions of their own have all registers for themselves. */
static __attribute__((noinline)) void multiply_tile(const uint8_t *pixels, int64_t stride, int steps,
    const int8_t *weights, const int32_t *base, int32_t y[TILE_PIXELS][TILE_VECTORS * LANES]) {
    add_products(TILE_PIXELS, pixels, stride, steps, weights, base, y);
}

static __attribute__((noinline)) void multiply_row(
    const uint8_t *pixels, int steps, const int8_t *weights, const int32_t *base, int32_t y[TILE_VECTORS * LANES]) {
    add_products(1, pixels, 0, steps, weights, base, (int32_t(*)[TILE_VECTORS * LANES]) y);
}

static __attribute__((noinline)) void multiply_tile_int16(const uint8_t *pixels, int64_t stride, int steps,
    const int8_t *weights, const int32_t *base, int16_t *const y[TILE_PIXELS]) {
    _Alignas(32) int32_t sums[TILE_PIXELS][TILE_VECTORS * LANES];
    add_products(TILE_PIXELS, pixels, stride, steps, weights, base, sums);
    for (int r = 0; r < TILE_PIXELS; r++) {
        const __m256i *sum = (const __m256i *)sums[r];
        __m256i words = _mm256_packs_epi32(_mm256_load_si256(sum), _mm256_load_si256(sum + 1)); /* of both halves */
        _mm256_storeu_si256((__m256i *)y[r], _mm256_permute4x64_epi64(words, 0xd8));
    }
}

#include "kernels/pixel_convolution/products.h"
