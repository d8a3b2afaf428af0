#include "harness.h"

#include "simd/scalar.h"

/* height, width, channels, kernel, stride, padding, out_channels */
typedef int64_t geometry[7];

static struct bg_convolution read(const geometry numbers) {
    struct bg_convolution c;
    EXPECT(bg_read_convolution(numbers, &c) == BG_OK);
    return c;
}

static void name_case(const char *what, const geometry g, int32_t type, int64_t images) {
    CASE("pixel_convolution, %s: %ld images %ld x %ld x %ld, kernel %ld, stride %ld, padding %ld, %ld output channels, "
         "type %d",
        what, (long)images, (long)g[BG_HEIGHT], (long)g[BG_WIDTH], (long)g[BG_CHANNELS], (long)g[BG_KERNEL],
        (long)g[BG_STRIDE], (long)g[BG_PADDING], (long)g[BG_OUT_CHANNELS], type);
}

static void test_variants(const char *what, enum guard guard, const geometry numbers, int32_t type, int64_t images) {
    struct bg_convolution c = read(numbers);
    uint8_t *pixels = operand(guard, (size_t)(images * c.pixels * c.channels));
    uint64_t *weights = bit_operand(guard, c.out_channels * c.taps, c.channels);
    size_t bytes = (size_t)(images * c.out_pixels * c.out_channels) * type_bytes(type);
    void *expected = operand(guard, bytes);
    void *before = operand_copy(guard, expected, bytes);
    int64_t begin = random_below(images);
    name_case(what, numbers, type, images);
    bg_pixel_convolution_reference(&c, pixels, weights, type, expected, begin, images);
    FOR_EACH_VARIANT(pixel_convolution, {
        void *actual = operand_copy(guard, before, bytes);
        kernel(&c, pixels, weights, type, actual, begin, images);
        expect_same("y", expected, actual, bytes);
    });
    release_all();
}

/* The reference itself: 255 times the product of inputs scaled to [-1, 1], in explicit borders of zeros. */
static void test_definition(const char *what, const geometry numbers, int64_t images) {
    enum { MAX_PADDED = 1 << 16 };
    static double padded[MAX_PADDED];
    struct bg_convolution c = read(numbers);
    uint8_t *pixels = operand(GUARD_BEHIND, (size_t)(images * c.pixels * c.channels));
    uint64_t *weights = bit_operand(GUARD_BEHIND, c.out_channels * c.taps, c.channels);
    float *y = operand(GUARD_BEHIND, (size_t)(images * c.out_pixels * c.out_channels) * sizeof *y);
    name_case(what, numbers, BG_FLOAT32, images);
    bg_pixel_convolution_reference(&c, pixels, weights, BG_FLOAT32, y, 0, images);
    int64_t padded_width = c.width + 2 * c.padding;
    EXPECT((c.height + 2 * c.padding) * padded_width * c.channels <= MAX_PADDED);
    for (int64_t image = 0; image < images; image++) {
        memset(padded, 0, sizeof padded);
        for (int64_t p = 0; p < c.pixels * c.channels; p++) {
            int64_t row = p / c.channels / c.width + c.padding;
            int64_t column = p / c.channels % c.width + c.padding;
            padded[(row * padded_width + column) * c.channels + p % c.channels] =
                pixels[image * c.pixels * c.channels + p] / 127.5 - 1;
        }
        for (int64_t p = 0; p < c.out_pixels * c.out_channels; p++) {
            int64_t row = p / c.out_channels / c.out_width * c.stride;
            int64_t column = p / c.out_channels % c.out_width * c.stride;
            double sum = 0;
            for (int64_t k = 0; k < c.taps * c.channels; k++) {
                int64_t tap = k / c.channels;
                int64_t pixel = (row + tap / c.kernel) * padded_width + column + tap % c.kernel;
                sum += padded[pixel * c.channels + k % c.channels] *
                       bg_bit_sign(weights, c.channels, p % c.out_channels * c.taps + tap, k % c.channels);
            }
            float scaled = y[image * c.out_pixels * c.out_channels + p];
            EXPECT(fabs(scaled - 255 * sum) < 1e-3 && scaled == rintf(scaled)); /* double rounding of at most 2^23 */
        }
    }
    release_all();
}

/* Images that are white everywhere, and weights that are all +1, then all -1: the largest sums there are. */
static void expect_extremes(const char *what, const geometry numbers, int32_t type, int inside_of_corner) {
    struct bg_convolution c = read(numbers);
    uint8_t *pixels = operand(GUARD_BEHIND, (size_t)(c.pixels * c.channels));
    uint64_t *weights = bit_operand(GUARD_BEHIND, c.out_channels * c.taps, c.channels);
    memset(pixels, 255, (size_t)(c.pixels * c.channels));
    for (int64_t i = 0; i < c.out_channels * c.taps * c.channels; i++) {
        bg_set_bit(weights, c.channels, i / c.channels, i % c.channels, i / c.channels / c.taps % 2 == 0);
    }
    void *y = operand(GUARD_BEHIND, (size_t)(c.out_pixels * c.out_channels) * type_bytes(type));
    name_case(what, numbers, type, 1);
    float expected = 255.0f * (float)(inside_of_corner * c.channels);
    EXPECT(bg_pixel_convolution(numbers, pixels, weights, type, y, 0, 1) == BG_OK);
    EXPECT(bg_load(type, y, 0) == expected && bg_load(type, y, 1) == -expected);
    FOR_EACH_VARIANT(pixel_convolution, {
        kernel(&c, pixels, weights, type, y, 0, 1);
        EXPECT(bg_load(type, y, 0) == expected && bg_load(type, y, 1) == -expected);
    });
    release_all();
}

static void test_limits(void) {
    const geometry padded = {3, 3, 14, 3, 1, 1, 2};
    expect_extremes("zero padding", padded, BG_INT16, 4);
    const geometry largest_int16 = {1, 1, 128, 1, 1, 0, 2};
    expect_extremes("largest int16", largest_int16, BG_INT16, 1);
    const geometry largest = {1, 1, BG_MAX_FAN_IN, 1, 1, 0, 2};
    expect_extremes("largest float", largest, BG_FLOAT32, 1);
}

static void test_refusals(void) {
    CASE("refusals");
    const geometry valid = {1, 1, 64, 1, 1, 0, 1};
    const geometry beyond_int16 = {1, 1, 129, 1, 1, 0, 1};
    const geometry beyond_float = {1, 1, BG_MAX_FAN_IN + 1, 1, 1, 0, 1};
    const geometry larger_than_image = {2, 2, 1, 3, 1, 0, 1};
    const geometry two_pixels = {1, 2, 1, 1, 2, 0, 1}; /* one output pixel */
    const geometry nine_out_pixels = {1, 1, 1, 3, 1, 2, 1};
    uint8_t pixels[129] = {0};
    uint64_t weights[4] = {0};
    float y[1] = {0};
#define OFF(pointer, bytes) ((void *)((char *)(pointer) + (bytes)))
#define REFUSES(status, numbers, pixels, weights, type, y, begin, end)                                                 \
    EXPECT(bg_pixel_convolution(numbers, pixels, weights, type, y, begin, end) == status)
    REFUSES(BG_NULL_POINTER, NULL, pixels, weights, BG_INT16, y, 0, 1);
    REFUSES(BG_NULL_POINTER, valid, NULL, weights, BG_INT16, y, 0, 1);
    REFUSES(BG_NULL_POINTER, valid, pixels, NULL, BG_INT16, y, 0, 1);
    REFUSES(BG_NULL_POINTER, valid, pixels, weights, BG_INT16, NULL, 0, 1);
    REFUSES(BG_MISALIGNED, valid, pixels, OFF(weights, 4), BG_INT16, y, 0, 1);
    REFUSES(BG_MISALIGNED, valid, pixels, weights, BG_INT16, OFF(y, 1), 0, 1);
    REFUSES(BG_MISALIGNED, valid, pixels, weights, BG_FLOAT32, OFF(y, 2), 0, 1);
    REFUSES(BG_BAD_TYPE, valid, pixels, weights, BG_FLOAT16, y, 0, 1);
    REFUSES(BG_BAD_TYPE, valid, pixels, weights, BG_BITS, y, 0, 1);
    REFUSES(BG_BAD_SHAPE, beyond_int16, pixels, weights, BG_INT16, y, 0, 1);
    REFUSES(BG_BAD_SHAPE, beyond_float, pixels, weights, BG_FLOAT32, y, 0, 1);
    REFUSES(BG_BAD_SHAPE, larger_than_image, pixels, weights, BG_INT16, y, 0, 1);
    REFUSES(BG_BAD_RANGE, valid, pixels, weights, BG_INT16, y, -1, 1);
    REFUSES(BG_BAD_RANGE, valid, pixels, weights, BG_INT16, y, 1, 0);
    REFUSES(BG_BAD_RANGE, valid, pixels, weights, BG_INT16, y, 0, INT64_MAX);
    REFUSES(BG_BAD_RANGE, two_pixels, pixels, weights, BG_INT16, y, (int64_t)1 << 31, (int64_t)1 << 31);
    REFUSES(BG_BAD_RANGE, nine_out_pixels, pixels, weights, BG_INT16, y, 1 << 28, 1 << 28);
    EXPECT(y[0] == 0);
    REFUSES(BG_OK, beyond_int16, pixels, weights, BG_FLOAT32, y, 0, 1);
    EXPECT(y[0] == 129 * 255.0f);
}

int main(void) {
    static const struct {
        const char *what;
        geometry numbers;
        int64_t images;
    } cases[] = {
        {"one of everything", {1, 1, 1, 1, 1, 0, 1}, 1},
        {"dense", {1, 1, 784, 1, 1, 0, 70}, 7},
        {"same", {8, 7, 3, 3, 1, 1, 66}, 2},
        {"valid", {6, 5, 3, 3, 1, 0, 128}, 3},
        {"stride 2", {9, 8, 3, 3, 2, 1, 17}, 2},
        {"stride beyond the kernel", {9, 8, 1, 2, 3, 1, 40}, 2},
        {"kernel 1", {3, 3, 65, 1, 1, 0, 33}, 2},
        {"image of one pixel", {1, 1, 2, 3, 1, 1, 12}, 5},
        {"wide padding", {2, 3, 3, 5, 1, 4, 10}, 2},
        {"a slice that ends in a tap", {4, 3, 70, 3, 1, 1, 35}, 2},
    };
    test_refusals();
    test_limits();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        test_definition(cases[i].what, cases[i].numbers, cases[i].images);
    }
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            const int64_t *numbers = cases[i].numbers;
            test_variants(cases[i].what, guard, numbers, BG_FLOAT32, cases[i].images);
            if (numbers[BG_KERNEL] * numbers[BG_KERNEL] * numbers[BG_CHANNELS] <= 128) {
                test_variants(cases[i].what, guard, numbers, BG_INT16, cases[i].images);
            }
        }
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            const geometry fan_in = {1, 1, *size, 1, 1, 0, 1 + random_below(70)};
            test_variants("fan-in", guard, fan_in, BG_FLOAT32, 5);
            const geometry out_channels = {3, 4, 3, 3, 1, 1, *size};
            test_variants("output channels", guard, out_channels, BG_INT16, 1);
            test_variants("output channels", guard, out_channels, BG_FLOAT32, 1);
        }
    }
    return finish("pixel_convolution");
}
