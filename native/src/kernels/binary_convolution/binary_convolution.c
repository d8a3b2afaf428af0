#include "dispatch/table.h"

int32_t bg_binary_convolution(const struct bg_convolution *convolution,
    const struct bg_binary_convolution_operands *operands, int64_t channel_begin, int64_t channel_end) {
    BG_CHECK_CONVOLUTION(convolution, c);
    BG_CHECK(c.taps * c.channels <= BG_MAX_FAN_IN, BG_BAD_SHAPE);
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_OPERAND(operands->x);
    BG_CHECK_OPERAND(operands->weights);
    BG_CHECK_OPERAND(operands->y);
    BG_CHECK_OPTIONAL(operands->sums);
    BG_CHECK_IMAGES(operands->images, c);
    BG_CHECK_RANGE_OF(channel_begin, channel_end, c.out_channels);
    bg_table.binary_convolution(&c, operands, channel_begin, channel_end);
    return BG_OK;
}
