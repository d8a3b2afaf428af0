#include "dispatch/table.h"
#include "kernels/softmax/exponential.h"
#include "simd/simd.h"

/* e^x for x <= 0, as exponential.h describes. Lanes behind a row's end may hold any x. */
BG_INLINE vf exponential(vf x) {
    x = vf_min(vf_set1(0), vf_max(vf_set1(EXP_LOWEST), x)); /* in this order NaN stays */
    vf k = vf_round(vf_mul(x, vf_set1(ONE_OVER_LN2)));
    vf r = vf_sub(vf_sub(x, vf_mul(k, vf_set1(LN2_HIGH))), vf_mul(k, vf_set1(LN2_LOW)));
    vf p = vf_set1(exp_coefficients[0]);
    for (int i = 1; i < EXP_TERMS; i++) {
        p = vf_add(vf_mul(p, r), vf_set1(exp_coefficients[i]));
    }
    vf power = vf_add(vf_set1(1.0f), vf_add(r, vf_mul(vf_mul(r, r), p)));
    return vf_mul(power, vf_power_of_two(k));
}

void BG_KERNEL(softmax_cross_entropy)(
    const struct bg_softmax_cross_entropy_operands *operands, int64_t row_begin, int64_t row_end) {
    const struct bg_softmax_cross_entropy_operands o = *operands;
    for (int64_t r = row_begin; r < row_end; r++) {
        const float *row = o.logits + r * o.classes;
        int32_t label = o.labels[r];
        int32_t prediction = bg_largest(row, o.classes);
        float largest = row[prediction];
        double sum = 0;
        for (int64_t c = 0; c < o.classes; c += VF_LANES) {
            int n = vf_count(c, o.classes);
            float powers[VF_LANES];
            vf_store(powers, exponential(vf_sub(vf_load(row + c, n), vf_set1(largest))), VF_LANES);
            for (int lane = 0; lane < n; lane++) {
                sum += (double)powers[lane];
            }
        }
        o.predictions[r] = prediction;
        o.losses[r] = bg_loss(sum, largest, row[label]);
        for (int64_t c = 0; o.gradient != NULL && c < o.classes; c += VF_LANES) {
            int n = vf_count(c, o.classes);
            vf power = exponential(vf_sub(vf_load(row + c, n), vf_set1(largest)));
            int64_t label_lane = label - c;
            uint32_t label_bit = label_lane >= 0 && label_lane < n ? 1u << label_lane : 0;
            vf target = vf_select(vf_set1(1.0f), label_bit);
            vf g = vf_mul(vf_sub(vf_div(power, vf_set1((float)sum)), target), vf_set1(o.scale));
            vf_store(o.gradient + r * o.classes + c, g, n);
        }
    }
}
