#include "harness.h"

#include "simd/scalar.h"

static const int64_t row_counts[] = {1, 3, 4, 5, 8, 9, 17, 0};

static void test_variants(enum guard guard, int64_t rows, int64_t channels, int64_t fan_in) {
    uint64_t *x = bit_operand(guard, rows, fan_in);
    uint64_t *weights = bit_operand(guard, channels, fan_in);
    size_t bytes = (size_t)(rows * channels) * sizeof(int16_t);
    int16_t *expected = operand(guard, bytes);
    int16_t *before = operand_copy(guard, expected, bytes);
    int64_t begin = random_below(rows);
    int64_t end = begin + 1 + random_below(rows - begin);
    CASE("binary_gemm rows [%ld, %ld) of %ld, %ld channels, fan-in %ld", (long)begin, (long)end, (long)rows,
        (long)channels, (long)fan_in);
    bg_binary_gemm_reference(x, weights, expected, channels, fan_in, begin, end);
    FOR_EACH_VARIANT(binary_gemm, {
        int16_t *actual = operand_copy(guard, before, bytes);
        kernel(x, weights, actual, channels, fan_in, begin, end);
        expect_same("y", expected, actual, bytes);
    });
    release_all();
}

/* Where all bits differ, and where none do, at fan-ins around those where counts are emptied. */
static void test_extremes(int64_t fan_in) {
    int64_t rows = 5;
    int64_t channels = 3;
    uint64_t *x = bit_operand(GUARD_BEHIND, rows, fan_in);
    uint64_t *weights = bit_operand(GUARD_BEHIND, channels, fan_in);
    for (int64_t k = 0; k < fan_in; k++) {
        for (int64_t r = 0; r < rows; r++) {
            bg_set_bit(x, fan_in, r, k, 1);
        }
        for (int64_t n = 0; n < channels; n++) {
            bg_set_bit(weights, fan_in, n, k, n == 1);
        }
    }
    int16_t expected[15];
    for (int64_t i = 0; i < rows * channels; i++) {
        expected[i] = (int16_t)(i % channels == 1 ? fan_in : -fan_in);
    }
    CASE("binary_gemm of equal and of opposite bits, fan-in %ld", (long)fan_in);
    int16_t actual[15];
    bg_binary_gemm_reference(x, weights, actual, channels, fan_in, 0, rows);
    expect_same("y", expected, actual, sizeof actual);
    FOR_EACH_VARIANT(binary_gemm, {
        memset(actual, 0, sizeof actual);
        kernel(x, weights, actual, channels, fan_in, 0, rows);
        expect_same("y", expected, actual, sizeof actual);
    });
    release_all();
}

/* The reference itself, against sums of products of signs. */
static void test_products_of_signs(int64_t fan_in) {
    enum { ROWS = 3, CHANNELS = 5 };
    uint64_t *x = bit_operand(GUARD_BEHIND, ROWS, fan_in);
    uint64_t *weights = bit_operand(GUARD_BEHIND, CHANNELS, fan_in);
    int16_t y[ROWS * CHANNELS];
    CASE("binary_gemm against products of signs, fan-in %ld", (long)fan_in);
    bg_binary_gemm_reference(x, weights, y, CHANNELS, fan_in, 0, ROWS);
    for (int64_t r = 0; r < ROWS; r++) {
        for (int64_t n = 0; n < CHANNELS; n++) {
            int sum = 0;
            for (int64_t k = 0; k < fan_in; k++) {
                sum += (int)(bg_bit_sign(x, fan_in, r, k) * bg_bit_sign(weights, fan_in, n, k));
            }
            EXPECT(y[r * CHANNELS + n] == sum);
        }
    }
    release_all();
}

static void test_refusals(void) {
    CASE("refusals");
    uint64_t bits[2] = {0};
    uint64_t *misaligned = (uint64_t *)((char *)bits + 4);
    int16_t y[2] = {0};
    EXPECT(bg_binary_gemm(NULL, bits, y, 1, 64, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_binary_gemm(bits, NULL, y, 1, 64, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_binary_gemm(bits, bits, NULL, 1, 64, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_binary_gemm(misaligned, bits, y, 1, 64, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_binary_gemm(bits, misaligned, y, 1, 64, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_binary_gemm(bits, bits, (int16_t *)((char *)y + 1), 1, 64, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_binary_gemm(bits, bits, y, 0, 64, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_binary_gemm(bits, bits, y, 1, 0, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_binary_gemm(bits, bits, y, 1, BG_MAX_FAN_IN + 1, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_binary_gemm(bits, bits, y, 1, 64, -1, 1) == BG_BAD_RANGE);
    EXPECT(bg_binary_gemm(bits, bits, y, 1, 64, 1, 0) == BG_BAD_RANGE);
    EXPECT(bg_binary_gemm(bits, bits, y, 1, 64, 0, 1) == BG_OK && y[0] == 64);
}

int main(void) {
    test_refusals();
    for (const int64_t *size = tail_sizes; *size != 0; size++) {
        test_products_of_signs(*size);
    }
    const int64_t extreme[] = {64, 991, 992, 993, 1984, 4608, 5119, 5120, 5121, BG_MAX_FAN_IN};
    for (size_t i = 0; i < sizeof extreme / sizeof *extreme; i++) {
        test_extremes(extreme[i]);
    }
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *rows = row_counts; *rows != 0; rows++) {
            for (const int64_t *size = tail_sizes; *size != 0; size++) {
                test_variants(guard, *rows, 1 + random_below(70), *size);
            }
        }
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            test_variants(guard, 9, *size, 1 + random_below(200));
        }
        test_variants(guard, 9, 33, 5121);
        test_variants(guard, 4, 17, 4608);
    }
    return finish("binary_gemm");
}
