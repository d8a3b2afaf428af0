#if !defined(__ARM_NEON)
#error "this file needs NEON"
#endif

#include <arm_neon.h>
#include <string.h>

#include "kernels/lookup_gradient/layout.h"
#include "simd/simd.h"

/*
 * Tables in memory: a lookup in a register (tbl) takes a Cortex-A72 three micro-operations for 16 bytes, and floats
 * have none, where a load of 16 bytes takes one.
 */
#define UNROLL _Pragma("GCC unroll 16")

/* ---- Passes ---------------------------------------------------------------------------------------------------- */

/* Sums of bytes T, as in build_int8: those of a pass fit 16 bits, for steps * groups * 4 * 63 does. */
typedef struct {
    uint16x8_t parts[4];
} byte_sums;
_Static_assert(BG_PASS_STEPS *BG_STEP *BG_MAX_INT7 <= UINT16_MAX, "sums of a pass");

BG_INLINE byte_sums byte_sums_load(const uint32_t *sums) {
    (void)sums;
    return (byte_sums){{vdupq_n_u16(0), vdupq_n_u16(0), vdupq_n_u16(0), vdupq_n_u16(0)}};
}

BG_INLINE void int8_add(byte_sums *sums, const uint8_t *entry) {
    uint8x16_t low = vld1q_u8(entry);
    uint8x16_t high = vld1q_u8(entry + 16);
    sums->parts[0] = vaddw_u8(sums->parts[0], vget_low_u8(low));
    sums->parts[1] = vaddw_high_u8(sums->parts[1], low);
    sums->parts[2] = vaddw_u8(sums->parts[2], vget_low_u8(high));
    sums->parts[3] = vaddw_high_u8(sums->parts[3], high);
}

BG_INLINE void byte_sums_store(uint32_t *sums, const byte_sums *pass) {
    UNROLL
    for (int i = 0; i < 4; i++) {
        uint32x4_t low = vld1q_u32(sums + 8 * i);
        uint32x4_t high = vld1q_u32(sums + 8 * i + 4);
        low = vaddw_u16(low, vget_low_u16(pass->parts[i]));
        high = vaddw_high_u16(high, pass->parts[i]);
        vst1q_u32(sums + 8 * i, low);
        vst1q_u32(sums + 8 * i + 4, high);
    }
}

/* Sums of int16 and of floats, as bits. */
typedef struct {
    uint32x4_t parts[8];
} word_sums;

BG_INLINE word_sums word_sums_load(const uint32_t *sums) {
    word_sums loaded;
    UNROLL
    for (int i = 0; i < 8; i++) {
        loaded.parts[i] = vld1q_u32(sums + 4 * i);
    }
    return loaded;
}

BG_INLINE void word_sums_store(uint32_t *sums, const word_sums *pass) {
    UNROLL
    for (int i = 0; i < 8; i++) {
        vst1q_u32(sums + 4 * i, pass->parts[i]);
    }
}

BG_INLINE void int16_add(word_sums *sums, const uint8_t *entry) {
    UNROLL
    for (int i = 0; i < 8; i += 4) {
        int16x8_t entries[2] = {
            vld1q_s16((const int16_t *)entry + 4 * i), vld1q_s16((const int16_t *)entry + 4 * i + 8)};
        UNROLL
        for (int half = 0; half < 2; half++) {
            uint32x4_t *parts = sums->parts + i + 2 * half;
            parts[0] = vreinterpretq_u32_s32(vaddw_s16(vreinterpretq_s32_u32(parts[0]), vget_low_s16(entries[half])));
            parts[1] = vreinterpretq_u32_s32(vaddw_high_s16(vreinterpretq_s32_u32(parts[1]), entries[half]));
        }
    }
}

BG_INLINE void float_add(word_sums *sums, const uint8_t *entry) {
    UNROLL
    for (int i = 0; i < 8; i += 2) {
        float32x4_t entries[2] = {vld1q_f32((const float *)entry + 4 * i), vld1q_f32((const float *)entry + 4 * i + 4)};
        UNROLL
        for (int half = 0; half < 2; half++) {
            uint32x4_t *part = &sums->parts[i + half];
            *part = vreinterpretq_u32_f32(vaddq_f32(vreinterpretq_f32_u32(*part), entries[half]));
        }
    }
}

/* As many columns at once as have their sums in 16 registers. Columns up to the next multiple of that are touched. */
#define PASS(type, sums_type, at_once, entry_bytes)                                                                    \
    __attribute__((optimize("no-schedule-insns"))) static void pass_##type(                                            \
        const struct bg_step *steps, int count, int64_t columns, uint32_t *sums) {                                     \
        for (int64_t column = 0; column < columns && count > 0; column += at_once, sums += at_once * BG_PASS_ROWS) {   \
            sums_type sum[at_once];                                                                                    \
            UNROLL                                                                                                     \
            for (int i = 0; i < at_once; i++) {                                                                        \
                sum[i] = sums_type##_load(sums + i * BG_PASS_ROWS);                                                    \
            }                                                                                                          \
            int s = 0;                                                                                                 \
            do {                                                                                                       \
                uint64_t index = 0;                                                                                    \
                memcpy(&index, steps[s].index + column, at_once * sizeof *steps->index);                               \
                const uint8_t *table = steps[s].tables;                                                                \
                UNROLL                                                                                                 \
                for (int j = 0; j < BG_STEP_GROUPS; j++) {                                                             \
                    UNROLL                                                                                             \
                    for (int i = 0; i < at_once; i++) {                                                                \
                        const uint8_t *entry = table + (index >> (16 * i + 4 * j) & 15) * entry_bytes;                 \
                        __asm__("" : "+r"(entry)); /* one address for all loads of an entry */                         \
                        type##_add(&sum[i], entry);                                                                    \
                    }                                                                                                  \
                    table += BG_ENTRIES * entry_bytes;                                                                 \
                }                                                                                                      \
            } while (++s < count);                                                                                     \
            UNROLL                                                                                                     \
            for (int i = 0; i < at_once; i++) {                                                                        \
                sums_type##_store(sums + i * BG_PASS_ROWS, &sum[i]);                                                   \
            }                                                                                                          \
        }                                                                                                              \
    }
PASS(int8, byte_sums, 4, 32)
PASS(int16, word_sums, 2, 64)
PASS(float, word_sums, 2, 128)
#undef PASS

/* ---- Tables of a step, from values [16, 32] of 32 rows: entries [4, 16, 32] ----------------------------------- */

/*
 * An entry T[b] is the sum over i of p_i where bit i of b is set and n_i where it is clear, with p = max(g, 0) and n =
 * max(-g, 0), so that the sum with signs is 2 T - sum |g_i|. First the four sums of each pair of neighbours, in the
 * order of its bits; then T[b] = pair 0 [b % 4] + pair 1 [b / 4]. magnitudes of the rows are those of the step.
 */
static void build_int8(const void *values, uint8_t *tables, uint32_t magnitudes[BG_PASS_ROWS]) {
    uint16x8_t sums[4] = {vdupq_n_u16(0), vdupq_n_u16(0), vdupq_n_u16(0), vdupq_n_u16(0)};
    for (int j = 0; j < BG_STEP_GROUPS; j++) {
        uint8x16_t pairs[2][2][4]; /* of two halves of the rows */
        UNROLL
        for (int half = 0; half < 2; half++) {
            UNROLL
            for (int pair = 0; pair < 2; pair++) {
                const int8_t *row = (const int8_t *)values + (BG_GROUP * j + 2 * pair) * BG_PASS_ROWS + 16 * half;
                int8x16_t g0 = vld1q_s8(row);
                int8x16_t g1 = vld1q_s8(row + BG_PASS_ROWS);
                int8x16_t p0 = vmaxq_s8(g0, vdupq_n_s8(0));
                int8x16_t p1 = vmaxq_s8(g1, vdupq_n_s8(0));
                int8x16_t n0 = vsubq_s8(p0, g0);
                int8x16_t n1 = vsubq_s8(p1, g1);
                pairs[half][pair][0] = vreinterpretq_u8_s8(vaddq_s8(n0, n1));
                pairs[half][pair][1] = vreinterpretq_u8_s8(vaddq_s8(p0, n1));
                pairs[half][pair][2] = vreinterpretq_u8_s8(vaddq_s8(n0, p1));
                pairs[half][pair][3] = vreinterpretq_u8_s8(vaddq_s8(p0, p1));
            }
        }
        UNROLL
        for (int b = 0; b < BG_ENTRIES; b++) {
            UNROLL
            for (int half = 0; half < 2; half++) {
                uint8x16_t entry = vaddq_u8(pairs[half][0][b % 4], pairs[half][1][b / 4]);
                vst1q_u8(tables + (BG_ENTRIES * j + b) * BG_PASS_ROWS + 16 * half, entry);
            }
        }
        UNROLL
        for (int half = 0; half < 2; half++) { /* all p and all n */
            uint8x16_t both[2];
            UNROLL
            for (int pair = 0; pair < 2; pair++) {
                both[pair] = vaddq_u8(pairs[half][pair][0], pairs[half][pair][3]);
            }
            uint8x16_t group = vaddq_u8(both[0], both[1]);
            sums[2 * half] = vaddw_u8(sums[2 * half], vget_low_u8(group));
            sums[2 * half + 1] = vaddw_high_u8(sums[2 * half + 1], group);
        }
    }
    for (int i = 0; i < 4; i++) {
        vst1q_u32(magnitudes + 8 * i, vmovl_u16(vget_low_u16(sums[i])));
        vst1q_u32(magnitudes + 8 * i + 4, vmovl_high_u16(sums[i]));
    }
}

/* An entry is (s0 g0 + s1 g1) + (s2 g2 + s3 g3) itself: it fits int16. Zeros may have either sign: sums begin as +0. */
#define BUILD(type, element, suffix, lanes)                                                                            \
    static void build_##type(const void *values, uint8_t *tables, uint32_t magnitudes[BG_PASS_ROWS]) {                 \
        (void)magnitudes;                                                                                              \
        element##_t *entries = (element##_t *)tables;                                                                  \
        for (int j = 0; j < BG_STEP_GROUPS; j++) {                                                                     \
            for (int r = 0; r < BG_PASS_ROWS; r += lanes) {                                                            \
                element##x##lanes##_t pairs[2][4];                                                                     \
                UNROLL                                                                                                 \
                for (int pair = 0; pair < 2; pair++) {                                                                 \
                    const element##_t *row =                                                                           \
                        (const element##_t *)values + (BG_GROUP * j + 2 * pair) * BG_PASS_ROWS + r;                    \
                    pairs[pair][3] = vaddq_##suffix(vld1q_##suffix(row), vld1q_##suffix(row + BG_PASS_ROWS));          \
                    pairs[pair][1] = vsubq_##suffix(vld1q_##suffix(row), vld1q_##suffix(row + BG_PASS_ROWS));          \
                    pairs[pair][0] = vnegq_##suffix(pairs[pair][3]);                                                   \
                    pairs[pair][2] = vnegq_##suffix(pairs[pair][1]);                                                   \
                }                                                                                                      \
                UNROLL                                                                                                 \
                for (int b = 0; b < BG_ENTRIES; b++) {                                                                 \
                    vst1q_##suffix(entries + (BG_ENTRIES * j + b) * BG_PASS_ROWS + r,                                  \
                        vaddq_##suffix(pairs[0][b % 4], pairs[1][b / 4]));                                             \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
    }
BUILD(int16, int16, s16, 8)
BUILD(float, float32, f32, 4)
#undef BUILD

/* ---- Transposition -------------------------------------------------------------------------------------------- */

BG_INLINE uint8x16x2_t interleave_registers(int64_t bytes, uint8x16_t a, uint8x16_t b) {
    uint8x16x2_t pair;
    if (bytes == 1) {
        pair = vzipq_u8(a, b);
    } else if (bytes == 2) {
        uint16x8x2_t words = vzipq_u16(vreinterpretq_u16_u8(a), vreinterpretq_u16_u8(b));
        pair = (uint8x16x2_t){{vreinterpretq_u8_u16(words.val[0]), vreinterpretq_u8_u16(words.val[1])}};
    } else {
        uint32x4x2_t dwords = vzipq_u32(vreinterpretq_u32_u8(a), vreinterpretq_u32_u8(b));
        pair = (uint8x16x2_t){{vreinterpretq_u8_u32(dwords.val[0]), vreinterpretq_u8_u32(dwords.val[1])}};
    }
    return pair;
}

/*
 * Interleaves register i with register i + count / 2, log2(count) times. A number's place, as bits of its register and
 * then of its position, moves by one bit each time, so that at last its position is what was its register: transposed,
 * if the registers are read as one behind the other.
 */
BG_INLINE void transpose_registers(int64_t bytes, int count, uint8x16_t registers[]) {
    UNROLL
    for (int round = 1; round < count; round *= 2) {
        uint8x16_t mixed[16];
        UNROLL
        for (int i = 0; i < count / 2; i++) {
            uint8x16x2_t pair = interleave_registers(bytes, registers[i], registers[i + count / 2]);
            mixed[2 * i] = pair.val[0];
            mixed[2 * i + 1] = pair.val[1];
        }
        UNROLL
        for (int i = 0; i < count; i++) {
            registers[i] = mixed[i];
        }
    }
}

/* to[e][r] = from[r][e] for 16 rows of 16. */
BG_INLINE void transpose(int64_t bytes, const void *const from[16], uint8_t *to, int64_t stride) {
    int64_t at_once = 16 / bytes; /* elements in a register, which are that many rows of registers of the result */
    for (int64_t first = 0; first < 16; first += at_once) {
        uint8x16_t registers[16];
        UNROLL
        for (int r = 0; r < 16; r++) {
            registers[r] = vld1q_u8((const uint8_t *)from[r] + first * bytes);
        }
        transpose_registers(bytes, 16, registers);
        UNROLL
        for (int i = 0; i < 16; i++) {
            vst1q_u8(to + (first + i / bytes) * stride + i % bytes * 16, registers[i]);
        }
    }
}

/* ---- Index: bit e of a column's 16 is that of element e ------------------------------------------------------- */

/* Of registers `distance` apart, the upper bits of a move into the lower ones of b, and those of b into a. */
#define SWAP_BITS(registers, distance, mask)                                                                           \
    UNROLL                                                                                                             \
    for (int i = 0; i < 8; i++) {                                                                                      \
        if (i % (2 * distance) < distance) {                                                                           \
            uint8x16_t a = registers[i];                                                                               \
            uint8x16_t b = registers[i + distance];                                                                    \
            registers[i] = vbslq_u8(vdupq_n_u8(mask), a, vshlq_n_u8(b, distance));                                     \
            registers[i + distance] = vbslq_u8(vdupq_n_u8(mask), vshrq_n_u8(a, distance), b);                          \
        }                                                                                                              \
    }

/* For lanes l = 0..63, element e is bit l of elements[e][word]. */
static void build_index(const uint64_t *const elements[BG_STEP], int64_t word, uint16_t index[BG_PANEL]) {
    uint8x16_t registers[8]; /* elements i and i + 8 */
    UNROLL
    for (int i = 0; i < 8; i++) {
        registers[i] = vcombine_u8(vcreate_u8(elements[i][word]), vcreate_u8(elements[i + 8][word]));
    }
    SWAP_BITS(registers, 1, 0x55)
    SWAP_BITS(registers, 2, 0x33)
    SWAP_BITS(registers, 4, 0x0f)
    /* Byte k of register i has elements 0..7 of lane 8 k + i, byte 8 + k the others. */
    UNROLL
    for (int i = 0; i < 8; i++) {
        registers[i] = vzip1q_u8(registers[i], vextq_u8(registers[i], registers[i], 8));
    }
    transpose_registers(sizeof *index, 8, registers);
    UNROLL
    for (int i = 0; i < 8; i++) {
        vst1q_u16(index + 8 * i, vreinterpretq_u16_u8(registers[i]));
    }
}
#undef SWAP_BITS

/* ---- Products of bytes ---------------------------------------------------------------------------------------- */

enum {
    PRODUCT_ROWS = 4, /* 8 sums of 16 bits and 8 of 32 bits, of 32 registers */
    PRODUCT_COLUMNS = 4,
    WORD_STEPS = 4, /* whose products of signed bytes have sums of 16 bits, each of a lane and a step */
};
#define HAS_WINDOWS 0

/* Two rounds of neighbours side by side. */
BG_INLINE void interleave(const uint8_t *const rows[STEP_PIXELS], uint8_t step[PRODUCT_BLOCK][STEP_PIXELS]) {
    for (int i = 0; i < PRODUCT_BLOCK; i += 16) {
        uint8x16_t even = vld1q_u8(rows[0] + i);
        uint8x16_t odd = vld1q_u8(rows[1] + i);
        uint8x16x2_t first = vzipq_u8(even, vld1q_u8(rows[2] + i));
        uint8x16x2_t second = vzipq_u8(odd, vld1q_u8(rows[3] + i));
        for (int half = 0; half < 2; half++) {
            uint8x16x2_t four = vzipq_u8(first.val[half], second.val[half]);
            vst1q_u8(step[i + 8 * half], four.val[0]);
            vst1q_u8(step[i + 8 * half + 4], four.val[1]);
        }
    }
}

BG_INLINE void add_totals(const uint8_t *dy, int steps, int32_t totals[PRODUCT_BLOCK]) {
    for (int i = 0; i < PRODUCT_BLOCK; i += 4) {
        int32x4_t total = vld1q_s32(totals + i);
        for (int step = 0; step < steps; step++) {
            int8x16_t four = vreinterpretq_s8_u8(vld1q_u8(dy + step * PRODUCT_STEP_BYTES + 4 * i));
            total = vpadalq_s16(total, vpaddlq_s8(four));
        }
        vst1q_s32(totals + i, total);
    }
}

/* The sums of a row have two lanes for each column. */
BG_INLINE void add_steps(int steps, const uint8_t *pixels, const uint8_t *dy, int32x4_t sums[PRODUCT_ROWS][2]) {
    int16x8_t words[PRODUCT_ROWS][2];
    UNROLL
    for (int s = 0; s < steps; s++) {
        uint8x16_t columns = vld1q_u8(pixels + s * PRODUCT_STEP_BYTES);
        int32x4_t rows = vreinterpretq_s32_u8(vld1q_u8(dy + s * PRODUCT_STEP_BYTES));
        __asm__("" : "+w"(rows)); /* one load of all rows */
        int8x16_t centred = vreinterpretq_s8_u8(veorq_u8(columns, vdupq_n_u8(128)));
        UNROLL
        for (int r = 0; r < PRODUCT_ROWS; r++) {
            int8x16_t row = vreinterpretq_s8_s32(vdupq_n_s32(rows[r]));
            int8x8_t low = vget_low_s8(row);
            words[r][0] =
                s == 0 ? vmull_s8(vget_low_s8(centred), low) : vmlal_s8(words[r][0], vget_low_s8(centred), low);
            words[r][1] = s == 0 ? vmull_high_s8(centred, row) : vmlal_high_s8(words[r][1], centred, row);
        }
    }
    UNROLL
    for (int r = 0; r < PRODUCT_ROWS; r++) {
        sums[r][0] = vpadalq_s16(sums[r][0], words[r][0]);
        sums[r][1] = vpadalq_s16(sums[r][1], words[r][1]);
    }
}

/* Of pixels - 128, and then of the 128. */
BG_INLINE void add_products(const uint8_t *pixels, const uint8_t *dy, int steps, const int32_t *totals, int32_t *sums) {
    int32x4_t halves[PRODUCT_ROWS][2];
    UNROLL
    for (int r = 0; r < PRODUCT_ROWS; r++) {
        halves[r][0] = halves[r][1] = vdupq_n_s32(0);
    }
    for (; steps >= WORD_STEPS; steps -= WORD_STEPS) {
        add_steps(WORD_STEPS, pixels, dy, halves);
        pixels += WORD_STEPS * PRODUCT_STEP_BYTES;
        dy += WORD_STEPS * PRODUCT_STEP_BYTES;
    }
    for (; steps > 0; steps--) {
        add_steps(1, pixels, dy, halves);
        pixels += PRODUCT_STEP_BYTES;
        dy += PRODUCT_STEP_BYTES;
    }
    int32x4_t offsets = vshlq_n_s32(vld1q_s32(totals), 7);
    UNROLL
    for (int r = 0; r < PRODUCT_ROWS; r++) {
        int32x4_t sum = vaddq_s32(vld1q_s32(sums + r * PRODUCT_BLOCK), vdupq_n_s32(offsets[r]));
        vst1q_s32(sums + r * PRODUCT_BLOCK, vaddq_s32(sum, vpaddq_s32(halves[r][0], halves[r][1])));
    }
}

#include "kernels/lookup_gradient/passes.h"
