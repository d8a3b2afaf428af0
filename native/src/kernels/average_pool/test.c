#include "harness.h"

#include <math.h>

static const int32_t types[] = {BG_FLOAT32, BG_INT16};
enum { TYPES = 2 };

static size_t float_bytes(int64_t count) {
    return (size_t)count * sizeof(float);
}

static void test_variants(enum guard guard, int32_t type, int64_t images, struct bg_sliding_windows windows) {
    const struct bg_sliding_windows *p = &windows;
    int64_t count = images * p->height * p->width * p->channels;
    int64_t pooled_count = images * bg_window_rows(p) * bg_window_columns(p) * p->channels;
    int64_t begin = random_below(images);
    CASE("average_pool of type %d, %ld images %ldx%ldx%ld by %ldx%ld, stride %ldx%ld, padding %ldx%ld, from image %ld",
        type, (long)images, (long)p->height, (long)p->width, (long)p->channels, (long)p->window_height,
        (long)p->window_width, (long)p->stride_height, (long)p->stride_width, (long)p->padding_height,
        (long)p->padding_width, (long)begin);
    void *x = typed_operand(guard, type, count, INT16_MAX);
    float *before = operand(guard, float_bytes(pooled_count));
    float *averages = operand_copy(guard, before, float_bytes(pooled_count));
    bg_average_pool_reference(p, type, x, averages, begin, images);
    FOR_EACH_VARIANT(average_pool, {
        float *actual = operand_copy(guard, before, float_bytes(pooled_count));
        kernel(p, type, x, actual, begin, images);
        expect_same("averages", averages, actual, float_bytes(pooled_count));
    });

    float *average_gradient = typed_operand(guard, BG_FLOAT32, pooled_count, 0);
    float *gradient_before = operand(guard, float_bytes(count));
    float *gradient = operand_copy(guard, gradient_before, float_bytes(count));
    bg_average_pool_backward_reference(p, average_gradient, gradient, begin, images);
    FOR_EACH_VARIANT(average_pool_backward, {
        float *actual = operand_copy(guard, gradient_before, float_bytes(count));
        kernel(p, average_gradient, actual, begin, images);
        expect_same("gradient", gradient, actual, float_bytes(count));
    });
    release_all();
}

/* Two channels, windows that are no squares, and edges that fill no window. */
static void test_known_values(void) {
    CASE("known values");
    const struct bg_sliding_windows p = {3, 3, 2, 2, 1, 2, 1, 0, 0};
    const float x[] = {1, 10, 2, 20, 3, 30, /**/ 5, -10, 4, 40, -3, 50, /**/ 9, 9, 9, 9, 9, 9};
    const int16_t integers[] = {1, 10, 2, 20, 3, 30, /**/ 5, -10, 4, 40, -3, 50, /**/ 9, 9, 9, 9, 9, 9};
    const float averages[] = {3, 0, 3, 30, 0, 40};
    const float gradients[] = {2, 4, 6, 8, 10, 12};
    const float gradient[] = {1, 2, 3, 4, 5, 6, /**/ 1, 2, 3, 4, 5, 6, /**/ 0, 0, 0, 0, 0, 0};
    float actual[6];
    float spread[18];
    EXPECT(bg_average_pool(&p, BG_FLOAT32, x, actual, 0, 1) == BG_OK);
    expect_same("averages", averages, actual, sizeof averages);
    EXPECT(bg_average_pool(&p, BG_INT16, integers, actual, 0, 1) == BG_OK);
    expect_same("averages of integers", averages, actual, sizeof averages);
    EXPECT(bg_average_pool_backward(&p, gradients, spread, 0, 1) == BG_OK);
    expect_same("gradient", gradient, spread, sizeof gradient);
}

/* One channel, windows of three that share pixels, and padding that does not count. */
static void test_known_overlap(void) {
    CASE("known overlap");
    const struct bg_sliding_windows w = {1, 4, 1, 1, 3, 1, 2, 0, 1};
    const float x[] = {2, 4, 9, 5};
    const float gradients[] = {6, 12};
    const float averages[] = {3, 6};
    const float gradient[] = {3, 7, 4, 4};
    float actual[2], spread[4];
    EXPECT(bg_average_pool(&w, BG_FLOAT32, x, actual, 0, 1) == BG_OK);
    expect_same("averages", averages, actual, sizeof averages);
    EXPECT(bg_average_pool_backward(&w, gradients, spread, 0, 1) == BG_OK);
    for (int i = 0; i < 4; i++) {
        EXPECT(fabsf(spread[i] - gradient[i]) < 1e-6f);
    }
}

#define OFF(pointer) ((void *)((char *)(pointer) + 1))

static void test_refusals(void) {
    CASE("refusals");
    const struct bg_sliding_windows p = {2, 2, 1, 2, 2, 2, 2, 0, 0};
    const struct bg_sliding_windows none = {2, 2, 1, 3, 2, 1, 1, 0, 0};
    const struct bg_sliding_windows no_stride = {2, 2, 1, 2, 2, 2, 0, 0, 0};
    const struct bg_sliding_windows padded = {2, 2, 1, 2, 2, 2, 2, 2, 0};
    float x[4] = {1, 2, 3, 4}, y[4] = {7};
    EXPECT(bg_average_pool(NULL, BG_FLOAT32, x, y, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_average_pool(&none, BG_FLOAT32, x, y, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_average_pool(&no_stride, BG_FLOAT32, x, y, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_average_pool(&padded, BG_FLOAT32, x, y, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_average_pool(&p, BG_INT8, x, y, 0, 1) == BG_BAD_TYPE);
    EXPECT(bg_average_pool(&p, BG_FLOAT32, NULL, y, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_average_pool(&p, BG_INT16, OFF(x), y, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_average_pool(&p, BG_FLOAT32, x, NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_average_pool(&p, BG_FLOAT32, x, y, -1, 1) == BG_BAD_RANGE);
    EXPECT(bg_average_pool_backward(&none, x, y, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_average_pool_backward(&p, NULL, y, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_average_pool_backward(&p, x, OFF(y), 0, 1) == BG_MISALIGNED);
    EXPECT(bg_average_pool_backward(&p, x, y, 1, 0) == BG_BAD_RANGE);
    EXPECT(y[0] == 7);
}

int main(void) {
    test_known_values();
    test_known_overlap();
    test_refusals();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (int type = 0; type < TYPES; type++) {
            for (const int64_t *channels = tail_sizes; *channels != 0; channels++) {
                int64_t height = 1 + random_below(4);
                int64_t width = 1 + random_below(4);
                test_variants(guard, types[type], 1 + random_below(3),
                    (struct bg_sliding_windows){height + random_below(6), width + random_below(6), *channels, height,
                        width, 1 + random_below(4), 1 + random_below(4), random_below(height), random_below(width)});
            }
            test_variants(guard, types[type], 1, (struct bg_sliding_windows){20, 17, 5, 20, 17, 20, 17, 0, 0});
        }
    }
    return finish("average_pool");
}
