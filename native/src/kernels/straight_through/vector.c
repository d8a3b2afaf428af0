#include "dispatch/table.h"
#include "simd/simd.h"

void BG_KERNEL(straight_through)(const float *x, float limit, float *gradient, int64_t begin, int64_t end) {
    const vf limits = vf_set1(limit);
    for (int64_t i = begin; i < end; i += VF_LANES) {
        int n = vf_count(i, end);
        uint32_t inside = vf_at_most(vf_abs(vf_load(x + i, n)), limits);
        vf_store(gradient + i, vf_select(vf_load(gradient + i, n), inside), n);
    }
}

BG_INLINE void approximate_sign(
    int32_t type, const struct bg_approximate_sign_operands *o, int64_t row_begin, int64_t row_end) {
    const vf one = vf_set1(1.0f);
    const vf two = vf_set1(2.0f);
    int64_t channels = o->tile.channels;
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < channels; c += VF_LANES) {
            int n = vf_count(c, channels);
            vf magnitude = vf_abs(vf_load_typed(type, o->x, r * o->tile.columns + o->tile.first + c, n));
            float *gradient = o->gradient + r * channels + c;
            vf product = vf_mul(vf_load(gradient, n), vf_sub(two, vf_mul(two, magnitude)));
            vf_store(gradient, vf_select(product, vf_at_most(magnitude, one)), n);
        }
    }
}

void BG_KERNEL(approximate_sign)(
    const struct bg_approximate_sign_operands *operands, int64_t row_begin, int64_t row_end) {
    const struct bg_approximate_sign_operands o = *operands;
    if (o.type == BG_FLOAT32) {
        approximate_sign(BG_FLOAT32, &o, row_begin, row_end);
    } else {
        approximate_sign(BG_FLOAT16, &o, row_begin, row_end);
    }
}
