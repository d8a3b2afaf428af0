#include "harness.h"

#include "simd/scalar.h"

static void test_shape(enum guard guard, int64_t rows, int64_t channels, int64_t fan_in) {
    const uint64_t *x = bit_operand(guard, rows, fan_in);
    const uint64_t *weights = bit_operand(guard, channels, fan_in);
    size_t bytes = (size_t)(rows * channels) * sizeof(int16_t);
    int16_t *before = operand(guard, bytes);
    int16_t *expected = operand_copy(guard, before, bytes);
    int64_t begin = random_below(rows);
    CASE(
        "binary_gemm rows %ld to %ld, channels %ld, fan-in %ld", (long)begin, (long)rows, (long)channels, (long)fan_in);
    bg_binary_gemm_reference(x, weights, expected, channels, fan_in, begin, rows);
    FOR_EACH_VARIANT(binary_gemm, {
        int16_t *actual = operand_copy(guard, before, bytes);
        kernel(x, weights, actual, channels, fan_in, begin, rows);
        expect_same("sums", expected, actual, bytes);
    });
    release_all();
}

/* The reference against the definition, a sum of products of signs. */
static void test_definition(int64_t rows, int64_t channels, int64_t fan_in) {
    CASE("definition, rows %ld, channels %ld, fan-in %ld", (long)rows, (long)channels, (long)fan_in);
    const uint64_t *x = bit_operand(GUARD_BEHIND, rows, fan_in);
    const uint64_t *weights = bit_operand(GUARD_BEHIND, channels, fan_in);
    int16_t *y = operand(GUARD_BEHIND, (size_t)(rows * channels) * sizeof *y);
    bg_binary_gemm_reference(x, weights, y, channels, fan_in, 0, rows);
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t n = 0; n < channels; n++) {
            float sum = 0;
            for (int64_t k = 0; k < fan_in; k++) {
                sum += bg_bit_sign(x, fan_in, r, k) * bg_bit_sign(weights, fan_in, n, k);
            }
            EXPECT(y[r * channels + n] == sum);
        }
    }
    release_all();
}

/* All signs alike and all unlike give the extreme sums, up to the largest fan-in there may be. */
static void test_extremes(int64_t fan_in) {
    CASE("extremes, fan-in %ld", (long)fan_in);
    uint64_t *x = operand(GUARD_BEHIND, bit_bytes(1, fan_in));
    uint64_t *weights = operand(GUARD_BEHIND, bit_bytes(2, fan_in));
    for (int64_t k = 0; k < fan_in; k++) {
        bg_set_bit(x, fan_in, 0, k, 1);
        bg_set_bit(weights, fan_in, 0, k, 1);
        bg_set_bit(weights, fan_in, 1, k, 0);
    }
    const int16_t expected[2] = {(int16_t)fan_in, (int16_t)-fan_in};
    int16_t actual[2];
    bg_binary_gemm_reference(x, weights, actual, 2, fan_in, 0, 1);
    expect_same("sums of the reference", expected, actual, sizeof actual);
    FOR_EACH_VARIANT(binary_gemm, {
        kernel(x, weights, actual, 2, fan_in, 0, 1);
        expect_same("sums", expected, actual, sizeof actual);
    });
    release_all();
}

static void test_refusals(void) {
    CASE("refusals");
    uint64_t bits[1] = {0};
    int16_t y[1];
    EXPECT(bg_binary_gemm(NULL, bits, y, 1, 1, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_binary_gemm(bits, bits, y, 0, 1, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_binary_gemm(bits, bits, y, 1, 0, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_binary_gemm(bits, bits, y, 1, BG_MAX_FAN_IN + 1, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_binary_gemm(bits, bits, y, 1, 1, 1, 0) == BG_BAD_RANGE);
    EXPECT(bg_binary_gemm(bits, bits, (int16_t *)((char *)y + 1), 1, 1, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_binary_gemm(bits, bits, y, 1, 1, 0, 1) == BG_OK && y[0] == 1);
}

int main(void) {
    test_refusals();
    test_definition(3, 5, 70);
    test_definition(2, 3, 784);
    test_extremes(1);
    test_extremes(64 * 31 + 1);
    test_extremes(BG_MAX_FAN_IN);
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            test_shape(guard, 1 + random_below(9), 1 + random_below(40), *size);
            test_shape(guard, 1 + random_below(9), *size, 1 + random_below(200));
        }
        test_shape(guard, 5, 17, 4608);
        test_shape(guard, 9, 33, 64 * 62);
    }
    return finish("binary_gemm");
}
