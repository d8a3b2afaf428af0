#include "harness.h"

#include <math.h>

#include "simd/scalar.h"

static void test_input_gradient(enum guard guard, int32_t type, int64_t rows, int64_t channels, int64_t fan_in) {
    void *dy = typed_operand(guard, type, rows * channels, 0);
    uint64_t *weights = bit_operand(guard, channels, fan_in);
    size_t bytes = (size_t)(rows * fan_in) * type_bytes(type);
    void *expected = operand(guard, bytes);
    void *before = operand_copy(guard, expected, bytes);
    int64_t begin = random_below(rows);
    int64_t end = begin + 1 + random_below(rows - begin);
    CASE("input_gradient type %d, rows [%ld, %ld) of %ld, %ld channels, fan-in %ld", type, (long)begin, (long)end,
        (long)rows, (long)channels, (long)fan_in);
    bg_input_gradient_reference(type, dy, weights, expected, channels, fan_in, begin, end);
    FOR_EACH_VARIANT(input_gradient, {
        void *actual = operand_copy(guard, before, bytes);
        kernel(type, dy, weights, actual, channels, fan_in, begin, end);
        expect_same("dx", expected, actual, bytes);
    });
    release_all();
}

static void test_weight_gradient(enum guard guard, int32_t type, int64_t rows, int64_t channels, int64_t fan_in) {
    void *dy = typed_operand(guard, type, rows * channels, 0);
    uint64_t *x = bit_operand(guard, rows, fan_in);
    size_t bytes = bit_bytes(channels, fan_in);
    uint64_t *expected = operand(guard, bytes);
    uint64_t *before = operand_copy(guard, expected, bytes);
    int64_t begin = random_below(channels);
    int64_t end = begin + 1 + random_below(channels - begin);
    CASE("weight_gradient_signs type %d, %ld rows, channels [%ld, %ld) of %ld, fan-in %ld", type, (long)rows,
        (long)begin, (long)end, (long)channels, (long)fan_in);
    bg_weight_gradient_signs_reference(type, dy, x, expected, rows, channels, fan_in, begin, end);
    FOR_EACH_VARIANT(weight_gradient_signs, {
        uint64_t *actual = operand_copy(guard, before, bytes);
        kernel(type, dy, x, actual, rows, channels, fan_in, begin, end);
        expect_same("signs", expected, actual, bytes);
    });
    release_all();
}

/* The references themselves against sums in double, that may differ by what float32 sums of 40 terms below 8 lose. */
static void test_against_double(void) {
    enum { ROWS = 40, CHANNELS = 37, FAN_IN = 70 };
    const double tolerance = 40 * 320 * 0x1p-24;
    CASE("gradients against double");
    float *dy = typed_operand(GUARD_BEHIND, BG_FLOAT32, ROWS * CHANNELS, 0);
    uint64_t *x = bit_operand(GUARD_BEHIND, ROWS, FAN_IN);
    uint64_t *weights = bit_operand(GUARD_BEHIND, CHANNELS, FAN_IN);
    float *dx = operand(GUARD_BEHIND, ROWS * FAN_IN * sizeof *dx);
    uint64_t *signs = operand(GUARD_BEHIND, bit_bytes(CHANNELS, FAN_IN));
    bg_input_gradient_reference(BG_FLOAT32, dy, weights, dx, CHANNELS, FAN_IN, 0, ROWS);
    bg_weight_gradient_signs_reference(BG_FLOAT32, dy, x, signs, ROWS, CHANNELS, FAN_IN, 0, CHANNELS);
    for (int64_t k = 0; k < FAN_IN; k++) {
        for (int64_t r = 0; r < ROWS; r++) {
            double sum = 0;
            for (int64_t n = 0; n < CHANNELS; n++) {
                sum += bg_bit(weights, FAN_IN, n, k) ? dy[r * CHANNELS + n] : -dy[r * CHANNELS + n];
            }
            EXPECT(fabs(dx[r * FAN_IN + k] - sum) <= tolerance);
        }
        for (int64_t n = 0; n < CHANNELS; n++) {
            double sum = 0;
            for (int64_t r = 0; r < ROWS; r++) {
                sum += bg_bit(x, FAN_IN, r, k) ? dy[r * CHANNELS + n] : -dy[r * CHANNELS + n];
            }
            EXPECT(fabs(sum) <= tolerance || bg_bit(signs, FAN_IN, n, k) == (sum > 0));
        }
    }
    for (int64_t n = 0; n < CHANNELS; n++) {
        EXPECT(signs[n * bg_row_words(FAN_IN) + 1] >> (FAN_IN - 64) == 0);
    }
    release_all();
}

/* The order of the sum shows where a small term meets a large one that is cancelled later. */
static void test_order(void) {
    CASE("order of sums");
    const float dy[] = {0x1p24f, 1, 0x1p24f};
    const uint64_t bits[] = {1, 1, 0};
    float dx[1];
    EXPECT(bg_input_gradient(BG_FLOAT32, dy, bits, dx, 3, 1, 0, 1) == BG_OK);
    EXPECT(dx[0] == 0);
    const float reversed[] = {1, 0x1p24f, 0x1p24f + 2};
    EXPECT(bg_input_gradient(BG_FLOAT32, reversed, bits, dx, 3, 1, 0, 1) == BG_OK);
    EXPECT(dx[0] == -2);
    uint64_t signs = ~(uint64_t)0;
    EXPECT(bg_weight_gradient_signs(BG_FLOAT32, dy, bits, &signs, 3, 1, 1, 0, 1) == BG_OK);
    EXPECT(signs == 1);
    EXPECT(bg_weight_gradient_signs(BG_FLOAT32, reversed, bits, &signs, 3, 1, 1, 0, 1) == BG_OK);
    EXPECT(signs == 0);
}

static void test_refusals(void) {
    CASE("refusals");
    float dy[4] = {0};
    float dx[4] = {0};
    uint64_t bits[2] = {0};
    uint64_t signs[2] = {0};
    uint64_t *misaligned_bits = (uint64_t *)((char *)bits + 4);
    float *misaligned = (float *)((char *)dy + 2);
    EXPECT(bg_input_gradient(BG_INT16, dy, bits, dx, 1, 1, 0, 1) == BG_BAD_TYPE);
    EXPECT(bg_input_gradient(BG_FLOAT32, NULL, bits, dx, 1, 1, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_input_gradient(BG_FLOAT32, dy, NULL, dx, 1, 1, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_input_gradient(BG_FLOAT32, dy, bits, NULL, 1, 1, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_input_gradient(BG_FLOAT32, misaligned, bits, dx, 1, 1, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_input_gradient(BG_FLOAT16, misaligned, bits, dx, 1, 1, 0, 1) == BG_OK);
    EXPECT(bg_input_gradient(BG_FLOAT32, dy, misaligned_bits, dx, 1, 1, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_input_gradient(BG_FLOAT32, dy, bits, dx, 0, 1, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_input_gradient(BG_FLOAT32, dy, bits, dx, 1, -1, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_input_gradient(BG_FLOAT32, dy, bits, dx, 1, 1, 2, 1) == BG_BAD_RANGE);
    EXPECT(bg_weight_gradient_signs(BG_BITS, dy, bits, signs, 1, 1, 1, 0, 1) == BG_BAD_TYPE);
    EXPECT(bg_weight_gradient_signs(BG_FLOAT32, NULL, bits, signs, 1, 1, 1, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_weight_gradient_signs(BG_FLOAT32, dy, NULL, signs, 1, 1, 1, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_weight_gradient_signs(BG_FLOAT32, dy, bits, NULL, 1, 1, 1, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_weight_gradient_signs(BG_FLOAT32, misaligned, bits, signs, 1, 1, 1, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_weight_gradient_signs(BG_FLOAT32, dy, bits, misaligned_bits, 1, 1, 1, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_weight_gradient_signs(BG_FLOAT32, dy, bits, signs, 0, 1, 1, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_weight_gradient_signs(BG_FLOAT32, dy, bits, signs, 1, 0, 1, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_weight_gradient_signs(BG_FLOAT32, dy, bits, signs, 1, 1, 0, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_weight_gradient_signs(BG_FLOAT32, dy, bits, signs, 1, 1, 1, 0, 2) == BG_BAD_RANGE);
    EXPECT(bg_weight_gradient_signs(BG_FLOAT32, dy, bits, signs, 1, 1, 1, -1, 1) == BG_BAD_RANGE);
}

int main(void) {
    test_against_double();
    test_order();
    test_refusals();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (int32_t type = BG_FLOAT32; type <= BG_FLOAT16; type++) {
            for (const int64_t *size = tail_sizes; *size != 0; size++) {
                int64_t few = 1 + random_below(14);
                int64_t some = 1 + random_below(40);
                test_input_gradient(guard, type, few, some, *size);
                test_input_gradient(guard, type, few, *size, some);
                test_input_gradient(guard, type, 1 + *size % 40, few, some);
                test_weight_gradient(guard, type, some, few, *size);
                test_weight_gradient(guard, type, *size, few, some);
                test_weight_gradient(guard, type, few, 1 + *size % 40, some);
            }
        }
    }
    return finish("gradient_gemm");
}
