#include "harness.h"

#include <math.h>

static void test_sign(enum guard guard, int64_t count) {
    float *values = typed_operand(guard, BG_FLOAT32, count, 0);
    values[0] = NAN;
    float *expected = operand(guard, (size_t)count * sizeof *expected);
    int64_t begin = random_below(count);
    CASE("sign [%ld, %ld)", (long)begin, (long)count);
    float *before = operand_copy(guard, expected, (size_t)count * sizeof *expected);
    bg_sign_reference(values, expected, begin, count);
    FOR_EACH_VARIANT(sign, {
        float *actual = operand_copy(guard, before, (size_t)count * sizeof *expected);
        kernel(values, actual, begin, count);
        expect_same("signs", expected, actual, (size_t)count * sizeof *expected);
    });
    release_all();
}

static void test_pack(enum guard guard, int32_t type, int64_t rows, int64_t channels, float limit) {
    int64_t columns, first;
    random_tile(channels, &columns, &first);
    uint64_t *before = bit_operand(guard, rows, columns);
    size_t bytes = bit_bytes(rows, columns);
    int64_t begin = random_below(rows);
    CASE("sign_pack type %d, %ld x %ld, columns from %ld of %ld, limit %g, from row %ld", type, (long)rows,
        (long)channels, (long)first, (long)columns, (double)limit, (long)begin);
    /* of int8, whose zeros are as frequent */
    const struct bg_sign_pack_operands o = {type, typed_operand(guard, type, rows * channels, 2),
        {columns, first, channels}, limit, operand_copy(guard, before, bytes), NULL};
    struct bg_sign_pack_operands masked = o;
    masked.bits = operand_copy(guard, before, bytes);
    masked.straight_through = operand_copy(guard, before, bytes);
    bg_sign_pack_reference(&o, begin, rows);
    bg_sign_pack_reference(&masked, begin, rows);
    FOR_EACH_VARIANT(sign_pack, {
        struct bg_sign_pack_operands actual = o;
        actual.bits = operand_copy(guard, before, bytes);
        kernel(&actual, begin, rows);
        expect_same("bits", o.bits, actual.bits, bytes);
        actual.bits = operand_copy(guard, before, bytes);
        actual.straight_through = operand_copy(guard, before, bytes);
        kernel(&actual, begin, rows);
        expect_same("bits beside the mask", masked.bits, actual.bits, bytes);
        expect_same("mask", masked.straight_through, actual.straight_through, bytes);
    });
    release_all();
}

/* All columns of a matrix with one row, with the limit 1. */
static int32_t pack_row(int32_t type, const void *values, int64_t columns, uint64_t *bits, uint64_t *mask) {
    return bg_sign_pack(OPERANDS(sign_pack, type, values, {columns, 0, columns}, 1, bits, mask), 0, 1);
}

/* The reference itself, on values whose signs are known. */
static void test_known_signs(void) {
    CASE("known signs");
    const float values[] = {1.0f, -1.0f, 0.0f, -0.0f, NAN, INFINITY, -INFINITY, -1e-45f};
    const float expected[] = {1, -1, 1, 1, -1, 1, -1, -1};
    float signs[8];
    EXPECT(bg_sign(values, signs, 0, 8) == BG_OK);
    expect_same("signs", expected, signs, sizeof signs);
}

/* Their bits, without a mask. The halves are 1, -1, 0, -0, NaN, infinity, -infinity, -2^-24 and a NaN with a sign. */
static void test_known_bits(void) {
    CASE("known bits");
    const float values[] = {1.0f, -1.0f, 0.0f, -0.0f, NAN, INFINITY, -INFINITY, -1e-45f};
    const uint16_t halves[] = {0x3c00, 0xbc00, 0, 0x8000, 0x7c01, 0x7c00, 0xfc00, 0x8001, 0xfe00};
    const int8_t integers[] = {1, -1, 0, 127, -127, -128};
    for (int32_t isa = 0; isa < bg_isa_count(); isa++) {
        if (bg_select_kernels(bg_isa_features(isa)) != BG_OK) {
            continue;
        }
        current_variant = bg_isa_name(isa);
        uint64_t bits = ~(uint64_t)0;
        EXPECT(pack_row(BG_FLOAT32, values, 8, &bits, NULL) == BG_OK);
        EXPECT(bits == 0x2d);
        EXPECT(pack_row(BG_FLOAT16, halves, 9, &bits, NULL) == BG_OK);
        EXPECT(bits == 0x2d);
        EXPECT(pack_row(BG_INT8, integers, 6, &bits, NULL) == BG_OK);
        EXPECT(bits == 0xd);
    }
    current_variant = "reference";
    bg_select_kernels(bg_cpu_features());
}

/* The straight-through estimator's bits: of both ends of [-1, 1], and of nothing beyond it. */
static void test_known_mask(void) {
    CASE("known mask");
    const float values[] = {1.0f, -1.0f, 0.0f, -0.0f, NAN, INFINITY, -INFINITY, 0x1.000002p0f, -0x1.000002p0f, 0.5f};
    const int8_t integers[] = {1, -1, 0, 127, -128, 2};
    for (int32_t isa = 0; isa < bg_isa_count(); isa++) {
        if (bg_select_kernels(bg_isa_features(isa)) != BG_OK) {
            continue;
        }
        current_variant = bg_isa_name(isa);
        uint64_t bits = ~(uint64_t)0;
        uint64_t mask = ~(uint64_t)0;
        EXPECT(pack_row(BG_FLOAT32, values, 10, &bits, &mask) == BG_OK);
        EXPECT(bits == 0x2ad && mask == 0x20f);
        EXPECT(pack_row(BG_INT8, integers, 6, &bits, &mask) == BG_OK);
        EXPECT(bits == 0x2d && mask == 0x7);
    }
    current_variant = "reference";
    bg_select_kernels(bg_cpu_features());
}

static void test_refusals(void) {
    CASE("refusals");
    float values[2] = {0};
    uint64_t bits[2] = {0};
    EXPECT(bg_words(0) == 0 && bg_words(1) == 1 && bg_words(64) == 1 && bg_words(65) == 2);
    EXPECT(bg_sign(NULL, values, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_sign(values, values, -1, 1) == BG_BAD_RANGE);
    EXPECT(bg_sign(values, values, 1, 0) == BG_BAD_RANGE);
    EXPECT(bg_sign((const float *)((const char *)values + 1), values, 0, 1) == BG_MISALIGNED);
    struct bg_sign_pack_operands good = {BG_FLOAT32, values, {1, 0, 1}, 1, bits, NULL};
    EXPECT(bg_sign_pack(NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT_WITH(good, type = BG_INT16, bg_sign_pack(&with, 0, 1), BG_BAD_TYPE);
    EXPECT_WITH(good, values = NULL, bg_sign_pack(&with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(good, tile.columns = 0, bg_sign_pack(&with, 0, 1), BG_BAD_SHAPE);
    EXPECT_WITH(good, tile.first = 1, bg_sign_pack(&with, 0, 1), BG_BAD_SHAPE);
    EXPECT_WITH(good, limit = 0, bg_sign_pack(&with, 0, 1), BG_BAD_NUMBER);
    EXPECT_WITH(good, limit = NAN, bg_sign_pack(&with, 0, 1), BG_BAD_NUMBER);
    EXPECT_WITH(good, bits = (uint64_t *)((char *)bits + 4), bg_sign_pack(&with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(good, straight_through = (uint64_t *)((char *)bits + 4), bg_sign_pack(&with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(good, bits = NULL, bg_sign_pack(&with, 0, 1), BG_NULL_POINTER);
    EXPECT(bg_sign_pack(&good, 1, 0) == BG_BAD_RANGE);
    EXPECT(bits[0] == 0);
}

int main(void) {
    test_known_signs();
    test_known_bits();
    test_known_mask();
    test_refusals();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            test_sign(guard, *size);
            test_pack(guard, BG_FLOAT32, 1 + random_below(4), *size, 1);
            test_pack(guard, BG_FLOAT32, 1 + random_below(4), *size, 1.25f);
            test_pack(guard, BG_FLOAT16, 1 + random_below(4), *size, 1);
            test_pack(guard, BG_FLOAT16, 1 + random_below(4), *size, 1.25f);
            test_pack(guard, BG_INT8, 1 + random_below(4), *size, 1);
            test_pack(guard, BG_INT8, 1 + random_below(4), *size, 1.25f);
        }
    }
    return finish("sign");
}
