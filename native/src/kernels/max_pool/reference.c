#include <stddef.h>
#include <string.h>

#include "dispatch/table.h"

/* The first of the elements of a window in the images: its other elements lie behind it, row by row. */
static int64_t window_start(
    int64_t image, int64_t row, int64_t column, int64_t height, int64_t width, int64_t channels, int64_t size) {
    return ((image * height + row * size) * width + column * size) * channels;
}

static void pool(const float *x, int64_t height, int64_t width, int64_t channels, int64_t size, float *pooled,
    uint8_t *argmax, int64_t image_begin, int64_t image_end, int signs) {
    int64_t to = image_begin * (height / size) * (width / size) * channels;
    for (int64_t image = image_begin; image < image_end; image++) {
        for (int64_t row = 0; row < height / size; row++) {
            for (int64_t column = 0; column < width / size; column++) {
                const float *window = x + window_start(image, row, column, height, width, channels, size);
                for (int64_t channel = 0; channel < channels; channel++, to++) {
                    for (int64_t k = 0; k < size * size; k++) {
                        float value = window[(k / size * width + k % size) * channels + channel];
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

void bg_max_pool_reference(const float *x, int64_t height, int64_t width, int64_t channels, int64_t size, float *pooled,
    uint8_t *argmax, int64_t image_begin, int64_t image_end) {
    pool(x, height, width, channels, size, pooled, argmax, image_begin, image_end, 0);
}

void bg_max_pool_signs_reference(const float *x, int64_t height, int64_t width, int64_t channels, int64_t size,
    float *pooled, uint8_t *argmax, int64_t image_begin, int64_t image_end) {
    pool(x, height, width, channels, size, pooled, argmax, image_begin, image_end, 1);
}

void bg_max_pool_backward_reference(const float *pooled_gradient, const uint8_t *argmax, int64_t height, int64_t width,
    int64_t channels, int64_t size, float *gradient, int64_t image_begin, int64_t image_end) {
    int64_t from = image_begin * (height / size) * (width / size) * channels;
    for (int64_t image = image_begin; image < image_end; image++) {
        int64_t image_size = height * width * channels;
        memset(gradient + image * image_size, 0, (size_t)image_size * sizeof *gradient);
        for (int64_t row = 0; row < height / size; row++) {
            for (int64_t column = 0; column < width / size; column++) {
                float *window = gradient + window_start(image, row, column, height, width, channels, size);
                for (int64_t channel = 0; channel < channels; channel++, from++) {
                    int64_t k = argmax[from];
                    if (k < size * size) { /* argmax is the caller's, and nothing outside of the window is written */
                        window[(k / size * width + k % size) * channels + channel] = pooled_gradient[from];
                    }
                }
            }
        }
    }
}
