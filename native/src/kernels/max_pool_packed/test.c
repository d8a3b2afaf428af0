#include "harness.h"

static void test_int16(
    enum guard guard, int64_t images, int64_t height, int64_t width, int64_t channels, int64_t size, int limit) {
    int64_t columns, first;
    random_tile(channels, &columns, &first);
    int64_t pooled_pixels = images * (height / size) * (width / size);
    int16_t *y = typed_operand(guard, BG_INT16, images * height * width * channels, limit);
    size_t bytes = (size_t)(pooled_pixels * channels) * sizeof *y;
    int planes = bg_argmax_planes(size * size);
    int16_t *expected = operand(guard, bytes);
    int16_t *before = operand_copy(guard, expected, bytes);
    uint64_t *bits = planes == 0 ? NULL : bit_operand(guard, planes * pooled_pixels, columns);
    size_t bits_bytes = bit_bytes(planes * pooled_pixels, columns);
    uint64_t *expected_bits = bits == NULL ? NULL : operand_copy(guard, bits, bits_bytes);
    int64_t begin = random_below(images);
    CASE("max_pool_int16 of images [%ld, %ld) %ld x %ld x %ld by %ld, columns from %ld of %ld, values to %d",
        (long)begin, (long)images, (long)height, (long)width, (long)channels, (long)size, (long)first, (long)columns,
        limit);
    bg_max_pool_int16_reference(
        y, height, width, channels, columns, first, size, expected, expected_bits, images, begin, images);
    FOR_EACH_VARIANT(max_pool_int16, {
        int16_t *actual = operand_copy(guard, before, bytes);
        uint64_t *actual_bits = bits == NULL ? NULL : operand_copy(guard, bits, bits_bytes);
        kernel(y, height, width, channels, columns, first, size, actual, actual_bits, images, begin, images);
        expect_same("pooled", expected, actual, bytes);
        if (bits != NULL) {
            expect_same("argmax", expected_bits, actual_bits, bits_bytes);
        }
        int16_t *alone = operand_copy(guard, before, bytes);
        kernel(y, height, width, channels, columns, first, size, alone, NULL, images, begin, images);
        expect_same("pooled without argmax", expected, alone, bytes);
    });
    release_all();
}

static void test_bits(enum guard guard, int64_t images, int64_t height, int64_t width, int64_t channels, int64_t size) {
    int64_t pooled_pixels = images * (height / size) * (width / size);
    uint64_t *signs = bit_operand(guard, images * height * width, channels);
    uint64_t *straight_through = bit_operand(guard, images * height * width, channels);
    for (int64_t i = 0; size > 1 && i < images * height * width * bg_words(channels); i++) {
        signs[i] &= random_bits(); /* so that windows without any set sign are not rare */
    }
    size_t bytes = bit_bytes(pooled_pixels, channels);
    uint64_t *before = bit_operand(guard, pooled_pixels, channels);
    uint64_t *expected = operand_copy(guard, before, bytes);
    uint64_t *expected_through = operand_copy(guard, before, bytes);
    int64_t begin = random_below(images);
    CASE("max_pool_bits of images [%ld, %ld) %ld x %ld x %ld by %ld", (long)begin, (long)images, (long)height,
        (long)width, (long)channels, (long)size);
    bg_max_pool_bits_reference(
        signs, straight_through, height, width, channels, size, expected, expected_through, begin, images);
    FOR_EACH_VARIANT(max_pool_bits, {
        uint64_t *actual = operand_copy(guard, before, bytes);
        uint64_t *through = operand_copy(guard, before, bytes);
        kernel(signs, straight_through, height, width, channels, size, actual, through, begin, images);
        expect_same("pooled", expected, actual, bytes);
        expect_same("straight_through", expected_through, through, bytes);
        uint64_t *alone = operand_copy(guard, before, bytes);
        kernel(signs, NULL, height, width, channels, size, alone, NULL, begin, images);
        expect_same("pooled without straight_through", expected, alone, bytes);
    });
    release_all();
}

/* Of equal values the first counts; pixels that fill no window do not. */
static void test_ties(void) {
    CASE("ties, two images of 3 x 3 pixels by 2");
    enum { P = 2 };
    const int16_t y[2 * 9 * 2] = {/* channels: all equal; the largest last but one, twice */
        7, -5, 7, -5, 99, 99,     /* */
        7, -3, 7, -3, 99, 99,     /* */
        99, 99, 99, 99, 99, 99,
        /* INT16_MIN everywhere; the largest second and last */
        INT16_MIN, 0, INT16_MIN, INT16_MAX, 0, 0,  /* */
        INT16_MIN, -1, INT16_MIN, INT16_MAX, 0, 0, /* */
        0, 0, 0, 0, 0, 0};
    const int16_t expected[P * 2] = {7, -3, INT16_MIN, INT16_MAX};
    const uint64_t expected_bits[2 * P] = {0, 2, 2, 0}; /* numbers 0 2, 0 1: low bits, then high bits */
    int16_t pooled[P * 2] = {0};
    uint64_t bits[2 * P] = {~(uint64_t)0, ~(uint64_t)0, ~(uint64_t)0, ~(uint64_t)0};
    EXPECT(bg_max_pool_int16(y, 3, 3, 2, 2, 0, 2, pooled, bits, 2, 0, 2) == BG_OK);
    expect_same("pooled", expected, pooled, sizeof pooled);
    expect_same("argmax", expected_bits, bits, sizeof bits);
    memset(pooled, 0, sizeof pooled);
    EXPECT(bg_max_pool_int16(y, 3, 3, 2, 2, 0, 2, pooled, NULL, 2, 0, 2) == BG_OK);
    expect_same("pooled without argmax", expected, pooled, sizeof pooled);

    CASE("first set sign, one image of 2 x 3 pixels by 2");
    /* channels: no sign set; second and last set; all set; last set */
    const uint64_t signs[6] = {4, 6, 15, 4, 14, 15};
    const uint64_t straight_through[6] = {5, 10, 15, 0, 8, 15};
    uint64_t pooled_signs[1] = {0}, pooled_through[1] = {0};
    EXPECT(bg_max_pool_bits(signs, straight_through, 2, 3, 4, 2, pooled_signs, pooled_through, 0, 1) == BG_OK);
    EXPECT(pooled_signs[0] == 14 && pooled_through[0] == 15);
    const uint64_t opposite[6] = {10, 4, 15, 15, 7, 15};
    EXPECT(bg_max_pool_bits(signs, opposite, 2, 3, 4, 2, pooled_signs, pooled_through, 0, 1) == BG_OK);
    EXPECT(pooled_signs[0] == 14 && pooled_through[0] == 0);
}

/* Tiles of channels, one after the other, whatever argmax was before. */
static void test_tiles(void) {
    CASE("tiles");
    enum { SIDE = 5, SIZE = 2, PLANES = 2, IMAGES = 2, CHANNELS = 150, WORDS = 3 };
    enum { PIXELS = IMAGES * SIDE * SIDE, WINDOWS = IMAGES * (SIDE / SIZE) * (SIDE / SIZE) };
    static int16_t y[PIXELS * CHANNELS], y_tile[PIXELS * CHANNELS], pooled[WINDOWS * CHANNELS];
    static int16_t expected[WINDOWS * CHANNELS], actual[WINDOWS * CHANNELS];
    static uint64_t whole[PLANES * WINDOWS * WORDS], tiled[PLANES * WINDOWS * WORDS];
    for (int i = 0; i < PIXELS * CHANNELS; i++) {
        y[i] = (int16_t)(random_below(7) - 3);
    }
    EXPECT(bg_max_pool_int16(y, SIDE, SIDE, CHANNELS, CHANNELS, 0, SIZE, pooled, whole, IMAGES, 0, IMAGES) == BG_OK);
    for (int64_t tile = 16; tile <= 96; tile += 16) {
        memset(tiled, -1, sizeof tiled);
        IN_TILES(tile, CHANNELS, {
            copy_tile(y_tile, channels, y, CHANNELS, first, PIXELS, sizeof *y);
            EXPECT(bg_max_pool_int16(
                       y_tile, SIDE, SIDE, channels, CHANNELS, first, SIZE, actual, tiled, IMAGES, 0, IMAGES) == BG_OK);
            copy_tile(expected, channels, pooled, CHANNELS, first, WINDOWS, sizeof *y);
            expect_same("pooled tile", expected, actual, (size_t)(WINDOWS * channels) * sizeof *y);
        });
        expect_same("argmax of tiles", whole, tiled, sizeof whole);
    }
}

#define OFF(pointer, bytes) ((void *)((char *)(pointer) + (bytes)))

static void test_refusals(void) {
    CASE("refusals of max_pool_int16");
    int16_t y[4] = {1, 2, 3, 4}, pooled[1] = {0};
    uint64_t bits[4] = {0}, out[4] = {0};
    const int64_t large = (int64_t)1 << 31;
    EXPECT(bg_max_pool_int16(NULL, 2, 2, 1, 1, 0, 2, pooled, bits, 1, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_max_pool_int16(y, 2, 2, 1, 1, 0, 2, NULL, bits, 1, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_max_pool_int16(OFF(y, 1), 2, 2, 1, 1, 0, 2, pooled, bits, 1, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_max_pool_int16(y, 2, 2, 1, 1, 0, 2, OFF(pooled, 1), bits, 1, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_max_pool_int16(y, 2, 2, 1, 1, 0, 2, pooled, OFF(bits, 4), 1, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_max_pool_int16(y, 0, 2, 1, 1, 0, 1, pooled, bits, 1, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_max_pool_int16(y, 2, 0, 1, 1, 0, 1, pooled, bits, 1, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_max_pool_int16(y, 2, 2, 0, 1, 0, 2, pooled, bits, 1, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_max_pool_int16(y, 2, 2, 1, 1, 0, 0, pooled, bits, 1, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_max_pool_int16(y, 2, 3, 1, 1, 0, 3, pooled, bits, 1, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_max_pool_int16(y, 3, 2, 1, 1, 0, 3, pooled, bits, 1, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_max_pool_int16(y, 2, 2, 16, 64, 8, 2, pooled, bits, 1, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_max_pool_int16(y, 2, 2, 1, 64, 16, 2, pooled, bits, 1, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_max_pool_int16(y, 2, 2, 16, 64, 64, 2, pooled, bits, 1, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_max_pool_int16(y, large, 2, 1, 1, 0, 2, pooled, bits, 1, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_max_pool_int16(y, 2, 2, 1, 1, 0, 2, pooled, bits, 0, 0, 0) == BG_BAD_SHAPE);
    EXPECT(bg_max_pool_int16(y, 2, 2, 1, 1, 0, 2, pooled, bits, 1, -1, 1) == BG_BAD_RANGE);
    EXPECT(bg_max_pool_int16(y, 2, 2, 1, 1, 0, 2, pooled, bits, 1, 1, 0) == BG_BAD_RANGE);
    EXPECT(bg_max_pool_int16(y, 2, 2, 1, 1, 0, 2, pooled, bits, 1, 0, 2) == BG_BAD_RANGE);
    EXPECT(bg_max_pool_int16(y, 2, 2, 1, 1, 0, 2, pooled, bits, large, 0, large) == BG_BAD_RANGE);
    EXPECT(pooled[0] == 0);
    CASE("refusals of max_pool_bits");
    EXPECT(bg_max_pool_bits(NULL, bits, 2, 2, 1, 2, out, out, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_max_pool_bits(bits, NULL, 2, 2, 1, 2, out, out, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_max_pool_bits(bits, bits, 2, 2, 1, 2, NULL, out, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_max_pool_bits(bits, bits, 2, 2, 1, 2, out, NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_max_pool_bits(OFF(bits, 4), bits, 2, 2, 1, 2, out, out, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_max_pool_bits(bits, OFF(bits, 4), 2, 2, 1, 2, out, out, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_max_pool_bits(bits, bits, 2, 2, 1, 2, OFF(out, 4), out, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_max_pool_bits(bits, bits, 2, 2, 1, 2, out, OFF(out, 4), 0, 1) == BG_MISALIGNED);
    EXPECT(bg_max_pool_bits(bits, bits, 1, 2, 1, 2, out, out, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_max_pool_bits(bits, bits, 2, 2, 1, 2, out, out, 1, 0) == BG_BAD_RANGE);
    EXPECT(bg_max_pool_bits(bits, bits, 2, 2, 1, 2, out, out, 0, large) == BG_BAD_RANGE);
}

int main(void) {
    test_refusals();
    test_ties();
    test_tiles();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            test_int16(guard, 2, 5, 4, *size, 2, 3);
            test_bits(guard, 2, 4, 5, *size, 2);
        }
        for (int64_t size = 1; size <= 5; size++) {
            int64_t height = size + random_below(7);
            int64_t width = size + random_below(7);
            test_int16(guard, 3, height, width, 70, size, 5);
            test_int16(guard, 3, height, width, 70, size, INT16_MAX);
            test_bits(guard, 3, height, width, 70, size);
        }
    }
    return finish("max_pool_packed");
}
