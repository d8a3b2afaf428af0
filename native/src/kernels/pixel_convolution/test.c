#include "convolutions.h"
#include "harness.h"

#include <math.h>

#include "simd/scalar.h"

static void name_case(const char *what, const struct bg_convolution *convolution, int32_t type, int64_t images) {
    char text[80];
    snprintf(text, sizeof text, "%s to type %d", what, type);
    convolution_case(text, convolution, images);
}

static void test_variants(
    const char *what, enum guard guard, const struct bg_convolution *convolution, int32_t type, int64_t images) {
    struct bg_geometry c = geometry_of(*convolution);
    size_t bytes = (size_t)(images * c.out_pixels * c.out_channels) * type_bytes(type);
    void *before = operand(guard, bytes);
    const struct bg_pixel_convolution_operands expected = {
        .images = images,
        .pixels = operand(guard, (size_t)(images * c.pixels * c.channels)),
        .weights = bit_operand(guard, c.out_channels * c.taps, c.channels),
        .y_type = type,
        .y = operand_copy(guard, before, bytes),
    };
    int64_t begin = random_below(images);
    name_case(what, convolution, type, images);
    bg_pixel_convolution_reference(&c, &expected, begin, images);
    FOR_EACH_VARIANT(pixel_convolution, {
        struct bg_pixel_convolution_operands actual = expected;
        actual.y = operand_copy(guard, before, bytes);
        kernel(&c, &actual, begin, images);
        expect_same("y", expected.y, actual.y, bytes);
    });
    release_all();
}

/*
 * Signs of a range of images. They are compared with known sums; the kernels below have tests of their own, so it is
 * enough to run those that are selected.
 */
static void test_signs(enum guard guard, const struct bg_convolution *convolution, int64_t images) {
    struct bg_geometry c = geometry_of(*convolution);
    int64_t rows = images * c.out_pixels;
    int64_t scratch_bytes = bg_pixel_convolution_signs_scratch_bytes(convolution, images);
    size_t bytes = bit_bytes(rows, c.out_channels);
    int32_t *thresholds = operand(guard, (size_t)c.out_channels * sizeof *thresholds);
    struct bg_pixel_convolution_operands sums = {
        .images = images,
        .pixels = operand(guard, (size_t)(images * c.pixels * c.channels)),
        .weights = bit_operand(guard, c.out_channels * c.taps, c.channels),
        .y_type = BG_FLOAT32,
        .y = operand(guard, (size_t)(rows * c.out_channels) * sizeof(float)),
    };
    const struct bg_pixel_convolution_signs_operands actual = {
        .images = images,
        .pixels = sums.pixels,
        .weights = sums.weights,
        .thresholds = thresholds,
        .signs = operand(guard, bytes),
        .scratch = aligned_alloc(64, (size_t)(scratch_bytes + 63) / 64 * 64),
        .scratch_bytes = scratch_bytes,
    };
    const float *y = sums.y;
    uint64_t *expected = operand_copy(guard, actual.signs, bytes);
    int64_t begin = random_below(images);
    name_case("signs", convolution, BG_BITS, images);
    bg_pixel_convolution_reference(&c, &sums, 0, images);
    for (int64_t n = 0; n < c.out_channels; n++) {
        thresholds[n] = (int32_t)y[random_below(rows) * c.out_channels + n] - 1 + (int32_t)random_below(3);
    }
    for (int64_t i = begin * c.out_pixels * c.out_channels; i < rows * c.out_channels; i++) {
        int64_t n = i % c.out_channels;
        bg_set_bit(expected, c.out_channels, i / c.out_channels, n, y[i] >= (float)thresholds[n]);
    }
    EXPECT(bg_pixel_convolution_signs(convolution, &actual, begin, images) == BG_OK);
    expect_same("signs", expected, actual.signs, bytes);
    free(actual.scratch);
    release_all();
}

/* The reference itself: 255 times the product of inputs scaled to [-1, 1], in explicit borders of zeros. */
static void test_definition(const char *what, const struct bg_convolution *convolution, int64_t images) {
    enum { MAX_VALUES = 1 << 16 };
    static double padded[MAX_VALUES], image_values[MAX_VALUES], weight_values[MAX_VALUES];
    struct bg_geometry c = geometry_of(*convolution);
    uint8_t *pixels = operand(GUARD_BEHIND, (size_t)(images * c.pixels * c.channels));
    uint64_t *weights = bit_operand(GUARD_BEHIND, c.out_channels * c.taps, c.channels);
    float *y = operand(GUARD_BEHIND, (size_t)(images * c.out_pixels * c.out_channels) * sizeof *y);
    const struct bg_pixel_convolution_operands operands = {images, pixels, weights, BG_FLOAT32, y};
    name_case(what, convolution, BG_FLOAT32, images);
    bg_pixel_convolution_reference(&c, &operands, 0, images);
    EXPECT(c.out_channels * c.taps * c.channels <= MAX_VALUES && c.pixels * c.channels <= MAX_VALUES);
    for (int64_t i = 0; i < c.out_channels * c.taps * c.channels; i++) {
        weight_values[i] = bg_bit_sign(weights, c.channels, i / c.channels, i % c.channels);
    }
    for (int64_t image = 0; image < images; image++) {
        for (int64_t i = 0; i < c.pixels * c.channels; i++) {
            image_values[i] = pixels[image * c.pixels * c.channels + i] / 127.5 - 1;
        }
        pad_image(&c, image_values, padded, MAX_VALUES);
        for (int64_t i = 0; i < c.out_pixels * c.out_channels; i++) {
            double sum = convolve_padded(&c, padded, weight_values, i / c.out_channels, i % c.out_channels);
            float scaled = y[image * c.out_pixels * c.out_channels + i];
            EXPECT(fabs(scaled - 255 * sum) < 1e-3 && scaled == rintf(scaled)); /* double rounding of at most 2^23 */
        }
    }
    release_all();
}

/* Images that are white everywhere, and weights that are all +1, then all -1: the largest sums there are. */
static void expect_extremes(
    const char *what, const struct bg_convolution *convolution, int32_t type, int inside_of_corner) {
    struct bg_geometry c = geometry_of(*convolution);
    uint8_t *pixels = operand(GUARD_BEHIND, (size_t)(c.pixels * c.channels));
    uint64_t *weights = bit_operand(GUARD_BEHIND, c.out_channels * c.taps, c.channels);
    memset(pixels, 255, (size_t)(c.pixels * c.channels));
    for (int64_t i = 0; i < c.out_channels * c.taps * c.channels; i++) {
        bg_set_bit(weights, c.channels, i / c.channels, i % c.channels, i / c.channels / c.taps % 2 == 0);
    }
    void *y = operand(GUARD_BEHIND, (size_t)(c.out_pixels * c.out_channels) * type_bytes(type));
    const struct bg_pixel_convolution_operands operands = {1, pixels, weights, type, y};
    name_case(what, convolution, type, 1);
    float expected = 255.0f * (float)(inside_of_corner * c.channels);
    EXPECT(bg_pixel_convolution(convolution, &operands, 0, 1) == BG_OK);
    EXPECT(bg_load(type, y, 0) == expected && bg_load(type, y, 1) == -expected);
    FOR_EACH_VARIANT(pixel_convolution, {
        kernel(&c, &operands, 0, 1);
        EXPECT(bg_load(type, y, 0) == expected && bg_load(type, y, 1) == -expected);
    });
    release_all();
}

static void test_limits(void) {
    const struct bg_convolution padded = SQUARE(3, 3, 14, 3, 1, 1, 2);
    expect_extremes("zero padding", &padded, BG_INT16, 4);
    const struct bg_convolution by_axis = {3, 3, 14, 3, 2, 1, 1, 2, 0, 2};
    expect_extremes("zero padding above only", &by_axis, BG_INT16, 2);
    const struct bg_convolution largest_int16 = SQUARE(1, 1, 128, 1, 1, 0, 2);
    expect_extremes("largest int16", &largest_int16, BG_INT16, 1);
    const struct bg_convolution largest = SQUARE(1, 1, BG_MAX_FAN_IN, 1, 1, 0, 2);
    expect_extremes("largest float", &largest, BG_FLOAT32, 1);
}

static void test_refusals(void) {
    CASE("refusals");
    const struct bg_convolution valid = SQUARE(1, 1, 64, 1, 1, 0, 1);
    const struct bg_convolution beyond_int16 = SQUARE(1, 1, 129, 1, 1, 0, 1);
    const struct bg_convolution beyond_float = SQUARE(1, 1, BG_MAX_FAN_IN + 1, 1, 1, 0, 1);
    const struct bg_convolution larger_than_image = {2, 2, 1, 1, 3, 1, 1, 0, 0, 1};
    const struct bg_convolution two_pixels = SQUARE(1, 2, 1, 1, 2, 0, 1); /* one output pixel */
    const struct bg_convolution nine_out_pixels = SQUARE(1, 1, 1, 3, 1, 2, 1);
    uint8_t pixels[129] = {0};
    uint64_t weights[4] = {0};
    float y[1] = {0};
    const struct bg_pixel_convolution_operands good = {1, pixels, weights, BG_INT16, y};
#define OFF(pointer, bytes) ((void *)((char *)(pointer) + (bytes)))
#define REFUSES(status, convolution, change)                                                                           \
    do {                                                                                                               \
        struct bg_pixel_convolution_operands bad = good;                                                               \
        bad.change;                                                                                                    \
        EXPECT(bg_pixel_convolution(&(convolution), &bad, 0, 1) == (status));                                          \
    } while (0)
    EXPECT(bg_pixel_convolution(NULL, &good, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_pixel_convolution(&valid, NULL, 0, 1) == BG_NULL_POINTER);
    REFUSES(BG_NULL_POINTER, valid, pixels = NULL);
    REFUSES(BG_NULL_POINTER, valid, weights = NULL);
    REFUSES(BG_NULL_POINTER, valid, y = NULL);
    REFUSES(BG_MISALIGNED, valid, weights = OFF(weights, 4));
    REFUSES(BG_MISALIGNED, valid, y = OFF(y, 1));
    REFUSES(BG_BAD_TYPE, valid, y_type = BG_FLOAT16);
    REFUSES(BG_BAD_TYPE, valid, y_type = BG_BITS);
    REFUSES(BG_BAD_SHAPE, beyond_int16, images = 1);
    REFUSES(BG_BAD_SHAPE, beyond_float, y_type = BG_FLOAT32);
    REFUSES(BG_BAD_SHAPE, larger_than_image, images = 1);
    REFUSES(BG_BAD_SHAPE, valid, images = 0);
    REFUSES(BG_BAD_SHAPE, two_pixels, images = (int64_t)1 << 31);
    REFUSES(BG_BAD_SHAPE, nine_out_pixels, images = 1 << 28);
    EXPECT(bg_pixel_convolution(&valid, &good, -1, 1) == BG_BAD_RANGE);
    EXPECT(bg_pixel_convolution(&valid, &good, 1, 0) == BG_BAD_RANGE);
    EXPECT(bg_pixel_convolution(&valid, &good, 0, 2) == BG_BAD_RANGE);
    EXPECT(y[0] == 0);
    struct bg_pixel_convolution_operands misaligned = good;
    misaligned.y_type = BG_FLOAT32;
    misaligned.y = OFF(y, 2);
    EXPECT(bg_pixel_convolution(&valid, &misaligned, 0, 1) == BG_MISALIGNED);
    REFUSES(BG_OK, beyond_int16, y_type = BG_FLOAT32);
    EXPECT(y[0] == 129 * 255.0f);
}

static void test_refusals_of_signs(void) {
    CASE("refusals of signs");
    const struct bg_convolution valid = SQUARE(1, 1, 64, 1, 1, 0, 1);
    const struct bg_convolution beyond = SQUARE(1, 1, BG_MAX_FAN_IN + 1, 1, 1, 0, 1);
    uint8_t pixels[64] = {0};
    uint64_t weights[1] = {0};
    uint64_t signs[1] = {0};
    const int32_t thresholds[1] = {64 * 255};
    int64_t scratch_bytes = bg_pixel_convolution_signs_scratch_bytes(&valid, 1);
    void *scratch = aligned_alloc(64, (size_t)(scratch_bytes + 63) / 64 * 64);
    struct bg_pixel_convolution_signs_operands good = {1, pixels, weights, thresholds, signs, scratch, scratch_bytes};
#define SIGNS_REFUSED(status, change) EXPECT_WITH(good, change, bg_pixel_convolution_signs(&valid, &with, 0, 1), status)
    EXPECT(bg_pixel_convolution_signs_scratch_bytes(NULL, 1) == 0);
    EXPECT(bg_pixel_convolution_signs_scratch_bytes(&valid, 0) == 0);
    EXPECT(bg_pixel_convolution_signs(NULL, &good, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_pixel_convolution_signs(&beyond, &good, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_pixel_convolution_signs(&valid, NULL, 0, 1) == BG_NULL_POINTER);
    SIGNS_REFUSED(BG_NULL_POINTER, pixels = NULL);
    SIGNS_REFUSED(BG_NULL_POINTER, weights = NULL);
    SIGNS_REFUSED(BG_MISALIGNED, weights = OFF(weights, 4));
    SIGNS_REFUSED(BG_NULL_POINTER, thresholds = NULL);
    SIGNS_REFUSED(BG_MISALIGNED, thresholds = OFF(thresholds, 2));
    SIGNS_REFUSED(BG_NULL_POINTER, signs = NULL);
    SIGNS_REFUSED(BG_MISALIGNED, signs = OFF(signs, 4));
    SIGNS_REFUSED(BG_NULL_POINTER, scratch = NULL);
    SIGNS_REFUSED(BG_MISALIGNED, scratch = OFF(scratch, 8));
    SIGNS_REFUSED(BG_BAD_SHAPE, scratch_bytes = scratch_bytes - 1);
    SIGNS_REFUSED(BG_BAD_SHAPE, images = 0);
    EXPECT(bg_pixel_convolution_signs(&valid, &good, -1, 1) == BG_BAD_RANGE);
    EXPECT(bg_pixel_convolution_signs(&valid, &good, 1, 0) == BG_BAD_RANGE);
    EXPECT(bg_pixel_convolution_signs(&valid, &good, 0, 2) == BG_BAD_RANGE);
    EXPECT(signs[0] == 0);
    EXPECT(bg_pixel_convolution_signs(&valid, &good, 0, 1) == BG_OK);
    EXPECT(signs[0] == 1); /* all numbers are -1, so the sum is 64 * 255 */
    free(scratch);
}

int main(void) {
    static const struct {
        const char *what;
        struct bg_convolution convolution;
        int64_t images;
    } cases[] = {
        {"one of everything", SQUARE(1, 1, 1, 1, 1, 0, 1), 1},
        {"dense", SQUARE(1, 1, 784, 1, 1, 0, 70), 7},
        {"same", SQUARE(8, 7, 3, 3, 1, 1, 66), 2},
        {"valid", SQUARE(6, 5, 3, 3, 1, 0, 128), 3},
        {"stride 2", SQUARE(9, 8, 3, 3, 2, 1, 17), 2},
        {"stride beyond the kernel", SQUARE(9, 8, 1, 2, 3, 1, 40), 2},
        {"kernel 1", SQUARE(3, 3, 65, 1, 1, 0, 33), 2},
        {"image of one pixel", SQUARE(1, 1, 2, 3, 1, 1, 12), 5},
        {"wide padding", SQUARE(2, 3, 3, 5, 1, 4, 10), 2},
        {"a slice that ends in a tap", SQUARE(4, 3, 70, 3, 1, 1, 35), 2},
        {"series, kernel 1 x 9", {1, 50, 3, 1, 9, 1, 2, 0, 4, 33}, 3},
        {"upright series, kernel 9 x 1", {50, 1, 3, 9, 1, 2, 1, 4, 0, 33}, 3},
        {"kernel 1 x 3, stride 3 x 1", {7, 6, 2, 1, 3, 3, 1, 0, 2, 20}, 2},
        {"kernel 3 x 1, stride 1 x 2", {6, 7, 70, 3, 1, 1, 2, 1, 0, 20}, 2},
        {"kernel 2 x 5, padding 1 x 4", {8, 5, 30, 2, 5, 1, 2, 1, 4, 34}, 2},
    };
    test_refusals();
    test_refusals_of_signs();
    test_limits();
    const struct bg_convolution several_strips = SQUARE(30, 30, 3, 3, 1, 1, 64); /* of one or two images */
    test_signs(GUARD_BEHIND, &several_strips, 5);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        test_definition(cases[i].what, &cases[i].convolution, cases[i].images);
    }
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            const struct bg_convolution *convolution = &cases[i].convolution;
            test_variants(cases[i].what, guard, convolution, BG_FLOAT32, cases[i].images);
            test_signs(guard, convolution, cases[i].images);
            if (convolution->kernel_height * convolution->kernel_width * convolution->channels <= 128) {
                test_variants(cases[i].what, guard, convolution, BG_INT16, cases[i].images);
            }
        }
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            const struct bg_convolution fan_in = SQUARE(1, 1, *size, 1, 1, 0, 1 + random_below(70));
            test_variants("fan-in", guard, &fan_in, BG_FLOAT32, 5);
            const struct bg_convolution out_channels = random_convolution(3, *size, 4, 4);
            test_variants("output channels", guard, &out_channels, BG_INT16, 1);
            test_variants("output channels", guard, &out_channels, BG_FLOAT32, 1);
        }
    }
    return finish("pixel_convolution");
}
