/* The forward product of 8-bit pixels and bits. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_PIXEL_CONVOLUTION_H
#define BG_PIXEL_CONVOLUTION_H

#include "kernels/convolution.h"

typedef void bg_pixel_convolution_kernel(const struct bg_convolution *c, const uint8_t *pixels, const uint64_t *weights,
    int32_t type, void *y, int64_t image_begin, int64_t image_end);

#endif
