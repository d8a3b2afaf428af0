#include <stddef.h>

#include "dispatch/table.h"
#include "simd/simd.h"

/* Indices of 0 to 255, which float32 holds exactly, to bytes. */
BG_INLINE void store_indices(uint8_t *to, vf indices, int n) {
    float values[VF_LANES];
    uint8_t bytes[VF_LANES];
    vf_store(values, indices, VF_LANES);
    for (int i = 0; i < VF_LANES; i++) {
        bytes[i] = (uint8_t)values[i];
    }
    memcpy(to, bytes, (size_t)n);
}

/* One window, all channels. window: its first pixel; pixels of a row follow each other, rows are width pixels apart. */
BG_INLINE void pool_window(
    const float *window, int64_t width, int64_t channels, int64_t size, float *pooled, uint8_t *argmax, int signs) {
    for (int64_t channel = 0; channel < channels; channel += VF_LANES) {
        int n = vf_count(channel, channels);
        vf best = vf_set1(0.0f);
        vf best_index = vf_set1(0.0f);
        for (int64_t row = 0; row < size; row++) {
            for (int64_t column = 0; column < size; column++) {
                vf value = vf_load(window + (row * width + column) * channels + channel, n);
                value = signs ? vf_signs(vf_nonnegative(value)) : value;
                if (row == 0 && column == 0) {
                    best = value;
                    continue;
                }
                /* value > best, and false where one is NaN. Indices ascend, so the largest is the one to keep. */
                uint32_t greater = vf_at_most(best, value) & ~vf_at_most(value, best);
                vf index = vf_select(vf_set1((float)(row * size + column)), greater);
                best_index = vf_max(best_index, index);
                best = vf_max(value, best);
            }
        }
        vf_store(pooled + channel, best, n);
        if (argmax != NULL) {
            store_indices(argmax + channel, best_index, n);
        }
    }
}

BG_INLINE void pool(const float *x, int64_t height, int64_t width, int64_t channels, int64_t size, float *pooled,
    uint8_t *argmax, int64_t image_begin, int64_t image_end, int signs) {
    int64_t to = image_begin * (height / size) * (width / size) * channels;
    for (int64_t image = image_begin; image < image_end; image++) {
        for (int64_t row = 0; row < height / size; row++) {
            const float *line = x + (image * height + row * size) * width * channels;
            for (int64_t column = 0; column < width / size; column++, to += channels) {
                pool_window(line + column * size * channels, width, channels, size, pooled + to,
                    argmax == NULL ? NULL : argmax + to, signs);
            }
        }
    }
}

void BG_KERNEL(max_pool)(const float *x, int64_t height, int64_t width, int64_t channels, int64_t size, float *pooled,
    uint8_t *argmax, int64_t image_begin, int64_t image_end) {
    if (size == 2) {
        pool(x, height, width, channels, 2, pooled, argmax, image_begin, image_end, 0);
    } else {
        pool(x, height, width, channels, size, pooled, argmax, image_begin, image_end, 0);
    }
}

void BG_KERNEL(max_pool_signs)(const float *x, int64_t height, int64_t width, int64_t channels, int64_t size,
    float *pooled, uint8_t *argmax, int64_t image_begin, int64_t image_end) {
    if (size == 2) {
        pool(x, height, width, channels, 2, pooled, argmax, image_begin, image_end, 1);
    } else {
        pool(x, height, width, channels, size, pooled, argmax, image_begin, image_end, 1);
    }
}

BG_INLINE void fill_zeros(float *to, int64_t count) {
    for (int64_t i = 0; i < count; i += VF_LANES) {
        vf_store(to + i, vf_set1(0.0f), vf_count(i, count));
    }
}

void BG_KERNEL(max_pool_backward)(const float *pooled_gradient, const uint8_t *argmax, int64_t height, int64_t width,
    int64_t channels, int64_t size, float *gradient, int64_t image_begin, int64_t image_end) {
    const int64_t pooled_width = width / size;
    for (int64_t image = image_begin; image < image_end; image++) {
        for (int64_t y = 0; y < height; y++) {
            float *line = gradient + (image * height + y) * width * channels;
            int64_t window_row = y / size;
            int64_t covered = window_row < height / size ? pooled_width * size : 0; /* pixels of the line in windows */
            for (int64_t x = 0; x < covered; x++) {
                int64_t from = ((image * (height / size) + window_row) * pooled_width + x / size) * channels;
                vf index = vf_set1((float)(y % size * size + x % size));
                for (int64_t channel = 0; channel < channels; channel += VF_LANES) {
                    int n = vf_count(channel, channels);
                    vf taken = vf_load_uint8(argmax + from + channel, n);
                    uint32_t equal = vf_at_most(taken, index) & vf_at_most(index, taken);
                    vf g = vf_load(pooled_gradient + from + channel, n);
                    vf_store(line + x * channels + channel, vf_select(g, equal), n);
                }
            }
            fill_zeros(line + covered * channels, (width - covered) * channels);
        }
    }
}
