#include <math.h>

#include "dispatch/check.h"
#include "dispatch/table.h"

#define CHECK_DECAY(decay) BG_CHECK((decay) >= 0 && (decay) < 1, BG_BAD_NUMBER)
#define CHECK_POSITIVE(number) BG_CHECK((number) > 0, BG_BAD_NUMBER)

int32_t bg_update_adam(int32_t state_type, void *weights, void *momentum, void *second_moment, int32_t gradient_type,
    const void *gradient, float gradient_scale, int64_t columns, float rate, float beta1, float beta2, float epsilon,
    float momentum_correction, float second_moment_correction, float limit, int64_t row_begin, int64_t row_end) {
    BG_CHECK_TYPE(state_type, BG_FLOAT32, BG_FLOAT16);
    BG_CHECK_TYPE(gradient_type, BG_FLOAT32, BG_BITS);
    BG_CHECK_TYPED(weights, state_type);
    BG_CHECK_TYPED(momentum, state_type);
    BG_CHECK_TYPED(second_moment, state_type);
    BG_CHECK_TYPED(gradient, gradient_type);
    BG_CHECK_SIZE(columns);
    BG_CHECK_RANGE(row_begin, row_end);
    BG_CHECK(isfinite(gradient_scale) && isfinite(rate), BG_BAD_NUMBER);
    CHECK_DECAY(beta1);
    CHECK_DECAY(beta2);
    CHECK_POSITIVE(epsilon);
    CHECK_POSITIVE(momentum_correction);
    CHECK_POSITIVE(second_moment_correction);
    CHECK_POSITIVE(limit);
    bg_table.update_adam(state_type, weights, momentum, second_moment, gradient_type, gradient, gradient_scale, columns,
        rate, beta1, beta2, epsilon, momentum_correction, second_moment_correction, limit, row_begin, row_end);
    return BG_OK;
}

int32_t bg_update_momentum(int32_t state_type, void *weights, void *momentum, int32_t gradient_type,
    const void *gradient, float gradient_scale, int64_t columns, float rate, float decay, float limit,
    int64_t row_begin, int64_t row_end) {
    BG_CHECK_TYPE(state_type, BG_FLOAT32, BG_FLOAT16);
    BG_CHECK_TYPE(gradient_type, BG_FLOAT32, BG_BITS);
    BG_CHECK_TYPED(weights, state_type);
    BG_CHECK_TYPED(momentum, state_type);
    BG_CHECK_TYPED(gradient, gradient_type);
    BG_CHECK_SIZE(columns);
    BG_CHECK_RANGE(row_begin, row_end);
    BG_CHECK(isfinite(gradient_scale) && isfinite(rate), BG_BAD_NUMBER);
    CHECK_DECAY(decay);
    CHECK_POSITIVE(limit);
    bg_table.update_momentum(state_type, weights, momentum, gradient_type, gradient, gradient_scale, columns, rate,
        decay, limit, row_begin, row_end);
    return BG_OK;
}

int32_t bg_update_bop(int32_t weight_type, void *weights, int32_t momentum_type, void *momentum, int32_t gradient_type,
    const void *gradient, float gradient_scale, int64_t columns, float adaptivity, float threshold, int64_t row_begin,
    int64_t row_end) {
    BG_CHECK_TYPE(weight_type, BG_FLOAT32, BG_BITS);
    BG_CHECK_TYPE(momentum_type, BG_FLOAT32, BG_FLOAT16);
    BG_CHECK_TYPE(gradient_type, BG_FLOAT32, BG_BITS);
    BG_CHECK_TYPED(weights, weight_type);
    BG_CHECK_TYPED(momentum, momentum_type);
    BG_CHECK_TYPED(gradient, gradient_type);
    BG_CHECK_SIZE(columns);
    BG_CHECK_RANGE(row_begin, row_end);
    BG_CHECK(isfinite(gradient_scale), BG_BAD_NUMBER);
    BG_CHECK(adaptivity >= 0 && adaptivity <= 1 && threshold >= 0, BG_BAD_NUMBER);
    bg_table.update_bop(weight_type, weights, momentum_type, momentum, gradient_type, gradient, gradient_scale, columns,
        adaptivity, threshold, row_begin, row_end);
    return BG_OK;
}
