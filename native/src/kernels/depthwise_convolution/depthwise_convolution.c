#include "dispatch/table.h"

/* A convolution of as many channels as it has outputs, and a tile of them. */
static int32_t check_channels(const struct bg_geometry *c, const struct bg_tile *tile) {
    BG_CHECK(c->out_channels == c->channels && c->taps <= BG_MAX_FAN_IN, BG_BAD_SHAPE);
    BG_CHECK_TILE(tile->channels, tile->columns, tile->first);
    BG_CHECK(tile->columns == c->channels, BG_BAD_SHAPE);
    return BG_OK;
}

int32_t bg_depthwise_convolution(const struct bg_convolution *convolution,
    const struct bg_depthwise_convolution_operands *operands, int64_t image_begin, int64_t image_end) {
    BG_CHECK_CONVOLUTION(convolution, c);
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_STATUS(check_channels(&c, &operands->tile));
    BG_CHECK_OPERAND(operands->x);
    BG_CHECK_OPERAND(operands->weights);
    BG_CHECK_TYPE(operands->y_type, BG_INT16, BG_FLOAT32);
    BG_CHECK_TYPED(operands->y, operands->y_type);
    BG_CHECK_IMAGES(operands->images, c);
    BG_CHECK_RANGE_OF(image_begin, image_end, operands->images);
    bg_table.depthwise_convolution(&c, operands, image_begin, image_end);
    return BG_OK;
}

int32_t bg_depthwise_input_gradient(const struct bg_convolution *convolution,
    const struct bg_depthwise_input_gradient_operands *operands, int64_t image_begin, int64_t image_end) {
    BG_CHECK_CONVOLUTION(convolution, c);
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_STATUS(check_channels(&c, &operands->tile));
    BG_CHECK_TYPE(operands->dy_type, BG_FLOAT32, BG_FLOAT16);
    BG_CHECK_TYPED(operands->dy, operands->dy_type);
    BG_CHECK_OPERAND(operands->weights);
    BG_CHECK_OPTIONAL(operands->mask);
    BG_CHECK_TYPE(operands->dx_type, BG_FLOAT32, BG_FLOAT16);
    BG_CHECK_TYPED(operands->dx, operands->dx_type);
    BG_CHECK_IMAGES(operands->images, c);
    BG_CHECK_RANGE_OF(image_begin, image_end, operands->images);
    bg_table.depthwise_input_gradient(&c, operands, image_begin, image_end);
    return BG_OK;
}

int32_t bg_depthwise_weight_sums(const struct bg_convolution *convolution,
    const struct bg_depthwise_weight_sums_operands *operands, int64_t block_begin, int64_t block_end) {
    BG_CHECK_CONVOLUTION(convolution, c);
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_STATUS(check_channels(&c, &operands->tile));
    BG_CHECK_OPERAND(operands->x);
    BG_CHECK_TYPE(operands->dy_type, BG_FLOAT32, BG_FLOAT16);
    BG_CHECK_TYPED(operands->dy, operands->dy_type);
    BG_CHECK_OPERAND(operands->sums);
    BG_CHECK_IMAGES(operands->images, c);
    BG_CHECK_RANGE_OF(block_begin, block_end, bg_image_blocks(operands->images));
    bg_table.depthwise_weight_sums(&c, operands, block_begin, block_end);
    return BG_OK;
}

int32_t bg_depthwise_weight_gradient(
    const struct bg_depthwise_weight_gradient_operands *operands, int64_t tap_begin, int64_t tap_end) {
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_SIZE(operands->blocks);
    BG_CHECK(operands->taps >= 1 && operands->taps <= BG_MAX_FAN_IN, BG_BAD_SHAPE);
    BG_CHECK_OPERAND(operands->sums);
    BG_CHECK_TILE(operands->tile.channels, operands->tile.columns, operands->tile.first);
    BG_CHECK_OPERAND(operands->dw);
    BG_CHECK_RANGE_OF(tap_begin, tap_end, operands->taps);
    bg_table.depthwise_weight_gradient(operands, tap_begin, tap_end);
    return BG_OK;
}
