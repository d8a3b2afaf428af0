#include "dispatch/table.h"

int64_t bg_real_convolution_scratch_bytes(const struct bg_convolution *convolution) {
    struct bg_geometry c;
    if (bg_read_convolution(convolution, &c) != BG_OK) {
        return 0;
    }
    int64_t floats = bg_padded_floats(&c) + bg_packed_floats(&c);
    return (floats + 15) / 16 * 16 * (int64_t)sizeof(float);
}

/* Of the two forms of an input, exactly one. */
static int32_t check_input(const float *x, const uint8_t *pixels) {
    BG_CHECK_OPTIONAL(x);
    BG_CHECK((x == NULL) != (pixels == NULL), BG_NULL_POINTER);
    return BG_OK;
}

int32_t bg_real_convolution(const struct bg_convolution *convolution,
    const struct bg_real_convolution_operands *operands, int64_t image_begin, int64_t image_end) {
    BG_CHECK_CONVOLUTION(convolution, c);
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_STATUS(check_input(operands->x, operands->pixels));
    BG_CHECK_OPERAND(operands->weights);
    BG_CHECK_OPERAND(operands->y);
    BG_CHECK_ALIGNED(operands->scratch, 64);
    BG_CHECK_IMAGES(operands->images, c);
    BG_CHECK_RANGE_OF(image_begin, image_end, operands->images);
    bg_table.real_convolution(&c, operands, image_begin, image_end);
    return BG_OK;
}

int32_t bg_real_weight_gradient(const struct bg_convolution *convolution,
    const struct bg_real_weight_gradient_operands *operands, int64_t channel_begin, int64_t channel_end) {
    BG_CHECK_CONVOLUTION(convolution, c);
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_STATUS(check_input(operands->x, operands->pixels));
    BG_CHECK_OPERAND(operands->dy);
    BG_CHECK_OPERAND(operands->dw);
    BG_CHECK_ALIGNED(operands->scratch, 64);
    BG_CHECK_IMAGES(operands->images, c);
    BG_CHECK(operands->add == 0 || operands->add == 1, BG_BAD_NUMBER);
    BG_CHECK_RANGE_OF(channel_begin, channel_end, c.out_channels);
    bg_table.real_weight_gradient(&c, operands, channel_begin, channel_end);
    return BG_OK;
}

int32_t bg_real_input_gradient(const struct bg_convolution *convolution,
    const struct bg_real_input_gradient_operands *operands, int64_t image_begin, int64_t image_end) {
    BG_CHECK_CONVOLUTION(convolution, c);
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_OPERAND(operands->dy);
    BG_CHECK_OPERAND(operands->weights);
    BG_CHECK_OPERAND(operands->dx);
    BG_CHECK_IMAGES(operands->images, c);
    BG_CHECK_RANGE_OF(image_begin, image_end, operands->images);
    bg_table.real_input_gradient(&c, operands, image_begin, image_end);
    return BG_OK;
}
