#include "harness.h"

#include <math.h>

static void test_values(enum guard guard, int64_t count) {
    size_t bytes = (size_t)count * sizeof(float);
    float *x = typed_operand(guard, BG_FLOAT32, count, 0);
    x[random_below(count)] = NAN;
    float *before = typed_operand(guard, BG_FLOAT32, count, 0);
    float *expected = operand_copy(guard, before, bytes);
    int64_t begin = random_below(count);
    CASE("straight_through [%ld, %ld)", (long)begin, (long)count);
    bg_straight_through_reference(x, expected, begin, count);
    FOR_EACH_VARIANT(straight_through, {
        float *actual = operand_copy(guard, before, bytes);
        kernel(x, actual, begin, count);
        expect_same("gradient", expected, actual, bytes);
    });
    release_all();
}

static void test_mask(enum guard guard, int32_t type, int64_t rows, int64_t columns) {
    size_t bytes = (size_t)(rows * columns) * type_bytes(type);
    uint64_t *mask = bit_operand(guard, rows, columns);
    void *before = typed_operand(guard, type, rows * columns, 0);
    void *expected = operand_copy(guard, before, bytes);
    int64_t begin = random_below(rows);
    CASE("straight_through_mask type %d, %ld x %ld from row %ld", type, (long)rows, (long)columns, (long)begin);
    bg_straight_through_mask_reference(type, mask, expected, columns, begin, rows);
    FOR_EACH_VARIANT(straight_through_mask, {
        void *actual = operand_copy(guard, before, bytes);
        kernel(type, mask, actual, columns, begin, rows);
        expect_same("gradient", expected, actual, bytes);
    });
    release_all();
}

static void test_known_values(void) {
    CASE("known values");
    const float x[] = {0.5f, 1.0f, -1.0f, 1.0001f, -1.0001f, NAN, INFINITY, -0.0f};
    const float expected[] = {1, 2, 3, 0, 0, 0, 0, -8};
    float gradient[] = {1, 2, 3, 4, 5, NAN, 7, -8};
    EXPECT(bg_straight_through(x, gradient, 0, 8) == BG_OK);
    expect_same("gradient", expected, gradient, sizeof gradient);

    const uint64_t mask[] = {5, 2}; /* [2, 3] */
    const float masked[] = {1, 0, 3, 0, 5, 0};
    float floats[] = {1, 2, 3, 4, 5, -INFINITY};
    EXPECT(bg_straight_through_mask(BG_FLOAT32, mask, floats, 3, 0, 2) == BG_OK);
    expect_same("floats", masked, floats, sizeof floats);

    const uint16_t masked_halves[] = {0x3c00, 0, 0xc200, 0, 0x0001, 0};
    uint16_t halves[] = {0x3c00, 0x4000, 0xc200, 0x4400, 0x0001, 0xfc00}; /* 1, 2, -3, 4, 2^-24, -infinity */
    EXPECT(bg_straight_through_mask(BG_FLOAT16, mask, halves, 3, 0, 2) == BG_OK);
    expect_same("halves", masked_halves, halves, sizeof halves);
}

#define OFF(pointer) ((void *)((char *)(pointer) + 1))

static void test_refusals(void) {
    CASE("refusals");
    float x[2] = {5, 5}, gradient[2] = {1, 1};
    uint64_t mask[2] = {0};
    EXPECT(bg_straight_through(NULL, gradient, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_straight_through(x, NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_straight_through(OFF(x), gradient, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_straight_through(x, OFF(gradient), 0, 1) == BG_MISALIGNED);
    EXPECT(bg_straight_through(x, gradient, -1, 1) == BG_BAD_RANGE);
    EXPECT(bg_straight_through(x, gradient, 2, 1) == BG_BAD_RANGE);
    EXPECT(bg_straight_through_mask(BG_INT16, mask, gradient, 2, 0, 1) == BG_BAD_TYPE);
    EXPECT(bg_straight_through_mask(BG_FLOAT32, NULL, gradient, 2, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_straight_through_mask(BG_FLOAT32, mask, NULL, 2, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_straight_through_mask(BG_FLOAT32, OFF(mask), gradient, 2, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_straight_through_mask(BG_FLOAT16, mask, OFF(gradient), 2, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_straight_through_mask(BG_FLOAT32, mask, gradient, 0, 0, 1) == BG_BAD_SHAPE);
    EXPECT(bg_straight_through_mask(BG_FLOAT32, mask, gradient, 2, 1, 0) == BG_BAD_RANGE);
    EXPECT(gradient[0] == 1 && gradient[1] == 1);
}

int main(void) {
    test_known_values();
    test_refusals();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            test_values(guard, *size);
            test_mask(guard, BG_FLOAT32, 1 + random_below(4), *size);
            test_mask(guard, BG_FLOAT16, 1 + random_below(4), *size);
        }
    }
    return finish("straight_through");
}
