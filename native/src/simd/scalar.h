/* What the scalar references share: one element at a time, as plainly as it can be said. */
#ifndef BG_SIMD_SCALAR_H
#define BG_SIMD_SCALAR_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "bitgrad.h"
#include "simd/bits.h"

static inline float bg_half_to_float(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    uint32_t exponent = half >> 10 & 0x1f;
    uint32_t fraction = half & 0x3ff;
    if (exponent == 0) { /* zero and subnormals: fraction / 2^24 */
        float magnitude = (float)fraction * 0x1p-24f;
        return sign ? -magnitude : magnitude;
    }
    /* NaN is made quiet, as conversion instructions do. */
    uint32_t infinite = exponent == 31 ? 0x7f800000u | (fraction ? 0x400000u : 0) : (exponent + 112) << 23;
    uint32_t bits = sign | infinite | fraction << 13;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint16_t bg_float_to_half(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    uint32_t magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) { /* NaN, quiet, with the upper payload */
        return (uint16_t)(sign | 0x7e00 | (magnitude >> 13 & 0x1ff));
    }
    if (magnitude >= 0x477ff000) { /* 65520 and above round to infinity */
        return sign | 0x7c00;
    }
    if (magnitude < 0x38800000) { /* below 2^-14: a multiple of 2^-24, rounded to even by the float addition */
        float rounded = fabsf(value) + 0.5f;
        memcpy(&bits, &rounded, sizeof bits);
        return (uint16_t)(sign | (bits - 0x3f000000));
    }
    uint32_t odd = magnitude >> 13 & 1;
    return (uint16_t)(sign | ((magnitude - 0x38000000 + 0xfff + odd) >> 13));
}

/*
 * a * b + c, rounded once, as instructions for it do. The product is exact in double. Its sum with c is rounded to odd:
 * where it is not exact, its last bit is set, so that rounding it to float32 gives what rounding the exact sum gives
 * (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums").
 */
static inline float bg_fma(float a, float b, float c) {
    double product = (double)a * (double)b;
    double sum = product + (double)c;
    double of_c = sum - product;
    double error = (product - (sum - of_c)) + ((double)c - of_c);
    uint64_t bits;
    memcpy(&bits, &sum, sizeof bits);
    if (error != 0 && error - error == 0 && bits % 2 == 0) {
        bits += (error > 0) == (sum > 0) ? 1 : (uint64_t)-1;
        memcpy(&sum, &bits, sizeof sum);
    }
    return (float)sum;
}

static inline int bg_bit(const uint64_t *bits, int64_t columns, int64_t row, int64_t column) {
    return bits[row * bg_row_words(columns) + column / 64] >> column % 64 & 1;
}

static inline float bg_bit_sign(const uint64_t *bits, int64_t columns, int64_t row, int64_t column) {
    return bg_bit(bits, columns, row, column) ? 1.0f : -1.0f;
}

/* Writes one bit, in ascending order of columns; see bg_write_bits. */
static inline void bg_set_bit(uint64_t *bits, int64_t columns, int64_t row, int64_t column, int bit) {
    bg_write_bits(bits + row * bg_row_words(columns), column, (uint32_t)bit);
}

/* Element index of an operand of type BG_FLOAT32, BG_FLOAT16, BG_INT16 or BG_INT8. */
static inline float bg_load(int32_t type, const void *values, int64_t index) {
    switch (type) {
    case BG_FLOAT32:
        return ((const float *)values)[index];
    case BG_FLOAT16:
        return bg_half_to_float(((const uint16_t *)values)[index]);
    case BG_INT8:
        return ((const int8_t *)values)[index];
    default:
        return ((const int16_t *)values)[index];
    }
}

/* The same for storing; BG_FLOAT32 or BG_FLOAT16, in which infinity is the largest number that is not. */
static inline void bg_store(int32_t type, void *values, int64_t index, float value) {
    if (type == BG_FLOAT32) {
        ((float *)values)[index] = value;
    } else {
        value = value > BG_MAX_HALF ? BG_MAX_HALF : value < -BG_MAX_HALF ? -BG_MAX_HALF : value;
        ((uint16_t *)values)[index] = bg_float_to_half(value);
    }
}

#endif
