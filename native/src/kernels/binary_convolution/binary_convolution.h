/* The forward products of bits and bits. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_BINARY_CONVOLUTION_H
#define BG_BINARY_CONVOLUTION_H

#include "kernels/convolution.h"

typedef void bg_binary_convolution_kernel(const struct bg_geometry *c,
    const struct bg_binary_convolution_operands *operands, int64_t channel_begin, int64_t channel_end);

/* The bytes of packed weights; writes them unless packed is NULL. They fit the signs kernel of the same variant. */
typedef int64_t bg_pack_weights_kernel(const struct bg_geometry *c, const uint64_t *weights, void *packed);

typedef void bg_binary_convolution_signs_kernel(const struct bg_geometry *c,
    const struct bg_binary_convolution_signs_operands *operands, int64_t image_begin, int64_t image_end);

#endif
