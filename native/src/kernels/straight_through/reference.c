#include "dispatch/table.h"
#include "simd/scalar.h"

void bg_straight_through_reference(const float *x, float *gradient, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
        gradient[i] = fabsf(x[i]) <= 1 ? gradient[i] : 0;
    }
}
