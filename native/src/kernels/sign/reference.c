#include "dispatch/table.h"
#include "simd/scalar.h"

void bg_sign_reference(const float *values, float *signs, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
        signs[i] = values[i] >= 0 ? 1.0f : -1.0f;
    }
}

void bg_sign_pack_reference(const struct bg_sign_pack_operands *o, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < o->tile.channels; c++) {
            float value = bg_load(o->type, o->values, r * o->tile.channels + c);
            bg_set_bit(o->bits, o->tile.columns, r, o->tile.first + c, value >= 0);
            if (o->straight_through != NULL) {
                bg_set_bit(o->straight_through, o->tile.columns, r, o->tile.first + c, fabsf(value) <= o->limit);
            }
        }
    }
}
