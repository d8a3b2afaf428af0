#include "dispatch/table.h"

int32_t bg_binary_convolution(const int64_t *convolution, const uint64_t *x, const uint64_t *weights, int16_t *y,
    int64_t *sums, int64_t images, int64_t channel_begin, int64_t channel_end) {
    BG_CHECK_CONVOLUTION(convolution, c);
    BG_CHECK(c.taps * c.channels <= BG_MAX_FAN_IN, BG_BAD_SHAPE);
    BG_CHECK_OPERAND(x);
    BG_CHECK_OPERAND(weights);
    BG_CHECK_OPERAND(y);
    BG_CHECK((uintptr_t)sums % sizeof *sums == 0, BG_MISALIGNED);
    BG_CHECK_SIZE(images);
    BG_CHECK_SIZE(images * c.pixels);
    BG_CHECK_SIZE(images * c.out_pixels);
    BG_CHECK_RANGE_OF(channel_begin, channel_end, c.out_channels);
    bg_table.binary_convolution(&c, x, weights, y, sums, images, channel_begin, channel_end);
    return BG_OK;
}
