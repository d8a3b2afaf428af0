#include "dispatch/table.h"
#include "simd/scalar.h"

void bg_sign_reference(const float *values, float *signs, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
        signs[i] = values[i] >= 0 ? 1.0f : -1.0f;
    }
}

void bg_sign_pack_reference(int32_t type, const void *values, int64_t columns, uint64_t *bits,
    uint64_t *straight_through, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < columns; c++) {
            float value = bg_load(type, values, r * columns + c);
            bg_set_bit(bits, columns, r, c, value >= 0);
            if (straight_through != NULL) {
                bg_set_bit(straight_through, columns, r, c, fabsf(value) <= 1);
            }
        }
    }
}
