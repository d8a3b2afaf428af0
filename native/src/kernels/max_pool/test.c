#include "harness.h"

#include <math.h>

static size_t float_bytes(int64_t count) {
    return (size_t)count * sizeof(float);
}

/* The largest value of a window, looked for from its end: what is at least as large and comes before is taken. */
static void expect_pooled(const float *x, int64_t height, int64_t width, int64_t channels, int64_t size,
    const float *pooled, const uint8_t *argmax, int64_t images) {
    for (int64_t image = 0; image < images; image++) {
        for (int64_t row = 0; row < height / size; row++) {
            for (int64_t column = 0; column < width / size; column++) {
                for (int64_t channel = 0; channel < channels; channel++, pooled++, argmax++) {
                    float best = -INFINITY;
                    int64_t place = -1;
                    for (int64_t k = size * size - 1; k >= 0; k--) {
                        int64_t y = row * size + k / size;
                        int64_t z = column * size + k % size;
                        float value = x[((image * height + y) * width + z) * channels + channel];
                        if (value >= best) {
                            best = value;
                            place = k;
                        }
                    }
                    EXPECT(*argmax == place && *pooled == best);
                }
            }
        }
    }
}

static void test_pooling(
    enum guard guard, int64_t images, int64_t height, int64_t width, int64_t channels, int64_t size) {
    int64_t count = images * height * width * channels;
    int64_t pooled_count = images * (height / size) * (width / size) * channels;
    int64_t begin = random_below(images);
    CASE("max_pool of %ld images %ldx%ldx%ld by %ld from image %ld", (long)images, (long)height, (long)width,
        (long)channels, (long)size, (long)begin);
    float *x = typed_operand(guard, BG_FLOAT32, count, 0);
    for (int64_t i = 0; i < count; i++) {
        x[i] = roundf(x[i] * 2); /* so that many are equal */
    }
    float *before = operand(guard, float_bytes(pooled_count));
    uint8_t *argmax_before = operand(guard, (size_t)pooled_count);
    float *pooled = operand_copy(guard, before, float_bytes(pooled_count));
    uint8_t *argmax = operand_copy(guard, argmax_before, (size_t)pooled_count);
    bg_max_pool_reference(x, height, width, channels, size, pooled, argmax, 0, images);
    expect_pooled(x, height, width, channels, size, pooled, argmax, images);

    x[random_below(count)] = NAN;
    x[random_below(count)] = NAN;
    float *signs = operand(guard, float_bytes(count));
    bg_sign_reference(x, signs, 0, count);
    float *signs_pooled = operand_copy(guard, before, float_bytes(pooled_count));
    uint8_t *signs_argmax = operand_copy(guard, argmax_before, (size_t)pooled_count);
    bg_max_pool_signs_reference(x, height, width, channels, size, signs_pooled, signs_argmax, 0, images);
    expect_pooled(signs, height, width, channels, size, signs_pooled, signs_argmax, images);

    memcpy(pooled, before, float_bytes(pooled_count));
    memcpy(argmax, argmax_before, (size_t)pooled_count);
    bg_max_pool_reference(x, height, width, channels, size, pooled, argmax, begin, images);
    FOR_EACH_VARIANT(max_pool, {
        float *actual = operand_copy(guard, before, float_bytes(pooled_count));
        uint8_t *actual_argmax = operand_copy(guard, argmax_before, (size_t)pooled_count);
        kernel(x, height, width, channels, size, actual, actual_argmax, begin, images);
        expect_same("pooled", pooled, actual, float_bytes(pooled_count));
        expect_same("argmax", argmax, actual_argmax, (size_t)pooled_count);
        float *alone = operand_copy(guard, before, float_bytes(pooled_count));
        kernel(x, height, width, channels, size, alone, NULL, begin, images);
        expect_same("pooled without argmax", pooled, alone, float_bytes(pooled_count));
    });
    memcpy(signs_pooled, before, float_bytes(pooled_count));
    memcpy(signs_argmax, argmax_before, (size_t)pooled_count);
    bg_max_pool_signs_reference(x, height, width, channels, size, signs_pooled, signs_argmax, begin, images);
    FOR_EACH_VARIANT(max_pool_signs, {
        float *actual = operand_copy(guard, before, float_bytes(pooled_count));
        uint8_t *actual_argmax = operand_copy(guard, argmax_before, (size_t)pooled_count);
        kernel(x, height, width, channels, size, actual, actual_argmax, begin, images);
        expect_same("pooled signs", signs_pooled, actual, float_bytes(pooled_count));
        expect_same("argmax of signs", signs_argmax, actual_argmax, (size_t)pooled_count);
    });

    float *pooled_gradient = typed_operand(guard, BG_FLOAT32, pooled_count, 0);
    for (int64_t i = 0; i < pooled_count; i++) {
        argmax[i] = (uint8_t)random_below(size * size);
    }
    float *gradient_before = operand(guard, float_bytes(count));
    float *gradient = operand_copy(guard, gradient_before, float_bytes(count));
    bg_max_pool_backward_reference(pooled_gradient, argmax, height, width, channels, size, gradient, begin, images);
    FOR_EACH_VARIANT(max_pool_backward, {
        float *actual = operand_copy(guard, gradient_before, float_bytes(count));
        kernel(pooled_gradient, argmax, height, width, channels, size, actual, begin, images);
        expect_same("gradient", gradient, actual, float_bytes(count));
    });
    release_all();
}

/* Ties, the edges that fill no window, and both signs of zero. */
static void test_known_values(void) {
    CASE("known values");
    const float x[] = {1, 1, 9, /**/ 0, 1, 9, /**/ -3, -0.0f, 9, /**/ -2, 0, 9, /**/ 9, 9, 9}; /* 5x3x1 */
    const float pooled[] = {1, -0.0f};
    const uint8_t argmax[] = {0, 1};
    const float pooled_signs[] = {1, 1};
    const float gradients[] = {5, 6};
    const float gradient[] = {5, 0, 0, /**/ 0, 0, 0, /**/ 0, 6, 0, /**/ 0, 0, 0, /**/ 0, 0, 0};
    float values[2];
    uint8_t places[2];
    float scattered[15];
    EXPECT(bg_max_pool(x, 5, 3, 1, 2, values, places, 0, 1) == BG_OK);
    expect_same("pooled", pooled, values, sizeof pooled);
    expect_same("argmax", argmax, places, sizeof argmax);
    EXPECT(bg_max_pool_signs(x, 5, 3, 1, 2, values, places, 0, 1) == BG_OK);
    expect_same("pooled signs", pooled_signs, values, sizeof pooled_signs);
    expect_same("argmax of signs", argmax, places, sizeof argmax);
    EXPECT(bg_max_pool_backward(gradients, argmax, 5, 3, 1, 2, scattered, 0, 1) == BG_OK);
    expect_same("gradient", gradient, scattered, sizeof gradient);
}

static void test_signs_without_a_positive(void) {
    CASE("signs without a positive");
    const float x[] = {-1, -5, NAN, -1e-30f};
    float pooled;
    uint8_t argmax;
    EXPECT(bg_max_pool_signs(x, 2, 2, 1, 2, &pooled, &argmax, 0, 1) == BG_OK);
    EXPECT(pooled == -1 && argmax == 0);
}

#define OFF(pointer) ((void *)((char *)(pointer) + 1))

static void test_refusals(void) {
    CASE("refusals");
    float x[4] = {1, 2, 3, 4}, y[4] = {7};
    uint8_t argmax[4] = {0};
    EXPECT(bg_max_pool(NULL, 2, 2, 1, 2, y, argmax, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_max_pool(OFF(x), 2, 2, 1, 2, y, argmax, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_max_pool(x, 2, 2, 1, 2, NULL, argmax, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_max_pool(x, 2, 2, 1, 0, y, argmax, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_max_pool(x, 2, 1, 1, 2, y, argmax, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_max_pool(x, 1, 2, 1, 2, y, argmax, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_max_pool(x, 20, 20, 1, 17, y, argmax, 0, 0) == BG_BAD_SHAPE);
    EXPECT(bg_max_pool(x, 2, 2, 0, 2, y, argmax, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_max_pool(x, INT64_MAX, 2, 1, 2, y, argmax, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_max_pool(x, 2, 2, INT64_MAX, 2, y, argmax, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_max_pool(x, 2, 2, 1, 2, y, argmax, -1, 1) == BG_BAD_RANGE);
    EXPECT(bg_max_pool(x, 2, 2, 1, 2, y, argmax, 1, 0) == BG_BAD_RANGE);
    EXPECT(bg_max_pool_signs(NULL, 2, 2, 1, 2, y, argmax, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_max_pool_signs(x, 2, 2, 1, 2, OFF(y), argmax, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_max_pool_signs(x, 2, 2, 1, 3, y, argmax, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_max_pool_signs(x, 2, 2, 1, 2, y, argmax, 1, 0) == BG_BAD_RANGE);
    EXPECT(bg_max_pool_backward(NULL, argmax, 2, 2, 1, 2, y, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_max_pool_backward(x, NULL, 2, 2, 1, 2, y, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_max_pool_backward(x, argmax, 2, 2, 1, 2, OFF(y), 0, 1) == BG_MISALIGNED);
    EXPECT(bg_max_pool_backward(x, argmax, 2, 2, 1, 3, y, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_max_pool_backward(x, argmax, 2, 2, 1, 2, y, -1, 1) == BG_BAD_RANGE);
    EXPECT(y[0] == 7);
}

int main(void) {
    test_known_values();
    test_signs_without_a_positive();
    test_refusals();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (int i = 0; i < 24; i++) {
            int64_t size = 1 + random_below(4);
            test_pooling(
                guard, 1 + random_below(3), size + random_below(6), size + random_below(6), tail_sizes[i], size);
        }
        test_pooling(guard, 1, 16, 17, 5, 16); /* the last place is 255 */
        test_pooling(guard, 2, 5, 4, 64, 2);
    }
    return finish("max_pool");
}
