#include "harness.h"

#include <math.h>

static size_t float_bytes(int64_t count) {
    return (size_t)count * sizeof(float);
}

/* The largest value of a window, looked for from its end: what is at least as large and comes before is taken. */
static void expect_pooled(
    const struct bg_pooling *p, const float *x, const float *pooled, const uint8_t *argmax, int64_t images) {
    for (int64_t image = 0; image < images; image++) {
        for (int64_t row = 0; row < p->height / p->window_height; row++) {
            for (int64_t column = 0; column < p->width / p->window_width; column++) {
                for (int64_t channel = 0; channel < p->channels; channel++, pooled++, argmax++) {
                    float best = -INFINITY;
                    int64_t place = -1;
                    for (int64_t i = p->window_height - 1; i >= 0; i--) {
                        for (int64_t j = p->window_width - 1; j >= 0; j--) {
                            int64_t y = row * p->window_height + i;
                            int64_t z = column * p->window_width + j;
                            float value = x[((image * p->height + y) * p->width + z) * p->channels + channel];
                            if (value >= best) {
                                best = value;
                                place = i * p->window_width + j;
                            }
                        }
                    }
                    EXPECT(*argmax == place && *pooled == best);
                }
            }
        }
    }
}

static void test_pooling(enum guard guard, int64_t images, struct bg_pooling pooling) {
    const struct bg_pooling *p = &pooling;
    int64_t count = images * p->height * p->width * p->channels;
    int64_t pooled_count = images * bg_pooled_pixels(p) * p->channels;
    int64_t begin = random_below(images);
    CASE("max_pool of %ld images %ldx%ldx%ld by %ldx%ld from image %ld", (long)images, (long)p->height, (long)p->width,
        (long)p->channels, (long)p->window_height, (long)p->window_width, (long)begin);
    float *x = typed_operand(guard, BG_FLOAT32, count, 0);
    for (int64_t i = 0; i < count; i++) {
        x[i] = roundf(x[i] * 2); /* so that many are equal */
    }
    float *before = operand(guard, float_bytes(pooled_count));
    uint8_t *argmax_before = operand(guard, (size_t)pooled_count);
    float *pooled = operand_copy(guard, before, float_bytes(pooled_count));
    uint8_t *argmax = operand_copy(guard, argmax_before, (size_t)pooled_count);
    bg_max_pool_reference(p, x, pooled, argmax, 0, images);
    expect_pooled(p, x, pooled, argmax, images);

    x[random_below(count)] = NAN;
    x[random_below(count)] = NAN;
    float *signs = operand(guard, float_bytes(count));
    bg_sign_reference(x, signs, 0, count);
    float *signs_pooled = operand_copy(guard, before, float_bytes(pooled_count));
    uint8_t *signs_argmax = operand_copy(guard, argmax_before, (size_t)pooled_count);
    bg_max_pool_signs_reference(p, x, signs_pooled, signs_argmax, 0, images);
    expect_pooled(p, signs, signs_pooled, signs_argmax, images);

    memcpy(pooled, before, float_bytes(pooled_count));
    memcpy(argmax, argmax_before, (size_t)pooled_count);
    bg_max_pool_reference(p, x, pooled, argmax, begin, images);
    FOR_EACH_VARIANT(max_pool, {
        float *actual = operand_copy(guard, before, float_bytes(pooled_count));
        uint8_t *actual_argmax = operand_copy(guard, argmax_before, (size_t)pooled_count);
        kernel(p, x, actual, actual_argmax, begin, images);
        expect_same("pooled", pooled, actual, float_bytes(pooled_count));
        expect_same("argmax", argmax, actual_argmax, (size_t)pooled_count);
        float *alone = operand_copy(guard, before, float_bytes(pooled_count));
        kernel(p, x, alone, NULL, begin, images);
        expect_same("pooled without argmax", pooled, alone, float_bytes(pooled_count));
    });
    memcpy(signs_pooled, before, float_bytes(pooled_count));
    memcpy(signs_argmax, argmax_before, (size_t)pooled_count);
    bg_max_pool_signs_reference(p, x, signs_pooled, signs_argmax, begin, images);
    FOR_EACH_VARIANT(max_pool_signs, {
        float *actual = operand_copy(guard, before, float_bytes(pooled_count));
        uint8_t *actual_argmax = operand_copy(guard, argmax_before, (size_t)pooled_count);
        kernel(p, x, actual, actual_argmax, begin, images);
        expect_same("pooled signs", signs_pooled, actual, float_bytes(pooled_count));
        expect_same("argmax of signs", signs_argmax, actual_argmax, (size_t)pooled_count);
    });

    float *pooled_gradient = typed_operand(guard, BG_FLOAT32, pooled_count, 0);
    for (int64_t i = 0; i < pooled_count; i++) {
        argmax[i] = (uint8_t)random_below(p->window_height * p->window_width);
    }
    float *gradient_before = operand(guard, float_bytes(count));
    float *gradient = operand_copy(guard, gradient_before, float_bytes(count));
    bg_max_pool_backward_reference(p, pooled_gradient, argmax, gradient, begin, images);
    FOR_EACH_VARIANT(max_pool_backward, {
        float *actual = operand_copy(guard, gradient_before, float_bytes(count));
        kernel(p, pooled_gradient, argmax, actual, begin, images);
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
    const struct bg_pooling p = {5, 3, 1, 2, 2};
    EXPECT(bg_max_pool(&p, x, values, places, 0, 1) == BG_OK);
    expect_same("pooled", pooled, values, sizeof pooled);
    expect_same("argmax", argmax, places, sizeof argmax);
    EXPECT(bg_max_pool_signs(&p, x, values, places, 0, 1) == BG_OK);
    expect_same("pooled signs", pooled_signs, values, sizeof pooled_signs);
    expect_same("argmax of signs", argmax, places, sizeof argmax);
    EXPECT(bg_max_pool_backward(&p, gradients, argmax, scattered, 0, 1) == BG_OK);
    expect_same("gradient", gradient, scattered, sizeof gradient);
}

/* Windows of one row of three pixels on 2x4: the last column fills none. */
static void test_known_values_by_axis(void) {
    CASE("known values by axis");
    const struct bg_pooling p = {2, 4, 1, 1, 3};
    const float x[] = {1, 5, 5, 9, /**/ -1, -3, -0.5f, 9};
    const float pooled[] = {5, -0.5f};
    const uint8_t argmax[] = {1, 2};
    const float gradients[] = {7, 8};
    const float gradient[] = {0, 7, 0, 0, /**/ 0, 0, 8, 0};
    float values[2];
    uint8_t places[2];
    float scattered[8];
    EXPECT(bg_max_pool(&p, x, values, places, 0, 1) == BG_OK);
    expect_same("pooled", pooled, values, sizeof pooled);
    expect_same("argmax", argmax, places, sizeof argmax);
    EXPECT(bg_max_pool_backward(&p, gradients, argmax, scattered, 0, 1) == BG_OK);
    expect_same("gradient", gradient, scattered, sizeof gradient);
}

static void test_signs_without_a_positive(void) {
    CASE("signs without a positive");
    const float x[] = {-1, -5, NAN, -1e-30f};
    float pooled;
    uint8_t argmax;
    const struct bg_pooling p = {2, 2, 1, 2, 2};
    EXPECT(bg_max_pool_signs(&p, x, &pooled, &argmax, 0, 1) == BG_OK);
    EXPECT(pooled == -1 && argmax == 0);
}

#define OFF(pointer) ((void *)((char *)(pointer) + 1))

static void test_refusals(void) {
    CASE("refusals");
    float x[4] = {1, 2, 3, 4}, y[4] = {7};
    uint8_t argmax[4] = {0};
    const struct bg_pooling p = {2, 2, 1, 2, 2};
    EXPECT(bg_max_pool(NULL, x, y, argmax, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_max_pool(OFF(&p), x, y, argmax, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_max_pool(&p, NULL, y, argmax, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_max_pool(&p, OFF(x), y, argmax, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_max_pool(&p, x, NULL, argmax, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_max_pool(&p, x, y, argmax, -1, 1) == BG_BAD_RANGE);
    EXPECT(bg_max_pool(&p, x, y, argmax, 1, 0) == BG_BAD_RANGE);
    EXPECT(bg_max_pool_signs(&p, NULL, y, argmax, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_max_pool_signs(&p, x, OFF(y), argmax, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_max_pool_signs(&p, x, y, argmax, 1, 0) == BG_BAD_RANGE);
    EXPECT(bg_max_pool_backward(&p, NULL, argmax, y, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_max_pool_backward(&p, x, NULL, y, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_max_pool_backward(&p, x, argmax, OFF(y), 0, 1) == BG_MISALIGNED);
    EXPECT(bg_max_pool_backward(&p, x, argmax, y, -1, 1) == BG_BAD_RANGE);
    const struct bg_pooling shapes[] = {
        {2, 2, 1, 0, 2},
        {2, 2, 1, 2, 0},
        {2, 1, 1, 2, 2},
        {1, 2, 1, 2, 2},
        {20, 20, 1, BG_MAX_POOL + 1, 2},
        {20, 20, 1, 2, BG_MAX_POOL + 1},
        {2, 2, 0, 2, 2},
        {0, 2, 1, 1, 2},
        {2, 0, 1, 2, 1},
        {INT64_MAX, 2, 1, 2, 2},
        {2, INT64_MAX, 1, 2, 2},
        {2, 2, INT64_MAX, 2, 2},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        CASE("refusal of shape %zu", i);
        EXPECT(bg_max_pool(&shapes[i], x, y, argmax, 0, 0) == BG_BAD_SHAPE);
        EXPECT(bg_max_pool_signs(&shapes[i], x, y, argmax, 0, 0) == BG_BAD_SHAPE);
        EXPECT(bg_max_pool_backward(&shapes[i], x, argmax, y, 0, 0) == BG_BAD_SHAPE);
    }
    EXPECT(y[0] == 7);
}

int main(void) {
    test_known_values();
    test_known_values_by_axis();
    test_signs_without_a_positive();
    test_refusals();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (int i = 0; i < 24; i++) {
            int64_t height = 1 + random_below(4);
            int64_t width = 1 + random_below(4);
            test_pooling(guard, 1 + random_below(3),
                (struct bg_pooling){height + random_below(6), width + random_below(6), tail_sizes[i], height, width});
        }
        test_pooling(guard, 1, (struct bg_pooling){16, 17, 5, 16, 16}); /* the last place is 255 */
        test_pooling(guard, 2, (struct bg_pooling){5, 4, 64, 2, 2});
        test_pooling(guard, 2, (struct bg_pooling){1, 40, 33, 1, 16});
    }
    return finish("max_pool");
}
