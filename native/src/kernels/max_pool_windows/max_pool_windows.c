#include "dispatch/table.h"

/* What both functions have. */
static int32_t check(const struct bg_sliding_windows *windows, int64_t images, int64_t columns, int64_t first) {
    BG_CHECK_WINDOWS(windows);
    BG_CHECK(windows->window_height <= BG_MAX_POOL && windows->window_width <= BG_MAX_POOL, BG_BAD_SHAPE);
    BG_CHECK_TILE(windows->channels, columns, first);
    BG_CHECK_SIZE(images);
    BG_CHECK_SIZE(images * (windows->height * windows->width));
    return BG_OK;
}

int32_t bg_max_pool_windows(const struct bg_sliding_windows *windows,
    const struct bg_max_pool_windows_operands *operands, int64_t image_begin, int64_t image_end) {
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_STATUS(check(windows, operands->images, operands->columns, operands->first));
    BG_CHECK_TYPE(operands->type, BG_FLOAT32, BG_INT16);
    BG_CHECK_TYPED(operands->x, operands->type);
    BG_CHECK_OPERAND(operands->pooled);
    BG_CHECK_OPTIONAL(operands->argmax);
    BG_CHECK_RANGE_OF(image_begin, image_end, operands->images);
    bg_table.max_pool_windows(windows, operands, image_begin, image_end);
    return BG_OK;
}

int32_t bg_max_pool_windows_backward(const struct bg_sliding_windows *windows,
    const struct bg_max_pool_windows_backward_operands *operands, int64_t image_begin, int64_t image_end) {
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_STATUS(check(windows, operands->images, operands->columns, operands->first));
    BG_CHECK_OPERAND(operands->pooled_gradient);
    BG_CHECK_OPERAND(operands->argmax);
    BG_CHECK_OPERAND(operands->gradient);
    BG_CHECK_RANGE_OF(image_begin, image_end, operands->images);
    bg_table.max_pool_windows_backward(windows, operands, image_begin, image_end);
    return BG_OK;
}
