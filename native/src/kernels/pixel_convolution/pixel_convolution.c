#include "dispatch/table.h"

/* The largest fan-in whose sums are at most 255 times as large, and so fit int16. */
enum { MAX_INT16_FAN_IN = INT16_MAX / 255 };

int32_t bg_pixel_convolution(const struct bg_convolution *convolution,
    const struct bg_pixel_convolution_operands *operands, int64_t image_begin, int64_t image_end) {
    BG_CHECK_CONVOLUTION(convolution, c);
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_TYPE(operands->y_type, BG_INT16, BG_FLOAT32);
    BG_CHECK(c.taps * c.channels <= (operands->y_type == BG_INT16 ? MAX_INT16_FAN_IN : BG_MAX_FAN_IN), BG_BAD_SHAPE);
    BG_CHECK_OPERAND(operands->pixels);
    BG_CHECK_OPERAND(operands->weights);
    BG_CHECK_TYPED(operands->y, operands->y_type);
    BG_CHECK_IMAGES(operands->images, c);
    BG_CHECK_RANGE_OF(image_begin, image_end, operands->images);
    bg_table.pixel_convolution(&c, operands, image_begin, image_end);
    return BG_OK;
}

/* The type of the sums that bg_pixel_convolution_signs compares, and their bytes for an image. */
static int32_t sum_type(const struct bg_geometry *c) {
    return c->taps * c->channels <= MAX_INT16_FAN_IN ? BG_INT16 : BG_FLOAT32;
}

static int64_t sum_bytes(const struct bg_geometry *c) {
    return c->out_pixels * c->out_channels * (int64_t)bg_element_bytes(sum_type(c));
}

/* Sums that exist at the same time should stay in the L2 cache until they are compared. */
int64_t bg_pixel_convolution_signs_scratch_bytes(const struct bg_convolution *convolution, int64_t images) {
    struct bg_geometry c;
    if (bg_read_convolution(convolution, &c) != BG_OK || images <= 0) {
        return 0;
    }
    int64_t strip = (256 << 10) / sum_bytes(&c);
    return (strip < 1 ? 1 : strip < images ? strip : images) * sum_bytes(&c);
}

int32_t bg_pixel_convolution_signs(const struct bg_convolution *convolution,
    const struct bg_pixel_convolution_signs_operands *operands, int64_t image_begin, int64_t image_end) {
    BG_CHECK_CONVOLUTION(convolution, c);
    BG_CHECK(c.taps * c.channels <= BG_MAX_FAN_IN, BG_BAD_SHAPE);
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_OPERAND(operands->pixels);
    BG_CHECK_OPERAND(operands->weights);
    BG_CHECK_OPERAND(operands->thresholds);
    BG_CHECK_OPERAND(operands->signs);
    BG_CHECK_ALIGNED(operands->scratch, 64);
    BG_CHECK_IMAGES(operands->images, c);
    BG_CHECK_RANGE_OF(image_begin, image_end, operands->images);
    int64_t strip = operands->scratch_bytes / sum_bytes(&c);
    BG_CHECK(strip > 0, BG_BAD_SHAPE);
    for (int64_t first = image_begin; first < image_end; first += strip) {
        int64_t images = image_end - first < strip ? image_end - first : strip;
        const struct bg_pixel_convolution_operands sums = {
            .images = images,
            .pixels = operands->pixels + first * c.pixels * c.channels,
            .weights = operands->weights,
            .y_type = sum_type(&c),
            .y = operands->scratch,
        };
        bg_table.pixel_convolution(&c, &sums, 0, images);
        uint64_t *signs = operands->signs + first * c.out_pixels * bg_row_words(c.out_channels);
        bg_table.threshold_signs(
            sum_type(&c), operands->scratch, operands->thresholds, c.out_channels, signs, 0, images * c.out_pixels);
    }
    return BG_OK;
}
