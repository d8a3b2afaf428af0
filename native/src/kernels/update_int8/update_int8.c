#include "dispatch/check.h"
#include "dispatch/table.h"

int32_t bg_update_int8(const struct bg_update_int8_operands *operands, const void *gradient, uint32_t seed,
    int64_t row_begin, int64_t row_end) {
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_TYPE(operands->gradient_type, BG_FLOAT32, BG_BITS);
    BG_CHECK_OPERAND(operands->weights);
    BG_CHECK_OPERAND(operands->momentum);
    BG_CHECK_OPERAND(operands->scales);
    BG_CHECK_OPERAND(operands->steps);
    BG_CHECK_TYPED(gradient, operands->gradient_type);
    BG_CHECK_SIZE(operands->columns);
    BG_CHECK_SIZE(operands->taps);
    BG_CHECK_RANGE(row_begin, row_end);
    BG_CHECK_FINITE(operands->gradient_scale);
    BG_CHECK_DECAY(operands->decay);
    BG_CHECK_FINITE(operands->gain);
    BG_CHECK_POSITIVE(operands->gain);
    bg_table.update_int8(operands, gradient, seed, row_begin, row_end);
    return BG_OK;
}

int32_t bg_update_steps(const struct bg_update_steps_operands *operands, const float *gradient, float rate,
    float momentum_correction, float second_moment_correction, int64_t channel_begin, int64_t channel_end) {
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_OPERAND(operands->second_moment);
    BG_CHECK_OPERAND(operands->steps);
    BG_CHECK_OPERAND(gradient);
    BG_CHECK_SIZE(operands->fan_in);
    BG_CHECK_RANGE(channel_begin, channel_end);
    BG_CHECK_FINITE(operands->gradient_scale);
    BG_CHECK_FINITE(rate);
    BG_CHECK_DECAY(operands->beta2);
    BG_CHECK_POSITIVE(operands->epsilon);
    BG_CHECK_POSITIVE(momentum_correction);
    BG_CHECK_POSITIVE(second_moment_correction);
    bg_table.update_steps(
        operands, gradient, rate, momentum_correction, second_moment_correction, channel_begin, channel_end);
    return BG_OK;
}

int32_t bg_update_bop_int8(const struct bg_update_bop_int8_operands *operands, const void *gradient, float adaptivity,
    int64_t row_begin, int64_t row_end) {
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_TYPE(operands->gradient_type, BG_FLOAT32, BG_BITS);
    BG_CHECK_OPERAND(operands->weights);
    BG_CHECK_OPERAND(operands->momentum);
    BG_CHECK_OPERAND(operands->scales);
    BG_CHECK_TYPED(gradient, operands->gradient_type);
    BG_CHECK_SIZE(operands->columns);
    BG_CHECK_RANGE(row_begin, row_end);
    BG_CHECK_FINITE(operands->gradient_scale);
    BG_CHECK(adaptivity >= 0 && adaptivity <= 1 && operands->threshold >= 0, BG_BAD_NUMBER);
    bg_table.update_bop_int8(operands, gradient, adaptivity, row_begin, row_end);
    return BG_OK;
}
