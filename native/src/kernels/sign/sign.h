/* Signs of numbers, as floats and as bits. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_SIGN_H
#define BG_SIGN_H

#include "bitgrad.h"

typedef void bg_sign_kernel(const float *values, float *signs, int64_t begin, int64_t end);

typedef void bg_sign_pack_kernel(const struct bg_sign_pack_operands *operands, int64_t row_begin, int64_t row_end);

#endif
