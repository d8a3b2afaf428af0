#include "harness.h"

#include <math.h>

#include "simd/scalar.h"

enum { TAPS = 2 };

/* State and gradient of a case; every variant gets copies of the state. */
struct operands {
    int32_t gradient_type;
    int64_t rows;
    int64_t columns;
    int64_t begin;
    int64_t end;
    size_t count;
    size_t scale_bytes;
    int8_t *weights;
    uint64_t *bits; /* weights of Bop */
    int8_t *momentum;
    float *scales;
    float *steps;
    const void *gradient; /* of rows [begin, end) only */
};

static struct operands random_operands(enum guard guard, int32_t gradient_type, int64_t columns) {
    struct operands o = {.gradient_type = gradient_type, .columns = columns, .rows = 1 + random_below(5)};
    o.begin = random_below(o.rows);
    o.end = o.begin + 1 + random_below(o.rows - o.begin);
    o.count = (size_t)(o.rows * columns);
    o.weights = typed_operand(guard, BG_INT8, (int64_t)o.count, BG_MAX_INT8);
    o.bits = bit_operand(guard, o.rows, columns);
    o.momentum = typed_operand(guard, BG_INT8, (int64_t)o.count, BG_MAX_INT8);
    int64_t scales = o.rows * bg_state_blocks(columns);
    o.scale_bytes = (size_t)scales * sizeof(float);
    o.scales = positive_operand(guard, scales);
    for (int64_t i = 0; i < scales; i++) {
        o.scales[i] *= 0.01f;
    }
    o.scales[random_below(scales)] = 0; /* as zeroed memory has it */
    o.steps = positive_operand(guard, (o.rows + TAPS - 1) / TAPS);
    if (gradient_type == BG_BITS) {
        o.gradient = bit_operand(guard, o.end - o.begin, columns);
    } else {
        int64_t count = (o.end - o.begin) * columns;
        float *values = typed_operand(guard, BG_FLOAT32, count, 0);
        const float odd[] = {NAN, INFINITY, -INFINITY, 0x1p-140f};
        int which = (int)random_below(8);
        values[random_below(count)] = which < 4 ? odd[which] : 1.5f;
        o.gradient = values;
    }
    CASE("gradient type %d, rows [%ld, %ld) of %ld, columns %ld", gradient_type, (long)o.begin, (long)o.end,
        (long)o.rows, (long)columns);
    return o;
}

static struct operands copy_state(enum guard guard, const struct operands *original) {
    struct operands o = *original;
    o.weights = operand_copy(guard, o.weights, o.count);
    o.bits = operand_copy(guard, o.bits, bit_bytes(o.rows, o.columns));
    o.momentum = operand_copy(guard, o.momentum, o.count);
    o.scales = operand_copy(guard, o.scales, o.scale_bytes);
    return o;
}

static void expect_same_state(const struct operands *expected, const struct operands *actual) {
    expect_same("weights", expected->weights, actual->weights, expected->count);
    expect_same("bits", expected->bits, actual->bits, bit_bytes(expected->rows, expected->columns));
    expect_same("momentum", expected->momentum, actual->momentum, expected->count);
    expect_same("scales", expected->scales, actual->scales, expected->scale_bytes);
}

static void run(bg_update_int8_kernel *kernel, struct operands *o) {
    kernel(OPERANDS(update_int8, o->weights, o->momentum, o->scales, o->gradient_type, 0.3f, o->columns, TAPS, o->steps,
               0.9f, 0.1f),
        o->gradient, 7, o->begin, o->end);
}

static void run_bop(bg_update_bop_int8_kernel *kernel, struct operands *o) {
    kernel(OPERANDS(update_bop_int8, o->bits, o->momentum, o->scales, o->gradient_type, 0.5f, o->columns, 0.4f),
        o->gradient, 0.25f, o->begin, o->end);
}

static void test_variants(enum guard guard, int32_t gradient_type, int64_t columns) {
    struct operands start = random_operands(guard, gradient_type, columns);
    struct operands expected = copy_state(guard, &start);
    run(bg_update_int8_reference, &expected);
    FOR_EACH_VARIANT(update_int8, {
        struct operands actual = copy_state(guard, &start);
        run(kernel, &actual);
        expect_same_state(&expected, &actual);
    });
    release_all();
    start = random_operands(guard, gradient_type, columns);
    expected = copy_state(guard, &start);
    run_bop(bg_update_bop_int8_reference, &expected);
    FOR_EACH_VARIANT(update_bop_int8, {
        struct operands actual = copy_state(guard, &start);
        run_bop(kernel, &actual);
        expect_same_state(&expected, &actual);
    });
    release_all();
}

/* With a beta2 of 0, so that no bit of the sum is lost in the second moment before. */
static void test_step_variants(enum guard guard, int64_t fan_in) {
    int64_t channels = 1 + random_below(4);
    int64_t begin = random_below(channels);
    size_t bytes = (size_t)channels * sizeof(float);
    CASE("steps of channels [%ld, %ld), fan-in %ld", (long)begin, (long)channels, (long)fan_in);
    float *gradient = typed_operand(guard, BG_FLOAT32, (channels - begin) * fan_in, 0);
    float *before = positive_operand(guard, channels);
    float *second_moment = operand_copy(guard, before, bytes);
    float *untouched = operand(guard, bytes);
    float *steps = operand_copy(guard, untouched, bytes);
    const struct bg_update_steps_operands o = {0.3f, second_moment, steps, fan_in, 0, 1e-7f};
    bg_update_steps_reference(&o, gradient, 1e-2f, 1.7f, 5.3f, begin, channels);
    FOR_EACH_VARIANT(update_steps, {
        struct bg_update_steps_operands actual = o;
        actual.second_moment = operand_copy(guard, before, bytes);
        actual.steps = operand_copy(guard, untouched, bytes);
        kernel(&actual, gradient, 1e-2f, 1.7f, 5.3f, begin, channels);
        expect_same("second moment", second_moment, actual.second_moment, bytes);
        expect_same("steps", steps, actual.steps, bytes);
    });
    release_all();
}

/*
 * One step against the formulas of bitgrad.h in double. A stored momentum is half a unit of its scale away at most, and
 * a weight, rounded up or down, less than a unit; 2^-9 of one is for float32, whose error at 127 is 2^-18 for u, and
 * for the fraction's 16 bits.
 */
static void test_formula(void) {
    enum { ROWS = 6, COLUMNS = 300, BLOCKS = 2, BEGIN = 1 };
    CASE("formula");
    static int8_t weights[ROWS * COLUMNS], momentum[ROWS * COLUMNS], w0[ROWS * COLUMNS], m0[ROWS * COLUMNS];
    static float gradient[(ROWS - BEGIN) * COLUMNS];
    float scales[ROWS * BLOCKS], s0[ROWS * BLOCKS];
    const float steps[ROWS / TAPS] = {0.125f, 0.5f, 3};
    fill_floats(gradient, (ROWS - BEGIN) * COLUMNS);
    for (int i = 0; i < ROWS * COLUMNS; i++) {
        weights[i] = w0[i] = (int8_t)(random_below(255) - 127);
        momentum[i] = m0[i] = (int8_t)(random_below(255) - 127);
    }
    for (int i = 0; i < ROWS * BLOCKS; i++) {
        scales[i] = s0[i] = 0.001f * (float)(1 + random_below(5));
    }
    EXPECT(bg_update_int8(
               OPERANDS(update_int8, weights, momentum, scales, BG_FLOAT32, 0.5f, COLUMNS, TAPS, steps, 0.75f, 0.5f),
               gradient, 3, BEGIN, ROWS) == BG_OK);
    EXPECT(memcmp(weights, w0, COLUMNS) == 0 && memcmp(momentum, m0, COLUMNS) == 0);
    int ups = 0, moved = 0;
    for (int r = BEGIN; r < ROWS; r++) {
        double largest[BLOCKS] = {0};
        for (int c = 0; c < COLUMNS; c++) {
            int i = r * COLUMNS + c, b = r * BLOCKS + c / 256;
            double g = 0.5 * (double)gradient[i - BEGIN * COLUMNS];
            double m = 0.75 * m0[i] * (double)s0[b] + 0.5 * g;
            double u = fmin(fmax(w0[i] - 127 * (double)steps[r / TAPS] * m, -127), 127);
            EXPECT(fabs(momentum[i] * (double)scales[b] - m) <= (0.5 + 0x1p-9) * (double)scales[b]);
            EXPECT(weights[i] >= floor(u - 0x1p-9) && weights[i] <= ceil(u + 0x1p-9));
            EXPECT(fabs(u) < 127 || weights[i] == u);
            largest[c / 256] = fmax(largest[c / 256], fabs(m));
            moved += u != floor(u);
            ups += u != floor(u) && weights[i] == ceil(u);
        }
        for (int b = 0; b < BLOCKS; b++) {
            EXPECT(fabs((double)scales[r * BLOCKS + b] - largest[b] / 127) <= 1e-6 * largest[b]);
        }
    }
    EXPECT(moved > 500 && ups > moved / 3 && ups < moved * 2 / 3); /* a fraction's mean is a half */
}

/* Weights at the limits stay there, are not rounded beyond, and do not move when nothing pulls. */
static void test_limits(void) {
    CASE("limits");
    const int8_t before[4] = {127, -127, 127, -1};
    int8_t weights[4];
    memcpy(weights, before, sizeof weights);
    int8_t momentum[4] = {0};
    float scale = 0;
    const float gradient[4] = {-1, 1, 0, 0}, step = 1;
    for (uint32_t seed = 0; seed < 1000; seed++) {
        EXPECT(bg_update_int8(OPERANDS(update_int8, weights, momentum, &scale, BG_FLOAT32, 1, 4, 1, &step, 0.5f, 1),
                   gradient, seed, 0, 1) == BG_OK);
        expect_same("weights", before, weights, sizeof weights);
    }
    const float away[4] = {3, -3, 3, -3};
    EXPECT(bg_update_int8(OPERANDS(update_int8, weights, momentum, &scale, BG_FLOAT32, 1, 4, 1, &step, 0, 1), away, 0,
               0, 1) == BG_OK);
    const int8_t other[4] = {-127, 127, -127, 127};
    expect_same("weights", other, weights, sizeof weights);
}

/* Zeroed memory is a momentum of zero, and a momentum of zeros stays one; so does one that decays to less than scales
 * can say. */
static void test_zeros(void) {
    CASE("zeros");
    int8_t weights[2] = {5, -5}, momentum[2] = {0};
    float scale = 0;
    const float zeros[2] = {0, -0.0f}, step = 1;
    for (int t = 0; t < 3; t++) {
        EXPECT(bg_update_int8(OPERANDS(update_int8, weights, momentum, &scale, BG_FLOAT32, 1, 2, 1, &step, 0.9f, 1),
                   zeros, 1, 0, 1) == BG_OK);
        EXPECT(momentum[0] == 0 && momentum[1] == 0 && scale == BG_MIN_SCALE && weights[0] == 5 && weights[1] == -5);
    }
    momentum[0] = 127;
    for (int t = 0; t < 10; t++) {
        EXPECT(bg_update_int8(OPERANDS(update_int8, weights, momentum, &scale, BG_FLOAT32, 1, 2, 1, &step, 0.25f, 1),
                   zeros, 1, 0, 1) == BG_OK);
    }
    EXPECT(momentum[0] == 0 && scale == BG_MIN_SCALE);
}

/* NaN is as "Quantisation" has it, and its neighbours are as if it were not there; on every variant. */
static void test_nan(void) {
    CASE("NaN");
    for (int32_t isa = 0; isa < bg_isa_count(); isa++) {
        if (bg_select_kernels(bg_isa_features(isa)) != BG_OK) {
            continue;
        }
        current_variant = bg_isa_name(isa);
        int8_t weights[3] = {127, 9, 9}, momentum[3] = {0};
        float scale = 0;
        const float gradient[3] = {NAN, 127, INFINITY}, step = 0;
        EXPECT(bg_update_int8(OPERANDS(update_int8, weights, momentum, &scale, BG_FLOAT32, 1, 2, 1, &step, 0, 1),
                   gradient, 1, 0, 1) == BG_OK);
        EXPECT(weights[0] == -127 && momentum[0] == -127 && weights[1] == 9 && momentum[1] == 127 && scale == 1);
        EXPECT(bg_update_int8(OPERANDS(update_int8, weights, momentum, &scale, BG_FLOAT32, 1, 3, 1, &step, 0, 1),
                   gradient, 1, 0, 1) == BG_OK);
        EXPECT(momentum[1] == 0 && momentum[2] == 127 && scale == BG_MAX_SCALE);
        uint64_t bits = 5;
        EXPECT(bg_update_bop_int8(OPERANDS(update_bop_int8, &bits, momentum, &scale, BG_FLOAT32, 1, 1, 0), gradient, 1,
                   0, 1) == BG_OK);
        EXPECT(bits == 5); /* NaN flips none */
    }
    current_variant = "reference";
    bg_select_kernels(bg_cpu_features());
}

/* A weight flips exactly where the momentum is stronger than the threshold and pulls away from its sign. */
static void test_flips(void) {
    CASE("flips");
    for (int32_t isa = 0; isa < bg_isa_count(); isa++) {
        if (bg_select_kernels(bg_isa_features(isa)) != BG_OK) {
            continue;
        }
        current_variant = bg_isa_name(isa);
        int8_t momentum[6] = {100, -100, 100, -100, 60, -60};
        const int8_t expected[6] = {127, -127, 127, -127, 76, -76}; /* 76.2 */
        uint64_t bits = 0x13;                                       /* + + - - + - */
        float scale = 0.0625f;
        const float gradient[6] = {0};
        EXPECT(bg_update_bop_int8(OPERANDS(update_bop_int8, &bits, momentum, &scale, BG_FLOAT32, 1, 6, 3.75f), gradient,
                   0, 0, 1) == BG_OK);
        EXPECT(bits == 0x1a); /* - + - + + - */
        EXPECT(fabsf(scale - 6.25f / 127) < 1e-7f);
        expect_same("momentum", expected, momentum, sizeof momentum);
    }
    current_variant = "reference";
    bg_select_kernels(bg_cpu_features());
}

/* Adam's formulas in double, for some steps from a second moment of zero. */
static void test_steps(void) {
    enum { CHANNELS = 3, FAN_IN = 1001 };
    CASE("steps");
    static float gradient[CHANNELS * FAN_IN];
    float second_moment[CHANNELS] = {0}, steps[CHANNELS];
    double v[CHANNELS] = {0};
    for (int t = 1; t <= 20; t++) {
        fill_floats(gradient, CHANNELS * FAN_IN);
        double m_correction = 1 / (1 - pow(0.9, t)), v_correction = 1 / (1 - pow(0.99, t));
        IN_RANGES(1, CHANNELS, 2,
            bg_update_steps(OPERANDS(update_steps, 0.5f, second_moment, steps, FAN_IN, 0.99f, 1e-3f),
                gradient + begin * FAN_IN, 0.01f, (float)m_correction, (float)v_correction, begin, end));
        for (int c = 0; c < CHANNELS; c++) {
            double sum = 0;
            for (int i = 0; i < FAN_IN; i++) {
                sum += pow(0.5 * (double)gradient[c * FAN_IN + i], 2);
            }
            v[c] = 0.99 * v[c] + 0.01 * sum / FAN_IN;
            double step = 0.01 * m_correction / (sqrt(v[c] * v_correction) + 1e-3);
            EXPECT(fabs((double)second_moment[c] / v[c] - 1) < 1e-5 && fabs((double)steps[c] / step - 1) < 1e-5);
        }
    }
}

/* However rows are cut into calls, each with its own rows of the gradient, state is the same bits; another seed's is
 * not. */
static void test_ranges(void) {
    enum { ROWS = 12, COLUMNS = 300 };
    CASE("ranges");
    for (int ranges = 1; ranges <= 4; ranges++) {
        for (uint32_t seed = 1; seed <= 2; seed++) {
            static int8_t weights[ROWS * COLUMNS], momentum[ROWS * COLUMNS], whole[ROWS * COLUMNS];
            static float scales[ROWS * 2], gradient[ROWS * COLUMNS];
            static uint64_t bits[ROWS * 5];
            static const float steps[ROWS / TAPS] = {1, 2, 3, 4, 5, 6};
            for (int i = 0; i < ROWS * COLUMNS; i++) {
                gradient[i] = (float)(i % 17) - 8;
            }
            memset(weights, 0, sizeof weights);
            memset(momentum, 0, sizeof momentum);
            IN_RANGES(1, ROWS, ranges,
                bg_update_int8(
                    OPERANDS(update_int8, weights, momentum, scales, BG_FLOAT32, 1e-3f, COLUMNS, TAPS, steps, 0.9f, 1),
                    gradient + begin * COLUMNS, seed, begin, end));
            if (ranges == 1 && seed == 1) {
                memcpy(whole, weights, sizeof whole);
            }
            EXPECT((memcmp(whole, weights, sizeof whole) == 0) == (seed == 1));
            bg_sign_pack_reference(
                OPERANDS(sign_pack, BG_FLOAT32, gradient, {COLUMNS, 0, COLUMNS}, 1, bits, NULL), 0, ROWS);
            IN_RANGES(1, ROWS, ranges,
                bg_update_int8(
                    OPERANDS(update_int8, weights, momentum, scales, BG_BITS, 1e-3f, COLUMNS, TAPS, steps, 0.9f, 1),
                    bits + begin * 5, seed, begin, end));
            static int8_t whole_signs[ROWS * COLUMNS];
            if (ranges == 1 && seed == 1) {
                memcpy(whole_signs, weights, sizeof whole_signs);
            }
            EXPECT((memcmp(whole_signs, weights, sizeof whole_signs) == 0) == (seed == 1));
            for (int i = 0; i < ROWS * 5; i++) {
                bits[i] = 0;
            }
        }
    }
}

#define OFF(pointer) ((void *)((char *)(pointer) + 1))

static void test_refusals(void) {
    CASE("refusals");
    int8_t b[1] = {0};
    float f[1] = {0};
    uint64_t w[1] = {0};
    const int32_t F = BG_FLOAT32;
    struct bg_update_bop_int8_operands good_bop_int8 = {w, b, f, F, 1, 1, 0};
    struct bg_update_steps_operands good_steps = {1, f, f, 1, 0, 1};
    struct bg_update_int8_operands good_int8 = {b, b, f, F, 1, 1, 1, f, 0, 1};
    EXPECT(bg_update_int8(NULL, f, 0, 0, 1) == BG_NULL_POINTER);
    EXPECT_WITH(good_int8, weights = NULL, bg_update_int8(&with, f, 0, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(good_int8, momentum = NULL, bg_update_int8(&with, f, 0, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(good_int8, scales = NULL, bg_update_int8(&with, f, 0, 0, 1), BG_NULL_POINTER);
    EXPECT(bg_update_int8(&good_int8, NULL, 0, 0, 1) == BG_NULL_POINTER);
    EXPECT_WITH(good_int8, steps = NULL, bg_update_int8(&with, f, 0, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(good_int8, scales = OFF(f), bg_update_int8(&with, f, 0, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(good_int8, gradient_type = BG_BITS, bg_update_int8(&with, (char *)w + 4, 0, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(good_int8, gradient_type = BG_FLOAT16, bg_update_int8(&with, f, 0, 0, 1), BG_BAD_TYPE);
    EXPECT_WITH(good_int8, columns = 0, bg_update_int8(&with, f, 0, 0, 1), BG_BAD_SHAPE);
    EXPECT_WITH(good_int8, taps = 0, bg_update_int8(&with, f, 0, 0, 1), BG_BAD_SHAPE);
    EXPECT_WITH(good_int8, gradient_scale = NAN, bg_update_int8(&with, f, 0, 0, 1), BG_BAD_NUMBER);
    EXPECT_WITH(good_int8, decay = 1, bg_update_int8(&with, f, 0, 0, 1), BG_BAD_NUMBER);
    EXPECT_WITH(good_int8, gain = 0, bg_update_int8(&with, f, 0, 0, 1), BG_BAD_NUMBER);
    EXPECT_WITH(good_int8, gain = INFINITY, bg_update_int8(&with, f, 0, 0, 1), BG_BAD_NUMBER);
    EXPECT(bg_update_int8(&good_int8, f, 0, 2, 1) == BG_BAD_RANGE);
    EXPECT(bg_update_steps(NULL, f, 1, 1, 1, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_update_steps(&good_steps, NULL, 1, 1, 1, 0, 1) == BG_NULL_POINTER);
    EXPECT_WITH(good_steps, second_moment = OFF(f), bg_update_steps(&with, f, 1, 1, 1, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(good_steps, steps = NULL, bg_update_steps(&with, f, 1, 1, 1, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(good_steps, fan_in = 0, bg_update_steps(&with, f, 1, 1, 1, 0, 1), BG_BAD_SHAPE);
    EXPECT_WITH(good_steps, gradient_scale = INFINITY, bg_update_steps(&with, f, 1, 1, 1, 0, 1), BG_BAD_NUMBER);
    EXPECT(bg_update_steps(&good_steps, f, NAN, 1, 1, 0, 1) == BG_BAD_NUMBER);
    EXPECT_WITH(good_steps, beta2 = 1, bg_update_steps(&with, f, 1, 1, 1, 0, 1), BG_BAD_NUMBER);
    EXPECT_WITH(good_steps, epsilon = 0, bg_update_steps(&with, f, 1, 1, 1, 0, 1), BG_BAD_NUMBER);
    EXPECT(bg_update_steps(&good_steps, f, 1, 0, 1, 0, 1) == BG_BAD_NUMBER);
    EXPECT(bg_update_steps(&good_steps, f, 1, 1, NAN, 0, 1) == BG_BAD_NUMBER);
    EXPECT(bg_update_steps(&good_steps, f, 1, 1, 1, -1, 1) == BG_BAD_RANGE);
    EXPECT(bg_update_bop_int8(NULL, f, 0, 0, 1) == BG_NULL_POINTER);
    EXPECT_WITH(good_bop_int8, weights = NULL, bg_update_bop_int8(&with, f, 0, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(
        good_bop_int8, weights = (uint64_t *)((char *)w + 4), bg_update_bop_int8(&with, f, 0, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(good_bop_int8, momentum = NULL, bg_update_bop_int8(&with, f, 0, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(good_bop_int8, scales = NULL, bg_update_bop_int8(&with, f, 0, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(good_bop_int8, gradient_type = BG_INT8, bg_update_bop_int8(&with, f, 0, 0, 1), BG_BAD_TYPE);
    EXPECT_WITH(good_bop_int8, columns = 0, bg_update_bop_int8(&with, f, 0, 0, 1), BG_BAD_SHAPE);
    EXPECT(bg_update_bop_int8(&good_bop_int8, f, 2, 0, 1) == BG_BAD_NUMBER);
    EXPECT_WITH(good_bop_int8, threshold = -1, bg_update_bop_int8(&with, f, 0, 0, 1), BG_BAD_NUMBER);
    EXPECT(bg_update_bop_int8(&good_bop_int8, f, 0, 1, 0) == BG_BAD_RANGE);
}

int main(void) {
    test_formula();
    test_limits();
    test_zeros();
    test_nan();
    test_flips();
    test_steps();
    test_ranges();
    test_refusals();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            for (int repeat = 0; repeat < 4; repeat++) { /* other rows, and other numbers that are none */
                test_variants(guard, BG_FLOAT32, *size);
                test_variants(guard, BG_BITS, *size);
            }
            test_step_variants(guard, *size);
        }
    }
    return finish("update_int8");
}
