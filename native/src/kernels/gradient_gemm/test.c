#include "harness.h"

#include <math.h>

#include "simd/scalar.h"

static void test_input_gradient(enum guard guard, int32_t type, int64_t rows, int64_t channels, int64_t fan_in) {
    const void *dy = typed_operand(guard, type, rows * channels, 0);
    const uint64_t *weights = bit_operand(guard, channels, fan_in);
    size_t bytes = (size_t)(rows * fan_in) * type_bytes(type);
    void *before = operand(guard, bytes);
    void *expected = operand_copy(guard, before, bytes);
    int64_t begin = random_below(rows);
    CASE("input_gradient type %d, rows %ld to %ld, channels %ld, fan-in %ld", type, (long)begin, (long)rows,
        (long)channels, (long)fan_in);
    bg_input_gradient_reference(type, dy, weights, expected, channels, fan_in, begin, rows);
    FOR_EACH_VARIANT(input_gradient, {
        void *actual = operand_copy(guard, before, bytes);
        kernel(type, dy, weights, actual, channels, fan_in, begin, rows);
        expect_same("dx", expected, actual, bytes);
    });
    release_all();
}

static void test_weight_gradient_signs(enum guard guard, int32_t type, int64_t rows, int64_t channels, int64_t fan_in) {
    const void *dy = typed_operand(guard, type, rows * channels, 0);
    const uint64_t *x = bit_operand(guard, rows, fan_in);
    size_t bytes = bit_bytes(channels, fan_in);
    uint64_t *before = operand(guard, bytes);
    uint64_t *expected = operand_copy(guard, before, bytes);
    int64_t begin = random_below(channels);
    CASE("weight_gradient_signs type %d, rows %ld, channels %ld to %ld, fan-in %ld", type, (long)rows, (long)begin,
        (long)channels, (long)fan_in);
    bg_weight_gradient_signs_reference(type, dy, x, expected, rows, channels, fan_in, begin, channels);
    FOR_EACH_VARIANT(weight_gradient_signs, {
        uint64_t *actual = operand_copy(guard, before, bytes);
        kernel(type, dy, x, actual, rows, channels, fan_in, begin, channels);
        expect_same("signs", expected, actual, bytes);
    });
    release_all();
}

/* The references against the definition in double. */
static void test_definitions(int64_t rows, int64_t channels, int64_t fan_in) {
    CASE("definitions, rows %ld, channels %ld, fan-in %ld", (long)rows, (long)channels, (long)fan_in);
    const float *dy = typed_operand(GUARD_BEHIND, BG_FLOAT32, rows * channels, 0);
    const uint64_t *weights = bit_operand(GUARD_BEHIND, channels, fan_in);
    const uint64_t *x = bit_operand(GUARD_BEHIND, rows, fan_in);
    float *dx = operand(GUARD_BEHIND, (size_t)(rows * fan_in) * sizeof *dx);
    uint64_t *signs = operand(GUARD_BEHIND, bit_bytes(channels, fan_in));
    EXPECT(bg_input_gradient(BG_FLOAT32, dy, weights, dx, channels, fan_in, 0, rows) == BG_OK);
    EXPECT(bg_weight_gradient_signs(BG_FLOAT32, dy, x, signs, rows, channels, fan_in, 0, channels) == BG_OK);
    for (int64_t k = 0; k < fan_in; k++) {
        for (int64_t r = 0; r < rows; r++) {
            double sum = 0;
            for (int64_t n = 0; n < channels; n++) {
                sum += dy[r * channels + n] * (double)bg_bit_sign(weights, fan_in, n, k);
            }
            EXPECT(fabs(dx[r * fan_in + k] - sum) < 1e-5);
        }
        for (int64_t n = 0; n < channels; n++) {
            double sum = 0;
            for (int64_t r = 0; r < rows; r++) {
                sum += dy[r * channels + n] * (double)bg_bit_sign(x, fan_in, r, k);
            }
            EXPECT(fabs(sum) < 1e-5 || bg_bit(signs, fan_in, n, k) == (sum >= 0));
        }
    }
    release_all();
}

static void test_refusals(void) {
    CASE("refusals");
    float dy[2] = {0};
    float dx[2];
    uint64_t bits[2] = {0};
    EXPECT(bg_input_gradient(BG_INT16, dy, bits, dx, 1, 1, 0, 1) == BG_BAD_TYPE);
    EXPECT(bg_input_gradient(BG_FLOAT32, NULL, bits, dx, 1, 1, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_input_gradient(BG_FLOAT32, dy, bits, (char *)dx + 2, 1, 1, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_input_gradient(BG_FLOAT16, dy, bits, dx, 0, 1, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_input_gradient(BG_FLOAT16, dy, bits, dx, 1, 1, -1, 1) == BG_BAD_RANGE);
    EXPECT(bg_weight_gradient_signs(BG_BITS, dy, bits, bits, 1, 1, 1, 0, 1) == BG_BAD_TYPE);
    EXPECT(bg_weight_gradient_signs(BG_FLOAT32, dy, NULL, bits, 1, 1, 1, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_weight_gradient_signs(BG_FLOAT32, dy, bits, bits, 0, 1, 1, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_weight_gradient_signs(BG_FLOAT32, dy, bits, bits, 1, 1, 1, 0, 2) == BG_BAD_RANGE);
}

int main(void) {
    test_refusals();
    test_definitions(7, 9, 75);
    test_definitions(100, 3, 10);
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (int32_t type = BG_FLOAT32; type <= BG_FLOAT16; type++) {
            for (const int64_t *size = tail_sizes; *size != 0; size++) {
                test_input_gradient(guard, type, 1 + random_below(9), 1 + random_below(40), *size);
                test_input_gradient(guard, type, 1 + random_below(9), *size, 1 + random_below(40));
                test_weight_gradient_signs(guard, type, 1 + random_below(40), 1 + random_below(9), *size);
                test_weight_gradient_signs(guard, type, *size, 1 + random_below(9), 1 + random_below(40));
            }
            test_input_gradient(guard, type, 3, 2100, 37); /* deeper than one converted block */
            test_weight_gradient_signs(guard, type, 1025, 6, 37);
        }
    }
    return finish("gradient_gemm");
}
