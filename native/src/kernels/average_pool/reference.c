#include <string.h>

#include "dispatch/table.h"
#include "simd/scalar.h"

/* What a window and one of its pixels do together. */
struct meeting {
    int64_t window; /* the row of the matrix of windows */
    int64_t pixel;  /* the row of the matrix of pixels */
};

/* Pixel k of a window; 0 where it lies in the padding. */
static int meet(const struct bg_sliding_windows *w, int64_t window, int64_t k, struct meeting *meeting) {
    int64_t column = window % bg_window_columns(w);
    int64_t row = window / bg_window_columns(w) % bg_window_rows(w);
    int64_t image = window / (bg_window_columns(w) * bg_window_rows(w));
    int64_t y = k / w->window_width;
    int64_t x = k % w->window_width;
    struct bg_span rows = bg_rows_in_image(w, row);
    struct bg_span columns = bg_columns_in_image(w, column);
    *meeting = (struct meeting){window, bg_pixel_of_window(w, image, row, column, y, x)};
    return y >= rows.begin && y < rows.end && x >= columns.begin && x < columns.end;
}

static float weight_of(const struct bg_sliding_windows *w, int64_t window) {
    return bg_window_weight(w, window / bg_window_columns(w) % bg_window_rows(w), window % bg_window_columns(w));
}

void bg_average_pool_reference(const struct bg_sliding_windows *w, int32_t type, const void *x, float *averages,
    int64_t image_begin, int64_t image_end) {
    int64_t windows = bg_window_rows(w) * bg_window_columns(w);
    for (int64_t window = image_begin * windows; window < image_end * windows; window++) {
        for (int64_t channel = 0; channel < w->channels; channel++) {
            float sum = 0.0f;
            for (int64_t k = 0; k < w->window_height * w->window_width; k++) {
                struct meeting m;
                if (meet(w, window, k, &m)) {
                    sum += bg_load(type, x, m.pixel * w->channels + channel);
                }
            }
            averages[window * w->channels + channel] = sum * weight_of(w, window);
        }
    }
}

void bg_average_pool_backward_reference(const struct bg_sliding_windows *w, const float *average_gradient,
    float *gradient, int64_t image_begin, int64_t image_end) {
    int64_t windows = bg_window_rows(w) * bg_window_columns(w);
    int64_t image_size = w->height * w->width * w->channels;
    memset(gradient + image_begin * image_size, 0, (size_t)((image_end - image_begin) * image_size) * sizeof *gradient);
    for (int64_t window = image_begin * windows; window < image_end * windows; window++) {
        for (int64_t k = 0; k < w->window_height * w->window_width; k++) {
            struct meeting m;
            for (int64_t channel = 0; meet(w, window, k, &m) && channel < w->channels; channel++) {
                gradient[m.pixel * w->channels + channel] +=
                    average_gradient[m.window * w->channels + channel] * weight_of(w, window);
            }
        }
    }
}
