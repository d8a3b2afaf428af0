#include "harness.h"

#include <math.h>

/* The convolution of numbers that are right. */
static struct bg_convolution convolution_of(const int64_t *numbers) {
    struct bg_convolution c;
    EXPECT(bg_read_convolution(numbers, &c) == BG_OK);
    return c;
}

static int64_t random_between(int64_t least, int64_t most) {
    return least + random_below(most - least + 1);
}

static size_t float_bytes(int64_t count) {
    return (size_t)count * sizeof(float);
}

static void test_im2col(enum guard guard, const int64_t *numbers, int64_t images) {
    struct bg_convolution c = convolution_of(numbers);
    float *x = typed_operand(guard, BG_FLOAT32, images * c.pixels * c.channels, 0);
    x[random_below(images * c.pixels * c.channels)] = NAN;
    int64_t begin = random_below(images * c.out_pixels);
    int64_t end = random_between(begin + 1, images * c.out_pixels);
    int64_t column_begin = random_below(c.taps * c.channels);
    int64_t column_end = random_between(column_begin + 1, c.taps * c.channels);
    CASE("im2col of %ld images %ldx%ldx%ld, kernel %ld, stride %ld, padding %ld: rows [%ld, %ld), columns [%ld, %ld)",
        (long)images, (long)c.height, (long)c.width, (long)c.channels, (long)c.kernel, (long)c.stride, (long)c.padding,
        (long)begin, (long)end, (long)column_begin, (long)column_end);
    size_t bytes = float_bytes((end - begin) * (column_end - column_begin));
    float *before = operand(guard, bytes);
    float *expected = operand_copy(guard, before, bytes);
    bg_im2col_reference(&c, x, expected, begin, end, column_begin, column_end);
    FOR_EACH_VARIANT(im2col, {
        float *actual = operand_copy(guard, before, bytes);
        kernel(&c, x, actual, begin, end, column_begin, column_end);
        expect_same("columns", expected, actual, bytes);
    });
    bg_im2col_signs_reference(&c, x, expected, begin, end, column_begin, column_end);
    FOR_EACH_VARIANT(im2col_signs, {
        float *actual = operand_copy(guard, before, bytes);
        kernel(&c, x, actual, begin, end, column_begin, column_end);
        expect_same("columns of signs", expected, actual, bytes);
    });
    release_all();
}

static void test_col2im(enum guard guard, const int64_t *numbers, int64_t images) {
    struct bg_convolution c = convolution_of(numbers);
    int64_t fan_in = c.taps * c.channels;
    int64_t rows = images * c.out_pixels;
    float *columns = typed_operand(guard, BG_FLOAT32, rows * fan_in, 0);
    size_t bytes = float_bytes(images * c.pixels * c.channels);
    float *before = operand(guard, bytes);
    float *expected = operand_copy(guard, before, bytes);
    int64_t first = random_below(images) * c.out_pixels; /* images before it are another thread's */
    CASE("col2im of %ld images %ldx%ldx%ld, kernel %ld, stride %ld, padding %ld: rows [%ld, %ld)", (long)images,
        (long)c.height, (long)c.width, (long)c.channels, (long)c.kernel, (long)c.stride, (long)c.padding, (long)first,
        (long)rows);
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
        int64_t kernel = random_between(1, 5);
        int64_t padding = random_below(kernel);
        int64_t least = kernel - 2 * padding > 1 ? kernel - 2 * padding : 1;
        int64_t numbers[] = {random_between(least, 9), random_between(least, 9), tail_sizes[random_below(24)], kernel,
            random_between(1, 3), padding, 1};
        test_im2col(guard, numbers, random_between(1, 3));
        test_col2im(guard, numbers, random_between(1, 3));
    }
}

/* A window of 3x3 on an image of 2x3 pixels, each of two channels, with padding: written out by hand. */
static void test_known_columns(void) {
    CASE("known columns");
    const int64_t convolution[] = {2, 3, 2, 3, 1, 1, 1};
    const float x[] = {1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 0, -0.0f};
    const float first[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, -2, 3, -4, 0, 0, 7, -8, 9, -10};
    const float last_middle[] = {9, -10, 0, -0.0f, 0, 0}; /* columns 8 to 13 of the last pixel: its row of taps */
    const float last_middle_signs[] = {1, -1, 1, 1, 0, 0};
    float columns[18];
    EXPECT(bg_im2col(convolution, x, columns, 0, 1, 0, 18) == BG_OK);
    expect_same("first pixel", first, columns, sizeof first);
    EXPECT(bg_im2col(convolution, x, columns, 5, 6, 6, 12) == BG_OK);
    expect_same("last pixel", last_middle, columns, sizeof last_middle);
    EXPECT(bg_im2col_signs(convolution, x, columns, 5, 6, 6, 12) == BG_OK);
    expect_same("signs of the last pixel", last_middle_signs, columns, sizeof last_middle_signs);
}

/* Of ones, each pixel gets as many as there are windows that see it. */
static void test_known_sums(void) {
    CASE("known sums");
    const int64_t padded[] = {3, 3, 1, 3, 1, 1, 1};
    const int64_t strided[] = {3, 4, 1, 2, 2, 0, 1}; /* one row of two windows; the third row of pixels is not seen */
    const float padded_sums[] = {4, 6, 4, 6, 9, 6, 4, 6, 4};
    const float strided_sums[] = {1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0};
    float ones[81];
    for (int i = 0; i < 81; i++) {
        ones[i] = 1;
    }
    float dx[12];
    EXPECT(bg_col2im(padded, ones, dx, 0, 9) == BG_OK);
    expect_same("padded", padded_sums, dx, sizeof padded_sums);
    EXPECT(bg_col2im(strided, ones, dx, 0, 2) == BG_OK);
    expect_same("strided", strided_sums, dx, sizeof strided_sums);
}

/* <im2col(x), columns> = <x, col2im(columns)>, exactly, on small integers. */
static void test_transpose(void) {
    CASE("transpose");
    enum { HEIGHT = 5, WIDTH = 7, CHANNELS = 3, KERNEL = 3, IMAGES = 2 };
    for (int64_t stride = 1; stride <= 3; stride++) {
        for (int64_t padding = 0; padding < KERNEL; padding++) {
            const int64_t numbers[] = {HEIGHT, WIDTH, CHANNELS, KERNEL, stride, padding, 1};
            struct bg_convolution c = convolution_of(numbers);
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
            EXPECT(bg_im2col(numbers, x, of_x, 0, IMAGES * c.out_pixels, 0, c.taps * c.channels) == BG_OK);
            EXPECT(bg_col2im(numbers, columns, dx, 0, IMAGES * c.out_pixels) == BG_OK);
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
}

#define OFF(pointer) ((void *)((char *)(pointer) + 1))

static void test_refusals(void) {
    CASE("refusals");
    const int64_t c[] = {3, 3, 1, 3, 1, 1, 1};
    float x[9] = {0};
    float columns[9] = {7};
    EXPECT(bg_im2col(NULL, x, columns, 0, 1, 0, 9) == BG_NULL_POINTER);
    EXPECT(bg_im2col(OFF(c), x, columns, 0, 1, 0, 9) == BG_MISALIGNED);
    EXPECT(bg_im2col(c, NULL, columns, 0, 1, 0, 9) == BG_NULL_POINTER);
    EXPECT(bg_im2col(c, OFF(x), columns, 0, 1, 0, 9) == BG_MISALIGNED);
    EXPECT(bg_im2col(c, x, NULL, 0, 1, 0, 9) == BG_NULL_POINTER);
    EXPECT(bg_im2col(c, x, columns, -1, 1, 0, 9) == BG_BAD_RANGE);
    EXPECT(bg_im2col(c, x, columns, 1, 0, 0, 9) == BG_BAD_RANGE);
    EXPECT(bg_im2col(c, x, columns, 0, 1, -1, 9) == BG_BAD_RANGE);
    EXPECT(bg_im2col(c, x, columns, 0, 1, 9, 8) == BG_BAD_RANGE);
    EXPECT(bg_im2col(c, x, columns, 0, 1, 0, 10) == BG_BAD_RANGE);
    EXPECT(bg_im2col_signs(c, NULL, columns, 0, 1, 0, 9) == BG_NULL_POINTER);
    EXPECT(bg_im2col_signs(c, x, OFF(columns), 0, 1, 0, 9) == BG_MISALIGNED);
    EXPECT(bg_im2col_signs(c, x, columns, 1, 0, 0, 9) == BG_BAD_RANGE);
    EXPECT(bg_im2col_signs(c, x, columns, 0, 1, 0, 10) == BG_BAD_RANGE);
    EXPECT(bg_col2im(c, NULL, x, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_col2im(c, columns, NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_col2im(c, columns, OFF(x), 0, 1) == BG_MISALIGNED);
    EXPECT(bg_col2im(c, columns, x, -1, 1) == BG_BAD_RANGE);
    EXPECT(bg_col2im(c, columns, x, 2, 1) == BG_BAD_RANGE);
    for (int number = 0; number < 7; number++) {
        int64_t bad[] = {3, 3, 1, 3, 1, 1, 1};
        bad[number] = -1;
        EXPECT(bg_im2col(bad, x, columns, 0, 1, 0, 9) == BG_BAD_SHAPE);
        bad[number] = INT64_MAX;
        EXPECT(bg_im2col_signs(bad, x, columns, 0, 1, 0, 9) == BG_BAD_SHAPE);
        EXPECT(bg_col2im(bad, columns, x, 0, 1) == BG_BAD_SHAPE);
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
