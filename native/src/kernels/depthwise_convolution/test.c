#include "convolutions.h"
#include "harness.h"

#include <math.h>

#include "kernels/depthwise_convolution/depthwise_convolution.h"
#include "simd/scalar.h"

/* A depthwise convolution has as many output channels as channels. */
static struct bg_convolution depthwise(struct bg_convolution convolution) {
    convolution.out_channels = convolution.channels;
    return convolution;
}

/* A tile of a convolution's channels that is seldom all of them. */
static struct bg_tile tile_of(int64_t channels) {
    int64_t first = random_below((channels + BG_TILE_CHANNELS - 1) / BG_TILE_CHANNELS) * BG_TILE_CHANNELS;
    int64_t units = (channels - first + BG_TILE_CHANNELS - 1) / BG_TILE_CHANNELS;
    int64_t end = first + (1 + random_below(units)) * BG_TILE_CHANNELS;
    return (struct bg_tile){channels, first, (end < channels ? end : channels) - first};
}

static void test_forward(enum guard guard, const struct bg_convolution *convolution, int64_t images) {
    struct bg_geometry c = geometry_of(*convolution);
    struct bg_depthwise_convolution_operands expected = {
        .images = images,
        .x = bit_operand(guard, images * c.pixels, c.channels),
        .weights = bit_operand(guard, c.taps, c.channels),
        .tile = tile_of(c.channels),
        .y_type = random_below(2) ? BG_INT16 : BG_FLOAT32,
    };
    size_t bytes = (size_t)(images * c.out_pixels * expected.tile.channels) * type_bytes(expected.y_type);
    void *before = operand(guard, bytes);
    int64_t begin, end;
    random_range(images, &begin, &end);
    expected.y = operand_copy(guard, before, bytes);
    bg_depthwise_convolution_reference(&c, &expected, begin, end);
    FOR_EACH_VARIANT(depthwise_convolution, {
        struct bg_depthwise_convolution_operands actual = expected;
        actual.y = operand_copy(guard, before, bytes);
        kernel(&c, &actual, begin, end);
        expect_same("y", expected.y, actual.y, bytes);
    });
}

static void test_input_gradient(enum guard guard, const struct bg_convolution *convolution, int64_t images) {
    struct bg_geometry c = geometry_of(*convolution);
    struct bg_depthwise_input_gradient_operands expected = {
        .images = images,
        .dy_type = random_below(2) ? BG_FLOAT16 : BG_FLOAT32,
        .weights = bit_operand(guard, c.taps, c.channels),
        .mask = random_below(3) ? bit_operand(guard, images * c.pixels, c.channels) : NULL,
        .tile = tile_of(c.channels),
        .dx_type = random_below(2) ? BG_FLOAT16 : BG_FLOAT32,
    };
    expected.dy = typed_operand(guard, expected.dy_type, images * c.out_pixels * expected.tile.channels, 0);
    size_t bytes = (size_t)(images * c.pixels * expected.tile.channels) * type_bytes(expected.dx_type);
    void *before = operand(guard, bytes);
    int64_t begin, end;
    random_range(images, &begin, &end);
    expected.dx = operand_copy(guard, before, bytes);
    bg_depthwise_input_gradient_reference(&c, &expected, begin, end);
    FOR_EACH_VARIANT(depthwise_input_gradient, {
        struct bg_depthwise_input_gradient_operands actual = expected;
        actual.dx = operand_copy(guard, before, bytes);
        kernel(&c, &actual, begin, end);
        expect_same("dx", expected.dx, actual.dx, bytes);
    });
}

static void test_weight_gradient(enum guard guard, const struct bg_convolution *convolution, int64_t images) {
    struct bg_geometry c = geometry_of(*convolution);
    int64_t blocks = bg_image_blocks(images);
    struct bg_depthwise_weight_sums_operands expected = {
        .images = images,
        .x = bit_operand(guard, images * c.pixels, c.channels),
        .dy_type = random_below(2) ? BG_FLOAT16 : BG_FLOAT32,
        .tile = tile_of(c.channels),
    };
    expected.dy = typed_operand(guard, expected.dy_type, images * c.out_pixels * expected.tile.channels, 0);
    size_t bytes = (size_t)(blocks * c.taps * expected.tile.channels) * sizeof(float);
    float *before = typed_operand(guard, BG_FLOAT32, blocks * c.taps * expected.tile.channels, 0);
    int64_t begin, end;
    random_range(blocks, &begin, &end);
    expected.sums = operand_copy(guard, before, bytes);
    bg_depthwise_weight_sums_reference(&c, &expected, begin, end);
    FOR_EACH_VARIANT(depthwise_weight_sums, {
        struct bg_depthwise_weight_sums_operands actual = expected;
        actual.sums = operand_copy(guard, before, bytes);
        kernel(&c, &actual, begin, end);
        expect_same("sums", expected.sums, actual.sums, bytes);
    });

    size_t dw_bytes = (size_t)(c.taps * c.channels) * sizeof(float);
    float *dw = operand(guard, dw_bytes);
    struct bg_depthwise_weight_gradient_operands of_blocks = {
        blocks, c.taps, expected.sums, expected.tile, operand_copy(guard, dw, dw_bytes)};
    random_range(c.taps, &begin, &end);
    bg_depthwise_weight_gradient_reference(&of_blocks, begin, end);
    FOR_EACH_VARIANT(depthwise_weight_gradient, {
        struct bg_depthwise_weight_gradient_operands actual = of_blocks;
        actual.dw = operand_copy(guard, dw, dw_bytes);
        kernel(&actual, begin, end);
        expect_same("dw", of_blocks.dw, actual.dw, dw_bytes);
    });
}

static void test_variants(enum guard guard, const struct bg_convolution *convolution) {
    int64_t images = 1 + random_below(2 * BG_IMAGE_BLOCK);
    convolution_case("depthwise", convolution, images);
    test_forward(guard, convolution, images);
    test_input_gradient(guard, convolution, images);
    test_weight_gradient(guard, convolution, images);
    release_all();
}

/* The products by their definitions in double, from an image within an explicit border of zeros. */
static void test_definitions(const struct bg_convolution *convolution) {
    enum { MOST = 3000 };
    static double values[MOST], padded[MOST], gradient[MOST], of_weights[MOST];
    struct bg_geometry c = geometry_of(*convolution);
    convolution_case("definitions", convolution, 1);
    int64_t inputs = c.pixels * c.channels, outputs = c.out_pixels * c.channels, weights = c.taps * c.channels;
    EXPECT(inputs <= MOST && outputs <= MOST && weights <= MOST);
    const struct bg_tile tile = {c.channels, 0, c.channels};
    uint64_t *x = bit_operand(GUARD_BEHIND, c.pixels, c.channels);
    uint64_t *w = bit_operand(GUARD_BEHIND, c.taps, c.channels);
    float *dy = typed_operand(GUARD_BEHIND, BG_FLOAT32, outputs, 0);
    int16_t *y = operand(GUARD_BEHIND, (size_t)outputs * sizeof *y);
    float *reals = operand(GUARD_BEHIND, (size_t)outputs * sizeof *reals);
    float *dx = operand(GUARD_BEHIND, (size_t)inputs * sizeof *dx);
    float *sums = operand(GUARD_BEHIND, (size_t)weights * sizeof *sums);
    float *dw = operand(GUARD_BEHIND, (size_t)weights * sizeof *dw);
    for (int64_t i = 0; i < inputs; i++) {
        values[i] = (double)bg_bit_sign(x, c.channels, i / c.channels, i % c.channels);
    }
    pad_image(&c, values, padded, MOST);
    memset(gradient, 0, sizeof gradient);
    memset(of_weights, 0, sizeof of_weights);
    EXPECT(bg_depthwise_convolution(convolution, OPERANDS(depthwise_convolution, 1, x, w, tile, BG_INT16, y), 0, 1) ==
           BG_OK);
    EXPECT(bg_depthwise_convolution(
               convolution, OPERANDS(depthwise_convolution, 1, x, w, tile, BG_FLOAT32, reals), 0, 1) == BG_OK);
    EXPECT(bg_depthwise_input_gradient(convolution,
               OPERANDS(depthwise_input_gradient, 1, BG_FLOAT32, dy, w, NULL, tile, BG_FLOAT32, dx), 0, 1) == BG_OK);
    EXPECT(bg_depthwise_weight_sums(
               convolution, OPERANDS(depthwise_weight_sums, 1, x, BG_FLOAT32, dy, tile, sums), 0, 1) == BG_OK);
    EXPECT(bg_depthwise_weight_gradient(OPERANDS(depthwise_weight_gradient, 1, c.taps, sums, tile, dw), 0, c.taps) ==
           BG_OK);
    int64_t width = c.width + 2 * c.padding_width;
    for (int64_t i = 0; i < outputs; i++) {
        int64_t channel = i % c.channels, pixel = i / c.channels;
        double sum = 0;
        for (int64_t tap = 0; tap < c.taps; tap++) {
            int64_t row = pixel / c.out_width * c.stride_height + tap / c.kernel_width;
            int64_t column = pixel % c.out_width * c.stride_width + tap % c.kernel_width;
            int64_t at = (row * width + column) * c.channels + channel;
            double weight = (double)bg_bit_sign(w, c.channels, tap, channel);
            sum += padded[at] * weight;
            gradient[at] += (double)dy[i] * weight;
            of_weights[tap * c.channels + channel] += (double)dy[i] * padded[at];
        }
        EXPECT(y[i] == (int16_t)sum && reals[i] == (float)sum);
    }
    for (int64_t i = 0; i < weights; i++) {
        EXPECT(fabs(of_weights[i] - (double)dw[i]) < 1e-4);
    }
    for (int64_t i = 0; i < inputs; i++) {
        int64_t row = i / c.channels / c.width + c.padding_height;
        int64_t column = i / c.channels % c.width + c.padding_width;
        EXPECT(fabs(gradient[(row * width + column) * c.channels + i % c.channels] - (double)dx[i]) < 1e-4);
    }
    release_all();
}

#define OFF(pointer) ((void *)((char *)(pointer) + 1))

static void test_refusals(void) {
    CASE("refusals");
    const struct bg_convolution good = SQUARE(2, 2, 1, 1, 1, 0, 1);
    const struct bg_convolution widened = SQUARE(2, 2, 1, 1, 1, 0, 2);
    const struct bg_convolution large = SQUARE(200, 200, 1, 182, 1, 0, 1);
    const struct bg_tile all = {1, 0, 1};
    const struct bg_tile other = {2, 0, 2};
    uint64_t bits[4] = {1};
    float values[4] = {1}, results[4] = {5, 5, 5, 5};
    struct bg_depthwise_convolution_operands f = {1, bits, bits, all, BG_FLOAT32, results};
    EXPECT(bg_depthwise_convolution(&widened, &f, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_depthwise_convolution(&large, &f, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_depthwise_convolution(NULL, &f, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_depthwise_convolution(&good, NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT_WITH(f, x = NULL, bg_depthwise_convolution(&good, &with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(f, weights = OFF(bits), bg_depthwise_convolution(&good, &with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(f, tile = other, bg_depthwise_convolution(&good, &with, 0, 1), BG_BAD_SHAPE);
    EXPECT_WITH(f, tile.first = 8, bg_depthwise_convolution(&good, &with, 0, 1), BG_BAD_SHAPE);
    EXPECT_WITH(f, y_type = BG_FLOAT16, bg_depthwise_convolution(&good, &with, 0, 1), BG_BAD_TYPE);
    EXPECT_WITH(f, y = OFF(results), bg_depthwise_convolution(&good, &with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(f, images = 0, bg_depthwise_convolution(&good, &with, 0, 0), BG_BAD_SHAPE);
    EXPECT(bg_depthwise_convolution(&good, &f, 0, 2) == BG_BAD_RANGE);

    struct bg_depthwise_input_gradient_operands i = {1, BG_FLOAT32, values, bits, NULL, all, BG_FLOAT32, results};
    EXPECT(bg_depthwise_input_gradient(&widened, &i, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_depthwise_input_gradient(&good, NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT_WITH(i, dy_type = BG_INT8, bg_depthwise_input_gradient(&good, &with, 0, 1), BG_BAD_TYPE);
    EXPECT_WITH(i, dy = NULL, bg_depthwise_input_gradient(&good, &with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(i, weights = NULL, bg_depthwise_input_gradient(&good, &with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(i, mask = OFF(bits), bg_depthwise_input_gradient(&good, &with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(i, tile = other, bg_depthwise_input_gradient(&good, &with, 0, 1), BG_BAD_SHAPE);
    EXPECT_WITH(i, dx_type = BG_BITS, bg_depthwise_input_gradient(&good, &with, 0, 1), BG_BAD_TYPE);
    EXPECT_WITH(i, dx = NULL, bg_depthwise_input_gradient(&good, &with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(i, images = -1, bg_depthwise_input_gradient(&good, &with, 0, 1), BG_BAD_SHAPE);
    EXPECT(bg_depthwise_input_gradient(&good, &i, 1, 0) == BG_BAD_RANGE);

    struct bg_depthwise_weight_sums_operands s = {BG_IMAGE_BLOCK + 1, bits, BG_FLOAT32, values, all, results};
    EXPECT(bg_depthwise_weight_sums(&widened, &s, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_depthwise_weight_sums(&good, NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT_WITH(s, x = NULL, bg_depthwise_weight_sums(&good, &with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(s, dy_type = BG_INT16, bg_depthwise_weight_sums(&good, &with, 0, 1), BG_BAD_TYPE);
    EXPECT_WITH(s, dy = OFF(values), bg_depthwise_weight_sums(&good, &with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(s, tile = other, bg_depthwise_weight_sums(&good, &with, 0, 1), BG_BAD_SHAPE);
    EXPECT_WITH(s, sums = NULL, bg_depthwise_weight_sums(&good, &with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(s, images = 0, bg_depthwise_weight_sums(&good, &with, 0, 0), BG_BAD_SHAPE);
    EXPECT(bg_depthwise_weight_sums(&good, &s, 0, 3) == BG_BAD_RANGE);

    struct bg_depthwise_weight_gradient_operands w = {1, 1, values, all, results};
    EXPECT(bg_depthwise_weight_gradient(NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT_WITH(w, blocks = 0, bg_depthwise_weight_gradient(&with, 0, 1), BG_BAD_SHAPE);
    EXPECT_WITH(w, taps = 0, bg_depthwise_weight_gradient(&with, 0, 0), BG_BAD_SHAPE);
    EXPECT_WITH(w, taps = BG_MAX_FAN_IN + 1, bg_depthwise_weight_gradient(&with, 0, 0), BG_BAD_SHAPE);
    EXPECT_WITH(w, sums = NULL, bg_depthwise_weight_gradient(&with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(w, tile.channels = 0, bg_depthwise_weight_gradient(&with, 0, 1), BG_BAD_SHAPE);
    EXPECT_WITH(w, dw = OFF(results), bg_depthwise_weight_gradient(&with, 0, 1), BG_MISALIGNED);
    EXPECT(bg_depthwise_weight_gradient(&w, 0, 2) == BG_BAD_RANGE);
    EXPECT(results[0] == 5 && results[3] == 5);
}

int main(void) {
    test_refusals();
    static const struct bg_convolution known[] = {
        SQUARE(9, 8, 3, 3, 1, 1, 3),
        SQUARE(9, 8, 5, 5, 2, 2, 5),
        SQUARE(4, 4, 35, 1, 1, 0, 35),
        {6, 11, 2, 1, 5, 1, 3, 0, 2, 2},
    };
    enum { KNOWN = sizeof known / sizeof *known };
    for (int i = 0; i < KNOWN; i++) {
        test_definitions(&known[i]);
    }
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (int i = 0; i < KNOWN; i++) {
            test_variants(guard, &known[i]);
        }
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            const struct bg_convolution three = SQUARE(5, 6, *size, 3, 1 + random_below(2), 1, *size);
            test_variants(guard, &three);
            const struct bg_convolution random = depthwise(random_convolution(*size, 1, 5, 7));
            test_variants(guard, &random);
        }
        const struct bg_convolution many_taps = SQUARE(182, 190, 3, 181, 1, 90, 3);
        test_forward(guard, &many_taps, 1);
        release_all();
    }
    return finish("depthwise_convolution");
}
