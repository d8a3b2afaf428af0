#include "harness.h"

#include <math.h>

#include "simd/rounding.h"
#include "simd/scalar.h"

/* ---- Variants against the reference ---------------------------------------------------------------------------- */

static const int32_t gradient_types[] = {BG_FLOAT16, BG_FLOAT32};

/* What dy can be stored as. */
static const struct {
    int32_t type;
    int32_t rounding;
} outputs[] = {
    {BG_FLOAT32, BG_NEAREST},
    {BG_FLOAT16, BG_NEAREST},
    {BG_INT16, BG_NEAREST},
    {BG_INT16, BG_STOCHASTIC},
    {BG_INT8, BG_NEAREST},
    {BG_INT8, BG_STOCHASTIC},
};
enum { TYPES = 2, OUTPUTS = 6 };

static void test_sums(enum guard guard, int32_t type, int64_t rows, int64_t channels) {
    int64_t begin, end;
    int64_t columns, first;
    random_blocks(rows, &begin, &end);
    random_tile(channels, &columns, &first);
    CASE("sums of type %d, %ld x %ld, columns from %ld of %ld, rows [%ld, %ld)", type, (long)rows, (long)channels,
        (long)first, (long)columns, (long)begin, (long)end);
    size_t bytes = (size_t)(sum_blocks(rows) * 3 * channels) * sizeof(float);
    void *gradient = typed_operand(guard, type, rows * channels, 0);
    uint64_t *signs = bit_operand(guard, rows, columns);
    float *before = operand(guard, bytes);
    float *sums = operand_copy(guard, before, bytes);
    const struct bg_batch_norm_gradient_sums_operands o = {
        type, gradient, signs, rows, {columns, first, channels}, sums};
    bg_batch_norm_gradient_sums_reference(&o, begin, end);
    FOR_EACH_VARIANT(batch_norm_gradient_sums, {
        struct bg_batch_norm_gradient_sums_operands actual = o;
        actual.sums = operand_copy(guard, before, bytes);
        kernel(&actual, begin, end);
        expect_same("sums of gradients", sums, actual.sums, bytes);
    });
    release_all();
}

static void test_coefficients(enum guard guard, int64_t rows, int64_t channels) {
    int64_t begin, end;
    random_range(channels, &begin, &end);
    CASE("coefficients of %ld x %ld, channels [%ld, %ld)", (long)rows, (long)channels, (long)begin, (long)end);
    size_t bytes = (size_t)channels * sizeof(float);
    float *sums = typed_operand(guard, BG_FLOAT32, sum_blocks(rows) * 3 * channels, 0);
    float *deviation = positive_operand(guard, channels);
    float *beta = typed_operand(guard, BG_FLOAT32, channels, 0);
    float *sign_mean = typed_operand(guard, BG_FLOAT32, channels, 0);
    float *before = operand(guard, 3 * bytes);
    float *beta_gradient = operand_copy(guard, before, bytes);
    float *coefficients = operand_copy(guard, before, 3 * bytes);
    float *squares = operand_copy(guard, before, bytes);
    const struct bg_batch_norm_coefficients_operands o = {
        sums, rows, channels, 4 * rows + 3, deviation, beta, sign_mean, beta_gradient, coefficients, squares};
    bg_batch_norm_coefficients_reference(&o, begin, end);
    FOR_EACH_VARIANT(batch_norm_coefficients, {
        struct bg_batch_norm_coefficients_operands actual = o;
        actual.beta_gradient = operand_copy(guard, before, bytes);
        actual.coefficients = operand_copy(guard, before, 3 * bytes);
        actual.squares = operand_copy(guard, before, bytes);
        kernel(&actual, begin, end);
        expect_same("gradients of beta", beta_gradient, actual.beta_gradient, bytes);
        expect_same("coefficients", coefficients, actual.coefficients, 3 * bytes);
        expect_same("squares", squares, actual.squares, bytes);
    });
    release_all();
}

/* Coefficients as for a scale in whose units some dy are beyond the largest integer. Not a tile, until it is made one.
 */
/* Coefficients that use the range of integers. */
static float *coefficients_operand(enum guard guard, int32_t dy_type, int64_t channels) {
    float *coefficients = typed_operand(guard, BG_FLOAT32, 3 * channels, 0);
    for (int64_t i = 0; i < 3 * channels; i++) {
        coefficients[i] *= dy_type == BG_INT8 || dy_type == BG_INT16 ? 0.5f * bg_largest_integer(dy_type) : 1;
    }
    return coefficients;
}

static void test_backward(enum guard guard, int32_t type, int output, int64_t rows, int64_t channels) {
    int64_t begin, end;
    random_range(rows, &begin, &end);
    uint32_t seed = (uint32_t)random_bits();
    int32_t dy_type = outputs[output].type;
    struct bg_batch_norm_backward_signs_operands o = {type, typed_operand(guard, type, rows * channels, 0), NULL,
        {channels, 0, channels}, coefficients_operand(guard, dy_type, channels), dy_type, outputs[output].rounding,
        channels, NULL};
    if (random_below(2)) {
        random_tile(channels, &o.tile.columns, &o.tile.first);
        o.dy_columns = random_below(2) ? o.tile.columns : channels;
    }
    o.signs = bit_operand(guard, rows, o.tile.columns);
    CASE("backward from type %d to type %d, rounding %d, %ld x %ld, columns from %ld of %ld, rows [%ld, %ld)", type,
        dy_type, o.rounding, (long)rows, (long)channels, (long)o.tile.first, (long)o.tile.columns, (long)begin,
        (long)end);
    size_t element = type_bytes(dy_type);
    size_t bytes = (size_t)(rows * o.dy_columns) * element;
    void *before = operand(guard, bytes);
    o.dy = operand_copy(guard, before, bytes);
    bg_batch_norm_backward_signs_reference(&o, seed, begin, end);
    FOR_EACH_VARIANT(batch_norm_backward_signs, {
        struct bg_batch_norm_backward_signs_operands actual = o;
        actual.dy = operand_copy(guard, before, bytes);
        kernel(&actual, seed, begin, end);
        expect_same("dy", o.dy, actual.dy, bytes);
        if (element == type_bytes(type) && o.tile.columns == channels) {
            char *both = operand_copy(guard, o.gradient, bytes);
            size_t offset = (size_t)(begin * channels) * element;
            actual.gradient = actual.dy = both;
            kernel(&actual, seed, begin, end);
            expect_same(
                "dy in place", (char *)o.dy + offset, both + offset, (size_t)((end - begin) * channels) * element);
        }
    });
    release_all();
}

/* Bit planes of random numbers of so many elements. */
static uint64_t *argmax_operand(enum guard guard, int64_t elements, int64_t plane_rows, int64_t channels) {
    int planes = bg_argmax_planes(elements);
    uint64_t *argmax = bit_operand(guard, planes > 0 ? planes * plane_rows : 1, channels);
    for (int64_t r = 0; r < plane_rows; r++) {
        for (int64_t c = 0; c < channels; c++) {
            int64_t number = random_below(elements);
            for (int b = 0; b < planes; b++) {
                bg_set_bit(argmax, channels, b * plane_rows + r, c, number >> b & 1);
            }
        }
    }
    return argmax;
}

enum { IMAGES = 3 };

static void test_pooled(enum guard guard, int32_t type, int output, struct bg_pooling p) {
    int64_t begin, end;
    random_range(IMAGES, &begin, &end);
    CASE("pooled backward from type %d to type %d, rounding %d, %ld x %ld x %ld by %ld x %ld, images [%ld, %ld)", type,
        outputs[output].type, outputs[output].rounding, (long)p.height, (long)p.width, (long)p.channels,
        (long)p.window_height, (long)p.window_width, (long)begin, (long)end);
    int64_t pixels = IMAGES * p.height * p.width;
    int64_t windows = IMAGES * (p.height / p.window_height) * (p.width / p.window_width);
    uint32_t seed = (uint32_t)random_bits();
    int32_t dy_type = outputs[output].type;
    size_t bytes = (size_t)(pixels * p.channels) * type_bytes(dy_type);
    void *before = operand(guard, bytes);
    struct bg_batch_norm_backward_pooled_operands o = {type, typed_operand(guard, type, windows * p.channels, 0),
        bit_operand(guard, windows, p.channels),
        argmax_operand(guard, p.window_height * p.window_width, windows, p.channels), IMAGES,
        coefficients_operand(guard, dy_type, p.channels), dy_type, outputs[output].rounding,
        operand_copy(guard, before, bytes)};
    bg_batch_norm_backward_pooled_values_reference(&p, &o, seed, begin, end);
    FOR_EACH_VARIANT(batch_norm_backward_pooled_values, {
        struct bg_batch_norm_backward_pooled_operands actual = o;
        actual.dy = operand_copy(guard, before, bytes);
        kernel(&p, &actual, seed, begin, end);
        expect_same("dy of pooled values", o.dy, actual.dy, bytes);
    });
    o.signs = bit_operand(guard, pixels, p.channels);
    o.argmax = NULL;
    memcpy(o.dy, before, bytes);
    bg_batch_norm_backward_pooled_signs_reference(&p, &o, seed, begin, end);
    FOR_EACH_VARIANT(batch_norm_backward_pooled_signs, {
        struct bg_batch_norm_backward_pooled_operands actual = o;
        actual.dy = operand_copy(guard, before, bytes);
        kernel(&p, &actual, seed, begin, end);
        expect_same("dy of pooled signs", o.dy, actual.dy, bytes);
    });
    release_all();
}

/* ---- The passes together, by their public functions ------------------------------------------------------------ */

enum { TALL = 3, WIDE = 2, HEIGHT = 11, WIDTH = 13, CHANNELS = 70, WORDS = 2, PLANES = 3 };
enum { PIXELS = HEIGHT * WIDTH, POOLED = (HEIGHT / TALL) * (WIDTH / WIDE) };
enum { ROWS = IMAGES * PIXELS, WINDOWS = IMAGES * POOLED, COUNT = ROWS * CHANNELS, BLOCKS = 2 };

/* Three forms of one layer: without pooling, pooled before normalisation, pooled after the sign. */
enum form { PLAIN, POOLED_VALUES, POOLED_SIGNS, FORMS };

struct layer {
    enum form form;
    int64_t gradient_rows;                     /* of gradient and summed_signs: WINDOWS where something was pooled */
    int64_t count;                             /* of normalised values a channel */
    float gradient[COUNT];                     /* [gradient_rows, CHANNELS] */
    uint64_t signs[ROWS * WORDS];              /* of the normalised values */
    uint64_t summed_signs[ROWS * WORDS];       /* of those that have the gradients */
    uint64_t argmax[PLANES * WINDOWS * WORDS]; /* of POOLED_VALUES */
    float deviation[CHANNELS];
    float beta[CHANNELS];
    float sign_mean[CHANNELS];
    float beta_gradient[CHANNELS];
    float coefficients[3 * CHANNELS];
    float squares[CHANNELS];
};

static void fill_bits(uint64_t *bits, int64_t rows) {
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t c = 0; c < CHANNELS; c++) {
            bg_set_bit(bits, CHANNELS, r, c, random_below(4) == 0);
        }
    }
}

/* The row of pixel `number` of a window. */
static int64_t pixel_of(int64_t window, int64_t number) {
    int64_t image = window / POOLED;
    int64_t y = window % POOLED / (WIDTH / WIDE) * TALL + number / WIDE;
    int64_t x = window % (WIDTH / WIDE) * WIDE + number % WIDE;
    return (image * HEIGHT + y) * WIDTH + x;
}

/* The number of the element of a window that has the gradient. */
static int64_t argmax_of(const struct layer *l, int64_t window, int64_t c) {
    int64_t number = 0;
    for (int b = 0; b < PLANES && l->form == POOLED_VALUES; b++) {
        number |= (int64_t)bg_bit(l->argmax, CHANNELS, b * WINDOWS + window, c) << b;
    }
    while (
        l->form == POOLED_SIGNS && number < TALL * WIDE && !bg_bit(l->signs, CHANNELS, pixel_of(window, number), c)) {
        number++;
    }
    return number % (TALL * WIDE);
}

static void fill_layer(struct layer *l, enum form form) {
    memset(l, 0, sizeof *l);
    l->form = form;
    l->gradient_rows = form == PLAIN ? ROWS : WINDOWS;
    l->count = form == POOLED_VALUES ? WINDOWS : ROWS;
    fill_floats(l->gradient, l->gradient_rows * CHANNELS);
    fill_bits(l->signs, l->count);
    for (int64_t r = 0; r < WINDOWS; r++) {
        for (int64_t c = 0; c < CHANNELS; c++) {
            int64_t number = random_below(TALL * WIDE);
            for (int b = 0; b < PLANES; b++) {
                bg_set_bit(l->argmax, CHANNELS, b * WINDOWS + r, c, number >> b & 1);
            }
        }
    }
    memcpy(l->summed_signs, l->signs, sizeof l->signs);
    for (int64_t r = 0; r < WINDOWS && form == POOLED_SIGNS; r++) {
        for (int64_t c = 0; c < CHANNELS; c++) {
            int set = bg_bit(l->signs, CHANNELS, pixel_of(r, argmax_of(l, r, c)), c);
            bg_set_bit(l->summed_signs, CHANNELS, r, c, set);
        }
    }
    for (int c = 0; c < CHANNELS; c++) {
        l->deviation[c] = fabsf(random_float()) + 0.5f;
        l->beta[c] = random_float();
        int64_t set = 0;
        for (int64_t r = 0; r < l->count; r++) {
            set += bg_bit(l->signs, CHANNELS, r, c);
        }
        l->sign_mean[c] = (float)(2 * set - l->count) / (float)l->count;
    }
}

static void sums_and_coefficients(struct layer *l, int ranges) {
    float sums[BLOCKS * 3 * CHANNELS];
    IN_RANGES(BG_SUM_BLOCK, l->gradient_rows, ranges,
        bg_batch_norm_gradient_sums(OPERANDS(batch_norm_gradient_sums, BG_FLOAT32, l->gradient, l->summed_signs,
                                        l->gradient_rows, {CHANNELS, 0, CHANNELS}, sums),
            begin, end));
    IN_RANGES(1, CHANNELS, ranges,
        bg_batch_norm_coefficients(
            OPERANDS(batch_norm_coefficients, sums, l->gradient_rows, CHANNELS, l->count, l->deviation, l->beta,
                l->sign_mean, l->beta_gradient, l->coefficients, l->squares),
            begin, end));
}

/* The scale, in whose units the coefficients come then. */
static float scaled(struct layer *l, float clip, int32_t type) {
    float scale = -1;
    EXPECT(bg_batch_norm_gradient_scale(l->squares, CHANNELS, COUNT, clip, type, &scale) == BG_OK);
    EXPECT(bg_batch_norm_scale_coefficients(l->coefficients, CHANNELS, &scale) == BG_OK);
    return scale;
}

/* The last pass. */
static void apply(const struct layer *l, int32_t dy_type, int32_t rounding, uint32_t seed, void *dy, int ranges) {
    switch (l->form) {
    case PLAIN:
        IN_RANGES(1, ROWS, ranges,
            bg_batch_norm_backward_signs(OPERANDS(batch_norm_backward_signs, BG_FLOAT32, l->gradient, l->signs,
                                             {CHANNELS, 0, CHANNELS}, l->coefficients, dy_type, rounding, CHANNELS, dy),
                seed, begin, end));
        break;
    case POOLED_VALUES:
        IN_RANGES(1, IMAGES, ranges,
            bg_batch_norm_backward_pooled_values(&(struct bg_pooling){HEIGHT, WIDTH, CHANNELS, TALL, WIDE},
                OPERANDS(batch_norm_backward_pooled, BG_FLOAT32, l->gradient, l->signs, l->argmax, IMAGES,
                    l->coefficients, dy_type, rounding, dy),
                seed, begin, end));
        break;
    default:
        IN_RANGES(1, IMAGES, ranges,
            bg_batch_norm_backward_pooled_signs(&(struct bg_pooling){HEIGHT, WIDTH, CHANNELS, TALL, WIDE},
                OPERANDS(batch_norm_backward_pooled, BG_FLOAT32, l->gradient, l->signs, NULL, end, l->coefficients,
                    dy_type, rounding, dy),
                seed, begin, end));
        break;
    }
}

/*
 * The same in double, from the definitions: the gradient of every normalised value, then dy of each, then where pooling
 * puts it. dy [ROWS, CHANNELS]; squares: the sums of v^2.
 */
static void backward_in_double(const struct layer *l, double *dy, double *beta_gradient, double *squares) {
    static double v[ROWS];
    memset(dy, 0, COUNT * sizeof *dy);
    for (int64_t c = 0; c < CHANNELS; c++) {
        double psi = (double)l->deviation[c], sum = 0, product = 0, signs = 0;
        memset(v, 0, sizeof v);
        for (int64_t r = 0; r < l->gradient_rows; r++) {
            int64_t to = l->form == POOLED_SIGNS ? pixel_of(r, argmax_of(l, r, c)) : r;
            v[to] = (double)l->gradient[r * CHANNELS + c] / psi;
        }
        squares[c] = 0;
        for (int64_t r = 0; r < l->count; r++) {
            sum += v[r];
            double sign = bg_bit(l->signs, CHANNELS, r, c) ? 1 : -1;
            product += v[r] * (sign / 2 - (double)l->beta[c]);
            signs += sign;
            squares[c] += v[r] * v[r];
        }
        beta_gradient[c] = sum * psi;
        for (int64_t r = 0; r < l->count; r++) {
            double sign = bg_bit(l->signs, CHANNELS, r, c) ? 1 : -1;
            int64_t to = l->form == POOLED_VALUES ? pixel_of(r, argmax_of(l, r, c)) : r;
            double slope = sqrt(acos(-1) / 2) * (product / (double)l->count);
            dy[to * CHANNELS + c] = v[r] - sum / (double)l->count - slope * (sign - signs / (double)l->count);
        }
    }
}

static int near(double expected, double actual, double tolerance) {
    return fabs(expected - actual) <= tolerance * (1 + fabs(expected));
}

/* Floats, and integers that are at most half a unit of the scale away from what they stand for. */
static void test_formulas(enum form form) {
    CASE("formulas of form %d", form);
    static struct layer l;
    static float floats[COUNT];
    static int16_t integers[COUNT];
    static double dy[COUNT], beta_gradient[CHANNELS], squares[CHANNELS];
    fill_layer(&l, form);
    backward_in_double(&l, dy, beta_gradient, squares);
    sums_and_coefficients(&l, 1);
    double total = 0;
    for (int c = 0; c < CHANNELS; c++) {
        EXPECT(near(beta_gradient[c], (double)l.beta_gradient[c], 1e-5));
        EXPECT(near(squares[c], (double)l.squares[c], 1e-5));
        total += squares[c];
    }
    apply(&l, BG_FLOAT32, BG_NEAREST, 0, floats, 1);
    for (int i = 0; i < COUNT; i++) {
        EXPECT(near(dy[i], (double)floats[i], 1e-6));
        EXPECT(dy[i] != 0 || floats[i] == 0 || form != POOLED_VALUES);
    }
    float scale = scaled(&l, 64, BG_INT16);
    EXPECT(near(64 * sqrt(total / COUNT) / BG_MAX_INT14, (double)scale, 1e-8));
    apply(&l, BG_INT16, BG_NEAREST, 0, integers, 1);
    for (int i = 0; i < COUNT; i++) {
        EXPECT(fabs(dy[i] - integers[i] * (double)scale) <= 0.501 * (double)scale);
    }
}

/*
 * How far dy, by what is kept of a channel of normal values, is from the exact derivative of its normalisation, as a
 * fraction of that, for a gradient that grows with x: 0.11 at a beta of 0, 0.09 at 1. And what normalisation takes
 * away, the mean, has no gradient.
 */
static void test_nearness(float beta) {
    CASE("nearness to the exact derivative at beta %g", (double)beta);
    enum { MANY = 64 * BG_SUM_BLOCK };
    static float y[MANY], gradient[MANY], dy[MANY];
    static uint64_t signs[MANY], straight_through[MANY];
    float sums[3 * MANY / BG_SUM_BLOCK], mean, deviation, sign_mean, beta_gradient, coefficients[3], squares;
    for (int r = 0; r < MANY; r++) {
        y[r] = 5 + 20 * random_float();
    }
    EXPECT(bg_batch_norm_value_sums(BG_FLOAT32, y, MANY, 1, sums, 0, MANY) == BG_OK);
    EXPECT(bg_batch_norm_mean(sums, MANY, 1, &mean, 0, 1) == BG_OK);
    EXPECT(bg_batch_norm_deviation_sums(BG_FLOAT32, y, MANY, 1, &mean, sums, 0, MANY) == BG_OK);
    EXPECT(bg_batch_norm_deviation(sums, MANY, 1, &deviation, 0, 1) == BG_OK);
    EXPECT(bg_batch_norm_sign(OPERANDS(batch_norm_sign, BG_FLOAT32, y, MANY, {1, 0, 1}, &mean, &deviation, &beta, signs,
                                  straight_through, sums),
               0, MANY) == BG_OK);
    EXPECT(bg_batch_norm_mean(sums, MANY, 1, &sign_mean, 0, 1) == BG_OK);
    double mean_v = 0, mean_vn = 0, mean_s = 0;
    for (int r = 0; r < MANY; r++) {
        double n = (double)((y[r] - mean) / deviation);
        gradient[r] = straight_through[r] ? random_float() + 2 * ((float)n + beta) : 0;
        mean_v += (double)(gradient[r] / deviation) / MANY;
        mean_vn += (double)(gradient[r] / deviation) * n / MANY;
        mean_s += (n >= 0 ? 1.0 : -1.0) / MANY;
    }
    EXPECT(
        bg_batch_norm_gradient_sums(
            OPERANDS(batch_norm_gradient_sums, BG_FLOAT32, gradient, signs, MANY, {1, 0, 1}, sums), 0, MANY) == BG_OK);
    EXPECT(bg_batch_norm_coefficients(OPERANDS(batch_norm_coefficients, sums, MANY, 1, MANY, &deviation, &beta,
                                          &sign_mean, &beta_gradient, coefficients, &squares),
               0, 1) == BG_OK);
    EXPECT(bg_batch_norm_backward_signs(OPERANDS(batch_norm_backward_signs, BG_FLOAT32, gradient, signs, {1, 0, 1},
                                            coefficients, BG_FLOAT32, BG_NEAREST, 1, dy),
               0, 0, MANY) == BG_OK);
    double error = 0, size = 0, total = 0;
    for (int r = 0; r < MANY; r++) {
        double s = y[r] >= mean ? 1 : -1;
        double exact =
            (double)(gradient[r] / deviation) - mean_v - (double)BG_NORMAL_DEVIATION * mean_vn * (s - mean_s);
        error += ((double)dy[r] - exact) * ((double)dy[r] - exact);
        size += exact * exact;
        total += (double)dy[r];
    }
    EXPECT(sqrt(error / size) < 0.13);
    EXPECT(fabs(total) / MANY < 1e-6 * sqrt(size / MANY));
}

/* However rows, channels and images are cut; stochastic rounding too. */
static void test_cuts(enum form form) {
    CASE("cuts of form %d", form);
    static struct layer whole, cut;
    static int8_t dy[COUNT], dy_cut[COUNT], dy_seed[COUNT];
    fill_layer(&whole, form);
    cut = whole;
    sums_and_coefficients(&whole, 1);
    for (int ranges = 2; ranges <= 3; ranges++) {
        sums_and_coefficients(&cut, ranges);
        expect_same("cut layer", &whole, &cut, sizeof whole);
    }
    scaled(&whole, 4, BG_INT8);
    apply(&whole, BG_INT8, BG_STOCHASTIC, 7, dy, 1);
    for (int ranges = 2; ranges <= 3; ranges++) {
        memset(dy_cut, -1, sizeof dy_cut);
        apply(&whole, BG_INT8, BG_STOCHASTIC, 7, dy_cut, ranges);
        expect_same("cut dy", dy, dy_cut, sizeof dy);
    }
    apply(&whole, BG_INT8, BG_STOCHASTIC, 8, dy_seed, 1);
    EXPECT(memcmp(dy, dy_seed, sizeof dy) != 0);
}

/* Tiles of channels, one after the other: sums, and dy whose rounding goes by the columns of all. */
static void test_tiles(void) {
    CASE("tiles");
    static struct layer whole, tiled;
    static float gradient[COUNT], coefficients[3 * CHANNELS];
    static int8_t dy[COUNT], dy_tiled[COUNT];
    fill_layer(&whole, PLAIN);
    tiled = whole;
    sums_and_coefficients(&whole, 1);
    float scale = scaled(&whole, 4, BG_INT8);
    apply(&whole, BG_INT8, BG_STOCHASTIC, 7, dy, 1);
    for (int64_t tile = 16; tile <= 64; tile += 16) {
        memset(dy_tiled, -1, sizeof dy_tiled);
        IN_TILES(tile, CHANNELS, {
            float sums[BLOCKS * 3 * CHANNELS];
            copy_tile(gradient, channels, whole.gradient, CHANNELS, first, ROWS, sizeof *gradient);
            EXPECT(bg_batch_norm_gradient_sums(OPERANDS(batch_norm_gradient_sums, BG_FLOAT32, gradient, whole.signs,
                                                   ROWS, {CHANNELS, first, channels}, sums),
                       0, ROWS) == BG_OK);
            EXPECT(bg_batch_norm_coefficients(OPERANDS(batch_norm_coefficients, sums, ROWS, channels, ROWS,
                                                  whole.deviation + first, whole.beta + first, whole.sign_mean + first,
                                                  tiled.beta_gradient + first, coefficients, tiled.squares + first),
                       0, channels) == BG_OK);
            EXPECT(bg_batch_norm_scale_coefficients(coefficients, channels, &scale) == BG_OK);
            IN_RANGES(1, ROWS, 2,
                bg_batch_norm_backward_signs(
                    OPERANDS(batch_norm_backward_signs, BG_FLOAT32, gradient, whole.signs, {CHANNELS, first, channels},
                        coefficients, BG_INT8, BG_STOCHASTIC, CHANNELS, dy_tiled),
                    7, begin, end));
        });
        expect_same("dy of tiles", dy, dy_tiled, sizeof dy);
        expect_same("squares of tiles", whole.squares, tiled.squares, sizeof whole.squares);
        expect_same("gradients of beta", whole.beta_gradient, tiled.beta_gradient, sizeof whole.beta_gradient);
    }
}

/* dy of pooled signs, by tiles: of the elements that were selected and, two values per channel, of those that were not. */
static void test_compact_gradients(void) {
    CASE("compact gradients");
    static struct layer l;
    static float gradient[COUNT], coefficients[3 * CHANNELS];
    static int8_t dy[COUNT], expected[COUNT], selected[WINDOWS * CHANNELS], unselected[2 * CHANNELS];
    fill_layer(&l, POOLED_SIGNS);
    sums_and_coefficients(&l, 1);
    scaled(&l, 4, BG_INT8);
    l.coefficients[CHANNELS] = 1e9f; /* beyond all integers, in the middle between two, and no number */
    l.coefficients[2 * CHANNELS] = -1e9f;
    l.coefficients[CHANNELS + 1] = 2.5f;
    l.coefficients[2 * CHANNELS + 1] = -3.5f;
    l.coefficients[CHANNELS + 2] = NAN;
    apply(&l, BG_INT8, BG_NEAREST, 0, expected, 1);
    IN_TILES(32, CHANNELS, {
        copy_tile(gradient, channels, l.gradient, CHANNELS, first, WINDOWS, sizeof *gradient);
        copy_tile(coefficients, channels, l.coefficients, CHANNELS, first, 3, sizeof *coefficients);
        EXPECT(bg_batch_norm_unselected_gradient(coefficients, channels, CHANNELS, first, unselected) == BG_OK);
        EXPECT(bg_batch_norm_backward_signs(
                   OPERANDS(batch_norm_backward_signs, BG_FLOAT32, gradient, l.summed_signs,
                       {CHANNELS, first, channels}, coefficients, BG_INT8, BG_NEAREST, CHANNELS, selected),
                   0, 0, WINDOWS) == BG_OK);
    });
    for (int64_t r = 0; r < ROWS; r++) {
        for (int64_t c = 0; c < CHANNELS; c++) {
            dy[r * CHANNELS + c] = unselected[(bg_bit(l.signs, CHANNELS, r, c) ? 0 : 1) * CHANNELS + c];
        }
    }
    for (int64_t w = 0; w < WINDOWS; w++) {
        for (int64_t c = 0; c < CHANNELS; c++) {
            dy[pixel_of(w, argmax_of(&l, w, c)) * CHANNELS + c] = selected[w * CHANNELS + c];
        }
    }
    expect_same("dy", expected, dy, sizeof dy);
    EXPECT(unselected[0] == -63 && unselected[CHANNELS] == 63 && unselected[1] == -2 && unselected[CHANNELS + 1] == 4);
    EXPECT(unselected[2] == -63);
}

/* All gradients are zero: so is dy, and the scale is a number to divide by. */
static void test_zero_gradients(enum form form) {
    CASE("zero gradients of form %d", form);
    static struct layer l;
    static int8_t dy[COUNT];
    fill_layer(&l, form);
    memset(l.gradient, 0, sizeof l.gradient);
    sums_and_coefficients(&l, 1);
    EXPECT(scaled(&l, 4, BG_INT8) == BG_MIN_SCALE);
    for (int32_t rounding = BG_NEAREST; rounding <= BG_STOCHASTIC; rounding++) {
        memset(dy, -1, sizeof dy);
        apply(&l, BG_INT8, rounding, 1, dy, 1);
        for (int i = 0; i < COUNT; i++) {
            EXPECT(dy[i] == 0);
        }
    }
}

/* ---- Special cases --------------------------------------------------------------------------------------------- */

/* The identity of one channel: dy = gradient. */
static const float identity[3] = {1, 0, 0};

/* Squares 1 + 3 over 4 values: the root mean square is 1. */
static void test_known_scale(void) {
    CASE("known scales");
    const float squares[] = {1, 3}, huge[] = {INFINITY, 1}, none[] = {NAN, 1};
    float k[] = {1, 2, 3, 4, 5, 6}, scale;
    EXPECT(bg_batch_norm_gradient_scale(squares, 2, 4, 31.5f, BG_INT8, &scale) == BG_OK && scale == 0.5f);
    EXPECT(bg_batch_norm_scale_coefficients(k, 2, &scale) == BG_OK);
    EXPECT(k[0] == 2 && k[1] == 4 && k[2] == 6 && k[3] == 8 && k[4] == 10 && k[5] == 12);
    EXPECT(bg_batch_norm_gradient_scale(squares, 2, 4, 1, BG_INT16, &scale) == BG_OK && scale == 1.0f / 8191);
    EXPECT(bg_batch_norm_gradient_scale(huge, 2, 4, 1, BG_INT16, &scale) == BG_OK && scale == BG_MAX_SCALE);
    EXPECT(bg_batch_norm_gradient_scale(none, 2, 4, 1, BG_INT16, &scale) == BG_OK && scale == BG_MIN_SCALE);
}

static void test_rounding_to_nearest(void) {
    CASE("rounding to nearest, and saturation");
    const float gradient[] = {0.5f, 1.5f, -0.5f, -2.5f, 0.75f, 63.4f, 64, -1e30f, INFINITY, -INFINITY, NAN};
    const int8_t expected[] = {0, 2, 0, -2, 1, 63, 63, -63, 63, -63, -63};
    const uint64_t signs[11] = {0};
    int8_t dy[11];
    int16_t wide[11];
    EXPECT(bg_batch_norm_backward_signs(OPERANDS(batch_norm_backward_signs, BG_FLOAT32, gradient, signs, {1, 0, 1},
                                            identity, BG_INT8, BG_NEAREST, 1, dy),
               0, 0, 11) == BG_OK);
    expect_same("integers", expected, dy, sizeof dy);
    EXPECT(bg_batch_norm_backward_signs(OPERANDS(batch_norm_backward_signs, BG_FLOAT32, gradient, signs, {1, 0, 1},
                                            identity, BG_INT16, BG_NEAREST, 1, wide),
               0, 0, 11) == BG_OK);
    EXPECT(wide[6] == 64 && wide[7] == -8191 && wide[8] == 8191 && wide[9] == -8191 && wide[10] == -8191);
}

/*
 * The mean of N roundings of x = k + f is x but for a deviation of sqrt(f (1 - f) / N); all are k or k + 1, and always
 * k where f is 0 or where k is the largest.
 */
static void test_stochastic_rounding(void) {
    enum { N = 1 << 14 };
    static float gradient[N];
    static const uint64_t signs[N] = {0};
    static int8_t dy[N];
    static int16_t wide[N];
    const float values[] = {0, 1, -63, 63, 0.25f, -0.25f, 0.5f, -1.5f, 12.9f, -40.01f, 62.999f, 100, -100};
    for (int i = 0; i < 13; i++) {
        for (uint32_t seed = 0; seed < 3; seed++) {
            CASE("stochastic rounding of %g, seed %u", (double)values[i], seed);
            for (int r = 0; r < N; r++) {
                gradient[r] = values[i];
            }
            EXPECT(bg_batch_norm_backward_signs(OPERANDS(batch_norm_backward_signs, BG_FLOAT32, gradient, signs,
                                                    {1, 0, 1}, identity, BG_INT8, BG_STOCHASTIC, 1, dy),
                       seed, 0, N) == BG_OK);
            double x = fmax(-63, fmin((double)values[i], 63)), f = x - floor(x), sum = 0;
            for (int r = 0; r < N; r++) {
                sum += dy[r];
                EXPECT(dy[r] == floor(x) || (f > 0 && dy[r] == floor(x) + 1));
            }
            EXPECT(fabs(sum / N - x) <= 4 * sqrt(f * (1 - f) / N) + 1.0 / (1 << 16));
            EXPECT(bg_batch_norm_backward_signs(OPERANDS(batch_norm_backward_signs, BG_FLOAT32, gradient, signs,
                                                    {1, 0, 1}, identity, BG_INT16, BG_STOCHASTIC, 1, wide),
                       seed, 0, N) == BG_OK);
            EXPECT(fabs((double)values[i]) > 63 ? wide[0] == values[i] : wide[0] == dy[0]);
        }
    }
}

/* Roundings of elements that are any power of two apart, or of the same element with other seeds, are not related. */
static void test_random_numbers_are_independent(void) {
    enum { N = 1 << 14 };
    static float gradient[2 * N];
    static const uint64_t signs[2 * N] = {0};
    static int8_t dy[2 * N], other[2 * N];
    for (int r = 0; r < 2 * N; r++) {
        gradient[r] = 0.5f;
    }
    EXPECT(bg_batch_norm_backward_signs(OPERANDS(batch_norm_backward_signs, BG_FLOAT32, gradient, signs, {1, 0, 1},
                                            identity, BG_INT8, BG_STOCHASTIC, 1, dy),
               1, 0, 2 * N) == BG_OK);
    EXPECT(bg_batch_norm_backward_signs(OPERANDS(batch_norm_backward_signs, BG_FLOAT32, gradient, signs, {1, 0, 1},
                                            identity, BG_INT8, BG_STOCHASTIC, 1, other),
               2, 0, 2 * N) == BG_OK);
    for (int distance = 0; distance <= N; distance = distance == 0 ? 1 : 2 * distance) {
        CASE("random numbers %d apart", distance);
        int same = 0;
        for (int r = 0; r < N; r++) {
            same += dy[r] == (distance == 0 ? other[r] : dy[r + distance]);
        }
        EXPECT(abs(same - N / 2) < 5 * 64); /* a binomial's deviation is sqrt(N) / 2 = 64 */
    }
}

/* One image of 3 x 5 pixels, windows of 2 x 2: the last row and column fill none. */
static void test_ties_of_pooled_signs(void) {
    CASE("ties of pooled signs");
    const float gradient[2] = {1, 2};
    const float coefficients[3] = {1, 0.25f + 0.125f, 0.25f - 0.125f};
    float dy[15];
    /* The left window has no sign set, so its first element has the gradient; the right has two, of which the first. */
    const uint64_t signs[15] = {0, 0, 0, 1, 1, /**/ 0, 0, 1, 0, 0, /**/ 1, 0, 1, 0, 1};
    const float set = -0.25f - 0.125f, clear = -0.25f + 0.125f;
    const float expected[15] = {
        1 + clear, clear, clear, 2 + set, set, /**/ clear, clear, set, clear, clear, /**/ set, clear, set, clear, set};
    EXPECT(bg_batch_norm_backward_pooled_signs(&(struct bg_pooling){3, 5, 1, 2, 2},
               OPERANDS(batch_norm_backward_pooled, BG_FLOAT32, gradient, signs, NULL, 1, coefficients, BG_FLOAT32,
                   BG_NEAREST, dy),
               0, 0, 1) == BG_OK);
    expect_same("dy", expected, dy, sizeof dy);
}

static void test_leftovers_of_pooled_values(void) {
    CASE("leftovers of pooled values");
    const float gradient[2] = {1, 2};
    const uint64_t signs[2] = {0, 1};
    const uint64_t argmax[4] = {0, 1, /**/ 1, 1}; /* elements 2 and 3 */
    const float coefficients[3] = {1, 0.25f + 0.125f, 0.25f - 0.125f};
    const float left = 1 - 0.25f + 0.125f, right = 2 - 0.25f - 0.125f;
    const float expected[15] = {0, 0, 0, 0, 0, /**/ left, 0, 0, right, 0, /**/ 0, 0, 0, 0, 0};
    float dy[15];
    memset(dy, -1, sizeof dy);
    EXPECT(bg_batch_norm_backward_pooled_values(&(struct bg_pooling){3, 5, 1, 2, 2},
               OPERANDS(batch_norm_backward_pooled, BG_FLOAT32, gradient, signs, argmax, 1, coefficients, BG_FLOAT32,
                   BG_NEAREST, dy),
               0, 0, 1) == BG_OK);
    expect_same("dy", expected, dy, sizeof dy);
}

/* Windows of one pixel pool nothing: all forms are one. */
static void test_windows_of_one_pixel(void) {
    CASE("windows of one pixel");
    static struct layer l;
    static int8_t plain[COUNT], values[COUNT], signs[COUNT];
    fill_layer(&l, PLAIN);
    sums_and_coefficients(&l, 1);
    apply(&l, BG_INT8, BG_STOCHASTIC, 3, plain, 1);
    EXPECT(bg_batch_norm_backward_pooled_values(&(struct bg_pooling){HEIGHT, WIDTH, CHANNELS, 1, 1},
               OPERANDS(batch_norm_backward_pooled, BG_FLOAT32, l.gradient, l.signs, NULL, IMAGES, l.coefficients,
                   BG_INT8, BG_STOCHASTIC, values),
               3, 0, IMAGES) == BG_OK);
    EXPECT(bg_batch_norm_backward_pooled_signs(&(struct bg_pooling){HEIGHT, WIDTH, CHANNELS, 1, 1},
               OPERANDS(batch_norm_backward_pooled, BG_FLOAT32, l.gradient, l.signs, NULL, IMAGES, l.coefficients,
                   BG_INT8, BG_STOCHASTIC, signs),
               3, 0, IMAGES) == BG_OK);
    expect_same("pooled values", plain, values, sizeof plain);
    expect_same("pooled signs", plain, signs, sizeof plain);
}

/* 2^24 swallows every 1 that is added to it: the ones of its block are lost, those of the next block are not. */
static void test_sum_order(void) {
    CASE("order of sums");
    static float gradient[2 * BG_SUM_BLOCK];
    static const uint64_t signs[2 * BG_SUM_BLOCK] = {0};
    const float one = 1, beta = 0, sign_mean = -1;
    float sums[6], beta_gradient, coefficients[3], squares;
    gradient[0] = 0x1p24f;
    for (int r = 1; r < 2 * BG_SUM_BLOCK; r++) {
        gradient[r] = 1;
    }
    EXPECT(bg_batch_norm_gradient_sums(
               OPERANDS(batch_norm_gradient_sums, BG_FLOAT32, gradient, signs, 2 * BG_SUM_BLOCK, {1, 0, 1}, sums), 0,
               2 * BG_SUM_BLOCK) == BG_OK);
    EXPECT(sums[0] == 0x1p24f && sums[1] == -0x1p24f && sums[2] == 0x1p48f);
    EXPECT(sums[3] == BG_SUM_BLOCK && sums[4] == -BG_SUM_BLOCK && sums[5] == BG_SUM_BLOCK);
    EXPECT(bg_batch_norm_coefficients(OPERANDS(batch_norm_coefficients, sums, 2 * BG_SUM_BLOCK, 1, 1 << 10, &one, &beta,
                                          &sign_mean, &beta_gradient, coefficients, &squares),
               0, 1) == BG_OK);
    EXPECT(beta_gradient == 0x1p24f + BG_SUM_BLOCK && squares == 0x1p48f);
    const float mean = 0x1p14f + 0.25f, slope = BG_NORMAL_DEVIATION * (0.5f * -mean);
    EXPECT(coefficients[0] == 1 && coefficients[1] == mean + 2 * slope && coefficients[2] == mean);
}

/* ---- Refusals -------------------------------------------------------------------------------------------------- */

#define OFF(pointer) ((void *)((char *)(pointer) + 1))

static void test_refusals_of_sums(void) {
    CASE("refusals of sums");
    enum { MANY = BG_SUM_BLOCK + 2 };
    static float g[MANY], sums[6];
    static uint64_t bits[MANY];
    struct bg_batch_norm_gradient_sums_operands good = {BG_FLOAT16, g, bits, MANY, {1, 0, 1}, sums};
    EXPECT(bg_batch_norm_gradient_sums(NULL, 0, MANY) == BG_NULL_POINTER);
    EXPECT_WITH(good, type = BG_INT16, bg_batch_norm_gradient_sums(&with, 0, MANY), BG_BAD_TYPE);
    EXPECT_WITH(good, gradient = NULL, bg_batch_norm_gradient_sums(&with, 0, MANY), BG_NULL_POINTER);
    EXPECT_WITH(good, signs = NULL, bg_batch_norm_gradient_sums(&with, 0, MANY), BG_NULL_POINTER);
    EXPECT_WITH(good, sums = NULL, bg_batch_norm_gradient_sums(&with, 0, MANY), BG_NULL_POINTER);
    EXPECT_WITH(good, gradient = OFF(g), bg_batch_norm_gradient_sums(&with, 0, MANY), BG_MISALIGNED);
    EXPECT_WITH(good, signs = OFF(bits), bg_batch_norm_gradient_sums(&with, 0, MANY), BG_MISALIGNED);
    EXPECT_WITH(good, sums = OFF(sums), bg_batch_norm_gradient_sums(&with, 0, MANY), BG_MISALIGNED);
    EXPECT_WITH(good, rows = 0, bg_batch_norm_gradient_sums(&with, 0, 0), BG_BAD_SHAPE);
    EXPECT_WITH(good, tile.channels = 0, bg_batch_norm_gradient_sums(&with, 0, MANY), BG_BAD_SHAPE);
    EXPECT_WITH(good, tile.columns = 64;
                with.tile.first = 16, bg_batch_norm_gradient_sums(&with, 0, MANY), BG_BAD_SHAPE);
    EXPECT_WITH(good, tile.first = 16, bg_batch_norm_gradient_sums(&with, 0, MANY), BG_BAD_SHAPE);
    EXPECT(bg_batch_norm_gradient_sums(&good, 1, MANY) == BG_BAD_RANGE);
    EXPECT(bg_batch_norm_gradient_sums(&good, 0, MANY - 1) == BG_BAD_RANGE);
    EXPECT(bg_batch_norm_gradient_sums(&good, 0, 2 * MANY) == BG_BAD_RANGE);
}

static void test_refusals_of_coefficients(void) {
    CASE("refusals of coefficients and scales");
    float sums[6] = {0}, d[2] = {1, 1}, m[2] = {1, 1}, e[2] = {0}, b[2], k[6], s[2] = {0}, scale;
    struct bg_batch_norm_coefficients_operands good = {sums, 9, 2, 9, d, m, e, b, k, s};
    EXPECT(bg_batch_norm_coefficients(NULL, 0, 2) == BG_NULL_POINTER);
    EXPECT_WITH(good, sums = NULL, bg_batch_norm_coefficients(&with, 0, 2), BG_NULL_POINTER);
    EXPECT_WITH(good, deviation = NULL, bg_batch_norm_coefficients(&with, 0, 2), BG_NULL_POINTER);
    EXPECT_WITH(good, beta = NULL, bg_batch_norm_coefficients(&with, 0, 2), BG_NULL_POINTER);
    EXPECT_WITH(good, sign_mean = NULL, bg_batch_norm_coefficients(&with, 0, 2), BG_NULL_POINTER);
    EXPECT_WITH(good, beta_gradient = NULL, bg_batch_norm_coefficients(&with, 0, 2), BG_NULL_POINTER);
    EXPECT_WITH(good, coefficients = NULL, bg_batch_norm_coefficients(&with, 0, 2), BG_NULL_POINTER);
    EXPECT_WITH(good, squares = NULL, bg_batch_norm_coefficients(&with, 0, 2), BG_NULL_POINTER);
    EXPECT_WITH(good, coefficients = OFF(k), bg_batch_norm_coefficients(&with, 0, 2), BG_MISALIGNED);
    EXPECT_WITH(good, rows = 0, bg_batch_norm_coefficients(&with, 0, 2), BG_BAD_SHAPE);
    EXPECT_WITH(good, channels = 0, bg_batch_norm_coefficients(&with, 0, 0), BG_BAD_SHAPE);
    EXPECT_WITH(good, count = 8, bg_batch_norm_coefficients(&with, 0, 2), BG_BAD_SHAPE);
    EXPECT(bg_batch_norm_coefficients(&good, 1, 3) == BG_BAD_RANGE);
    EXPECT(bg_batch_norm_gradient_scale(NULL, 2, 9, 4, BG_INT8, &scale) == BG_NULL_POINTER);
    EXPECT(bg_batch_norm_gradient_scale(s, 2, 9, 4, BG_INT8, NULL) == BG_NULL_POINTER);
    EXPECT(bg_batch_norm_gradient_scale(OFF(s), 2, 9, 4, BG_INT8, &scale) == BG_MISALIGNED);
    EXPECT(bg_batch_norm_gradient_scale(s, 0, 9, 4, BG_INT8, &scale) == BG_BAD_SHAPE);
    EXPECT(bg_batch_norm_gradient_scale(s, 2, 0, 4, BG_INT8, &scale) == BG_BAD_SHAPE);
    EXPECT(bg_batch_norm_gradient_scale(s, 2, 9, 0, BG_INT8, &scale) == BG_BAD_NUMBER);
    EXPECT(bg_batch_norm_gradient_scale(s, 2, 9, INFINITY, BG_INT8, &scale) == BG_BAD_NUMBER);
    EXPECT(bg_batch_norm_gradient_scale(s, 2, 9, NAN, BG_INT8, &scale) == BG_BAD_NUMBER);
    EXPECT(bg_batch_norm_gradient_scale(s, 2, 9, 4, BG_FLOAT16, &scale) == BG_BAD_TYPE);
    EXPECT(bg_batch_norm_gradient_scale(s, 2, 9, 4, BG_INT8, OFF(&scale)) == BG_MISALIGNED);
    EXPECT(bg_batch_norm_scale_coefficients(NULL, 2, d) == BG_NULL_POINTER);
    EXPECT(bg_batch_norm_scale_coefficients(OFF(k), 2, d) == BG_MISALIGNED);
    EXPECT(bg_batch_norm_scale_coefficients(k, 0, d) == BG_BAD_SHAPE);
    EXPECT(bg_batch_norm_scale_coefficients(k, 2, NULL) == BG_NULL_POINTER);
    const float not_scales[] = {0, -1, NAN, INFINITY, 0x1p-101f, 0x1p101f};
    for (int i = 0; i < 6; i++) {
        EXPECT(bg_batch_norm_scale_coefficients(k, 2, &not_scales[i]) == BG_BAD_NUMBER);
    }
    int8_t unselected[4];
    EXPECT(bg_batch_norm_unselected_gradient(NULL, 2, 2, 0, unselected) == BG_NULL_POINTER);
    EXPECT(bg_batch_norm_unselected_gradient(OFF(k), 2, 2, 0, unselected) == BG_MISALIGNED);
    EXPECT(bg_batch_norm_unselected_gradient(k, 2, 2, 0, NULL) == BG_NULL_POINTER);
    EXPECT(bg_batch_norm_unselected_gradient(k, 0, 2, 0, unselected) == BG_BAD_SHAPE);
    EXPECT(bg_batch_norm_unselected_gradient(k, 2, 3, 0, unselected) == BG_BAD_SHAPE);
    EXPECT(bg_batch_norm_unselected_gradient(k, 2, 2, 16, unselected) == BG_BAD_SHAPE);
}

static void test_refusals_of_backward(void) {
    CASE("refusals of the backward pass");
    float g[8] = {0}, k[6] = {0};
    int8_t dy[32];
    uint64_t bits[8] = {0};
    enum { F = BG_FLOAT32, I = BG_INT8, N = BG_NEAREST };
    struct bg_batch_norm_backward_signs_operands good = {F, g, bits, {2, 0, 2}, k, I, N, 2, dy};
    EXPECT(bg_batch_norm_backward_signs(NULL, 0, 0, 4) == BG_NULL_POINTER);
    EXPECT_WITH(good, type = BG_INT8, bg_batch_norm_backward_signs(&with, 0, 0, 4), BG_BAD_TYPE);
    EXPECT_WITH(good, gradient = NULL, bg_batch_norm_backward_signs(&with, 0, 0, 4), BG_NULL_POINTER);
    EXPECT_WITH(good, gradient = OFF(g), bg_batch_norm_backward_signs(&with, 0, 0, 4), BG_MISALIGNED);
    EXPECT_WITH(good, signs = NULL, bg_batch_norm_backward_signs(&with, 0, 0, 4), BG_NULL_POINTER);
    EXPECT_WITH(good, signs = OFF(bits), bg_batch_norm_backward_signs(&with, 0, 0, 4), BG_MISALIGNED);
    EXPECT_WITH(good, tile.channels = 0, bg_batch_norm_backward_signs(&with, 0, 0, 4), BG_BAD_SHAPE);
    EXPECT_WITH(good, tile.columns = 64; with.tile.first = 16;
                with.dy_columns = 64, bg_batch_norm_backward_signs(&with, 0, 0, 1), BG_BAD_SHAPE);
    EXPECT_WITH(good, tile.channels = 16; with.tile.columns = 64; with.tile.first = 8;
                with.dy_columns = 64, bg_batch_norm_backward_signs(&with, 0, 0, 1), BG_BAD_SHAPE);
    EXPECT_WITH(good, coefficients = NULL, bg_batch_norm_backward_signs(&with, 0, 0, 4), BG_NULL_POINTER);
    EXPECT_WITH(good, dy_type = BG_BITS, bg_batch_norm_backward_signs(&with, 0, 0, 4), BG_BAD_TYPE);
    EXPECT_WITH(good, rounding = 2, bg_batch_norm_backward_signs(&with, 0, 0, 4), BG_BAD_NUMBER);
    EXPECT_WITH(good, dy = NULL, bg_batch_norm_backward_signs(&with, 0, 0, 4), BG_NULL_POINTER);
    EXPECT_WITH(good, dy_type = BG_INT16;
                with.dy = OFF(k), bg_batch_norm_backward_signs(&with, 0, 0, 1), BG_MISALIGNED);
    EXPECT(bg_batch_norm_backward_signs(&good, 0, -1, 4) == BG_BAD_RANGE);
    EXPECT(bg_batch_norm_backward_signs(&good, 0, 4, 3) == BG_BAD_RANGE);
}

typedef int32_t pooled_function(const struct bg_pooling *pooling,
    const struct bg_batch_norm_backward_pooled_operands *operands, uint32_t seed, int64_t image_begin,
    int64_t image_end);

static void test_refusals_of_pooling(pooled_function *backward) {
    CASE("refusals of pooling");
    float g[8] = {0}, k[6] = {0};
    int8_t dy[32];
    uint64_t bits[16] = {0};
    struct bg_batch_norm_backward_pooled_operands good = {BG_FLOAT32, g, bits, bits, 1, k, BG_INT8, BG_NEAREST, dy};
    struct bg_pooling pooling = {4, 4, 2, 2, 2};
    EXPECT(backward(NULL, &good, 0, 0, 1) == BG_NULL_POINTER);
    EXPECT(backward(&pooling, NULL, 0, 0, 1) == BG_NULL_POINTER);
    EXPECT(backward(OFF(&pooling), &good, 0, 0, 1) == BG_MISALIGNED);
    EXPECT(backward(&pooling, OFF(&good), 0, 0, 1) == BG_MISALIGNED);
    EXPECT_WITH(good, type = BG_INT8, backward(&pooling, &with, 0, 0, 1), BG_BAD_TYPE);
    EXPECT_WITH(good, gradient = NULL, backward(&pooling, &with, 0, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(good, signs = NULL, backward(&pooling, &with, 0, 0, 1), BG_NULL_POINTER);
    EXPECT_WITH(good, dy_type = BG_BITS, backward(&pooling, &with, 0, 0, 1), BG_BAD_TYPE);
    EXPECT_WITH(good, rounding = 9, backward(&pooling, &with, 0, 0, 1), BG_BAD_NUMBER);
    EXPECT_WITH(good, images = 0, backward(&pooling, &with, 0, 0, 0), BG_BAD_SHAPE);
    EXPECT_WITH(pooling, height = 0, backward(&with, &good, 0, 0, 1), BG_BAD_SHAPE);
    EXPECT_WITH(pooling, width = -4, backward(&with, &good, 0, 0, 1), BG_BAD_SHAPE);
    EXPECT_WITH(pooling, channels = 0, backward(&with, &good, 0, 0, 1), BG_BAD_SHAPE);
    EXPECT_WITH(pooling, window_height = 0, backward(&with, &good, 0, 0, 1), BG_BAD_SHAPE);
    EXPECT_WITH(pooling, window_width = 0, backward(&with, &good, 0, 0, 1), BG_BAD_SHAPE);
    EXPECT_WITH(pooling, window_height = 5, backward(&with, &good, 0, 0, 1), BG_BAD_SHAPE);
    EXPECT_WITH(pooling, window_width = 5, backward(&with, &good, 0, 0, 1), BG_BAD_SHAPE);
    EXPECT(backward(&pooling, &good, 0, 0, 2) == BG_BAD_RANGE);
    EXPECT(backward(&pooling, &good, 0, 1, 0) == BG_BAD_RANGE);
    int reads_argmax = backward == bg_batch_norm_backward_pooled_values;
    EXPECT_WITH(good, argmax = NULL, backward(&pooling, &with, 0, 0, 1), reads_argmax ? BG_NULL_POINTER : BG_OK);
    EXPECT_WITH(good, argmax = OFF(bits), backward(&pooling, &with, 0, 0, 1), reads_argmax ? BG_MISALIGNED : BG_OK);
}

static void test_variants(enum guard guard, int64_t rows, int64_t channels) {
    for (int i = 0; i < TYPES; i++) {
        test_sums(guard, gradient_types[i], rows, channels);
        for (int output = 0; output < OUTPUTS; output++) {
            test_backward(guard, gradient_types[i], output, rows, channels);
        }
    }
    test_coefficients(guard, rows, channels);
}

/* Windows of so many rows, and of as many columns or of some unselected. */
static void test_pooled_variants(enum guard guard, int64_t size, int64_t channels) {
    int64_t other = random_below(2) ? size : 1 + random_below(4);
    struct bg_pooling pooling = {size + random_below(2 * size), other + random_below(2 * other), channels, size, other};
    for (int i = 0; i < TYPES; i++) {
        for (int output = 0; output < OUTPUTS; output++) {
            test_pooled(guard, gradient_types[i], output, pooling);
        }
    }
}

int main(void) {
    for (enum form form = PLAIN; form < FORMS; form++) {
        test_formulas(form);
        test_cuts(form);
        test_zero_gradients(form);
    }
    test_nearness(-1);
    test_nearness(0);
    test_nearness(1);
    test_tiles();
    test_compact_gradients();
    test_known_scale();
    test_rounding_to_nearest();
    test_stochastic_rounding();
    test_random_numbers_are_independent();
    test_ties_of_pooled_signs();
    test_leftovers_of_pooled_values();
    test_windows_of_one_pixel();
    test_sum_order();
    test_refusals_of_sums();
    test_refusals_of_coefficients();
    test_refusals_of_backward();
    test_refusals_of_pooling(bg_batch_norm_backward_pooled_values);
    test_refusals_of_pooling(bg_batch_norm_backward_pooled_signs);
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *size = tail_sizes; *size != 0; size++) {
            test_variants(guard, 1 + random_below(12), *size);
            test_variants(guard, *size, 1 + random_below(12));
            test_pooled_variants(guard, 1 + random_below(4), *size);
        }
        test_variants(guard, 2 * BG_SUM_BLOCK + 1, 150);
    }
    return finish("batch_norm_backward");
}
