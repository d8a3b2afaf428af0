/* Max pooling of images. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_MAX_POOL_H
#define BG_MAX_POOL_H

#include "kernels/pooling.h"

typedef void bg_max_pool_kernel(
    const struct bg_pooling *p, const float *x, float *pooled, uint8_t *argmax, int64_t image_begin, int64_t image_end);

typedef bg_max_pool_kernel bg_max_pool_signs_kernel;

typedef void bg_max_pool_backward_kernel(const struct bg_pooling *p, const float *pooled_gradient,
    const uint8_t *argmax, float *gradient, int64_t image_begin, int64_t image_end);

#endif
