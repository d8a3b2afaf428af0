/* Average pooling of images. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_AVERAGE_POOL_H
#define BG_AVERAGE_POOL_H

#include "kernels/pooling.h"

typedef void bg_average_pool_kernel(
    const struct bg_pooling *p, int32_t type, const void *x, float *averages, int64_t image_begin, int64_t image_end);

typedef void bg_average_pool_backward_kernel(
    const struct bg_pooling *p, const float *average_gradient, float *gradient, int64_t image_begin, int64_t image_end);

/* What a sum over a window is multiplied with, and a gradient on its way back. */
static inline float bg_window_weight(const struct bg_pooling *p) {
    return 1.0f / (float)(p->window_height * p->window_width);
}

#endif
