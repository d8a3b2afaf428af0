/* Weight updates with state in bytes. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_UPDATE_INT8_H
#define BG_UPDATE_INT8_H

#include <stdint.h>

#include "bitgrad.h"

typedef void bg_update_int8_kernel(int8_t *weights, int8_t *momentum, float *scales, int32_t gradient_type,
    const void *gradient, float gradient_scale, int64_t columns, int64_t taps, const float *steps, float decay,
    float gain, uint32_t seed, int64_t row_begin, int64_t row_end);

typedef void bg_update_steps_kernel(const float *gradient, float gradient_scale, float *second_moment, float *steps,
    int64_t fan_in, float rate, float beta2, float epsilon, float momentum_correction, float second_moment_correction,
    int64_t channel_begin, int64_t channel_end);

typedef void bg_update_bop_int8_kernel(uint64_t *weights, int8_t *momentum, float *scales, int32_t gradient_type,
    const void *gradient, float gradient_scale, int64_t columns, float adaptivity, float threshold, int64_t row_begin,
    int64_t row_end);

/* The partial sums of bg_update_steps; a power of two. */
enum { BG_PARTIAL_SUMS = 16 };

static inline int64_t bg_state_blocks(int64_t columns) {
    return (columns + BG_STATE_BLOCK - 1) / BG_STATE_BLOCK;
}

#endif
