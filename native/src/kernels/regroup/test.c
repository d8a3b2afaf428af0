#include "harness.h"

#include "simd/scalar.h"

static void test_flatten(enum guard guard, int64_t rows, int64_t pieces, int64_t columns) {
    uint64_t *from = bit_operand(guard, rows * pieces, columns);
    uint64_t *to = operand(guard, bit_bytes(rows, pieces * columns));
    uint64_t *expected = operand_copy(guard, to, bit_bytes(rows, pieces * columns));
    int64_t begin = random_below(rows);
    CASE("flatten_bits rows [%ld, %ld) of %ld pieces of %ld", (long)begin, (long)rows, (long)pieces, (long)columns);
    for (int64_t r = begin; r < rows; r++) {
        for (int64_t c = 0; c < pieces * columns; c++) {
            bg_set_bit(expected, pieces * columns, r, c, bg_bit(from, columns, r * pieces + c / columns, c % columns));
        }
    }
    EXPECT(bg_flatten_bits(from, columns, pieces, to, begin, rows) == BG_OK);
    expect_same("bits", expected, to, bit_bytes(rows, pieces * columns));
    release_all();
}

/* Three matrices are joined, the first and the last of which may have no columns. */
static void test_join(enum guard guard, int64_t rows, int64_t before, int64_t columns, int64_t behind) {
    int64_t parts[] = {before, columns, behind};
    int64_t all = before + columns + behind;
    uint64_t *to = operand(guard, bit_bytes(rows, all));
    uint64_t *expected = operand_copy(guard, to, bit_bytes(rows, all));
    int64_t begin = random_below(rows);
    CASE("join_bits rows [%ld, %ld) of %ld, %ld and %ld columns", (long)begin, (long)rows, (long)before, (long)columns,
        (long)behind);
    int64_t first = 0;
    for (int part = 0; part < 3; part++) {
        if (parts[part] == 0) {
            continue;
        }
        uint64_t *from = bit_operand(guard, rows, parts[part]);
        for (int64_t r = begin; r < rows; r++) {
            for (int64_t c = 0; c < parts[part]; c++) {
                bg_set_bit(expected, all, r, first + c, bg_bit(from, parts[part], r, c));
            }
        }
        EXPECT(bg_join_bits(from, parts[part], to, all, first, begin, rows) == BG_OK);
        first += parts[part];
    }
    expect_same("bits", expected, to, bit_bytes(rows, all));
    release_all();
}

static void test_bytes(enum guard guard, int64_t pixels, int64_t channels) {
    uint8_t *bytes = operand(guard, (size_t)(pixels * channels));
    uint64_t *bits = operand(guard, bit_bytes(pixels, 8 * channels));
    uint64_t *expected = operand_copy(guard, bits, bit_bytes(pixels, 8 * channels));
    int64_t begin = random_below(pixels);
    CASE("bytes_to_bits pixels [%ld, %ld) of %ld channels", (long)begin, (long)pixels, (long)channels);
    for (int64_t p = begin; p < pixels; p++) {
        for (int64_t c = 0; c < 8 * channels; c++) {
            bg_set_bit(expected, 8 * channels, p, c, bytes[p * channels + c / 8] >> c % 8 & 1);
        }
    }
    EXPECT(bg_bytes_to_bits(bytes, channels, bits, begin, pixels) == BG_OK);
    expect_same("bits", expected, bits, bit_bytes(pixels, 8 * channels));
    release_all();
}

static void test_refusals(void) {
    CASE("refusals");
    uint64_t from[2] = {0};
    uint64_t to[2] = {0};
    const uint64_t *misaligned = (uint64_t *)((char *)from + 4);
    EXPECT(bg_flatten_bits(NULL, 1, 1, to, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_flatten_bits(from, 1, 1, NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_flatten_bits(misaligned, 1, 1, to, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_flatten_bits(from, 0, 1, to, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_flatten_bits(from, 1, 0, to, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_flatten_bits(from, (int64_t)1 << 30, 4, to, 0, 0) == BG_BAD_SHAPE);
    EXPECT(bg_flatten_bits(from, 1, 1, to, 1, 0) == BG_BAD_RANGE);
    EXPECT(bg_join_bits(NULL, 1, to, 2, 0, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_join_bits(from, 1, NULL, 2, 0, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_join_bits(misaligned, 1, to, 2, 0, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_join_bits(from, 1, (uint64_t *)((char *)to + 4), 2, 0, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_join_bits(from, 0, to, 2, 0, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_join_bits(from, 1, to, 0, 0, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_join_bits(from, 1, to, 2, -1, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_join_bits(from, 1, to, 2, 2, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_join_bits(from, 3, to, 2, 0, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_join_bits(from, 1, to, 2, 0, 1, 0) == BG_BAD_RANGE);
    EXPECT(bg_bytes_to_bits(NULL, 1, to, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_bytes_to_bits((uint8_t *)from, 1, NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_bytes_to_bits((uint8_t *)from, 0, to, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_bytes_to_bits((uint8_t *)from, 1, to, -1, 1) == BG_BAD_RANGE);
}

int main(void) {
    test_refusals();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            test_flatten(guard, 1 + random_below(4), 1 + random_below(9), *size);
            for (int64_t before = 0; before <= 130; before += 1 + random_below(40)) {
                test_join(guard, 1 + random_below(4), before, *size, random_below(130));
            }
            test_join(guard, 2, 64, *size, 0);
            test_bytes(guard, 1 + random_below(5), *size);
        }
    }
    return finish("regroup");
}
