#include "dispatch/check.h"
#include "dispatch/table.h"

int32_t bg_batch_norm_exact_sums(
    const struct bg_batch_norm_exact_sums_operands *operands, int64_t row_begin, int64_t row_end) {
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_TYPE(operands->type, BG_FLOAT16, BG_FLOAT32);
    BG_CHECK_TYPED(operands->gradient, operands->type);
    BG_CHECK_TYPE(operands->y_type, BG_INT16, BG_FLOAT32);
    BG_CHECK_TYPED(operands->y, operands->y_type);
    BG_CHECK_OPERAND(operands->mean);
    BG_CHECK_OPERAND(operands->signs);
    BG_CHECK_OPERAND(operands->sums);
    BG_CHECK_SIZE(operands->rows);
    BG_CHECK_TILE(operands->tile.channels, operands->tile.columns, operands->tile.first);
    BG_CHECK_BLOCKS(row_begin, row_end, operands->rows);
    bg_table.batch_norm_exact_sums(operands, row_begin, row_end);
    return BG_OK;
}

int32_t bg_batch_norm_exact_coefficients(
    const struct bg_batch_norm_exact_coefficients_operands *operands, int64_t channel_begin, int64_t channel_end) {
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_OPERAND(operands->sums);
    BG_CHECK_OPERAND(operands->deviation);
    BG_CHECK_OPERAND(operands->beta_gradient);
    BG_CHECK_OPERAND(operands->coefficients);
    BG_CHECK_OPERAND(operands->squares);
    BG_CHECK_SIZE(operands->rows);
    BG_CHECK_SIZE(operands->channels);
    BG_CHECK_RANGE_OF(channel_begin, channel_end, operands->channels);
    bg_table.batch_norm_exact_coefficients(operands, channel_begin, channel_end);
    return BG_OK;
}
