#include <math.h>

#include "dispatch/check.h"
#include "dispatch/table.h"

#define CHECK_DECAY(decay) BG_CHECK((decay) >= 0 && (decay) < 1, BG_BAD_NUMBER)
#define CHECK_POSITIVE(number) BG_CHECK((number) > 0, BG_BAD_NUMBER)

int32_t bg_update_int8(int8_t *weights, int8_t *momentum, float *scales, int32_t gradient_type, const void *gradient,
    float gradient_scale, int64_t columns, int64_t taps, const float *steps, float decay, float gain, uint32_t seed,
    int64_t row_begin, int64_t row_end) {
    BG_CHECK_TYPE(gradient_type, BG_FLOAT32, BG_BITS);
    BG_CHECK_OPERAND(weights);
    BG_CHECK_OPERAND(momentum);
    BG_CHECK_OPERAND(scales);
    BG_CHECK_TYPED(gradient, gradient_type);
    BG_CHECK_OPERAND(steps);
    BG_CHECK_SIZE(columns);
    BG_CHECK_SIZE(taps);
    BG_CHECK_RANGE(row_begin, row_end);
    BG_CHECK(isfinite(gradient_scale) && isfinite(gain), BG_BAD_NUMBER);
    CHECK_DECAY(decay);
    CHECK_POSITIVE(gain);
    bg_table.update_int8(weights, momentum, scales, gradient_type, gradient, gradient_scale, columns, taps, steps,
        decay, gain, seed, row_begin, row_end);
    return BG_OK;
}

int32_t bg_update_steps(const float *gradient, float gradient_scale, float *second_moment, float *steps, int64_t fan_in,
    float rate, float beta2, float epsilon, float momentum_correction, float second_moment_correction,
    int64_t channel_begin, int64_t channel_end) {
    BG_CHECK_OPERAND(gradient);
    BG_CHECK_OPERAND(second_moment);
    BG_CHECK_OPERAND(steps);
    BG_CHECK_SIZE(fan_in);
    BG_CHECK_RANGE(channel_begin, channel_end);
    BG_CHECK(isfinite(gradient_scale) && isfinite(rate), BG_BAD_NUMBER);
    CHECK_DECAY(beta2);
    CHECK_POSITIVE(epsilon);
    CHECK_POSITIVE(momentum_correction);
    CHECK_POSITIVE(second_moment_correction);
    bg_table.update_steps(gradient, gradient_scale, second_moment, steps, fan_in, rate, beta2, epsilon,
        momentum_correction, second_moment_correction, channel_begin, channel_end);
    return BG_OK;
}

int32_t bg_update_bop_int8(uint64_t *weights, int8_t *momentum, float *scales, int32_t gradient_type,
    const void *gradient, float gradient_scale, int64_t columns, float adaptivity, float threshold, int64_t row_begin,
    int64_t row_end) {
    BG_CHECK_TYPE(gradient_type, BG_FLOAT32, BG_BITS);
    BG_CHECK_OPERAND(weights);
    BG_CHECK_OPERAND(momentum);
    BG_CHECK_OPERAND(scales);
    BG_CHECK_TYPED(gradient, gradient_type);
    BG_CHECK_SIZE(columns);
    BG_CHECK_RANGE(row_begin, row_end);
    BG_CHECK(isfinite(gradient_scale), BG_BAD_NUMBER);
    BG_CHECK(adaptivity >= 0 && adaptivity <= 1 && threshold >= 0, BG_BAD_NUMBER);
    bg_table.update_bop_int8(weights, momentum, scales, gradient_type, gradient, gradient_scale, columns, adaptivity,
        threshold, row_begin, row_end);
    return BG_OK;
}
