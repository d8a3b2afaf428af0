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

/* One window, all channels. window: its first pixel. */
BG_INLINE void pool_window(const struct bg_pooling *p, const float *window, float *pooled, uint8_t *argmax, int signs) {
    for (int64_t channel = 0; channel < p->channels; channel += VF_LANES) {
        int n = vf_count(channel, p->channels);
        vf best = vf_set1(0.0f);
        vf best_index = vf_set1(0.0f);
        for (int64_t row = 0; row < p->window_height; row++) {
            for (int64_t column = 0; column < p->window_width; column++) {
                vf value = vf_load(window + (row * p->width + column) * p->channels + channel, n);
                value = signs ? vf_signs(vf_nonnegative(value)) : value;
                if (row == 0 && column == 0) {
                    best = value;
                    continue;
                }
                /* value > best, and false where one is NaN. Indices ascend, so the largest is the one to keep. */
                uint32_t greater = vf_at_most(best, value) & ~vf_at_most(value, best);
                vf index = vf_select(vf_set1((float)(row * p->window_width + column)), greater);
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

BG_INLINE void pool_windows(const struct bg_pooling *p, const float *x, float *pooled, uint8_t *argmax,
    int64_t image_begin, int64_t image_end, int signs) {
    int64_t to = image_begin * bg_pooled_pixels(p) * p->channels;
    for (int64_t image = image_begin; image < image_end; image++) {
        for (int64_t row = 0; row < bg_pooled_height(p); row++) {
            const float *line = x + (image * p->height + row * p->window_height) * p->width * p->channels;
            for (int64_t column = 0; column < bg_pooled_width(p); column++, to += p->channels) {
                pool_window(p, line + column * p->window_width * p->channels, pooled + to,
                    argmax == NULL ? NULL : argmax + to, signs);
            }
        }
    }
}

BG_INLINE void pool(const struct bg_pooling *p, const float *x, float *pooled, uint8_t *argmax, int64_t image_begin,
    int64_t image_end, int signs) {
    struct bg_pooling constant = bg_with_window(p, 2);
    if (bg_has_window(p, 2)) {
        pool_windows(&constant, x, pooled, argmax, image_begin, image_end, signs);
    } else {
        pool_windows(p, x, pooled, argmax, image_begin, image_end, signs);
    }
}

void BG_KERNEL(max_pool)(const struct bg_pooling *p, const float *x, float *pooled, uint8_t *argmax,
    int64_t image_begin, int64_t image_end) {
    pool(p, x, pooled, argmax, image_begin, image_end, 0);
}

void BG_KERNEL(max_pool_signs)(const struct bg_pooling *p, const float *x, float *pooled, uint8_t *argmax,
    int64_t image_begin, int64_t image_end) {
    pool(p, x, pooled, argmax, image_begin, image_end, 1);
}

BG_INLINE void fill_zeros(float *to, int64_t count) {
    for (int64_t i = 0; i < count; i += VF_LANES) {
        vf_store(to + i, vf_set1(0.0f), vf_count(i, count));
    }
}

void BG_KERNEL(max_pool_backward)(const struct bg_pooling *p, const float *pooled_gradient, const uint8_t *argmax,
    float *gradient, int64_t image_begin, int64_t image_end) {
    const int64_t channels = p->channels;
    const int64_t pooled_height = bg_pooled_height(p);
    const int64_t pooled_width = bg_pooled_width(p);
    for (int64_t image = image_begin; image < image_end; image++) {
        for (int64_t y = 0; y < p->height; y++) {
            float *line = gradient + (image * p->height + y) * p->width * channels;
            int64_t window_row = y / p->window_height;
            /* pixels of the line in windows */
            int64_t covered = window_row < pooled_height ? pooled_width * p->window_width : 0;
            for (int64_t x = 0; x < covered; x++) {
                int64_t window = (image * pooled_height + window_row) * pooled_width + x / p->window_width;
                int64_t from = window * channels;
                vf index = vf_set1((float)(y % p->window_height * p->window_width + x % p->window_width));
                for (int64_t channel = 0; channel < channels; channel += VF_LANES) {
                    int n = vf_count(channel, channels);
                    vf taken = vf_load_uint8(argmax + from + channel, n);
                    uint32_t equal = vf_at_most(taken, index) & vf_at_most(index, taken);
                    vf g = vf_load(pooled_gradient + from + channel, n);
                    vf_store(line + x * channels + channel, vf_select(g, equal), n);
                }
            }
            fill_zeros(line + covered * channels, (p->width - covered) * channels);
        }
    }
}
