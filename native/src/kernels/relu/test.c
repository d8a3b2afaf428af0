#include "harness.h"

#include <math.h>

static const int32_t types[] = {BG_FLOAT32, BG_INT16};
enum { TYPES = 2 };

static size_t float_bytes(int64_t count) {
    return (size_t)count * sizeof(float);
}

/* Values, among them NaN where there can be. */
static void *values(enum guard guard, int32_t type, int64_t count) {
    void *x = typed_operand(guard, type, count, INT16_MAX);
    if (type == BG_FLOAT32) {
        ((float *)x)[random_below(count)] = NAN;
    }
    return x;
}

static void test_relu(enum guard guard, int32_t type, int64_t rows, int64_t channels) {
    int64_t begin, end, columns, first;
    random_range(rows, &begin, &end);
    random_tile(channels, &columns, &first);
    CASE("relu of type %d, %ld x %ld, columns from %ld of %ld, rows [%ld, %ld)", type, (long)rows, (long)channels,
        (long)first, (long)columns, (long)begin, (long)end);
    int64_t count = rows * channels;
    void *x = values(guard, type, count);
    float *before = operand(guard, float_bytes(count));
    uint64_t *bits_before = bit_operand(guard, rows, columns);
    const struct bg_relu_operands o = {type, x, operand_copy(guard, before, float_bytes(count)),
        operand_copy(guard, bits_before, bit_bytes(rows, columns)), {columns, first, channels}};
    bg_relu_reference(&o, begin, end);
    FOR_EACH_VARIANT(relu, {
        struct bg_relu_operands actual = o;
        actual.y = operand_copy(guard, before, float_bytes(count));
        actual.positive = operand_copy(guard, bits_before, bit_bytes(rows, columns));
        kernel(&actual, begin, end);
        expect_same("values", o.y, actual.y, float_bytes(count));
        expect_same("bits", o.positive, actual.positive, bit_bytes(rows, columns));
        actual.y = operand_copy(guard, before, float_bytes(count));
        actual.positive = NULL;
        kernel(&actual, begin, end);
        expect_same("values without bits", o.y, actual.y, float_bytes(count));
        if (type == BG_FLOAT32) {
            actual.x = actual.y = operand_copy(guard, x, float_bytes(count));
            kernel(&actual, begin, end);
            expect_same("values in place", o.y + begin * channels, actual.y + begin * channels,
                float_bytes((end - begin) * channels));
        }
    });

    float *gradient = typed_operand(guard, BG_FLOAT32, count, 0);
    const struct bg_relu_backward_operands b = {
        gradient, o.positive, {columns, first, channels}, operand_copy(guard, before, float_bytes(count))};
    bg_relu_backward_reference(&b, begin, end);
    FOR_EACH_VARIANT(relu_backward, {
        struct bg_relu_backward_operands actual = b;
        actual.result = operand_copy(guard, before, float_bytes(count));
        kernel(&actual, begin, end);
        expect_same("gradient", b.result, actual.result, float_bytes(count));
        actual.gradient = actual.result = operand_copy(guard, gradient, float_bytes(count));
        kernel(&actual, begin, end);
        expect_same("gradient in place", b.result + begin * channels, actual.result + begin * channels,
            float_bytes((end - begin) * channels));
    });
    release_all();
}

static void test_prelu(enum guard guard, int32_t type, int64_t rows, int64_t channels) {
    int64_t begin, end;
    random_range(rows, &begin, &end);
    CASE("prelu of type %d, %ld x %ld, rows [%ld, %ld)", type, (long)rows, (long)channels, (long)begin, (long)end);
    int64_t count = rows * channels;
    void *x = values(guard, type, count);
    float *slopes = typed_operand(guard, BG_FLOAT32, channels, 0);
    float *before = operand(guard, float_bytes(count));
    const struct bg_prelu_operands o = {type, x, slopes, channels, operand_copy(guard, before, float_bytes(count))};
    bg_prelu_reference(&o, begin, end);
    FOR_EACH_VARIANT(prelu, {
        struct bg_prelu_operands actual = o;
        actual.y = operand_copy(guard, before, float_bytes(count));
        kernel(&actual, begin, end);
        expect_same("values", o.y, actual.y, float_bytes(count));
    });

    int64_t channel_begin, channel_end;
    random_range(channels, &channel_begin, &channel_end);
    CASE("prelu_backward of type %d, %ld x %ld, channels [%ld, %ld)", type, (long)rows, (long)channels,
        (long)channel_begin, (long)channel_end);
    float *gradient = typed_operand(guard, BG_FLOAT32, count, 0);
    float *sums_before = operand(guard, float_bytes(channels));
    const struct bg_prelu_backward_operands b = {type, x, slopes, gradient, rows, channels,
        operand_copy(guard, before, float_bytes(count)), operand_copy(guard, sums_before, float_bytes(channels))};
    bg_prelu_backward_reference(&b, channel_begin, channel_end);
    FOR_EACH_VARIANT(prelu_backward, {
        struct bg_prelu_backward_operands actual = b;
        actual.result = operand_copy(guard, before, float_bytes(count));
        actual.slope_gradient = operand_copy(guard, sums_before, float_bytes(channels));
        kernel(&actual, channel_begin, channel_end);
        expect_same("gradient", b.result, actual.result, float_bytes(count));
        expect_same("gradient of slopes", b.slope_gradient, actual.slope_gradient, float_bytes(channels));
    });
    release_all();
}

static void test_known_values(void) {
    CASE("known values");
    const float x[4] = {-2, 3, 0, -0.5f};
    const int16_t integers[4] = {-2, 3, 0, -1};
    const float slopes[2] = {0.5f, 2};
    const float gradient[4] = {1, 2, 3, 4};
    uint64_t positive[2] = {0};
    float y[4], slope_gradient[2];
    EXPECT(bg_relu(OPERANDS(relu, BG_FLOAT32, x, y, positive, {2, 0, 2}), 0, 2) == BG_OK);
    EXPECT(y[0] == 0 && y[1] == 3 && y[2] == 0 && y[3] == 0 && positive[0] == 2 && positive[1] == 0);
    EXPECT(bg_relu_backward(OPERANDS(relu_backward, gradient, positive, {2, 0, 2}, y), 0, 2) == BG_OK);
    EXPECT(y[0] == 0 && y[1] == 2 && y[2] == 0 && y[3] == 0);
    EXPECT(bg_prelu(OPERANDS(prelu, BG_FLOAT32, x, slopes, 2, y), 0, 2) == BG_OK);
    EXPECT(y[0] == -1 && y[1] == 3 && y[2] == 0 && y[3] == -1);
    EXPECT(bg_prelu(OPERANDS(prelu, BG_INT16, integers, slopes, 2, y), 0, 2) == BG_OK);
    EXPECT(y[0] == -1 && y[1] == 3 && y[2] == 0 && y[3] == -2);
    EXPECT(bg_prelu_backward(
               OPERANDS(prelu_backward, BG_FLOAT32, x, slopes, gradient, 2, 2, y, slope_gradient), 0, 2) == BG_OK);
    EXPECT(y[0] == 0.5f && y[1] == 2 && y[2] == 3 && y[3] == 8 && slope_gradient[0] == -2 && slope_gradient[1] == -2);
    const float nan[1] = {NAN};
    EXPECT(bg_relu(OPERANDS(relu, BG_FLOAT32, nan, y, NULL, {1, 0, 1}), 0, 1) == BG_OK);
    EXPECT(isnan(y[0]));
}

#define OFF(pointer) ((void *)((char *)(pointer) + 1))

static void test_refusals(void) {
    CASE("refusals");
    float x[2] = {1, 1}, y[2] = {5, 5}, sums[1] = {5};
    uint64_t bits[2] = {0};
    struct bg_relu_operands r = {BG_FLOAT32, x, y, bits, {1, 0, 1}};
    EXPECT(bg_relu(NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT_WITH(r, type = BG_FLOAT16, bg_relu(&with, 0, 1), BG_BAD_TYPE);
    EXPECT_WITH(r, x = NULL, bg_relu(&with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(r, y = OFF(y), bg_relu(&with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(r, positive = OFF(bits), bg_relu(&with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(r, tile.first = 1, bg_relu(&with, 0, 1), BG_BAD_SHAPE);
    EXPECT(bg_relu(&r, 1, 0) == BG_BAD_RANGE);
    struct bg_relu_backward_operands b = {x, bits, {1, 0, 1}, y};
    EXPECT(bg_relu_backward(NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT_WITH(b, gradient = NULL, bg_relu_backward(&with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(b, positive = NULL, bg_relu_backward(&with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(b, result = OFF(y), bg_relu_backward(&with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(b, tile.channels = 0, bg_relu_backward(&with, 0, 1), BG_BAD_SHAPE);
    EXPECT(bg_relu_backward(&b, -1, 1) == BG_BAD_RANGE);
    struct bg_prelu_operands p = {BG_FLOAT32, x, x, 1, y};
    EXPECT(bg_prelu(NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT_WITH(p, type = BG_INT8, bg_prelu(&with, 0, 1), BG_BAD_TYPE);
    EXPECT_WITH(p, x = OFF(x), bg_prelu(&with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(p, slopes = NULL, bg_prelu(&with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(p, channels = 0, bg_prelu(&with, 0, 1), BG_BAD_SHAPE);
    EXPECT_WITH(p, y = NULL, bg_prelu(&with, 0, 1), BG_NULL_POINTER);
    EXPECT(bg_prelu(&p, 2, 1) == BG_BAD_RANGE);
    struct bg_prelu_backward_operands q = {BG_FLOAT32, x, x, x, 2, 1, y, sums};
    EXPECT(bg_prelu_backward(NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT_WITH(q, type = BG_BITS, bg_prelu_backward(&with, 0, 1), BG_BAD_TYPE);
    EXPECT_WITH(q, x = NULL, bg_prelu_backward(&with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(q, slopes = NULL, bg_prelu_backward(&with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(q, gradient = OFF(x), bg_prelu_backward(&with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(q, rows = 0, bg_prelu_backward(&with, 0, 1), BG_BAD_SHAPE);
    EXPECT_WITH(q, channels = -1, bg_prelu_backward(&with, 0, 0), BG_BAD_SHAPE);
    EXPECT_WITH(q, result = NULL, bg_prelu_backward(&with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(q, slope_gradient = NULL, bg_prelu_backward(&with, 0, 1), BG_NULL_POINTER);
    EXPECT(bg_prelu_backward(&q, 0, 2) == BG_BAD_RANGE);
    EXPECT(y[0] == 5 && y[1] == 5 && sums[0] == 5 && bits[0] == 0);
}

int main(void) {
    test_known_values();
    test_refusals();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (int type = 0; type < TYPES; type++) {
            for (const int64_t *size = tail_sizes; *size != 0; size++) {
                test_relu(guard, types[type], 1 + random_below(7), *size);
                test_prelu(guard, types[type], 1 + random_below(7), *size);
            }
            test_prelu(guard, types[type], 2 * BG_SUM_BLOCK + 5, 19);
        }
    }
    return finish("relu");
}
