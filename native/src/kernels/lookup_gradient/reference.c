#include "dispatch/table.h"
#include "kernels/lookup_gradient/layout.h"
#include "simd/scalar.h"

/* The index is the bits themselves, four output channels to a byte: [taps, output channels / 4, input channels]. */
static int64_t index_of(const struct bg_convolution *c, int64_t tap, int64_t n, int64_t channel) {
    int64_t groups = BG_STEP_GROUPS * bg_ceil_div(c->out_channels, BG_STEP);
    return (tap * groups + n / BG_GROUP) * c->words * BG_PANEL + channel;
}

void bg_weight_index_reference(int32_t type, const struct bg_convolution *c, const uint64_t *weights, uint8_t *index,
    int64_t block_begin, int64_t block_end) {
    (void)type;
    for (int64_t tap = 0; tap < c->taps; tap++) {
        for (int64_t n = block_begin * BG_STEP; n < block_end * BG_STEP; n++) {
            for (int64_t channel = 0; channel < c->channels; channel++) {
                uint8_t *nibble = index + index_of(c, tap, n, channel);
                int bit = n < c->out_channels && bg_bit(weights, c->channels, n * c->taps + tap, channel);
                *nibble = (uint8_t)((n % BG_GROUP == 0 ? 0 : *nibble) | bit << n % BG_GROUP);
            }
        }
    }
}

static int is_float(int32_t type) {
    return type == BG_FLOAT32 || type == BG_FLOAT16;
}

/* Whether an output pixel is the one that its window chose, row by row its element `number`, from channel n. */
static int is_chosen(const struct bg_gradient *dy, const struct bg_convolution *c, int64_t first, int64_t window,
    int64_t number, int64_t n) {
    int64_t chosen = 0;
    if (dy->argmax != NULL) {
        for (int b = 0; b < dy->planes; b++) {
            const uint64_t *plane = dy->argmax + b * dy->plane_words;
            chosen |= (int64_t)bg_bit(plane, c->out_channels, window, n) << b;
        }
        return number == chosen;
    }
    for (int64_t i = dy->pool * dy->pool - 1; i >= 0; i--) {
        int64_t pixel = first + i / dy->pool * c->out_width + i % dy->pool;
        chosen = bg_bit(dy->signs, c->out_channels, pixel, n) ? i : chosen;
    }
    return number == chosen;
}

/* Channel n of an output pixel of dy. */
static int64_t load_integer(const struct bg_gradient *dy, const struct bg_convolution *c, int64_t pixel, int64_t n) {
    if (dy->pool == 1) {
        int64_t index = pixel * c->out_channels + n;
        return dy->type == BG_INT8 ? ((const int8_t *)dy->values)[index] : ((const int16_t *)dy->values)[index];
    }
    int64_t x = pixel % c->out_width;
    int64_t y = pixel / c->out_width % c->out_height;
    int64_t image = pixel / c->out_pixels;
    int64_t window = (image * dy->pooled_height + y / dy->pool) * dy->pooled_width + x / dy->pool;
    int fills_window = y / dy->pool < dy->pooled_height && x / dy->pool < dy->pooled_width;
    int64_t first = pixel - y % dy->pool * c->out_width - x % dy->pool;
    int64_t number = y % dy->pool * dy->pool + x % dy->pool;
    if (fills_window && is_chosen(dy, c, first, window, number, n)) {
        return ((const int8_t *)dy->values)[window * c->out_channels + n];
    }
    if (dy->argmax != NULL) {
        return 0;
    }
    return dy->others[(bg_bit(dy->signs, c->out_channels, pixel, n) ? 0 : c->out_channels) + n];
}

/* A sum of either kind: integers are exact, floats are added a group of four at a time. */
struct sum {
    int64_t integer;
    float real;
};

/* An element of dy. */
struct element {
    int64_t pixel;
    int64_t channel;
};

/* Adds sum over i of signs[i] * dy[elements[i]], where a sign may be 0: then there is no such element. */
static void add_group(struct sum *sum, const struct bg_gradient *dy, const struct bg_convolution *c,
    const struct element elements[BG_GROUP], const int signs[BG_GROUP]) {
    float terms[BG_GROUP] = {0};
    for (int i = 0; i < BG_GROUP; i++) {
        if (signs[i] != 0 && is_float(dy->type)) {
            int64_t index = elements[i].pixel * c->out_channels + elements[i].channel;
            terms[i] = (float)signs[i] * bg_load(dy->type, dy->values, index);
        } else if (signs[i] != 0) {
            sum->integer += signs[i] * load_integer(dy, c, elements[i].pixel, elements[i].channel);
        }
    }
    sum->real += (terms[0] + terms[1]) + (terms[2] + terms[3]);
}

/* The output pixel, in a row or in a column of them, that sees an input pixel through a tap; -1 where there is none. */
static int64_t output_pixel(const struct bg_convolution *c, int64_t input, int64_t tap, int64_t out_size) {
    int64_t strided = input + c->padding - tap;
    return strided >= 0 && strided % c->stride == 0 && strided / c->stride < out_size ? strided / c->stride : -1;
}

/* The inverse: the input pixel that an output pixel sees, -1 where that is padding. */
static int64_t input_pixel(const struct bg_convolution *c, int64_t output, int64_t tap, int64_t size) {
    int64_t input = output * c->stride + tap - c->padding;
    return input >= 0 && input < size ? input : -1;
}

static void input_gradient_of_pixel(const struct bg_gradient *dy, const struct bg_convolution *c, const uint8_t *index,
    const uint64_t *mask, int32_t dx_type, void *dx, int64_t channel_begin, int64_t channel_end, int64_t image,
    int64_t y, int64_t x) {
    int64_t pixel = (image * c->height + y) * c->width + x;
    for (int64_t channel = channel_begin; channel < channel_end; channel++) {
        struct sum sum = {0, 0};
        for (int64_t tap = 0; tap < c->taps; tap++) {
            int64_t out_y = output_pixel(c, y, tap / c->kernel, c->out_height);
            int64_t out_x = output_pixel(c, x, tap % c->kernel, c->out_width);
            for (int64_t n = 0; n < c->out_channels && out_y >= 0 && out_x >= 0; n += BG_GROUP) {
                struct element elements[BG_GROUP];
                int signs[BG_GROUP];
                for (int i = 0; i < BG_GROUP; i++) {
                    elements[i].pixel = (image * c->out_height + out_y) * c->out_width + out_x;
                    elements[i].channel = n + i;
                    signs[i] = n + i < c->out_channels ? 2 * (index[index_of(c, tap, n, channel)] >> i & 1) - 1 : 0;
                }
                add_group(&sum, dy, c, elements, signs);
            }
        }
        float gradient = is_float(dy->type) ? sum.real : dy->scale * (float)sum.integer;
        int kept = mask == NULL || bg_bit(mask, c->channels, pixel, channel);
        int64_t element = pixel * (channel_end - channel_begin) + channel - channel_begin;
        bg_store(dx_type, dx, element, kept ? gradient : 0.0f);
    }
}

void bg_input_gradient_reference(const struct bg_gradient *dy, const struct bg_convolution *c, const uint8_t *index,
    const uint64_t *mask, int32_t dx_type, void *dx, int64_t channel_begin, int64_t channel_end, uint8_t *scratch,
    int64_t image_begin, int64_t image_end) {
    (void)scratch;
    for (int64_t image = image_begin; image < image_end; image++) {
        for (int64_t y = 0; y < c->height; y++) {
            for (int64_t x = 0; x < c->width; x++) {
                input_gradient_of_pixel(dy, c, index, mask, dx_type, dx, channel_begin, channel_end, image, y, x);
            }
        }
    }
}

/* The sum of one output channel, tap and input channel, over all images; those of row stand for those of c. */
static struct sum weight_gradient(const struct bg_gradient *dy, const struct bg_convolution *c,
    const struct bg_convolution *row, const uint64_t *x, int64_t images, int64_t n, int64_t tap, int64_t channel) {
    struct sum sum = {0, 0};
    for (int64_t block = 0; block < images; block += BG_STEP_GROUPS) {
        for (int64_t out_y = 0; out_y < row->out_height; out_y++) {
            int64_t y = input_pixel(row, out_y, tap / row->kernel, row->height);
            for (int64_t group = 0; group < row->out_width && y >= 0; group += BG_GROUP) {
                for (int64_t image = block; image < bg_min(block + BG_STEP_GROUPS, images); image++) {
                    struct element elements[BG_GROUP];
                    int signs[BG_GROUP] = {0};
                    for (int64_t i = 0; i < bg_min(BG_GROUP, row->out_width - group); i++) {
                        int64_t column = input_pixel(row, group + i, tap % row->kernel, row->width);
                        int64_t pixel = (image * row->height + y) * row->width + column;
                        elements[i].pixel = (image * row->out_height + out_y) * row->out_width + group + i;
                        elements[i].channel = n;
                        signs[i] = column >= 0 ? 2 * bg_bit(x, row->channels, pixel, channel) - 1 : 0;
                    }
                    add_group(&sum, dy, c, elements, signs);
                }
            }
        }
    }
    return sum;
}

void bg_weight_gradient_reference(const struct bg_gradient *dy, const struct bg_convolution *c, const uint64_t *x,
    int32_t input_bits, int32_t gradient_type, void *gradient, uint8_t *scratch, int64_t images, int64_t channel_begin,
    int64_t channel_end) {
    (void)scratch;
    /* One long row of pixels: groups are of four neighbours in it, whatever image they are of. */
    struct bg_convolution row = *c;
    if (bg_is_flat(c)) {
        row.height = row.out_height = 1;
        row.width = row.out_width = images * c->pixels;
        images = 1;
    }
    int64_t channels = c->channels / input_bits;
    for (int64_t n = channel_begin; n < channel_end; n++) {
        for (int64_t tap = 0; tap < c->taps; tap++) {
            int64_t filter = (n - channel_begin) * c->taps + tap;
            for (int64_t channel = 0; channel < channels; channel++) {
                struct sum total = {0, 0};
                for (int64_t bit = 0; bit < input_bits; bit++) {
                    struct sum sum = weight_gradient(dy, c, &row, x, images, n, tap, channel * input_bits + bit);
                    total.integer += sum.integer * (1 << bit);
                    total.real += (float)(1 << bit) * sum.real;
                }
                float value = is_float(dy->type) ? total.real : (float)total.integer;
                if (gradient_type == BG_BITS) {
                    bg_set_bit(gradient, channels, filter, channel, value >= 0);
                } else {
                    ((float *)gradient)[filter * channels + channel] = dy->scale * value;
                }
            }
        }
    }
}
