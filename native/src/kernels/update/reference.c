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

void bg_update_adam_reference(const struct bg_update_adam_operands *o, float rate, float momentum_correction,
    float second_moment_correction, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < o->columns; c++) {
            int64_t i = r * o->columns + c;
            float g = load_gradient(o->gradient_type, o->gradient, o->columns, r, c) * o->gradient_scale;
            float m = o->beta1 * bg_load(o->state_type, o->momentum, i) + (1 - o->beta1) * g;
            float v = o->beta2 * bg_load(o->state_type, o->second_moment, i) + (1 - o->beta2) * (g * g);
            float step = rate * (m * momentum_correction) / (sqrtf(v * second_moment_correction) + o->epsilon);
            float w = bg_load(o->state_type, o->weights, i) - step;
            bg_store(o->state_type, o->momentum, i, m);
            bg_store(o->state_type, o->second_moment, i, v);
            bg_store(o->state_type, o->weights, i, clip(w, o->limit));
        }
    }
}

void bg_update_momentum_reference(
    const struct bg_update_momentum_operands *o, float rate, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < o->columns; c++) {
            int64_t i = r * o->columns + c;
            float g = load_gradient(o->gradient_type, o->gradient, o->columns, r, c) * o->gradient_scale;
            float m = o->decay * bg_load(o->state_type, o->momentum, i) + g;
            float w = bg_load(o->state_type, o->weights, i) - rate * m;
            bg_store(o->state_type, o->momentum, i, m);
            bg_store(o->state_type, o->weights, i, clip(w, o->limit));
        }
    }
}

void bg_update_bop_reference(
    const struct bg_update_bop_operands *o, float adaptivity, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < o->columns; c++) {
            int64_t i = r * o->columns + c;
            float g = load_gradient(o->gradient_type, o->gradient, o->columns, r, c) * o->gradient_scale;
            float m = (1 - adaptivity) * bg_load(o->momentum_type, o->momentum, i) + adaptivity * g;
            bg_store(o->momentum_type, o->momentum, i, m);
            int strong = fabsf(m) > o->threshold;
            if (o->weight_type == BG_BITS) {
                int positive = bg_bit(o->weights, o->columns, r, c);
                uint64_t flip = strong && (m >= 0) == positive;
                ((uint64_t *)o->weights)[r * bg_row_words(o->columns) + c / 64] ^= flip << c % 64;
            } else {
                float *weight = (float *)o->weights + i;
                *weight = strong && (m >= 0) == (*weight >= 0) ? -*weight : *weight;
            }
        }
    }
}
