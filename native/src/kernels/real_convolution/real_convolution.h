/* Products of real numbers. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_REAL_CONVOLUTION_H
#define BG_REAL_CONVOLUTION_H

#include "kernels/convolution.h"

/* What pixel p stands for is p * BG_PIXEL_SCALE - 1, each operation rounded. */
#define BG_PIXEL_SCALE (2.0f / 255.0f)

/* The most output channels of a block of any variant, to which packed weights are rounded up. */
enum { BG_REAL_BLOCK = 32 };

/* Rows of pixels that have no kernel around them, which are made real numbers at the same time. */
enum { BG_FLAT_ROWS = 64 };

static inline int64_t bg_padded_width(const struct bg_geometry *c) {
    return c->width + 2 * c->padding_width;
}

/* Floats of an image of real numbers within its border of zeros; of some rows, where images do not matter. */
static inline int64_t bg_padded_floats(const struct bg_geometry *c) {
    int64_t padded = (c->height + 2 * c->padding_height) * bg_padded_width(c);
    return (bg_is_flat(c) ? BG_FLAT_ROWS : padded) * c->channels;
}

static inline int64_t bg_packed_floats(const struct bg_geometry *c) {
    return (c->out_channels + BG_REAL_BLOCK - 1) / BG_REAL_BLOCK * BG_REAL_BLOCK * c->taps * c->channels;
}

typedef void bg_real_convolution_kernel(const struct bg_geometry *c,
    const struct bg_real_convolution_operands *operands, int64_t image_begin, int64_t image_end);

typedef void bg_real_weight_gradient_kernel(const struct bg_geometry *c,
    const struct bg_real_weight_gradient_operands *operands, int64_t channel_begin, int64_t channel_end);

typedef void bg_real_input_gradient_kernel(const struct bg_geometry *c,
    const struct bg_real_input_gradient_operands *operands, int64_t image_begin, int64_t image_end);

#endif
