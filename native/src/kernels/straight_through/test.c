#include "harness.h"

#include <math.h>

#include "simd/scalar.h"

static void test_values(enum guard guard, int64_t count) {
    size_t bytes = (size_t)count * sizeof(float);
    float *x = typed_operand(guard, BG_FLOAT32, count, 0);
    x[random_below(count)] = NAN;
    float *before = typed_operand(guard, BG_FLOAT32, count, 0);
    float *expected = operand_copy(guard, before, bytes);
    int64_t begin = random_below(count);
    float limit = random_below(2) ? 1.0f : 0.75f;
    CASE("straight_through [%ld, %ld) to %g", (long)begin, (long)count, (double)limit);
    bg_straight_through_reference(x, limit, expected, begin, count);
    FOR_EACH_VARIANT(straight_through, {
        float *actual = operand_copy(guard, before, bytes);
        kernel(x, limit, actual, begin, count);
        expect_same("gradient", expected, actual, bytes);
    });
    release_all();
}

static void test_approximation(enum guard guard, int32_t type, int64_t channels) {
    enum { ROWS = 5 };
    int64_t begin, end, columns, first;
    random_range(ROWS, &begin, &end);
    random_tile(channels, &columns, &first);
    CASE("approximate_sign of type %d, %ld channels, columns from %ld of %ld, rows [%ld, %ld)", type, (long)channels,
        (long)first, (long)columns, (long)begin, (long)end);
    size_t bytes = (size_t)(ROWS * channels) * sizeof(float);
    void *x = typed_operand(guard, type, ROWS * columns, 0);
    for (int64_t i = 0; i < ROWS * columns; i++) { /* most of them where the derivative is not 0 */
        float value = (float)random_below(301) / 100 - 1.5f;
        bg_store(type, x, i, random_below(20) == 0 ? NAN : value);
    }
    float *before = typed_operand(guard, BG_FLOAT32, ROWS * channels, 0);
    const struct bg_approximate_sign_operands o = {
        type, x, {columns, first, channels}, operand_copy(guard, before, bytes)};
    bg_approximate_sign_reference(&o, begin, end);
    FOR_EACH_VARIANT(approximate_sign, {
        struct bg_approximate_sign_operands actual = o;
        actual.gradient = operand_copy(guard, before, bytes);
        kernel(&actual, begin, end);
        expect_same("gradient", o.gradient, actual.gradient, bytes);
    });
    release_all();
}

static void test_known_values(void) {
    CASE("known values");
    const float x[] = {0.5f, 1.0f, -1.0f, 1.0001f, -1.0001f, NAN, INFINITY, -0.0f};
    const float expected[] = {1, 2, 3, 0, 0, 0, 0, -8};
    float gradient[] = {1, 2, 3, 4, 5, NAN, 7, -8};
    EXPECT(bg_straight_through(x, 1, gradient, 0, 8) == BG_OK);
    expect_same("gradient", expected, gradient, sizeof gradient);
    const float wider[] = {1, 2, 3, 4, 5, 0, 0, -8};
    float passed[] = {1, 2, 3, 4, 5, NAN, 7, -8};
    EXPECT(bg_straight_through(x, 1.25f, passed, 0, 8) == BG_OK);
    expect_same("gradient of a wider limit", wider, passed, sizeof passed);
}

/* The derivative is 2 - 2 |x|: 2 at 0, 1 at a half, 0 at 1 and beyond. */
static void test_known_derivative(void) {
    CASE("a known derivative");
    const float x[] = {0.5f, -0.25f, 1.0f, 1.0001f, -1.0001f, NAN, INFINITY, -0.0f};
    const float expected[] = {4, 6, 0, 0, 0, 0, 0, -16};
    float gradient[] = {4, 4, 4, 4, 5, NAN, 7, -8};
    EXPECT(bg_approximate_sign(OPERANDS(approximate_sign, BG_FLOAT32, x, {8, 0, 8}, gradient), 0, 1) == BG_OK);
    expect_same("gradient", expected, gradient, sizeof gradient);
}

#define OFF(pointer) ((void *)((char *)(pointer) + 1))

static void test_refusals(void) {
    CASE("refusals");
    float x[2] = {5, 5}, gradient[2] = {1, 1};
    EXPECT(bg_straight_through(NULL, 1, gradient, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_straight_through(x, 1, NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_straight_through(OFF(x), 1, gradient, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_straight_through(x, 1, OFF(gradient), 0, 1) == BG_MISALIGNED);
    EXPECT(bg_straight_through(x, 0, gradient, 0, 1) == BG_BAD_NUMBER);
    EXPECT(bg_straight_through(x, INFINITY, gradient, 0, 1) == BG_BAD_NUMBER);
    EXPECT(bg_straight_through(x, 1, gradient, -1, 1) == BG_BAD_RANGE);
    EXPECT(bg_straight_through(x, 1, gradient, 2, 1) == BG_BAD_RANGE);
    struct bg_approximate_sign_operands good = {BG_FLOAT32, x, {2, 0, 2}, gradient};
    EXPECT(bg_approximate_sign(NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT_WITH(good, type = BG_INT16, bg_approximate_sign(&with, 0, 1), BG_BAD_TYPE);
    EXPECT_WITH(good, x = NULL, bg_approximate_sign(&with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(good, x = OFF(x), bg_approximate_sign(&with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(good, gradient = NULL, bg_approximate_sign(&with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(good, gradient = OFF(gradient), bg_approximate_sign(&with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(good, tile.first = 1, bg_approximate_sign(&with, 0, 1), BG_BAD_SHAPE);
    EXPECT_WITH(good, tile.columns = 1, bg_approximate_sign(&with, 0, 1), BG_BAD_SHAPE);
    EXPECT(bg_approximate_sign(&good, -1, 1) == BG_BAD_RANGE);
    EXPECT(bg_approximate_sign(&good, 2, 1) == BG_BAD_RANGE);
    EXPECT(gradient[0] == 1 && gradient[1] == 1);
}

int main(void) {
    test_known_values();
    test_known_derivative();
    test_refusals();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            test_values(guard, *size);
            test_approximation(guard, BG_FLOAT32, *size);
            test_approximation(guard, BG_FLOAT16, *size);
        }
    }
    return finish("straight_through");
}
