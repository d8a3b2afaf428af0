#include "dispatch/table.h"

int32_t bg_average_pool(const struct bg_sliding_windows *windows, int32_t type, const void *x, float *averages,
    int64_t image_begin, int64_t image_end) {
    BG_CHECK_WINDOWS(windows);
    BG_CHECK_TYPE(type, BG_FLOAT32, BG_INT16);
    BG_CHECK_TYPED(x, type);
    BG_CHECK_OPERAND(averages);
    BG_CHECK_RANGE(image_begin, image_end);
    bg_table.average_pool(windows, type, x, averages, image_begin, image_end);
    return BG_OK;
}

int32_t bg_average_pool_backward(const struct bg_sliding_windows *windows, const float *average_gradient,
    float *gradient, int64_t image_begin, int64_t image_end) {
    BG_CHECK_WINDOWS(windows);
    BG_CHECK_OPERAND(average_gradient);
    BG_CHECK_OPERAND(gradient);
    BG_CHECK_RANGE(image_begin, image_end);
    bg_table.average_pool_backward(windows, average_gradient, gradient, image_begin, image_end);
    return BG_OK;
}
