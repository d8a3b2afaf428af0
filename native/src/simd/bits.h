/* Reading and writing rows of bit matrices, a few bits at a time. */
#ifndef BG_SIMD_BITS_H
#define BG_SIMD_BITS_H

#include <stdint.h>

static inline int64_t bg_row_words(int64_t columns) {
    return (columns + 63) / 64;
}

enum { BG_WORD_BITS = 64 };

/* The low n <= 64 bits set. */
static inline uint64_t bg_low_bits(int n) {
    return n < BG_WORD_BITS ? ((uint64_t)1 << n) - 1 : ~(uint64_t)0;
}

/* The bits of columns [column, column + count), count <= 32; reads no word that holds none of them. */
static inline uint32_t bg_read_bits(const uint64_t *row, int64_t column, int count) {
    const uint64_t *word = row + column / 64;
    int shift = (int)(column % 64);
    uint64_t bits = word[0] >> shift;
    if (shift + count > 64) {
        bits |= word[1] << (64 - shift);
    }
    return (uint32_t)(bits & (((uint64_t)1 << count) - 1));
}

/*
 * Writes bits at a column that is a multiple of count's power of two (so they never cross words), in ascending order
 * from column 0: the first bits of a word clear its rest, so a row that was written to its end has clear padding.
 */
static inline void bg_write_bits(uint64_t *row, int64_t column, uint64_t bits) {
    uint64_t *word = row + column / 64;
    int shift = (int)(column % 64);
    *word = (shift == 0 ? 0 : *word) | bits << shift;
}

/* The same of the low count <= 64 bits at any column: those that the word has no room for begin the next. */
static inline void bg_write_bits_across(uint64_t *row, int64_t column, uint64_t bits, int count) {
    int shift = (int)(column % 64);
    bg_write_bits(row, column, bits);
    if (shift + count > 64) {
        bg_write_bits(row, column + 64 - shift, bits >> (64 - shift));
    }
}

#endif
