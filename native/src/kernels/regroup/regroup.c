/*
 * Bits moved into rows of another width. Memory moves, a small part of any step and bound by it, so there is one form
 * for all instruction sets. Both architectures with vector kernels are little-endian: the bytes of a pixel are in the
 * order of its bits.
 */
#include <string.h>

#include "dispatch/check.h"
#include "simd/bits.h"

/* Writes a row of bits into another row from a column on; as bg_write_bits_across, in ascending order. */
static void put_bits(const uint64_t *from, int64_t columns, uint64_t *row, int64_t first) {
    for (int64_t c = 0; c < columns; c += BG_WORD_BITS) {
        int64_t left = columns - c;
        bg_write_bits_across(row, first + c, from[c / BG_WORD_BITS], left < BG_WORD_BITS ? (int)left : BG_WORD_BITS);
    }
}

int32_t bg_flatten_bits(
    const uint64_t *from, int64_t columns, int64_t pieces, uint64_t *to, int64_t row_begin, int64_t row_end) {
    BG_CHECK_OPERAND(from);
    BG_CHECK_OPERAND(to);
    BG_CHECK_SIZE(columns);
    BG_CHECK_SIZE(pieces);
    BG_CHECK_SIZE(columns * pieces);
    BG_CHECK_RANGE(row_begin, row_end);
    int64_t from_words = bg_row_words(columns);
    int64_t to_words = bg_row_words(columns * pieces);
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t piece = 0; piece < pieces; piece++) {
            put_bits(from + (r * pieces + piece) * from_words, columns, to + r * to_words, piece * columns);
        }
    }
    return BG_OK;
}

int32_t bg_join_bits(const uint64_t *from, int64_t columns, uint64_t *to, int64_t to_columns, int64_t first,
    int64_t row_begin, int64_t row_end) {
    BG_CHECK_OPERAND(from);
    BG_CHECK_OPERAND(to);
    BG_CHECK_SIZE(columns);
    BG_CHECK_SIZE(to_columns);
    BG_CHECK(first >= 0 && first <= to_columns - columns, BG_BAD_SHAPE);
    BG_CHECK_RANGE(row_begin, row_end);
    for (int64_t r = row_begin; r < row_end; r++) {
        put_bits(from + r * bg_row_words(columns), columns, to + r * bg_row_words(to_columns), first);
    }
    return BG_OK;
}

int32_t bg_bytes_to_bits(
    const uint8_t *bytes, int64_t channels, uint64_t *bits, int64_t pixel_begin, int64_t pixel_end) {
    BG_CHECK(bytes != NULL, BG_NULL_POINTER);
    BG_CHECK_OPERAND(bits);
    BG_CHECK_SIZE(channels);
    BG_CHECK_RANGE(pixel_begin, pixel_end);
    int64_t words = bg_row_words(8 * channels);
    for (int64_t p = pixel_begin; p < pixel_end; p++) {
        uint64_t *row = bits + p * words;
        row[words - 1] = 0;
        memcpy(row, bytes + p * channels, (size_t)channels);
    }
    return BG_OK;
}
