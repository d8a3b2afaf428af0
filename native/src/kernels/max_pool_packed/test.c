#include "harness.h"

static void name_case(const char *what, const struct bg_pooling *p, int64_t begin, int64_t images) {
    CASE("%s of images [%ld, %ld) %ldx%ldx%ld by %ldx%ld", what, (long)begin, (long)images, (long)p->height,
        (long)p->width, (long)p->channels, (long)p->window_height, (long)p->window_width);
}

static void test_int16(enum guard guard, int64_t images, struct bg_pooling p, int limit) {
    int64_t columns, first;
    random_tile(p.channels, &columns, &first);
    int64_t windows = images * bg_pooled_pixels(&p);
    int planes = bg_argmax_planes(p.window_height * p.window_width);
    size_t bytes = (size_t)(windows * p.channels) * sizeof(int16_t);
    int16_t *before = operand(guard, bytes);
    uint64_t *bits = planes == 0 ? NULL : bit_operand(guard, planes * windows, columns);
    size_t bits_bytes = bit_bytes(planes * windows, columns);
    const struct bg_max_pool_int16_operands expected = {
        .images = images,
        .y = typed_operand(guard, BG_INT16, images * p.height * p.width * p.channels, limit),
        .pooled = operand_copy(guard, before, bytes),
        .argmax = bits == NULL ? NULL : operand_copy(guard, bits, bits_bytes),
        .columns = columns,
        .first = first,
    };
    int64_t begin = random_below(images);
    char what[120];
    snprintf(
        what, sizeof what, "max_pool_int16, columns from %ld of %ld, values to %d,", (long)first, (long)columns, limit);
    name_case(what, &p, begin, images);
    bg_max_pool_int16_reference(&p, &expected, begin, images);
    FOR_EACH_VARIANT(max_pool_int16, {
        struct bg_max_pool_int16_operands actual = expected;
        actual.pooled = operand_copy(guard, before, bytes);
        actual.argmax = bits == NULL ? NULL : operand_copy(guard, bits, bits_bytes);
        kernel(&p, &actual, begin, images);
        expect_same("pooled", expected.pooled, actual.pooled, bytes);
        if (bits != NULL) {
            expect_same("argmax", expected.argmax, actual.argmax, bits_bytes);
        }
        actual.pooled = operand_copy(guard, before, bytes);
        actual.argmax = NULL;
        kernel(&p, &actual, begin, images);
        expect_same("pooled without argmax", expected.pooled, actual.pooled, bytes);
    });
    release_all();
}

static void test_bits(enum guard guard, int64_t images, struct bg_pooling p) {
    int64_t windows = images * bg_pooled_pixels(&p);
    int64_t pixels = images * p.height * p.width;
    uint64_t *signs = bit_operand(guard, pixels, p.channels);
    for (int64_t i = 0; p.window_height * p.window_width > 1 && i < pixels * bg_words(p.channels); i++) {
        signs[i] &= random_bits(); /* so that windows without any set sign are not rare */
    }
    size_t bytes = bit_bytes(windows, p.channels);
    uint64_t *before = bit_operand(guard, windows, p.channels);
    const struct bg_max_pool_bits_operands expected = {
        .images = images,
        .signs = signs,
        .pooled = operand_copy(guard, before, bytes),
        .straight_through = bit_operand(guard, pixels, p.channels),
        .pooled_straight_through = operand_copy(guard, before, bytes),
    };
    int64_t begin = random_below(images);
    name_case("max_pool_bits", &p, begin, images);
    bg_max_pool_bits_reference(&p, &expected, begin, images);
    FOR_EACH_VARIANT(max_pool_bits, {
        struct bg_max_pool_bits_operands actual = expected;
        actual.pooled = operand_copy(guard, before, bytes);
        actual.pooled_straight_through = operand_copy(guard, before, bytes);
        kernel(&p, &actual, begin, images);
        expect_same("pooled", expected.pooled, actual.pooled, bytes);
        expect_same("straight_through", expected.pooled_straight_through, actual.pooled_straight_through, bytes);
        actual.pooled = operand_copy(guard, before, bytes);
        actual.straight_through = NULL;
        actual.pooled_straight_through = NULL;
        kernel(&p, &actual, begin, images);
        expect_same("pooled without straight_through", expected.pooled, actual.pooled, bytes);
    });
    release_all();
}

/* The references themselves: of each window, the first element that no other exceeds. */
static void test_definition(struct bg_pooling p) {
    enum { IMAGES = 2, MAX = 4096 };
    static int16_t y[MAX], pooled[MAX];
    static uint64_t signs[MAX], through[MAX], argmax[MAX], pooled_signs[MAX], pooled_through[MAX];
    name_case("definition", &p, 0, IMAGES);
    int64_t windows = IMAGES * bg_pooled_pixels(&p);
    EXPECT(p.channels <= 64 && IMAGES * p.height * p.width * p.channels <= MAX && 8 * windows <= MAX);
    for (int64_t i = 0; i < IMAGES * p.height * p.width; i++) {
        uint64_t mask = ~(uint64_t)0 >> (64 - p.channels);
        signs[i] = random_bits() & random_bits() & mask;
        through[i] = random_bits() & mask;
        for (int64_t channel = 0; channel < p.channels; channel++) {
            y[i * p.channels + channel] = (int16_t)(random_below(7) - 3);
        }
    }
    const struct bg_max_pool_int16_operands integers = {IMAGES, y, pooled, argmax, p.channels, 0};
    const struct bg_max_pool_bits_operands bits = {IMAGES, signs, pooled_signs, through, pooled_through};
    EXPECT(bg_max_pool_int16(&p, &integers, 0, IMAGES) == BG_OK);
    EXPECT(bg_max_pool_bits(&p, &bits, 0, IMAGES) == BG_OK);
    int planes = bg_argmax_planes(p.window_height * p.window_width);
    for (int64_t w = 0; w < windows; w++) {
        int64_t image = w / bg_pooled_pixels(&p);
        int64_t top = w / bg_pooled_width(&p) % bg_pooled_height(&p) * p.window_height;
        int64_t left = w % bg_pooled_width(&p) * p.window_width;
        for (int64_t channel = 0; channel < p.channels; channel++) {
            int largest = INT16_MIN - 1, number = -1, first_set = -1, k = 0, through_of_first = 0, own_through = 0;
            for (int64_t i = 0; i < p.window_height; i++) {
                for (int64_t j = 0; j < p.window_width; j++, k++) {
                    int64_t pixel = (image * p.height + top + i) * p.width + left + j;
                    int is_set = signs[pixel] >> channel & 1;
                    own_through = through[pixel] >> channel & 1;
                    if (y[pixel * p.channels + channel] > largest) {
                        largest = y[pixel * p.channels + channel];
                        number = k;
                    }
                    if (k == 0 || (is_set && first_set < 0)) {
                        through_of_first = own_through;
                    }
                    first_set = is_set && first_set < 0 ? k : first_set;
                }
            }
            int found = 0;
            for (int plane = 0; plane < planes; plane++) {
                found |= (int)(argmax[plane * windows + w] >> channel & 1) << plane;
            }
            EXPECT(pooled[w * p.channels + channel] == largest && found == number);
            EXPECT((int)(pooled_signs[w] >> channel & 1) == (first_set >= 0));
            EXPECT((int)(pooled_through[w] >> channel & 1) == through_of_first);
        }
    }
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
    const struct bg_pooling p = {3, 3, 2, 2, 2};
    struct bg_max_pool_int16_operands integers = {2, y, pooled, bits, 2, 0};
    EXPECT(bg_max_pool_int16(&p, &integers, 0, 2) == BG_OK);
    expect_same("pooled", expected, pooled, sizeof pooled);
    expect_same("argmax", expected_bits, bits, sizeof bits);
    memset(pooled, 0, sizeof pooled);
    integers.argmax = NULL;
    EXPECT(bg_max_pool_int16(&p, &integers, 0, 2) == BG_OK);
    expect_same("pooled without argmax", expected, pooled, sizeof pooled);

    CASE("first set sign, one image of 2 x 3 pixels by 2");
    /* channels: no sign set; second and last set; all set; last set */
    const uint64_t signs[6] = {4, 6, 15, 4, 14, 15};
    const uint64_t straight_through[6] = {5, 10, 15, 0, 8, 15};
    uint64_t pooled_signs[1] = {0}, pooled_through[1] = {0};
    const struct bg_pooling of_signs = {2, 3, 4, 2, 2};
    struct bg_max_pool_bits_operands o = {1, signs, pooled_signs, straight_through, pooled_through};
    EXPECT(bg_max_pool_bits(&of_signs, &o, 0, 1) == BG_OK);
    EXPECT(pooled_signs[0] == 14 && pooled_through[0] == 15);
    const uint64_t opposite[6] = {10, 4, 15, 15, 7, 15};
    o.straight_through = opposite;
    EXPECT(bg_max_pool_bits(&of_signs, &o, 0, 1) == BG_OK);
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
    struct bg_pooling p = {SIDE, SIDE, CHANNELS, SIZE, SIZE};
    struct bg_max_pool_int16_operands o = {IMAGES, y, pooled, whole, CHANNELS, 0};
    EXPECT(bg_max_pool_int16(&p, &o, 0, IMAGES) == BG_OK);
    for (int64_t tile = 16; tile <= 96; tile += 16) {
        memset(tiled, -1, sizeof tiled);
        IN_TILES(tile, CHANNELS, {
            copy_tile(y_tile, channels, y, CHANNELS, first, PIXELS, sizeof *y);
            p.channels = channels;
            o.y = y_tile;
            o.pooled = actual;
            o.argmax = tiled;
            o.first = first;
            EXPECT(bg_max_pool_int16(&p, &o, 0, IMAGES) == BG_OK);
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
    const struct bg_pooling p = {2, 2, 1, 2, 2};
    const struct bg_max_pool_int16_operands good = {1, y, pooled, bits, 1, 0};
    EXPECT(bg_max_pool_int16(NULL, &good, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_max_pool_int16(&p, NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_max_pool_int16(&p, OFF(&good, 4), 0, 1) == BG_MISALIGNED);
#define REFUSES_INT16(status, change)                                                                                  \
    do {                                                                                                               \
        struct bg_max_pool_int16_operands bad = good;                                                                  \
        bad.change;                                                                                                    \
        EXPECT(bg_max_pool_int16(&p, &bad, 0, 1) == (status));                                                         \
    } while (0)
    REFUSES_INT16(BG_NULL_POINTER, y = NULL);
    REFUSES_INT16(BG_NULL_POINTER, pooled = NULL);
    REFUSES_INT16(BG_MISALIGNED, y = OFF(y, 1));
    REFUSES_INT16(BG_MISALIGNED, pooled = OFF(pooled, 1));
    REFUSES_INT16(BG_MISALIGNED, argmax = OFF(bits, 4));
    REFUSES_INT16(BG_BAD_SHAPE, columns = 0);
    REFUSES_INT16(BG_BAD_SHAPE, first = -16);
    REFUSES_INT16(BG_BAD_SHAPE, first = 16);
    REFUSES_INT16(BG_BAD_SHAPE, images = 0);
    REFUSES_INT16(BG_BAD_SHAPE, images = large);
    static const int64_t tiles[][3] = {{16, 64, 8}, {1, 64, 16}, {16, 64, 64}}; /* channels, columns, first */
    for (int i = 0; i < 3; i++) {
        const struct bg_pooling tile = {2, 2, tiles[i][0], 2, 2};
        struct bg_max_pool_int16_operands bad = good;
        bad.columns = tiles[i][1];
        bad.first = tiles[i][2];
        EXPECT(bg_max_pool_int16(&tile, &bad, 0, 1) == BG_BAD_SHAPE);
    }
    EXPECT(bg_max_pool_int16(&p, &good, -1, 1) == BG_BAD_RANGE);
    EXPECT(bg_max_pool_int16(&p, &good, 1, 0) == BG_BAD_RANGE);
    EXPECT(bg_max_pool_int16(&p, &good, 0, 2) == BG_BAD_RANGE);
    CASE("refusals of max_pool_bits");
    const struct bg_max_pool_bits_operands good_bits = {1, bits, out, bits, out};
    EXPECT(bg_max_pool_bits(NULL, &good_bits, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_max_pool_bits(&p, NULL, 0, 1) == BG_NULL_POINTER);
#define REFUSES_BITS(status, change)                                                                                   \
    do {                                                                                                               \
        struct bg_max_pool_bits_operands bad = good_bits;                                                              \
        bad.change;                                                                                                    \
        EXPECT(bg_max_pool_bits(&p, &bad, 0, 1) == (status));                                                          \
    } while (0)
    REFUSES_BITS(BG_NULL_POINTER, signs = NULL);
    REFUSES_BITS(BG_NULL_POINTER, pooled = NULL);
    REFUSES_BITS(BG_NULL_POINTER, straight_through = NULL);
    REFUSES_BITS(BG_NULL_POINTER, pooled_straight_through = NULL);
    REFUSES_BITS(BG_MISALIGNED, signs = OFF(bits, 4));
    REFUSES_BITS(BG_MISALIGNED, pooled = OFF(out, 4));
    REFUSES_BITS(BG_MISALIGNED, straight_through = OFF(bits, 4));
    REFUSES_BITS(BG_MISALIGNED, pooled_straight_through = OFF(out, 4));
    REFUSES_BITS(BG_BAD_SHAPE, images = 0);
    REFUSES_BITS(BG_BAD_SHAPE, images = large);
    EXPECT(bg_max_pool_bits(&p, &good_bits, 1, 0) == BG_BAD_RANGE);
    EXPECT(bg_max_pool_bits(&p, &good_bits, 0, 2) == BG_BAD_RANGE);
    static const struct bg_pooling shapes[] = {{0, 2, 1, 1, 1}, {2, 0, 1, 1, 1}, {2, 2, 0, 2, 2}, {2, 2, 1, 0, 2},
        {2, 2, 1, 2, 0}, {2, 3, 1, 3, 2}, {3, 2, 1, 2, 3}, {20, 20, 1, BG_MAX_POOL + 1, 1},
        {20, 20, 1, 1, BG_MAX_POOL + 1}, {(int64_t)1 << 32, 2, 1, 2, 2}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        CASE("refusal of shape %zu", i);
        EXPECT(bg_max_pool_int16(&shapes[i], &good, 0, 1) == BG_BAD_SHAPE);
        EXPECT(bg_max_pool_bits(&shapes[i], &good_bits, 0, 1) == BG_BAD_SHAPE);
    }
    EXPECT(pooled[0] == 0 && out[0] == 0);
}

int main(void) {
    test_refusals();
    test_ties();
    test_tiles();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            test_int16(guard, 2, (struct bg_pooling){5, 4, *size, 2, 2}, 3);
            test_bits(guard, 2, (struct bg_pooling){4, 5, *size, 2, 2});
        }
        for (int64_t height = 1; height <= 5; height++) {
            for (int64_t width = 1; width <= 5; width++) {
                struct bg_pooling p = {height + random_below(7), width + random_below(7), 70, height, width};
                test_int16(guard, 3, p, 5);
                test_int16(guard, 3, p, INT16_MAX);
                test_bits(guard, 3, p);
            }
        }
        test_int16(guard, 2, (struct bg_pooling){17, 16, 35, BG_MAX_POOL, BG_MAX_POOL}, 9); /* eight planes */
        test_bits(guard, 2, (struct bg_pooling){1, 40, 130, 1, BG_MAX_POOL});
    }
    test_definition((struct bg_pooling){5, 7, 20, 2, 2});
    test_definition((struct bg_pooling){1, 30, 40, 1, 4});
    test_definition((struct bg_pooling){9, 3, 33, 4, 1});
    test_definition((struct bg_pooling){7, 8, 30, 2, 3});
    return finish("max_pool_packed");
}
