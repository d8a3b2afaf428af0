/* Gradients on their way back through signs. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_STRAIGHT_THROUGH_H
#define BG_STRAIGHT_THROUGH_H

#include "bitgrad.h"

typedef void bg_straight_through_kernel(const float *x, float limit, float *gradient, int64_t begin, int64_t end);

typedef void bg_approximate_sign_kernel(
    const struct bg_approximate_sign_operands *operands, int64_t row_begin, int64_t row_end);

#endif
