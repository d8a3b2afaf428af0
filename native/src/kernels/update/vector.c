/*
 * The types are parameters that the compiler sees as constants: each public kernel picks one of the instances that
 * BY_TYPES makes of its body.
 */
#include "dispatch/table.h"
#include "kernels/update/vector_update.h"

/* Keeps NaN, which vf_min and vf_max do for their second operand. */
BG_INLINE vf clip(vf value, float limit) {
    return vf_max(vf_set1(-limit), vf_min(vf_set1(limit), value));
}

/* decay * average + (1 - decay) * value */
BG_INLINE vf average(float decay, vf average, vf value) {
    return vf_add(vf_mul(vf_set1(decay), average), vf_mul(vf_set1(1 - decay), value));
}

BG_INLINE void adam(int32_t state_type, int32_t gradient_type, const struct bg_update_adam_operands *o, float rate,
    float momentum_correction, float second_moment_correction, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < o->columns; c += VF_LANES) {
            int n = vf_count(c, o->columns);
            int64_t i = r * o->columns + c;
            vf g = load_gradient(gradient_type, o->gradient, vf_set1(o->gradient_scale), o->columns, r, c, n);
            vf m = average(o->beta1, vf_load_typed(state_type, o->momentum, i, n), g);
            vf v = average(o->beta2, vf_load_typed(state_type, o->second_moment, i, n), vf_mul(g, g));
            vf deviation = vf_sqrt(vf_mul(v, vf_set1(second_moment_correction)));
            vf numerator = vf_mul(vf_set1(rate), vf_mul(m, vf_set1(momentum_correction)));
            vf step = vf_div(numerator, vf_add(deviation, vf_set1(o->epsilon)));
            vf w = vf_sub(vf_load_typed(state_type, o->weights, i, n), step);
            vf_store_typed(state_type, o->momentum, i, m, n);
            vf_store_typed(state_type, o->second_moment, i, v, n);
            vf_store_typed(state_type, o->weights, i, clip(w, o->limit), n);
        }
    }
}

BG_INLINE void sgd_momentum(int32_t state_type, int32_t gradient_type, const struct bg_update_momentum_operands *o,
    float rate, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < o->columns; c += VF_LANES) {
            int n = vf_count(c, o->columns);
            int64_t i = r * o->columns + c;
            vf g = load_gradient(gradient_type, o->gradient, vf_set1(o->gradient_scale), o->columns, r, c, n);
            vf m = vf_add(vf_mul(vf_set1(o->decay), vf_load_typed(state_type, o->momentum, i, n)), g);
            vf w = vf_sub(vf_load_typed(state_type, o->weights, i, n), vf_mul(vf_set1(rate), m));
            vf_store_typed(state_type, o->momentum, i, m, n);
            vf_store_typed(state_type, o->weights, i, clip(w, o->limit), n);
        }
    }
}

BG_INLINE void bop(int32_t momentum_type, int32_t gradient_type, const struct bg_update_bop_operands *o,
    float adaptivity, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < o->columns; c += VF_LANES) {
            int n = vf_count(c, o->columns);
            int64_t i = r * o->columns + c;
            uint32_t lanes = (1u << n) - 1;
            vf g = load_gradient(gradient_type, o->gradient, vf_set1(o->gradient_scale), o->columns, r, c, n);
            vf m = vf_add(vf_mul(vf_set1(1 - adaptivity), vf_load_typed(momentum_type, o->momentum, i, n)),
                vf_mul(vf_set1(adaptivity), g));
            vf_store_typed(momentum_type, o->momentum, i, m, n);
            if (o->weight_type == BG_BITS) {
                uint64_t *word = (uint64_t *)o->weights + r * bg_row_words(o->columns) + c / 64;
                uint32_t positive = (uint32_t)(*word >> c % 64);
                *word ^= (uint64_t)(flips(m, o->threshold, positive) & lanes) << c % 64;
            } else {
                float *weight = (float *)o->weights + i;
                vf w = vf_load(weight, n);
                vf_store(weight, vf_flip(w, ~flips(m, o->threshold, vf_nonnegative(w))), n);
            }
        }
    }
}

/* Runs `body` with every combination of a float type and a gradient type as constants. */
#define BY_TYPES(real_type, gradient_type, body)                                                                       \
    if ((real_type) == BG_FLOAT32) {                                                                                   \
        BY_GRADIENT_TYPE(BG_FLOAT32, gradient_type, body)                                                              \
    } else {                                                                                                           \
        BY_GRADIENT_TYPE(BG_FLOAT16, gradient_type, body)                                                              \
    }
#define BY_GRADIENT_TYPE(real, gradient_type, body)                                                                    \
    if ((gradient_type) == BG_BITS) {                                                                                  \
        body(real, BG_BITS);                                                                                           \
    } else {                                                                                                           \
        body(real, BG_FLOAT32);                                                                                        \
    }

void BG_KERNEL(update_adam)(const struct bg_update_adam_operands *operands, float rate, float momentum_correction,
    float second_moment_correction, int64_t row_begin, int64_t row_end) {
    const struct bg_update_adam_operands o = *operands;
#define ADAM(real, kind) adam(real, kind, &o, rate, momentum_correction, second_moment_correction, row_begin, row_end)
    BY_TYPES(o.state_type, o.gradient_type, ADAM)
}

void BG_KERNEL(update_momentum)(
    const struct bg_update_momentum_operands *operands, float rate, int64_t row_begin, int64_t row_end) {
    const struct bg_update_momentum_operands o = *operands;
#define SGD_MOMENTUM(real, kind) sgd_momentum(real, kind, &o, rate, row_begin, row_end)
    BY_TYPES(o.state_type, o.gradient_type, SGD_MOMENTUM)
}

void BG_KERNEL(update_bop)(
    const struct bg_update_bop_operands *operands, float adaptivity, int64_t row_begin, int64_t row_end) {
    const struct bg_update_bop_operands o = *operands;
#define BOP(real, kind) bop(real, kind, &o, adaptivity, row_begin, row_end)
    BY_TYPES(o.momentum_type, o.gradient_type, BOP)
}
