/* What lookup.h and passes.h share. */
#ifndef BG_LOOKUP_COMMON_H
#define BG_LOOKUP_COMMON_H

#include <string.h>

#include "kernels/lookup_gradient/layout.h"

/* Where the 16 weights of a step of output channels are, of one tap and word of input channels; absent for no channel.
 */
static inline void bg_find_weights(const struct bg_geometry *c, const uint64_t *weights, int64_t tap, int64_t word,
    int64_t step, const uint64_t *absent, const uint64_t *elements[BG_STEP]) {
    for (int e = 0; e < BG_STEP; e++) {
        int64_t n = step * BG_STEP + e;
        elements[e] = n < c->out_channels ? weights + (n * c->taps + tap) * c->words + word : absent;
    }
}

/* The sum over bits of 2^bit times the sum of a bit, rounded at last: a float, or factor * sum - total as int32. */
static inline float bg_weighted_sum(int is_float, const uint32_t sums[8], uint32_t factor, uint32_t total) {
    float real = 0;
    int64_t integer = 0;
    for (int bit = 0; bit < 8; bit++) {
        float sum;
        memcpy(&sum, &sums[bit], sizeof sum);
        real += (float)(1 << bit) * sum;
        integer += (int64_t)(int32_t)(factor * sums[bit] - total) * (1 << bit);
    }
    return is_float ? real : (float)integer;
}

#endif
