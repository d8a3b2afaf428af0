#include <math.h>

#include "dispatch/check.h"
#include "dispatch/table.h"

int32_t bg_batch_norm_gradient_sums(int32_t type, const void *gradient, const uint64_t *signs, int64_t rows,
    int64_t channels, int64_t columns, int64_t first, float *sums, int64_t row_begin, int64_t row_end) {
    BG_CHECK_TYPE(type, BG_FLOAT16, BG_FLOAT32);
    BG_CHECK_TYPED(gradient, type);
    BG_CHECK_OPERAND(signs);
    BG_CHECK_OPERAND(sums);
    BG_CHECK_SIZE(rows);
    BG_CHECK_TILE(channels, columns, first);
    BG_CHECK_BLOCKS(row_begin, row_end, rows);
    bg_table.batch_norm_gradient_sums(type, gradient, signs, channels, columns, first, sums, row_begin, row_end);
    return BG_OK;
}

int32_t bg_batch_norm_coefficients(const float *sums, int64_t rows, int64_t channels, int64_t count,
    const float *deviation, const float *beta, const float *sign_mean, float *beta_gradient, float *coefficients,
    float *squares, int64_t channel_begin, int64_t channel_end) {
    BG_CHECK_OPERAND(sums);
    BG_CHECK_OPERAND(deviation);
    BG_CHECK_OPERAND(beta);
    BG_CHECK_OPERAND(sign_mean);
    BG_CHECK_OPERAND(beta_gradient);
    BG_CHECK_OPERAND(coefficients);
    BG_CHECK_OPERAND(squares);
    BG_CHECK_SIZE(rows);
    BG_CHECK_SIZE(channels);
    BG_CHECK_SIZE(count);
    BG_CHECK(count >= rows, BG_BAD_SHAPE);
    BG_CHECK_RANGE_OF(channel_begin, channel_end, channels);
    bg_table.batch_norm_coefficients(sums, rows, channels, count, deviation, beta, sign_mean, beta_gradient,
        coefficients, squares, channel_begin, channel_end);
    return BG_OK;
}

/* A few operations a channel, the sum in order, so they have no variants. */
int32_t bg_batch_norm_gradient_scale(
    const float *squares, int64_t channels, int64_t count, float clip, int32_t type, float *scale) {
    BG_CHECK_OPERAND(squares);
    BG_CHECK_SIZE(channels);
    BG_CHECK(count > 0, BG_BAD_SHAPE);
    BG_CHECK(clip > 0 && clip < INFINITY, BG_BAD_NUMBER);
    BG_CHECK_TYPE(type, BG_INT8, BG_INT16);
    BG_CHECK_OPERAND(scale);
    float total = 0;
    for (int64_t c = 0; c < channels; c++) {
        total += squares[c];
    }
    *scale = bg_usable_scale(clip * sqrtf(total / (float)count) / bg_largest_integer(type));
    return BG_OK;
}

int32_t bg_batch_norm_scale_coefficients(float *coefficients, int64_t channels, const float *scale) {
    BG_CHECK_OPERAND(coefficients);
    BG_CHECK_SIZE(channels);
    BG_CHECK_OPERAND(scale);
    BG_CHECK(*scale >= BG_MIN_SCALE && *scale <= BG_MAX_SCALE, BG_BAD_NUMBER);
    float inverse = 1.0f / *scale;
    for (int64_t i = 0; i < 3 * channels; i++) {
        coefficients[i] *= inverse;
    }
    return BG_OK;
}

int32_t bg_batch_norm_gradient_rest(
    const float *coefficients, int64_t channels, int64_t columns, int64_t first, int8_t *others) {
    BG_CHECK_OPERAND(coefficients);
    BG_CHECK_TILE(channels, columns, first);
    BG_CHECK_OPERAND(others);
    const struct bg_quantiser quantiser = bg_quantiser_of(BG_INT8, BG_NEAREST, 0);
    for (int64_t row = 0; row < 2; row++) {
        for (int64_t c = 0; c < channels; c++) {
            float dy = 0 - coefficients[(row + 1) * channels + c];
            others[row * columns + first + c] = (int8_t)bg_quantised(&quantiser, dy, 0);
        }
    }
    return BG_OK;
}

/* What the backward passes have in common. */
static int32_t check_backward(
    const struct bg_normalised_gradient *g, int32_t dy_type, int32_t rounding, const void *dy) {
    BG_CHECK_TYPE(g->type, BG_FLOAT16, BG_FLOAT32);
    BG_CHECK_TYPED(g->gradient, g->type);
    BG_CHECK_OPERAND(g->signs);
    BG_CHECK_TILE(g->channels, g->columns, g->first);
    BG_CHECK_OPERAND(g->coefficients);
    if (dy_type == BG_INT8 || dy_type == BG_INT16) {
        BG_CHECK(rounding == BG_NEAREST || rounding == BG_STOCHASTIC, BG_BAD_NUMBER);
    } else {
        BG_CHECK_TYPE(dy_type, BG_FLOAT16, BG_FLOAT32);
    }
    BG_CHECK_TYPED(dy, dy_type);
    return BG_OK;
}

/* The same where there are windows, which it makes of the sizes. */
static int32_t check_pooled(const struct bg_normalised_gradient *g, int64_t height, int64_t width, int64_t size,
    int32_t dy_type, int32_t rounding, const void *dy, struct bg_windows *windows) {
    BG_CHECK_SIZE(height);
    BG_CHECK_SIZE(width);
    BG_CHECK_SIZE(height * width);
    BG_CHECK(size > 0 && size <= height && size <= width, BG_BAD_SHAPE);
    *windows = (struct bg_windows){height, width, size, height / size, width / size};
    return check_backward(g, dy_type, rounding, dy);
}

int32_t bg_batch_norm_backward_signs(int32_t type, const void *gradient, const uint64_t *signs, int64_t channels,
    int64_t columns, int64_t first, const float *coefficients, int32_t dy_type, int32_t rounding, uint32_t seed,
    int64_t dy_columns, void *dy, int64_t row_begin, int64_t row_end) {
    const struct bg_normalised_gradient g = {type, gradient, signs, channels, columns, first, dy_columns, coefficients};
    int32_t status = check_backward(&g, dy_type, rounding, dy);
    BG_CHECK(status == BG_OK, status);
    BG_CHECK(dy_columns == columns || dy_columns == channels, BG_BAD_SHAPE);
    BG_CHECK_RANGE(row_begin, row_end);
    const struct bg_quantiser quantiser = bg_quantiser_of(dy_type, rounding, seed);
    bg_table.batch_norm_backward_signs(&g, &quantiser, dy, row_begin, row_end);
    return BG_OK;
}

int32_t bg_batch_norm_backward_pooled_values(int32_t type, const void *gradient, const uint64_t *signs,
    const uint64_t *argmax, int64_t height, int64_t width, int64_t channels, int64_t size, const float *coefficients,
    int32_t dy_type, int32_t rounding, uint32_t seed, void *dy, int64_t images, int64_t image_begin,
    int64_t image_end) {
    const struct bg_normalised_gradient g = {type, gradient, signs, channels, channels, 0, channels, coefficients};
    struct bg_windows windows;
    int32_t status = check_pooled(&g, height, width, size, dy_type, rounding, dy, &windows);
    BG_CHECK(status == BG_OK, status);
    if (size > 1) {
        BG_CHECK_OPERAND(argmax);
    }
    BG_CHECK_SIZE(images);
    BG_CHECK_RANGE_OF(image_begin, image_end, images);
    int64_t plane_rows = images * windows.pooled_height * windows.pooled_width;
    const struct bg_quantiser quantiser = bg_quantiser_of(dy_type, rounding, seed);
    bg_table.batch_norm_backward_pooled_values(
        &g, argmax, plane_rows, &windows, &quantiser, dy, image_begin, image_end);
    return BG_OK;
}

int32_t bg_batch_norm_backward_pooled_signs(int32_t type, const void *gradient, const uint64_t *signs, int64_t height,
    int64_t width, int64_t channels, int64_t size, const float *coefficients, int32_t dy_type, int32_t rounding,
    uint32_t seed, void *dy, int64_t image_begin, int64_t image_end) {
    const struct bg_normalised_gradient g = {type, gradient, signs, channels, channels, 0, channels, coefficients};
    struct bg_windows windows;
    int32_t status = check_pooled(&g, height, width, size, dy_type, rounding, dy, &windows);
    BG_CHECK(status == BG_OK, status);
    BG_CHECK_RANGE(image_begin, image_end);
    const struct bg_quantiser quantiser = bg_quantiser_of(dy_type, rounding, seed);
    bg_table.batch_norm_backward_pooled_signs(&g, &windows, &quantiser, dy, image_begin, image_end);
    return BG_OK;
}
