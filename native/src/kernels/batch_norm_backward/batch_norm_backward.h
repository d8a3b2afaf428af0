/* Batch normalisation before a sign, backward. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_BATCH_NORM_BACKWARD_H
#define BG_BATCH_NORM_BACKWARD_H

#include <stdint.h>

#include "simd/bits.h"
#include "simd/rounding.h"

/*
 * The gradient and what it is multiplied by; signs of bg_batch_norm_backward_pooled_signs are those of all pixels.
 * Signs and dy have so many columns, of which the channels are those from first on: all of them where there are
 * windows.
 */
struct bg_normalised_gradient {
    int32_t type;
    const void *gradient;
    const uint64_t *signs;
    int64_t channels;
    int64_t columns;
    int64_t first;
    int64_t dy_columns; /* columns, or channels where dy is of the tile alone */
    const float *coefficients;
};

/* Windows of max pooling. */
struct bg_windows {
    int64_t height;
    int64_t width;
    int64_t size;
    int64_t pooled_height;
    int64_t pooled_width;
};

typedef void bg_batch_norm_gradient_sums_kernel(int32_t type, const void *gradient, const uint64_t *signs,
    int64_t channels, int64_t columns, int64_t first, float *sums, int64_t row_begin, int64_t row_end);

typedef void bg_batch_norm_coefficients_kernel(const float *sums, int64_t rows, int64_t channels, int64_t count,
    const float *deviation, const float *beta, const float *sign_mean, float *beta_gradient, float *coefficients,
    float *squares, int64_t channel_begin, int64_t channel_end);

typedef void bg_batch_norm_backward_signs_kernel(const struct bg_normalised_gradient *g,
    const struct bg_quantiser *quantiser, void *dy, int64_t row_begin, int64_t row_end);

/* plane_rows: of one bit plane of argmax. */
typedef void bg_batch_norm_backward_pooled_values_kernel(const struct bg_normalised_gradient *g, const uint64_t *argmax,
    int64_t plane_rows, const struct bg_windows *windows, const struct bg_quantiser *quantiser, void *dy,
    int64_t image_begin, int64_t image_end);

typedef void bg_batch_norm_backward_pooled_signs_kernel(const struct bg_normalised_gradient *g,
    const struct bg_windows *windows, const struct bg_quantiser *quantiser, void *dy, int64_t image_begin,
    int64_t image_end);

#endif
