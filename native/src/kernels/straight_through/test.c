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

static void test_known_values(void) {
    CASE("known values");
    const float x[] = {0.5f, 1.0f, -1.0f, 1.0001f, -1.0001f, NAN, INFINITY, -0.0f};
    const float expected[] = {1, 2, 3, 0, 0, 0, 0, -8};
    float gradient[] = {1, 2, 3, 4, 5, NAN, 7, -8};
    EXPECT(bg_straight_through(x, gradient, 0, 8) == BG_OK);
    expect_same("gradient", expected, gradient, sizeof gradient);
}

#define OFF(pointer) ((void *)((char *)(pointer) + 1))

static void test_refusals(void) {
    CASE("refusals");
    float x[2] = {5, 5}, gradient[2] = {1, 1};
    EXPECT(bg_straight_through(NULL, gradient, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_straight_through(x, NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_straight_through(OFF(x), gradient, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_straight_through(x, OFF(gradient), 0, 1) == BG_MISALIGNED);
    EXPECT(bg_straight_through(x, gradient, -1, 1) == BG_BAD_RANGE);
    EXPECT(bg_straight_through(x, gradient, 2, 1) == BG_BAD_RANGE);
    EXPECT(gradient[0] == 1 && gradient[1] == 1);
}

int main(void) {
    test_known_values();
    test_refusals();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            test_values(guard, *size);
        }
    }
    return finish("straight_through");
}
