/* The forward product of 8-bit pixels and bits. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_PIXEL_CONVOLUTION_H
#define BG_PIXEL_CONVOLUTION_H

#include "kernels/convolution.h"

typedef void bg_pixel_convolution_kernel(const struct bg_geometry *c,
    const struct bg_pixel_convolution_operands *operands, int64_t image_begin, int64_t image_end);

#endif
