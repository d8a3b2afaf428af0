#if !defined(__ARM_NEON)
#error "this file needs NEON"
#endif

#include <arm_neon.h>
#include <stdint.h>
#include <string.h>

/* A byte counts 8 a step: 31 steps stay below 256. */
enum { LANES = 4, TILE_ROWS = 4, TILE_VECTORS = 4, MAX_STEPS = 31 };

/* Bytes, four to a lane. */
typedef uint8x16_t counts;

static inline counts counts_zero(void) {
    return vdupq_n_u8(0);
}

static inline counts counts_load(const uint32_t *words) {
    return vreinterpretq_u8_u32(vld1q_u32(words));
}

static inline counts counts_broadcast(uint32_t word) {
    return vreinterpretq_u8_u32(vdupq_n_u32(word));
}

static inline counts counts_add(counts sum, counts x, counts weights) {
    return vaddq_u8(sum, vcntq_u8(veorq_u8(x, weights)));
}

static inline void counts_subtract(int16_t *y, counts sum, int n) {
    uint16x4_t lanes = vmovn_u32(vpaddlq_u16(vpaddlq_u8(sum)));
    int16x4_t twice = vreinterpret_s16_u16(vshl_n_u16(lanes, 1));
    int16_t tail[LANES] = {0};
    int16_t *to = n < LANES ? tail : y;
    if (n < LANES) {
        memcpy(tail, y, (size_t)n * sizeof *y);
    }
    vst1_s16(to, vsub_s16(vld1_s16(to), twice));
    if (n < LANES) {
        memcpy(y, tail, (size_t)n * sizeof *y);
    }
}

#include "kernels/binary_gemm/tiles.h"
