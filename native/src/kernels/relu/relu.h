/* Rectified values, with a slope below 0 or without. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_RELU_H
#define BG_RELU_H

#include "bitgrad.h"

typedef void bg_relu_kernel(const struct bg_relu_operands *operands, int64_t row_begin, int64_t row_end);

typedef void bg_relu_backward_kernel(
    const struct bg_relu_backward_operands *operands, int64_t row_begin, int64_t row_end);

typedef void bg_prelu_kernel(const struct bg_prelu_operands *operands, int64_t row_begin, int64_t row_end);

typedef void bg_prelu_backward_kernel(
    const struct bg_prelu_backward_operands *operands, int64_t channel_begin, int64_t channel_end);

#endif
