#if !defined(__AVX512F__) || !defined(__AVX512VNNI__)
#error "this file needs AVX-512 F and VNNI"
#endif

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

/* 16 sums, 2 vectors of weights, a broadcast. */
enum { LANES = 16, TILE_PIXELS = 8, TILE_VECTORS = 2, STEP_BYTES = 4 * TILE_VECTORS * LANES };

/* Dword b of a table has the four weights of bits b. */
static inline void expand(const uint32_t bits[LANES], int8_t *weights) {
    static const int8_t weights_of_bits[16][4] = {{-2, -2, -2, -2}, {2, -2, -2, -2}, {-2, 2, -2, -2}, {2, 2, -2, -2},
        {-2, -2, 2, -2}, {2, -2, 2, -2}, {-2, 2, 2, -2}, {2, 2, 2, -2}, {-2, -2, -2, 2}, {2, -2, -2, 2}, {-2, 2, -2, 2},
        {2, 2, -2, 2}, {-2, -2, 2, 2}, {2, -2, 2, 2}, {-2, 2, 2, 2}, {2, 2, 2, 2}};
    __m512i table = _mm512_loadu_si512(weights_of_bits);
    __m512i left = _mm512_loadu_si512(bits);
    for (int step = 0; step < 8; step++) {
        _mm512_store_si512(weights + step * STEP_BYTES, _mm512_permutexvar_epi32(left, table));
        left = _mm512_srli_epi32(left, 4);
    }
}

#define INLINE static inline __attribute__((always_inline))

/* In assembly because the compiler spills sums. */
INLINE void add_products(const uint8_t *pixels, int64_t stride, int steps, const int8_t *weights, const int32_t *base,
    __m512i sum[TILE_PIXELS][TILE_VECTORS]) {
    for (int r = 0; r < TILE_PIXELS; r++) {
        for (int v = 0; v < TILE_VECTORS; v++) {
            sum[r][v] = _mm512_loadu_si512(base + v * LANES);
        }
    }
    do {
        __m512i left = _mm512_load_si512(weights);
        __m512i right = _mm512_load_si512(weights + 4 * LANES);
        for (int r = 0; r < TILE_PIXELS; r++) {
            int32_t four;
            memcpy(&four, pixels + r * stride, sizeof four);
            __m512i pixel = _mm512_set1_epi32(four);
            __m512i sum_left = sum[r][0];
            __m512i sum_right = sum[r][1];
            __asm__("vpdpbusd %[left], %[pixel], %[sum_left]\n\t"
                    "vpdpbusd %[right], %[pixel], %[sum_right]"
                    : [sum_left] "+v"(sum_left), [sum_right] "+v"(sum_right)
                    : [pixel] "v"(pixel), [left] "v"(left), [right] "v"(right));
            sum[r][0] = sum_left;
            sum[r][1] = sum_right;
        }
        pixels += 4;
        weights += STEP_BYTES;
    } while (--steps > 0);
}

/* Functions of their own have all registers for themselves. */
static __attribute__((noinline)) void multiply_tile(const uint8_t *pixels, int64_t stride, int steps,
    const int8_t *weights, const int32_t *base, int32_t y[TILE_PIXELS][TILE_VECTORS * LANES]) {
    __m512i sum[TILE_PIXELS][TILE_VECTORS];
    add_products(pixels, stride, steps, weights, base, sum);
    for (int r = 0; r < TILE_PIXELS; r++) {
        for (int v = 0; v < TILE_VECTORS; v++) {
            _mm512_store_si512(y[r] + v * LANES, sum[r][v]);
        }
    }
}

/* Several sums of a channel, because as one each addition would wait for the one before. */
static __attribute__((noinline)) void multiply_row(
    const uint8_t *pixels, int steps, const int8_t *weights, const int32_t *base, int32_t y[TILE_VECTORS * LANES]) {
    enum { CHAINS = 4 };
    __m512i sum[CHAINS][TILE_VECTORS];
    for (int v = 0; v < TILE_VECTORS; v++) {
        sum[0][v] = _mm512_loadu_si512(base + v * LANES);
        for (int chain = 1; chain < CHAINS; chain++) {
            sum[chain][v] = _mm512_setzero_si512();
        }
    }
    for (; steps >= CHAINS; steps -= CHAINS) {
        int32_t fours[CHAINS];
        memcpy(fours, pixels, sizeof fours);
        for (int chain = 0; chain < CHAINS; chain++) {
            for (int v = 0; v < TILE_VECTORS; v++) {
                __m512i weight = _mm512_load_si512(weights + chain * STEP_BYTES + v * 4 * LANES);
                sum[chain][v] = _mm512_dpbusd_epi32(sum[chain][v], _mm512_set1_epi32(fours[chain]), weight);
            }
        }
        pixels += sizeof fours;
        weights += CHAINS * STEP_BYTES;
    }
    for (; steps > 0; steps--, pixels += 4, weights += STEP_BYTES) {
        int32_t four;
        memcpy(&four, pixels, sizeof four);
        for (int v = 0; v < TILE_VECTORS; v++) {
            __m512i weight = _mm512_load_si512(weights + v * 4 * LANES);
            sum[0][v] = _mm512_dpbusd_epi32(sum[0][v], _mm512_set1_epi32(four), weight);
        }
    }
    for (int v = 0; v < TILE_VECTORS; v++) {
        __m512i all = _mm512_add_epi32(_mm512_add_epi32(sum[0][v], sum[1][v]), _mm512_add_epi32(sum[2][v], sum[3][v]));
        _mm512_store_si512(y + v * LANES, all);
    }
}

static __attribute__((noinline)) void multiply_tile_int16(const uint8_t *pixels, int64_t stride, int steps,
    const int8_t *weights, const int32_t *base, int16_t *const y[TILE_PIXELS]) {
    __m512i sum[TILE_PIXELS][TILE_VECTORS];
    add_products(pixels, stride, steps, weights, base, sum);
    for (int r = 0; r < TILE_PIXELS; r++) {
        for (int v = 0; v < TILE_VECTORS; v++) {
            _mm256_storeu_si256((__m256i *)(y[r] + v * LANES), _mm512_cvtepi32_epi16(sum[r][v]));
        }
    }
}

#include "kernels/pixel_convolution/products.h"
