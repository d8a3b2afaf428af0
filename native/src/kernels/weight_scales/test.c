#include "harness.h"

#include <math.h>

#include "simd/scalar.h"

static const int32_t types[] = {BG_FLOAT32, BG_FLOAT16, BG_INT8};
enum { TYPES = 3, CHANNELS = 4 };

static void test_variants(enum guard guard, int32_t type, int64_t fan_in) {
    int64_t begin, end;
    random_range(CHANNELS, &begin, &end);
    CASE("weights of type %d, fan-in %ld, channels [%ld, %ld)", type, (long)fan_in, (long)begin, (long)end);
    void *weights = typed_operand(guard, type, CHANNELS * fan_in, 127);
    float *before = typed_operand(guard, BG_FLOAT32, CHANNELS, 0);
    float unit = 0.25f / 127;
    float *expected = operand_copy(guard, before, CHANNELS * sizeof *before);
    bg_weight_scales_reference(type, weights, fan_in, unit, expected, begin, end);
    FOR_EACH_VARIANT(weight_scales, {
        float *actual = operand_copy(guard, before, CHANNELS * sizeof *before);
        kernel(type, weights, fan_in, unit, actual, begin, end);
        expect_same("scales", expected, actual, CHANNELS * sizeof *before);
    });
    for (int64_t c = begin; c < end; c++) {
        double sum = 0;
        for (int64_t i = 0; i < fan_in; i++) {
            sum += fabs((double)bg_load(type, weights, c * fan_in + i));
        }
        double scale = sum / (double)fan_in * (double)unit;
        EXPECT(isnan(scale) ? isnan(expected[c]) : fabs((double)expected[c] - scale) <= 1e-5 * scale);
    }
    release_all();
}

/* Magnitudes count, each channel by itself; and bytes are exact in any order. */
static void test_known_scales(void) {
    CASE("known scales");
    const float weights[6] = {1, -2, 3, -0.5f, 0, 0.25f};
    const int8_t bytes[4] = {-127, 127, 0, -2};
    float scales[2] = {9, 9};
    EXPECT(bg_weight_scales(BG_FLOAT32, weights, 3, 1, scales, 0, 2) == BG_OK);
    EXPECT(scales[0] == 2 && scales[1] == 0.25f);
    EXPECT(bg_weight_scales(BG_INT8, bytes, 2, 0.5f, scales, 1, 2) == BG_OK);
    EXPECT(scales[0] == 2 && scales[1] == 0.5f);
    EXPECT(bg_weight_scales(BG_INT8, bytes, 2, 0.5f, scales, 0, 0) == BG_OK);
    EXPECT(scales[0] == 2 && scales[1] == 0.5f);
}

/* The order of the sums: element i goes to sum i % 16, and the upper half of the sums is added to the lower one. */
static void test_order(void) {
    CASE("order of sums");
    float weights[48] = {0};
    weights[0] = 0x1p24f; /* to which a single 1 cannot be added, but their sum can */
    weights[16] = 1;
    weights[32] = 1;
    weights[8] = 1;
    weights[24] = 1;
    float scale;
    EXPECT(bg_weight_scales(BG_FLOAT32, weights, 48, 48, &scale, 0, 1) == BG_OK);
    EXPECT(scale == 0x1p24f + 2);
}

#define OFF(pointer) ((void *)((char *)(pointer) + 1))

static void test_refusals(void) {
    CASE("refusals");
    const float weights[2] = {1, 1};
    float scales[2] = {5, 5};
    EXPECT(bg_weight_scales(BG_INT16, weights, 1, 1, scales, 0, 1) == BG_BAD_TYPE);
    EXPECT(bg_weight_scales(BG_FLOAT32, NULL, 1, 1, scales, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_weight_scales(BG_FLOAT32, OFF(weights), 1, 1, scales, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_weight_scales(BG_FLOAT32, weights, 0, 1, scales, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_weight_scales(BG_FLOAT32, weights, 1, 0, scales, 0, 1) == BG_BAD_NUMBER);
    EXPECT(bg_weight_scales(BG_FLOAT32, weights, 1, NAN, scales, 0, 1) == BG_BAD_NUMBER);
    EXPECT(bg_weight_scales(BG_FLOAT32, weights, 1, INFINITY, scales, 0, 1) == BG_BAD_NUMBER);
    EXPECT(bg_weight_scales(BG_FLOAT32, weights, 1, 1, NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_weight_scales(BG_FLOAT32, weights, 1, 1, OFF(scales), 0, 1) == BG_MISALIGNED);
    EXPECT(bg_weight_scales(BG_FLOAT32, weights, 1, 1, scales, -1, 1) == BG_BAD_RANGE);
    EXPECT(bg_weight_scales(BG_FLOAT32, weights, 1, 1, scales, 2, 1) == BG_BAD_RANGE);
    EXPECT(scales[0] == 5 && scales[1] == 5);
}

int main(void) {
    test_known_scales();
    test_order();
    test_refusals();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            for (int type = 0; type < TYPES; type++) {
                test_variants(guard, types[type], *size);
            }
        }
    }
    return finish("weight_scales");
}
