/* Average pooling of images. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_AVERAGE_POOL_H
#define BG_AVERAGE_POOL_H

#include "kernels/windows.h"

typedef void bg_average_pool_kernel(const struct bg_sliding_windows *w, int32_t type, const void *x, float *averages,
    int64_t image_begin, int64_t image_end);

typedef void bg_average_pool_backward_kernel(const struct bg_sliding_windows *w, const float *average_gradient,
    float *gradient, int64_t image_begin, int64_t image_end);

/* What a sum over a window is multiplied with, and a gradient in the backward pass. */
static inline float bg_window_weight(const struct bg_sliding_windows *w, int64_t row, int64_t column) {
    struct bg_span y = bg_rows_in_image(w, row);
    struct bg_span x = bg_columns_in_image(w, column);
    return 1.0f / (float)((y.end - y.begin) * (x.end - x.begin));
}

#endif
