#include <stddef.h>
#include <string.h>

#include "dispatch/table.h"

/* The first element of a window in the images. */
static int64_t window_start(const struct bg_pooling *p, int64_t image, int64_t row, int64_t column) {
    return ((image * p->height + row * p->window_height) * p->width + column * p->window_width) * p->channels;
}

/* Element k of a window, from its first one on. */
static int64_t window_element(const struct bg_pooling *p, int64_t k, int64_t channel) {
    return (k / p->window_width * p->width + k % p->window_width) * p->channels + channel;
}

static void pool(const struct bg_pooling *p, const float *x, float *pooled, uint8_t *argmax, int64_t image_begin,
    int64_t image_end, int signs) {
    int64_t to = image_begin * bg_pooled_pixels(p) * p->channels;
    for (int64_t image = image_begin; image < image_end; image++) {
        for (int64_t row = 0; row < bg_pooled_height(p); row++) {
            for (int64_t column = 0; column < bg_pooled_width(p); column++) {
                const float *window = x + window_start(p, image, row, column);
                for (int64_t channel = 0; channel < p->channels; channel++, to++) {
                    for (int64_t k = 0; k < p->window_height * p->window_width; k++) {
                        float value = window[window_element(p, k, channel)];
                        value = !signs ? value : value >= 0 ? 1.0f : -1.0f;
                        if (k == 0 || value > pooled[to]) {
                            pooled[to] = value;
                            if (argmax != NULL) {
                                argmax[to] = (uint8_t)k;
                            }
                        }
                    }
                }
            }
        }
    }
}

void bg_max_pool_reference(const struct bg_pooling *p, const float *x, float *pooled, uint8_t *argmax,
    int64_t image_begin, int64_t image_end) {
    pool(p, x, pooled, argmax, image_begin, image_end, 0);
}

void bg_max_pool_signs_reference(const struct bg_pooling *p, const float *x, float *pooled, uint8_t *argmax,
    int64_t image_begin, int64_t image_end) {
    pool(p, x, pooled, argmax, image_begin, image_end, 1);
}

void bg_max_pool_backward_reference(const struct bg_pooling *p, const float *pooled_gradient, const uint8_t *argmax,
    float *gradient, int64_t image_begin, int64_t image_end) {
    int64_t from = image_begin * bg_pooled_pixels(p) * p->channels;
    for (int64_t image = image_begin; image < image_end; image++) {
        int64_t image_size = p->height * p->width * p->channels;
        memset(gradient + image * image_size, 0, (size_t)image_size * sizeof *gradient);
        for (int64_t row = 0; row < bg_pooled_height(p); row++) {
            for (int64_t column = 0; column < bg_pooled_width(p); column++) {
                float *window = gradient + window_start(p, image, row, column);
                for (int64_t channel = 0; channel < p->channels; channel++, from++) {
                    int64_t k = argmax[from];
                    /* argmax is the caller's, and nothing outside of the window is written */
                    if (k < p->window_height * p->window_width) {
                        window[window_element(p, k, channel)] = pooled_gradient[from];
                    }
                }
            }
        }
    }
}
