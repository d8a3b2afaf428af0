#include "dispatch/table.h"
#include "simd/simd.h"

BG_INLINE void average_window(const struct bg_sliding_windows *w, int32_t type, const void *x, int64_t image,
    int64_t row, int64_t column, float *averages) {
    const struct bg_span rows = bg_rows_in_image(w, row);
    const struct bg_span columns = bg_columns_in_image(w, column);
    const int64_t first = bg_pixel_of_window(w, image, row, column, 0, 0);
    const vf weight = vf_set1(bg_window_weight(w, row, column));
    for (int64_t channel = 0; channel < w->channels; channel += VF_LANES) {
        int n = vf_count(channel, w->channels);
        vf sum = vf_set1(0.0f);
        for (int64_t y = rows.begin; y < rows.end; y++) {
            for (int64_t z = columns.begin; z < columns.end; z++) {
                sum = vf_add(sum, vf_load_typed(type, x, (first + y * w->width + z) * w->channels + channel, n));
            }
        }
        vf_store(averages + channel, vf_mul(sum, weight), n);
    }
}

BG_INLINE void average(const struct bg_sliding_windows *w, int32_t type, const void *x, float *averages,
    int64_t image_begin, int64_t image_end) {
    const int64_t rows = bg_window_rows(w);
    const int64_t columns = bg_window_columns(w);
    for (int64_t line = image_begin * rows; line < image_end * rows; line++) {
        for (int64_t column = 0; column < columns; column++) {
            average_window(
                w, type, x, line / rows, line % rows, column, averages + (line * columns + column) * w->channels);
        }
    }
}

void BG_KERNEL(average_pool)(const struct bg_sliding_windows *windows, int32_t type, const void *x, float *averages,
    int64_t image_begin, int64_t image_end) {
    const struct bg_sliding_windows w = *windows;
    if (type == BG_INT16) {
        average(&w, BG_INT16, x, averages, image_begin, image_end);
    } else {
        average(&w, BG_FLOAT32, x, averages, image_begin, image_end);
    }
}

/* Pixel (y, x) of an image, all channels. */
BG_INLINE void spread_to_pixel(const struct bg_sliding_windows *w, const float *average_gradient, float *gradient,
    int64_t image, int64_t y, int64_t x) {
    const struct bg_span rows = bg_window_rows_of(w, y);
    const struct bg_span columns = bg_window_columns_of(w, x);
    for (int64_t channel = 0; channel < w->channels; channel += VF_LANES) {
        int n = vf_count(channel, w->channels);
        vf sum = vf_set1(0.0f);
        for (int64_t row = rows.begin; row < rows.end; row++) {
            for (int64_t column = columns.begin; column < columns.end; column++) {
                int64_t window = (image * bg_window_rows(w) + row) * bg_window_columns(w) + column;
                vf g = vf_load(average_gradient + window * w->channels + channel, n);
                sum = vf_add(sum, vf_mul(g, vf_set1(bg_window_weight(w, row, column))));
            }
        }
        vf_store(gradient + ((image * w->height + y) * w->width + x) * w->channels + channel, sum, n);
    }
}

void BG_KERNEL(average_pool_backward)(const struct bg_sliding_windows *windows, const float *average_gradient,
    float *gradient, int64_t image_begin, int64_t image_end) {
    const struct bg_sliding_windows w = *windows;
    for (int64_t image = image_begin; image < image_end; image++) {
        for (int64_t y = 0; y < w.height; y++) {
            for (int64_t x = 0; x < w.width; x++) {
                spread_to_pixel(&w, average_gradient, gradient, image, y, x);
            }
        }
    }
}
