#include "dispatch/table.h"

int32_t bg_pixel_convolution(const struct bg_convolution *convolution,
    const struct bg_pixel_convolution_operands *operands, int64_t image_begin, int64_t image_end) {
    BG_CHECK_CONVOLUTION(convolution, c);
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_TYPE(operands->y_type, BG_INT16, BG_FLOAT32);
    BG_CHECK(c.taps * c.channels <= (operands->y_type == BG_INT16 ? INT16_MAX / 255 : BG_MAX_FAN_IN), BG_BAD_SHAPE);
    BG_CHECK_OPERAND(operands->pixels);
    BG_CHECK_OPERAND(operands->weights);
    BG_CHECK_TYPED(operands->y, operands->y_type);
    BG_CHECK_IMAGES(operands->images, c);
    BG_CHECK_RANGE_OF(image_begin, image_end, operands->images);
    bg_table.pixel_convolution(&c, operands, image_begin, image_end);
    return BG_OK;
}
