#include "dispatch/table.h"
#include "kernels/lookup_gradient/layout.h"
#include "simd/scalar.h"

/* The index is the bits themselves, four output channels to a byte: [taps, output channels / 4, input channels]. */
static int64_t index_of(const struct bg_geometry *c, int64_t tap, int64_t n, int64_t channel) {
    int64_t groups = BG_STEP_GROUPS * bg_ceil_div(c->out_channels, BG_STEP);
    return (tap * groups + n / BG_GROUP) * c->words * BG_PANEL + channel;
}

void bg_weight_index_reference(const struct bg_geometry *c, int32_t type, const uint64_t *weights, uint8_t *index,
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
static int is_chosen(
    const struct bg_dy *dy, const struct bg_geometry *c, int64_t first, int64_t window, int64_t number, int64_t n) {
    int64_t chosen = 0;
    if (dy->argmax != NULL) {
        for (int b = 0; b < dy->planes; b++) {
            const uint64_t *plane = dy->argmax + b * dy->plane_words;
            chosen |= (int64_t)bg_bit(plane, c->out_channels, window, n) << b;
        }
        return number == chosen;
    }
    for (int64_t i = dy->window_height * dy->window_width - 1; i >= 0; i--) {
        int64_t pixel = first + i / dy->window_width * c->out_width + i % dy->window_width;
        chosen = bg_bit(dy->signs, c->out_channels, pixel, n) ? i : chosen;
    }
    return number == chosen;
}

/* Channel n of an output pixel of dy. */
static int64_t load_integer(const struct bg_dy *dy, const struct bg_geometry *c, int64_t pixel, int64_t n) {
    if (!dy->is_pooled) {
        int64_t index = pixel * c->out_channels + n;
        return dy->type == BG_INT8 ? ((const int8_t *)dy->values)[index] : ((const int16_t *)dy->values)[index];
    }
    int64_t x = pixel % c->out_width;
    int64_t y = pixel / c->out_width % c->out_height;
    int64_t image = pixel / c->out_pixels;
    int64_t window_y = y / dy->window_height;
    int64_t window_x = x / dy->window_width;
    int64_t window = (image * dy->pooled_height + window_y) * dy->pooled_width + window_x;
    int fills_window = window_y < dy->pooled_height && window_x < dy->pooled_width;
    int64_t row = y % dy->window_height;
    int64_t column = x % dy->window_width;
    int64_t first = pixel - row * c->out_width - column;
    if (fills_window && is_chosen(dy, c, first, window, row * dy->window_width + column, n)) {
        return ((const int8_t *)dy->values)[window * c->out_channels + n];
    }
    if (dy->argmax != NULL) {
        return 0;
    }
    return dy->unselected[(bg_bit(dy->signs, c->out_channels, pixel, n) ? 0 : c->out_channels) + n];
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
static void add_group(struct sum *sum, const struct bg_dy *dy, const struct bg_geometry *c,
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

static void input_gradient_of_pixel(const struct bg_geometry *c, const struct bg_dy *dy,
    const struct bg_input_gradient_operands *operands, int64_t image, int64_t y, int64_t x) {
    const uint8_t *index = operands->index;
    int64_t pixel = (image * c->height + y) * c->width + x;
    for (int64_t channel = operands->channel_begin; channel < operands->channel_end; channel++) {
        struct sum sum = {0, 0};
        for (int64_t tap = 0; tap < c->taps; tap++) {
            int64_t out_y = bg_output_of(bg_row_axis(c), y, tap / c->kernel_width);
            int64_t out_x = bg_output_of(bg_column_axis(c), x, tap % c->kernel_width);
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
        int kept = operands->mask == NULL || bg_bit(operands->mask, c->channels, pixel, channel);
        int64_t channels = operands->channel_end - operands->channel_begin;
        int64_t element = pixel * channels + channel - operands->channel_begin;
        bg_store(operands->dx_type, operands->dx, element, kept ? gradient : 0.0f);
    }
}

void bg_input_gradient_reference(const struct bg_geometry *c, const struct bg_dy *dy,
    const struct bg_input_gradient_operands *operands, int64_t image_begin, int64_t image_end) {
    for (int64_t image = image_begin; image < image_end; image++) {
        for (int64_t y = 0; y < c->height; y++) {
            for (int64_t x = 0; x < c->width; x++) {
                input_gradient_of_pixel(c, dy, operands, image, y, x);
            }
        }
    }
}

/* The sum of one output channel, tap and input channel, over all images; those of row stand for those of c. */
static struct sum weight_gradient(const struct bg_dy *dy, const struct bg_geometry *c, const struct bg_geometry *row,
    const uint64_t *x, int64_t images, int64_t n, int64_t tap, int64_t channel) {
    struct sum sum = {0, 0};
    for (int64_t block = 0; block < images; block += BG_STEP_GROUPS) {
        for (int64_t out_y = 0; out_y < row->out_height; out_y++) {
            int64_t y = bg_input_of(bg_row_axis(row), out_y, tap / row->kernel_width);
            for (int64_t group = 0; group < row->out_width && y >= 0; group += BG_GROUP) {
                for (int64_t image = block; image < bg_min(block + BG_STEP_GROUPS, images); image++) {
                    struct element elements[BG_GROUP];
                    int signs[BG_GROUP] = {0};
                    for (int64_t i = 0; i < bg_min(BG_GROUP, row->out_width - group); i++) {
                        int64_t column = bg_input_of(bg_column_axis(row), group + i, tap % row->kernel_width);
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

void bg_weight_gradient_reference(const struct bg_geometry *c, const struct bg_dy *dy,
    const struct bg_weight_gradient_operands *operands, int64_t channel_begin, int64_t channel_end) {
    /* One long row of pixels: groups are of four neighbours in it, whatever image they are of. */
    struct bg_geometry row = *c;
    int64_t images = operands->images;
    if (bg_is_flat(c)) {
        row.height = row.out_height = 1;
        row.width = row.out_width = images * c->pixels;
        images = 1;
    }
    int64_t input_bits = operands->input_bits;
    int64_t channels = c->channels / input_bits;
    for (int64_t n = channel_begin; n < channel_end; n++) {
        for (int64_t tap = 0; tap < c->taps; tap++) {
            int64_t filter = (n - channel_begin) * c->taps + tap;
            for (int64_t channel = 0; channel < channels; channel++) {
                struct sum total = {0, 0};
                for (int64_t bit = 0; bit < input_bits; bit++) {
                    int64_t bit_channel = channel * input_bits + bit;
                    struct sum sum = weight_gradient(dy, c, &row, operands->x, images, n, tap, bit_channel);
                    total.integer += sum.integer * (1 << bit);
                    total.real += (float)(1 << bit) * sum.real;
                }
                float value = is_float(dy->type) ? total.real : (float)total.integer;
                if (operands->gradient_type == BG_BITS) {
                    bg_set_bit(operands->gradient, channels, filter, channel, value >= 0);
                } else {
                    ((float *)operands->gradient)[filter * channels + channel] = dy->scale * value;
                }
            }
        }
    }
}
