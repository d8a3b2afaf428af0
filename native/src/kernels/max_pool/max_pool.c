#include "dispatch/table.h"

int32_t bg_max_pool(const struct bg_pooling *pooling, const float *x, float *pooled, uint8_t *argmax,
    int64_t image_begin, int64_t image_end) {
    BG_CHECK_POOLING(pooling);
    BG_CHECK_OPERAND(x);
    BG_CHECK_OPERAND(pooled);
    BG_CHECK_RANGE(image_begin, image_end);
    bg_table.max_pool(pooling, x, pooled, argmax, image_begin, image_end);
    return BG_OK;
}

int32_t bg_max_pool_signs(const struct bg_pooling *pooling, const float *x, float *pooled, uint8_t *argmax,
    int64_t image_begin, int64_t image_end) {
    BG_CHECK_POOLING(pooling);
    BG_CHECK_OPERAND(x);
    BG_CHECK_OPERAND(pooled);
    BG_CHECK_RANGE(image_begin, image_end);
    bg_table.max_pool_signs(pooling, x, pooled, argmax, image_begin, image_end);
    return BG_OK;
}

int32_t bg_max_pool_backward(const struct bg_pooling *pooling, const float *pooled_gradient, const uint8_t *argmax,
    float *gradient, int64_t image_begin, int64_t image_end) {
    BG_CHECK_POOLING(pooling);
    BG_CHECK_OPERAND(pooled_gradient);
    BG_CHECK_OPERAND(argmax);
    BG_CHECK_OPERAND(gradient);
    BG_CHECK_RANGE(image_begin, image_end);
    bg_table.max_pool_backward(pooling, pooled_gradient, argmax, gradient, image_begin, image_end);
    return BG_OK;
}
