#include "harness.h"

#include <math.h>

#include "simd/scalar.h"

static void test_sums(enum guard guard, int32_t type, int64_t rows, int64_t channels) {
    int64_t begin, end;
    random_blocks(rows, &begin, &end);
    CASE("sums of type %d, %ld x %ld, rows [%ld, %ld)", type, (long)rows, (long)channels, (long)begin, (long)end);
    size_t bytes = (size_t)(sum_blocks(rows) * channels) * sizeof(float);
    void *y = typed_operand(guard, type, rows * channels, 784);
    float *mean = typed_operand(guard, BG_FLOAT32, channels, 0);
    float *before = operand(guard, bytes);
    float *sums = operand_copy(guard, before, bytes);
    bg_batch_norm_value_sums_reference(type, y, channels, sums, begin, end);
    FOR_EACH_VARIANT(batch_norm_value_sums, {
        float *actual = operand_copy(guard, before, bytes);
        kernel(type, y, channels, actual, begin, end);
        expect_same("sums of values", sums, actual, bytes);
    });
    memcpy(sums, before, bytes);
    bg_batch_norm_deviation_sums_reference(type, y, channels, mean, sums, begin, end);
    FOR_EACH_VARIANT(batch_norm_deviation_sums, {
        float *actual = operand_copy(guard, before, bytes);
        kernel(type, y, channels, mean, actual, begin, end);
        expect_same("sums of deviations", sums, actual, bytes);
    });
    release_all();
}

/* All variants, of operands that lack only what is written: signs, a mask and sums. */
static void compare_signs(enum guard guard, struct bg_batch_norm_sign_operands o, int64_t begin, int64_t end) {
    size_t bytes = (size_t)(sum_blocks(o.rows) * o.tile.channels) * sizeof(float);
    size_t packed = bit_bytes(o.rows, o.tile.columns);
    float *before = operand(guard, bytes);
    uint64_t *bits_before = operand(guard, packed);
    o.sums = operand_copy(guard, before, bytes);
    o.signs = operand_copy(guard, bits_before, packed);
    o.straight_through = operand_copy(guard, bits_before, packed);
    bg_batch_norm_sign_reference(&o, begin, end);
    FOR_EACH_VARIANT(batch_norm_sign, {
        struct bg_batch_norm_sign_operands actual = o;
        actual.sums = operand_copy(guard, before, bytes);
        actual.signs = operand_copy(guard, bits_before, packed);
        actual.straight_through = operand_copy(guard, bits_before, packed);
        kernel(&actual, begin, end);
        expect_same("signs", o.signs, actual.signs, packed);
        expect_same("mask", o.straight_through, actual.straight_through, packed);
        expect_same("sums of signs", o.sums, actual.sums, bytes);
    });
}

/* Without sums, rows may begin and end anywhere. */
static void compare_signs_alone(enum guard guard, struct bg_batch_norm_sign_operands o, int64_t begin, int64_t end) {
    size_t packed = bit_bytes(o.rows, o.tile.columns);
    uint64_t *bits_before = operand(guard, packed);
    o.signs = operand_copy(guard, bits_before, packed);
    bg_batch_norm_sign_reference(&o, begin, end);
    FOR_EACH_VARIANT(batch_norm_sign, {
        struct bg_batch_norm_sign_operands actual = o;
        actual.signs = operand_copy(guard, bits_before, packed);
        kernel(&actual, begin, end);
        expect_same("signs alone", o.signs, actual.signs, packed);
    });
}

static void test_sign(enum guard guard, int32_t type, int64_t rows, int64_t channels) {
    int64_t begin, end;
    int64_t columns, first;
    random_blocks(rows, &begin, &end);
    random_tile(channels, &columns, &first);
    CASE("signs of type %d, %ld x %ld, columns from %ld of %ld, rows [%ld, %ld)", type, (long)rows, (long)channels,
        (long)first, (long)columns, (long)begin, (long)end);
    void *y = typed_operand(guard, type, rows * channels, 4);
    float *mean = typed_operand(guard, BG_FLOAT32, channels, 0);
    float *deviation = positive_operand(guard, channels);
    float *beta = typed_operand(guard, BG_FLOAT32, channels, 0);
    struct bg_batch_norm_sign_operands o = {
        type, y, rows, {columns, first, channels}, mean, deviation, beta, NULL, NULL, NULL};
    compare_signs(guard, o, begin, end);
    random_range(rows, &begin, &end);
    compare_signs_alone(guard, o, begin, end);
    release_all();
}

/* Numbers of which one at least is no statistic of int16, or makes a bound that no int16 reaches. */
static const float extremes[] = {0, -0.0f, 0x1p-149f, 1e-4f, 0.5f, 32766.5f, 32767, 32767.5f, 32768, 32769, 65536, 1e6f,
    0x1p24f, 1e30f, 0x1.fffffep127f, INFINITY, NAN};

static float extreme(void) {
    float value = extremes[random_below(sizeof extremes / sizeof *extremes)];
    return random_below(2) ? -value : value;
}

/*
 * Statistics of which whole numbers y lie exactly on the bounds 0 and +-deviation or next to them; then extreme ones,
 * in so few channels that all words, some or none have them. y has both ends of int16.
 */
static void test_bounds(enum guard guard, int64_t rows, int64_t channels, int extreme_channels) {
    int64_t begin, end;
    int64_t columns, first;
    random_blocks(rows, &begin, &end);
    random_tile(channels, &columns, &first);
    CASE("bounds of %ld x %ld, %d extreme channels, columns from %ld of %ld, rows [%ld, %ld)", (long)rows,
        (long)channels, extreme_channels, (long)first, (long)columns, (long)begin, (long)end);
    int16_t *y = typed_operand(guard, BG_INT16, rows * channels, 12);
    float *mean = typed_operand(guard, BG_FLOAT32, channels, 0);
    float *deviation = positive_operand(guard, channels);
    float *beta = typed_operand(guard, BG_FLOAT32, channels, 0);
    for (int64_t c = 0; c < channels; c++) {
        mean[c] = (float)(random_below(17) - 8) / 2;
        deviation[c] = (float)(1 + random_below(8)) / 2;
        beta[c] = (float)(random_below(9) - 4) / 2;
    }
    for (int i = 0; i < extreme_channels; i++) {
        float *const statistics[] = {mean, deviation, beta, NULL, NULL, NULL};
        for (int s = 0; s < 3; s++) {
            int64_t c = random_below(channels);
            statistics[s][c] = s == 1 && random_below(2) ? fabsf(extreme()) : extreme();
        }
    }
    for (int64_t i = 0; i < rows * channels; i++) {
        if (random_below(4) == 0) {
            y[i] = (int16_t)(random_below(2) ? INT16_MIN + random_below(3) : INT16_MAX - random_below(3));
        }
    }
    struct bg_batch_norm_sign_operands o = {
        BG_INT16, y, rows, {columns, first, channels}, mean, deviation, beta, NULL, NULL, NULL};
    compare_signs(guard, o, begin, end);
    random_range(rows, &begin, &end);
    compare_signs_alone(guard, o, begin, end);
    release_all();
}

static void test_means(enum guard guard, int64_t rows, int64_t channels) {
    int64_t begin, end;
    random_range(channels, &begin, &end);
    CASE("means of %ld x %ld, channels [%ld, %ld)", (long)rows, (long)channels, (long)begin, (long)end);
    size_t bytes = (size_t)channels * sizeof(float);
    float *sums = typed_operand(guard, BG_FLOAT32, sum_blocks(rows) * channels, 0);
    float *before = operand(guard, bytes);
    float *expected = operand_copy(guard, before, bytes);
    float *actual = operand(guard, bytes);
    bg_batch_norm_mean_reference(sums, rows, channels, expected, begin, end);
    FOR_EACH_VARIANT(batch_norm_mean, {
        memcpy(actual, before, bytes);
        kernel(sums, rows, channels, actual, begin, end);
        expect_same("means", expected, actual, bytes);
    });
    bg_batch_norm_deviation_reference(sums, rows, channels, expected, begin, end);
    FOR_EACH_VARIANT(batch_norm_deviation, {
        memcpy(actual, before, bytes);
        kernel(sums, rows, channels, actual, begin, end);
        expect_same("deviations", expected, actual, bytes);
    });
    release_all();
}

/* ---- The passes together, by their public functions ------------------------------------------------------------ */

enum { ROWS = 2 * BG_SUM_BLOCK + 88, CHANNELS = 70, WORDS = 2, BLOCKS = 3 };

struct layer {
    int16_t y[ROWS * CHANNELS];
    float beta[CHANNELS];
    float mean[CHANNELS];
    float deviation[CHANNELS];
    float sign_mean[CHANNELS];
    uint64_t signs[ROWS * WORDS];
    uint64_t straight_through[ROWS * WORDS];
};

#define IN_ROWS(ranges, call) IN_RANGES(BG_SUM_BLOCK, ROWS, ranges, call)
#define IN_CHANNELS(ranges, call) IN_RANGES(1, CHANNELS, ranges, call)

static void forward(struct layer *l, int32_t type, const void *y, int ranges) {
    float sums[BLOCKS * CHANNELS];
    IN_ROWS(ranges, bg_batch_norm_value_sums(type, y, ROWS, CHANNELS, sums, begin, end));
    IN_CHANNELS(ranges, bg_batch_norm_mean(sums, ROWS, CHANNELS, l->mean, begin, end));
    IN_ROWS(ranges, bg_batch_norm_deviation_sums(type, y, ROWS, CHANNELS, l->mean, sums, begin, end));
    IN_CHANNELS(ranges, bg_batch_norm_deviation(sums, ROWS, CHANNELS, l->deviation, begin, end));
    IN_ROWS(ranges, bg_batch_norm_sign(OPERANDS(batch_norm_sign, type, y, ROWS, {CHANNELS, 0, CHANNELS}, l->mean,
                                           l->deviation, l->beta, l->signs, l->straight_through, sums),
                        begin, end));
    IN_CHANNELS(ranges, bg_batch_norm_mean(sums, ROWS, CHANNELS, l->sign_mean, begin, end));
}

static void fill_layer(struct layer *l) {
    fill_floats(l->beta, CHANNELS);
    for (int r = 0; r < ROWS; r++) {
        for (int c = 0; c < CHANNELS; c++) {
            l->y[r * CHANNELS + c] = (int16_t)(c == CHANNELS - 1 ? 3 : 2 * c + random_below(301) - 150);
        }
    }
}

static int near(double expected, double actual, double tolerance) {
    return fabs(expected - actual) <= tolerance * (1 + fabs(expected));
}

/* In double, from the definitions. x within 1e-5 of a threshold may round to either side. */
static void test_formulas(void) {
    CASE("formulas");
    static struct layer l;
    fill_layer(&l);
    forward(&l, BG_INT16, l.y, 1);
    for (int c = 0; c < CHANNELS; c++) {
        double mean = 0, deviation = 0, signs = 0, x[ROWS];
        for (int r = 0; r < ROWS; r++) {
            mean += l.y[r * CHANNELS + c] / (double)ROWS;
        }
        for (int r = 0; r < ROWS; r++) {
            deviation += fabs(l.y[r * CHANNELS + c] - mean) / ROWS;
        }
        deviation = sqrt(acos(-1) / 2) * deviation + (double)BG_EPSILON;
        for (int r = 0; r < ROWS; r++) {
            x[r] = (l.y[r * CHANNELS + c] - mean) / deviation + (double)l.beta[c];
        }
        EXPECT(near(mean, (double)l.mean[c], 1e-6));
        EXPECT(near(deviation, (double)l.deviation[c], 1e-6));
        for (int r = 0; r < ROWS; r++) {
            signs += bg_bit(l.signs, CHANNELS, r, c) ? 1 : -1;
            EXPECT(fabs(x[r]) < 1e-5 || (x[r] > 0) == bg_bit(l.signs, CHANNELS, r, c));
            EXPECT(fabs(fabs(x[r]) - 1) < 1e-5 || (fabs(x[r]) < 1) == bg_bit(l.straight_through, CHANNELS, r, c));
        }
        EXPECT(near(signs / ROWS, (double)l.sign_mean[c], 1e-7));
    }
}

/* However rows and channels are cut; and float32 operands of the same values give what integers do. */
static void test_cuts(void) {
    CASE("cuts");
    static struct layer whole, cut;
    static float floats[ROWS * CHANNELS];
    fill_layer(&whole);
    cut = whole;
    for (int i = 0; i < ROWS * CHANNELS; i++) {
        floats[i] = whole.y[i];
    }
    forward(&whole, BG_INT16, whole.y, 1);
    for (int ranges = 2; ranges <= BLOCKS; ranges++) {
        forward(&cut, BG_INT16, cut.y, ranges);
        expect_same("cut layer", &whole, &cut, sizeof whole);
    }
    forward(&cut, BG_FLOAT32, floats, BLOCKS);
    expect_same("layer of floats", &whole, &cut, sizeof whole);
}

/* Tiles of channels, one after the other, whatever the bits were before. */
static void test_tiles(void) {
    CASE("tiles");
    static struct layer whole, tiled;
    static int16_t y[ROWS * CHANNELS];
    fill_layer(&whole);
    forward(&whole, BG_INT16, whole.y, 1);
    for (int64_t tile = 16; tile <= 64; tile += 16) {
        memset(&tiled, -1, sizeof tiled);
        memcpy(tiled.y, whole.y, sizeof whole.y);
        memcpy(tiled.beta, whole.beta, sizeof whole.beta);
        IN_TILES(tile, CHANNELS, {
            float sums[BLOCKS * CHANNELS];
            float *mean = tiled.mean + first;
            float *deviation = tiled.deviation + first;
            copy_tile(y, channels, whole.y, CHANNELS, first, ROWS, sizeof *y);
            EXPECT(bg_batch_norm_value_sums(BG_INT16, y, ROWS, channels, sums, 0, ROWS) == BG_OK);
            EXPECT(bg_batch_norm_mean(sums, ROWS, channels, mean, 0, channels) == BG_OK);
            EXPECT(bg_batch_norm_deviation_sums(BG_INT16, y, ROWS, channels, mean, sums, 0, ROWS) == BG_OK);
            EXPECT(bg_batch_norm_deviation(sums, ROWS, channels, deviation, 0, channels) == BG_OK);
            IN_ROWS(
                2, bg_batch_norm_sign(OPERANDS(batch_norm_sign, BG_INT16, y, ROWS, {CHANNELS, first, channels}, mean,
                                          deviation, whole.beta + first, tiled.signs, tiled.straight_through, sums),
                       begin, end));
            EXPECT(bg_batch_norm_mean(sums, ROWS, channels, tiled.sign_mean + first, 0, channels) == BG_OK);
        });
        expect_same("layer of tiles", &whole, &tiled, sizeof whole);
    }
}

/* 2^24 swallows every 1 that is added to it: the ones of its block are lost, those of the next block are not. */
static void test_sum_order(void) {
    CASE("order of sums");
    static float y[2 * BG_SUM_BLOCK];
    y[0] = 0x1p24f;
    for (int r = 1; r < 2 * BG_SUM_BLOCK; r++) {
        y[r] = 1;
    }
    float sums[2], mean, zero = 0;
    EXPECT(bg_batch_norm_value_sums(BG_FLOAT32, y, 2 * BG_SUM_BLOCK, 1, sums, 0, 2 * BG_SUM_BLOCK) == BG_OK);
    EXPECT(sums[0] == 0x1p24f && sums[1] == BG_SUM_BLOCK);
    EXPECT(bg_batch_norm_mean(sums, 2 * BG_SUM_BLOCK, 1, &mean, 0, 1) == BG_OK);
    EXPECT(mean == (0x1p24f + BG_SUM_BLOCK) / (2 * BG_SUM_BLOCK));
    EXPECT(bg_batch_norm_deviation_sums(BG_FLOAT32, y, 2 * BG_SUM_BLOCK, 1, &zero, sums, 0, 2 * BG_SUM_BLOCK) == BG_OK);
    EXPECT(sums[0] == 0x1p24f && sums[1] == BG_SUM_BLOCK);
}

/* 1, 2, 3 and 6 have mean 3 and mean deviation 1.5. */
static void test_known_integers(void) {
    CASE("known integers");
    const int16_t y[] = {1, 2, 3, 6};
    float beta = 0.6f, sums, mean, deviation, sign_mean;
    uint64_t signs[4], mask[4];
    EXPECT(bg_batch_norm_value_sums(BG_INT16, y, 4, 1, &sums, 0, 4) == BG_OK && sums == 12);
    EXPECT(bg_batch_norm_mean(&sums, 4, 1, &mean, 0, 1) == BG_OK && mean == 3);
    EXPECT(bg_batch_norm_deviation_sums(BG_INT16, y, 4, 1, &mean, &sums, 0, 4) == BG_OK && sums == 6);
    EXPECT(bg_batch_norm_deviation(&sums, 4, 1, &deviation, 0, 1) == BG_OK);
    EXPECT(deviation == BG_NORMAL_DEVIATION * 1.5f + BG_EPSILON);
    /* x is -0.464, 0.068, 0.6 and 2.196. */
    EXPECT(bg_batch_norm_sign(
               OPERANDS(batch_norm_sign, BG_INT16, y, 4, {1, 0, 1}, &mean, &deviation, &beta, signs, mask, &sums), 0,
               4) == BG_OK);
    EXPECT(signs[0] == 0 && signs[1] == 1 && signs[2] == 1 && signs[3] == 1);
    EXPECT(mask[0] == 1 && mask[1] == 1 && mask[2] == 1 && mask[3] == 0);
    EXPECT(bg_batch_norm_mean(&sums, 4, 1, &sign_mean, 0, 1) == BG_OK && sign_mean == 0.5f);
}

/* The quotient is rounded once: (2^24 + 1) * 3 / 3 is in the middle of two floats, and one more is above it. */
static void test_mean_of_integers(void) {
    CASE("mean of integers");
    const int64_t sums[] = {7, -10, ((1 << 24) + 1) * 3l, ((1 << 24) + 1) * 3l + 1, 0};
    float mean[5] = {-1, -1, -1, -1, -1};
    EXPECT(bg_batch_norm_mean_of_integers(sums, 3, 5, mean, 0, 4) == BG_OK);
    EXPECT(mean[0] == 7.0f / 3 && mean[1] == -10.0f / 3 && mean[2] == 0x1p24f && mean[3] == 0x1p24f + 2);
    EXPECT(mean[4] == -1);
    EXPECT(bg_batch_norm_mean_of_integers(sums, 3, 5, mean, 4, 5) == BG_OK && mean[4] == 0);
}

/* Zero is positive, NaN is negative and outside of the estimator, and the estimator includes its ends. */
static void test_thresholds(void) {
    CASE("thresholds");
    const float y[] = {0, -0.0f, -1, 1, 1.5f, -1.5f, NAN, INFINITY};
    float mean = 0, deviation = 1, beta = 0;
    uint64_t signs[8], mask[8];
    EXPECT(bg_batch_norm_sign(
               OPERANDS(batch_norm_sign, BG_FLOAT32, y, 8, {1, 0, 1}, &mean, &deviation, &beta, signs, mask, NULL), 0,
               8) == BG_OK);
    const uint64_t expected_signs[] = {1, 1, 0, 1, 1, 0, 0, 1}, expected_mask[] = {1, 1, 1, 1, 0, 0, 0, 0};
    expect_same("signs", expected_signs, signs, sizeof signs);
    expect_same("mask", expected_mask, mask, sizeof mask);
}

/* ---- Refusals -------------------------------------------------------------------------------------------------- */

#define OFF(pointer) ((void *)((char *)(pointer) + 1))

enum { MANY = BG_SUM_BLOCK + 2 };

static void test_refusals_of_sums(void) {
    CASE("refusals of sums");
    static float y[MANY], sums[2], m[1];
    EXPECT(bg_batch_norm_value_sums(BG_FLOAT16, y, MANY, 1, sums, 0, MANY) == BG_BAD_TYPE);
    EXPECT(bg_batch_norm_value_sums(BG_FLOAT32, NULL, MANY, 1, sums, 0, MANY) == BG_NULL_POINTER);
    EXPECT(bg_batch_norm_value_sums(BG_FLOAT32, OFF(y), MANY, 1, sums, 0, MANY) == BG_MISALIGNED);
    EXPECT(bg_batch_norm_value_sums(BG_FLOAT32, y, MANY, 1, NULL, 0, MANY) == BG_NULL_POINTER);
    EXPECT(bg_batch_norm_value_sums(BG_FLOAT32, y, 0, 1, sums, 0, 0) == BG_BAD_SHAPE);
    EXPECT(bg_batch_norm_value_sums(BG_FLOAT32, y, MANY, 0, sums, 0, MANY) == BG_BAD_SHAPE);
    EXPECT(bg_batch_norm_value_sums(BG_FLOAT32, y, MANY, 1, sums, -BG_SUM_BLOCK, MANY) == BG_BAD_RANGE);
    EXPECT(bg_batch_norm_value_sums(BG_FLOAT32, y, MANY, 1, sums, 0, MANY + 1) == BG_BAD_RANGE);
    EXPECT(bg_batch_norm_value_sums(BG_FLOAT32, y, MANY, 1, sums, 1, MANY) == BG_BAD_RANGE);
    EXPECT(bg_batch_norm_value_sums(BG_FLOAT32, y, MANY, 1, sums, 0, MANY - 1) == BG_BAD_RANGE);
    EXPECT(bg_batch_norm_value_sums(BG_FLOAT32, y, MANY, 1, sums, BG_SUM_BLOCK, 0) == BG_BAD_RANGE);
    EXPECT(bg_batch_norm_value_sums(BG_FLOAT32, y, MANY, 1, sums, BG_SUM_BLOCK, MANY) == BG_OK);
    EXPECT(bg_batch_norm_value_sums(BG_FLOAT32, y, MANY, 1, sums, 0, BG_SUM_BLOCK) == BG_OK);
    EXPECT(bg_batch_norm_deviation_sums(BG_BITS, y, MANY, 1, m, sums, 0, MANY) == BG_BAD_TYPE);
    EXPECT(bg_batch_norm_deviation_sums(BG_INT16, NULL, MANY, 1, m, sums, 0, MANY) == BG_NULL_POINTER);
    EXPECT(bg_batch_norm_deviation_sums(BG_INT16, OFF(y), MANY, 1, m, sums, 0, MANY) == BG_MISALIGNED);
    EXPECT(bg_batch_norm_deviation_sums(BG_INT16, y, MANY, 1, NULL, sums, 0, MANY) == BG_NULL_POINTER);
    EXPECT(bg_batch_norm_deviation_sums(BG_INT16, y, MANY, 1, OFF(m), sums, 0, MANY) == BG_MISALIGNED);
    EXPECT(bg_batch_norm_deviation_sums(BG_INT16, y, MANY, 1, m, NULL, 0, MANY) == BG_NULL_POINTER);
    EXPECT(bg_batch_norm_deviation_sums(BG_INT16, y, -1, 1, m, sums, 0, 0) == BG_BAD_SHAPE);
    EXPECT(bg_batch_norm_deviation_sums(BG_INT16, y, MANY, -1, m, sums, 0, MANY) == BG_BAD_SHAPE);
    EXPECT(bg_batch_norm_deviation_sums(BG_INT16, y, MANY, 1, m, sums, 2, MANY) == BG_BAD_RANGE);
    EXPECT(bg_batch_norm_deviation_sums(BG_INT16, y, MANY, 1, m, sums, 0, 2) == BG_BAD_RANGE);
}

static void test_refusals_of_means(void) {
    CASE("refusals of means");
    float sums[4] = {0}, m[2];
    int64_t integers[2] = {0};
    EXPECT(bg_batch_norm_mean(NULL, 1, 2, m, 0, 2) == BG_NULL_POINTER);
    EXPECT(bg_batch_norm_mean(sums, 1, 2, NULL, 0, 2) == BG_NULL_POINTER);
    EXPECT(bg_batch_norm_mean(OFF(sums), 1, 2, m, 0, 2) == BG_MISALIGNED);
    EXPECT(bg_batch_norm_mean(sums, 0, 2, m, 0, 2) == BG_BAD_SHAPE);
    EXPECT(bg_batch_norm_mean(sums, 1, 0, m, 0, 0) == BG_BAD_SHAPE);
    EXPECT(bg_batch_norm_mean(sums, 1, 2, m, 0, 3) == BG_BAD_RANGE);
    EXPECT(bg_batch_norm_mean_of_integers(NULL, 1, 2, m, 0, 2) == BG_NULL_POINTER);
    EXPECT(bg_batch_norm_mean_of_integers(OFF(integers), 1, 2, m, 0, 2) == BG_MISALIGNED);
    EXPECT(bg_batch_norm_mean_of_integers(integers, 1, 2, NULL, 0, 2) == BG_NULL_POINTER);
    EXPECT(bg_batch_norm_mean_of_integers(integers, 0, 2, m, 0, 2) == BG_BAD_SHAPE);
    EXPECT(bg_batch_norm_mean_of_integers(integers, 1, -2, m, 0, 2) == BG_BAD_SHAPE);
    EXPECT(bg_batch_norm_mean_of_integers(integers, 1, 2, m, 2, 1) == BG_BAD_RANGE);
    EXPECT(bg_batch_norm_deviation(NULL, 1, 2, m, 0, 2) == BG_NULL_POINTER);
    EXPECT(bg_batch_norm_deviation(sums, 1, 2, NULL, 0, 2) == BG_NULL_POINTER);
    EXPECT(bg_batch_norm_deviation(sums, 1, 2, OFF(m), 0, 2) == BG_MISALIGNED);
    EXPECT(bg_batch_norm_deviation(sums, -1, 2, m, 0, 2) == BG_BAD_SHAPE);
    EXPECT(bg_batch_norm_deviation(sums, 1, 0, m, 0, 0) == BG_BAD_SHAPE);
    EXPECT(bg_batch_norm_deviation(sums, 1, 2, m, -1, 2) == BG_BAD_RANGE);
}

static void test_refusals_of_sign(void) {
    CASE("refusals of signs");
    static float y[MANY];
    static uint64_t bits[MANY];
    float a[1] = {0}, b[1] = {1}, c[1] = {0}, s[2];
    struct bg_batch_norm_sign_operands good = {BG_INT16, y, MANY, {1, 0, 1}, a, b, c, bits, NULL, s};
    EXPECT(bg_batch_norm_sign(NULL, 0, MANY) == BG_NULL_POINTER);
    EXPECT_WITH(good, type = BG_FLOAT16, bg_batch_norm_sign(&with, 0, MANY), BG_BAD_TYPE);
    EXPECT_WITH(good, y = NULL, bg_batch_norm_sign(&with, 0, MANY), BG_NULL_POINTER);
    EXPECT_WITH(good, mean = NULL, bg_batch_norm_sign(&with, 0, MANY), BG_NULL_POINTER);
    EXPECT_WITH(good, deviation = NULL, bg_batch_norm_sign(&with, 0, MANY), BG_NULL_POINTER);
    EXPECT_WITH(good, beta = NULL, bg_batch_norm_sign(&with, 0, MANY), BG_NULL_POINTER);
    EXPECT_WITH(good, signs = NULL, bg_batch_norm_sign(&with, 0, MANY), BG_NULL_POINTER);
    EXPECT_WITH(good, signs = OFF(bits), bg_batch_norm_sign(&with, 0, MANY), BG_MISALIGNED);
    EXPECT_WITH(good, straight_through = OFF(bits), bg_batch_norm_sign(&with, 0, MANY), BG_MISALIGNED);
    EXPECT_WITH(good, sums = OFF(s), bg_batch_norm_sign(&with, 0, MANY), BG_MISALIGNED);
    EXPECT_WITH(good, rows = 0, bg_batch_norm_sign(&with, 0, 0), BG_BAD_SHAPE);
    EXPECT_WITH(good, tile.channels = -1, bg_batch_norm_sign(&with, 0, MANY), BG_BAD_SHAPE);
    EXPECT_WITH(good, tile.channels = 16; with.tile.columns = 64;
                with.tile.first = 8, bg_batch_norm_sign(&with, 0, MANY), BG_BAD_SHAPE);
    EXPECT_WITH(good, tile.channels = 16; with.tile.columns = 64;
                with.tile.first = -16, bg_batch_norm_sign(&with, 0, MANY), BG_BAD_SHAPE);
    EXPECT_WITH(good, tile.channels = 16; with.tile.columns = 64;
                with.tile.first = 64, bg_batch_norm_sign(&with, 0, MANY), BG_BAD_SHAPE);
    EXPECT_WITH(good, tile.columns = 64; with.tile.first = 16, bg_batch_norm_sign(&with, 0, MANY), BG_BAD_SHAPE);
    EXPECT_WITH(good, tile.columns = 0, bg_batch_norm_sign(&with, 0, MANY), BG_BAD_SHAPE);
    EXPECT_WITH(good, sums = NULL, bg_batch_norm_sign(&with, -1, MANY), BG_BAD_RANGE);
    EXPECT_WITH(good, sums = NULL, bg_batch_norm_sign(&with, 0, MANY + 1), BG_BAD_RANGE);
    EXPECT(bg_batch_norm_sign(&good, 1, MANY) == BG_BAD_RANGE);
    EXPECT(bg_batch_norm_sign(&good, 0, 1) == BG_BAD_RANGE);
    EXPECT_WITH(good, sums = NULL, bg_batch_norm_sign(&with, 1, 2), BG_OK);
}

static void test_variants(enum guard guard, int64_t rows, int64_t channels) {
    test_sums(guard, BG_INT16, rows, channels);
    test_sums(guard, BG_FLOAT32, rows, channels);
    test_sign(guard, BG_INT16, rows, channels);
    test_sign(guard, BG_FLOAT32, rows, channels);
    test_means(guard, rows, channels);
}

int main(void) {
    test_formulas();
    test_cuts();
    test_tiles();
    test_sum_order();
    test_known_integers();
    test_mean_of_integers();
    test_thresholds();
    test_refusals_of_sums();
    test_refusals_of_means();
    test_refusals_of_sign();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            test_variants(guard, 1 + random_below(12), *size);
            test_variants(guard, *size, 1 + random_below(12));
        }
        test_variants(guard, 5 * BG_SUM_BLOCK + 1, 150);
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            for (int extreme_channels = 0; extreme_channels < 3; extreme_channels++) {
                test_bounds(guard, *size, 1 + random_below(140), extreme_channels);
                test_bounds(guard, *size, 16 * (1 + random_below(9)), extreme_channels);
                test_bounds(guard, 1 + random_below(300), *size, extreme_channels);
            }
        }
    }
    return finish("batch_norm_sign");
}
