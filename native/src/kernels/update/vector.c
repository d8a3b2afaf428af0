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

BG_INLINE void adam(int32_t state_type, int32_t gradient_type, void *weights, void *momentum, void *second_moment,
    const void *gradient, float gradient_scale, int64_t columns, float rate, float beta1, float beta2, float epsilon,
    float momentum_correction, float second_moment_correction, float limit, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < columns; c += VF_LANES) {
            int n = vf_count(c, columns);
            int64_t i = r * columns + c;
            vf g = load_gradient(gradient_type, gradient, vf_set1(gradient_scale), columns, r, c, n);
            vf m = average(beta1, vf_load_typed(state_type, momentum, i, n), g);
            vf v = average(beta2, vf_load_typed(state_type, second_moment, i, n), vf_mul(g, g));
            vf deviation = vf_sqrt(vf_mul(v, vf_set1(second_moment_correction)));
            vf numerator = vf_mul(vf_set1(rate), vf_mul(m, vf_set1(momentum_correction)));
            vf step = vf_div(numerator, vf_add(deviation, vf_set1(epsilon)));
            vf w = vf_sub(vf_load_typed(state_type, weights, i, n), step);
            vf_store_typed(state_type, momentum, i, m, n);
            vf_store_typed(state_type, second_moment, i, v, n);
            vf_store_typed(state_type, weights, i, clip(w, limit), n);
        }
    }
}

BG_INLINE void sgd_momentum(int32_t state_type, int32_t gradient_type, void *weights, void *momentum,
    const void *gradient, float gradient_scale, int64_t columns, float rate, float decay, float limit,
    int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < columns; c += VF_LANES) {
            int n = vf_count(c, columns);
            int64_t i = r * columns + c;
            vf g = load_gradient(gradient_type, gradient, vf_set1(gradient_scale), columns, r, c, n);
            vf m = vf_add(vf_mul(vf_set1(decay), vf_load_typed(state_type, momentum, i, n)), g);
            vf w = vf_sub(vf_load_typed(state_type, weights, i, n), vf_mul(vf_set1(rate), m));
            vf_store_typed(state_type, momentum, i, m, n);
            vf_store_typed(state_type, weights, i, clip(w, limit), n);
        }
    }
}

BG_INLINE void bop(int32_t weight_type, int32_t momentum_type, int32_t gradient_type, void *weights, void *momentum,
    const void *gradient, float gradient_scale, int64_t columns, float adaptivity, float threshold, int64_t row_begin,
    int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < columns; c += VF_LANES) {
            int n = vf_count(c, columns);
            int64_t i = r * columns + c;
            uint32_t lanes = (1u << n) - 1;
            vf g = load_gradient(gradient_type, gradient, vf_set1(gradient_scale), columns, r, c, n);
            vf m = vf_add(vf_mul(vf_set1(1 - adaptivity), vf_load_typed(momentum_type, momentum, i, n)),
                vf_mul(vf_set1(adaptivity), g));
            vf_store_typed(momentum_type, momentum, i, m, n);
            if (weight_type == BG_BITS) {
                uint64_t *word = (uint64_t *)weights + r * bg_row_words(columns) + c / 64;
                uint32_t positive = (uint32_t)(*word >> c % 64);
                *word ^= (uint64_t)(flips(m, threshold, positive) & lanes) << c % 64;
            } else {
                float *weight = (float *)weights + i;
                vf w = vf_load(weight, n);
                vf_store(weight, vf_flip(w, ~flips(m, threshold, vf_nonnegative(w))), n);
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

void BG_KERNEL(update_adam)(int32_t state_type, void *weights, void *momentum, void *second_moment,
    int32_t gradient_type, const void *gradient, float gradient_scale, int64_t columns, float rate, float beta1,
    float beta2, float epsilon, float momentum_correction, float second_moment_correction, float limit,
    int64_t row_begin, int64_t row_end) {
#define ADAM(real, kind)                                                                                               \
    adam(real, kind, weights, momentum, second_moment, gradient, gradient_scale, columns, rate, beta1, beta2, epsilon, \
        momentum_correction, second_moment_correction, limit, row_begin, row_end)
    BY_TYPES(state_type, gradient_type, ADAM)
}

void BG_KERNEL(update_momentum)(int32_t state_type, void *weights, void *momentum, int32_t gradient_type,
    const void *gradient, float gradient_scale, int64_t columns, float rate, float decay, float limit,
    int64_t row_begin, int64_t row_end) {
#define SGD_MOMENTUM(real, kind)                                                                                       \
    sgd_momentum(                                                                                                      \
        real, kind, weights, momentum, gradient, gradient_scale, columns, rate, decay, limit, row_begin, row_end)
    BY_TYPES(state_type, gradient_type, SGD_MOMENTUM)
}

void BG_KERNEL(update_bop)(int32_t weight_type, void *weights, int32_t momentum_type, void *momentum,
    int32_t gradient_type, const void *gradient, float gradient_scale, int64_t columns, float adaptivity,
    float threshold, int64_t row_begin, int64_t row_end) {
#define BOP(real, kind)                                                                                                \
    bop(weight_type, real, kind, weights, momentum, gradient, gradient_scale, columns, adaptivity, threshold,          \
        row_begin, row_end)
    BY_TYPES(momentum_type, gradient_type, BOP)
}
