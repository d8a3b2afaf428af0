#include "harness.h"

#include <math.h>

#include "simd/scalar.h"

enum { HALVES = 1 << 16 };

/*
 * Every float16 there is, and back: exact, but for signalling NaN, which becomes quiet, and infinity, which is clipped.
 */
static void test_all_halves(void) {
    CASE("all halves");
    uint16_t *halves = operand(GUARD_BEHIND, HALVES * sizeof *halves);
    for (int i = 0; i < HALVES; i++) {
        halves[i] = (uint16_t)i;
    }
    float *expected = operand(GUARD_BEHIND, HALVES * sizeof *expected);
    uint16_t *back = operand(GUARD_BEHIND, HALVES * sizeof *back);
    bg_float16_to_float32_reference(halves, expected, 0, HALVES);
    bg_float32_to_float16_reference(expected, back, 0, HALVES);
    for (int i = 0; i < HALVES; i++) {
        int exponent = i >> 10 & 0x1f;
        int fraction = i & 0x3ff;
        float magnitude = exponent == 0   ? ldexpf((float)fraction, -24)
                          : exponent < 31 ? ldexpf((float)(1024 + fraction), exponent - 25)
                          : fraction == 0 ? INFINITY
                                          : NAN;
        EXPECT(isnan(magnitude) ? isnan(expected[i]) : fabsf(expected[i]) == magnitude);
        EXPECT(!signbit(expected[i]) == !(i & 0x8000));
        EXPECT(back[i] == (isinf(magnitude) ? i - 1 : i) || (isnan(magnitude) && back[i] == (i | 0x200)));
    }
    FOR_EACH_VARIANT(float16_to_float32, {
        float *actual = operand(GUARD_BEHIND, HALVES * sizeof *actual);
        kernel(halves, actual, 0, HALVES);
        expect_same("float32", expected, actual, HALVES * sizeof *actual);
    });
    release_all();
}

static float float_of(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Rounding of float32: to the nearest, a tie to the even, at every exponent, its neighbours, and random bits. */
static void test_rounding(void) {
    CASE("rounding");
    enum { RANDOM = 1 << 16, PER_HALF = 3, COUNT = RANDOM + HALVES / 2 * PER_HALF };
    float *values = operand(GUARD_BEHIND, COUNT * sizeof *values);
    int count = 0;
    for (int i = 0; i < HALVES / 2; i++) { /* the tie above each positive half, and what lies beside it */
        float below = bg_half_to_float((uint16_t)i);
        float above = i < 0x7bff ? bg_half_to_float((uint16_t)(i + 1)) : 65536.0f;
        float tie = i <= 0x7bff ? below + (above - below) / 2 : below;
        values[count++] = tie;
        values[count++] = nextafterf(tie, 0);
        values[count++] = -nextafterf(tie, INFINITY);
        uint16_t even = (uint16_t)(i % 2 == 0 ? i : i + 1);
        EXPECT(i > 0x7bff || bg_float_to_half(tie) == even);
        EXPECT(i > 0x7bff || bg_float_to_half(nextafterf(tie, 0)) == i);
        EXPECT(i > 0x7bff || bg_float_to_half(-nextafterf(tie, INFINITY)) == ((i + 1) | 0x8000));
    }
    while (count < COUNT) {
        values[count++] = float_of((uint32_t)random_bits());
    }
    uint16_t *expected = operand(GUARD_BEHIND, COUNT * sizeof *expected);
    bg_float32_to_float16_reference(values, expected, 0, COUNT);
    FOR_EACH_VARIANT(float32_to_float16, {
        uint16_t *actual = operand(GUARD_BEHIND, COUNT * sizeof *actual);
        kernel(values, actual, 0, COUNT);
        expect_same("float16", expected, actual, COUNT * sizeof *actual);
    });
    release_all();
}

static void test_tails(enum guard guard, int64_t count) {
    int64_t begin = random_below(count);
    CASE("[%ld, %ld)", (long)begin, (long)count);
    size_t float_bytes = (size_t)count * sizeof(float);
    size_t half_bytes = (size_t)count * sizeof(uint16_t);
    uint16_t *halves = typed_operand(guard, BG_FLOAT16, count, 0);
    float *floats = typed_operand(guard, BG_FLOAT32, count, 0);
    uint8_t *bytes = operand(guard, (size_t)count);

    float *expected_floats = operand_copy(guard, floats, float_bytes);
    bg_float16_to_float32_reference(halves, expected_floats, begin, count);
    FOR_EACH_VARIANT(float16_to_float32, {
        float *actual = operand_copy(guard, floats, float_bytes);
        kernel(halves, actual, begin, count);
        expect_same("float32", expected_floats, actual, float_bytes);
    });

    uint16_t *expected_halves = operand_copy(guard, halves, half_bytes);
    bg_float32_to_float16_reference(floats, expected_halves, begin, count);
    FOR_EACH_VARIANT(float32_to_float16, {
        uint16_t *actual = operand_copy(guard, halves, half_bytes);
        kernel(floats, actual, begin, count);
        expect_same("float16", expected_halves, actual, half_bytes);
    });

    float *expected_scaled = operand_copy(guard, floats, float_bytes);
    bg_bytes_to_float32_reference(bytes, expected_scaled, 2.0f / 255.0f, -1.0f, begin, count);
    FOR_EACH_VARIANT(bytes_to_float32, {
        float *actual = operand_copy(guard, floats, float_bytes);
        kernel(bytes, actual, 2.0f / 255.0f, -1.0f, begin, count);
        expect_same("scaled bytes", expected_scaled, actual, float_bytes);
    });
    release_all();
}

static void test_known_bytes(void) {
    CASE("known bytes");
    const uint8_t bytes[] = {0, 1, 128, 255};
    float values[4];
    EXPECT(bg_bytes_to_float32(bytes, values, 0.5f, -1.0f, 0, 4) == BG_OK);
    EXPECT(values[0] == -1.0f && values[1] == -0.5f && values[2] == 63.0f && values[3] == 126.5f);
}

/* What is too large for float16 is clipped, so that no gradient becomes infinite; NaN remains. */
static void test_known_halves(void) {
    enum { COUNT = 8 };
    const float values[COUNT] = {65504, 65519, 65520, 1e30f, INFINITY, -65520, -INFINITY, NAN};
    uint16_t halves[COUNT];
    for (int32_t isa = 0; isa < bg_isa_count(); isa++) {
        if (bg_select_kernels(bg_isa_features(isa)) != BG_OK) {
            continue;
        }
        current_variant = bg_isa_name(isa);
        CASE("known halves");
        EXPECT(bg_float32_to_float16(values, halves, 0, COUNT) == BG_OK);
        for (int i = 0; i < COUNT; i++) {
            float half = bg_half_to_float(halves[i]);
            EXPECT(isnan(values[i]) ? isnan(half) : half == (values[i] > 0 ? BG_MAX_HALF : -BG_MAX_HALF));
        }
    }
    current_variant = "reference";
    bg_select_kernels(bg_cpu_features());
}

static void test_refusals(void) {
    CASE("refusals");
    uint16_t halves[2] = {0};
    float values[2] = {0};
    uint8_t bytes[2] = {0};
    EXPECT(bg_float16_to_float32(NULL, values, 0, 1) == BG_NULL_POINTER);
    EXPECT(
        bg_float16_to_float32((const uint16_t *)(bytes + ((uintptr_t)bytes % 2 == 0)), values, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_float32_to_float16(values, halves, 1, 0) == BG_BAD_RANGE);
    EXPECT(bg_bytes_to_float32(bytes, values, NAN, 0, 0, 1) == BG_BAD_NUMBER);
    EXPECT(bg_bytes_to_float32(bytes, values, 1, INFINITY, 0, 1) == BG_BAD_NUMBER);
    EXPECT(bg_bytes_to_float32(bytes, NULL, 1, 0, 0, 1) == BG_NULL_POINTER);
}

int main(void) {
    test_all_halves();
    test_rounding();
    test_known_bytes();
    test_known_halves();
    test_refusals();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            test_tails(guard, *size);
        }
    }
    return finish("convert");
}
