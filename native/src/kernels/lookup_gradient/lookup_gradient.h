/*
 * The gradients of binary convolutions by lookup tables. Arguments as in bitgrad.h, checked: no kernel sees a bad one.
 * The index of the weights is the variant's own: bg_weight_index and bg_input_gradient of one level belong together.
 */
#ifndef BG_LOOKUP_GRADIENT_H
#define BG_LOOKUP_GRADIENT_H

#include <stdint.h>

#include "kernels/convolution.h"

/*
 * dy: whole, where pool is 1; else, of BG_INT8, the value of the chosen element of each window of pool x pool output
 * pixels. What is not chosen is 0 where argmax says what is; where signs do, it is others[c] or others[out_channels +
 * c] by its sign.
 */
struct bg_gradient {
    int32_t type;
    const void *values;
    float scale; /* 1 for float types */
    int64_t pool;
    int64_t pooled_height;
    int64_t pooled_width;
    const uint64_t *argmax; /* bit planes */
    int planes;
    int64_t plane_words; /* from one plane to the next */
    const uint64_t *signs;
    const int8_t *others;
};

typedef void bg_weight_index_kernel(int32_t type, const struct bg_convolution *c, const uint64_t *weights,
    uint8_t *index, int64_t block_begin, int64_t block_end);

typedef void bg_input_gradient_kernel(const struct bg_gradient *dy, const struct bg_convolution *c,
    const uint8_t *index, const uint64_t *mask, int32_t dx_type, void *dx, int64_t channel_begin, int64_t channel_end,
    uint8_t *scratch, int64_t image_begin, int64_t image_end);

/* c describes the bit matrix x: its channels are 8 times the convolution's for input_bits 8. */
typedef void bg_weight_gradient_kernel(const struct bg_gradient *dy, const struct bg_convolution *c, const uint64_t *x,
    int32_t input_bits, int32_t gradient_type, void *gradient, uint8_t *scratch, int64_t images, int64_t channel_begin,
    int64_t channel_end);

#endif
