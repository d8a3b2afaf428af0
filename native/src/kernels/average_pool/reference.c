#include <string.h>

#include "dispatch/table.h"

/* The index of a pixel's first channel, for the pixel (y, z) of a window. */
static int64_t pixel_of(const struct bg_pooling *p, int64_t image, int64_t row, int64_t column, int64_t y, int64_t z) {
    int64_t line = image * p->height + row * p->window_height + y;
    return (line * p->width + column * p->window_width + z) * p->channels;
}

static float value_of(int32_t type, const void *x, int64_t index) {
    return type == BG_INT16 ? (float)((const int16_t *)x)[index] : ((const float *)x)[index];
}

void bg_average_pool_reference(
    const struct bg_pooling *p, int32_t type, const void *x, float *averages, int64_t image_begin, int64_t image_end) {
    int64_t to = image_begin * bg_pooled_pixels(p) * p->channels;
    for (int64_t image = image_begin; image < image_end; image++) {
        for (int64_t row = 0; row < bg_pooled_height(p); row++) {
            for (int64_t column = 0; column < bg_pooled_width(p); column++) {
                for (int64_t channel = 0; channel < p->channels; channel++, to++) {
                    float sum = 0.0f;
                    for (int64_t y = 0; y < p->window_height; y++) {
                        for (int64_t z = 0; z < p->window_width; z++) {
                            sum += value_of(type, x, pixel_of(p, image, row, column, y, z) + channel);
                        }
                    }
                    averages[to] = sum * bg_window_weight(p);
                }
            }
        }
    }
}

void bg_average_pool_backward_reference(const struct bg_pooling *p, const float *average_gradient, float *gradient,
    int64_t image_begin, int64_t image_end) {
    int64_t from = image_begin * bg_pooled_pixels(p) * p->channels;
    for (int64_t image = image_begin; image < image_end; image++) {
        int64_t image_size = p->height * p->width * p->channels;
        memset(gradient + image * image_size, 0, (size_t)image_size * sizeof *gradient);
        for (int64_t row = 0; row < bg_pooled_height(p); row++) {
            for (int64_t column = 0; column < bg_pooled_width(p); column++) {
                for (int64_t channel = 0; channel < p->channels; channel++, from++) {
                    for (int64_t y = 0; y < p->window_height; y++) {
                        for (int64_t z = 0; z < p->window_width; z++) {
                            gradient[pixel_of(p, image, row, column, y, z) + channel] =
                                average_gradient[from] * bg_window_weight(p);
                        }
                    }
                }
            }
        }
    }
}
