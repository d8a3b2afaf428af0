#include "harness.h"

#include "simd/scalar.h"

/* The sign that bg_batch_norm_sign gives a sum. */
static int sign_of(float y, float mean, float deviation, float beta) {
    const struct bg_batch_norm_sign_operands operands = {
        .type = BG_FLOAT32,
        .y = &y,
        .rows = 1,
        .tile = {1, 0, 1},
        .mean = &mean,
        .deviation = &deviation,
        .beta = &beta,
        .signs = &(uint64_t){0},
    };
    EXPECT(bg_batch_norm_sign(&operands, 0, 1) == BG_OK);
    return (int)operands.signs[0];
}

/* The sign is -1 just below the threshold, and +1 at it. */
static void expect_threshold(float mean, float deviation, float beta) {
    int32_t threshold = 0;
    CASE("threshold of mean %a, deviation %a, beta %a", (double)mean, (double)deviation, (double)beta);
    EXPECT(bg_sign_thresholds(&mean, &deviation, &beta, &threshold, 0, 1) == BG_OK);
    EXPECT(threshold >= -BG_MAX_SUM && threshold <= BG_MAX_SUM + 1);
    if (threshold > -BG_MAX_SUM) {
        EXPECT(!sign_of((float)(threshold - 1), mean, deviation, beta));
    }
    if (threshold <= BG_MAX_SUM) {
        EXPECT(sign_of((float)threshold, mean, deviation, beta));
    }
}

static void test_thresholds(void) {
    for (int i = 0; i < 3000; i++) {
        float size = ldexpf(1, (int)random_below(22));
        expect_threshold(random_float() * size, fabsf(random_float()) * size + BG_EPSILON, random_float());
        expect_threshold((float)(random_below(2001) - 1000), 1 + (float)random_below(9), random_float());
    }
    const float special[] = {0, -0.0f, 1, 0x1p24f, -0x1p24f, 0x1p100f, -0x1p100f, INFINITY, -INFINITY, NAN};
    for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
        for (size_t j = 0; j < sizeof special / sizeof *special; j++) {
            expect_threshold(special[i], 2, special[j]);
            expect_threshold(special[i], special[j], 3);
        }
    }
    /* Equality counts as +1, and of a range nothing else is written. */
    const float mean[3] = {2, 2, 2.5f};
    const float deviation[3] = {1, 1, 1};
    const float beta[3] = {0, 0, 0};
    int32_t thresholds[3] = {7, 7, 7};
    CASE("thresholds of a range");
    EXPECT(bg_sign_thresholds(mean, deviation, beta, thresholds, 1, 3) == BG_OK);
    EXPECT(thresholds[0] == 7 && thresholds[1] == 2 && thresholds[2] == 3);
}

static void test_signs(enum guard guard, int32_t type, int64_t rows, int64_t channels) {
    size_t bytes = bit_bytes(rows, channels);
    int32_t *thresholds = operand(guard, (size_t)channels * sizeof *thresholds);
    void *y = operand(guard, (size_t)(rows * channels) * type_bytes(type));
    uint64_t *before = operand(guard, bytes);
    uint64_t *expected = operand_copy(guard, before, bytes);
    int64_t begin = random_below(rows);
    int largest = type == BG_INT16 ? 32767 : BG_MAX_SUM;
    int few = random_below(2) ? 3 : largest; /* few different sums, so that many are equal to their threshold */
    for (int64_t i = 0; i < rows * channels; i++) {
        int sum = (int)random_below(2 * (int64_t)few + 1) - few;
        if (type == BG_INT16) {
            ((int16_t *)y)[i] = (int16_t)sum;
        } else {
            ((float *)y)[i] = (float)sum;
        }
    }
    for (int64_t c = 0; c < channels; c++) {
        int32_t sum = (int32_t)bg_load(type, y, random_below(rows) * channels + c);
        const int32_t choices[] = {sum, sum, sum + 1, BG_MAX_SUM + 1, -BG_MAX_SUM, 32767, -32767, 32768};
        thresholds[c] = choices[random_below(8)];
    }
    CASE("threshold_signs of type %d, rows [%ld, %ld) of %ld channels", type, (long)begin, (long)rows, (long)channels);
    for (int64_t i = begin * channels; i < rows * channels; i++) {
        bg_set_bit(
            expected, channels, i / channels, i % channels, (int32_t)bg_load(type, y, i) >= thresholds[i % channels]);
    }
    uint64_t *signs = operand_copy(guard, before, bytes);
    bg_threshold_signs_reference(type, y, thresholds, channels, signs, begin, rows);
    expect_same("signs by the reference", expected, signs, bytes);
    FOR_EACH_VARIANT(threshold_signs, {
        signs = operand_copy(guard, before, bytes);
        kernel(type, y, thresholds, channels, signs, begin, rows);
        expect_same("signs", expected, signs, bytes);
    });
    release_all();
}

static void test_refusals(void) {
    CASE("refusals");
    const float ones[1] = {1};
    int32_t thresholds[1] = {5};
    EXPECT(bg_sign_thresholds(NULL, ones, ones, thresholds, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_sign_thresholds(ones, NULL, ones, thresholds, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_sign_thresholds(ones, ones, NULL, thresholds, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_sign_thresholds(ones, ones, ones, NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_sign_thresholds(ones, ones, ones, thresholds, 1, 0) == BG_BAD_RANGE);
    EXPECT(thresholds[0] == 5);
}

int main(void) {
    test_refusals();
    test_thresholds();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            test_signs(guard, BG_INT16, 1 + random_below(9), *size);
            test_signs(guard, BG_FLOAT32, 1 + random_below(9), *size);
        }
    }
    return finish("sign_threshold");
}
