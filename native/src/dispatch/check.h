/* The checks that every public function makes before it runs a kernel. Each returns from the function it stands in. */
#ifndef BG_DISPATCH_CHECK_H
#define BG_DISPATCH_CHECK_H

#include <math.h>
#include <stddef.h>

#include "bitgrad.h"

#define BG_CHECK(condition, status)                                                                                    \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            return status;                                                                                             \
        }                                                                                                              \
    } while (0)

/* An operand of a known element type, as float * or uint64_t *. */
#define BG_CHECK_OPERAND(pointer) BG_CHECK_ALIGNED(pointer, sizeof *(pointer))

/* A struct of arguments. */
#define BG_CHECK_OPERANDS(operands) BG_CHECK_ALIGNED(operands, _Alignof(__typeof__(*(operands))))

/* A check that is a function of its own. */
#define BG_CHECK_STATUS(call)                                                                                          \
    do {                                                                                                               \
        int32_t status_of_call = (call);                                                                               \
        BG_CHECK(status_of_call == BG_OK, status_of_call);                                                             \
    } while (0)

/* An operand that may be NULL. */
#define BG_CHECK_OPTIONAL(pointer)                                                                                     \
    do {                                                                                                               \
        if ((pointer) != NULL) {                                                                                       \
            BG_CHECK_OPERAND(pointer);                                                                                 \
        }                                                                                                              \
    } while (0)

/* An operand whose element type is a parameter. */
#define BG_CHECK_TYPED(pointer, type) BG_CHECK_ALIGNED(pointer, bg_element_bytes(type))

#define BG_CHECK_ALIGNED(pointer, bytes)                                                                               \
    do {                                                                                                               \
        BG_CHECK((pointer) != NULL, BG_NULL_POINTER);                                                                  \
        BG_CHECK((uintptr_t)(pointer) % (bytes) == 0, BG_MISALIGNED);                                                  \
    } while (0)

#define BG_CHECK_TYPE(type, one, other) BG_CHECK((type) == (one) || (type) == (other), BG_BAD_TYPE)

#define BG_CHECK_FINITE(number) BG_CHECK(isfinite(number), BG_BAD_NUMBER)

#define BG_CHECK_POSITIVE(number) BG_CHECK((number) > 0, BG_BAD_NUMBER)

/* What an average keeps in each step. */
#define BG_CHECK_DECAY(decay) BG_CHECK((decay) >= 0 && (decay) < 1, BG_BAD_NUMBER)

/* No operand can be longer, and products of a few sizes cannot overflow int64. */
#define BG_MAX_SIZE ((int64_t)1 << 31)

#define BG_CHECK_SIZE(size) BG_CHECK((size) > 0 && (size) <= BG_MAX_SIZE, BG_BAD_SHAPE)

#define BG_CHECK_RANGE(begin, end) BG_CHECK((begin) >= 0 && (begin) <= (end), BG_BAD_RANGE)

#define BG_CHECK_RANGE_OF(begin, end, size)                                                                            \
    do {                                                                                                               \
        BG_CHECK_RANGE(begin, end);                                                                                    \
        BG_CHECK((end) <= (size), BG_BAD_RANGE);                                                                       \
    } while (0)

/* Rows of whole blocks of BG_SUM_BLOCK, of which the last may be short. */
#define BG_CHECK_BLOCKS(row_begin, row_end, rows)                                                                      \
    do {                                                                                                               \
        BG_CHECK_RANGE_OF(row_begin, row_end, rows);                                                                   \
        BG_CHECK((row_begin) % BG_SUM_BLOCK == 0, BG_BAD_RANGE);                                                       \
        BG_CHECK((row_end) % BG_SUM_BLOCK == 0 || (row_end) == (rows), BG_BAD_RANGE);                                  \
    } while (0)

/* Columns [first, first + channels) of so many: bitgrad.h, "Tiles". */
#define BG_CHECK_TILE(channels, columns, first)                                                                        \
    do {                                                                                                               \
        BG_CHECK_SIZE(channels);                                                                                       \
        BG_CHECK_SIZE(columns);                                                                                        \
        BG_CHECK((first) >= 0 && (first) <= (columns) - (channels), BG_BAD_SHAPE);                                     \
        BG_CHECK((first) % BG_TILE_CHANNELS == 0, BG_BAD_SHAPE);                                                       \
        BG_CHECK((channels) % BG_TILE_CHANNELS == 0 || (first) + (channels) == (columns), BG_BAD_SHAPE);               \
    } while (0)

/* What the elements of an operand must be aligned to; bit matrices are made of 64-bit words. */
static inline size_t bg_element_bytes(int32_t type) {
    switch (type) {
    case BG_FLOAT32:
        return sizeof(float);
    case BG_BITS:
        return sizeof(uint64_t);
    case BG_INT8:
        return sizeof(int8_t);
    default:
        return sizeof(uint16_t);
    }
}

#endif
