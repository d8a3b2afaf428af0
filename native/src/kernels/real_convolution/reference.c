#include "dispatch/table.h"
#include "simd/scalar.h"

/* The input at a pixel that may lie in the border of zeros. */
static float input(const struct bg_geometry *c, const float *x, const uint8_t *pixels, int64_t image, int64_t row,
    int64_t column, int64_t channel) {
    if (row < 0 || row >= c->height || column < 0 || column >= c->width) {
        return 0;
    }
    int64_t at = ((image * c->height + row) * c->width + column) * c->channels + channel;
    if (x != NULL) {
        return x[at];
    }
    float scaled = (float)pixels[at] * BG_PIXEL_SCALE;
    return scaled + -1.0f;
}

void bg_real_convolution_reference(
    const struct bg_geometry *c, const struct bg_real_convolution_operands *o, int64_t image_begin, int64_t image_end) {
    int64_t fan_in = c->taps * c->channels;
    for (int64_t pixel = image_begin * c->out_pixels; pixel < image_end * c->out_pixels; pixel++) {
        int64_t row = pixel % c->out_pixels / c->out_width * c->stride_height - c->padding_height;
        int64_t column = pixel % c->out_width * c->stride_width - c->padding_width;
        for (int64_t channel = 0; channel < c->out_channels; channel++) {
            float sum = 0;
            for (int64_t k = 0; k < fan_in; k++) {
                int64_t tap = k / c->channels;
                float x = input(c, o->x, o->pixels, pixel / c->out_pixels, row + tap / c->kernel_width,
                    column + tap % c->kernel_width, k % c->channels);
                sum = bg_fma(x, o->weights[channel * fan_in + k], sum);
            }
            o->y[pixel * c->out_channels + channel] = sum;
        }
    }
}

void bg_real_weight_gradient_reference(const struct bg_geometry *c, const struct bg_real_weight_gradient_operands *o,
    int64_t channel_begin, int64_t channel_end) {
    int64_t fan_in = c->taps * c->channels;
    for (int64_t channel = channel_begin; channel < channel_end; channel++) {
        for (int64_t k = 0; k < fan_in; k++) {
            int64_t tap = k / c->channels;
            float sum = o->add ? o->dw[channel * fan_in + k] : 0;
            for (int64_t pixel = 0; pixel < o->images * c->out_pixels; pixel++) {
                int64_t row = pixel % c->out_pixels / c->out_width * c->stride_height - c->padding_height;
                int64_t column = pixel % c->out_width * c->stride_width - c->padding_width;
                float x = input(c, o->x, o->pixels, pixel / c->out_pixels, row + tap / c->kernel_width,
                    column + tap % c->kernel_width, k % c->channels);
                sum = bg_fma(x, o->dy[pixel * c->out_channels + channel], sum);
            }
            o->dw[channel * fan_in + k] = sum;
        }
    }
}

/* The output pixel that sees an input pixel as its tap, in one direction; -1 where there is none. */
static int64_t output_of(const struct bg_axis *axis, int64_t input, int64_t tap) {
    int64_t at = input + axis->padding - tap;
    return at >= 0 && at % axis->stride == 0 && at / axis->stride < axis->out_size ? at / axis->stride : -1;
}

void bg_real_input_gradient_reference(const struct bg_geometry *c, const struct bg_real_input_gradient_operands *o,
    int64_t image_begin, int64_t image_end) {
    const struct bg_axis rows = bg_row_axis(c);
    const struct bg_axis columns = bg_column_axis(c);
    int64_t fan_in = c->taps * c->channels;
    for (int64_t pixel = image_begin * c->pixels; pixel < image_end * c->pixels; pixel++) {
        for (int64_t channel = 0; channel < c->channels; channel++) {
            float sum = 0;
            for (int64_t tap = 0; tap < c->taps; tap++) {
                int64_t row = output_of(&rows, pixel % c->pixels / c->width, tap / c->kernel_width);
                int64_t column = output_of(&columns, pixel % c->width, tap % c->kernel_width);
                if (row < 0 || column < 0) {
                    continue;
                }
                const float *dy =
                    o->dy + ((pixel / c->pixels * c->out_height + row) * c->out_width + column) * c->out_channels;
                for (int64_t out = 0; out < c->out_channels; out++) {
                    sum = bg_fma(dy[out], o->weights[out * fan_in + tap * c->channels + channel], sum);
                }
            }
            o->dx[pixel * c->channels + channel] = sum;
        }
    }
}
