/* How kernels make integers of numbers, one at a time: bitgrad.h, "Quantisation". */
#ifndef BG_SIMD_ROUNDING_H
#define BG_SIMD_ROUNDING_H

#include <stdint.h>

#include "bitgrad.h"
#include "simd/scalar.h"

/* What an operand is quantised to; where its type is BG_FLOAT32 or BG_FLOAT16, which are not quantised, only the type.
 */
struct bg_quantiser {
    int32_t type;
    int32_t rounding;
    float largest;
    uint32_t key;
};

/* Of the hash: 2^32 / the golden ratio, so that neighbours are far apart, and an odd number without structure. */
#define BG_HASH_STEP 0x9e3779b1u
#define BG_HASH_OFFSET 0x85ebca6bu

enum { BG_FRACTION_BITS = 16 };

static inline float bg_largest_integer(int32_t type) {
    return type == BG_INT8 ? BG_MAX_INT7 : BG_MAX_INT14;
}

/* The nearest number that is sensible as a scale, so that numbers multiplied by its inverse stay finite. */
static inline float bg_usable_scale(float scale) {
    scale = scale > BG_MIN_SCALE ? scale : BG_MIN_SCALE; /* NaN too */
    return scale < BG_MAX_SCALE ? scale : BG_MAX_SCALE;
}

/* The finaliser of MurmurHash3 (Appleby): streams of neighbouring seeds have nothing in common. */
static inline uint32_t bg_hash_key(uint32_t seed) {
    seed = (seed ^ seed >> 16) * 0x85ebca6bu;
    seed = (seed ^ seed >> 13) * 0xc2b2ae35u;
    return seed ^ seed >> 16;
}

static inline struct bg_quantiser bg_quantiser_of(int32_t type, int32_t rounding, uint32_t seed) {
    struct bg_quantiser quantiser = {.type = type};
    if (type == BG_INT8 || type == BG_INT16) {
        quantiser.rounding = rounding;
        quantiser.largest = bg_largest_integer(type);
        quantiser.key = bg_hash_key(seed);
    }
    return quantiser;
}

/* Of integers that use all of int8 but -128, as the state of weight updates does. */
static inline struct bg_quantiser bg_byte_quantiser(int32_t rounding, uint32_t seed) {
    return (struct bg_quantiser){BG_INT8, rounding, BG_MAX_INT8, bg_hash_key(seed)};
}

/* In [0, 65536). */
static inline int32_t bg_random(uint32_t key, int64_t index) {
    uint32_t w = (uint32_t)index * BG_HASH_STEP + key;
    w ^= w >> 16;
    return (int32_t)(w * (w + BG_HASH_OFFSET) >> (32 - BG_FRACTION_BITS));
}

/* Of an operand that is quantised: u is in units of the scale. */
static inline int32_t bg_quantised(const struct bg_quantiser *quantiser, float u, int64_t index) {
    const double to_integer = 0x1.8p52; /* what is added to it has no fraction left, rounded to nearest even */
    u = u > -quantiser->largest ? u : -quantiser->largest;
    u = u < quantiser->largest ? u : quantiser->largest;
    if (quantiser->rounding == BG_NEAREST) {
        return (int32_t)((u + to_integer) - to_integer);
    }
    int32_t fixed = (int32_t)((u * (1 << BG_FRACTION_BITS) + to_integer) - to_integer);
    return (fixed + bg_random(quantiser->key, index)) >> BG_FRACTION_BITS; /* rounds down, negative numbers too */
}

/* Element `index` of an operand of the quantiser's type; random_index: the index that its random number is of. */
static inline void bg_store_quantised(
    const struct bg_quantiser *quantiser, void *values, int64_t index, float value, int64_t random_index) {
    switch (quantiser->type) {
    case BG_INT8:
        ((int8_t *)values)[index] = (int8_t)bg_quantised(quantiser, value, random_index);
        break;
    case BG_INT16:
        ((int16_t *)values)[index] = (int16_t)bg_quantised(quantiser, value, random_index);
        break;
    default:
        bg_store(quantiser->type, values, index, value);
        break;
    }
}

#endif
