#include "dispatch/table.h"
#include "simd/simd.h"

/* The average of one window, all channels. first: the index of its first element. */
BG_INLINE void average_window(const struct bg_pooling *p, int32_t type, const void *x, int64_t first, float *averages) {
    const vf weight = vf_set1(bg_window_weight(p));
    for (int64_t channel = 0; channel < p->channels; channel += VF_LANES) {
        int n = vf_count(channel, p->channels);
        vf sum = vf_set1(0.0f);
        for (int64_t y = 0; y < p->window_height; y++) {
            for (int64_t z = 0; z < p->window_width; z++) {
                int64_t at = first + (y * p->width + z) * p->channels + channel;
                vf value =
                    type == BG_INT16 ? vf_load_int16((const int16_t *)x + at, n) : vf_load((const float *)x + at, n);
                sum = vf_add(sum, value);
            }
        }
        vf_store(averages + channel, vf_mul(sum, weight), n);
    }
}

BG_INLINE void average(
    const struct bg_pooling *p, int32_t type, const void *x, float *averages, int64_t image_begin, int64_t image_end) {
    int64_t to = image_begin * bg_pooled_pixels(p) * p->channels;
    for (int64_t image = image_begin; image < image_end; image++) {
        for (int64_t row = 0; row < bg_pooled_height(p); row++) {
            int64_t line = (image * p->height + row * p->window_height) * p->width * p->channels;
            for (int64_t column = 0; column < bg_pooled_width(p); column++, to += p->channels) {
                average_window(p, type, x, line + column * p->window_width * p->channels, averages + to);
            }
        }
    }
}

void BG_KERNEL(average_pool)(
    const struct bg_pooling *p, int32_t type, const void *x, float *averages, int64_t image_begin, int64_t image_end) {
    if (type == BG_INT16) {
        average(p, BG_INT16, x, averages, image_begin, image_end);
    } else {
        average(p, BG_FLOAT32, x, averages, image_begin, image_end);
    }
}

BG_INLINE void fill(float *to, int64_t count, vf value) {
    for (int64_t i = 0; i < count; i += VF_LANES) {
        vf_store(to + i, value, vf_count(i, count));
    }
}

void BG_KERNEL(average_pool_backward)(const struct bg_pooling *p, const float *average_gradient, float *gradient,
    int64_t image_begin, int64_t image_end) {
    const int64_t channels = p->channels;
    const vf weight = vf_set1(bg_window_weight(p));
    for (int64_t image = image_begin; image < image_end; image++) {
        for (int64_t y = 0; y < p->height; y++) {
            float *line = gradient + (image * p->height + y) * p->width * channels;
            int64_t row = y / p->window_height;
            int64_t covered = row < bg_pooled_height(p) ? bg_pooled_width(p) * p->window_width : 0;
            for (int64_t z = 0; z < covered; z++) {
                int64_t window = (image * bg_pooled_height(p) + row) * bg_pooled_width(p) + z / p->window_width;
                const float *from = average_gradient + window * channels;
                for (int64_t channel = 0; channel < channels; channel += VF_LANES) {
                    int n = vf_count(channel, channels);
                    vf_store(line + z * channels + channel, vf_mul(vf_load(from + channel, n), weight), n);
                }
            }
            fill(line + covered * channels, (p->width - covered) * channels, vf_set1(0.0f));
        }
    }
}
