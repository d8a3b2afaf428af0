/* Weight updates. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_UPDATE_H
#define BG_UPDATE_H

#include <stdint.h>

typedef void bg_update_adam_kernel(int32_t state_type, void *weights, void *momentum, void *second_moment,
    int32_t gradient_type, const void *gradient, float gradient_scale, int64_t columns, float rate, float beta1,
    float beta2, float epsilon, float momentum_correction, float second_moment_correction, float limit,
    int64_t row_begin, int64_t row_end);

typedef void bg_update_momentum_kernel(int32_t state_type, void *weights, void *momentum, int32_t gradient_type,
    const void *gradient, float gradient_scale, int64_t columns, float rate, float decay, float limit,
    int64_t row_begin, int64_t row_end);

typedef void bg_update_bop_kernel(int32_t weight_type, void *weights, int32_t momentum_type, void *momentum,
    int32_t gradient_type, const void *gradient, float gradient_scale, int64_t columns, float adaptivity,
    float threshold, int64_t row_begin, int64_t row_end);

#endif
