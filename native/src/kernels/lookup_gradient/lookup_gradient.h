/*
 * The gradients of binary convolutions by lookup tables. Arguments as in bitgrad.h, checked: no kernel sees a bad one.
 * The index of the weights is the variant's own: bg_weight_index and bg_input_gradient of one level belong together.
 */
#ifndef BG_LOOKUP_GRADIENT_H
#define BG_LOOKUP_GRADIENT_H

#include <stdint.h>

#include "kernels/convolution.h"

typedef void bg_weight_index_kernel(int32_t type, const struct bg_convolution *c, const uint64_t *weights,
    uint8_t *index, int64_t block_begin, int64_t block_end);

/* scale is 1 for float types. */
typedef void bg_input_gradient_kernel(int32_t type, const struct bg_convolution *c, const void *dy, float scale,
    const uint8_t *index, const uint64_t *mask, int32_t dx_type, void *dx, uint8_t *scratch, int64_t image_begin,
    int64_t image_end);

/* c describes the bit matrix x: its channels are 8 times the convolution's for input_bits 8. */
typedef void bg_weight_gradient_signs_kernel(int32_t type, const struct bg_convolution *c, const void *dy,
    const uint64_t *x, int32_t input_bits, uint64_t *signs, uint8_t *scratch, int64_t images, int64_t channel_begin,
    int64_t channel_end);

#endif
