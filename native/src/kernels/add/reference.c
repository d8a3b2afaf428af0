#include "dispatch/table.h"
#include "simd/scalar.h"

void bg_add_reference(int32_t type, const void *a, const void *b, void *sum, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
        bg_store(type, sum, i, bg_load(type, a, i) + bg_load(type, b, i));
    }
}

void bg_add_tile_reference(const struct bg_add_tile_operands *o, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < o->tile.channels; c++) {
            int64_t at = r * o->tile.columns + o->tile.first + c;
            float value = bg_load(o->type, o->values, r * o->tile.channels + c);
            o->sum[at] = o->base == NULL ? value : o->base[at] + value;
        }
    }
}

void bg_accumulate_reference(
    const float *values, int64_t first, int32_t begins, float *sum, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
        sum[i] = begins ? values[i - first] : sum[i] + values[i - first];
    }
}
