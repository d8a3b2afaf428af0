#if !defined(__ARM_NEON)
#error "this file needs NEON"
#endif

#include <arm_neon.h>
#include <stdint.h>

/*
 * A step is 32 bits; a byte counts 8 of them a step, so 15 words stay below 256. 24 counts, 3 broadcasts, 2 vectors of
 * weights, and what differs.
 */
enum { LANES = 4, WORD_STEPS = 2, TILE_PIXELS = 3, TILE_VECTORS = 8, FLUSH_WORDS = 15, BLOCK_WORDS = 72 };

#define EXPANDS 0
typedef uint32_t __attribute__((may_alias)) pixel_step; /* in words of 64 bits */
typedef uint8x16_t weight_step;
typedef uint8x16_t count;

static inline void transpose(const uint64_t *words, int64_t stride, weight_step *steps) {
    uint64x2_t low = vcombine_u64(vld1_u64(words), vld1_u64(words + stride));
    uint64x2_t high = vcombine_u64(vld1_u64(words + 2 * stride), vld1_u64(words + 3 * stride));
    uint32x4x2_t halves = vuzpq_u32(vreinterpretq_u32_u64(low), vreinterpretq_u32_u64(high));
    steps[0] = vreinterpretq_u8_u32(halves.val[0]);
    steps[TILE_VECTORS] = vreinterpretq_u8_u32(halves.val[1]);
}

static inline uint8x16_t broadcast(pixel_step step) {
    return vreinterpretq_u8_u32(vdupq_n_u32(step));
}

static inline count no_count(void) {
    return vdupq_n_u8(0);
}

/* To the sums of three pixels what differs between them and the next two vectors of weights. */
#define ADD_VECTORS(sum00, sum10, sum20, sum01, sum11, sum21)                                                          \
    "ldp q28, q29, [%[weights]], #32\n\t" ADD_VECTOR("v28", sum00, sum10, sum20) ADD_VECTOR("v29", sum01, sum11, sum21)
#define ADD_VECTOR(weights, sum0, sum1, sum2)                                                                          \
    "eor v30.16b, " weights ".16b, %[pixel0].16b\n\t"                                                                  \
    "eor v31.16b, " weights ".16b, %[pixel1].16b\n\t"                                                                  \
    "eor " weights ".16b, " weights ".16b, %[pixel2].16b\n\t"                                                          \
    "cnt v30.16b, v30.16b\n\t"                                                                                         \
    "cnt v31.16b, v31.16b\n\t"                                                                                         \
    "cnt " weights ".16b, " weights ".16b\n\t"                                                                         \
    "add %[" sum0 "].16b, %[" sum0 "].16b, v30.16b\n\t"                                                                \
    "add %[" sum1 "].16b, %[" sum1 "].16b, v31.16b\n\t"                                                                \
    "add %[" sum2 "].16b, %[" sum2 "].16b, " weights ".16b\n\t"

/* Written out because compilers spill counts when they are free to order the loads and sums of a tile. */
static inline __attribute__((always_inline)) const weight_step *add_four(
    count s[TILE_PIXELS][TILE_VECTORS], int v, const uint8x16_t pixels[TILE_PIXELS], const weight_step *at) {
    count a0 = s[0][v], b0 = s[1][v], c0 = s[2][v], a1 = s[0][v + 1], b1 = s[1][v + 1], c1 = s[2][v + 1];
    count a2 = s[0][v + 2], b2 = s[1][v + 2], c2 = s[2][v + 2], a3 = s[0][v + 3], b3 = s[1][v + 3], c3 = s[2][v + 3];
    __asm__(
        ADD_VECTORS("a0", "b0", "c0", "a1", "b1", "c1") ADD_VECTORS("a2", "b2", "c2", "a3", "b3", "c3")
        : [a0] "+w"(a0), [b0] "+w"(b0), [c0] "+w"(c0), [a1] "+w"(a1), [b1] "+w"(b1), [c1] "+w"(c1), [a2] "+w"(a2),
        [b2] "+w"(b2), [c2] "+w"(c2), [a3] "+w"(a3), [b3] "+w"(b3), [c3] "+w"(c3), [weights] "+r"(at)
        : [pixel0] "w"(pixels[0]), [pixel1] "w"(pixels[1]), [pixel2] "w"(pixels[2]), "m"(*(const weight_step(*)[4])at)
        : "v28", "v29", "v30", "v31");
    s[0][v] = a0, s[1][v] = b0, s[2][v] = c0, s[0][v + 1] = a1, s[1][v + 1] = b1, s[2][v + 1] = c1;
    s[0][v + 2] = a2, s[1][v + 2] = b2, s[2][v + 2] = c2, s[0][v + 3] = a3, s[1][v + 3] = b3, s[2][v + 3] = c3;
    return at;
}

static inline void add_differing(
    count sums[TILE_PIXELS][TILE_VECTORS], const uint8x16_t pixels[TILE_PIXELS], const weight_step *weights) {
    weights = add_four(sums, 0, pixels, weights);
    add_four(sums, 4, pixels, weights);
}

static inline count add_differing_one(count sum, uint8x16_t pixel, weight_step weights) {
    return vaddq_u8(sum, vcntq_u8(veorq_u8(pixel, weights)));
}

static inline void flush(const count sums[TILE_VECTORS], int is_first, uint16_t *differing) {
    for (int v = 0; v < TILE_VECTORS; v += 2, differing += 8) {
        uint16x8_t lanes = vpaddq_u16(vpaddlq_u8(sums[v]), vpaddlq_u8(sums[v + 1]));
        vst1q_u16(differing, is_first ? lanes : vaddq_u16(vld1q_u16(differing), lanes));
    }
}

#include "kernels/binary_convolution/signs.h"
