/*
 * The backward pass of batch normalisation, from sums that were computed again. Arguments as in bitgrad.h, checked: no
 * kernel sees a bad one.
 */
#ifndef BG_BATCH_NORM_EXACT_H
#define BG_BATCH_NORM_EXACT_H

#include "bitgrad.h"

typedef void bg_batch_norm_exact_sums_kernel(
    const struct bg_batch_norm_exact_sums_operands *operands, int64_t row_begin, int64_t row_end);

typedef void bg_batch_norm_exact_coefficients_kernel(
    const struct bg_batch_norm_exact_coefficients_operands *operands, int64_t channel_begin, int64_t channel_end);

#endif
