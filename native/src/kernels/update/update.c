#include "dispatch/check.h"
#include "dispatch/table.h"

int32_t bg_update_adam(const struct bg_update_adam_operands *operands, float rate, float momentum_correction,
    float second_moment_correction, int64_t row_begin, int64_t row_end) {
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_TYPE(operands->state_type, BG_FLOAT32, BG_FLOAT16);
    BG_CHECK_TYPE(operands->gradient_type, BG_FLOAT32, BG_BITS);
    BG_CHECK_TYPED(operands->weights, operands->state_type);
    BG_CHECK_TYPED(operands->momentum, operands->state_type);
    BG_CHECK_TYPED(operands->second_moment, operands->state_type);
    BG_CHECK_TYPED(operands->gradient, operands->gradient_type);
    BG_CHECK_SIZE(operands->columns);
    BG_CHECK_RANGE(row_begin, row_end);
    BG_CHECK_FINITE(operands->gradient_scale);
    BG_CHECK_FINITE(rate);
    BG_CHECK_DECAY(operands->beta1);
    BG_CHECK_DECAY(operands->beta2);
    BG_CHECK_POSITIVE(operands->epsilon);
    BG_CHECK_POSITIVE(momentum_correction);
    BG_CHECK_POSITIVE(second_moment_correction);
    BG_CHECK_POSITIVE(operands->limit);
    bg_table.update_adam(operands, rate, momentum_correction, second_moment_correction, row_begin, row_end);
    return BG_OK;
}

int32_t bg_update_momentum(
    const struct bg_update_momentum_operands *operands, float rate, int64_t row_begin, int64_t row_end) {
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_TYPE(operands->state_type, BG_FLOAT32, BG_FLOAT16);
    BG_CHECK_TYPE(operands->gradient_type, BG_FLOAT32, BG_BITS);
    BG_CHECK_TYPED(operands->weights, operands->state_type);
    BG_CHECK_TYPED(operands->momentum, operands->state_type);
    BG_CHECK_TYPED(operands->gradient, operands->gradient_type);
    BG_CHECK_SIZE(operands->columns);
    BG_CHECK_RANGE(row_begin, row_end);
    BG_CHECK_FINITE(operands->gradient_scale);
    BG_CHECK_FINITE(rate);
    BG_CHECK_DECAY(operands->decay);
    BG_CHECK_POSITIVE(operands->limit);
    bg_table.update_momentum(operands, rate, row_begin, row_end);
    return BG_OK;
}

int32_t bg_update_bop(
    const struct bg_update_bop_operands *operands, float adaptivity, int64_t row_begin, int64_t row_end) {
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_TYPE(operands->weight_type, BG_FLOAT32, BG_BITS);
    BG_CHECK_TYPE(operands->momentum_type, BG_FLOAT32, BG_FLOAT16);
    BG_CHECK_TYPE(operands->gradient_type, BG_FLOAT32, BG_BITS);
    BG_CHECK_TYPED(operands->weights, operands->weight_type);
    BG_CHECK_TYPED(operands->momentum, operands->momentum_type);
    BG_CHECK_TYPED(operands->gradient, operands->gradient_type);
    BG_CHECK_SIZE(operands->columns);
    BG_CHECK_RANGE(row_begin, row_end);
    BG_CHECK_FINITE(operands->gradient_scale);
    BG_CHECK(adaptivity >= 0 && adaptivity <= 1 && operands->threshold >= 0, BG_BAD_NUMBER);
    bg_table.update_bop(operands, adaptivity, row_begin, row_end);
    return BG_OK;
}
