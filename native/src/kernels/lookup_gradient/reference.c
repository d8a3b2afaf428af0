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

static int64_t load_integer(int32_t type, const void *values, int64_t index) {
    return type == BG_INT8 ? ((const int8_t *)values)[index] : ((const int16_t *)values)[index];
}

/* A sum of either kind: integers are exact, floats are added a group of four at a time. */
struct sum {
    int64_t integer;
    float real;
};

/* Adds sum over i of signs[i] * dy[elements[i]], where a sign may be 0: then there is no such element. */
static void add_group(
    struct sum *sum, int32_t type, const void *dy, const int64_t elements[BG_GROUP], const int signs[BG_GROUP]) {
    float terms[BG_GROUP] = {0};
    for (int i = 0; i < BG_GROUP; i++) {
        if (signs[i] != 0 && is_float(type)) {
            terms[i] = (float)signs[i] * bg_load(type, dy, elements[i]);
        } else if (signs[i] != 0) {
            sum->integer += signs[i] * load_integer(type, dy, elements[i]);
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

static void input_gradient_of_pixel(int32_t type, const struct bg_convolution *c, const void *dy, float scale,
    const uint8_t *index, const uint64_t *mask, int32_t dx_type, void *dx, int64_t image, int64_t y, int64_t x) {
    int64_t pixel = (image * c->height + y) * c->width + x;
    for (int64_t channel = 0; channel < c->channels; channel++) {
        struct sum sum = {0, 0};
        for (int64_t tap = 0; tap < c->taps; tap++) {
            int64_t out_y = output_pixel(c, y, tap / c->kernel, c->out_height);
            int64_t out_x = output_pixel(c, x, tap % c->kernel, c->out_width);
            for (int64_t n = 0; n < c->out_channels && out_y >= 0 && out_x >= 0; n += BG_GROUP) {
                int64_t elements[BG_GROUP];
                int signs[BG_GROUP];
                for (int i = 0; i < BG_GROUP; i++) {
                    elements[i] = ((image * c->out_height + out_y) * c->out_width + out_x) * c->out_channels + n + i;
                    signs[i] = n + i < c->out_channels ? 2 * (index[index_of(c, tap, n, channel)] >> i & 1) - 1 : 0;
                }
                add_group(&sum, type, dy, elements, signs);
            }
        }
        float gradient = is_float(type) ? sum.real : scale * (float)sum.integer;
        int kept = mask == NULL || bg_bit(mask, c->channels, pixel, channel);
        bg_store(dx_type, dx, pixel * c->channels + channel, kept ? gradient : 0.0f);
    }
}

void bg_input_gradient_reference(int32_t type, const struct bg_convolution *c, const void *dy, float scale,
    const uint8_t *index, const uint64_t *mask, int32_t dx_type, void *dx, uint8_t *scratch, int64_t image_begin,
    int64_t image_end) {
    (void)scratch;
    for (int64_t image = image_begin; image < image_end; image++) {
        for (int64_t y = 0; y < c->height; y++) {
            for (int64_t x = 0; x < c->width; x++) {
                input_gradient_of_pixel(type, c, dy, scale, index, mask, dx_type, dx, image, y, x);
            }
        }
    }
}

/* The sum of one output channel, tap and input channel, over all images. */
static struct sum weight_gradient(int32_t type, const struct bg_convolution *c, const void *dy, const uint64_t *x,
    int64_t images, int64_t n, int64_t tap, int64_t channel) {
    struct sum sum = {0, 0};
    for (int64_t block = 0; block < images; block += BG_STEP_GROUPS) {
        for (int64_t out_y = 0; out_y < c->out_height; out_y++) {
            int64_t y = input_pixel(c, out_y, tap / c->kernel, c->height);
            for (int64_t group = 0; group < c->out_width && y >= 0; group += BG_GROUP) {
                for (int64_t image = block; image < bg_min(block + BG_STEP_GROUPS, images); image++) {
                    int64_t elements[BG_GROUP];
                    int signs[BG_GROUP] = {0};
                    for (int64_t i = 0; i < bg_min(BG_GROUP, c->out_width - group); i++) {
                        int64_t column = input_pixel(c, group + i, tap % c->kernel, c->width);
                        int64_t pixel = (image * c->height + y) * c->width + column;
                        int64_t output = (image * c->out_height + out_y) * c->out_width + group + i;
                        elements[i] = output * c->out_channels + n;
                        signs[i] = column >= 0 ? 2 * bg_bit(x, c->channels, pixel, channel) - 1 : 0;
                    }
                    add_group(&sum, type, dy, elements, signs);
                }
            }
        }
    }
    return sum;
}

void bg_weight_gradient_signs_reference(int32_t type, const struct bg_convolution *c, const void *dy, const uint64_t *x,
    int32_t input_bits, uint64_t *signs, uint8_t *scratch, int64_t images, int64_t channel_begin, int64_t channel_end) {
    (void)scratch;
    /* One long row of pixels: groups are of four neighbours in it, whatever image they are of. */
    struct bg_convolution row = *c;
    if (bg_is_flat(c)) {
        row.height = row.out_height = 1;
        row.width = row.out_width = images * c->pixels;
        images = 1;
    }
    for (int64_t n = channel_begin; n < channel_end; n++) {
        for (int64_t tap = 0; tap < c->taps; tap++) {
            for (int64_t channel = 0; channel < c->channels / input_bits; channel++) {
                struct sum total = {0, 0};
                for (int64_t bit = 0; bit < input_bits; bit++) {
                    struct sum sum = weight_gradient(type, &row, dy, x, images, n, tap, channel * input_bits + bit);
                    total.integer += sum.integer * (1 << bit);
                    total.real += (float)(1 << bit) * sum.real;
                }
                int positive = is_float(type) ? total.real >= 0 : total.integer >= 0;
                bg_set_bit(signs, c->channels / input_bits, n * c->taps + tap, channel, positive);
            }
        }
    }
}
