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

static void test_pack(enum guard guard, int32_t type, int64_t rows, int64_t columns) {
    void *values = typed_operand(guard, type, rows * columns, 2); /* of int8, whose zeros are as frequent */
    uint64_t *expected = operand(guard, bit_bytes(rows, columns));
    uint64_t *before = operand_copy(guard, expected, bit_bytes(rows, columns));
    int64_t begin = random_below(rows);
    CASE("sign_pack type %d, %ld x %ld from row %ld", type, (long)rows, (long)columns, (long)begin);
    bg_sign_pack_reference(type, values, columns, expected, NULL, begin, rows);
    FOR_EACH_VARIANT(sign_pack, {
        uint64_t *actual = operand_copy(guard, before, bit_bytes(rows, columns));
        kernel(type, values, columns, actual, NULL, begin, rows);
        expect_same("bits", expected, actual, bit_bytes(rows, columns));
    });
    uint64_t *expected_mask = operand_copy(guard, before, bit_bytes(rows, columns));
    memcpy(expected, before, bit_bytes(rows, columns));
    bg_sign_pack_reference(type, values, columns, expected, expected_mask, begin, rows);
    FOR_EACH_VARIANT(sign_pack, {
        uint64_t *actual = operand_copy(guard, before, bit_bytes(rows, columns));
        uint64_t *actual_mask = operand_copy(guard, before, bit_bytes(rows, columns));
        kernel(type, values, columns, actual, actual_mask, begin, rows);
        expect_same("bits beside the mask", expected, actual, bit_bytes(rows, columns));
        expect_same("mask", expected_mask, actual_mask, bit_bytes(rows, columns));
    });
    release_all();
}

/* The reference itself, on values whose signs are known. */
static void test_known_signs(void) {
    CASE("known signs");
    float values[] = {1.0f, -1.0f, 0.0f, -0.0f, NAN, INFINITY, -INFINITY, -1e-45f};
    float expected[] = {1, -1, 1, 1, -1, 1, -1, -1};
    float signs[8];
    EXPECT(bg_sign(values, signs, 0, 8) == BG_OK);
    expect_same("signs", expected, signs, sizeof signs);
    uint64_t bits = ~(uint64_t)0;
    EXPECT(bg_sign_pack(BG_FLOAT32, values, 8, &bits, NULL, 0, 1) == BG_OK);
    EXPECT(bits == 0x2d);
    const int8_t integers[] = {1, -1, 0, 127, -127, -128};
    EXPECT(bg_sign_pack(BG_INT8, integers, 6, &bits, NULL, 0, 1) == BG_OK);
    EXPECT(bits == 0xd);
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
        EXPECT(bg_sign_pack(BG_FLOAT32, values, 10, &bits, &mask, 0, 1) == BG_OK);
        EXPECT(bits == 0x2ad && mask == 0x20f);
        EXPECT(bg_sign_pack(BG_INT8, integers, 6, &bits, &mask, 0, 1) == BG_OK);
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
    EXPECT(bg_sign_pack(BG_INT16, values, 1, bits, NULL, 0, 1) == BG_BAD_TYPE);
    EXPECT(bg_sign_pack(BG_FLOAT32, values, 0, bits, NULL, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_sign_pack(BG_FLOAT32, values, 1, (uint64_t *)((char *)bits + 4), NULL, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_sign_pack(BG_FLOAT32, values, 1, bits, (uint64_t *)((char *)bits + 4), 0, 1) == BG_MISALIGNED);
    EXPECT(bg_sign_pack(BG_FLOAT32, values, 1, NULL, bits, 0, 1) == BG_NULL_POINTER);
}

int main(void) {
    test_known_signs();
    test_known_mask();
    test_refusals();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            test_sign(guard, *size);
            test_pack(guard, BG_FLOAT32, 1 + random_below(4), *size);
            test_pack(guard, BG_FLOAT16, 1 + random_below(4), *size);
            test_pack(guard, BG_INT8, 1 + random_below(4), *size);
        }
    }
    return finish("sign");
}
