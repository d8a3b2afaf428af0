/* The product of two bit matrices as counts. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_BINARY_GEMM_H
#define BG_BINARY_GEMM_H

#include <stdint.h>

typedef void bg_binary_gemm_kernel(const uint64_t *x, const uint64_t *weights, int16_t *y, int64_t channels,
    int64_t fan_in, int64_t row_begin, int64_t row_end);

#endif
