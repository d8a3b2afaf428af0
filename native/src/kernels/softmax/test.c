#include "harness.h"

#include <math.h>

/* Logits from close together to so far apart that most powers are cut off, and now and then infinite. */
static void fill_logits(float *logits, int64_t count) {
    static const float spreads[] = {1e-3f, 1, 10, 100};
    float spread = spreads[random_below(4)];
    for (int64_t i = 0; i < count; i++) {
        logits[i] = random_float() * spread;
    }
    if (random_below(4) == 0) {
        logits[random_below(count)] = -INFINITY;
    }
}

static void test_variants(enum guard guard, int64_t rows, int64_t classes) {
    int64_t begin = random_below(rows);
    CASE("%ld x %ld from row %ld", (long)rows, (long)classes, (long)begin);
    size_t bytes = (size_t)(rows * classes) * sizeof(float);
    size_t row_bytes = (size_t)rows * sizeof(float);
    float *logits = operand(guard, bytes);
    fill_logits(logits, rows * classes);
    int32_t *labels = operand(guard, row_bytes);
    for (int64_t r = 0; r < rows; r++) {
        logits[r * classes + random_below(classes)] = 1;
        labels[r] = (int32_t)random_below(classes);
    }
    float *gradient_before = operand(guard, bytes);
    float *gradient = operand_copy(guard, gradient_before, bytes);
    float *before = operand(guard, row_bytes);
    float *losses = operand_copy(guard, before, row_bytes);
    int32_t *predictions = operand_copy(guard, before, row_bytes);
    const struct bg_softmax_cross_entropy_operands o = {logits, labels, classes, 0.01f, gradient, losses, predictions};
    bg_softmax_cross_entropy_reference(&o, begin, rows);
    FOR_EACH_VARIANT(softmax_cross_entropy, {
        struct bg_softmax_cross_entropy_operands actual = o;
        actual.gradient = operand_copy(guard, gradient_before, bytes);
        actual.losses = operand_copy(guard, before, row_bytes);
        actual.predictions = operand_copy(guard, before, row_bytes);
        kernel(&actual, begin, rows);
        expect_same("gradient", gradient, actual.gradient, bytes);
        expect_same("losses", losses, actual.losses, row_bytes);
        expect_same("predictions", predictions, actual.predictions, row_bytes);
        actual.gradient = NULL;
        actual.losses = operand_copy(guard, before, row_bytes);
        kernel(&actual, begin, rows);
        expect_same("losses alone", losses, actual.losses, row_bytes);
    });
    release_all();
}

/* ---- Against the C library, in double -------------------------------------------------------------------------- */

/* How far apart, in units in the last place of the expected float. */
static double ulps(double expected, float actual) {
    int exponent;
    frexp(expected, &exponent);
    return fabs(expected - (double)actual) / ldexp(1, exponent - 24);
}

/* FNV-1a. */
static uint64_t digest(uint64_t so_far, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (so_far ^ bits) * 0x100000001b3u;
}

/*
 * Two classes x apart: the smaller one's gradient is e^x / (1 + e^x), of which the denominator rounds to 1 below x =
 * -18, and the label's loss is log(1 + e^x). The digest of all bits is that of every platform.
 */
static void test_exponential_and_logarithm(void) {
    double worst_power = 0, worst_loss = 0;
    uint64_t bits = 0xcbf29ce484222325u;
    for (int i = 0; i < 20000; i++) {
        float logits[] = {0, -18 - 0.00345f * (float)i};
        CASE("e^%.9g", (double)logits[1]);
        int32_t label = 0, prediction;
        float gradient[2], loss;
        EXPECT(bg_softmax_cross_entropy(
                   OPERANDS(softmax_cross_entropy, logits, &label, 2, 1, gradient, &loss, &prediction), 0, 1) == BG_OK);
        bits = digest(bits, gradient[1]);
        worst_power = fmax(worst_power, ulps(exp((double)logits[1]), gradient[1]));

        logits[1] = -0.0009f * (float)i;
        EXPECT(bg_softmax_cross_entropy(
                   OPERANDS(softmax_cross_entropy, logits, &label, 2, 1, NULL, &loss, &prediction), 0, 1) == BG_OK);
        bits = digest(bits, loss);
        worst_loss = fmax(worst_loss, ulps(log1p(exp((double)logits[1])), loss));
    }
    printf("worst of e^x %.2f ulp, of the loss %.2f ulp\n", worst_power, worst_loss);
    EXPECT(worst_power <= 1);
    EXPECT(worst_loss <= 1.4);
    EXPECT(bits == 0xd365f69c7c6dcf85u);
}

/* n equal classes: the loss is log n and every probability 1 / n. */
static void test_logarithm_of_counts(void) {
    enum { MOST = 1000 };
    static const float logits[MOST];
    for (int32_t classes = 2; classes <= MOST; classes++) {
        CASE("%d equal classes", classes);
        int32_t label = classes - 1, prediction;
        float gradient[MOST], loss;
        EXPECT(bg_softmax_cross_entropy(
                   OPERANDS(softmax_cross_entropy, logits, &label, classes, 1, gradient, &loss, &prediction), 0, 1) ==
               BG_OK);
        EXPECT(ulps(log(classes), loss) <= 0.51);
        EXPECT(ulps(1.0 / classes, gradient[0]) <= 0.51);
        EXPECT(fabs((double)gradient[label] - (1.0 / classes - 1)) < 1e-7);
        EXPECT(prediction == 0);
    }
}

static double loss_in_double(const double *logits, int classes, int label) {
    double largest = logits[0], sum = 0;
    for (int c = 0; c < classes; c++) {
        largest = fmax(largest, logits[c]);
    }
    for (int c = 0; c < classes; c++) {
        sum += exp(logits[c] - largest);
    }
    return log(sum) + largest - logits[label];
}

static void test_finite_differences(void) {
    enum { CLASSES = 10, ROWS = 50 };
    const double step = 1e-5, scale = 0.25;
    float logits[ROWS * CLASSES], gradient[ROWS * CLASSES], losses[ROWS];
    int32_t labels[ROWS], predictions[ROWS];
    for (int r = 0; r < ROWS; r++) {
        labels[r] = (int32_t)random_below(CLASSES);
    }
    fill_floats(logits, ROWS * CLASSES);
    EXPECT(bg_softmax_cross_entropy(
               OPERANDS(softmax_cross_entropy, logits, labels, CLASSES, (float)scale, gradient, losses, predictions), 0,
               ROWS) == BG_OK);
    for (int r = 0; r < ROWS; r++) {
        CASE("finite differences, row %d", r);
        double row[CLASSES];
        for (int c = 0; c < CLASSES; c++) {
            row[c] = (double)logits[r * CLASSES + c];
            EXPECT(row[c] <= (double)logits[r * CLASSES + predictions[r]]);
        }
        EXPECT(fabs(loss_in_double(row, CLASSES, labels[r]) - (double)losses[r]) < 1e-6);
        for (int c = 0; c < CLASSES; c++) {
            double kept = row[c];
            row[c] = kept + step;
            double above = loss_in_double(row, CLASSES, labels[r]);
            row[c] = kept - step;
            double below = loss_in_double(row, CLASSES, labels[r]);
            row[c] = kept;
            double expected = scale * (above - below) / (2 * step);
            EXPECT(fabs(expected - (double)gradient[r * CLASSES + c]) < 1e-6);
        }
    }
}

static void expect_no_number(bg_softmax_cross_entropy_kernel *kernel, const float *row) {
    int32_t label = 1, prediction = -1;
    float loss = 0, gradient[3] = {0};
    kernel(OPERANDS(softmax_cross_entropy, row, &label, 3, 1, gradient, &loss, &prediction), 0, 1);
    EXPECT(isnan(loss));
    EXPECT(isnan(gradient[0]) && isnan(gradient[1]) && isnan(gradient[2]));
    EXPECT(prediction >= 0 && prediction < 3);
}

/* What is not a number makes the loss not a number, and predicts a class all the same. */
static void test_no_numbers(void) {
    static const float rows[][3] = {
        {NAN, 0, 1}, {0, NAN, 1}, {0, 1, NAN}, {INFINITY, 0, 0}, {-INFINITY, -INFINITY, -INFINITY}, {NAN, NAN, NAN}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        CASE("NaN and infinity, row %zu", r);
        expect_no_number(bg_softmax_cross_entropy_reference, rows[r]);
        FOR_EACH_VARIANT(softmax_cross_entropy, expect_no_number(kernel, rows[r]));
    }
}

static void test_known_predictions(void) {
    CASE("known predictions");
    const float logits[] = {1, 3, 3, 2, -5, -4, -7, -4, 0, -0.0f, 0, 0};
    const int32_t labels[] = {1, 1, 3}, expected[] = {1, 1, 0};
    float losses[3];
    int32_t predictions[3];
    EXPECT(bg_softmax_cross_entropy(
               OPERANDS(softmax_cross_entropy, logits, labels, 4, 1, NULL, losses, predictions), 0, 3) == BG_OK);
    expect_same("predictions", expected, predictions, sizeof expected);
}

#define OFF(pointer) ((void *)((char *)(pointer) + 1))

static void test_refusals(void) {
    CASE("refusals");
    const float z[3] = {0};
    const int32_t l[3] = {0};
    float g[3] = {7, 7, 7}, s[3] = {7, 7, 7};
    int32_t p[3] = {7, 7, 7};
    struct bg_softmax_cross_entropy_operands good = {z, l, 1, 1, g, s, p};
    EXPECT(bg_softmax_cross_entropy(NULL, 0, 3) == BG_NULL_POINTER);
    EXPECT_WITH(good, logits = NULL, bg_softmax_cross_entropy(&with, 0, 3), BG_NULL_POINTER);
    EXPECT_WITH(good, labels = NULL, bg_softmax_cross_entropy(&with, 0, 3), BG_NULL_POINTER);
    EXPECT_WITH(good, losses = NULL, bg_softmax_cross_entropy(&with, 0, 3), BG_NULL_POINTER);
    EXPECT_WITH(good, predictions = NULL, bg_softmax_cross_entropy(&with, 0, 3), BG_NULL_POINTER);
    EXPECT_WITH(good, labels = OFF(l), bg_softmax_cross_entropy(&with, 0, 3), BG_MISALIGNED);
    EXPECT_WITH(good, gradient = OFF(g), bg_softmax_cross_entropy(&with, 0, 3), BG_MISALIGNED);
    EXPECT_WITH(good, classes = 0, bg_softmax_cross_entropy(&with, 0, 3), BG_BAD_SHAPE);
    EXPECT(bg_softmax_cross_entropy(&good, -1, 3) == BG_BAD_RANGE);
    EXPECT(bg_softmax_cross_entropy(&good, 3, 1) == BG_BAD_RANGE);
    EXPECT_WITH(good, scale = NAN, bg_softmax_cross_entropy(&with, 0, 3), BG_BAD_NUMBER);
    EXPECT_WITH(good, scale = -INFINITY, bg_softmax_cross_entropy(&with, 0, 3), BG_BAD_NUMBER);
    EXPECT(g[0] == 7 && s[0] == 7 && p[0] == 7);
}

/* Rows before a bad label are done, it and those behind it are not touched. */
static void test_bad_labels(void) {
    const int32_t bad[] = {-1, 1, 2147483647, -2147483647 - 1};
    for (int i = 0; i < 4; i++) {
        CASE("label %d of 1 class", bad[i]);
        const float z[3] = {0};
        const int32_t labels[3] = {0, bad[i], 0};
        float g[3] = {7, 7, 7}, s[3] = {7, 7, 7};
        int32_t p[3] = {7, 7, 7};
        EXPECT(
            bg_softmax_cross_entropy(OPERANDS(softmax_cross_entropy, z, labels, 1, 1, g, s, p), 0, 3) == BG_BAD_LABEL);
        EXPECT(g[0] == 0 && s[0] == 0 && p[0] == 0);
        EXPECT(g[1] == 7 && s[1] == 7 && p[1] == 7);
        EXPECT(g[2] == 7 && s[2] == 7 && p[2] == 7);
    }
}

int main(void) {
    test_exponential_and_logarithm();
    test_logarithm_of_counts();
    test_finite_differences();
    test_no_numbers();
    test_known_predictions();
    test_refusals();
    test_bad_labels();
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            test_variants(guard, 1 + random_below(8), *size);
        }
    }
    return finish("softmax");
}
