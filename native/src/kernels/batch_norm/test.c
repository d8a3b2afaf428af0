#include "harness.h"

#include <math.h>

#include "simd/scalar.h"

static void test_statistics(enum guard guard, int64_t rows, int64_t channels) {
    size_t bytes = (size_t)channels * sizeof(float);
    int64_t begin, end;
    random_range(channels, &begin, &end);
    CASE("statistics %ld x %ld, channels [%ld, %ld)", (long)rows, (long)channels, (long)begin, (long)end);
    float *before = operand(guard, bytes);
    float *mean = operand_copy(guard, before, bytes);
    float *deviation = operand_copy(guard, before, bytes);
    float *y = typed_operand(guard, BG_FLOAT32, rows * channels, 0);
    bg_batch_norm_statistics_l2_reference(y, rows, channels, mean, deviation, begin, end);
    FOR_EACH_VARIANT(batch_norm_statistics_l2, {
        float *actual_mean = operand_copy(guard, before, bytes);
        float *actual_deviation = operand_copy(guard, before, bytes);
        kernel(y, rows, channels, actual_mean, actual_deviation, begin, end);
        expect_same("means", mean, actual_mean, bytes);
        expect_same("deviations", deviation, actual_deviation, bytes);
    });
    release_all();
}

static void test_forward(enum guard guard, int32_t type, int64_t rows, int64_t channels) {
    int64_t begin, end;
    random_range(rows, &begin, &end);
    CASE("forward type %d, %ld x %ld, rows [%ld, %ld)", type, (long)rows, (long)channels, (long)begin, (long)end);
    void *y = typed_operand(guard, type, rows * channels, 4);
    float *mean = typed_operand(guard, BG_FLOAT32, channels, 0);
    float *deviation = positive_operand(guard, channels);
    float *beta = typed_operand(guard, BG_FLOAT32, channels, 0);
    size_t bytes = (size_t)(rows * channels) * sizeof(float);
    float *before = operand(guard, bytes);
    float *x = operand_copy(guard, before, bytes);
    const struct bg_batch_norm_apply_operands o = {type, y, channels, mean, deviation, beta, x};
    bg_batch_norm_apply_reference(&o, begin, end);
    FOR_EACH_VARIANT(batch_norm_apply, {
        struct bg_batch_norm_apply_operands actual = o;
        actual.x = operand_copy(guard, before, bytes);
        kernel(&actual, begin, end);
        expect_same("x", x, actual.x, bytes);
        if (type == BG_FLOAT32) {
            float *in_place = operand_copy(guard, y, bytes);
            size_t offset = (size_t)(begin * channels);
            actual.y = actual.x = in_place;
            kernel(&actual, begin, end);
            expect_same("x in place", x + offset, in_place + offset, (size_t)((end - begin) * channels) * sizeof *x);
        }
    });
    release_all();
}

static void test_backward(enum guard guard, int64_t rows, int64_t channels) {
    int64_t begin, end;
    random_range(channels, &begin, &end);
    CASE("backward %ld x %ld, channels [%ld, %ld)", (long)rows, (long)channels, (long)begin, (long)end);
    size_t channel_bytes = (size_t)channels * sizeof(float);
    size_t bytes = (size_t)(rows * channels) * sizeof(float);
    float *x = typed_operand(guard, BG_FLOAT32, rows * channels, 0);
    float *beta = typed_operand(guard, BG_FLOAT32, channels, 0);
    float *deviation = positive_operand(guard, channels);
    float *before = typed_operand(guard, BG_FLOAT32, rows * channels, 0);
    float *beta_before = operand(guard, channel_bytes);
    float *beta_gradient = operand_copy(guard, beta_before, channel_bytes);

    float *gradient = operand_copy(guard, before, bytes);
    const struct bg_batch_norm_backward_operands o = {gradient, x, rows, channels, beta, deviation, beta_gradient};
    bg_batch_norm_backward_l2_reference(&o, begin, end);
    FOR_EACH_VARIANT(batch_norm_backward_l2, {
        struct bg_batch_norm_backward_operands actual = o;
        actual.gradient = operand_copy(guard, before, bytes);
        actual.beta_gradient = operand_copy(guard, beta_before, channel_bytes);
        kernel(&actual, begin, end);
        expect_same("l2 gradient", gradient, actual.gradient, bytes);
        expect_same("l2 gradient of beta", beta_gradient, actual.beta_gradient, channel_bytes);
    });
    memcpy(gradient, before, bytes);
    bg_batch_norm_backward_l1_reference(&o, begin, end);
    FOR_EACH_VARIANT(batch_norm_backward_l1, {
        struct bg_batch_norm_backward_operands actual = o;
        actual.gradient = operand_copy(guard, before, bytes);
        actual.beta_gradient = operand_copy(guard, beta_before, channel_bytes);
        kernel(&actual, begin, end);
        expect_same("l1 gradient", gradient, actual.gradient, bytes);
        expect_same("l1 gradient of beta", beta_gradient, actual.beta_gradient, channel_bytes);
    });
    release_all();
}

static void test_moving_average(enum guard guard, int64_t count) {
    int64_t begin = random_below(count);
    CASE("moving average [%ld, %ld)", (long)begin, (long)count);
    size_t bytes = (size_t)count * sizeof(float);
    float *values = typed_operand(guard, BG_FLOAT32, count, 0);
    float *before = typed_operand(guard, BG_FLOAT32, count, 0);
    float *average = operand_copy(guard, before, bytes);
    bg_moving_average_reference(values, average, 0.9f, begin, count);
    FOR_EACH_VARIANT(moving_average, {
        float *actual = operand_copy(guard, before, bytes);
        kernel(values, actual, 0.9f, begin, count);
        expect_same("average", average, actual, bytes);
    });
    release_all();
}

/* ---- Against the formulas, in double --------------------------------------------------------------------------- */

enum { ROWS = 40, CHANNELS = 19, COUNT = ROWS * CHANNELS };

struct layer {
    float y[COUNT];
    float x[COUNT];
    float gradient[COUNT];
    float beta[CHANNELS];
    float mean[CHANNELS];
    float deviation[CHANNELS];
    float beta_gradient[CHANNELS];
};

static int near(double expected, double actual, double tolerance) {
    return fabs(expected - actual) <= tolerance * (1 + fabs(expected));
}

static double mean_in_double(const double *values) {
    double sum = 0;
    for (int r = 0; r < ROWS; r++) {
        sum += values[r];
    }
    return sum / ROWS;
}

/* The mean and deviation of one channel; power 2 or 1. */
static void statistics_in_double(int power, const double *y, double *mean, double *deviation) {
    double terms[ROWS];
    *mean = mean_in_double(y);
    for (int r = 0; r < ROWS; r++) {
        terms[r] = pow(fabs(y[r] - *mean), power);
    }
    double of_terms = mean_in_double(terms);
    *deviation = power == 2 ? sqrt(of_terms + (double)BG_EPSILON) : sqrt(acos(-1) / 2) * of_terms + (double)BG_EPSILON;
}

static void channel_of(const float *matrix, int c, double *values) {
    for (int r = 0; r < ROWS; r++) {
        values[r] = (double)matrix[r * CHANNELS + c];
    }
}

/*
 * Random, the last channel constant, and no |y - mean| below 0.01: finite differences do not step over the kink there
 * and rounding turns no sign.
 */
static void fill_layer(struct layer *layer) {
    fill_floats(layer->beta, CHANNELS);
    fill_floats(layer->gradient, COUNT);
    for (int c = 0; c < CHANNELS; c++) {
        double least, mean, deviation, y[ROWS];
        do {
            for (int r = 0; r < ROWS; r++) {
                layer->y[r * CHANNELS + c] = c == CHANNELS - 1 ? 3.0f : random_float() * 2 + 5;
            }
            channel_of(layer->y, c, y);
            statistics_in_double(1, y, &mean, &deviation);
            least = INFINITY;
            for (int r = 0; r < ROWS; r++) {
                least = fmin(least, fabs(y[r] - mean));
            }
        } while (least < 0.01 && c != CHANNELS - 1);
    }
}

/* The l1 form has no statistics of its own here: they are those of the formulas, rounded. */
static void forward(int power, struct layer *layer) {
    if (power == 2) {
        EXPECT(
            bg_batch_norm_statistics_l2(layer->y, ROWS, CHANNELS, layer->mean, layer->deviation, 0, CHANNELS) == BG_OK);
    } else {
        for (int c = 0; c < CHANNELS; c++) {
            double y[ROWS], mean, deviation;
            channel_of(layer->y, c, y);
            statistics_in_double(1, y, &mean, &deviation);
            layer->mean[c] = (float)mean;
            layer->deviation[c] = (float)deviation;
        }
    }
    EXPECT(bg_batch_norm_apply(OPERANDS(batch_norm_apply, BG_FLOAT32, layer->y, CHANNELS, layer->mean, layer->deviation,
                                   layer->beta, layer->x),
               0, ROWS) == BG_OK);
}

static void test_formulas_forward(void) {
    CASE("formulas of l2, forward");
    struct layer layer;
    fill_layer(&layer);
    forward(2, &layer);
    for (int c = 0; c < CHANNELS; c++) {
        double y[ROWS], mean, deviation;
        channel_of(layer.y, c, y);
        statistics_in_double(2, y, &mean, &deviation);
        EXPECT(near(mean, (double)layer.mean[c], 1e-6));
        EXPECT(near(deviation, (double)layer.deviation[c], 1e-6));
        for (int r = 0; r < ROWS; r++) {
            double x = (y[r] - mean) / deviation + (double)layer.beta[c];
            EXPECT(near(x, (double)layer.x[r * CHANNELS + c], 4e-6));
        }
    }
    EXPECT(layer.x[CHANNELS - 1] == layer.beta[CHANNELS - 1]);
}

static void test_known_integers(void) {
    CASE("known integers");
    const int16_t y[] = {1, 2, 3, 6};
    float mean = 3, deviation = 1.5f, beta = 0.5f, x[4];
    EXPECT(bg_batch_norm_apply(OPERANDS(batch_norm_apply, BG_INT16, y, 1, &mean, &deviation, &beta, x), 0, 4) == BG_OK);
    EXPECT(near(-5.0 / 6, (double)x[0], 1e-6) && x[2] == 0.5f && x[3] == 2.5f);
}

/* 2^24 swallows every 1 that is added to it: the ones of its block are lost, those of the next block are not. */
static void test_sum_order(void) {
    CASE("order of sums");
    static float y[2 * BG_SUM_BLOCK];
    float mean, deviation;
    y[0] = 0x1p24f;
    for (int r = 1; r < 2 * BG_SUM_BLOCK; r++) {
        y[r] = 1;
    }
    EXPECT(bg_batch_norm_statistics_l2(y, 2 * BG_SUM_BLOCK, 1, &mean, &deviation, 0, 1) == BG_OK);
    EXPECT(mean == (0x1p24f + BG_SUM_BLOCK) / (2 * BG_SUM_BLOCK));
}

/* sum over r of gradient[r] x[r], where x is the normalised y of one channel. */
static double objective(int power, const double *y, const double *gradient) {
    double mean, deviation, sum = 0;
    statistics_in_double(power, y, &mean, &deviation);
    for (int r = 0; r < ROWS; r++) {
        sum += gradient[r] * (y[r] - mean) / deviation;
    }
    return sum;
}

static void test_finite_differences(int power) {
    CASE("finite differences of l%d", power);
    const double step = 1e-5;
    struct layer layer;
    fill_layer(&layer);
    forward(power, &layer);
    float gradient[COUNT];
    memcpy(gradient, layer.gradient, sizeof gradient);
    bg_batch_norm_backward_l2_kernel *backward =
        power == 2 ? bg_batch_norm_backward_l2_reference : bg_batch_norm_backward_l1_reference;
    backward(OPERANDS(batch_norm_backward, gradient, layer.x, ROWS, CHANNELS, layer.beta, layer.deviation,
                 layer.beta_gradient),
        0, CHANNELS);
    for (int c = 0; c < CHANNELS - 1; c++) {
        double y[ROWS], upstream[ROWS];
        channel_of(layer.y, c, y);
        channel_of(layer.gradient, c, upstream);
        EXPECT(near(mean_in_double(upstream) * ROWS, (double)layer.beta_gradient[c], 1e-5));
        for (int r = 0; r < ROWS; r++) {
            double kept = y[r];
            y[r] = kept + step;
            double above = objective(power, y, upstream);
            y[r] = kept - step;
            double below = objective(power, y, upstream);
            y[r] = kept;
            EXPECT(near((above - below) / (2 * step), (double)gradient[r * CHANNELS + c], 1e-5));
        }
    }
}

static void test_known_average(void) {
    CASE("known moving average");
    float values[] = {8, 4, 2}, average[] = {0, 8, 100};
    EXPECT(bg_moving_average(values, average, 0.75f, 0, 2) == BG_OK);
    EXPECT(average[0] == 2 && average[1] == 7 && average[2] == 100);
}

/* ---- Refusals -------------------------------------------------------------------------------------------------- */

#define OFF(pointer) ((void *)((char *)(pointer) + 1))

static void test_refusals_of_statistics(void) {
    CASE("refusals of statistics");
    float y[2] = {1, 2}, a[2], b[2];
    EXPECT(bg_batch_norm_statistics_l2(NULL, 1, 2, a, b, 0, 2) == BG_NULL_POINTER);
    EXPECT(bg_batch_norm_statistics_l2(y, 1, 2, NULL, b, 0, 2) == BG_NULL_POINTER);
    EXPECT(bg_batch_norm_statistics_l2(y, 1, 2, a, NULL, 0, 2) == BG_NULL_POINTER);
    EXPECT(bg_batch_norm_statistics_l2(OFF(y), 1, 2, a, b, 0, 2) == BG_MISALIGNED);
    EXPECT(bg_batch_norm_statistics_l2(y, 0, 2, a, b, 0, 2) == BG_BAD_SHAPE);
    EXPECT(bg_batch_norm_statistics_l2(y, 1, -2, a, b, 0, 2) == BG_BAD_SHAPE);
    EXPECT(bg_batch_norm_statistics_l2(y, 1, 2, a, b, -1, 2) == BG_BAD_RANGE);
    EXPECT(bg_batch_norm_statistics_l2(y, 1, 2, a, b, 0, 3) == BG_BAD_RANGE);
    EXPECT(bg_batch_norm_statistics_l2(y, 1, 2, a, b, 2, 1) == BG_BAD_RANGE);
}

static void test_refusals_of_forward(void) {
    CASE("refusals of the forward pass");
    float y[2] = {1, 2}, a[2] = {0}, b[2] = {1, 1}, c[2] = {0}, x[2];
    struct bg_batch_norm_apply_operands good = {BG_FLOAT32, y, 2, a, b, c, x};
    EXPECT(bg_batch_norm_apply(NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT_WITH(good, type = BG_BITS, bg_batch_norm_apply(&with, 0, 1), BG_BAD_TYPE);
    EXPECT_WITH(good, y = NULL, bg_batch_norm_apply(&with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(good, mean = NULL, bg_batch_norm_apply(&with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(good, deviation = NULL, bg_batch_norm_apply(&with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(good, beta = NULL, bg_batch_norm_apply(&with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(good, x = NULL, bg_batch_norm_apply(&with, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(good, x = OFF(x), bg_batch_norm_apply(&with, 0, 1), BG_MISALIGNED);
    EXPECT_WITH(good, channels = 0, bg_batch_norm_apply(&with, 0, 1), BG_BAD_SHAPE);
    EXPECT(bg_batch_norm_apply(&good, 1, 0) == BG_BAD_RANGE);
}

typedef int32_t backward_function(
    const struct bg_batch_norm_backward_operands *operands, int64_t channel_begin, int64_t channel_end);

static void test_refusals_of_backward(backward_function *backward) {
    CASE("refusals of the backward pass");
    float g[2] = {1, 2}, x[2] = {0}, a[2] = {0}, b[2] = {1, 1}, c[2];
    struct bg_batch_norm_backward_operands good = {g, x, 1, 2, a, b, c};
    EXPECT(backward(NULL, 0, 2) == BG_NULL_POINTER);
    EXPECT_WITH(good, gradient = NULL, backward(&with, 0, 2), BG_NULL_POINTER);
    EXPECT_WITH(good, x = NULL, backward(&with, 0, 2), BG_NULL_POINTER);
    EXPECT_WITH(good, beta = NULL, backward(&with, 0, 2), BG_NULL_POINTER);
    EXPECT_WITH(good, deviation = NULL, backward(&with, 0, 2), BG_NULL_POINTER);
    EXPECT_WITH(good, beta_gradient = NULL, backward(&with, 0, 2), BG_NULL_POINTER);
    EXPECT_WITH(good, x = OFF(x), backward(&with, 0, 2), BG_MISALIGNED);
    EXPECT_WITH(good, rows = 0, backward(&with, 0, 2), BG_BAD_SHAPE);
    EXPECT_WITH(good, channels = 0, backward(&with, 0, 0), BG_BAD_SHAPE);
    EXPECT(backward(&good, 0, 3) == BG_BAD_RANGE);
    EXPECT(backward(&good, -1, 2) == BG_BAD_RANGE);
}

static void test_refusals_of_moving_average(void) {
    CASE("refusals of the moving average");
    float g[2] = {1, 2}, a[2] = {1, 1};
    EXPECT(bg_moving_average(NULL, a, 0.5f, 0, 2) == BG_NULL_POINTER);
    EXPECT(bg_moving_average(g, NULL, 0.5f, 0, 2) == BG_NULL_POINTER);
    EXPECT(bg_moving_average(g, OFF(a), 0.5f, 0, 2) == BG_MISALIGNED);
    EXPECT(bg_moving_average(g, a, 0.5f, 1, 0) == BG_BAD_RANGE);
    EXPECT(bg_moving_average(g, a, -0.5f, 0, 2) == BG_BAD_NUMBER);
    EXPECT(bg_moving_average(g, a, 1.5f, 0, 2) == BG_BAD_NUMBER);
    EXPECT(bg_moving_average(g, a, NAN, 0, 2) == BG_BAD_NUMBER);
    EXPECT(a[0] == 1 && a[1] == 1 && g[0] == 1 && g[1] == 2);
}

static void test_variants(enum guard guard, int64_t rows, int64_t channels) {
    test_statistics(guard, rows, channels);
    test_forward(guard, BG_FLOAT32, rows, channels);
    test_forward(guard, BG_INT16, rows, channels);
    test_backward(guard, rows, channels);
}

int main(void) {
    test_formulas_forward();
    test_known_integers();
    test_sum_order();
    test_finite_differences(2);
    test_finite_differences(1);
    test_known_average();
    test_refusals_of_statistics();
    test_refusals_of_forward();
    test_refusals_of_backward(bg_batch_norm_backward_l2);
    test_refusals_of_backward(bg_batch_norm_backward_l1);
    test_refusals_of_moving_average();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            test_variants(guard, 1 + random_below(12), *size);
            test_variants(guard, *size, 1 + random_below(12));
            test_moving_average(guard, *size);
        }
        test_variants(guard, 2 * BG_SUM_BLOCK + 1, 150);
    }
    return finish("batch_norm");
}
