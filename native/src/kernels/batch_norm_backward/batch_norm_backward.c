#include <math.h>

#include "dispatch/check.h"
#include "dispatch/table.h"
#include "simd/rounding.h"

int32_t bg_batch_norm_gradient_sums(
    const struct bg_batch_norm_gradient_sums_operands *operands, int64_t row_begin, int64_t row_end) {
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_TYPE(operands->type, BG_FLOAT16, BG_FLOAT32);
    BG_CHECK_TYPED(operands->gradient, operands->type);
    BG_CHECK_OPERAND(operands->signs);
    BG_CHECK_OPERAND(operands->sums);
    BG_CHECK_SIZE(operands->rows);
    BG_CHECK_TILE(operands->tile.channels, operands->tile.columns, operands->tile.first);
    BG_CHECK_BLOCKS(row_begin, row_end, operands->rows);
    bg_table.batch_norm_gradient_sums(operands, row_begin, row_end);
    return BG_OK;
}

int32_t bg_batch_norm_coefficients(
    const struct bg_batch_norm_coefficients_operands *operands, int64_t channel_begin, int64_t channel_end) {
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_OPERAND(operands->sums);
    BG_CHECK_OPERAND(operands->deviation);
    BG_CHECK_OPERAND(operands->beta);
    BG_CHECK_OPERAND(operands->sign_mean);
    BG_CHECK_OPERAND(operands->beta_gradient);
    BG_CHECK_OPERAND(operands->coefficients);
    BG_CHECK_OPERAND(operands->squares);
    BG_CHECK_SIZE(operands->rows);
    BG_CHECK_SIZE(operands->channels);
    BG_CHECK_SIZE(operands->count);
    BG_CHECK(operands->count >= operands->rows, BG_BAD_SHAPE);
    BG_CHECK_RANGE_OF(channel_begin, channel_end, operands->channels);
    bg_table.batch_norm_coefficients(operands, channel_begin, channel_end);
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

int32_t bg_batch_norm_unselected_gradient(
    const float *coefficients, int64_t channels, int64_t columns, int64_t first, int8_t *unselected) {
    BG_CHECK_OPERAND(coefficients);
    BG_CHECK_TILE(channels, columns, first);
    BG_CHECK_OPERAND(unselected);
    const struct bg_quantiser quantiser = bg_quantiser_of(BG_INT8, BG_NEAREST, 0);
    for (int64_t row = 0; row < 2; row++) {
        for (int64_t c = 0; c < channels; c++) {
            float dy = 0 - coefficients[(row + 1) * channels + c];
            unselected[row * columns + first + c] = (int8_t)bg_quantised(&quantiser, dy, 0);
        }
    }
    return BG_OK;
}

static int32_t check_gradient(int32_t type, const void *gradient, const uint64_t *signs, const float *coefficients) {
    BG_CHECK_TYPE(type, BG_FLOAT16, BG_FLOAT32);
    BG_CHECK_TYPED(gradient, type);
    BG_CHECK_OPERAND(signs);
    BG_CHECK_OPERAND(coefficients);
    return BG_OK;
}

static int32_t check_dy(int32_t type, int32_t rounding, const void *dy) {
    if (type == BG_INT8 || type == BG_INT16) {
        BG_CHECK(rounding == BG_NEAREST || rounding == BG_STOCHASTIC, BG_BAD_NUMBER);
    } else {
        BG_CHECK_TYPE(type, BG_FLOAT16, BG_FLOAT32);
    }
    BG_CHECK_TYPED(dy, type);
    return BG_OK;
}

int32_t bg_batch_norm_backward_signs(
    const struct bg_batch_norm_backward_signs_operands *operands, uint32_t seed, int64_t row_begin, int64_t row_end) {
    BG_CHECK_OPERANDS(operands);
    const struct bg_batch_norm_backward_signs_operands o = *operands;
    BG_CHECK_STATUS(check_gradient(o.type, o.gradient, o.signs, o.coefficients));
    BG_CHECK_TILE(o.tile.channels, o.tile.columns, o.tile.first);
    BG_CHECK_STATUS(check_dy(o.dy_type, o.rounding, o.dy));
    BG_CHECK(o.dy_columns == o.tile.columns || o.dy_columns == o.tile.channels, BG_BAD_SHAPE);
    BG_CHECK_RANGE(row_begin, row_end);
    bg_table.batch_norm_backward_signs(operands, seed, row_begin, row_end);
    return BG_OK;
}

static int32_t check_pooled(const struct bg_pooling *pooling,
    const struct bg_batch_norm_backward_pooled_operands *operands, int64_t image_begin, int64_t image_end) {
    BG_CHECK_OPERANDS(pooling);
    BG_CHECK_OPERANDS(operands);
    const struct bg_batch_norm_backward_pooled_operands o = *operands;
    BG_CHECK_SIZE(pooling->height);
    BG_CHECK_SIZE(pooling->width);
    BG_CHECK_SIZE(pooling->height * pooling->width);
    BG_CHECK_SIZE(pooling->channels);
    BG_CHECK(pooling->window_height > 0 && pooling->window_height <= pooling->height, BG_BAD_SHAPE);
    BG_CHECK(pooling->window_width > 0 && pooling->window_width <= pooling->width, BG_BAD_SHAPE);
    BG_CHECK_STATUS(check_gradient(o.type, o.gradient, o.signs, o.coefficients));
    BG_CHECK_STATUS(check_dy(o.dy_type, o.rounding, o.dy));
    BG_CHECK_SIZE(o.images);
    BG_CHECK_RANGE_OF(image_begin, image_end, o.images);
    return BG_OK;
}

int32_t bg_batch_norm_backward_pooled_values(const struct bg_pooling *pooling,
    const struct bg_batch_norm_backward_pooled_operands *operands, uint32_t seed, int64_t image_begin,
    int64_t image_end) {
    BG_CHECK_STATUS(check_pooled(pooling, operands, image_begin, image_end));
    if (pooling->window_height * pooling->window_width > 1) {
        BG_CHECK_OPERAND(operands->argmax);
    }
    bg_table.batch_norm_backward_pooled_values(pooling, operands, seed, image_begin, image_end);
    return BG_OK;
}

int32_t bg_batch_norm_backward_pooled_signs(const struct bg_pooling *pooling,
    const struct bg_batch_norm_backward_pooled_operands *operands, uint32_t seed, int64_t image_begin,
    int64_t image_end) {
    BG_CHECK_STATUS(check_pooled(pooling, operands, image_begin, image_end));
    bg_table.batch_norm_backward_pooled_signs(pooling, operands, seed, image_begin, image_end);
    return BG_OK;
}
