#include "convolutions.h"
#include "harness.h"

#include <math.h>

static size_t float_bytes(int64_t count) {
    return (size_t)count * sizeof(float);
}

static void test_im2col(enum guard guard, const struct bg_convolution *convolution, int64_t images) {
    struct bg_geometry c = geometry_of(*convolution);
    float *x = typed_operand(guard, BG_FLOAT32, images * c.pixels * c.channels, 0);
    x[random_below(images * c.pixels * c.channels)] = NAN;
    int64_t begin = random_below(images * c.out_pixels);
    int64_t end = random_between(begin + 1, images * c.out_pixels);
    int64_t column_begin = random_below(c.taps * c.channels);
    int64_t column_end = random_between(column_begin + 1, c.taps * c.channels);
    char what[120];
    snprintf(what, sizeof what, "im2col of rows [%ld, %ld), columns [%ld, %ld)", (long)begin, (long)end,
        (long)column_begin, (long)column_end);
    convolution_case(what, convolution, images);
    size_t bytes = float_bytes((end - begin) * (column_end - column_begin));
    float *before = operand(guard, bytes);
    float *expected = operand_copy(guard, before, bytes);
    bg_im2col_reference(&c, x, expected, column_begin, column_end, begin, end);
    FOR_EACH_VARIANT(im2col, {
        float *actual = operand_copy(guard, before, bytes);
        kernel(&c, x, actual, column_begin, column_end, begin, end);
        expect_same("columns", expected, actual, bytes);
    });
    bg_im2col_signs_reference(&c, x, expected, column_begin, column_end, begin, end);
    FOR_EACH_VARIANT(im2col_signs, {
        float *actual = operand_copy(guard, before, bytes);
        kernel(&c, x, actual, column_begin, column_end, begin, end);
        expect_same("columns of signs", expected, actual, bytes);
    });
    release_all();
}

static void test_col2im(enum guard guard, const struct bg_convolution *convolution, int64_t images) {
    struct bg_geometry c = geometry_of(*convolution);
    int64_t fan_in = c.taps * c.channels;
    int64_t rows = images * c.out_pixels;
    float *columns = typed_operand(guard, BG_FLOAT32, rows * fan_in, 0);
    size_t bytes = float_bytes(images * c.pixels * c.channels);
    float *before = operand(guard, bytes);
    float *expected = operand_copy(guard, before, bytes);
    int64_t first = random_below(images) * c.out_pixels; /* images before it are another thread's */
    char what[80];
    snprintf(what, sizeof what, "col2im of rows [%ld, %ld)", (long)first, (long)rows);
    convolution_case(what, convolution, images);
    bg_col2im_reference(&c, columns + first * fan_in, expected, first, rows);
    FOR_EACH_VARIANT(col2im, {
        float *actual = operand_copy(guard, before, bytes);
        kernel(&c, columns + first * fan_in, actual, first, rows);
        expect_same("dx", expected, actual, bytes);

        float *in_parts = operand_copy(guard, before, bytes);
        int64_t middle = random_between(first, rows);
        kernel(&c, columns + first * fan_in, in_parts, first, middle);
        kernel(&c, columns + middle * fan_in, in_parts, middle, rows);
        expect_same("dx in two parts", expected, in_parts, bytes);
    });
    release_all();
}

/* Sizes at random: channels around the vectors' tails, windows that reach over no edge, one, or all four. */
static void test_random_shapes(enum guard guard) {
    for (int i = 0; i < 150; i++) {
        const struct bg_convolution convolution = random_convolution(tail_sizes[random_below(24)], 1, 5, 6);
        test_im2col(guard, &convolution, random_between(1, 3));
        test_col2im(guard, &convolution, random_between(1, 3));
    }
}

/* A window of 3x3 on an image of 2x3 pixels, each of two channels, with padding: written out by hand. */
static void test_known_columns(void) {
    CASE("known columns");
    const struct bg_convolution convolution = SQUARE(2, 3, 2, 3, 1, 1, 1);
    const float x[] = {1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 0, -0.0f};
    const float first[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, -2, 3, -4, 0, 0, 7, -8, 9, -10};
    const float last_middle[] = {9, -10, 0, -0.0f, 0, 0}; /* columns 8 to 13 of the last pixel: its row of taps */
    const float last_middle_signs[] = {1, -1, 1, 1, 0, 0};
    float columns[18];
    EXPECT(bg_im2col(&convolution, x, columns, 0, 18, 0, 1) == BG_OK);
    expect_same("first pixel", first, columns, sizeof first);
    EXPECT(bg_im2col(&convolution, x, columns, 6, 12, 5, 6) == BG_OK);
    expect_same("last pixel", last_middle, columns, sizeof last_middle);
    EXPECT(bg_im2col_signs(&convolution, x, columns, 6, 12, 5, 6) == BG_OK);
    expect_same("signs of the last pixel", last_middle_signs, columns, sizeof last_middle_signs);
}

/* Of ones, each pixel gets as many as there are windows that see it. */
static void test_known_sums(void) {
    CASE("known sums");
    const struct bg_convolution padded = SQUARE(3, 3, 1, 3, 1, 1, 1);
    /* One row of two windows; the third row of pixels is not seen. */
    const struct bg_convolution strided = SQUARE(3, 4, 1, 2, 2, 0, 1);
    /* Rows of two taps, from -1 on by 2: each pixel is seen once. */
    const struct bg_convolution by_axis = {2, 3, 1, 1, 2, 1, 2, 0, 1, 1};
    const float padded_sums[] = {4, 6, 4, 6, 9, 6, 4, 6, 4};
    const float strided_sums[] = {1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0};
    float ones[81];
    for (int i = 0; i < 81; i++) {
        ones[i] = 1;
    }
    float dx[12];
    EXPECT(bg_col2im(&padded, ones, dx, 0, 9) == BG_OK);
    expect_same("padded", padded_sums, dx, sizeof padded_sums);
    EXPECT(bg_col2im(&strided, ones, dx, 0, 2) == BG_OK);
    expect_same("strided", strided_sums, dx, sizeof strided_sums);
    const float by_axis_sums[] = {1, 1, 1, 1, 1, 1};
    EXPECT(bg_col2im(&by_axis, ones, dx, 0, 4) == BG_OK);
    expect_same("by axis", by_axis_sums, dx, sizeof by_axis_sums);
}

/* <im2col(x), columns> = <x, col2im(columns)>, exactly, on small integers. */
static void test_transpose(void) {
    CASE("transpose");
    enum { IMAGES = 2 };
    for (int shape = 0; shape < 40; shape++) {
        const struct bg_convolution convolution = random_convolution(3, 1, 4, 6);
        struct bg_geometry c = geometry_of(convolution);
        int64_t values = IMAGES * c.pixels * c.channels;
        int64_t elements = IMAGES * c.out_pixels * c.taps * c.channels;
        float *x = operand(GUARD_BEHIND, float_bytes(values));
        float *dx = operand(GUARD_BEHIND, float_bytes(values));
        float *columns = operand(GUARD_BEHIND, float_bytes(elements));
        float *of_x = operand(GUARD_BEHIND, float_bytes(elements));
        for (int64_t i = 0; i < values; i++) {
            x[i] = (float)(random_below(9) - 4);
        }
        for (int64_t i = 0; i < elements; i++) {
            columns[i] = (float)(random_below(9) - 4);
        }
        EXPECT(bg_im2col(&convolution, x, of_x, 0, c.taps * c.channels, 0, IMAGES * c.out_pixels) == BG_OK);
        EXPECT(bg_col2im(&convolution, columns, dx, 0, IMAGES * c.out_pixels) == BG_OK);
        double left = 0;
        double right = 0;
        for (int64_t i = 0; i < elements; i++) {
            left += of_x[i] * columns[i];
        }
        for (int64_t i = 0; i < values; i++) {
            right += x[i] * dx[i];
        }
        EXPECT(left == right);
        release_all();
    }
}

#define OFF(pointer) ((void *)((char *)(pointer) + 1))

static void test_refusals(void) {
    CASE("refusals");
    const struct bg_convolution c = SQUARE(3, 3, 1, 3, 1, 1, 1);
    float x[9] = {0};
    float columns[9] = {7};
    EXPECT(bg_im2col(NULL, x, columns, 0, 9, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_im2col(OFF(&c), x, columns, 0, 9, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_im2col(&c, NULL, columns, 0, 9, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_im2col(&c, OFF(x), columns, 0, 9, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_im2col(&c, x, NULL, 0, 9, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_im2col(&c, x, columns, 0, 9, -1, 1) == BG_BAD_RANGE);
    EXPECT(bg_im2col(&c, x, columns, 0, 9, 1, 0) == BG_BAD_RANGE);
    EXPECT(bg_im2col(&c, x, columns, -1, 9, 0, 1) == BG_BAD_RANGE);
    EXPECT(bg_im2col(&c, x, columns, 9, 8, 0, 1) == BG_BAD_RANGE);
    EXPECT(bg_im2col(&c, x, columns, 0, 10, 0, 1) == BG_BAD_RANGE);
    EXPECT(bg_im2col_signs(&c, NULL, columns, 0, 9, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_im2col_signs(&c, x, OFF(columns), 0, 9, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_im2col_signs(&c, x, columns, 0, 9, 1, 0) == BG_BAD_RANGE);
    EXPECT(bg_im2col_signs(&c, x, columns, 0, 10, 0, 1) == BG_BAD_RANGE);
    EXPECT(bg_col2im(&c, NULL, x, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_col2im(&c, columns, NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_col2im(&c, columns, OFF(x), 0, 1) == BG_MISALIGNED);
    EXPECT(bg_col2im(&c, columns, x, -1, 1) == BG_BAD_RANGE);
    EXPECT(bg_col2im(&c, columns, x, 2, 1) == BG_BAD_RANGE);
    for (size_t field = 0; field < sizeof c; field += sizeof(int64_t)) {
        for (int i = 0; i < 2; i++) {
            struct bg_convolution bad = c;
            *(int64_t *)((char *)&bad + field) = i == 0 ? -1 : INT64_MAX;
            EXPECT(bg_im2col(&bad, x, columns, 0, 9, 0, 1) == BG_BAD_SHAPE);
            EXPECT(bg_im2col_signs(&bad, x, columns, 0, 9, 0, 1) == BG_BAD_SHAPE);
            EXPECT(bg_col2im(&bad, columns, x, 0, 1) == BG_BAD_SHAPE);
        }
    }
    EXPECT(columns[0] == 7 && x[0] == 0);
}

int main(void) {
    test_known_columns();
    test_known_sums();
    test_transpose();
    test_refusals();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        test_random_shapes(guard);
    }
    return finish("im2col");
}
