/*
 * Signs of sums by thresholds: signs[r, c] = y[r, c] >= thresholds[c], for rows [row_begin, row_end) of the bit matrix
 * signs [rows, channels] and of y [rows, channels]. y has integers: as BG_INT16, not less than -32767, or as
 * BG_FLOAT32 in [-BG_MAX_SUM, BG_MAX_SUM].
 */
#ifndef BG_SIGN_THRESHOLD_H
#define BG_SIGN_THRESHOLD_H

#include <stdint.h>

typedef void bg_threshold_signs_kernel(int32_t type, const void *y, const int32_t *thresholds, int64_t channels,
    uint64_t *signs, int64_t row_begin, int64_t row_end);

#endif
