/* Depthwise binary convolutions. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_DEPTHWISE_CONVOLUTION_H
#define BG_DEPTHWISE_CONVOLUTION_H

#include "kernels/convolution.h"
#include "kernels/windows.h"

typedef void bg_depthwise_convolution_kernel(const struct bg_geometry *c,
    const struct bg_depthwise_convolution_operands *operands, int64_t image_begin, int64_t image_end);

typedef void bg_depthwise_input_gradient_kernel(const struct bg_geometry *c,
    const struct bg_depthwise_input_gradient_operands *operands, int64_t image_begin, int64_t image_end);

typedef void bg_depthwise_weight_sums_kernel(const struct bg_geometry *c,
    const struct bg_depthwise_weight_sums_operands *operands, int64_t block_begin, int64_t block_end);

typedef void bg_depthwise_weight_gradient_kernel(
    const struct bg_depthwise_weight_gradient_operands *operands, int64_t tap_begin, int64_t tap_end);

static inline int64_t bg_image_blocks(int64_t images) {
    return (images + BG_IMAGE_BLOCK - 1) / BG_IMAGE_BLOCK;
}

/* The images [begin, end) of a block. */
static inline struct bg_span bg_images_of_block(int64_t block, int64_t images) {
    int64_t begin = block * BG_IMAGE_BLOCK;
    return (struct bg_span){begin, begin + BG_IMAGE_BLOCK < images ? begin + BG_IMAGE_BLOCK : images};
}

#endif
