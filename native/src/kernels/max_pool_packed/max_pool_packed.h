/* Max pooling of int16 and of bits. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_MAX_POOL_PACKED_H
#define BG_MAX_POOL_PACKED_H

#include "kernels/pooling.h"

typedef void bg_max_pool_int16_kernel(const struct bg_pooling *p, const struct bg_max_pool_int16_operands *operands,
    int64_t image_begin, int64_t image_end);

typedef void bg_max_pool_bits_kernel(const struct bg_pooling *p, const struct bg_max_pool_bits_operands *operands,
    int64_t image_begin, int64_t image_end);

#endif
