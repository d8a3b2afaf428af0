#include "harness.h"

#include <math.h>

#include "simd/scalar.h"

/* State and gradient of a case; every variant gets copies of the state. */
struct operands {
    int32_t state_type;
    int32_t gradient_type;
    int64_t rows;
    int64_t columns;
    int64_t begin;
    size_t bytes;
    void *weights;
    void *momentum;
    void *second_moment;
    const void *gradient;
};

static struct operands random_operands(enum guard guard, int32_t state_type, int32_t gradient_type, int64_t columns) {
    struct operands o = {.state_type = state_type, .gradient_type = gradient_type, .columns = columns};
    o.rows = 1 + random_below(4);
    o.begin = random_below(o.rows);
    int64_t count = o.rows * columns;
    o.bytes = (size_t)count * type_bytes(state_type);
    o.weights = typed_operand(guard, state_type, count, 0);
    o.momentum = typed_operand(guard, state_type, count, 0);
    o.second_moment = typed_operand(guard, state_type, count, 0);
    for (int64_t i = 0; i < count; i++) { /* a mean of squares */
        bg_store(state_type, o.second_moment, i, fabsf(bg_load(state_type, o.second_moment, i)));
    }
    o.gradient = gradient_type == BG_BITS ? (const void *)bit_operand(guard, o.rows, columns)
                                          : typed_operand(guard, BG_FLOAT32, count, 0);
    CASE("state type %d, gradient type %d, rows %ld to %ld, columns %ld", state_type, gradient_type, (long)o.begin,
        (long)o.rows, (long)columns);
    return o;
}

static struct operands copy_state(enum guard guard, const struct operands *original) {
    struct operands o = *original;
    o.weights = operand_copy(guard, o.weights, o.bytes);
    o.momentum = operand_copy(guard, o.momentum, o.bytes);
    o.second_moment = operand_copy(guard, o.second_moment, o.bytes);
    return o;
}

static void expect_same_state(const struct operands *expected, const struct operands *actual) {
    expect_same("weights", expected->weights, actual->weights, expected->bytes);
    expect_same("momentum", expected->momentum, actual->momentum, expected->bytes);
    expect_same("second moment", expected->second_moment, actual->second_moment, expected->bytes);
}

static void run_adam(bg_update_adam_kernel *kernel, struct operands *o) {
    kernel(OPERANDS(update_adam, o->state_type, o->weights, o->momentum, o->second_moment, o->gradient_type,
               o->gradient, 0.03f, o->columns, 0.9f, 0.999f, 1e-7f, 1.0f),
        1e-2f, 1.7f, 5.3f, o->begin, o->rows);
}

static void run_momentum(bg_update_momentum_kernel *kernel, struct operands *o) {
    kernel(OPERANDS(update_momentum, o->state_type, o->weights, o->momentum, o->gradient_type, o->gradient, 0.03f,
               o->columns, 0.9f, 1.0f),
        1e-2f, o->begin, o->rows);
}

static void test_variants(enum guard guard, int32_t state_type, int32_t gradient_type, int64_t columns) {
    struct operands start = random_operands(guard, state_type, gradient_type, columns);
    struct operands expected = copy_state(guard, &start);
    run_adam(bg_update_adam_reference, &expected);
    FOR_EACH_VARIANT(update_adam, {
        struct operands actual = copy_state(guard, &start);
        run_adam(kernel, &actual);
        expect_same_state(&expected, &actual);
    });
    expected = copy_state(guard, &start);
    run_momentum(bg_update_momentum_reference, &expected);
    FOR_EACH_VARIANT(update_momentum, {
        struct operands actual = copy_state(guard, &start);
        run_momentum(kernel, &actual);
        expect_same_state(&expected, &actual);
    });
    release_all();
}

static void run_bop(bg_update_bop_kernel *kernel, int32_t weight_type, struct operands *o) {
    kernel(OPERANDS(update_bop, weight_type, o->weights, o->state_type, o->momentum, o->gradient_type, o->gradient,
               0.5f, o->columns, 0.4f),
        0.25f, o->begin, o->rows);
}

static void test_bop_variants(
    enum guard guard, int32_t weight_type, int32_t momentum_type, int32_t gradient_type, int64_t columns) {
    struct operands start = random_operands(guard, momentum_type, gradient_type, columns);
    size_t weight_bytes =
        weight_type == BG_BITS ? bit_bytes(start.rows, columns) : (size_t)(start.rows * columns) * sizeof(float);
    void *weights = weight_type == BG_BITS ? (void *)bit_operand(guard, start.rows, columns)
                                           : typed_operand(guard, BG_FLOAT32, start.rows * columns, 0);
    if (weight_type == BG_FLOAT32) {
        bg_sign_reference(weights, weights, 0, start.rows * columns);
    }
    struct operands expected = copy_state(guard, &start);
    expected.weights = operand_copy(guard, weights, weight_bytes);
    run_bop(bg_update_bop_reference, weight_type, &expected);
    FOR_EACH_VARIANT(update_bop, {
        struct operands actual = copy_state(guard, &start);
        actual.weights = operand_copy(guard, weights, weight_bytes);
        run_bop(kernel, weight_type, &actual);
        expect_same("weights", expected.weights, actual.weights, weight_bytes);
        expect_same("momentum", expected.momentum, actual.momentum, expected.bytes);
    });
    release_all();
}

/* The references against the formulas of bitgrad.h in double, for some steps from zero state. */
static void test_formulas(void) {
    CASE("formulas");
    float adam[3] = {0.5f, 0, 0};  /* weight, momentum, second moment */
    float momentum[2] = {0.5f, 0}; /* weight, momentum */
    double wa = 0.5, ma = 0, va = 0;
    double ws = 0.5, ms = 0;
    for (int t = 1; t <= 20; t++) {
        float gradient = random_float();
        double g = gradient * 0.5;
        double m_correction = 1 / (1 - pow(0.9, t));
        double v_correction = 1 / (1 - pow(0.999, t));
        EXPECT(bg_update_adam(OPERANDS(update_adam, BG_FLOAT32, adam, adam + 1, adam + 2, BG_FLOAT32, &gradient, 0.5f,
                                  1, 0.9f, 0.999f, 1e-7f, 1),
                   0.01f, (float)m_correction, (float)v_correction, 0, 1) == BG_OK);
        ma = 0.9 * ma + 0.1 * g;
        va = 0.999 * va + 0.001 * g * g;
        wa -= 0.01 * ma * m_correction / (sqrt(va * v_correction) + 1e-7);
        EXPECT(fabs(adam[0] - wa) < 1e-6 && fabs(adam[1] - ma) < 1e-6 && fabs(adam[2] - va) < 1e-6);

        EXPECT(bg_update_momentum(OPERANDS(update_momentum, BG_FLOAT32, momentum, momentum + 1, BG_FLOAT32, &gradient,
                                      0.5f, 1, 0.9f, 1),
                   0.01f, 0, 1) == BG_OK);
        ms = 0.9 * ms + g;
        ws -= 0.01 * ms;
        EXPECT(fabs(momentum[0] - ws) < 1e-6 && fabs(momentum[1] - ms) < 1e-6);
    }
}

/* Latent weights stop at the limit; biases have none. */
static void test_clipping(void) {
    CASE("clipping");
    float weight = 0.99f;
    float momentum = 0;
    float gradient = -1;
    EXPECT(
        bg_update_momentum(OPERANDS(update_momentum, BG_FLOAT32, &weight, &momentum, BG_FLOAT32, &gradient, 1, 1, 0, 1),
            0.5f, 0, 1) == BG_OK);
    EXPECT(weight == 1);
    gradient = 1;
    EXPECT(
        bg_update_momentum(OPERANDS(update_momentum, BG_FLOAT32, &weight, &momentum, BG_FLOAT32, &gradient, 1, 1, 0, 1),
            9, 0, 1) == BG_OK);
    EXPECT(weight == -1);
    EXPECT(bg_update_momentum(
               OPERANDS(update_momentum, BG_FLOAT32, &weight, &momentum, BG_FLOAT32, &gradient, 1, 1, 0, INFINITY), 9,
               0, 1) == BG_OK);
    EXPECT(weight == -10);
}

/* A NaN neither becomes a weight at the limit nor flips one: training that broke stays visible, on every variant. */
static void test_nan(void) {
    CASE("NaN");
    const float gradient[2] = {0};
    const float signs[2] = {1, -1};
    for (int32_t isa = 0; isa < bg_isa_count(); isa++) {
        if (bg_select_kernels(bg_isa_features(isa)) != BG_OK) {
            continue;
        }
        current_variant = bg_isa_name(isa);
        float momentum[2] = {NAN, NAN};
        float second_moment[2] = {0};
        float weights[2] = {1, -1};
        EXPECT(bg_update_bop(
                   OPERANDS(update_bop, BG_FLOAT32, weights, BG_FLOAT32, momentum, BG_FLOAT32, gradient, 1, 2, 0), 0, 0,
                   1) == BG_OK);
        expect_same("weights", signs, weights, sizeof weights);
        uint64_t bits = 1;
        EXPECT(bg_update_bop(OPERANDS(update_bop, BG_BITS, &bits, BG_FLOAT32, momentum, BG_FLOAT32, gradient, 1, 2, 0),
                   0, 0, 1) == BG_OK);
        EXPECT(bits == 1);
        EXPECT(bg_update_momentum(
                   OPERANDS(update_momentum, BG_FLOAT32, weights, momentum, BG_FLOAT32, gradient, 1, 2, 0, 1), 1, 0,
                   1) == BG_OK);
        EXPECT(isnan(weights[0]) && isnan(weights[1]));
        weights[0] = 1;
        EXPECT(bg_update_adam(OPERANDS(update_adam, BG_FLOAT32, weights, momentum, second_moment, BG_FLOAT32, gradient,
                                  1, 2, 0, 0, 1, 1),
                   1, 1, 1, 0, 1) == BG_OK);
        EXPECT(isnan(weights[0]) && isnan(weights[1]));
    }
    current_variant = "reference";
    bg_select_kernels(bg_cpu_features());
}

/* State in float16 that is too large is the largest there is, on every variant; but NaN stays. */
static void test_largest_half(void) {
    CASE("the largest float16");
    const float gradient[4] = {1e5f, -1e5f, 65504, NAN};
    for (int32_t isa = 0; isa < bg_isa_count(); isa++) {
        if (bg_select_kernels(bg_isa_features(isa)) != BG_OK) {
            continue;
        }
        current_variant = bg_isa_name(isa);
        uint16_t weights[4] = {0};
        uint16_t momentum[4] = {0};
        EXPECT(bg_update_momentum(
                   OPERANDS(update_momentum, BG_FLOAT16, weights, momentum, BG_FLOAT32, gradient, 1, 4, 0, INFINITY), 1,
                   0, 1) == BG_OK);
        const float expected[3] = {BG_MAX_HALF, -BG_MAX_HALF, 65504};
        for (int i = 0; i < 3; i++) {
            EXPECT(bg_half_to_float(momentum[i]) == expected[i]);
            EXPECT(bg_half_to_float(weights[i]) == -expected[i]);
        }
        EXPECT(isnan(bg_half_to_float(momentum[3])) && isnan(bg_half_to_float(weights[3])));
    }
    current_variant = "reference";
    bg_select_kernels(bg_cpu_features());
}

/* A weight flips exactly where the momentum is stronger than the threshold and pulls away from its sign. */
static void test_flips(void) {
    CASE("flips");
    const float momenta[] = {0.5f, -0.5f, 0.5f, -0.5f, 0.25f, -0.25f};
    const float before[] = {1, 1, -1, -1, 1, -1};
    const float after[] = {-1, 1, -1, 1, 1, -1};
    const float gradient[6] = {0};
    float weights[6];
    float momentum[6];
    memcpy(weights, before, sizeof weights);
    memcpy(momentum, momenta, sizeof momentum);
    EXPECT(bg_update_bop(
               OPERANDS(update_bop, BG_FLOAT32, weights, BG_FLOAT32, momentum, BG_FLOAT32, gradient, 1, 6, 0.25f), 0, 0,
               1) == BG_OK);
    expect_same("weights", after, weights, sizeof weights);
    expect_same("momentum", momenta, momentum, sizeof momentum);
    uint64_t bits;
    bg_sign_pack_reference(OPERANDS(sign_pack, BG_FLOAT32, before, {6, 0, 6}, 1, &bits, NULL), 0, 1);
    EXPECT(bg_update_bop(OPERANDS(update_bop, BG_BITS, &bits, BG_FLOAT32, momentum, BG_FLOAT32, gradient, 1, 6, 0.25f),
               0, 0, 1) == BG_OK);
    uint64_t expected;
    bg_sign_pack_reference(OPERANDS(sign_pack, BG_FLOAT32, after, {6, 0, 6}, 1, &expected, NULL), 0, 1);
    EXPECT(bits == expected);
}

static void test_refusals(void) {
    CASE("refusals");
    float w[1] = {0};
    uint64_t bits[1] = {0};
    struct bg_update_momentum_operands good_momentum = {BG_FLOAT32, w, w, BG_FLOAT32, w, 1, 1, 0, 1};
    struct bg_update_adam_operands good_adam = {BG_FLOAT32, w, w, w, BG_FLOAT32, w, 1, 1, 0, 0, 1, 1};
    struct bg_update_bop_operands good_bop = {BG_BITS, bits, BG_FLOAT32, w, BG_BITS, bits, 1, 1, 0};
    EXPECT(bg_update_adam(NULL, 1, 1, 1, 0, 1) == BG_NULL_POINTER);
    EXPECT_WITH(good_adam, state_type = BG_BITS, bg_update_adam(&with, 1, 1, 1, 0, 1), BG_BAD_TYPE);
    EXPECT_WITH(good_adam, gradient_type = BG_FLOAT16, bg_update_adam(&with, 1, 1, 1, 0, 1), BG_BAD_TYPE);
    EXPECT_WITH(good_adam, second_moment = NULL, bg_update_adam(&with, 1, 1, 1, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(good_adam, gradient_scale = NAN, bg_update_adam(&with, 1, 1, 1, 0, 1), BG_BAD_NUMBER);
    EXPECT_WITH(good_adam, beta1 = 1, bg_update_adam(&with, 1, 1, 1, 0, 1), BG_BAD_NUMBER);
    EXPECT_WITH(good_adam, beta2 = -1, bg_update_adam(&with, 1, 1, 1, 0, 1), BG_BAD_NUMBER);
    EXPECT_WITH(good_adam, epsilon = 0, bg_update_adam(&with, 1, 1, 1, 0, 1), BG_BAD_NUMBER);
    EXPECT_WITH(good_adam, columns = 0, bg_update_adam(&with, 1, 1, 1, 0, 1), BG_BAD_SHAPE);
    EXPECT(bg_update_momentum(NULL, 1, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_update_momentum(&good_momentum, INFINITY, 0, 1) == BG_BAD_NUMBER);
    EXPECT_WITH(good_momentum, limit = NAN, bg_update_momentum(&with, 1, 0, 1), BG_BAD_NUMBER);
    EXPECT(bg_update_momentum(&good_momentum, 1, 2, 1) == BG_BAD_RANGE);
    EXPECT_WITH(good_bop, weight_type = BG_FLOAT16; with.weights = w, bg_update_bop(&with, 0, 0, 1), BG_BAD_TYPE);
    EXPECT(bg_update_bop(NULL, 0, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_update_bop(&good_bop, 2, 0, 1) == BG_BAD_NUMBER);
    EXPECT_WITH(good_bop, threshold = -1, bg_update_bop(&with, 0, 0, 1), BG_BAD_NUMBER);
    EXPECT_WITH(good_bop, weights = (char *)bits + 4, bg_update_bop(&with, 0, 0, 1), BG_MISALIGNED);
}

int main(void) {
    test_formulas();
    test_clipping();
    test_flips();
    test_nan();
    test_largest_half();
    test_refusals();
    static const int32_t gradient_types[] = {BG_FLOAT32, BG_BITS};
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            for (int32_t type = BG_FLOAT32; type <= BG_FLOAT16; type++) {
                for (int g = 0; g < 2; g++) {
                    test_variants(guard, type, gradient_types[g], *size);
                    test_bop_variants(guard, BG_FLOAT32, type, gradient_types[g], *size);
                    test_bop_variants(guard, BG_BITS, type, gradient_types[g], *size);
                }
            }
        }
    }
    return finish("update");
}
