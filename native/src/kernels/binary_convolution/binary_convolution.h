/* The forward product of bits and bits. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_BINARY_CONVOLUTION_H
#define BG_BINARY_CONVOLUTION_H

#include "kernels/convolution.h"

typedef void bg_binary_convolution_kernel(const struct bg_convolution *c, const uint64_t *x, const uint64_t *weights,
    int16_t *y, int64_t *sums, int64_t images, int64_t channel_begin, int64_t channel_end);

#endif
