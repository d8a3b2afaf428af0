/* Every product and sum is rounded on its own and in the order written here: it is what the variants must repeat. */
#include "dispatch/table.h"
#include "simd/scalar.h"

static float load_gradient(int32_t type, const void *gradient, int64_t columns, int64_t row, int64_t column) {
    return type == BG_BITS ? bg_bit_sign(gradient, columns, row, column)
                           : ((const float *)gradient)[row * columns + column];
}

/* Keeps NaN. */
static float clip(float value, float limit) {
    value = value > limit ? limit : value;
    return value < -limit ? -limit : value;
}

void bg_update_adam_reference(int32_t state_type, void *weights, void *momentum, void *second_moment,
    int32_t gradient_type, const void *gradient, float gradient_scale, int64_t columns, float rate, float beta1,
    float beta2, float epsilon, float momentum_correction, float second_moment_correction, float limit,
    int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < columns; c++) {
            int64_t i = r * columns + c;
            float g = load_gradient(gradient_type, gradient, columns, r, c) * gradient_scale;
            float m = beta1 * bg_load(state_type, momentum, i) + (1 - beta1) * g;
            float v = beta2 * bg_load(state_type, second_moment, i) + (1 - beta2) * (g * g);
            float step = rate * (m * momentum_correction) / (sqrtf(v * second_moment_correction) + epsilon);
            bg_store(state_type, momentum, i, m);
            bg_store(state_type, second_moment, i, v);
            bg_store(state_type, weights, i, clip(bg_load(state_type, weights, i) - step, limit));
        }
    }
}

void bg_update_momentum_reference(int32_t state_type, void *weights, void *momentum, int32_t gradient_type,
    const void *gradient, float gradient_scale, int64_t columns, float rate, float decay, float limit,
    int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < columns; c++) {
            int64_t i = r * columns + c;
            float g = load_gradient(gradient_type, gradient, columns, r, c) * gradient_scale;
            float m = decay * bg_load(state_type, momentum, i) + g;
            bg_store(state_type, momentum, i, m);
            bg_store(state_type, weights, i, clip(bg_load(state_type, weights, i) - rate * m, limit));
        }
    }
}

void bg_update_bop_reference(int32_t weight_type, void *weights, int32_t momentum_type, void *momentum,
    int32_t gradient_type, const void *gradient, float gradient_scale, int64_t columns, float adaptivity,
    float threshold, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < columns; c++) {
            int64_t i = r * columns + c;
            float g = load_gradient(gradient_type, gradient, columns, r, c) * gradient_scale;
            float m = (1 - adaptivity) * bg_load(momentum_type, momentum, i) + adaptivity * g;
            bg_store(momentum_type, momentum, i, m);
            int strong = fabsf(m) > threshold;
            if (weight_type == BG_BITS) {
                int positive = bg_bit(weights, columns, r, c);
                uint64_t flip = strong && (m >= 0) == positive;
                ((uint64_t *)weights)[r * bg_row_words(columns) + c / 64] ^= flip << c % 64;
            } else {
                float *weight = (float *)weights + i;
                *weight = strong && (m >= 0) == (*weight >= 0) ? -*weight : *weight;
            }
        }
    }
}
