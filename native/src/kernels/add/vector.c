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
