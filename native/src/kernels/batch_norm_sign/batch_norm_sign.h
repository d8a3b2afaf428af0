/*
 * Batch normalisation before a sign, forward. Arguments as in bitgrad.h, checked: no kernel sees a bad one. Rows that
 * block sums are over begin and end with a block, so that no kernel needs to know how many there are in all.
 */
#ifndef BG_BATCH_NORM_SIGN_H
#define BG_BATCH_NORM_SIGN_H

#include "bitgrad.h"

typedef void bg_batch_norm_value_sums_kernel(
    int32_t type, const void *y, int64_t channels, float *sums, int64_t row_begin, int64_t row_end);

typedef void bg_batch_norm_mean_kernel(
    const float *sums, int64_t rows, int64_t channels, float *mean, int64_t channel_begin, int64_t channel_end);

typedef void bg_batch_norm_deviation_sums_kernel(
    int32_t type, const void *y, int64_t channels, const float *mean, float *sums, int64_t row_begin, int64_t row_end);

typedef void bg_batch_norm_deviation_kernel(
    const float *sums, int64_t rows, int64_t channels, float *deviation, int64_t channel_begin, int64_t channel_end);

typedef void bg_batch_norm_sign_kernel(
    const struct bg_batch_norm_sign_operands *operands, int64_t row_begin, int64_t row_end);

#endif
