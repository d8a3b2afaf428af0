#include "dispatch/table.h"
#include "simd/scalar.h"

/* The row of the matrix of input pixels that an output pixel sees through a tap; -1 where that is padding. */
static int64_t seen(const struct bg_geometry *c, int64_t out_pixel, int64_t tap) {
    int64_t out_row = out_pixel % c->out_pixels / c->out_width;
    int64_t row = bg_input_of(bg_row_axis(c), out_row, tap / c->kernel_width);
    int64_t column = bg_input_of(bg_column_axis(c), out_pixel % c->out_width, tap % c->kernel_width);
    return row < 0 || column < 0 ? -1 : (out_pixel / c->out_pixels * c->height + row) * c->width + column;
}

/* The inverse: the row of the matrix of output pixels that sees an input pixel through a tap; -1 where there is none. */
static int64_t seeing(const struct bg_geometry *c, int64_t pixel, int64_t tap) {
    int64_t row = bg_output_of(bg_row_axis(c), pixel % c->pixels / c->width, tap / c->kernel_width);
    int64_t column = bg_output_of(bg_column_axis(c), pixel % c->width, tap % c->kernel_width);
    return row < 0 || column < 0 ? -1 : (pixel / c->pixels * c->out_height + row) * c->out_width + column;
}

void bg_depthwise_convolution_reference(const struct bg_geometry *c, const struct bg_depthwise_convolution_operands *o,
    int64_t image_begin, int64_t image_end) {
    for (int64_t q = image_begin * c->out_pixels; q < image_end * c->out_pixels; q++) {
        for (int64_t channel = 0; channel < o->tile.channels; channel++) {
            int64_t column = o->tile.first + channel;
            int sum = 0;
            for (int64_t tap = 0; tap < c->taps; tap++) {
                int64_t p = seen(c, q, tap);
                if (p >= 0) {
                    sum +=
                        bg_bit(o->x, c->channels, p, column) == bg_bit(o->weights, c->channels, tap, column) ? 1 : -1;
                }
            }
            int64_t at = q * o->tile.channels + channel;
            if (o->y_type == BG_INT16) {
                ((int16_t *)o->y)[at] = (int16_t)sum;
            } else {
                ((float *)o->y)[at] = (float)sum;
            }
        }
    }
}

void bg_depthwise_input_gradient_reference(const struct bg_geometry *c,
    const struct bg_depthwise_input_gradient_operands *o, int64_t image_begin, int64_t image_end) {
    for (int64_t p = image_begin * c->pixels; p < image_end * c->pixels; p++) {
        for (int64_t channel = 0; channel < o->tile.channels; channel++) {
            int64_t column = o->tile.first + channel;
            float sum = 0;
            for (int64_t tap = 0; tap < c->taps; tap++) {
                int64_t q = seeing(c, p, tap);
                if (q >= 0) {
                    float dy = bg_load(o->dy_type, o->dy, q * o->tile.channels + channel);
                    sum += bg_bit(o->weights, c->channels, tap, column) ? dy : -dy;
                }
            }
            int passes = o->mask == NULL || bg_bit(o->mask, c->channels, p, column);
            bg_store(o->dx_type, o->dx, p * o->tile.channels + channel, passes ? sum : 0);
        }
    }
}

void bg_depthwise_weight_sums_reference(const struct bg_geometry *c, const struct bg_depthwise_weight_sums_operands *o,
    int64_t block_begin, int64_t block_end) {
    for (int64_t row = block_begin * c->taps; row < block_end * c->taps; row++) {
        struct bg_span images = bg_images_of_block(row / c->taps, o->images);
        for (int64_t channel = 0; channel < o->tile.channels; channel++) {
            float sum = 0;
            for (int64_t q = images.begin * c->out_pixels; q < images.end * c->out_pixels; q++) {
                int64_t p = seen(c, q, row % c->taps);
                if (p >= 0) {
                    float dy = bg_load(o->dy_type, o->dy, q * o->tile.channels + channel);
                    sum += bg_bit(o->x, c->channels, p, o->tile.first + channel) ? dy : -dy;
                }
            }
            o->sums[row * o->tile.channels + channel] = sum;
        }
    }
}

void bg_depthwise_weight_gradient_reference(
    const struct bg_depthwise_weight_gradient_operands *o, int64_t tap_begin, int64_t tap_end) {
    for (int64_t tap = tap_begin; tap < tap_end; tap++) {
        for (int64_t channel = 0; channel < o->tile.channels; channel++) {
            float sum = 0;
            for (int64_t block = 0; block < o->blocks; block++) {
                sum += o->sums[(block * o->taps + tap) * o->tile.channels + channel];
            }
            o->dw[tap * o->tile.columns + o->tile.first + channel] = sum;
        }
    }
}
