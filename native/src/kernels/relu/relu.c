#include "dispatch/check.h"
#include "dispatch/table.h"

int32_t bg_relu(const struct bg_relu_operands *operands, int64_t row_begin, int64_t row_end) {
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_TYPE(operands->type, BG_FLOAT32, BG_INT16);
    BG_CHECK_TYPED(operands->x, operands->type);
    BG_CHECK_OPERAND(operands->y);
    BG_CHECK_OPTIONAL(operands->positive);
    BG_CHECK_TILE(operands->tile.channels, operands->tile.columns, operands->tile.first);
    BG_CHECK_RANGE(row_begin, row_end);
    bg_table.relu(operands, row_begin, row_end);
    return BG_OK;
}

int32_t bg_relu_backward(const struct bg_relu_backward_operands *operands, int64_t row_begin, int64_t row_end) {
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_OPERAND(operands->gradient);
    BG_CHECK_OPERAND(operands->positive);
    BG_CHECK_TILE(operands->tile.channels, operands->tile.columns, operands->tile.first);
    BG_CHECK_OPERAND(operands->result);
    BG_CHECK_RANGE(row_begin, row_end);
    bg_table.relu_backward(operands, row_begin, row_end);
    return BG_OK;
}

int32_t bg_prelu(const struct bg_prelu_operands *operands, int64_t row_begin, int64_t row_end) {
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_TYPE(operands->type, BG_FLOAT32, BG_INT16);
    BG_CHECK_TYPED(operands->x, operands->type);
    BG_CHECK_OPERAND(operands->slopes);
    BG_CHECK_SIZE(operands->channels);
    BG_CHECK_OPERAND(operands->y);
    BG_CHECK_RANGE(row_begin, row_end);
    bg_table.prelu(operands, row_begin, row_end);
    return BG_OK;
}

int32_t bg_prelu_backward(
    const struct bg_prelu_backward_operands *operands, int64_t channel_begin, int64_t channel_end) {
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_TYPE(operands->type, BG_FLOAT32, BG_INT16);
    BG_CHECK_TYPED(operands->x, operands->type);
    BG_CHECK_OPERAND(operands->slopes);
    BG_CHECK_OPERAND(operands->gradient);
    BG_CHECK_SIZE(operands->rows);
    BG_CHECK_SIZE(operands->channels);
    BG_CHECK_OPERAND(operands->result);
    BG_CHECK_OPERAND(operands->slope_gradient);
    BG_CHECK_RANGE_OF(channel_begin, channel_end, operands->channels);
    bg_table.prelu_backward(operands, channel_begin, channel_end);
    return BG_OK;
}
