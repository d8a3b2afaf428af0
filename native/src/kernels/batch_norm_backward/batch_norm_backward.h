/* Batch normalisation before a sign, backward. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_BATCH_NORM_BACKWARD_H
#define BG_BATCH_NORM_BACKWARD_H

#include "bitgrad.h"

/* A pooling, and what follows from it. */
struct bg_windows {
    int64_t height; /* of an image before pooling, in pixels */
    int64_t width;
    int64_t window_height; /* in pixels */
    int64_t window_width;
    int64_t pooled_height; /* of an image, in windows */
    int64_t pooled_width;
};

static inline struct bg_windows bg_windows_of(const struct bg_pooling *pooling) {
    return (struct bg_windows){pooling->height, pooling->width, pooling->window_height, pooling->window_width,
        pooling->height / pooling->window_height, pooling->width / pooling->window_width};
}

typedef void bg_batch_norm_gradient_sums_kernel(
    const struct bg_batch_norm_gradient_sums_operands *operands, int64_t row_begin, int64_t row_end);

typedef void bg_batch_norm_coefficients_kernel(
    const struct bg_batch_norm_coefficients_operands *operands, int64_t channel_begin, int64_t channel_end);

typedef void bg_batch_norm_backward_signs_kernel(
    const struct bg_batch_norm_backward_signs_operands *operands, uint32_t seed, int64_t row_begin, int64_t row_end);

typedef void bg_batch_norm_backward_pooled_values_kernel(const struct bg_pooling *pooling,
    const struct bg_batch_norm_backward_pooled_operands *operands, uint32_t seed, int64_t image_begin,
    int64_t image_end);

typedef void bg_batch_norm_backward_pooled_signs_kernel(const struct bg_pooling *pooling,
    const struct bg_batch_norm_backward_pooled_operands *operands, uint32_t seed, int64_t image_begin,
    int64_t image_end);

#endif
