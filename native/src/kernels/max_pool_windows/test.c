#include "harness.h"

#include <math.h>

static const int32_t types[] = {BG_FLOAT32, BG_INT16};
enum { TYPES = 2 };

static size_t float_bytes(int64_t count) {
    return (size_t)count * sizeof(float);
}

static void test_variants(enum guard guard, int32_t type, int64_t images, struct bg_sliding_windows windows) {
    const struct bg_sliding_windows *w = &windows;
    int64_t count = images * w->height * w->width * w->channels;
    int64_t pooled_rows = images * bg_window_rows(w) * bg_window_columns(w);
    int64_t pooled_count = pooled_rows * w->channels;
    int64_t planes = bg_argmax_planes(w->window_height * w->window_width);
    int64_t begin = random_below(images);
    int64_t columns, first;
    random_tile(w->channels, &columns, &first);
    CASE("max_pool_windows of type %d, %ld images %ldx%ldx%ld by %ldx%ld, stride %ldx%ld, padding %ldx%ld, columns "
         "from %ld of %ld, from image %ld",
        type, (long)images, (long)w->height, (long)w->width, (long)w->channels, (long)w->window_height,
        (long)w->window_width, (long)w->stride_height, (long)w->stride_width, (long)w->padding_height,
        (long)w->padding_width, (long)first, (long)columns, (long)begin);
    void *x = typed_operand(guard, type, count, 3); /* small, so that many are equal */
    if (type == BG_FLOAT32) {
        ((float *)x)[random_below(count)] = NAN;
    }
    float *before = operand(guard, float_bytes(pooled_count));
    size_t argmax_bytes = bit_bytes(planes * pooled_rows, columns);
    uint64_t *argmax_before = bit_operand(guard, planes * pooled_rows, columns);
    const struct bg_max_pool_windows_operands o = {images, type, x,
        operand_copy(guard, before, float_bytes(pooled_count)), operand_copy(guard, argmax_before, argmax_bytes),
        columns, first};
    bg_max_pool_windows_reference(w, &o, begin, images);
    FOR_EACH_VARIANT(max_pool_windows, {
        struct bg_max_pool_windows_operands actual = o;
        actual.pooled = operand_copy(guard, before, float_bytes(pooled_count));
        actual.argmax = operand_copy(guard, argmax_before, argmax_bytes);
        kernel(w, &actual, begin, images);
        expect_same("pooled", o.pooled, actual.pooled, float_bytes(pooled_count));
        expect_same("argmax", o.argmax, actual.argmax, argmax_bytes);
        actual.pooled = operand_copy(guard, before, float_bytes(pooled_count));
        actual.argmax = NULL;
        kernel(w, &actual, begin, images);
        expect_same("pooled without argmax", o.pooled, actual.pooled, float_bytes(pooled_count));
    });

    float *gradient_before = operand(guard, float_bytes(count));
    float *pooled_gradient = typed_operand(guard, BG_FLOAT32, pooled_count, 0);
    /* what pooling selected, and what no pooling selects */
    const uint64_t *argmaxes[] = {o.argmax, bit_operand(guard, planes * pooled_rows, columns)};
    for (int i = 0; i < 2; i++) {
        const struct bg_max_pool_windows_backward_operands b = {images, pooled_gradient, argmaxes[i], columns, first,
            operand_copy(guard, gradient_before, float_bytes(count))};
        bg_max_pool_windows_backward_reference(w, &b, begin, images);
        FOR_EACH_VARIANT(max_pool_windows_backward, {
            struct bg_max_pool_windows_backward_operands actual = b;
            actual.gradient = operand_copy(guard, gradient_before, float_bytes(count));
            kernel(w, &actual, begin, images);
            expect_same("gradient", b.gradient, actual.gradient, float_bytes(count));
        });
    }
    release_all();
}

/* Windows of 3 pixels with a stride of 2 in padding: both select the pixel that they share, the first of equal ones. */
static void test_known_values(void) {
    CASE("known values");
    const struct bg_sliding_windows w = {1, 4, 1, 1, 3, 1, 2, 0, 1};
    const float x[] = {-5, 7, 7, -9};
    const float nan[] = {-5, NAN, 7, -9};
    const float gradients[] = {10, 20};
    float pooled[2], gradient[4];
    uint64_t argmax[4] = {0};
    EXPECT(bg_max_pool_windows(&w, OPERANDS(max_pool_windows, 1, BG_FLOAT32, x, pooled, argmax, 1, 0), 0, 1) == BG_OK);
    EXPECT(pooled[0] == 7 && pooled[1] == 7);
    EXPECT(argmax[0] == 0 && argmax[1] == 0 && argmax[2] == 1 && argmax[3] == 0); /* numbers 2 and 0 */
    EXPECT(bg_max_pool_windows_backward(
               &w, OPERANDS(max_pool_windows_backward, 1, gradients, argmax, 1, 0, gradient), 0, 1) == BG_OK);
    EXPECT(gradient[0] == 0 && gradient[1] == 30 && gradient[2] == 0 && gradient[3] == 0);
    EXPECT(
        bg_max_pool_windows(&w, OPERANDS(max_pool_windows, 1, BG_FLOAT32, nan, pooled, argmax, 1, 0), 0, 1) == BG_OK);
    EXPECT(pooled[0] == -5 && isnan(pooled[1]));
}

#define OFF(pointer) ((void *)((char *)(pointer) + 1))

static void test_refusals(void) {
    CASE("refusals");
    const struct bg_sliding_windows w = {2, 2, 1, 2, 2, 1, 1, 0, 0};
    const struct bg_sliding_windows large = {20, 2, 1, 17, 2, 1, 1, 0, 0};
    const struct bg_sliding_windows none = {2, 2, 1, 2, 2, 1, 1, 2, 0};
    float x[20] = {1}, y[20] = {7};
    uint64_t bits[9] = {0};
    struct bg_max_pool_windows_operands o = {1, BG_FLOAT32, x, y, bits, 1, 0};
    EXPECT(bg_max_pool_windows(NULL, &o, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_max_pool_windows(&w, NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_max_pool_windows(&large, &o, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_max_pool_windows(&none, &o, 0, 1) == BG_BAD_SHAPE);
    EXPECT_WITH(o, images = 0, bg_max_pool_windows(&w, &with, 0, 0), BG_BAD_SHAPE);
    EXPECT_WITH(o, type = BG_INT8, bg_max_pool_windows(&w, &with, 0, 1), BG_BAD_TYPE);
    EXPECT_WITH(o, x = NULL, bg_max_pool_windows(&w, &with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(o, pooled = OFF(y), bg_max_pool_windows(&w, &with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(o, argmax = OFF(bits), bg_max_pool_windows(&w, &with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(o, first = 1, bg_max_pool_windows(&w, &with, 0, 1), BG_BAD_SHAPE);
    EXPECT(bg_max_pool_windows(&w, &o, 0, 2) == BG_BAD_RANGE);
    struct bg_max_pool_windows_backward_operands b = {1, x, bits, 1, 0, y};
    EXPECT(bg_max_pool_windows_backward(&large, &b, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_max_pool_windows_backward(&w, NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT_WITH(b, pooled_gradient = OFF(x), bg_max_pool_windows_backward(&w, &with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(b, argmax = NULL, bg_max_pool_windows_backward(&w, &with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(b, gradient = NULL, bg_max_pool_windows_backward(&w, &with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(b, columns = 0, bg_max_pool_windows_backward(&w, &with, 0, 1), BG_BAD_SHAPE);
    EXPECT(bg_max_pool_windows_backward(&w, &b, -1, 1) == BG_BAD_RANGE);
    EXPECT(y[0] == 7);
}

int main(void) {
    test_known_values();
    test_refusals();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (int type = 0; type < TYPES; type++) {
            for (const int64_t *channels = tail_sizes; *channels != 0; channels++) {
                int64_t height = 1 + random_below(4);
                int64_t width = 1 + random_below(4) + (height == 1); /* one pixel needs no planes */
                test_variants(guard, types[type], 1 + random_below(3),
                    (struct bg_sliding_windows){height + random_below(5), width + random_below(5), *channels, height,
                        width, 1 + random_below(4), 1 + random_below(4), random_below(height), random_below(width)});
            }
            test_variants(guard, types[type], 2, (struct bg_sliding_windows){7, 8, 33, 3, 3, 2, 2, 1, 1});
            test_variants(guard, types[type], 1, (struct bg_sliding_windows){16, 17, 5, 16, 16, 1, 1, 0, 8});
        }
    }
    return finish("max_pool_windows");
}
