#include "convolutions.h"
#include "harness.h"

#include <math.h>

#include "kernels/pooling.h"
#include "simd/scalar.h"

static const int32_t types[] = {BG_FLOAT32, BG_FLOAT16, BG_INT16, BG_INT8};
enum { TYPE_COUNT = sizeof types / sizeof *types };

static int is_float(int32_t type) {
    return type == BG_FLOAT32 || type == BG_FLOAT16;
}

static int largest(int32_t type) {
    return type == BG_INT8 ? BG_MAX_INT7 : BG_MAX_INT14;
}

/* A case: a convolution, as given and as read. */
struct shape {
    struct bg_convolution convolution;
    struct bg_geometry c;
    int64_t images;
};

static struct shape shape_of(struct bg_convolution convolution, int64_t images) {
    return (struct shape){convolution, geometry_of(convolution), images};
}

/* With the same kernel, stride and padding in both directions. */
static struct shape square(int64_t height, int64_t width, int64_t channels, int64_t kernel, int64_t stride,
    int64_t padding, int64_t out_channels, int64_t images) {
    return shape_of(
        (struct bg_convolution)SQUARE(height, width, channels, kernel, stride, padding, out_channels), images);
}

static struct shape random_shape(int64_t channels, int64_t out_channels, int64_t largest_image) {
    return shape_of(random_convolution(channels, out_channels, 4, largest_image), 1 + random_below(6));
}

static void name_case(const char *what, int32_t type, const struct shape *s, int64_t begin, int64_t end) {
    char text[160];
    snprintf(text, sizeof text, "%s type %d, [%ld, %ld)", what, type, (long)begin, (long)end);
    convolution_case(text, &s->convolution, s->images);
}

/* A whole dy of scale 1. */
static struct bg_dy whole(int32_t type, const void *values, const struct shape *s) {
    return (struct bg_dy){.type = type,
        .values = values,
        .scale = 1,
        .window_height = 1,
        .window_width = 1,
        .pooled_height = s->c.out_height,
        .pooled_width = s->c.out_width};
}

/* What dy is of: pooling is where it is of bytes. */
enum pooling { NOT_POOLED, POOLED_SUMS, POOLED_SIGNS, POOLINGS };

/* Windows that the output has room for, not of one element, at random. */
static void random_window(const struct shape *s, int64_t window[2]) {
    do {
        window[0] = random_between(1, s->c.out_height < 3 ? s->c.out_height : 3);
        window[1] = random_between(1, s->c.out_width < 3 ? s->c.out_width : 3);
    } while (window[0] * window[1] == 1 && s->c.out_pixels > 1);
}

static struct bg_dy gradient_operand(
    enum guard guard, int32_t type, const struct shape *s, enum pooling pooling, const int64_t window[2]) {
    struct bg_dy dy = whole(type, NULL, s);
    int64_t n = s->c.out_channels;
    dy.scale = is_float(type) ? 1 : 0x1.234p-9f;
    if (pooling != NOT_POOLED) {
        dy.is_pooled = 1;
        dy.window_height = window[0];
        dy.window_width = window[1];
        dy.pooled_height /= window[0];
        dy.pooled_width /= window[1];
    }
    int64_t windows = s->images * dy.pooled_height * dy.pooled_width;
    int64_t elements = dy.window_height * dy.window_width;
    dy.values = typed_operand(guard, type, windows * n, largest(type));
    if (pooling == POOLED_SIGNS) {
        dy.signs = bit_operand(guard, s->images * s->c.out_pixels, n);
        dy.unselected = typed_operand(guard, BG_INT8, 2 * n, BG_MAX_INT7);
    } else if (pooling == POOLED_SUMS) {
        dy.planes = bg_argmax_planes(elements);
        dy.plane_words = windows * bg_row_words(n);
        uint64_t *argmax = bit_operand(guard, dy.planes * windows, n);
        for (int64_t i = 0; i < windows * n; i++) {
            int64_t number = random_below(elements);
            for (int64_t plane = 0; plane < dy.planes; plane++) {
                bg_set_bit(argmax, n, plane * windows + i / n, i % n, number >> plane & 1);
            }
        }
        dy.argmax = argmax;
    }
    return dy;
}

/* An element of a window, as a pixel of an output image from the window's first one on. */
static int64_t window_pixel(const struct bg_dy *dy, const struct shape *s, int64_t number) {
    return number / dy->window_width * s->c.out_width + number % dy->window_width;
}

/* Where the element that a window chose from channel n is, from its first one on. */
static int64_t chosen_number(const struct bg_dy *dy, const struct shape *s, int64_t window, int64_t first, int64_t n) {
    int64_t elements = dy->window_height * dy->window_width;
    int64_t number = 0;
    if (dy->argmax != NULL) {
        int64_t windows = s->images * dy->pooled_height * dy->pooled_width;
        for (int64_t plane = 0; plane < dy->planes; plane++) {
            number |= (int64_t)bg_bit(dy->argmax, s->c.out_channels, plane * windows + window, n) << plane;
        }
        return number;
    }
    while (number < elements && !bg_bit(dy->signs, s->c.out_channels, first + window_pixel(dy, s, number), n)) {
        number++;
    }
    return number % elements;
}

/* The whole dy that a pooled one stands for, in a new operand. */
static struct bg_dy expanded(enum guard guard, const struct bg_dy *dy, const struct shape *s) {
    const struct bg_geometry *c = &s->c;
    if (!dy->is_pooled) {
        return *dy;
    }
    int8_t *values = operand(guard, (size_t)(s->images * c->out_pixels * c->out_channels));
    for (int64_t i = 0; i < s->images * c->out_pixels * c->out_channels; i++) {
        int64_t n = i % c->out_channels;
        int sign = dy->signs != NULL && bg_bit(dy->signs, c->out_channels, i / c->out_channels, n);
        values[i] = dy->unselected == NULL ? 0 : dy->unselected[sign ? n : c->out_channels + n];
    }
    for (int64_t window = 0; window < s->images * dy->pooled_height * dy->pooled_width; window++) {
        int64_t image_row = window / dy->pooled_width;
        int64_t y = image_row / dy->pooled_height * c->out_height + image_row % dy->pooled_height * dy->window_height;
        int64_t first = y * c->out_width + window % dy->pooled_width * dy->window_width;
        for (int64_t n = 0; n < c->out_channels; n++) {
            int64_t pixel = first + window_pixel(dy, s, chosen_number(dy, s, window, first, n));
            values[pixel * c->out_channels + n] = ((const int8_t *)dy->values)[window * c->out_channels + n];
        }
    }
    struct bg_dy result = whole(dy->type, values, s);
    result.scale = dy->scale;
    return result;
}

/* ---- Variants against the reference --------------------------------------------------------------------------- */

/* The index for an input gradient of the same variant, made in two calls. */
static uint8_t *index_of(
    bg_weight_index_kernel *kernel, enum guard guard, int32_t type, const struct shape *s, const uint64_t *weights) {
    uint8_t *index = operand(guard, (size_t)bg_weight_index_bytes(&s->convolution));
    int64_t blocks = (s->c.out_channels + 15) / 16;
    int64_t middle = random_below(blocks + 1);
    kernel(&s->c, type, weights, index, middle, blocks);
    kernel(&s->c, type, weights, index, 0, middle);
    return index;
}

static bg_weight_index_kernel *index_kernel(const char *name) {
    return (bg_weight_index_kernel *)registered_kernel("weight_index", name);
}

/* A tile of channels, from a multiple of 16 to another or to the last. */
static void random_channels(int64_t channels, int64_t *begin, int64_t *end) {
    int64_t tiles = (channels + 15) / 16;
    int64_t first = random_below(tiles);
    int64_t count = 1 + random_below(tiles - first);
    *begin = 16 * first;
    *end = 16 * (first + count) < channels ? 16 * (first + count) : channels;
}

/* What pooling dy has, for the text of a case. */
static void describe(char *text, size_t size, const char *what, const struct bg_dy *dy) {
    snprintf(text, size, "%s, pooled by %ldx%ld%s,", what, (long)dy->window_height, (long)dy->window_width,
        dy->signs != NULL ? " by signs" : "");
}

/* dy may be pooled; same is the whole one. */
static void test_input_gradient(enum guard guard, const struct bg_dy *dy, const struct bg_dy *same, int32_t dx_type,
    int masked, const struct shape *s) {
    uint64_t *weights = bit_operand(guard, s->c.out_channels * s->c.taps, s->c.channels);
    struct bg_input_gradient_operands expected = {.images = s->images, .dx_type = dx_type};
    expected.mask = masked ? bit_operand(guard, s->images * s->c.pixels, s->c.channels) : NULL;
    random_channels(s->c.channels, &expected.channel_begin, &expected.channel_end);
    int64_t channels = expected.channel_end - expected.channel_begin;
    size_t bytes = (size_t)(s->images * s->c.pixels * channels) * type_bytes(dx_type);
    void *before = operand(guard, bytes);
    expected.dx = operand_copy(guard, before, bytes);
    int64_t scratch_bytes = bg_input_gradient_scratch_bytes(&s->convolution, dy->type);
    int64_t begin = random_below(s->images);
    int64_t end = begin + 1 + random_below(s->images - begin);
    char what[120];
    describe(what, sizeof what, "input_gradient", dy);
    name_case(what, dy->type, s, begin, end);
    expected.index = index_of(bg_weight_index_reference, guard, dy->type, s, weights);
    bg_input_gradient_reference(&s->c, same, &expected, begin, end);
    if (dy->is_pooled && random_below(8) == 0) { /* it takes its time */
        struct bg_input_gradient_operands actual = expected;
        actual.dx = operand_copy(guard, before, bytes);
        current_variant = "reference";
        bg_input_gradient_reference(&s->c, dy, &actual, begin, end);
        expect_same("dx", expected.dx, actual.dx, bytes);
    }
    FOR_EACH_VARIANT(input_gradient, {
        struct bg_input_gradient_operands actual = expected;
        actual.index = index_of(index_kernel(variant->variant), guard, dy->type, s, weights);
        actual.dx = operand_copy(guard, before, bytes);
        actual.scratch = operand(guard, (size_t)scratch_bytes);
        kernel(&s->c, dy, &actual, begin, end);
        expect_same("dx", expected.dx, actual.dx, bytes);
    });
}

/* The convolution as kernels of weight gradients get it: every bit of an input value is a channel. */
static struct bg_geometry with_input_bits(struct bg_geometry c, int32_t input_bits) {
    c.channels *= input_bits;
    c.words = bg_row_words(c.channels);
    return c;
}

static void test_weight_gradient(enum guard guard, const struct bg_dy *dy, const struct bg_dy *same, int32_t input_bits,
    int32_t gradient_type, const struct shape *s) {
    struct bg_geometry bits = with_input_bits(s->c, input_bits);
    int64_t begin = random_below(s->c.out_channels);
    int64_t end = begin + 1 + random_below(s->c.out_channels - begin);
    if (s->c.out_channels >= BG_TILE_CHANNELS && random_below(2) == 0) { /* a tile, as layers take them */
        begin = random_below(s->c.out_channels / BG_TILE_CHANNELS) * BG_TILE_CHANNELS;
        end = begin + BG_TILE_CHANNELS;
    }
    int64_t filters = (end - begin) * s->c.taps;
    size_t bytes = gradient_type == BG_BITS ? bit_bytes(filters, s->c.channels)
                                            : (size_t)(filters * s->c.channels) * sizeof(float);
    void *before = operand(guard, bytes);
    const struct bg_weight_gradient_operands expected = {
        .images = s->images,
        .x = bit_operand(guard, s->images * s->c.pixels, bits.channels),
        .input_bits = input_bits,
        .gradient_type = gradient_type,
        .gradient = operand_copy(guard, before, bytes),
        .gradient_channels = end - begin,
    };
    int64_t scratch_bytes = bg_weight_gradient_scratch_bytes(&s->convolution, dy->type, input_bits, s->images);
    char what[120];
    describe(what, sizeof what, input_bits == 1 ? "weight_gradient of signs" : "weight_gradient of bytes", dy);
    name_case(what, dy->type, s, begin, end);
    bg_weight_gradient_reference(&bits, same, &expected, begin, end);
    if (dy->is_pooled && random_below(8) == 0) { /* it takes its time */
        struct bg_weight_gradient_operands actual = expected;
        actual.gradient = operand_copy(guard, before, bytes);
        current_variant = "reference";
        bg_weight_gradient_reference(&bits, dy, &actual, begin, end);
        expect_same("dw", expected.gradient, actual.gradient, bytes);
    }
    FOR_EACH_VARIANT(weight_gradient, {
        struct bg_weight_gradient_operands actual = expected;
        actual.gradient = operand_copy(guard, before, bytes);
        actual.scratch = operand(guard, (size_t)scratch_bytes);
        kernel(&bits, dy, &actual, begin, end);
        expect_same("dw", expected.gradient, actual.gradient, bytes);
    });
}

/* Every type, and of bytes every kind of pooling that the output has a window for. */
static void test_shape(enum guard guard, const struct shape *s) {
    for (int i = 0; i < TYPE_COUNT + POOLINGS - 1; i++) {
        int32_t type = i < TYPE_COUNT ? types[i] : BG_INT8;
        enum pooling pooling = i < TYPE_COUNT ? NOT_POOLED : (enum pooling)(i - TYPE_COUNT + 1);
        if ((pooling == NOT_POOLED || s->c.out_pixels > 1) && is_in_part()) {
            int64_t window[2];
            random_window(s, window);
            struct bg_dy dy = gradient_operand(guard, type, s, pooling, window);
            struct bg_dy same = expanded(guard, &dy, s);
            int32_t dx_type = random_below(2) ? BG_FLOAT32 : BG_FLOAT16;
            int32_t gradient_type = random_below(2) ? BG_FLOAT32 : BG_BITS;
            test_input_gradient(guard, &dy, &same, dx_type, random_below(2) == 0, s);
            test_weight_gradient(guard, &dy, &same, random_below(4) == 0 ? 8 : 1, gradient_type, s);
            release_all();
        }
    }
}

static void test_tails(void) {
    for (enum guard guard = 0; guard < GUARD_COUNT; guard++) {
        for (const int64_t *size = tail_sizes; *size != 0 && *size <= 300; size++) {
            struct shape shapes[] = {
                random_shape(*size, 1 + random_below(20), 5),
                random_shape(1 + random_below(20), *size, 5),
                square(1, 1, *size, 1, 1, 0, 1 + random_below(40), 1 + random_below(40)),
                square(1, 1, 1 + random_below(40), 1, 1, 0, *size, 1 + random_below(40)),
                square(1, 1, 1 + random_below(10), 1, 1, 0, 1 + random_below(40), *size),
                square(2 + random_below(5), 3 + random_below(5), 1 + random_below(40), 1, 1, 0, *size, 3),
            };
            for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
                test_shape(guard, &shapes[i]);
            }
        }
    }
}

/* Widths around groups of four pixels, images around sets of 16, heights around what is done at once; the common
 * kernels. */
static void test_images(void) {
    for (int64_t width = 1; width <= 40; width += width < 12 ? 1 : 7) {
        for (int64_t padding = 0; padding < 3; padding++) {
            for (int64_t stride = 1; stride < 4; stride++) {
                if (width + 2 * padding >= 3) {
                    struct bg_convolution c = SQUARE(
                        3 + random_below(20), width, 1 + random_below(9), 3, stride, padding, 1 + random_below(35));
                    if (random_below(2)) { /* or rows of another kernel, stride and padding */
                        c.height = random_axis(4, 20, &c.kernel_height, &c.stride_height, &c.padding_height);
                    }
                    struct shape s = shape_of(c, 1 + random_below(20));
                    test_shape(GUARD_BEHIND, &s);
                }
            }
        }
    }
}

/* All of what the loops cut into blocks is more than one block: channels, input channels, rows, steps. */
static void test_blocks(void) {
    struct shape shapes[] = {
        square(9, 32, 140, 3, 1, 1, 40, 5),
        square(17, 5, 200, 3, 1, 0, 34, 9),
        square(4, 4, 70, 3, 1, 1, 66, 33),
        square(6, 7, 70, 7, 1, 3, 33, 5),
        square(21, 19, 65, 5, 2, 2, 33, 5),
        square(2, 3, 1300, 1, 1, 0, 70, 90),
        square(1, 1, 1300, 1, 1, 0, 70, 90),
        shape_of((struct bg_convolution){1, 300, 70, 1, 9, 1, 1, 0, 4, 40}, 5), /* a series */
        shape_of((struct bg_convolution){300, 1, 70, 9, 1, 1, 1, 4, 0, 40}, 5), /* an upright one */
        shape_of((struct bg_convolution){1, 200, 12, 1, 25, 1, 4, 0, 12, 33}, 9),
        shape_of((struct bg_convolution){40, 33, 66, 2, 5, 2, 1, 1, 2, 33}, 5),
        shape_of((struct bg_convolution){33, 40, 66, 5, 2, 1, 3, 0, 1, 33}, 5),
        shape_of((struct bg_convolution){9, 12, 130, 1, 1, 1, 2, 0, 0, 35}, 5),
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        test_shape(GUARD_BEHIND, &shapes[i]);
    }
}

/* ---- The reference against its definition --------------------------------------------------------------------- */

static double value_of(int32_t type, const void *values, int64_t index) {
    return type == BG_INT8 ? ((const int8_t *)values)[index] : (double)bg_load(type, values, index);
}

/* What float32 loses in a sum of so many terms below 8. */
static double tolerance_of(int32_t type, int64_t terms) {
    return is_float(type) ? (double)terms * (double)terms * 8 * 0x1p-24 : 0;
}

/* Calls visit for every pair of an output pixel and a tap that sees an input pixel, with the numbers of all three. */
typedef void visitor(void *state, const struct shape *s, int64_t output, int64_t tap, int64_t input);

static void visit_taps(const struct shape *s, visitor *visit, void *state) {
    const struct bg_geometry *c = &s->c;
    for (int64_t output = 0; output < s->images * c->out_pixels; output++) {
        int64_t image = output / c->out_pixels;
        int64_t out_y = output % c->out_pixels / c->out_width;
        int64_t out_x = output % c->out_width;
        for (int64_t tap = 0; tap < c->taps; tap++) {
            int64_t y = out_y * c->stride_height + tap / c->kernel_width - c->padding_height;
            int64_t x = out_x * c->stride_width + tap % c->kernel_width - c->padding_width;
            if (y >= 0 && y < c->height && x >= 0 && x < c->width) {
                visit(state, s, output, tap, (image * c->height + y) * c->width + x);
            }
        }
    }
}

/* Both gradients in double, by going through the forward product: y[output, n] += x[input, c] * weights[n, tap, c]. */
struct plain {
    int32_t type;
    int32_t input_bits;
    const void *dy;
    const uint64_t *weights;
    const uint64_t *x;
    double *dx;
    double *dw;
};

static double input_value(const struct plain *p, const struct shape *s, int64_t input, int64_t channel) {
    if (p->input_bits == 1) {
        return bg_bit_sign(p->x, s->c.channels, input, channel);
    }
    return 2 * ((const uint8_t *)p->x)[input * bg_row_words(8 * s->c.channels) * 8 + channel] - 255.0;
}

static void add_plain(void *state, const struct shape *s, int64_t output, int64_t tap, int64_t input) {
    const struct plain *p = state;
    const struct bg_geometry *c = &s->c;
    for (int64_t n = 0; n < c->out_channels; n++) {
        double dy = value_of(p->type, p->dy, output * c->out_channels + n);
        for (int64_t channel = 0; channel < c->channels; channel++) {
            double weight = bg_bit_sign(p->weights, c->channels, n * c->taps + tap, channel);
            p->dx[input * c->channels + channel] += dy * weight;
            p->dw[(n * c->taps + tap) * c->channels + channel] += dy * input_value(p, s, input, channel);
        }
    }
}

static void test_definition(int32_t type, int32_t input_bits, const struct shape *s) {
    const struct bg_geometry *c = &s->c;
    struct bg_geometry bits = with_input_bits(*c, input_bits);
    int64_t inputs = s->images * c->pixels * c->channels;
    int64_t parameters = c->out_channels * c->taps * c->channels;
    struct bg_dy dy = gradient_operand(GUARD_BEHIND, type, s, NOT_POOLED, NULL);
    uint64_t *weights = bit_operand(GUARD_BEHIND, c->out_channels * c->taps, c->channels);
    uint64_t *x = bit_operand(GUARD_BEHIND, s->images * c->pixels, bits.channels);
    float *dx = operand(GUARD_BEHIND, (size_t)inputs * sizeof *dx);
    uint64_t *signs = operand(GUARD_BEHIND, bit_bytes(c->out_channels * c->taps, c->channels));
    float *dw = operand(GUARD_BEHIND, (size_t)parameters * sizeof *dw);
    double *expected_dx = calloc((size_t)inputs, sizeof(double));
    double *expected_dw = calloc((size_t)parameters, sizeof(double));
    EXPECT(expected_dx != NULL && expected_dw != NULL);
    struct plain plain = {type, input_bits, dy.values, weights, x, expected_dx, expected_dw};
    visit_taps(s, add_plain, &plain);

    name_case("definition", type, s, 0, s->images);
    uint8_t *index = index_of(bg_weight_index_reference, GUARD_BEHIND, type, s, weights);
    dy.scale = is_float(type) ? 1 : 0.5f;
    const struct bg_input_gradient_operands of_input = {
        .images = s->images, .index = index, .dx_type = BG_FLOAT32, .dx = dx, .channel_end = c->channels};
    bg_input_gradient_reference(c, &dy, &of_input, 0, s->images);
    for (int64_t i = 0; i < inputs; i++) {
        double expected = expected_dx[i] * dy.scale;
        EXPECT(fabs(dx[i] - expected) <= tolerance_of(type, c->taps * c->out_channels));
    }
    struct bg_weight_gradient_operands of_weights = {
        .images = s->images, .x = x, .input_bits = input_bits, .gradient_type = BG_BITS, .gradient = signs};
    bg_weight_gradient_reference(&bits, &dy, &of_weights, 0, c->out_channels);
    of_weights.gradient_type = BG_FLOAT32;
    of_weights.gradient = dw;
    bg_weight_gradient_reference(&bits, &dy, &of_weights, 0, c->out_channels);
    double tolerance = tolerance_of(type, s->images * c->out_pixels) * (input_bits == 1 ? 1 : 255);
    for (int64_t i = 0; i < parameters; i++) {
        double expected = expected_dw[i] * dy.scale;
        EXPECT(fabs(dw[i] - expected) <= tolerance + 0x1p-24 * fabs(expected)); /* an exact sum is rounded once */
        if (!is_float(type) || fabs(expected_dw[i]) > tolerance) {
            EXPECT(bg_bit(signs, c->channels, i / c->channels, i % c->channels) == (expected_dw[i] >= 0));
        }
    }
    free(expected_dx);
    free(expected_dw);
    release_all();
}

static void test_definitions(void) {
    struct shape shapes[] = {
        square(5, 7, 3, 3, 1, 1, 6, 5), /* odd sizes, zero padding */
        square(6, 9, 5, 3, 2, 1, 4, 3), /* a stride, and a last row and column that no tap sees */
        square(7, 6, 2, 2, 3, 0, 5, 2), /* pixels between the taps */
        square(4, 3, 2, 5, 1, 4, 3, 4), /* padding beyond half of the kernel */
        square(5, 5, 4, 1, 2, 0, 9, 3),
        square(1, 1, 70, 1, 1, 0, 9, 11),
        square(3, 2, 5, 1, 1, 0, 6, 4),
        shape_of((struct bg_convolution){1, 13, 3, 1, 5, 1, 2, 0, 3, 6}, 5), /* a series */
        shape_of((struct bg_convolution){13, 1, 3, 5, 1, 2, 1, 3, 0, 6}, 3), /* an upright one */
        shape_of((struct bg_convolution){6, 7, 4, 2, 3, 3, 1, 1, 2, 5}, 4),  /* all of both directions differ */
        shape_of((struct bg_convolution){7, 6, 2, 4, 1, 1, 2, 0, 0, 5}, 5),
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        for (int t = 0; t < TYPE_COUNT; t++) {
            if (is_in_part()) {
                test_definition(types[t], 1, &shapes[i]);
                test_definition(types[t], 8, &shapes[i]);
            }
        }
    }
}

/* ---- Special cases, of the reference and of every variant ------------------------------------------------------ */

/* The kernels of one level, which belong together. */
struct gradients {
    bg_weight_index_kernel *index;
    bg_input_gradient_kernel *input;
    bg_weight_gradient_kernel *weights;
};

/* dx of all input channels and images, as float32. */
static void run_input(const struct gradients *kernels, const struct shape *s, const struct bg_dy *dy, const void *index,
    float *dx, void *scratch) {
    const struct bg_input_gradient_operands operands = {.images = s->images,
        .index = index,
        .dx_type = BG_FLOAT32,
        .dx = dx,
        .channel_end = s->c.channels,
        .scratch = scratch};
    kernels->input(&s->c, dy, &operands, 0, s->images);
}

/* The signs of dw of all output channels, where inputs are signs. */
static void run_weights(const struct gradients *kernels, const struct shape *s, const struct bg_dy *dy,
    const uint64_t *x, uint64_t *signs, void *scratch) {
    const struct bg_weight_gradient_operands operands = {.images = s->images,
        .x = x,
        .input_bits = 1,
        .gradient_type = BG_BITS,
        .gradient = signs,
        .gradient_channels = s->c.out_channels,
        .scratch = scratch};
    kernels->weights(&s->c, dy, &operands, 0, s->c.out_channels);
}

typedef void special_case(const struct gradients *kernels);

static void for_each_level(special_case *test) {
    const struct gradients reference = {
        bg_weight_index_reference, bg_input_gradient_reference, bg_weight_gradient_reference};
    if (!is_in_part()) {
        return;
    }
    current_variant = "reference";
    test(&reference);
    FOR_EACH_VARIANT(weight_index, {
        struct gradients kernels;
        kernels.index = kernel;
        kernels.input = (bg_input_gradient_kernel *)registered_kernel("input_gradient", variant->variant);
        kernels.weights = (bg_weight_gradient_kernel *)registered_kernel("weight_gradient", variant->variant);
        test(&kernels);
    });
}

static void *zeroed(int64_t bytes) {
    void *memory = aligned_alloc(64, (size_t)(bytes + 63) / 64 * 64);
    EXPECT(memory != NULL);
    return memset(memory, 0, (size_t)(bytes + 63) / 64 * 64);
}

static void store_integer(int32_t type, void *values, int64_t index, int value) {
    if (type == BG_INT8) {
        ((int8_t *)values)[index] = (int8_t)value;
    } else if (type == BG_INT16) {
        ((int16_t *)values)[index] = (int16_t)value;
    } else {
        bg_store(type, values, index, (float)value);
    }
}

/*
 * One output pixel in a corner, whose first row and column of taps see padding. With one sign in all of x those taps'
 * dw is 0, so its sign +1; a padding of +1 or of -1 would show with one of the two gradients. And dx is what is inside.
 */
static void test_padding(const struct gradients *kernels) {
    for (int t = 0; t < TYPE_COUNT; t++) {
        for (int run = 0; run < 4; run++) {
            struct shape s = square(4, 6, 70, 3, 1, 1, 2, 5);
            int value = run & 1 ? 5 : -5;
            int x_sign = run & 2 ? 1 : -1;
            CASE("padding adds nothing, type %d, gradient %d, input %d", types[t], value, x_sign);
            void *dy = zeroed(s.images * s.c.out_pixels * 2 * 4);
            uint64_t *x = zeroed(s.images * s.c.pixels * s.c.words * 8);
            uint64_t *weights = zeroed(2 * s.c.taps * s.c.words * 8);
            uint64_t *signs = zeroed(2 * s.c.taps * s.c.words * 8);
            float *dx = zeroed(s.images * s.c.pixels * s.c.channels * 4);
            uint8_t *index = zeroed(bg_weight_index_bytes(&s.convolution));
            int64_t input_bytes = bg_input_gradient_scratch_bytes(&s.convolution, types[t]);
            int64_t weight_bytes = bg_weight_gradient_scratch_bytes(&s.convolution, types[t], 1, s.images);
            const struct bg_dy source = whole(types[t], dy, &s);
            uint8_t *scratch = zeroed(input_bytes > weight_bytes ? input_bytes : weight_bytes);
            store_integer(types[t], dy, 1, value); /* output channel 1 of the first pixel of the first image */
            for (int64_t i = 0; i < s.images * s.c.pixels * s.c.channels; i++) {
                bg_set_bit(x, s.c.channels, i / s.c.channels, i % s.c.channels, x_sign > 0);
            }
            run_weights(kernels, &s, &source, x, signs, scratch);
            kernels->index(&s.c, types[t], weights, index, 0, 1);
            run_input(kernels, &s, &source, index, dx, scratch);
            for (int64_t tap = 0; tap < 9; tap++) {
                int sees_image = tap / 3 > 0 && tap % 3 > 0;
                EXPECT(bg_bit(signs, s.c.channels, tap, 69));
                EXPECT(bg_bit(signs, s.c.channels, 9 + tap, 69) == (!sees_image || value * x_sign > 0));
            }
            for (int64_t pixel = 0; pixel < s.images * s.c.pixels; pixel++) {
                int is_seen = pixel < s.c.pixels && pixel / 6 < 2 && pixel % 6 < 2;
                EXPECT(dx[pixel * s.c.channels + 69] == (is_seen ? -value : 0)); /* all weights are -1 */
            }
            free(dy);
            free(x);
            free(weights);
            free(signs);
            free(dx);
            free(index);
            free(scratch);
        }
    }
}

/* Input pixels between the strides are seen by no tap: their dx is 0, whatever it was before. */
static void test_strides(const struct gradients *kernels) {
    for (int t = 0; t < TYPE_COUNT; t++) {
        struct shape s = square(7, 8, 3, 2, 4, 0, 5, 2);
        CASE("strides leave pixels out, type %d", types[t]);
        void *dy = zeroed(s.images * s.c.out_pixels * 5 * 4);
        for (int64_t i = 0; i < s.images * s.c.out_pixels * 5; i++) {
            store_integer(types[t], dy, i, 7);
        }
        uint64_t *weights = zeroed(5 * s.c.taps * 8);
        float *dx = operand(GUARD_BEHIND, (size_t)(s.images * s.c.pixels * 3) * sizeof *dx);
        uint8_t *index = zeroed(bg_weight_index_bytes(&s.convolution));
        uint8_t *scratch = zeroed(bg_input_gradient_scratch_bytes(&s.convolution, types[t]));
        kernels->index(&s.c, types[t], weights, index, 0, 1);
        const struct bg_dy source = whole(types[t], dy, &s);
        run_input(kernels, &s, &source, index, dx, scratch);
        for (int64_t i = 0; i < s.images * s.c.pixels * 3; i++) {
            int64_t y = i / 3 / 8 % 7;
            int64_t x = i / 3 % 8;
            EXPECT(dx[i] == (y % 4 < 2 && x % 4 < 2 ? -35 : 0));
        }
        free(dy);
        free(weights);
        free(index);
        free(scratch);
        release_all();
    }
}

/* The longest sum that fits int32, of the largest magnitudes and of one sign; one of bytes that is as long. */
static void test_longest_sums(const struct gradients *kernels) {
    static const struct {
        int32_t type;
        int64_t terms;
    } longest[] = {{BG_INT16, INT32_MAX / BG_MAX_INT14}, {BG_INT8, INT32_MAX / BG_MAX_INT14}};
    for (size_t i = 0; i < sizeof longest / sizeof *longest; i++) {
        int32_t type = longest[i].type;
        int64_t terms = longest[i].terms;
        int magnitude = largest(type);
        CASE("sums of %ld terms, type %d", (long)terms, type);
        void *dy = zeroed(terms * 2);
        uint64_t *bits = zeroed(terms * 8); /* all -1 */
        for (int64_t k = 0; k < terms; k++) {
            store_integer(type, dy, k, magnitude);
        }
        /* A stride of 2 keeps the scratch of one pixel small. */
        struct shape s = square(1, 1, 1, 1, 2, 0, terms, 1);
        uint8_t *index = zeroed(bg_weight_index_bytes(&s.convolution));
        uint8_t *scratch = zeroed(bg_input_gradient_scratch_bytes(&s.convolution, type));
        float dx = 0;
        struct bg_dy source = whole(type, dy, &s);
        kernels->index(&s.c, type, bits, index, 0, (terms + 15) / 16);
        run_input(kernels, &s, &source, index, &dx, scratch);
        EXPECT(dx == (float)(-terms * magnitude));
        /* All +1 agree with dy, and fill sums of magnitudes that agree. */
        for (int64_t k = 0; k < terms; k++) {
            bits[k] = 1;
        }
        kernels->index(&s.c, type, bits, index, 0, (terms + 15) / 16);
        run_input(kernels, &s, &source, index, &dx, scratch);
        EXPECT(dx == (float)(terms * magnitude));
        memset(bits, 0, (size_t)terms * sizeof *bits);
        free(index);
        free(scratch);

        /* As many of either sign: 0 is +1, and one less is -1. */
        s = square(1, 1, 1, 1, 1, 0, 1, terms);
        source = whole(type, dy, &s);
        scratch = zeroed(bg_weight_gradient_scratch_bytes(&s.convolution, type, 1, terms));
        uint64_t sign = 0;
        run_weights(kernels, &s, &source, bits, &sign, scratch);
        EXPECT(sign == 0);
        for (int64_t k = 0; k < terms / 2; k++) {
            bits[k] = 1;
        }
        store_integer(type, dy, terms - 1, terms % 2 == 0 ? magnitude : 0);
        run_weights(kernels, &s, &source, bits, &sign, scratch);
        EXPECT(sign == 1);
        store_integer(type, dy, 0, magnitude - 1);
        run_weights(kernels, &s, &source, bits, &sign, scratch);
        EXPECT(sign == 0);
        free(dy);
        free(bits);
        free(scratch);
    }
}

/* White and black inputs of so many pixels that sums of bytes do not fit into int32. */
static void test_longest_sums_of_bytes(const struct gradients *kernels) {
    enum { IMAGES = 300000 };
    struct shape s = square(1, 1, 2, 1, 1, 0, 1, IMAGES);
    struct bg_geometry bits = with_input_bits(s.c, 8);
    CASE("sums of %d bytes", (int)IMAGES);
    int8_t *dy = zeroed(IMAGES);
    uint64_t *x = zeroed(IMAGES * sizeof *x);
    memset(dy, BG_MAX_INT7, IMAGES);
    for (int64_t i = 0; i < IMAGES; i++) {
        x[i] = 0x00ff;
    }
    float dw[2];
    const struct bg_dy source = whole(BG_INT8, dy, &s);
    void *scratch = zeroed(bg_weight_gradient_scratch_bytes(&s.convolution, BG_INT8, 8, IMAGES));
    const struct bg_weight_gradient_operands operands = {.images = IMAGES,
        .x = x,
        .input_bits = 8,
        .gradient_type = BG_FLOAT32,
        .gradient = dw,
        .gradient_channels = 1,
        .scratch = scratch};
    kernels->weights(&bits, &source, &operands, 0, 1);
    EXPECT(dw[0] == (float)((int64_t)IMAGES * BG_MAX_INT7 * 255) && dw[1] == -dw[0]);
    free(dy);
    free(x);
    free(scratch);
}

/* Tables hold what four of the largest magnitudes give, of any signs. */
static void test_largest_magnitudes(const struct gradients *kernels) {
    for (int t = 0; t < TYPE_COUNT; t++) {
        enum { CHANNELS = 64, OUT_CHANNELS = 100 };
        struct shape s = square(1, 1, CHANNELS, 1, 1, 0, OUT_CHANNELS, 1);
        CASE("largest magnitudes, type %d", types[t]);
        void *dy = zeroed(OUT_CHANNELS * 4);
        uint64_t *weights = bit_operand(GUARD_BEHIND, OUT_CHANNELS, CHANNELS);
        uint8_t *index = zeroed(bg_weight_index_bytes(&s.convolution));
        uint8_t *scratch = zeroed(bg_input_gradient_scratch_bytes(&s.convolution, types[t]));
        float dx[CHANNELS];
        int magnitude = is_float(types[t]) ? 2048 : largest(types[t]); /* sums of floats are exact too */
        int64_t expected[CHANNELS] = {0};
        for (int64_t n = 0; n < OUT_CHANNELS; n++) {
            int value = random_below(2) ? magnitude : -magnitude;
            store_integer(types[t], dy, n, value);
            for (int64_t channel = 0; channel < CHANNELS; channel++) {
                expected[channel] += bg_bit(weights, CHANNELS, n, channel) ? value : -value;
            }
        }
        kernels->index(&s.c, types[t], weights, index, 0, (OUT_CHANNELS + 15) / 16);
        const struct bg_dy source = whole(types[t], dy, &s);
        run_input(kernels, &s, &source, index, dx, scratch);
        for (int64_t channel = 0; channel < CHANNELS; channel++) {
            EXPECT(dx[channel] == (float)expected[channel]);
        }
        free(dy);
        free(index);
        free(scratch);
        release_all();
    }
}

/* The order that bitgrad.h states, where another one rounds differently: there is no float32 between 2^24 and 2^24 + 2.
 */
static void test_input_gradient_order(const struct gradients *kernels) {
    static const struct {
        float terms[12];
        float sum;
    } orders[] = {
        {{0x1p24f, 1, 1, 1}, 0x1p24f + 2},                      /* pairs, in a group */
        {{0x1p24f, 0, 0, 0, 1, 0, 0, 0, -0x1p24f, 0, 0, 0}, 0}, /* one group after the other */
    };
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        CASE("order of the terms of an input gradient, %zu", i);
        struct shape s = square(1, 1, 1, 1, 1, 0, 12, 1);
        uint64_t weights[12] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
        uint8_t *index = zeroed(bg_weight_index_bytes(&s.convolution));
        uint8_t *scratch = zeroed(bg_input_gradient_scratch_bytes(&s.convolution, BG_FLOAT32));
        float dx = -1;
        kernels->index(&s.c, BG_FLOAT32, weights, index, 0, 1);
        const struct bg_dy source = whole(BG_FLOAT32, orders[i].terms, &s);
        run_input(kernels, &s, &source, index, &dx, scratch);
        EXPECT(dx == orders[i].sum);
        free(index);
        free(scratch);
    }
}

/* In the stated order 1 is lost between 2^24 and -2^24, and -0.5 remains; in any other the sum is positive. */
static void test_weight_gradient_order(const struct gradients *kernels) {
    CASE("order of the terms of a weight gradient");
    struct shape s = square(2, 8, 1, 3, 1, 1, 1, 2);
    float dy[2][2][8] = {{{0}}}; /* [image][row][pixel] */
    uint64_t x[32];
    uint64_t signs[9];
    for (int i = 0; i < 32; i++) {
        x[i] = 1;
    }
    dy[0][0][0] = 0x1p24f;
    dy[1][0][0] = 1; /* the same group in the next image, before the next group */
    dy[0][0][4] = -0x1p24f;
    dy[0][1][0] = -0.5f; /* the next row */
    uint8_t *scratch = zeroed(bg_weight_gradient_scratch_bytes(&s.convolution, BG_FLOAT32, 1, 2));
    const struct bg_dy source = whole(BG_FLOAT32, dy, &s);
    run_weights(kernels, &s, &source, x, signs, scratch);
    EXPECT(signs[4] == 0);
    free(scratch);
}

/* ---- The public functions -------------------------------------------------------------------------------------- */

/* What struct bg_gradient is as dy. */
static struct bg_gradient gradient_of(const struct bg_dy *dy) {
    return (struct bg_gradient){dy->type, dy->values, is_float(dy->type) ? NULL : &dy->scale, dy->window_height,
        dy->window_width, dy->argmax, dy->signs, dy->unselected};
}

/* They hand over what they are given; of a pooled dy, of integers' scales and of a tile too. */
static void test_public_functions(void) {
    for (int i = 0; i < TYPE_COUNT + POOLINGS - 1; i++) {
        int32_t type = i < TYPE_COUNT ? types[i] : BG_INT8;
        struct shape s = shape_of((struct bg_convolution){5, 6, 70, 3, 2, 1, 1, 1, 1, 20}, 3);
        CASE("public functions, %d", i);
        static const int64_t window[2] = {2, 3};
        enum pooling pooling = i < TYPE_COUNT ? NOT_POOLED : (enum pooling)(i - TYPE_COUNT + 1);
        struct bg_dy dy = gradient_operand(GUARD_BEHIND, type, &s, pooling, window);
        uint64_t *weights = bit_operand(GUARD_BEHIND, 20 * 6, 70);
        uint64_t *x = bit_operand(GUARD_BEHIND, 90, 70);
        size_t bytes = 90 * (70 - 16) * sizeof(float);
        int64_t scratch_bytes = bg_input_gradient_scratch_bytes(&s.convolution, type);
        uint8_t *index = index_of(bg_weight_index_reference, GUARD_BEHIND, type, &s, weights);
        struct bg_input_gradient_operands input = {
            .images = 3,
            .dy = gradient_of(&dy),
            .index = index,
            .mask = x,
            .dx_type = BG_FLOAT32,
            .dx = operand(GUARD_BEHIND, bytes),
            .channel_begin = 16,
            .channel_end = 70,
            .scratch = operand(GUARD_BEHIND, (size_t)scratch_bytes),
            .scratch_bytes = scratch_bytes,
        };
        bg_input_gradient_reference(&s.c, &dy, &input, 0, 3);
        void *expected = input.dx;
        input.dx = operand(GUARD_BEHIND, bytes);
        EXPECT(bg_weight_index(&s.convolution, type, weights, index, 0, 2) == BG_OK);
        EXPECT(bg_input_gradient(&s.convolution, &input, 0, 3) == BG_OK);
        expect_same("dx", expected, input.dx, bytes);

        scratch_bytes = bg_weight_gradient_scratch_bytes(&s.convolution, type, 1, 3);
        bytes = 7 * 6 * 70 * sizeof(float);
        struct bg_weight_gradient_operands of_weights = {
            .images = 3,
            .dy = gradient_of(&dy),
            .x = x,
            .input_bits = 1,
            .gradient_type = BG_FLOAT32,
            .gradient = operand(GUARD_BEHIND, bytes),
            .gradient_channels = 7,
            .scratch = operand(GUARD_BEHIND, (size_t)scratch_bytes),
            .scratch_bytes = scratch_bytes,
        };
        bg_weight_gradient_reference(&s.c, &dy, &of_weights, 5, 12);
        expected = of_weights.gradient;
        of_weights.gradient = operand(GUARD_BEHIND, bytes);
        EXPECT(bg_weight_gradient(&s.convolution, &of_weights, 5, 12) == BG_OK);
        expect_same("dw", expected, of_weights.gradient, bytes);
        of_weights.gradient_type = BG_BITS;
        of_weights.dy.scale = NULL;
        bytes = bit_bytes(7 * 6, 70);
        bg_weight_gradient_reference(&s.c, &dy, &of_weights, 5, 12);
        expected = of_weights.gradient;
        of_weights.gradient = operand(GUARD_BEHIND, bytes);
        EXPECT(bg_weight_gradient(&s.convolution, &of_weights, 5, 12) == BG_OK);
        expect_same("signs of dw", expected, of_weights.gradient, bytes);
        release_all();
    }
}

/* The sizes are what bitgrad.h says, and what a caller plans for: some hundred KiB for layers of BinaryNet. */
static void test_sizes(void) {
    CASE("sizes of index and scratch");
    struct shape s = square(8, 8, 500, 3, 1, 1, 500, 1);
    EXPECT(bg_weight_index_bytes(&s.convolution) == 9 * 32 * 8 * 256);
    EXPECT(bg_input_gradient_scratch_bytes(&s.convolution, BG_INT8) >= 3 * 10 * 32 * 64);
    for (int t = 0; t < TYPE_COUNT; t++) {
        EXPECT(bg_input_gradient_scratch_bytes(&s.convolution, types[t]) < 512 << 10);
        EXPECT(bg_weight_gradient_scratch_bytes(&s.convolution, types[t], 1, 100) < 768 << 10);
        EXPECT(bg_input_gradient_scratch_bytes(&s.convolution, types[t]) % 64 == 0);
        EXPECT(bg_weight_gradient_scratch_bytes(&s.convolution, types[t], 8, 100) % 64 == 0);
    }
    s.convolution.stride_height = 0;
    EXPECT(bg_weight_index_bytes(&s.convolution) == 0 && bg_weight_index_bytes(NULL) == 0);
    EXPECT(bg_input_gradient_scratch_bytes(&s.convolution, BG_INT8) == 0);
    EXPECT(bg_weight_gradient_scratch_bytes(&s.convolution, BG_INT8, 1, 1) == 0);
    s.convolution.stride_height = 1;
    EXPECT(bg_input_gradient_scratch_bytes(&s.convolution, BG_BITS) == 0);
    EXPECT(bg_weight_gradient_scratch_bytes(&s.convolution, BG_BITS, 1, 1) == 0);
    EXPECT(bg_weight_gradient_scratch_bytes(&s.convolution, BG_INT8, 2, 1) == 0);
    EXPECT(bg_weight_gradient_scratch_bytes(&s.convolution, BG_INT8, 1, 0) == 0);

    /* An MLP of 1.1 MiB in all has no more than this for an operation. */
    static const int64_t layers[][2] = {{784, 256}, {256, 256}, {256, 10}};
    for (int i = 0; i < 3; i++) {
        s = square(1, 1, layers[i][0], 1, 1, 0, layers[i][1], 1);
        EXPECT(bg_input_gradient_scratch_bytes(&s.convolution, BG_INT8) <= 60 << 10);
        EXPECT(bg_weight_gradient_scratch_bytes(&s.convolution, BG_INT8, i == 0 ? 8 : 1, 100) <= 60 << 10);
    }
}

/* The arguments of a good call of each function, of which a test spoils one after the other. */
static struct call {
    struct bg_convolution convolution;
    uint64_t *weights;
    void *index;
    struct bg_input_gradient_operands input;
    struct bg_weight_gradient_operands of_weights;
    int64_t begin;
    int64_t end;
} good_call(void) {
    static _Alignas(64) float dy[4];
    static _Alignas(64) uint8_t index[256];
    static _Alignas(64) uint64_t bits[16];
    static _Alignas(64) float out[4];
    static const float scale = 1;
    static void *scratch;
    if (scratch == NULL) {
        scratch = zeroed(1 << 20);
    }
    const struct bg_gradient gradient = {
        .type = BG_INT8, .values = dy, .scale = &scale, .window_height = 1, .window_width = 1};
    return (struct call){
        .convolution = SQUARE(2, 2, 1, 1, 1, 0, 1),
        .weights = bits,
        .index = index,
        .input = {.images = 1,
            .dy = gradient,
            .index = index,
            .mask = bits,
            .dx_type = BG_FLOAT32,
            .dx = out,
            .channel_end = 1,
            .scratch = scratch,
            .scratch_bytes = 1 << 20},
        .of_weights = {.images = 1,
            .dy = gradient,
            .x = bits,
            .input_bits = 1,
            .gradient_type = BG_FLOAT32,
            .gradient = out,
            .gradient_channels = 1,
            .scratch = scratch,
            .scratch_bytes = 1 << 20},
        .end = 1,
    };
}

static int32_t call_index(struct call c) {
    return bg_weight_index(&c.convolution, c.input.dy.type, c.weights, c.index, c.begin, c.end);
}

static int32_t call_input(struct call c) {
    return bg_input_gradient(&c.convolution, &c.input, c.begin, c.end);
}

static int32_t call_weights(struct call c) {
    return bg_weight_gradient(&c.convolution, &c.of_weights, c.begin, c.end);
}

#define SPOILED(function, field, value, status)                                                                        \
    do {                                                                                                               \
        struct call c = good_call();                                                                                   \
        c.field = value;                                                                                               \
        EXPECT(function(c) == (status));                                                                               \
    } while (0)

/* An address that is aligned to nothing. */
#define MISALIGNED(field) (void *)((char *)(uintptr_t)good_call().field + 1)

static void test_refusals(void) {
    CASE("refusals");
    EXPECT(call_index(good_call()) == BG_OK);
    EXPECT(call_input(good_call()) == BG_OK);
    EXPECT(call_weights(good_call()) == BG_OK);

    SPOILED(call_index, input.dy.type, BG_BITS, BG_BAD_TYPE);
    SPOILED(call_index, convolution.kernel_width, 3, BG_BAD_SHAPE);
    SPOILED(call_index, weights, NULL, BG_NULL_POINTER);
    SPOILED(call_index, weights, MISALIGNED(weights), BG_MISALIGNED);
    SPOILED(call_index, index, NULL, BG_NULL_POINTER);
    SPOILED(call_index, index, MISALIGNED(index), BG_MISALIGNED);
    SPOILED(call_index, begin, -1, BG_BAD_RANGE);
    SPOILED(call_index, end, 2, BG_BAD_RANGE);
    struct call good = good_call();
    EXPECT(bg_weight_index(NULL, BG_INT8, good.weights, good.index, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_input_gradient(NULL, &good.input, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_input_gradient(&good.convolution, NULL, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_weight_gradient(NULL, &good.of_weights, 0, 1) == BG_NULL_POINTER);
    EXPECT(bg_weight_gradient(&good.convolution, NULL, 0, 1) == BG_NULL_POINTER);

    SPOILED(call_input, input.dy.type, BG_BITS, BG_BAD_TYPE);
    SPOILED(call_input, input.dy.type, 99, BG_BAD_TYPE);
    SPOILED(call_input, convolution.stride_width, 0, BG_BAD_SHAPE);
    SPOILED(call_input, input.dy.values, NULL, BG_NULL_POINTER);
    SPOILED(call_input, input.dy.values, MISALIGNED(input.dy.values), BG_OK); /* bytes are aligned anywhere */
    SPOILED(call_input, input.dy.scale, NULL, BG_NULL_POINTER);
    SPOILED(call_input, input.dy.scale, MISALIGNED(input.dy.scale), BG_MISALIGNED);
    SPOILED(call_input, input.index, NULL, BG_NULL_POINTER);
    SPOILED(call_input, input.index, MISALIGNED(input.index), BG_MISALIGNED);
    SPOILED(call_input, input.mask, NULL, BG_OK);
    SPOILED(call_input, input.mask, MISALIGNED(input.mask), BG_MISALIGNED);
    SPOILED(call_input, input.dx_type, BG_INT8, BG_BAD_TYPE);
    SPOILED(call_input, input.dx_type, BG_BITS, BG_BAD_TYPE);
    SPOILED(call_input, input.dx, NULL, BG_NULL_POINTER);
    SPOILED(call_input, input.dx, MISALIGNED(input.dx), BG_MISALIGNED);
    SPOILED(call_input, input.scratch, NULL, BG_NULL_POINTER);
    SPOILED(call_input, input.scratch, MISALIGNED(input.scratch), BG_MISALIGNED);
    int64_t needed = bg_input_gradient_scratch_bytes(&good.convolution, BG_INT8);
    SPOILED(call_input, input.scratch_bytes, needed, BG_OK);
    SPOILED(call_input, input.scratch_bytes, needed - 1, BG_BAD_SHAPE);
    SPOILED(call_input, begin, -1, BG_BAD_RANGE);
    SPOILED(call_input, begin, 2, BG_BAD_RANGE);
    SPOILED(call_input, end, 2, BG_BAD_RANGE);
    SPOILED(call_input, input.channel_begin, -16, BG_BAD_RANGE);
    SPOILED(call_input, input.channel_end, 2, BG_BAD_RANGE);
    SPOILED(call_input, input.channel_end, -1, BG_BAD_RANGE);
    SPOILED(call_input, input.images, 0, BG_BAD_SHAPE);
    SPOILED(call_input, input.images, ((int64_t)1 << 29) + 1, BG_BAD_SHAPE);
    SPOILED(call_input, input.images, INT64_MAX, BG_BAD_SHAPE);
    struct call tile = good_call();
    tile.convolution.channels = 40;
    tile.begin = tile.end = 0; /* nothing is read */
    static const struct {
        int64_t first;
        int64_t last;
        int32_t status;
    } tiles[] = {{0, 40, BG_OK}, {16, 32, BG_OK}, {32, 40, BG_OK}, {8, 40, BG_BAD_RANGE}, {16, 39, BG_BAD_RANGE},
        {32, 16, BG_BAD_RANGE}, {32, 48, BG_BAD_RANGE}};
    for (size_t i = 0; i < sizeof tiles / sizeof *tiles; i++) {
        tile.input.channel_begin = tiles[i].first;
        tile.input.channel_end = tiles[i].last;
        EXPECT(call_input(tile) == tiles[i].status);
    }

    SPOILED(call_weights, of_weights.dy.type, BG_BITS, BG_BAD_TYPE);
    SPOILED(call_weights, convolution.out_channels, 0, BG_BAD_SHAPE);
    SPOILED(call_weights, of_weights.dy.values, NULL, BG_NULL_POINTER);
    SPOILED(call_weights, of_weights.x, NULL, BG_NULL_POINTER);
    SPOILED(call_weights, of_weights.x, MISALIGNED(of_weights.x), BG_MISALIGNED);
    SPOILED(call_weights, of_weights.input_bits, 2, BG_BAD_SHAPE);
    SPOILED(call_weights, of_weights.input_bits, 8, BG_OK);
    SPOILED(call_weights, of_weights.gradient, NULL, BG_NULL_POINTER);
    SPOILED(call_weights, of_weights.gradient, MISALIGNED(of_weights.gradient), BG_MISALIGNED);
    SPOILED(call_weights, of_weights.gradient_channels, 0, BG_BAD_RANGE);
    SPOILED(call_weights, of_weights.scratch, NULL, BG_NULL_POINTER);
    SPOILED(call_weights, of_weights.scratch, MISALIGNED(of_weights.scratch), BG_MISALIGNED);
    needed = bg_weight_gradient_scratch_bytes(&good.convolution, BG_INT8, 1, 1);
    SPOILED(call_weights, of_weights.scratch_bytes, needed, BG_OK);
    SPOILED(call_weights, of_weights.scratch_bytes, needed - 1, BG_BAD_SHAPE);
    SPOILED(call_weights, of_weights.images, 0, BG_BAD_SHAPE);
    SPOILED(call_weights, of_weights.images, ((int64_t)1 << 29) + 1, BG_BAD_SHAPE);
    SPOILED(call_weights, of_weights.images, INT64_MAX, BG_BAD_SHAPE);
    SPOILED(call_weights, of_weights.gradient_type, BG_FLOAT16, BG_BAD_TYPE);
    SPOILED(call_weights, of_weights.gradient_type, BG_BITS, BG_OK);
    SPOILED(call_weights, of_weights.dy.scale, NULL, BG_NULL_POINTER);
    SPOILED(call_weights, of_weights.dy.scale, MISALIGNED(of_weights.dy.scale), BG_MISALIGNED);
    SPOILED(call_weights, begin, -1, BG_BAD_RANGE);
    SPOILED(call_weights, end, 2, BG_BAD_RANGE);
    for (int32_t type = BG_FLOAT32; type <= BG_INT16; type++) {
        struct call c = good_call();
        c.input.dy.type = c.of_weights.dy.type = type;
        c.input.dy.values = c.of_weights.dy.values = MISALIGNED(input.dy.values);
        EXPECT(call_input(c) == BG_MISALIGNED);
        EXPECT(call_weights(c) == BG_MISALIGNED);
    }
}

/* What is refused of a pooled dy is refused by both gradients. */
static void test_refusals_of_pooled(void) {
    CASE("refusals of a pooled dy");
    static const uint64_t bits[8] = {0};
    static const int8_t unselected[2] = {0};
    struct bg_gradient by_argmax = good_call().input.dy;
    by_argmax.window_height = by_argmax.window_width = 2;
    by_argmax.argmax = bits;
    struct bg_gradient by_signs = by_argmax;
    by_signs.argmax = NULL;
    by_signs.signs = bits;
    by_signs.unselected = unselected;
#define SPOILED_BOTH(good, field, value, status)                                                                       \
    do {                                                                                                               \
        struct call c = good_call();                                                                                   \
        c.input.dy = good;                                                                                             \
        c.input.dy.field = value;                                                                                      \
        c.of_weights.dy = c.input.dy;                                                                                  \
        EXPECT(call_input(c) == (status));                                                                             \
        EXPECT(call_weights(c) == (status));                                                                           \
    } while (0)
    SPOILED_BOTH(by_argmax, window_height, 2, BG_OK);
    SPOILED_BOTH(by_argmax, window_height, 1, BG_OK);
    SPOILED_BOTH(by_signs, window_width, 1, BG_OK);
    SPOILED_BOTH(by_argmax, window_height, 0, BG_BAD_SHAPE);
    SPOILED_BOTH(by_argmax, window_width, 0, BG_BAD_SHAPE);
    SPOILED_BOTH(by_argmax, window_height, 3, BG_BAD_SHAPE); /* of 2 x 2 pixels */
    SPOILED_BOTH(by_argmax, window_width, 3, BG_BAD_SHAPE);
    SPOILED_BOTH(by_argmax, type, BG_INT16, BG_BAD_TYPE);
    SPOILED_BOTH(by_signs, type, BG_FLOAT32, BG_BAD_TYPE);
    SPOILED_BOTH(by_argmax, argmax, NULL, BG_NULL_POINTER);
    SPOILED_BOTH(by_argmax, argmax, (const uint64_t *)((uintptr_t)bits + 1), BG_MISALIGNED);
    SPOILED_BOTH(by_signs, signs, (const uint64_t *)((uintptr_t)bits + 1), BG_MISALIGNED);
    SPOILED_BOTH(by_signs, unselected, NULL, BG_NULL_POINTER);
#undef SPOILED_BOTH
    for (int axis = 0; axis < 2; axis++) {
        struct call large = good_call();
        large.convolution.height = large.convolution.width = BG_MAX_POOL + 1;
        large.input.dy = by_argmax;
        large.input.dy.window_height = axis == 0 ? BG_MAX_POOL + 1 : 1;
        large.input.dy.window_width = axis == 1 ? BG_MAX_POOL + 1 : 1;
        EXPECT(call_input(large) == BG_BAD_SHAPE);
    }
}

/* One term more than int32 holds for certain is refused; a float has no such limit. The range is empty: nothing is
 * read. */
static void test_accumulator_limits(void) {
    for (int t = 0; t < TYPE_COUNT; t++) {
        int64_t most = is_float(types[t]) ? INT32_MAX / 100 : INT32_MAX / largest(types[t]);
        CASE("accumulator limits, type %d", types[t]);
        struct call c = good_call();
        c.input.dy.type = types[t];
        c.end = 0;
        c.input.scratch_bytes = INT64_MAX / 2;
        c.convolution.out_channels = most;
        EXPECT(call_input(c) == BG_OK);
        c.convolution.out_channels++;
        EXPECT(call_input(c) == (is_float(types[t]) ? BG_OK : BG_BAD_SHAPE));
        c = good_call();
        c.of_weights.dy.type = types[t];
        c.end = 0;
        c.convolution.height = c.convolution.width = 1;
        c.of_weights.scratch_bytes = INT64_MAX / 2;
        c.of_weights.images = most;
        EXPECT(call_weights(c) == BG_OK);
        c.of_weights.images++;
        EXPECT(call_weights(c) == (is_float(types[t]) ? BG_OK : BG_BAD_SHAPE));
    }
}

int main(int argument_count, char **arguments) {
    read_part(argument_count, arguments);
    if (is_in_part()) {
        test_refusals();
        test_refusals_of_pooled();
        test_accumulator_limits();
        test_sizes();
        test_public_functions();
    }
    test_definitions();
    for_each_level(test_padding);
    for_each_level(test_strides);
    for_each_level(test_longest_sums);
    for_each_level(test_longest_sums_of_bytes);
    for_each_level(test_largest_magnitudes);
    for_each_level(test_input_gradient_order);
    for_each_level(test_weight_gradient_order);
    test_tails();
    test_images();
    test_blocks();
    return finish("lookup_gradient");
}
