/* Batch normalisation without gain, per channel. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_BATCH_NORM_H
#define BG_BATCH_NORM_H

#include "bitgrad.h"

typedef void bg_batch_norm_statistics_l2_kernel(const float *y, int64_t rows, int64_t channels, float *mean,
    float *deviation, int64_t channel_begin, int64_t channel_end);

typedef void bg_batch_norm_apply_kernel(
    const struct bg_batch_norm_apply_operands *operands, int64_t row_begin, int64_t row_end);

typedef void bg_batch_norm_backward_l2_kernel(
    const struct bg_batch_norm_backward_operands *operands, int64_t channel_begin, int64_t channel_end);

typedef void bg_batch_norm_backward_l1_kernel(
    const struct bg_batch_norm_backward_operands *operands, int64_t channel_begin, int64_t channel_end);

typedef void bg_moving_average_kernel(const float *values, float *average, float decay, int64_t begin, int64_t end);

#endif
