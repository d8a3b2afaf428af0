/* Mean magnitudes of latent weights. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_WEIGHT_SCALES_H
#define BG_WEIGHT_SCALES_H

#include <stdint.h>

/* Element i of a channel is added to sum i % BG_SCALE_SUMS. It is the number of lanes of the widest vector. */
enum { BG_SCALE_SUMS = 16 };

typedef void bg_weight_scales_kernel(int32_t type, const void *weights, int64_t fan_in, float unit, float *scales,
    int64_t channel_begin, int64_t channel_end);

/* The scale of a channel from its sums, which are overwritten. */
static inline float bg_scale_of_sums(float sums[BG_SCALE_SUMS], int64_t fan_in, float unit) {
    for (int half = BG_SCALE_SUMS / 2; half > 0; half /= 2) {
        for (int i = 0; i < half; i++) {
            sums[i] += sums[i + half];
        }
    }
    return sums[0] / (float)fan_in * unit;
}

#endif
