#include "harness.h"

#include <math.h>

static void test_variants(enum guard guard, int32_t type, int64_t count) {
    CASE("%ld numbers, type %d", (long)count, type);
    size_t bytes = (size_t)count * type_bytes(type);
    float *values = typed_operand(guard, BG_FLOAT32, count, 0);
    values[random_below(count)] = NAN;
    values[random_below(count)] = count % 4 == 0 ? INFINITY : -5;
    void *quantised = operand(guard, bytes);
    float scale, actual_scale;
    bg_quantise_reference(values, count, type, quantised, &scale);
    FOR_EACH_VARIANT(quantise, {
        void *actual = operand(guard, bytes);
        kernel(values, count, type, actual, &actual_scale);
        expect_same("scale", &scale, &actual_scale, sizeof scale);
        expect_same("integers", quantised, actual, bytes);
    });
    release_all();
}

/* The largest is exact, the others are half a unit away at most. */
static void test_formula(int32_t type, double largest) {
    enum { COUNT = 1000 };
    CASE("formula, type %d", type);
    static float values[COUNT];
    int16_t words[COUNT];
    int8_t bytes[COUNT];
    float scale;
    fill_floats(values, COUNT);
    values[5] = -12.25f;
    EXPECT(bg_quantise(values, COUNT, type, type == BG_INT8 ? (void *)bytes : words, &scale) == BG_OK);
    EXPECT(fabs((double)scale - 12.25 / largest) <= 1e-7);
    for (int i = 0; i < COUNT; i++) {
        double integer = type == BG_INT8 ? bytes[i] : words[i];
        EXPECT(fabs(integer * (double)scale - (double)values[i]) <= 0.501 * (double)scale);
        EXPECT(i != 5 || integer == -largest);
    }
}

static void test_special_numbers(void) {
    CASE("zeros");
    const float zeros[] = {0, -0.0f, 0}, mixed[] = {126, -1, NAN, 1, 3}, infinite[] = {-INFINITY, 1, INFINITY};
    int8_t integers[5] = {1, 1, 1, 1, 1};
    float scale;
    EXPECT(bg_quantise(zeros, 3, BG_INT8, integers, &scale) == BG_OK && scale > 0);
    EXPECT(integers[0] == 0 && integers[1] == 0 && integers[2] == 0 && integers[3] == 1);
    CASE("NaN, and ties to even");
    EXPECT(bg_quantise(mixed, 5, BG_INT8, integers, &scale) == BG_OK && scale == 2);
    EXPECT(integers[0] == 63 && integers[1] == 0 && integers[2] == -63 && integers[3] == 0 && integers[4] == 2);
    CASE("infinite numbers");
    EXPECT(bg_quantise(infinite, 3, BG_INT8, integers, &scale) == BG_OK && scale == BG_MAX_SCALE);
    EXPECT(integers[0] == -63 && integers[1] == 0 && integers[2] == 63);
}

#define OFF(pointer) ((void *)((char *)(pointer) + 1))

static void test_refusals(void) {
    CASE("refusals");
    float values[2] = {1, 2}, scale;
    int16_t integers[2];
    EXPECT(bg_quantise(NULL, 2, BG_INT8, integers, &scale) == BG_NULL_POINTER);
    EXPECT(bg_quantise(values, 2, BG_INT8, NULL, &scale) == BG_NULL_POINTER);
    EXPECT(bg_quantise(values, 2, BG_INT8, integers, NULL) == BG_NULL_POINTER);
    EXPECT(bg_quantise(OFF(values), 2, BG_INT8, integers, &scale) == BG_MISALIGNED);
    EXPECT(bg_quantise(values, 2, BG_INT16, OFF(integers), &scale) == BG_MISALIGNED);
    EXPECT(bg_quantise(values, 1, BG_INT8, OFF(integers), &scale) == BG_OK);
    EXPECT(bg_quantise(values, 0, BG_INT8, integers, &scale) == BG_BAD_SHAPE);
    EXPECT(bg_quantise(values, 2, BG_FLOAT16, integers, &scale) == BG_BAD_TYPE);
}

int main(void) {
    test_formula(BG_INT8, BG_MAX_INT7);
    test_formula(BG_INT16, BG_MAX_INT14);
    test_special_numbers();
    test_refusals();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            test_variants(guard, BG_INT8, *size);
            test_variants(guard, BG_INT16, *size);
        }
    }
    return finish("quantise");
}
