#include "convolutions.h"
#include "harness.h"

#include <math.h>

#include "kernels/real_convolution/real_convolution.h"
#include "simd/scalar.h"

enum { IMAGES = 3 };

/* An input of one of the two forms. */
struct input {
    const float *x;
    const uint8_t *pixels;
};

static struct input input_operand(enum guard guard, int bytes, int64_t count) {
    return bytes ? (struct input){NULL, operand(guard, (size_t)count)}
                 : (struct input){typed_operand(guard, BG_FLOAT32, count, 0), NULL};
}

/* The gradient of the weights by the first image, to which those by the next images are added. */
static void test_parts(
    enum guard guard, const struct bg_convolution *convolution, struct bg_real_weight_gradient_operands all) {
    struct bg_geometry c = geometry_of(*convolution);
    size_t bytes = (size_t)(c.out_channels * c.taps * c.channels) * sizeof(float);
    struct bg_real_weight_gradient_operands first = all, next = all;
    all.dw = operand(guard, bytes);
    first.dw = next.dw = operand(guard, bytes);
    first.images = 1;
    next.images = IMAGES - 1;
    next.x = all.x == NULL ? NULL : all.x + c.pixels * c.channels;
    next.pixels = all.pixels == NULL ? NULL : all.pixels + c.pixels * c.channels;
    next.dy = all.dy + c.out_pixels * c.out_channels;
    next.add = 1;
    EXPECT(bg_real_weight_gradient(convolution, &all, 0, c.out_channels) == BG_OK);
    EXPECT(bg_real_weight_gradient(convolution, &first, 0, c.out_channels) == BG_OK);
    EXPECT(bg_real_weight_gradient(convolution, &next, 0, c.out_channels) == BG_OK);
    expect_same("dw in parts", all.dw, next.dw, bytes);
}

static void test_variants(enum guard guard, int bytes, const struct bg_convolution *convolution) {
    struct bg_geometry c = geometry_of(*convolution);
    int64_t fan_in = c.taps * c.channels;
    int64_t outputs = IMAGES * c.out_pixels * c.out_channels;
    struct input input = input_operand(guard, bytes, IMAGES * c.pixels * c.channels);
    float *weights = typed_operand(guard, BG_FLOAT32, c.out_channels * fan_in, 0);
    float *dy = typed_operand(guard, BG_FLOAT32, outputs, 0);
    void *scratch = operand(guard, (size_t)bg_real_convolution_scratch_bytes(convolution));
    int64_t begin, end;
    convolution_case(bytes ? "products of bytes" : "products of floats", convolution, IMAGES);

    random_range(IMAGES, &begin, &end);
    size_t y_bytes = (size_t)outputs * sizeof(float);
    float *y = operand(guard, y_bytes);
    struct bg_real_convolution_operands forward = {
        IMAGES, input.x, input.pixels, weights, operand_copy(guard, y, y_bytes), scratch};
    bg_real_convolution_reference(&c, &forward, begin, end);
    FOR_EACH_VARIANT(real_convolution, {
        struct bg_real_convolution_operands actual = forward;
        actual.y = operand_copy(guard, y, y_bytes);
        kernel(&c, &actual, begin, end);
        expect_same("y", forward.y, actual.y, y_bytes);
    });

    size_t dx_bytes = (size_t)(IMAGES * c.pixels * c.channels) * sizeof(float);
    float *dx = operand(guard, dx_bytes);
    struct bg_real_input_gradient_operands of_input = {IMAGES, dy, weights, operand_copy(guard, dx, dx_bytes)};
    bg_real_input_gradient_reference(&c, &of_input, begin, end);
    FOR_EACH_VARIANT(real_input_gradient, {
        struct bg_real_input_gradient_operands actual = of_input;
        actual.dx = operand_copy(guard, dx, dx_bytes);
        kernel(&c, &actual, begin, end);
        expect_same("dx", of_input.dx, actual.dx, dx_bytes);
    });

    random_range(c.out_channels, &begin, &end);
    size_t dw_bytes = (size_t)(c.out_channels * fan_in) * sizeof(float);
    float *dw = operand(guard, dw_bytes);
    fill_floats(dw, c.out_channels * fan_in);
    for (int32_t add = 0; add < 2; add++) {
        struct bg_real_weight_gradient_operands of_weights = {
            IMAGES, input.x, input.pixels, dy, operand_copy(guard, dw, dw_bytes), scratch, add};
        bg_real_weight_gradient_reference(&c, &of_weights, begin, end);
        FOR_EACH_VARIANT(real_weight_gradient, {
            struct bg_real_weight_gradient_operands actual = of_weights;
            actual.dw = operand_copy(guard, dw, dw_bytes);
            kernel(&c, &actual, begin, end);
            expect_same(add ? "dw, added" : "dw", of_weights.dw, actual.dw, dw_bytes);
        });
    }
    test_parts(guard, convolution,
        (struct bg_real_weight_gradient_operands){IMAGES, input.x, input.pixels, dy, dw, scratch, 0});
    release_all();
}

/* The products by their definitions in double, from an image within an explicit border of zeros. */
static void test_definitions(int bytes, const struct bg_convolution *convolution) {
    enum { MOST = 3000, ROOM = 3000 };
    static float x[MOST], weights[MOST], dy[MOST], y[MOST], dw[MOST], dx[MOST];
    static uint8_t pixels[MOST];
    static double values[MOST], padded[ROOM], gradient[ROOM], of_weights[MOST];
    struct bg_geometry c = geometry_of(*convolution);
    convolution_case("definitions", convolution, 1);
    int64_t inputs = c.pixels * c.channels, fan_in = c.taps * c.channels;
    int64_t outputs = c.out_pixels * c.out_channels;
    EXPECT(inputs <= MOST && outputs <= MOST && fan_in * c.out_channels <= MOST);
    for (int64_t i = 0; i < inputs; i++) {
        pixels[i] = (uint8_t)random_below(256);
        x[i] = random_float();
        values[i] = bytes ? (2.0 * pixels[i] - 255) / 255 : (double)x[i];
    }
    fill_floats(weights, fan_in * c.out_channels);
    fill_floats(dy, outputs);
    pad_image(&c, values, padded, ROOM);
    void *scratch = operand(GUARD_BEHIND, (size_t)bg_real_convolution_scratch_bytes(convolution));
    const float *reals = bytes ? NULL : x;
    const uint8_t *raw = bytes ? pixels : NULL;
    EXPECT(bg_real_convolution(convolution, OPERANDS(real_convolution, 1, reals, raw, weights, y, scratch), 0, 1) ==
           BG_OK);
    EXPECT(bg_real_weight_gradient(convolution, OPERANDS(real_weight_gradient, 1, reals, raw, dy, dw, scratch, 0), 0,
               c.out_channels) == BG_OK);
    EXPECT(bg_real_input_gradient(convolution, OPERANDS(real_input_gradient, 1, dy, weights, dx), 0, 1) == BG_OK);
    memset(gradient, 0, sizeof gradient);
    memset(of_weights, 0, sizeof of_weights);
    int64_t width = c.width + 2 * c.padding_width;
    for (int64_t i = 0; i < outputs; i++) {
        int64_t out = i % c.out_channels, pixel = i / c.out_channels;
        double sum = 0;
        for (int64_t k = 0; k < fan_in; k++) {
            int64_t tap = k / c.channels;
            int64_t row = pixel / c.out_width * c.stride_height + tap / c.kernel_width;
            int64_t column = pixel % c.out_width * c.stride_width + tap % c.kernel_width;
            int64_t at = (row * width + column) * c.channels + k % c.channels;
            sum += padded[at] * (double)weights[out * fan_in + k];
            gradient[at] += (double)dy[i] * (double)weights[out * fan_in + k];
            of_weights[out * fan_in + k] += (double)dy[i] * padded[at];
        }
        EXPECT(fabs(sum - (double)y[i]) < 1e-4);
    }
    for (int64_t i = 0; i < fan_in * c.out_channels; i++) {
        EXPECT(fabs(of_weights[i] - (double)dw[i]) < 1e-4);
    }
    for (int64_t i = 0; i < inputs; i++) {
        int64_t pixel = i / c.channels;
        int64_t row = pixel / c.width + c.padding_height, column = pixel % c.width + c.padding_width;
        EXPECT(fabs(gradient[(row * width + column) * c.channels + i % c.channels] - (double)dx[i]) < 1e-4);
    }
    release_all();
}

/* Sums whose rounding decides, beside the C library's own function. */
static void test_fused(void) {
    CASE("fused multiplication and addition");
    for (int i = 0; i < 200000; i++) {
        float a = random_float() * exp2f((float)random_below(60) - 30);
        float b = random_float() * exp2f((float)random_below(60) - 30);
        float c = random_below(3) ? random_float() * exp2f((float)random_below(120) - 60) : -(a * b);
        float expected = fmaf(a, b, c), actual = bg_fma(a, b, c);
        EXPECT(expected == actual);
    }
    EXPECT(bg_fma(0x1p-80f, 0x1p-70f, 0x1p-140f) == fmaf(0x1p-80f, 0x1p-70f, 0x1p-140f));
    EXPECT(isnan(bg_fma(INFINITY, 0, 1)) && bg_fma(3e38f, 2, -3e38f) == fmaf(3e38f, 2, -3e38f));
    EXPECT(bg_fma(3e38f, 2, 1) == INFINITY && bg_fma(-3e38f, 2, INFINITY) == INFINITY);
}

#define OFF(pointer) ((void *)((char *)(pointer) + 1))

static void test_refusals(void) {
    CASE("refusals");
    const struct bg_convolution good = SQUARE(2, 2, 1, 1, 1, 0, 1);
    float values[8] = {1}, results[8] = {5, 5, 5, 5};
    uint8_t bytes[4] = {1};
    _Alignas(64) char scratch[4096 + 64];
    EXPECT(bg_real_convolution_scratch_bytes(&good) <= 4096 && bg_real_convolution_scratch_bytes(&good) > 0);
    struct bg_convolution bad = good;
    bad.kernel_height = 4;
    EXPECT(bg_real_convolution_scratch_bytes(&bad) == 0);
    struct bg_real_convolution_operands f = {1, values, NULL, values, results, scratch};
    EXPECT(bg_real_convolution(&bad, &f, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_real_convolution(&good, NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT_WITH(f, x = NULL, bg_real_convolution(&good, &with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(f, pixels = bytes, bg_real_convolution(&good, &with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(f, x = OFF(values), bg_real_convolution(&good, &with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(f, weights = NULL, bg_real_convolution(&good, &with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(f, y = OFF(results), bg_real_convolution(&good, &with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(f, scratch = scratch + 8, bg_real_convolution(&good, &with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(f, images = 0, bg_real_convolution(&good, &with, 0, 0), BG_BAD_SHAPE);
    EXPECT(bg_real_convolution(&good, &f, 0, 2) == BG_BAD_RANGE);
    struct bg_real_weight_gradient_operands w = {1, values, NULL, values, results, scratch, 0};
    EXPECT(bg_real_weight_gradient(&good, NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT_WITH(w, x = NULL, bg_real_weight_gradient(&good, &with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(w, dy = NULL, bg_real_weight_gradient(&good, &with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(w, dw = OFF(results), bg_real_weight_gradient(&good, &with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(w, scratch = NULL, bg_real_weight_gradient(&good, &with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(w, add = 2, bg_real_weight_gradient(&good, &with, 0, 1), BG_BAD_NUMBER);
    EXPECT_WITH(w, images = -1, bg_real_weight_gradient(&good, &with, 0, 1), BG_BAD_SHAPE);
    EXPECT(bg_real_weight_gradient(&good, &w, 0, 2) == BG_BAD_RANGE);
    struct bg_real_input_gradient_operands i = {1, values, values, results};
    EXPECT(bg_real_input_gradient(&good, NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT_WITH(i, dy = NULL, bg_real_input_gradient(&good, &with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(i, weights = OFF(values), bg_real_input_gradient(&good, &with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(i, dx = NULL, bg_real_input_gradient(&good, &with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(i, images = 0, bg_real_input_gradient(&good, &with, 0, 1), BG_BAD_SHAPE);
    EXPECT(bg_real_input_gradient(&good, &i, 1, 0) == BG_BAD_RANGE);
    EXPECT(results[0] == 5 && results[3] == 5);
}

int main(void) {
    test_refusals();
    test_fused();
    static const struct bg_convolution known[] = {
        SQUARE(9, 8, 3, 7, 2, 3, 5),
        SQUARE(5, 6, 4, 1, 1, 0, 7),
        SQUARE(7, 7, 2, 3, 2, 1, 6),
        SQUARE(1, 1, 60, 1, 1, 0, 9),
        {6, 11, 2, 1, 5, 1, 3, 0, 2, 4},
    };
    enum { KNOWN = sizeof known / sizeof *known };
    for (int i = 0; i < KNOWN; i++) {
        test_definitions(0, &known[i]);
        test_definitions(1, &known[i]);
    }
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (int bytes = 0; bytes < 2; bytes++) {
            for (int i = 0; i < KNOWN; i++) {
                test_variants(guard, bytes, &known[i]);
            }
            for (const int64_t *size = tail_sizes; *size != 0; size++) {
                const struct bg_convolution dense = SQUARE(1, 1, *size, 1, 1, 0, 1 + random_below(70));
                test_variants(guard, bytes, &dense);
                const struct bg_convolution random = random_convolution(1 + random_below(9), *size, 4, 9);
                test_variants(guard, bytes, &random);
            }
            const struct bg_convolution wide = SQUARE(3, 30, 35, 1, 1, 0, 40);
            test_variants(guard, bytes, &wide);
        }
    }
    return finish("real_convolution");
}
