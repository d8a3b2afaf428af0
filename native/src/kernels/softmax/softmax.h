/* Softmax cross-entropy. Arguments as in bitgrad.h, checked, labels too: no kernel sees a bad one. */
#ifndef BG_SOFTMAX_H
#define BG_SOFTMAX_H

#include "bitgrad.h"

typedef void bg_softmax_cross_entropy_kernel(
    const struct bg_softmax_cross_entropy_operands *operands, int64_t row_begin, int64_t row_end);

#endif
