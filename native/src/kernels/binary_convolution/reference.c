#include "dispatch/table.h"
#include "simd/scalar.h"

/* One element of y. Padding bits of words are clear on both sides and differ nowhere. */
static int output(
    const struct bg_geometry *c, const uint64_t *image, const uint64_t *weights, int64_t row, int64_t column) {
    int sum = 0;
    for (int64_t tap = 0; tap < c->taps; tap++) {
        int64_t tap_row = bg_input_of(bg_row_axis(c), row, tap / c->kernel_width);
        int64_t tap_column = bg_input_of(bg_column_axis(c), column, tap % c->kernel_width);
        if (tap_row >= 0 && tap_column >= 0) {
            sum += (int)c->channels;
            for (int64_t word = 0; word < c->words; word++) {
                uint64_t bits = image[(tap_row * c->width + tap_column) * c->words + word];
                sum -= 2 * __builtin_popcountll(bits ^ weights[tap * c->words + word]);
            }
        }
    }
    return sum;
}

void bg_binary_convolution_reference(const struct bg_geometry *c, const struct bg_binary_convolution_operands *operands,
    int64_t channel_begin, int64_t channel_end) {
    for (int64_t n = channel_begin; n < channel_end; n++) {
        const uint64_t *weights = operands->weights + n * c->taps * c->words;
        int64_t sum = 0;
        for (int64_t m = 0; m < operands->images * c->out_pixels; m++) {
            const uint64_t *image = operands->x + m / c->out_pixels * c->pixels * c->words;
            int64_t pixel = m % c->out_pixels;
            int value = output(c, image, weights, pixel / c->out_width, pixel % c->out_width);
            operands->y[m * c->out_channels + n] = (int16_t)value;
            sum += value;
        }
        if (operands->sums != NULL) {
            operands->sums[n] = sum;
        }
    }
}

/* As they are. */
int64_t bg_pack_weights_reference(const struct bg_geometry *c, const uint64_t *weights, void *packed) {
    int64_t bytes = c->out_channels * c->taps * c->words * (int64_t)sizeof *weights;
    if (packed != NULL) {
        memcpy(packed, weights, (size_t)bytes);
    }
    return bytes;
}

void bg_binary_convolution_signs_reference(const struct bg_geometry *c,
    const struct bg_binary_convolution_signs_operands *operands, int64_t image_begin, int64_t image_end) {
    for (int64_t m = image_begin * c->out_pixels; m < image_end * c->out_pixels; m++) {
        const uint64_t *image = operands->x + m / c->out_pixels * c->pixels * c->words;
        int64_t pixel = m % c->out_pixels;
        for (int64_t n = 0; n < c->out_channels; n++) {
            const uint64_t *weights = (const uint64_t *)operands->packed + n * c->taps * c->words;
            int value = output(c, image, weights, pixel / c->out_width, pixel % c->out_width);
            bg_set_bit(operands->signs, c->out_channels, m, n, value >= operands->thresholds[n]);
        }
    }
}
