#include "dispatch/table.h"
#include "simd/simd.h"

void BG_KERNEL(straight_through)(const float *x, float *gradient, int64_t begin, int64_t end) {
    const vf one = vf_set1(1.0f);
    for (int64_t i = begin; i < end; i += VF_LANES) {
        int n = vf_count(i, end);
        uint32_t inside = vf_at_most(vf_abs(vf_load(x + i, n)), one);
        vf_store(gradient + i, vf_select(vf_load(gradient + i, n), inside), n);
    }
}
