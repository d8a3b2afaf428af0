#include "dispatch/check.h"
#include "dispatch/table.h"

/* What all functions check, by the names of their other parameters; x and pooled are what has their shapes. */
#define CHECK_POOLING(x, pooled)                                                                                       \
    do {                                                                                                               \
        BG_CHECK_OPERAND(x);                                                                                           \
        BG_CHECK_OPERAND(pooled);                                                                                      \
        BG_CHECK_SIZE(height);                                                                                         \
        BG_CHECK_SIZE(width);                                                                                          \
        BG_CHECK_SIZE(channels);                                                                                       \
        BG_CHECK_SIZE((height) * (width));                                                                             \
        BG_CHECK_SIZE((height) * (width) * (channels));                                                                \
        BG_CHECK(size >= 1 && size <= BG_MAX_POOL, BG_BAD_SHAPE);                                                      \
        BG_CHECK(size <= height && size <= width, BG_BAD_SHAPE);                                                       \
        BG_CHECK_RANGE(image_begin, image_end);                                                                        \
    } while (0)

int32_t bg_max_pool(const float *x, int64_t height, int64_t width, int64_t channels, int64_t size, float *pooled,
    uint8_t *argmax, int64_t image_begin, int64_t image_end) {
    CHECK_POOLING(x, pooled);
    bg_table.max_pool(x, height, width, channels, size, pooled, argmax, image_begin, image_end);
    return BG_OK;
}

int32_t bg_max_pool_signs(const float *x, int64_t height, int64_t width, int64_t channels, int64_t size, float *pooled,
    uint8_t *argmax, int64_t image_begin, int64_t image_end) {
    CHECK_POOLING(x, pooled);
    bg_table.max_pool_signs(x, height, width, channels, size, pooled, argmax, image_begin, image_end);
    return BG_OK;
}

int32_t bg_max_pool_backward(const float *pooled_gradient, const uint8_t *argmax, int64_t height, int64_t width,
    int64_t channels, int64_t size, float *gradient, int64_t image_begin, int64_t image_end) {
    BG_CHECK_OPERAND(argmax);
    CHECK_POOLING(gradient, pooled_gradient);
    bg_table.max_pool_backward(
        pooled_gradient, argmax, height, width, channels, size, gradient, image_begin, image_end);
    return BG_OK;
}
