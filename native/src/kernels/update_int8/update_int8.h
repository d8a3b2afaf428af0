/* Weight updates with state in bytes. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_UPDATE_INT8_H
#define BG_UPDATE_INT8_H

#include "bitgrad.h"

typedef void bg_update_int8_kernel(const struct bg_update_int8_operands *operands, const void *gradient, uint32_t seed,
    int64_t row_begin, int64_t row_end);

typedef void bg_update_steps_kernel(const struct bg_update_steps_operands *operands, const float *gradient, float rate,
    float momentum_correction, float second_moment_correction, int64_t channel_begin, int64_t channel_end);

typedef void bg_update_bop_int8_kernel(const struct bg_update_bop_int8_operands *operands, const void *gradient,
    float adaptivity, int64_t row_begin, int64_t row_end);

/* The partial sums of bg_update_steps; a power of two. */
enum { BG_PARTIAL_SUMS = 16 };

/* Their sum, in the order of bitgrad.h; they are overwritten. */
static inline float bg_sum_of_partial_sums(float *sums) {
    for (int half = BG_PARTIAL_SUMS / 2; half > 0; half /= 2) {
        for (int j = 0; j < half; j++) {
            sums[j] += sums[j + half];
        }
    }
    return sums[0];
}

static inline int64_t bg_state_blocks(int64_t columns) {
    return (columns + BG_STATE_BLOCK - 1) / BG_STATE_BLOCK;
}

#endif
