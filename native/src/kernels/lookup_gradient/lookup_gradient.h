/*
 * The gradients of binary convolutions by lookup tables. Arguments as in bitgrad.h, checked: no kernel sees a bad one.
 * The index of the weights is the variant's own: bg_weight_index and bg_input_gradient of one level belong together.
 */
#ifndef BG_LOOKUP_GRADIENT_H
#define BG_LOOKUP_GRADIENT_H

#include <stdint.h>

#include "kernels/convolution.h"

/* struct bg_gradient of bitgrad.h, checked, and what follows from it. */
struct bg_dy {
    int32_t type;
    const void *values;
    float scale;   /* 1 where integers are not scaled */
    int is_pooled; /* then all below counts, and type is BG_INT8 */
    int64_t window_height;
    int64_t window_width;
    int64_t pooled_height; /* windows in an image */
    int64_t pooled_width;
    const uint64_t *argmax; /* bit planes */
    int planes;
    int64_t plane_words; /* from one plane to the next */
    const uint64_t *signs;
    const int8_t *unselected;
};

typedef void bg_weight_index_kernel(const struct bg_geometry *c, int32_t type, const uint64_t *weights, uint8_t *index,
    int64_t block_begin, int64_t block_end);

/* dy: that of the operands. */
typedef void bg_input_gradient_kernel(const struct bg_geometry *c, const struct bg_dy *dy,
    const struct bg_input_gradient_operands *operands, int64_t image_begin, int64_t image_end);

/* dy: that of the operands. c describes the bit matrix x: for input_bits 8, its channels are 8 times the convolution's.
 */
typedef void bg_weight_gradient_kernel(const struct bg_geometry *c, const struct bg_dy *dy,
    const struct bg_weight_gradient_operands *operands, int64_t channel_begin, int64_t channel_end);

#endif
