#include "dispatch/table.h"

/* Reads a convolution whose sums of signs fit int16. */
static int32_t read_binary(const struct bg_convolution *convolution, struct bg_geometry *c) {
    BG_CHECK_STATUS(bg_read_convolution(convolution, c));
    BG_CHECK(c->taps * c->channels <= BG_MAX_FAN_IN, BG_BAD_SHAPE);
    return BG_OK;
}

int32_t bg_binary_convolution(const struct bg_convolution *convolution,
    const struct bg_binary_convolution_operands *operands, int64_t channel_begin, int64_t channel_end) {
    struct bg_geometry c;
    BG_CHECK_STATUS(read_binary(convolution, &c));
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

int64_t bg_packed_weight_bytes(const struct bg_convolution *convolution) {
    struct bg_geometry c;
    return read_binary(convolution, &c) == BG_OK ? bg_table.pack_weights(&c, NULL, NULL) : 0;
}

int32_t bg_pack_weights(const struct bg_convolution *convolution, const uint64_t *weights, void *packed) {
    struct bg_geometry c;
    BG_CHECK_STATUS(read_binary(convolution, &c));
    BG_CHECK_OPERAND(weights);
    BG_CHECK_ALIGNED(packed, 64);
    bg_table.pack_weights(&c, weights, packed);
    return BG_OK;
}

int32_t bg_binary_convolution_signs(const struct bg_convolution *convolution,
    const struct bg_binary_convolution_signs_operands *operands, int64_t image_begin, int64_t image_end) {
    struct bg_geometry c;
    BG_CHECK_STATUS(read_binary(convolution, &c));
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_OPERAND(operands->x);
    BG_CHECK_ALIGNED(operands->packed, 64);
    BG_CHECK_OPERAND(operands->thresholds);
    BG_CHECK_OPERAND(operands->signs);
    BG_CHECK_IMAGES(operands->images, c);
    BG_CHECK_RANGE_OF(image_begin, image_end, operands->images);
    bg_table.binary_convolution_signs(&c, operands, image_begin, image_end);
    return BG_OK;
}
