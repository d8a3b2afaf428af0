#include "dispatch/table.h"
#include "kernels/softmax/exponential.h"
#include "simd/scalar.h"

/* e^x for x <= 0, as exponential.h describes. */
static float exponential(float x) {
    if (isnan(x)) {
        return x;
    }
    x = x < EXP_LOWEST ? EXP_LOWEST : x;
    const float round_to_even = 0x1.8p23f; /* what is added to it has no fraction left */
    float k = (x * ONE_OVER_LN2 + round_to_even) - round_to_even;
    float r = (x - k * LN2_HIGH) - k * LN2_LOW;
    float p = exp_coefficients[0];
    for (int i = 1; i < EXP_TERMS; i++) {
        p = p * r + exp_coefficients[i];
    }
    uint32_t bits = (uint32_t)((int32_t)k + 127) << 23;
    float power_of_two;
    memcpy(&power_of_two, &bits, sizeof bits);
    return (1.0f + (r + (r * r) * p)) * power_of_two;
}

void bg_softmax_cross_entropy_reference(
    const struct bg_softmax_cross_entropy_operands *o, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        const float *row = o->logits + r * o->classes;
        int32_t label = o->labels[r];
        int32_t prediction = bg_largest(row, o->classes);
        float largest = row[prediction];
        double sum = 0;
        for (int64_t c = 0; c < o->classes; c++) {
            sum += (double)exponential(row[c] - largest);
        }
        o->predictions[r] = prediction;
        o->losses[r] = bg_loss(sum, largest, row[label]);
        for (int64_t c = 0; o->gradient != NULL && c < o->classes; c++) {
            float probability = exponential(row[c] - largest) / (float)sum;
            o->gradient[r * o->classes + c] = (probability - (c == label ? 1.0f : 0.0f)) * o->scale;
        }
    }
}
