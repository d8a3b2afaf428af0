/*
 * Bits moved into rows of another width. Memory moves, a small part of any step and bound by it, so there is one form
 * for all instruction sets. Both architectures with vector kernels are little-endian: the bytes of a pixel are in the
 * order of its bits.
 */
#include <string.h>

#include "dispatch/check.h"
#include "simd/bits.h"

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
        uint64_t *row = to + r * to_words;
        memset(row, 0, (size_t)to_words * sizeof *row);
        for (int64_t piece = 0; piece < pieces; piece++) {
            const uint64_t *words = from + (r * pieces + piece) * from_words;
            for (int64_t word = 0; word < from_words; word++) {
                int64_t at = piece * columns + 64 * word;
                int shift = (int)(at % 64);
                row[at / 64] |= words[word] << shift;
                /* What would lie behind the row's end is padding, which is clear. */
                if (shift != 0 && at / 64 + 1 < to_words) {
                    row[at / 64 + 1] |= words[word] >> (64 - shift);
                }
            }
        }
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
