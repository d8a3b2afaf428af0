#include "dispatch/table.h"
#include "simd/scalar.h"

static int output(
    const struct bg_geometry *c, const uint8_t *image, const uint64_t *weights, int64_t row, int64_t column) {
    int sum = 0;
    for (int64_t tap = 0; tap < c->taps; tap++) {
        int64_t tap_row = bg_input_of(bg_row_axis(c), row, tap / c->kernel_width);
        int64_t tap_column = bg_input_of(bg_column_axis(c), column, tap % c->kernel_width);
        if (tap_row >= 0 && tap_column >= 0) {
            for (int64_t channel = 0; channel < c->channels; channel++) {
                int value = 2 * image[(tap_row * c->width + tap_column) * c->channels + channel] - 255;
                sum += bg_bit(weights, c->channels, tap, channel) ? value : -value;
            }
        }
    }
    return sum;
}

void bg_pixel_convolution_reference(const struct bg_geometry *c, const struct bg_pixel_convolution_operands *operands,
    int64_t image_begin, int64_t image_end) {
    for (int64_t m = image_begin * c->out_pixels; m < image_end * c->out_pixels; m++) {
        const uint8_t *image = operands->pixels + m / c->out_pixels * c->pixels * c->channels;
        int64_t pixel = m % c->out_pixels;
        for (int64_t n = 0; n < c->out_channels; n++) {
            const uint64_t *weights = operands->weights + n * c->taps * c->words;
            int value = output(c, image, weights, pixel / c->out_width, pixel % c->out_width);
            if (operands->y_type == BG_INT16) {
                ((int16_t *)operands->y)[m * c->out_channels + n] = (int16_t)value;
            } else {
                ((float *)operands->y)[m * c->out_channels + n] = (float)value;
            }
        }
    }
}
