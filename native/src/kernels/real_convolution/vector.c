/*
 * Each sum is a chain of fused multiplications and additions in a stated order, so that what lies in a vector does not
 * matter: neighbouring output channels, or input channels for the gradient of the input. A block of several pixels by
 * two vectors stays in registers while its chains run, so that each vector of weights is used for all its pixels. Where
 * only one vector of channels is left, a block may have more pixels.
 */
#include "dispatch/table.h"
#include "simd/simd.h"

/*
 * Two vectors of channels by so many pixels: as many sums as there are registers for. With one vector, more pixels than
 * NARROW_PIXELS would have more addresses than there are registers for.
 */
enum { VECTORS = 2, BLOCK = VECTORS * VF_LANES, PIXELS = VF_LANES == 16 ? 12 : 6, NARROW_PIXELS = 12, FEW_PIXELS = 3 };
_Static_assert(BG_REAL_BLOCK % BLOCK == 0, "packed weights hold whole blocks");

/* The lanes of the vectors of a block of which so many channels are left. */
struct lanes {
    int of[VECTORS];
};

BG_INLINE struct lanes lanes_of(int64_t channels) {
    struct lanes lanes;
    for (int v = 0; v < VECTORS; v++) {
        int64_t left = channels - v * VF_LANES;
        lanes.of[v] = left < 0 ? 0 : left < VF_LANES ? (int)left : VF_LANES;
    }
    return lanes;
}

static const struct lanes WHOLE = {{VF_LANES, VF_LANES}};

/* Runs the statement for blocks of `many`, FEW_PIXELS and single pixels, `count` of which is constant, from `at` on. */
#define FOR_EACH_BLOCK_OF(many, size, statement)                                                                       \
    do {                                                                                                               \
        int64_t at = 0;                                                                                                \
        for (; at + (many) <= (size); at += (many)) {                                                                  \
            enum { count = (many) };                                                                                   \
            statement;                                                                                                 \
        }                                                                                                              \
        for (; at + FEW_PIXELS <= (size); at += FEW_PIXELS) {                                                          \
            enum { count = FEW_PIXELS };                                                                               \
            statement;                                                                                                 \
        }                                                                                                              \
        for (; at < (size); at++) {                                                                                    \
            enum { count = 1 };                                                                                        \
            statement;                                                                                                 \
        }                                                                                                              \
    } while (0)

/*
 * Runs the statement for each block of pixels, of which there are `size`, by all channels that are left, or as many as a
 * block takes. In the statement `vectors` is constant, and `lanes` too where all lanes hold channels.
 */
#define FOR_EACH_BLOCK(channels_left, size, statement)                                                                 \
    do {                                                                                                               \
        const struct lanes some = lanes_of(channels_left);                                                             \
        if (some.of[1] == VF_LANES) {                                                                                  \
            enum { vectors = VECTORS };                                                                                \
            const struct lanes lanes = WHOLE;                                                                          \
            FOR_EACH_BLOCK_OF(PIXELS, size, statement);                                                                \
        } else if (some.of[1] > 0) {                                                                                   \
            enum { vectors = VECTORS };                                                                                \
            const struct lanes lanes = some;                                                                           \
            FOR_EACH_BLOCK_OF(PIXELS, size, statement);                                                                \
        } else if (some.of[0] == VF_LANES) {                                                                           \
            enum { vectors = 1 };                                                                                      \
            const struct lanes lanes = WHOLE;                                                                          \
            FOR_EACH_BLOCK_OF(NARROW_PIXELS, size, statement);                                                         \
        } else {                                                                                                       \
            enum { vectors = 1 };                                                                                      \
            const struct lanes lanes = some;                                                                           \
            FOR_EACH_BLOCK_OF(NARROW_PIXELS, size, statement);                                                         \
        }                                                                                                              \
    } while (0)

/* ---- Inputs as rows of real numbers ---------------------------------------------------------------------------- */

static void to_reals(const uint8_t *pixels, float *reals, int64_t count) {
    const vf scale = vf_set1(BG_PIXEL_SCALE);
    for (int64_t i = 0; i < count; i += VF_LANES) {
        int n = vf_count(i, count);
        vf_store(reals + i, vf_add(vf_mul(vf_load_uint8(pixels + i, n), scale), vf_set1(-1)), n);
    }
}

/* An image, or some rows, as kernels read it. */
struct input {
    const float *reals;   /* where the kernel of the first output pixel begins */
    int64_t row_floats;   /* from one row of pixels to the next */
    int64_t pixel_floats; /* from the kernel of an output pixel to that of the next */
};

/* Copies `count` values of x or pixels, from `at` on. */
static void copy_reals(const float *x, const uint8_t *pixels, int64_t at, float *reals, int64_t count) {
    if (x != NULL) {
        memcpy(reals, x + at, (size_t)count * sizeof *reals);
    } else {
        to_reals(pixels + at, reals, count);
    }
}

/* An image within its border of zeros, which is copied only where it must be. */
static struct input padded_image(
    const struct bg_geometry *c, const float *x, const uint8_t *pixels, int64_t image, float *padded) {
    int64_t width = bg_padded_width(c) * c->channels;
    int64_t first = image * c->pixels * c->channels;
    const struct input input = {padded, width, c->stride_width * c->channels};
    if (x != NULL && c->padding_height == 0 && c->padding_width == 0) {
        return (struct input){x + first, width, input.pixel_floats};
    }
    memset(padded, 0, (size_t)bg_padded_floats(c) * sizeof *padded);
    for (int64_t row = 0; row < c->height; row++) {
        int64_t values = c->width * c->channels;
        copy_reals(x, pixels, first + row * values,
            padded + (row + c->padding_height) * width + c->padding_width * c->channels, values);
    }
    return input;
}

/* Rows [begin, end) of pixels, where images do not matter. */
static struct input flat_rows(
    const struct bg_geometry *c, const float *x, const uint8_t *pixels, int64_t begin, int64_t end, float *reals) {
    if (x != NULL) {
        return (struct input){x + begin * c->channels, 0, c->channels};
    }
    to_reals(pixels + begin * c->channels, reals, (end - begin) * c->channels);
    return (struct input){reals, 0, c->channels};
}

/*
 * Runs the statement for each row of output pixels of images [begin, end): `input` is that of the row, `first` the
 * number of its first output pixel and `size` how many these are.
 */
#define FOR_EACH_ROW(c, o, begin, end, padded, statement)                                                              \
    do {                                                                                                               \
        if (bg_is_flat(c)) {                                                                                           \
            int64_t rows_end = (end) * (c)->pixels;                                                                    \
            for (int64_t first = (begin) * (c)->pixels; first < rows_end; first += BG_FLAT_ROWS) {                     \
                int64_t size = rows_end - first < BG_FLAT_ROWS ? rows_end - first : BG_FLAT_ROWS;                      \
                const struct input input = flat_rows(c, (o)->x, (o)->pixels, first, first + size, padded);             \
                statement;                                                                                             \
            }                                                                                                          \
            break;                                                                                                     \
        }                                                                                                              \
        for (int64_t image = (begin); image < (end); image++) {                                                        \
            const struct input whole = padded_image(c, (o)->x, (o)->pixels, image, padded);                            \
            for (int64_t row = 0; row < (c)->out_height; row++) {                                                      \
                struct input input = whole;                                                                            \
                input.reals += row * (c)->stride_height * whole.row_floats;                                            \
                int64_t first = (image * (c)->out_height + row) * (c)->out_width;                                      \
                int64_t size = (c)->out_width;                                                                         \
                statement;                                                                                             \
            }                                                                                                          \
        }                                                                                                              \
    } while (0)

/* ---- The forward product --------------------------------------------------------------------------------------- */

/* Weights [out_channels, fan_in] as blocks [fan_in, BLOCK] of output channels, zeros behind the last. */
static void pack_weights(const float *weights, int64_t out_channels, int64_t fan_in, float *packed) {
    for (int64_t begin = 0; begin < out_channels; begin += BLOCK) {
        for (int64_t c = 0; c < BLOCK; c++) {
            for (int64_t k = 0; k < fan_in; k++) {
                packed[begin * fan_in + k * BLOCK + c] =
                    begin + c < out_channels ? weights[(begin + c) * fan_in + k] : 0;
            }
        }
    }
}

/* The sums of `count` output pixels and a block of output channels. */
BG_INLINE void forward_block(const struct bg_geometry *c, struct input input, const float *packed, int64_t at,
    int count, int vectors, float *y, struct lanes lanes) {
    int64_t run = c->kernel_width * c->channels;
    const float *x = input.reals + at * input.pixel_floats;
    vf sums[NARROW_PIXELS][VECTORS];
    for (int p = 0; p < count; p++) {
        for (int v = 0; v < vectors; v++) {
            sums[p][v] = vf_set1(0);
        }
    }
    for (int64_t row = 0; row < c->kernel_height; row++) {
        for (int64_t k = 0; k < run; k++) {
            const float *w = packed + (row * run + k) * BLOCK;
            vf weights[VECTORS];
            for (int v = 0; v < vectors; v++) {
                weights[v] = vf_load(w + v * VF_LANES, VF_LANES);
            }
            for (int p = 0; p < count; p++) {
                vf value = vf_set1(x[row * input.row_floats + k + p * input.pixel_floats]);
                for (int v = 0; v < vectors; v++) {
                    sums[p][v] = vf_fma(value, weights[v], sums[p][v]);
                }
            }
        }
    }
    for (int p = 0; p < count; p++) {
        for (int v = 0; v < vectors; v++) {
            vf_store(y + (at + p) * c->out_channels + v * VF_LANES, sums[p][v], lanes.of[v]);
        }
    }
}

static void forward_row(const struct bg_geometry *c, struct input input, const float *packed, int64_t size, float *y) {
    for (int64_t channel = 0; channel < c->out_channels; channel += BLOCK) {
        const float *block = packed + channel * c->taps * c->channels;
        FOR_EACH_BLOCK(
            c->out_channels - channel, size, forward_block(c, input, block, at, count, vectors, y + channel, lanes));
    }
}

void BG_KERNEL(real_convolution)(const struct bg_geometry *geometry,
    const struct bg_real_convolution_operands *operands, int64_t image_begin, int64_t image_end) {
    const struct bg_geometry g = *geometry;
    const struct bg_real_convolution_operands o = *operands;
    float *padded = o.scratch;
    float *packed = padded + bg_padded_floats(&g);
    pack_weights(o.weights, g.out_channels, g.taps * g.channels, packed);
    FOR_EACH_ROW(
        &g, &o, image_begin, image_end, padded, forward_row(&g, input, packed, size, o.y + first * g.out_channels));
}

/* ---- The gradient of the weights ------------------------------------------------------------------------------- */

/* Adds a row of output pixels to the sums of `count` taps' channels, from `at` on, of a block of output channels. */
BG_INLINE void weight_block(const struct bg_geometry *c, const float *x, int64_t pixel_floats, int64_t size, int64_t at,
    int count, int vectors, const float *dy, float *packed, struct lanes lanes) {
    vf sums[NARROW_PIXELS][VECTORS];
    for (int k = 0; k < count; k++) {
        for (int v = 0; v < vectors; v++) {
            sums[k][v] = vf_load(packed + (at + k) * BLOCK + v * VF_LANES, VF_LANES);
        }
    }
    for (int64_t pixel = 0; pixel < size; pixel++) {
        vf gradient[VECTORS];
        for (int v = 0; v < vectors; v++) {
            gradient[v] = vf_load(dy + pixel * c->out_channels + v * VF_LANES, lanes.of[v]);
        }
        for (int k = 0; k < count; k++) {
            vf value = vf_set1(x[pixel * pixel_floats + at + k]);
            for (int v = 0; v < vectors; v++) {
                sums[k][v] = vf_fma(value, gradient[v], sums[k][v]);
            }
        }
    }
    for (int k = 0; k < count; k++) {
        for (int v = 0; v < vectors; v++) {
            vf_store(packed + (at + k) * BLOCK + v * VF_LANES, sums[k][v], VF_LANES);
        }
    }
}

/* Adds a row of output pixels to all sums of output channels [begin, end). */
static void weight_row(const struct bg_geometry *c, struct input input, int64_t size, const float *dy, int64_t begin,
    int64_t end, float *packed) {
    int64_t run = c->kernel_width * c->channels;
    for (int64_t channel = begin; channel < end; channel += BLOCK) {
        for (int64_t row = 0; row < c->kernel_height; row++) {
            const float *x = input.reals + row * input.row_floats;
            float *block = packed + (channel - begin) * c->taps * c->channels + row * run * BLOCK;
            FOR_EACH_BLOCK(end - channel, run,
                weight_block(c, x, input.pixel_floats, size, at, count, vectors, dy + channel, block, lanes));
        }
    }
}

void BG_KERNEL(real_weight_gradient)(const struct bg_geometry *geometry,
    const struct bg_real_weight_gradient_operands *operands, int64_t channel_begin, int64_t channel_end) {
    const struct bg_geometry g = *geometry;
    const struct bg_real_weight_gradient_operands o = *operands;
    int64_t fan_in = g.taps * g.channels;
    float *padded = o.scratch;
    float *packed = padded + bg_padded_floats(&g);
    memset(packed, 0, (size_t)bg_packed_floats(&g) * sizeof *packed);
    if (o.add) {
        pack_weights(o.dw + channel_begin * fan_in, channel_end - channel_begin, fan_in, packed);
    }
    FOR_EACH_ROW(&g, &o, 0, o.images, padded,
        weight_row(&g, input, size, o.dy + first * g.out_channels, channel_begin, channel_end, packed));
    for (int64_t channel = channel_begin; channel < channel_end; channel++) {
        int64_t in_range = channel - channel_begin;
        const float *block = packed + in_range / BLOCK * BLOCK * fan_in + in_range % BLOCK;
        for (int64_t k = 0; k < fan_in; k++) {
            o.dw[channel * fan_in + k] = block[k * BLOCK];
        }
    }
}

/* ---- The gradient of the input --------------------------------------------------------------------------------- */

/* A row of input pixels, each `stride` after the other, whose gradient comes from the same taps. */
struct pixels {
    int64_t row;    /* of the image */
    int64_t column; /* of the first one */
    int64_t stride;
};

/* The gradient of `count` input pixels and a block of input channels. */
BG_INLINE void input_block(const struct bg_geometry *c, const float *dy, const float *weights, struct pixels pixels,
    int count, int vectors, float *dx, struct lanes lanes) {
    int64_t fan_in = c->taps * c->channels;
    vf sums[NARROW_PIXELS][VECTORS];
    for (int p = 0; p < count; p++) {
        for (int v = 0; v < vectors; v++) {
            sums[p][v] = vf_set1(0);
        }
    }
    for (int64_t i = 0; i < c->kernel_height; i++) {
        int64_t y = pixels.row + c->padding_height - i;
        if (y < 0 || y % c->stride_height != 0 || y / c->stride_height >= c->out_height) {
            continue;
        }
        for (int64_t j = 0; j < c->kernel_width; j++) {
            int64_t x = pixels.column + c->padding_width - j;
            if (x < 0 || x % c->stride_width != 0 || x / c->stride_width >= c->out_width) {
                continue;
            }
            const float *from = dy + (y / c->stride_height * c->out_width + x / c->stride_width) * c->out_channels;
            const float *w = weights + (i * c->kernel_width + j) * c->channels;
            for (int64_t out = 0; out < c->out_channels; out++) {
                vf of_tap[VECTORS];
                for (int v = 0; v < vectors; v++) {
                    of_tap[v] = vf_load(w + out * fan_in + v * VF_LANES, lanes.of[v]);
                }
                for (int p = 0; p < count; p++) {
                    vf value = vf_set1(from[p * c->out_channels + out]);
                    for (int v = 0; v < vectors; v++) {
                        sums[p][v] = vf_fma(value, of_tap[v], sums[p][v]);
                    }
                }
            }
        }
    }
    for (int p = 0; p < count; p++) {
        for (int v = 0; v < vectors; v++) {
            vf_store(dx + p * pixels.stride * c->channels + v * VF_LANES, sums[p][v], lanes.of[v]);
        }
    }
}

BG_INLINE struct pixels pixels_from(struct pixels pixels, int64_t number) {
    return (struct pixels){pixels.row, pixels.column + number * pixels.stride, pixels.stride};
}

/* `size` pixels, all of whose taps belong to output pixels of the row, or a single one. */
static void input_run(
    const struct bg_geometry *c, const float *dy, const float *weights, struct pixels pixels, int64_t size, float *dx) {
    for (int64_t channel = 0; channel < c->channels; channel += BLOCK) {
        FOR_EACH_BLOCK(c->channels - channel, size,
            input_block(c, dy, weights + channel, pixels_from(pixels, at), count, vectors,
                dx + at * pixels.stride * c->channels + channel, lanes));
    }
}

/* Whether every tap of an input pixel that an output pixel of some stride could see belongs to one. */
static int is_inside(const struct bg_geometry *c, int64_t column) {
    int64_t last = column + c->padding_width;
    int64_t first = last - (c->kernel_width - 1);
    return first >= 0 && last / c->stride_width < c->out_width;
}

static void input_row(const struct bg_geometry *c, const float *dy, const float *weights, int64_t row, float *dx) {
    for (int64_t phase = 0; phase < c->stride_width && phase < c->width; phase++) {
        int64_t column = phase;
        while (column < c->width) {
            int64_t size = 1;
            if (is_inside(c, column)) {
                while (column + size * c->stride_width < c->width && is_inside(c, column + size * c->stride_width)) {
                    size++;
                }
            }
            const struct pixels pixels = {row, column, c->stride_width};
            input_run(c, dy, weights, pixels, size, dx + column * c->channels);
            column += size * c->stride_width;
        }
    }
}

void BG_KERNEL(real_input_gradient)(const struct bg_geometry *geometry,
    const struct bg_real_input_gradient_operands *operands, int64_t image_begin, int64_t image_end) {
    struct bg_geometry g = *geometry;
    const struct bg_real_input_gradient_operands o = *operands;
    const float *dy = o.dy + image_begin * g.out_pixels * g.out_channels;
    float *dx = o.dx + image_begin * g.pixels * g.channels;
    int64_t images = image_end - image_begin;
    if (bg_is_flat(&g) && images > 0) { /* the pixels of all images are one row */
        g.width = g.out_width = g.pixels = g.out_pixels = images * g.pixels;
        g.height = g.out_height = 1;
        images = 1;
    }
    for (int64_t image = 0; image < images; image++) {
        for (int64_t row = 0; row < g.height; row++) {
            input_row(&g, dy + image * g.out_pixels * g.out_channels, o.weights, row,
                dx + (image * g.pixels + row * g.width) * g.channels);
        }
    }
}
