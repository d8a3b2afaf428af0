/* Weight updates. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_UPDATE_H
#define BG_UPDATE_H

#include "bitgrad.h"

typedef void bg_update_adam_kernel(const struct bg_update_adam_operands *operands, float rate,
    float momentum_correction, float second_moment_correction, int64_t row_begin, int64_t row_end);

typedef void bg_update_momentum_kernel(
    const struct bg_update_momentum_operands *operands, float rate, int64_t row_begin, int64_t row_end);

typedef void bg_update_bop_kernel(
    const struct bg_update_bop_operands *operands, float adaptivity, int64_t row_begin, int64_t row_end);

#endif
