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

/* Into memory of its own, in place of the base, and with no base. */
static void test_tile(enum guard guard, int32_t type, int64_t channels) {
    enum { ROWS = 5 };
    int64_t begin, end, columns, first;
    random_range(ROWS, &begin, &end);
    random_tile(channels, &columns, &first);
    CASE("tile of type %d, %ld channels, columns from %ld of %ld, rows [%ld, %ld)", type, (long)channels, (long)first,
        (long)columns, (long)begin, (long)end);
    size_t bytes = (size_t)(ROWS * columns) * sizeof(float);
    float *base = typed_operand(guard, BG_FLOAT32, ROWS * columns, 0);
    float *before = operand(guard, bytes);
    const struct bg_add_tile_operands o = {type, typed_operand(guard, type, ROWS * channels, 0),
        {columns, first, channels}, base, operand_copy(guard, before, bytes)};
    struct bg_add_tile_operands in_place = o;
    in_place.base = in_place.sum = operand_copy(guard, base, bytes);
    struct bg_add_tile_operands no_base = o;
    no_base.base = NULL;
    no_base.sum = operand_copy(guard, before, bytes);
    const struct bg_add_tile_operands cases[] = {o, in_place, no_base};
    for (int i = 0; i < 3; i++) {
        const float *sum_before = cases[i].base == cases[i].sum ? base : before;
        bg_add_tile_reference(&cases[i], begin, end);
        FOR_EACH_VARIANT(add_tile, {
            struct bg_add_tile_operands actual = cases[i];
            actual.sum = operand_copy(guard, sum_before, bytes);
            actual.base = i == 1 ? actual.sum : actual.base;
            kernel(&actual, begin, end);
            expect_same("sums of a tile", cases[i].sum, actual.sum, bytes);
        });
    }
    release_all();
}

/* Values that are those of all elements, or only of the range. */
static void test_accumulate(enum guard guard, int64_t count) {
    int64_t begin, end;
    random_range(count, &begin, &end);
    for (int i = 0; i < 4; i++) {
        int64_t first = i / 2 == 0 ? 0 : begin;
        int32_t begins = i % 2;
        CASE("accumulate [%ld, %ld) of %ld from %ld, begins %d", (long)begin, (long)end, (long)count, (long)first,
            begins);
        size_t bytes = (size_t)count * sizeof(float);
        float *values = typed_operand(guard, BG_FLOAT32, end > first ? end - first : 1, 0);
        float *before = typed_operand(guard, BG_FLOAT32, count, 0);
        float *expected = operand_copy(guard, before, bytes);
        bg_accumulate_reference(values, first, begins, expected, begin, end);
        FOR_EACH_VARIANT(accumulate, {
            float *actual = operand_copy(guard, before, bytes);
            kernel(values, first, begins, actual, begin, end);
            expect_same("accumulated", expected, actual, bytes);
        });
        release_all();
    }
}

static void test_known_accumulation(void) {
    CASE("a known accumulation");
    const float values[2] = {10, 20};
    float sum[4] = {1, 2, 3, 4};
    EXPECT(bg_accumulate(values, 1, 0, sum, 1, 3) == BG_OK);
    EXPECT(sum[0] == 1 && sum[1] == 12 && sum[2] == 23 && sum[3] == 4);
    EXPECT(bg_accumulate(values, 1, 1, sum, 2, 3) == BG_OK);
    EXPECT(sum[0] == 1 && sum[1] == 12 && sum[2] == 20 && sum[3] == 4);
}

/* Only the columns of the tile are written, whatever is added. */
static void test_known_tile(void) {
    CASE("a known tile");
    const float values[2] = {10, 20};
    const float base[2 * 18] = {[16] = 1, [17] = 2, [34] = 3, [35] = 4};
    float sum[2 * 18];
    for (int i = 0; i < 36; i++) {
        sum[i] = -7;
    }
    EXPECT(bg_add_tile(OPERANDS(add_tile, BG_FLOAT32, values, {18, 16, 2}, base, sum), 0, 1) == BG_OK);
    for (int i = 0; i < 36; i++) {
        EXPECT(sum[i] == (i == 16 ? 11 : i == 17 ? 22 : -7));
    }
    EXPECT(bg_add_tile(OPERANDS(add_tile, BG_FLOAT32, values, {18, 16, 2}, NULL, sum), 0, 1) == BG_OK);
    EXPECT(sum[15] == -7 && sum[16] == 10 && sum[17] == 20 && sum[18] == -7);
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
    struct bg_add_tile_operands good = {BG_FLOAT32, a, {2, 0, 2}, b, sum};
    EXPECT(bg_add_tile(NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT_WITH(good, type = BG_INT16, bg_add_tile(&with, 0, 1), BG_BAD_TYPE);
    EXPECT_WITH(good, values = NULL, bg_add_tile(&with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(good, sum = NULL, bg_add_tile(&with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(good, values = OFF(a), bg_add_tile(&with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(good, base = OFF(b), bg_add_tile(&with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(good, sum = OFF(sum), bg_add_tile(&with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(good, tile.first = 1, bg_add_tile(&with, 0, 1), BG_BAD_SHAPE);
    EXPECT_WITH(good, tile.channels = 0, bg_add_tile(&with, 0, 1), BG_BAD_SHAPE);
    EXPECT_WITH(good, tile.columns = 1, bg_add_tile(&with, 0, 1), BG_BAD_SHAPE);
    EXPECT(bg_add_tile(&good, -1, 1) == BG_BAD_RANGE);
    EXPECT(bg_add_tile(&good, 2, 1) == BG_BAD_RANGE);
    EXPECT(bg_accumulate(NULL, 0, 0, sum, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_accumulate(a, 0, 0, NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_accumulate(OFF(a), 0, 0, sum, 0, 1) == BG_MISALIGNED);
    EXPECT(bg_accumulate(a, 0, 0, OFF(sum), 0, 1) == BG_MISALIGNED);
    EXPECT(bg_accumulate(a, 0, 0, sum, 2, 1) == BG_BAD_RANGE);
    EXPECT(bg_accumulate(a, 1, 0, sum, 0, 1) == BG_BAD_RANGE);
    EXPECT(bg_accumulate(a, -1, 0, sum, 0, 1) == BG_BAD_RANGE);
    EXPECT(sum[0] == 5 && sum[1] == 5);
}

int main(void) {
    test_known_sums();
    test_known_tile();
    test_known_accumulation();
    test_refusals();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            test_accumulate(guard, *size);
            for (int type = 0; type < TYPES; type++) {
                test_variants(guard, types[type], *size);
                test_tile(guard, types[type], *size);
            }
        }
    }
    return finish("add");
}
