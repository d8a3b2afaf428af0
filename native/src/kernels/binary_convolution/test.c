#include "harness.h"

#include "simd/scalar.h"

/* height, width, channels, kernel, stride, padding, out_channels */
typedef int64_t geometry[7];

static struct bg_convolution read(const geometry numbers) {
    struct bg_convolution c;
    EXPECT(bg_read_convolution(numbers, &c) == BG_OK);
    return c;
}

static void name_case(const char *what, const geometry g, int64_t images) {
    CASE("binary_convolution, %s: %ld images %ld x %ld x %ld, kernel %ld, stride %ld, padding %ld, %ld output channels",
        what, (long)images, (long)g[BG_HEIGHT], (long)g[BG_WIDTH], (long)g[BG_CHANNELS], (long)g[BG_KERNEL],
        (long)g[BG_STRIDE], (long)g[BG_PADDING], (long)g[BG_OUT_CHANNELS]);
}

/* Every variant against the reference, on a random range of output channels, and once without sums. */
static void test_variants(const char *what, enum guard guard, const geometry numbers, int64_t images) {
    struct bg_convolution c = read(numbers);
    uint64_t *x = bit_operand(guard, images * c.pixels, c.channels);
    uint64_t *weights = bit_operand(guard, c.out_channels * c.taps, c.channels);
    size_t bytes = (size_t)(images * c.out_pixels * c.out_channels) * sizeof(int16_t);
    size_t sum_bytes = (size_t)c.out_channels * sizeof(int64_t);
    int16_t *expected = operand(guard, bytes);
    int16_t *before = operand_copy(guard, expected, bytes);
    int64_t *expected_sums = operand(guard, sum_bytes);
    int64_t *sums_before = operand_copy(guard, expected_sums, sum_bytes);
    int64_t begin = random_below(c.out_channels);
    int64_t end = begin + 1 + random_below(c.out_channels - begin);
    name_case(what, numbers, images);
    bg_binary_convolution_reference(&c, x, weights, expected, expected_sums, images, begin, end);
    FOR_EACH_VARIANT(binary_convolution, {
        int16_t *actual = operand_copy(guard, before, bytes);
        int64_t *sums = operand_copy(guard, sums_before, sum_bytes);
        kernel(&c, x, weights, actual, sums, images, begin, end);
        expect_same("y", expected, actual, bytes);
        expect_same("sums", expected_sums, sums, sum_bytes);
        kernel(&c, x, weights, actual, NULL, images, begin, end);
        expect_same("y without sums", expected, actual, bytes);
    });
    release_all();
}

/* The reference itself: sums of products of signs, over images that stand in explicit borders of zeros. */
static void test_definition(const char *what, const geometry numbers, int64_t images) {
    enum { MAX_PADDED = 32 * 32 * 300 };
    static int padded[MAX_PADDED];
    struct bg_convolution c = read(numbers);
    uint64_t *x = bit_operand(GUARD_BEHIND, images * c.pixels, c.channels);
    uint64_t *weights = bit_operand(GUARD_BEHIND, c.out_channels * c.taps, c.channels);
    int16_t *y = operand(GUARD_BEHIND, (size_t)(images * c.out_pixels * c.out_channels) * sizeof *y);
    int64_t *sums = operand(GUARD_BEHIND, (size_t)c.out_channels * sizeof *sums);
    int64_t *expected_sums = operand(GUARD_BEHIND, (size_t)c.out_channels * sizeof *sums);
    memset(expected_sums, 0, (size_t)c.out_channels * sizeof *sums);
    name_case(what, numbers, images);
    bg_binary_convolution_reference(&c, x, weights, y, sums, images, 0, c.out_channels);
    int64_t padded_height = c.height + 2 * c.padding;
    int64_t padded_width = c.width + 2 * c.padding;
    EXPECT(padded_height * padded_width * c.channels <= MAX_PADDED);
    for (int64_t image = 0; image < images; image++) {
        memset(padded, 0, sizeof padded);
        for (int64_t p = 0; p < c.pixels * c.channels; p++) {
            int64_t row = p / c.channels / c.width + c.padding;
            int64_t column = p / c.channels % c.width + c.padding;
            padded[(row * padded_width + column) * c.channels + p % c.channels] =
                (int)bg_bit_sign(x, c.channels, image * c.pixels + p / c.channels, p % c.channels);
        }
        for (int64_t p = 0; p < c.out_pixels * c.out_channels; p++) {
            int64_t row = p / c.out_channels / c.out_width * c.stride;
            int64_t column = p / c.out_channels % c.out_width * c.stride;
            int64_t n = p % c.out_channels;
            int sum = 0;
            for (int64_t k = 0; k < c.taps * c.channels; k++) {
                int64_t tap = k / c.channels;
                int64_t pixel = (row + tap / c.kernel) * padded_width + column + tap % c.kernel;
                sum += padded[pixel * c.channels + k % c.channels] *
                       (int)bg_bit_sign(weights, c.channels, n * c.taps + tap, k % c.channels);
            }
            EXPECT(y[image * c.out_pixels * c.out_channels + p] == sum);
            expected_sums[n] += sum;
        }
    }
    expect_same("sums", expected_sums, sums, (size_t)c.out_channels * sizeof *sums);
    release_all();
}

/* y and sums of all-set images and weights that are all set for odd output channels, and clear for even ones. */
static void expect_constant(const char *what, const geometry numbers, const int64_t *inside) {
    struct bg_convolution c = read(numbers);
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
    int16_t *actual = operand(GUARD_BEHIND, bytes);
    int64_t *expected_sums = operand(GUARD_BEHIND, sum_bytes);
    int64_t *sums = operand(GUARD_BEHIND, sum_bytes);
    memset(expected_sums, 0, sum_bytes);
    for (int64_t i = 0; i < c.out_pixels * c.out_channels; i++) {
        int64_t taps = inside == NULL ? c.taps : inside[i / c.out_channels];
        int64_t n = i % c.out_channels;
        expected[i] = (int16_t)(n % 2 == 1 ? taps * c.channels : -taps * c.channels);
        expected_sums[n] += expected[i];
    }
    name_case(what, numbers, 1);
    EXPECT(bg_binary_convolution(numbers, x, weights, actual, sums, 1, 0, c.out_channels) == BG_OK);
    expect_same("y", expected, actual, bytes);
    expect_same("sums", expected_sums, sums, sum_bytes);
    FOR_EACH_VARIANT(binary_convolution, {
        memset(actual, 0, bytes);
        kernel(&c, x, weights, actual, sums, 1, 0, c.out_channels);
        expect_same("y", expected, actual, bytes);
        expect_same("sums", expected_sums, sums, sum_bytes);
    });
    release_all();
}

/* Taps outside of the image add nothing, neither +1 nor -1. */
static void test_zero_padding(void) {
    const geometry numbers = {3, 4, 70, 3, 1, 1, 3};
    const int64_t inside[] = {4, 6, 6, 4, 6, 9, 9, 6, 4, 6, 6, 4};
    expect_constant("zero padding", numbers, inside);
    const geometry wide = {2, 2, 64, 5, 2, 4, 2}; /* more padding than image: outputs start at -4, -2 and 0 */
    const int64_t inside_wide[] = {1, 2, 2, 2, 4, 4, 2, 4, 4};
    expect_constant("zero padding wider than the image", wide, inside_wide);
}

/* The largest sums, and counts around the sizes at which variants empty their accumulators. */
static void test_accumulator_limits(void) {
    const int64_t channels[] = {960, 991, 992, 993, 1023, 1984, 2048, 4608, 9215, 9217, BG_MAX_FAN_IN};
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++) {
        const geometry numbers = {1, 1, channels[i], 1, 1, 0, 35};
        expect_constant("accumulator limit", numbers, NULL);
    }
    const geometry taps = {181, 181, 1, 181, 1, 0, 2};
    expect_constant("a fan-in of 32761 taps", taps, NULL);
    const geometry rows = {286, 286, 64, 22, 1, 0, 2}; /* 70225 x 30976 > 2^31 */
    expect_constant("sums beyond 32 bits", rows, NULL);
}

static void test_refusals(void) {
    CASE("refusals");
    uint64_t bits[9] = {0};
    int16_t y[2] = {0};
    int64_t sums[2] = {0};
    const geometry valid = {1, 1, 64, 1, 1, 0, 1};
#define REFUSES(status, numbers, x, weights, y, sums, images, begin, end)                                              \
    EXPECT(bg_binary_convolution(numbers, x, weights, y, sums, images, begin, end) == status)
    REFUSES(BG_NULL_POINTER, NULL, bits, bits, y, sums, 1, 0, 1);
    REFUSES(BG_NULL_POINTER, valid, NULL, bits, y, sums, 1, 0, 1);
    REFUSES(BG_NULL_POINTER, valid, bits, NULL, y, sums, 1, 0, 1);
    REFUSES(BG_NULL_POINTER, valid, bits, bits, NULL, sums, 1, 0, 1);
#define OFF(pointer, bytes) ((void *)((char *)(pointer) + (bytes)))
    REFUSES(BG_MISALIGNED, OFF(valid, 4), bits, bits, y, sums, 1, 0, 1);
    REFUSES(BG_MISALIGNED, valid, OFF(bits, 4), bits, y, sums, 1, 0, 1);
    REFUSES(BG_MISALIGNED, valid, bits, OFF(bits, 4), y, sums, 1, 0, 1);
    REFUSES(BG_MISALIGNED, valid, bits, bits, OFF(y, 1), sums, 1, 0, 1);
    REFUSES(BG_MISALIGNED, valid, bits, bits, y, OFF(sums, 4), 1, 0, 1);
    REFUSES(BG_BAD_SHAPE, valid, bits, bits, y, sums, 0, 0, 1);
    REFUSES(BG_BAD_RANGE, valid, bits, bits, y, sums, 1, -1, 1);
    REFUSES(BG_BAD_RANGE, valid, bits, bits, y, sums, 1, 1, 0);
    REFUSES(BG_BAD_RANGE, valid, bits, bits, y, sums, 1, 0, 2);
    const geometry shapes[] = {
        {0, 1, 64, 1, 1, 0, 1},
        {1, 0, 64, 1, 1, 0, 1},
        {1, 1, 0, 1, 1, 0, 1},
        {1, 1, 64, 0, 1, 0, 1},
        {1, 1, 64, 1, 0, 0, 1},
        {1, 1, 64, 1, 1, -1, 1},
        {1, 1, 64, 1, 1, 0, 0},
        {1, 1, 64, 1, 1, 1, 1}, /* padding, kernel */
        {2, 3, 64, 3, 1, 0, 1}, /* a kernel higher than the image */
        {3, 2, 64, 3, 1, 0, 1}, /* wider */
        {2, 3, 64, 3, 2, 0, 1}, /* the same where the quotient rounds to none */
        {3, 2, 64, 3, 2, 0, 1},
        {1, 1, BG_MAX_FAN_IN + 1, 1, 1, 0, 1}, /* fan-ins */
        {4, 4, 2048, 4, 1, 0, 1},
        {1 << 17, 1 << 17, 1, 1, 1, 0, 1}, /* operands beyond any memory */
        {(int64_t)1 << 32, 1, 1, 1, 1, 0, 1},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        CASE("refusal of shape %zu", i);
        REFUSES(BG_BAD_SHAPE, shapes[i], bits, bits, y, sums, 1, 0, 1);
    }
    const geometry many_pixels = {1 << 15, 1 << 15, 1, 1, 1 << 15, 0, 1}; /* one output pixel */
    const geometry many_out_pixels = {1, 1, 1, 3, 1, 2, 1};               /* nine of one pixel */
    REFUSES(BG_BAD_SHAPE, many_pixels, bits, bits, y, sums, 3, 0, 1);
    REFUSES(BG_BAD_SHAPE, many_out_pixels, bits, bits, y, sums, 1 << 28, 0, 1);
    EXPECT(y[0] == 0 && sums[0] == 0);
    REFUSES(BG_OK, valid, bits, bits, y, sums, 1, 0, 1);
    EXPECT(y[0] == 64 && y[1] == 0 && sums[0] == 64 && sums[1] == 0);
    y[0] = 0;
    REFUSES(BG_OK, valid, bits, bits, y, NULL, 1, 0, 1);
    REFUSES(BG_OK, valid, bits, bits, y, sums, 1, 1, 1);
    EXPECT(y[0] == 64 && sums[0] == 64);
}

int main(void) {
    static const struct {
        const char *what;
        geometry numbers;
        int64_t images;
    } cases[] = {
        {"one of everything", {1, 1, 1, 1, 1, 0, 1}, 1},
        {"dense", {1, 1, 784, 1, 1, 0, 33}, 19},
        {"dense of two slices", {1, 1, 9300, 1, 1, 0, 40}, 9},
        {"kernel 1", {5, 3, 128, 1, 1, 0, 17}, 2},
        {"kernel 1, stride", {5, 4, 66, 1, 2, 0, 20}, 3},
        {"same", {8, 8, 128, 3, 1, 1, 64}, 2},
        {"valid", {7, 9, 64, 3, 1, 0, 65}, 2},
        {"stride 2", {8, 7, 100, 3, 2, 1, 33}, 2},
        {"stride 3 beyond the kernel", {11, 8, 65, 2, 3, 1, 9}, 2},
        {"image of one pixel", {1, 1, 130, 3, 1, 1, 31}, 5},
        {"as large as the image", {3, 5, 64, 3, 1, 0, 16}, 3},
        {"even kernel", {6, 5, 40, 4, 1, 3, 7}, 2},
        {"wide padding", {2, 3, 70, 5, 1, 4, 10}, 2},
        {"five taps, stride 2", {9, 9, 32, 5, 2, 2, 12}, 3},
        {"two slices of taps", {4, 4, 640, 5, 1, 2, 34}, 1},
        {"three slices of short taps", {20, 21, 1, 19, 1, 0, 3}, 2},
    };
    test_refusals();
    test_zero_padding();
    test_accumulator_limits();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        test_definition(cases[i].what, cases[i].numbers, cases[i].images);
        for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
            test_variants(cases[i].what, guard, cases[i].numbers, cases[i].images);
        }
    }
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            const geometry channels = {3, 1 + random_below(6), *size, 3, 1, random_below(3), 1 + random_below(70)};
            if (channels[BG_WIDTH] + 2 * channels[BG_PADDING] >= channels[BG_KERNEL]) {
                test_variants("channels", guard, channels, 1 + random_below(3));
            }
            const geometry out_channels = {1, 1, 1 + random_below(200), 1, 1, 0, *size};
            test_variants("output channels", guard, out_channels, 9);
            const geometry rows = {1, *size, 1 + random_below(100), 1, 1, 0, 1 + random_below(40)};
            test_variants("pixels", guard, rows, 1);
        }
    }
    return finish("binary_convolution");
}
