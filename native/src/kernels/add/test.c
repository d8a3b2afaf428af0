#include "harness.h"

#include <math.h>

#include "simd/scalar.h"

static const int32_t types[] = {BG_FLOAT32, BG_FLOAT16};
enum { TYPES = 2 };

/* Into memory of its own, then in place of either operand. */
static void test_variants(enum guard guard, int32_t type, int64_t count) {
    int64_t begin, end;
    random_range(count, &begin, &end);
    CASE("add of type %d, [%ld, %ld) of %ld", type, (long)begin, (long)end, (long)count);
    size_t bytes = (size_t)count * type_bytes(type);
    void *a = typed_operand(guard, type, count, 0);
    void *b = typed_operand(guard, type, count, 0);
    void *before = operand(guard, bytes);
    void *expected = operand_copy(guard, before, bytes);
    void *expected_a = operand_copy(guard, a, bytes);
    void *expected_b = operand_copy(guard, b, bytes);
    bg_add_reference(type, a, b, expected, begin, end);
    bg_add_reference(type, expected_a, b, expected_a, begin, end);
    bg_add_reference(type, a, expected_b, expected_b, begin, end);
    FOR_EACH_VARIANT(add, {
        void *actual = operand_copy(guard, before, bytes);
        void *actual_a = operand_copy(guard, a, bytes);
        void *actual_b = operand_copy(guard, b, bytes);
        kernel(type, a, b, actual, begin, end);
        kernel(type, actual_a, b, actual_a, begin, end);
        kernel(type, a, actual_b, actual_b, begin, end);
        expect_same("sums", expected, actual, bytes);
        expect_same("sums in place of a", expected_a, actual_a, bytes);
        expect_same("sums in place of b", expected_b, actual_b, bytes);
    });
    release_all();
}

/* Sums that are known, on every level: rounded to nearest even, and in float16 clipped at its largest number. */
static void test_known_sums(void) {
    CASE("known sums");
    enum { COUNT = 8 };
    const float a[COUNT] = {1, -1, 2048, 2050, 65504, -65504, NAN, 0.5f};
    const float b[COUNT] = {2, 1, 1, 1, 65504, -65504, 1, -0.25f};
    const float single[COUNT] = {3, 0, 2049, 2051, 131008, -131008, NAN, 0.25f};
    const float half[COUNT] = {3, 0, 2048, 2052, BG_MAX_HALF, -BG_MAX_HALF, NAN, 0.25f};
    uint16_t half_a[COUNT], half_b[COUNT], half_sum[COUNT];
    for (int i = 0; i < COUNT; i++) {
        half_a[i] = bg_float_to_half(a[i]);
        half_b[i] = bg_float_to_half(b[i]);
    }
    for (int32_t isa = 0; isa < bg_isa_count(); isa++) {
        if (bg_select_kernels(bg_isa_features(isa)) != BG_OK) {
            continue;
        }
        current_variant = bg_isa_name(isa);
        float sum[COUNT];
        EXPECT(bg_add(BG_FLOAT32, a, b, sum, 0, COUNT) == BG_OK);
        EXPECT(bg_add(BG_FLOAT16, half_a, half_b, half_sum, 0, COUNT) == BG_OK);
        for (int i = 0; i < COUNT; i++) {
            float from_half = bg_half_to_float(half_sum[i]);
            EXPECT(isnan(single[i]) ? isnan(sum[i]) : sum[i] == single[i]);
            EXPECT(isnan(half[i]) ? isnan(from_half) : from_half == half[i]);
        }
    }
    current_variant = "reference";
    bg_select_kernels(bg_cpu_features());
}

#define OFF(pointer) ((void *)((char *)(pointer) + 1))

static void test_refusals(void) {
    CASE("refusals");
    float a[2] = {1, 1}, b[2] = {1, 1}, sum[2] = {5, 5};
    EXPECT(bg_add(BG_INT8, a, b, sum, 0, 1) == BG_BAD_TYPE);
    EXPECT(bg_add(BG_FLOAT32, NULL, b, sum, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_add(BG_FLOAT32, a, NULL, sum, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_add(BG_FLOAT32, a, b, NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_add(BG_FLOAT32, OFF(a), b, sum, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_add(BG_FLOAT16, a, OFF(b), sum, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_add(BG_FLOAT16, a, b, OFF(sum), 0, 1) == BG_MISALIGNED);
    EXPECT(bg_add(BG_FLOAT32, a, b, sum, -1, 1) == BG_BAD_RANGE);
    EXPECT(bg_add(BG_FLOAT32, a, b, sum, 2, 1) == BG_BAD_RANGE);
    EXPECT(sum[0] == 5 && sum[1] == 5);
}

int main(void) {
    test_known_sums();
    test_refusals();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            for (int type = 0; type < TYPES; type++) {
                test_variants(guard, types[type], *size);
            }
        }
    }
    return finish("add");
}
