#if !defined(__AVX2__)
#error "this file needs AVX2"
#endif

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

/*
 * A step is 4 bits: the bits of a pixel choose one of 16 tables, in which the bits of 32 channels, a byte each, look up
 * how many differ. With a byte that counts at most 4 a step, 3 words stay below 256. That is two instructions for 128
 * products, where counting in a vector of exclusive ors takes eight for 256.
 * 8 counts, 4 tables, a vector of weights, and what was looked up.
 */
enum {
    LANES = 32,
    WORD_STEPS = 16,
    TILE_PIXELS = 4,
    TILE_VECTORS = 2,
    FLUSH_WORDS = 3,
    BLOCK_WORDS = 144,
};

#define EXPANDS 1
typedef uint8_t pixel_step; /* 16 times the bits: the offset of their table */
typedef __m256i weight_step;
typedef __m256i count;

/* differing_bits[a][b] = popcount(a xor b). */
#define ROW(a)                                                                                                         \
    {                                                                                                                  \
        POPCOUNT(a ^ 0), POPCOUNT(a ^ 1), POPCOUNT(a ^ 2), POPCOUNT(a ^ 3), POPCOUNT(a ^ 4), POPCOUNT(a ^ 5),          \
            POPCOUNT(a ^ 6), POPCOUNT(a ^ 7), POPCOUNT(a ^ 8), POPCOUNT(a ^ 9), POPCOUNT(a ^ 10), POPCOUNT(a ^ 11),    \
            POPCOUNT(a ^ 12), POPCOUNT(a ^ 13), POPCOUNT(a ^ 14), POPCOUNT(a ^ 15),                                    \
    }
#define POPCOUNT(bits) (((bits)&1) + ((bits) >> 1 & 1) + ((bits) >> 2 & 1) + ((bits) >> 3 & 1))
static const _Alignas(64) uint8_t differing_bits[16][16] = {ROW(0), ROW(1), ROW(2), ROW(3), ROW(4), ROW(5), ROW(6),
    ROW(7), ROW(8), ROW(9), ROW(10), ROW(11), ROW(12), ROW(13), ROW(14), ROW(15)};
#undef ROW
#undef POPCOUNT

static inline void expand(const uint64_t *words, int n, pixel_step *steps) {
    const __m128i high_bits = _mm_set1_epi16(0xf0);
    for (int i = 0; i < n; i++) {
        __m128i bytes = _mm_cvtepu8_epi16(_mm_cvtsi64_si128((int64_t)words[i]));
        __m128i low = _mm_and_si128(_mm_slli_epi16(bytes, 4), high_bits);
        __m128i high = _mm_slli_epi16(_mm_and_si128(bytes, high_bits), 8);
        _mm_storeu_si128((__m128i *)steps + i, _mm_or_si128(low, high));
    }
}

/*
 * Within 128 bits, a round of interleaving rotates the seven bits of a byte's place, three of the vector and four of
 * the place in it, by one. Four rounds bring the place in the word in front: then each vector holds one byte of all
 * words. Channels 8 to 15 and 16 to 23 are exchanged for flush().
 */
static inline void transpose(const uint64_t *words, int64_t stride, weight_step *steps) {
    __m256i bytes[8];
    for (int i = 0; i < 8; i++) {
        const uint64_t *at = words + (2 * i + (i < 4 ? 0 : 8)) * stride;
        bytes[i] =
            _mm256_setr_epi64x((int64_t)at[0], (int64_t)at[stride], (int64_t)at[8 * stride], (int64_t)at[9 * stride]);
    }
    for (int round = 0; round < 4; round++) {
        __m256i rotated[8];
        for (int i = 0; i < 4; i++) {
            rotated[2 * i] = _mm256_unpacklo_epi8(bytes[i], bytes[i + 4]);
            rotated[2 * i + 1] = _mm256_unpackhi_epi8(bytes[i], bytes[i + 4]);
        }
        memcpy(bytes, rotated, sizeof bytes);
    }
    const __m256i low_bits = _mm256_set1_epi8(15);
    for (int i = 0; i < 8; i++) {
        steps[2 * i * TILE_VECTORS] = _mm256_and_si256(bytes[i], low_bits);
        steps[(2 * i + 1) * TILE_VECTORS] = _mm256_and_si256(_mm256_srli_epi16(bytes[i], 4), low_bits);
    }
}

static inline __m256i broadcast(pixel_step step) {
    return _mm256_broadcastsi128_si256(_mm_load_si128((const __m128i *)(differing_bits[0] + step)));
}

static inline count no_count(void) {
    return _mm256_setzero_si256();
}

/* Written out because compilers spill counts when they are free to order the sums of a tile. */
static inline void add_differing(
    count sums[TILE_PIXELS][TILE_VECTORS], const __m256i tables[TILE_PIXELS], const weight_step *weights) {
    for (int v = 0; v < TILE_VECTORS; v++) {
        weight_step bits = weights[v];
        for (int r = 0; r < TILE_PIXELS; r++) {
            count sum = sums[r][v];
            __m256i differing;
            __asm__("vpshufb %[weights], %[table], %[differing]\n\t"
                    "vpaddb %[differing], %[sum], %[sum]"
                    : [sum] "+x"(sum), [differing] "=&x"(differing)
                    : [table] "x"(tables[r]), [weights] "x"(bits));
            sums[r][v] = sum;
        }
    }
}

static inline count add_differing_one(count sum, __m256i table, weight_step weights) {
    return _mm256_add_epi8(sum, _mm256_shuffle_epi8(table, weights));
}

static inline void flush(const count sums[TILE_VECTORS], int is_first, uint16_t *differing) {
    const __m256i zero = _mm256_setzero_si256();
    __m256i *to = (__m256i *)differing;
    for (int v = 0; v < TILE_VECTORS; v++, to += 2) {
        __m256i low = _mm256_unpacklo_epi8(sums[v], zero);
        __m256i high = _mm256_unpackhi_epi8(sums[v], zero);
        _mm256_store_si256(to, is_first ? low : _mm256_add_epi16(_mm256_load_si256(to), low));
        _mm256_store_si256(to + 1, is_first ? high : _mm256_add_epi16(_mm256_load_si256(to + 1), high));
    }
}

#include "kernels/binary_convolution/signs.h"
