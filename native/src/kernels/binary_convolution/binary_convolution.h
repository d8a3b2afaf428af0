/* The forward product of bits and bits. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_BINARY_CONVOLUTION_H
#define BG_BINARY_CONVOLUTION_H

#include "kernels/convolution.h"

typedef void bg_binary_convolution_kernel(const struct bg_geometry *c,
    const struct bg_binary_convolution_operands *operands, int64_t channel_begin, int64_t channel_end);

#endif
