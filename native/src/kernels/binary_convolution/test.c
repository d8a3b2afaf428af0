#include "convolutions.h"
#include "harness.h"

#include "simd/scalar.h"

/* The same operands, but y and sums. */
static struct bg_binary_convolution_operands with_outputs(
    struct bg_binary_convolution_operands operands, int16_t *y, int64_t *sums) {
    operands.y = y;
    operands.sums = sums;
    return operands;
}

/* A threshold that is often a sum, or next to one. */
static int32_t random_threshold(int16_t sum) {
    switch (random_below(8)) {
    case 0:
        return BG_MAX_SUM + 1;
    case 1:
        return -BG_MAX_SUM;
    default:
        return sum - 1 + (int32_t)random_below(3);
    }
}

static void *packed_weights(
    bg_pack_weights_kernel *kernel, const struct bg_geometry *c, enum guard guard, const uint64_t *weights) {
    void *packed = operand(guard, (size_t)kernel(c, weights, NULL));
    kernel(c, weights, packed);
    return packed;
}

/* The signs of known sums y of x and weights, by the reference and every variant, on a random range of images. */
static void expect_signs(const struct bg_geometry *c, enum guard guard, int64_t images, const uint64_t *x,
    const uint64_t *weights, const int16_t *y) {
    int64_t rows = images * c->out_pixels;
    size_t bytes = bit_bytes(rows, c->out_channels);
    int32_t *thresholds = operand(guard, (size_t)c->out_channels * sizeof *thresholds);
    uint64_t *before = operand(guard, bytes);
    uint64_t *expected = operand_copy(guard, before, bytes);
    int64_t begin = random_below(images);
    int64_t end = begin + 1 + random_below(images - begin);
    for (int64_t n = 0; n < c->out_channels; n++) {
        thresholds[n] = random_threshold(y[random_below(rows) * c->out_channels + n]);
    }
    for (int64_t m = begin * c->out_pixels; m < end * c->out_pixels; m++) {
        for (int64_t n = 0; n < c->out_channels; n++) {
            bg_set_bit(expected, c->out_channels, m, n, y[m * c->out_channels + n] >= thresholds[n]);
        }
    }
    struct bg_binary_convolution_signs_operands actual = {.images = images, .x = x, .thresholds = thresholds};
    actual.packed = packed_weights(bg_pack_weights_reference, c, guard, weights);
    actual.signs = operand_copy(guard, before, bytes);
    bg_binary_convolution_signs_reference(c, &actual, begin, end);
    expect_same("signs by the reference", expected, actual.signs, bytes);
    FOR_EACH_VARIANT(binary_convolution_signs, {
        bg_pack_weights_kernel *pack = (bg_pack_weights_kernel *)registered_kernel("pack_weights", variant->variant);
        actual.packed = packed_weights(pack, c, guard, weights);
        actual.signs = operand_copy(guard, before, bytes);
        kernel(c, &actual, begin, end);
        expect_same("signs", expected, actual.signs, bytes);
    });
}

/* Every variant against the reference, on a random range of output channels, and once without sums. */
static void test_variants(
    const char *what, enum guard guard, const struct bg_convolution *convolution, int64_t images) {
    struct bg_geometry c = geometry_of(*convolution);
    size_t bytes = (size_t)(images * c.out_pixels * c.out_channels) * sizeof(int16_t);
    size_t sum_bytes = (size_t)c.out_channels * sizeof(int64_t);
    int16_t *before = operand(guard, bytes);
    int64_t *sums_before = operand(guard, sum_bytes);
    const struct bg_binary_convolution_operands expected = {
        .images = images,
        .x = bit_operand(guard, images * c.pixels, c.channels),
        .weights = bit_operand(guard, c.out_channels * c.taps, c.channels),
        .y = operand_copy(guard, before, bytes),
        .sums = operand_copy(guard, sums_before, sum_bytes),
    };
    int64_t begin = random_below(c.out_channels);
    int64_t end = begin + 1 + random_below(c.out_channels - begin);
    convolution_case(what, convolution, images);
    bg_binary_convolution_reference(&c, &expected, begin, end);
    FOR_EACH_VARIANT(binary_convolution, {
        int16_t *y = operand_copy(guard, before, bytes);
        int64_t *sums = operand_copy(guard, sums_before, sum_bytes);
        struct bg_binary_convolution_operands actual = with_outputs(expected, y, sums);
        kernel(&c, &actual, begin, end);
        expect_same("y", expected.y, y, bytes);
        expect_same("sums", expected.sums, sums, sum_bytes);
        actual.sums = NULL;
        kernel(&c, &actual, begin, end);
        expect_same("y without sums", expected.y, y, bytes);
    });
    bg_binary_convolution_reference(&c, &expected, 0, c.out_channels);
    expect_signs(&c, guard, images, expected.x, expected.weights, expected.y);
    release_all();
}

/* The reference itself: sums of products of signs, over images that stand in explicit borders of zeros. */
static void test_definition(const char *what, const struct bg_convolution *convolution, int64_t images) {
    enum { MAX_PADDED = 32 * 32 * 300, MAX_VALUES = 1 << 20 };
    static double padded[MAX_PADDED], image_values[MAX_PADDED], weight_values[MAX_VALUES];
    struct bg_geometry c = geometry_of(*convolution);
    int64_t weights = c.out_channels * c.taps * c.channels;
    const struct bg_binary_convolution_operands operands = {
        .images = images,
        .x = bit_operand(GUARD_BEHIND, images * c.pixels, c.channels),
        .weights = bit_operand(GUARD_BEHIND, c.out_channels * c.taps, c.channels),
        .y = operand(GUARD_BEHIND, (size_t)(images * c.out_pixels * c.out_channels) * sizeof(int16_t)),
        .sums = operand(GUARD_BEHIND, (size_t)c.out_channels * sizeof(int64_t)),
    };
    int64_t *expected_sums = operand(GUARD_BEHIND, (size_t)c.out_channels * sizeof *expected_sums);
    memset(expected_sums, 0, (size_t)c.out_channels * sizeof *expected_sums);
    convolution_case(what, convolution, images);
    bg_binary_convolution_reference(&c, &operands, 0, c.out_channels);
    EXPECT(weights <= MAX_VALUES && c.pixels * c.channels <= MAX_PADDED);
    for (int64_t i = 0; i < weights; i++) {
        weight_values[i] = bg_bit_sign(operands.weights, c.channels, i / c.channels, i % c.channels);
    }
    for (int64_t image = 0; image < images; image++) {
        for (int64_t i = 0; i < c.pixels * c.channels; i++) {
            int64_t pixel = image * c.pixels + i / c.channels;
            image_values[i] = bg_bit_sign(operands.x, c.channels, pixel, i % c.channels);
        }
        pad_image(&c, image_values, padded, MAX_PADDED);
        for (int64_t i = 0; i < c.out_pixels * c.out_channels; i++) {
            int64_t n = i % c.out_channels;
            int sum = (int)convolve_padded(&c, padded, weight_values, i / c.out_channels, n);
            EXPECT(operands.y[image * c.out_pixels * c.out_channels + i] == sum);
            expected_sums[n] += sum;
        }
    }
    expect_same("sums", expected_sums, operands.sums, (size_t)c.out_channels * sizeof *expected_sums);
    release_all();
}

/* y and sums of all-set images and weights that are all set for odd output channels, and clear for even ones. */
static void expect_constant(const char *what, const struct bg_convolution *convolution, const int64_t *inside) {
    struct bg_geometry c = geometry_of(*convolution);
    uint64_t *x = bit_operand(GUARD_BEHIND, c.pixels, c.channels);
    uint64_t *weights = bit_operand(GUARD_BEHIND, c.out_channels * c.taps, c.channels);
    for (int64_t i = 0; i < c.pixels * c.channels; i++) {
        bg_set_bit(x, c.channels, i / c.channels, i % c.channels, 1);
    }
    for (int64_t i = 0; i < c.out_channels * c.taps * c.channels; i++) {
        bg_set_bit(weights, c.channels, i / c.channels, i % c.channels, i / c.channels / c.taps % 2 == 1);
    }
    size_t bytes = (size_t)(c.out_pixels * c.out_channels) * sizeof(int16_t);
    size_t sum_bytes = (size_t)c.out_channels * sizeof(int64_t);
    int16_t *expected = operand(GUARD_BEHIND, bytes);
    int64_t *expected_sums = operand(GUARD_BEHIND, sum_bytes);
    memset(expected_sums, 0, sum_bytes);
    for (int64_t i = 0; i < c.out_pixels * c.out_channels; i++) {
        int64_t taps = inside == NULL ? c.taps : inside[i / c.out_channels];
        int64_t n = i % c.out_channels;
        expected[i] = (int16_t)(n % 2 == 1 ? taps * c.channels : -taps * c.channels);
        expected_sums[n] += expected[i];
    }
    const struct bg_binary_convolution_operands operands = {
        1, x, weights, operand(GUARD_BEHIND, bytes), operand(GUARD_BEHIND, sum_bytes)};
    convolution_case(what, convolution, 1);
    EXPECT(bg_binary_convolution(convolution, &operands, 0, c.out_channels) == BG_OK);
    expect_same("y", expected, operands.y, bytes);
    expect_same("sums", expected_sums, operands.sums, sum_bytes);
    FOR_EACH_VARIANT(binary_convolution, {
        memset(operands.y, 0, bytes);
        kernel(&c, &operands, 0, c.out_channels);
        expect_same("y", expected, operands.y, bytes);
        expect_same("sums", expected_sums, operands.sums, sum_bytes);
    });
    if (c.out_pixels < 1000) { /* the reference takes its time */
        expect_signs(&c, GUARD_BEHIND, 1, x, weights, expected);
    }
    release_all();
}

/* Taps outside of the image add nothing, neither +1 nor -1. */
static void test_zero_padding(void) {
    const struct bg_convolution same = SQUARE(3, 4, 70, 3, 1, 1, 3);
    const int64_t inside[] = {4, 6, 6, 4, 6, 9, 9, 6, 4, 6, 6, 4};
    expect_constant("zero padding", &same, inside);
    /* More padding than image: outputs start at -4, -2 and 0. */
    const struct bg_convolution wide = SQUARE(2, 2, 64, 5, 2, 4, 2);
    const int64_t inside_wide[] = {1, 2, 2, 2, 4, 4, 2, 4, 4};
    expect_constant("zero padding wider than the image", &wide, inside_wide);
    /* Three rows from -1 to 3 by 1, and two columns from -1 to 4 by 3: 4 x 2 outputs. */
    const struct bg_convolution by_axis = {3, 4, 70, 2, 3, 1, 3, 1, 1, 3};
    const int64_t inside_by_axis[] = {2, 2, 4, 4, 4, 4, 2, 2};
    expect_constant("padding and stride by axis", &by_axis, inside_by_axis);
}

/* The largest sums, and counts around the sizes at which variants empty their accumulators. */
static void test_accumulator_limits(void) {
    const int64_t channels[] = {960, 991, 992, 993, 1023, 1984, 2048, 4608, 9215, 9217, BG_MAX_FAN_IN};
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++) {
        const struct bg_convolution dense = SQUARE(1, 1, channels[i], 1, 1, 0, 35);
        expect_constant("accumulator limit", &dense, NULL);
    }
    const struct bg_convolution taps = SQUARE(181, 181, 1, 181, 1, 0, 2);
    expect_constant("a fan-in of 32761 taps", &taps, NULL);
    const struct bg_convolution series = {1, BG_MAX_FAN_IN, 1, 1, BG_MAX_FAN_IN, 1, 1, 0, 0, 2};
    expect_constant("a fan-in of 32767 taps in a row", &series, NULL);
    const struct bg_convolution rows = SQUARE(286, 286, 64, 22, 1, 0, 2); /* 70225 x 30976 > 2^31 */
    expect_constant("sums beyond 32 bits", &rows, NULL);
}

static void test_refusals(void) {
    CASE("refusals");
    uint64_t bits[9] = {0};
    int16_t y[2] = {0};
    int64_t sums[2] = {0};
    const struct bg_convolution valid = SQUARE(1, 1, 64, 1, 1, 0, 1);
    const struct bg_binary_convolution_operands good = {1, bits, bits, y, sums};
#define OFF(pointer, bytes) ((void *)((char *)(pointer) + (bytes)))
    EXPECT(bg_binary_convolution(NULL, &good, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_binary_convolution(&valid, NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_binary_convolution(OFF(&valid, 4), &good, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_binary_convolution(&valid, OFF(&good, 4), 0, 1) == BG_MISALIGNED);
#define REFUSES(status, field, value)                                                                                  \
    do {                                                                                                               \
        struct bg_binary_convolution_operands bad = good;                                                              \
        bad.field = value;                                                                                             \
        EXPECT(bg_binary_convolution(&valid, &bad, 0, 1) == (status));                                                 \
    } while (0)
    REFUSES(BG_NULL_POINTER, x, NULL);
    REFUSES(BG_NULL_POINTER, weights, NULL);
    REFUSES(BG_NULL_POINTER, y, NULL);
    REFUSES(BG_MISALIGNED, x, OFF(bits, 4));
    REFUSES(BG_MISALIGNED, weights, OFF(bits, 4));
    REFUSES(BG_MISALIGNED, y, OFF(y, 1));
    REFUSES(BG_MISALIGNED, sums, OFF(sums, 4));
    REFUSES(BG_BAD_SHAPE, images, 0);
    EXPECT(bg_binary_convolution(&valid, &good, -1, 1) == BG_BAD_RANGE);
    EXPECT(bg_binary_convolution(&valid, &good, 1, 0) == BG_BAD_RANGE);
    EXPECT(bg_binary_convolution(&valid, &good, 0, 2) == BG_BAD_RANGE);
    const struct bg_convolution shapes[] = {
        SQUARE(0, 1, 64, 1, 1, 0, 1),
        SQUARE(1, 0, 64, 1, 1, 0, 1),
        SQUARE(1, 1, 0, 1, 1, 0, 1),
        SQUARE(1, 1, 64, 0, 1, 0, 1),
        SQUARE(1, 1, 64, 1, 0, 0, 1),
        SQUARE(1, 1, 64, 1, 1, -1, 1),
        SQUARE(1, 1, 64, 1, 1, 0, 0),
        SQUARE(1, 1, 64, 1, 1, 1, 1), /* padding, kernel */
        SQUARE(2, 3, 64, 3, 1, 0, 1), /* a kernel higher than the image */
        SQUARE(3, 2, 64, 3, 1, 0, 1), /* wider */
        SQUARE(2, 3, 64, 3, 2, 0, 1), /* the same where the quotient rounds to none */
        SQUARE(3, 2, 64, 3, 2, 0, 1),
        {3, 3, 64, 0, 1, 1, 1, 0, 0, 1}, /* one direction only: kernel, stride, padding, then the other */
        {3, 3, 64, 1, 1, 0, 1, 0, 0, 1},
        {3, 3, 64, 1, 1, 1, 1, 1, 0, 1},
        {3, 3, 64, 1, 1, 1, 1, -1, 0, 1},
        {3, 3, 64, 4, 1, 1, 1, 0, 0, 1},
        {3, 3, 64, 1, 0, 1, 1, 0, 0, 1},
        {3, 3, 64, 1, 1, 1, 0, 0, 0, 1},
        {3, 3, 64, 1, 1, 1, 1, 0, 1, 1},
        {3, 3, 64, 1, 1, 1, 1, 0, -1, 1},
        {3, 3, 64, 1, 4, 1, 1, 0, 0, 1},
        SQUARE(1, 1, BG_MAX_FAN_IN + 1, 1, 1, 0, 1), /* fan-ins */
        SQUARE(4, 4, 2048, 4, 1, 0, 1),
        SQUARE(1 << 17, 1 << 17, 1, 1, 1, 0, 1), /* operands beyond any memory */
        SQUARE((int64_t)1 << 32, 1, 1, 1, 1, 0, 1),
        SQUARE(INT64_MAX, INT64_MAX, 1, INT64_MAX, 1, INT64_MAX - 1, 1),
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        CASE("refusal of shape %zu", i);
        EXPECT(bg_binary_convolution(&shapes[i], &good, 0, 1) == BG_BAD_SHAPE);
    }
    const struct bg_convolution many_pixels = SQUARE(1 << 15, 1 << 15, 1, 1, 1 << 15, 0, 1); /* one output pixel */
    const struct bg_convolution many_out_pixels = SQUARE(1, 1, 1, 3, 1, 2, 1);               /* nine of one pixel */
    struct bg_binary_convolution_operands many = good;
    many.images = 3;
    EXPECT(bg_binary_convolution(&many_pixels, &many, 0, 1) == BG_BAD_SHAPE);
    many.images = 1 << 28;
    EXPECT(bg_binary_convolution(&many_out_pixels, &many, 0, 1) == BG_BAD_SHAPE);
    EXPECT(y[0] == 0 && sums[0] == 0);
    EXPECT(bg_binary_convolution(&valid, &good, 0, 1) == BG_OK);
    EXPECT(y[0] == 64 && y[1] == 0 && sums[0] == 64 && sums[1] == 0);
    y[0] = 0;
    REFUSES(BG_OK, sums, NULL);
    EXPECT(bg_binary_convolution(&valid, &good, 1, 1) == BG_OK);
    EXPECT(y[0] == 64 && sums[0] == 64);
}

static void test_refusals_of_signs(void) {
    CASE("refusals of signs");
    _Alignas(64) uint64_t packed[64] = {0};
    uint64_t bits[1] = {0};
    uint64_t signs[1] = {0};
    const int32_t thresholds[1] = {64};
    const struct bg_convolution valid = SQUARE(1, 1, 64, 1, 1, 0, 1);
    const struct bg_convolution beyond = SQUARE(1, 1, BG_MAX_FAN_IN + 1, 1, 1, 0, 1);
    struct bg_binary_convolution_signs_operands good = {1, bits, packed, thresholds, signs};
    EXPECT(bg_packed_weight_bytes(NULL) == 0 && bg_packed_weight_bytes(&beyond) == 0);
    EXPECT(bg_packed_weight_bytes(&valid) > 0 && bg_packed_weight_bytes(&valid) <= (int64_t)sizeof packed * 2);
    EXPECT(bg_pack_weights(NULL, bits, packed) == BG_NULL_POINTER);
    EXPECT(bg_pack_weights(&beyond, bits, packed) == BG_BAD_SHAPE);
    EXPECT(bg_pack_weights(&valid, NULL, packed) == BG_NULL_POINTER);
    EXPECT(bg_pack_weights(&valid, OFF(bits, 4), packed) == BG_MISALIGNED);
    EXPECT(bg_pack_weights(&valid, bits, NULL) == BG_NULL_POINTER);
    EXPECT(bg_pack_weights(&valid, bits, OFF(packed, 8)) == BG_MISALIGNED);
#define SIGNS_REFUSED(status, change)                                                                                  \
    EXPECT_WITH(good, change, bg_binary_convolution_signs(&valid, &with, 0, 1), status)
    EXPECT(bg_binary_convolution_signs(NULL, &good, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_binary_convolution_signs(&beyond, &good, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_binary_convolution_signs(&valid, NULL, 0, 1) == BG_NULL_POINTER);
    SIGNS_REFUSED(BG_NULL_POINTER, x = NULL);
    SIGNS_REFUSED(BG_MISALIGNED, x = OFF(bits, 4));
    SIGNS_REFUSED(BG_NULL_POINTER, packed = NULL);
    SIGNS_REFUSED(BG_MISALIGNED, packed = OFF(packed, 8));
    SIGNS_REFUSED(BG_NULL_POINTER, thresholds = NULL);
    SIGNS_REFUSED(BG_MISALIGNED, thresholds = OFF(thresholds, 2));
    SIGNS_REFUSED(BG_NULL_POINTER, signs = NULL);
    SIGNS_REFUSED(BG_MISALIGNED, signs = OFF(signs, 4));
    SIGNS_REFUSED(BG_BAD_SHAPE, images = 0);
    EXPECT(bg_binary_convolution_signs(&valid, &good, -1, 1) == BG_BAD_RANGE);
    EXPECT(bg_binary_convolution_signs(&valid, &good, 1, 0) == BG_BAD_RANGE);
    EXPECT(bg_binary_convolution_signs(&valid, &good, 0, 2) == BG_BAD_RANGE);
    EXPECT(signs[0] == 0);
    int64_t bytes = bg_packed_weight_bytes(&valid);
    void *weights = operand(GUARD_BEFORE, (size_t)bytes);
    EXPECT(bg_pack_weights(&valid, bits, weights) == BG_OK);
    SIGNS_REFUSED(BG_OK, packed = weights);
    EXPECT(signs[0] == 1); /* all signs are -1, so the sum is 64 */
    release_all();
}

int main(int argument_count, char **arguments) {
    static const struct {
        const char *what;
        struct bg_convolution convolution;
        int64_t images;
    } cases[] = {
        {"one of everything", SQUARE(1, 1, 1, 1, 1, 0, 1), 1},
        {"dense", SQUARE(1, 1, 784, 1, 1, 0, 33), 19},
        {"dense of two slices", SQUARE(1, 1, 9300, 1, 1, 0, 40), 9},
        {"kernel 1", SQUARE(5, 3, 128, 1, 1, 0, 17), 2},
        {"kernel 1, stride", SQUARE(5, 4, 66, 1, 2, 0, 20), 3},
        {"same", SQUARE(8, 8, 128, 3, 1, 1, 64), 2},
        {"valid", SQUARE(7, 9, 64, 3, 1, 0, 65), 2},
        {"stride 2", SQUARE(8, 7, 100, 3, 2, 1, 33), 2},
        {"stride 3 beyond the kernel", SQUARE(11, 8, 65, 2, 3, 1, 9), 2},
        {"image of one pixel", SQUARE(1, 1, 130, 3, 1, 1, 31), 5},
        {"as large as the image", SQUARE(3, 5, 64, 3, 1, 0, 16), 3},
        {"even kernel", SQUARE(6, 5, 40, 4, 1, 3, 7), 2},
        {"wide padding", SQUARE(2, 3, 70, 5, 1, 4, 10), 2},
        {"five taps, stride 2", SQUARE(9, 9, 32, 5, 2, 2, 12), 3},
        {"two slices of taps", SQUARE(4, 4, 640, 5, 1, 2, 34), 1},
        {"three slices of short taps", SQUARE(20, 21, 1, 19, 1, 0, 3), 2},
        {"series, kernel 1 x 9", {1, 50, 12, 1, 9, 1, 2, 0, 4, 33}, 3},
        {"upright series, kernel 9 x 1", {50, 1, 12, 9, 1, 2, 1, 4, 0, 33}, 3},
        {"kernel 1 x 3 on images", {6, 7, 65, 1, 3, 1, 1, 0, 1, 20}, 2},
        {"kernel 3 x 1 on images", {7, 6, 65, 3, 1, 1, 1, 1, 0, 20}, 2},
        {"kernel 2 x 5, stride 3 x 1, padding 1 x 4", {8, 5, 70, 2, 5, 3, 1, 1, 4, 34}, 2},
        {"kernel 5 x 2, stride 1 x 3, padding 4 x 0", {5, 9, 70, 5, 2, 1, 3, 4, 0, 34}, 2},
        {"kernel 1, stride 1 x 2", {3, 9, 66, 1, 1, 1, 2, 0, 0, 7}, 2},
    };
    read_part(argument_count, arguments);
    if (is_in_part()) {
        test_refusals();
        test_refusals_of_signs();
        test_zero_padding();
        test_accumulator_limits();
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (is_in_part()) {
            test_definition(cases[i].what, &cases[i].convolution, cases[i].images);
            for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
                test_variants(cases[i].what, guard, &cases[i].convolution, cases[i].images);
            }
        }
    }
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            if (!is_in_part()) {
                continue;
            }
            const struct bg_convolution channels = random_convolution(*size, 1 + random_below(70), 4, 6);
            if (channels.kernel_height * channels.kernel_width * *size <= BG_MAX_FAN_IN) {
                test_variants("channels", guard, &channels, 1 + random_below(3));
            }
            const struct bg_convolution out_channels = SQUARE(1, 1, 1 + random_below(200), 1, 1, 0, *size);
            test_variants("output channels", guard, &out_channels, 9);
            const struct bg_convolution rows = SQUARE(1, *size, 1 + random_below(100), 1, 1, 0, 1 + random_below(40));
            test_variants("pixels", guard, &rows, 1);
        }
    }
    return finish("binary_convolution");
}
