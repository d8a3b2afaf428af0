#include "dispatch/table.h"
#include "simd/scalar.h"

void bg_straight_through_reference(const float *x, float *gradient, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
        gradient[i] = fabsf(x[i]) <= 1 ? gradient[i] : 0;
    }
}

void bg_straight_through_mask_reference(
    int32_t type, const uint64_t *mask, void *gradient, int64_t columns, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < columns; c++) {
            int64_t i = r * columns + c;
            bg_store(type, gradient, i, bg_bit(mask, columns, r, c) ? bg_load(type, gradient, i) : 0);
        }
    }
}
