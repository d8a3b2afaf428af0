/* Sums of two operands, element by element. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_ADD_H
#define BG_ADD_H

#include "bitgrad.h"

typedef void bg_add_kernel(int32_t type, const void *a, const void *b, void *sum, int64_t begin, int64_t end);

typedef void bg_add_tile_kernel(const struct bg_add_tile_operands *operands, int64_t row_begin, int64_t row_end);

typedef void bg_accumulate_kernel(
    const float *values, int64_t first, int32_t begins, float *sum, int64_t begin, int64_t end);

#endif
