/* Products of a real and a bit matrix. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_GRADIENT_GEMM_H
#define BG_GRADIENT_GEMM_H

#include <stdint.h>

typedef void bg_input_gradient_kernel(int32_t type, const void *dy, const uint64_t *weights, void *dx, int64_t channels,
    int64_t fan_in, int64_t row_begin, int64_t row_end);

typedef void bg_weight_gradient_signs_kernel(int32_t type, const void *dy, const uint64_t *x, uint64_t *signs,
    int64_t rows, int64_t channels, int64_t fan_in, int64_t channel_begin, int64_t channel_end);

#endif
