#include "dispatch/table.h"
#include "simd/scalar.h"

void bg_straight_through_reference(const float *x, float limit, float *gradient, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
        gradient[i] = fabsf(x[i]) <= limit ? gradient[i] : 0;
    }
}

void bg_approximate_sign_reference(const struct bg_approximate_sign_operands *o, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < o->tile.channels; c++) {
            float magnitude = fabsf(bg_load(o->type, o->x, r * o->tile.columns + o->tile.first + c));
            float *gradient = o->gradient + r * o->tile.channels + c;
            float doubled = 2.0f * magnitude;
            *gradient = magnitude <= 1 ? *gradient * (2.0f - doubled) : 0;
        }
    }
}
