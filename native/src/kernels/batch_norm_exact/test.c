#include "harness.h"

#include <math.h>

#include "simd/scalar.h"

enum { TERMS = 4 };

static const int32_t gradient_types[] = {BG_FLOAT16, BG_FLOAT32};
static const int32_t y_types[] = {BG_INT16, BG_FLOAT32};
enum { TYPES = 2 };

static void test_sums(enum guard guard, int32_t type, int32_t y_type, int64_t rows, int64_t channels) {
    int64_t begin, end, columns, first;
    random_blocks(rows, &begin, &end);
    random_tile(channels, &columns, &first);
    CASE("sums of types %d and %d, %ld x %ld, columns from %ld of %ld, rows [%ld, %ld)", type, y_type, (long)rows,
        (long)channels, (long)first, (long)columns, (long)begin, (long)end);
    size_t bytes = (size_t)(sum_blocks(rows) * TERMS * channels) * sizeof(float);
    float *before = operand(guard, bytes);
    uint64_t *signs_before = bit_operand(guard, rows, columns);
    const struct bg_batch_norm_exact_sums_operands o = {type, typed_operand(guard, type, rows * channels, 0), y_type,
        typed_operand(guard, y_type, rows * channels, 100), typed_operand(guard, BG_FLOAT32, channels, 0), rows,
        {columns, first, channels}, operand_copy(guard, signs_before, bit_bytes(rows, columns)),
        operand_copy(guard, before, bytes)};
    bg_batch_norm_exact_sums_reference(&o, begin, end);
    FOR_EACH_VARIANT(batch_norm_exact_sums, {
        struct bg_batch_norm_exact_sums_operands actual = o;
        actual.signs = operand_copy(guard, signs_before, bit_bytes(rows, columns));
        actual.sums = operand_copy(guard, before, bytes);
        kernel(&actual, begin, end);
        expect_same("sums", o.sums, actual.sums, bytes);
        expect_same("signs", o.signs, actual.signs, bit_bytes(rows, columns));
    });
    release_all();
}

static void test_coefficients(enum guard guard, int64_t rows, int64_t channels) {
    int64_t begin, end;
    random_range(channels, &begin, &end);
    CASE("coefficients of %ld x %ld, channels [%ld, %ld)", (long)rows, (long)channels, (long)begin, (long)end);
    size_t bytes = (size_t)channels * sizeof(float);
    float *before = operand(guard, 3 * bytes);
    const struct bg_batch_norm_exact_coefficients_operands o = {
        typed_operand(guard, BG_FLOAT32, sum_blocks(rows) * TERMS * channels, 0), rows, channels,
        positive_operand(guard, channels), operand_copy(guard, before, bytes), operand_copy(guard, before, 3 * bytes),
        operand_copy(guard, before, bytes)};
    bg_batch_norm_exact_coefficients_reference(&o, begin, end);
    FOR_EACH_VARIANT(batch_norm_exact_coefficients, {
        struct bg_batch_norm_exact_coefficients_operands actual = o;
        actual.beta_gradient = operand_copy(guard, before, bytes);
        actual.coefficients = operand_copy(guard, before, 3 * bytes);
        actual.squares = operand_copy(guard, before, bytes);
        kernel(&actual, begin, end);
        expect_same("gradients of beta", o.beta_gradient, actual.beta_gradient, bytes);
        expect_same("coefficients", o.coefficients, actual.coefficients, 3 * bytes);
        expect_same("squares", o.squares, actual.squares, bytes);
    });
    release_all();
}

/* The passes together, however they are cut and tiled, beside the exact derivative in double. */
static void test_passes(void) {
    enum { ROWS = 2 * BG_SUM_BLOCK + 37, CHANNELS = 70, WORDS = 2, COUNT = ROWS * CHANNELS };
    static float y[COUNT], gradient[COUNT], dy[COUNT], tile_y[COUNT], tile_gradient[COUNT];
    static uint64_t signs[ROWS * WORDS];
    static float sums[3 * TERMS * CHANNELS], mean[CHANNELS], deviation[CHANNELS], beta_gradient[CHANNELS];
    static float coefficients[3 * CHANNELS], squares[CHANNELS];
    fill_floats(gradient, COUNT);
    for (int i = 0; i < COUNT; i++) {
        y[i] = 3 + 20 * random_float();
    }
    EXPECT(bg_batch_norm_value_sums(BG_FLOAT32, y, ROWS, CHANNELS, sums, 0, ROWS) == BG_OK);
    EXPECT(bg_batch_norm_mean(sums, ROWS, CHANNELS, mean, 0, CHANNELS) == BG_OK);
    EXPECT(bg_batch_norm_deviation_sums(BG_FLOAT32, y, ROWS, CHANNELS, mean, sums, 0, ROWS) == BG_OK);
    EXPECT(bg_batch_norm_deviation(sums, ROWS, CHANNELS, deviation, 0, CHANNELS) == BG_OK);
    for (int64_t tile = 16; tile <= 80; tile += 64) {
        CASE("all passes in tiles of %ld", (long)tile);
        int ranges = tile == 16 ? 3 : 1;
        IN_TILES(tile, CHANNELS, {
            copy_tile(tile_y, channels, y, CHANNELS, first, ROWS, sizeof *y);
            copy_tile(tile_gradient, channels, gradient, CHANNELS, first, ROWS, sizeof *gradient);
            IN_RANGES(BG_SUM_BLOCK, ROWS, ranges,
                bg_batch_norm_exact_sums(OPERANDS(batch_norm_exact_sums, BG_FLOAT32, tile_gradient, BG_FLOAT32, tile_y,
                                             mean + first, ROWS, {CHANNELS, first, channels}, signs, sums),
                    begin, end));
            IN_RANGES(1, channels, ranges,
                bg_batch_norm_exact_coefficients(
                    OPERANDS(batch_norm_exact_coefficients, sums, ROWS, channels, deviation + first,
                        beta_gradient + first, coefficients, squares + first),
                    begin, end));
            IN_RANGES(1, ROWS, ranges,
                bg_batch_norm_backward_signs(
                    OPERANDS(batch_norm_backward_signs, BG_FLOAT32, tile_gradient, signs, {CHANNELS, first, channels},
                        coefficients, BG_FLOAT32, BG_NEAREST, CHANNELS, dy),
                    0, begin, end));
        });
        for (int c = 0; c < CHANNELS; c++) {
            double sum = 0, product = 0, sign_sum = 0, square = 0;
            double psi = (double)deviation[c];
            for (int r = 0; r < ROWS; r++) {
                double v = (double)gradient[r * CHANNELS + c] / psi;
                double n = ((double)y[r * CHANNELS + c] - (double)mean[c]) / psi;
                sum += v;
                product += v * n;
                square += v * v;
                sign_sum += n >= 0 ? 1 : -1;
            }
            EXPECT(fabs(sum * psi - (double)beta_gradient[c]) < 1e-3);
            EXPECT(fabs(square / (double)squares[c] - 1) < 1e-5);
            for (int r = 0; r < ROWS; r++) {
                double v = (double)gradient[r * CHANNELS + c] / psi;
                double s = y[r * CHANNELS + c] >= mean[c] ? 1 : -1;
                double expected = v - sum / ROWS - sqrt(acos(-1) / 2) * product / ROWS * (s - sign_sum / ROWS);
                EXPECT(fabs(expected - (double)dy[r * CHANNELS + c]) < 1e-6);
            }
        }
    }
}

#define OFF(pointer) ((void *)((char *)(pointer) + 1))

static void test_refusals(void) {
    CASE("refusals");
    float values[8] = {1}, mean[1] = {0}, sums[TERMS] = {5}, out[3] = {5};
    uint64_t signs[2] = {0};
    struct bg_batch_norm_exact_sums_operands s = {
        BG_FLOAT32, values, BG_FLOAT32, values, mean, 2, {1, 0, 1}, signs, sums};
    EXPECT(bg_batch_norm_exact_sums(NULL, 0, 2) == BG_NULL_POINTER);
    EXPECT_WITH(s, type = BG_INT16, bg_batch_norm_exact_sums(&with, 0, 2), BG_BAD_TYPE);
    EXPECT_WITH(s, y_type = BG_FLOAT16, bg_batch_norm_exact_sums(&with, 0, 2), BG_BAD_TYPE);
    EXPECT_WITH(s, gradient = NULL, bg_batch_norm_exact_sums(&with, 0, 2), BG_NULL_POINTER);
    EXPECT_WITH(s, y = OFF(values), bg_batch_norm_exact_sums(&with, 0, 2), BG_MISALIGNED);
    EXPECT_WITH(s, mean = NULL, bg_batch_norm_exact_sums(&with, 0, 2), BG_NULL_POINTER);
    EXPECT_WITH(s, signs = OFF(signs), bg_batch_norm_exact_sums(&with, 0, 2), BG_MISALIGNED);
    EXPECT_WITH(s, sums = NULL, bg_batch_norm_exact_sums(&with, 0, 2), BG_NULL_POINTER);
    EXPECT_WITH(s, rows = 0, bg_batch_norm_exact_sums(&with, 0, 0), BG_BAD_SHAPE);
    EXPECT_WITH(s, tile.first = 1, bg_batch_norm_exact_sums(&with, 0, 2), BG_BAD_SHAPE);
    EXPECT(bg_batch_norm_exact_sums(&s, 1, 2) == BG_BAD_RANGE);
    EXPECT(bg_batch_norm_exact_sums(&s, 0, 3) == BG_BAD_RANGE);
    struct bg_batch_norm_exact_coefficients_operands c = {sums, 2, 1, values, out, out, out};
    EXPECT(bg_batch_norm_exact_coefficients(NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT_WITH(c, sums = NULL, bg_batch_norm_exact_coefficients(&with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(c, deviation = OFF(values), bg_batch_norm_exact_coefficients(&with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(c, beta_gradient = NULL, bg_batch_norm_exact_coefficients(&with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(c, coefficients = NULL, bg_batch_norm_exact_coefficients(&with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(c, squares = NULL, bg_batch_norm_exact_coefficients(&with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(c, rows = 0, bg_batch_norm_exact_coefficients(&with, 0, 1), BG_BAD_SHAPE);
    EXPECT_WITH(c, channels = 0, bg_batch_norm_exact_coefficients(&with, 0, 0), BG_BAD_SHAPE);
    EXPECT(bg_batch_norm_exact_coefficients(&c, 0, 2) == BG_BAD_RANGE);
    EXPECT(sums[0] == 5 && out[0] == 5);
}

int main(void) {
    test_refusals();
    test_passes();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *channels = tail_sizes; *channels != 0; channels++) {
            for (int i = 0; i < TYPES; i++) {
                for (int j = 0; j < TYPES; j++) {
                    test_sums(guard, gradient_types[i], y_types[j], 1 + random_below(2 * BG_SUM_BLOCK), *channels);
                }
            }
            test_coefficients(guard, 1 + random_below(3 * BG_SUM_BLOCK), *channels);
        }
    }
    return finish("batch_norm_exact");
}
