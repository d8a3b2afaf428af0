#include "dispatch/table.h"
#include "simd/simd.h"

BG_INLINE void add(int32_t type, const void *a, const void *b, void *sum, int64_t begin, int64_t end) {
    int64_t i = begin;
    for (; i + VF_LANES <= end; i += VF_LANES) {
        vf total = vf_add(vf_load_typed(type, a, i, VF_LANES), vf_load_typed(type, b, i, VF_LANES));
        vf_store_typed(type, sum, i, total, VF_LANES);
    }
    if (i < end) {
        int n = (int)(end - i);
        vf_store_typed(type, sum, i, vf_add(vf_load_typed(type, a, i, n), vf_load_typed(type, b, i, n)), n);
    }
}

void BG_KERNEL(add)(int32_t type, const void *a, const void *b, void *sum, int64_t begin, int64_t end) {
    if (type == BG_FLOAT32) {
        add(BG_FLOAT32, a, b, sum, begin, end);
    } else {
        add(BG_FLOAT16, a, b, sum, begin, end);
    }
}

BG_INLINE void add_tile(int32_t type, const struct bg_add_tile_operands *o, int64_t row_begin, int64_t row_end) {
    int64_t channels = o->tile.channels;
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < channels; c += VF_LANES) {
            int n = vf_count(c, channels);
            int64_t at = r * o->tile.columns + o->tile.first + c;
            vf values = vf_load_typed(type, o->values, r * channels + c, n);
            vf_store(o->sum + at, o->base == NULL ? values : vf_add(vf_load(o->base + at, n), values), n);
        }
    }
}

void BG_KERNEL(add_tile)(const struct bg_add_tile_operands *operands, int64_t row_begin, int64_t row_end) {
    const struct bg_add_tile_operands o = *operands;
    if (o.type == BG_FLOAT32) {
        add_tile(BG_FLOAT32, &o, row_begin, row_end);
    } else {
        add_tile(BG_FLOAT16, &o, row_begin, row_end);
    }
}

void BG_KERNEL(accumulate)(const float *values, int64_t first, int32_t begins, float *sum, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i += VF_LANES) {
        int n = vf_count(i, end);
        vf v = vf_load(values + i - first, n);
        vf_store(sum + i, begins ? v : vf_add(vf_load(sum + i, n), v), n);
    }
}
