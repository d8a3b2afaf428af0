#include "dispatch/table.h"

int32_t bg_pixel_convolution(const int64_t *convolution, const uint8_t *pixels, const uint64_t *weights, int32_t type,
    void *y, int64_t image_begin, int64_t image_end) {
    BG_CHECK_CONVOLUTION(convolution, c);
    BG_CHECK_TYPE(type, BG_INT16, BG_FLOAT32);
    BG_CHECK(c.taps * c.channels <= (type == BG_INT16 ? INT16_MAX / 255 : BG_MAX_FAN_IN), BG_BAD_SHAPE);
    BG_CHECK_OPERAND(pixels);
    BG_CHECK_OPERAND(weights);
    BG_CHECK_TYPED(y, type);
    BG_CHECK_RANGE_OF(image_begin, image_end, BG_MAX_SIZE);
    BG_CHECK(image_end * c.pixels <= BG_MAX_SIZE && image_end * c.out_pixels <= BG_MAX_SIZE, BG_BAD_RANGE);
    bg_table.pixel_convolution(&c, pixels, weights, type, y, image_begin, image_end);
    return BG_OK;
}
