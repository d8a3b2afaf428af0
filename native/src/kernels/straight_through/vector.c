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

BG_INLINE void mask_rows(
    int32_t type, const uint64_t *mask, void *gradient, int64_t columns, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        const uint64_t *row = mask + r * bg_row_words(columns);
        for (int64_t c = 0; c < columns; c += VF_LANES) {
            int n = vf_count(c, columns);
            vf g = vf_load_typed(type, gradient, r * columns + c, n);
            vf_store_typed(type, gradient, r * columns + c, vf_select(g, bg_read_bits(row, c, n)), n);
        }
    }
}

void BG_KERNEL(straight_through_mask)(
    int32_t type, const uint64_t *mask, void *gradient, int64_t columns, int64_t row_begin, int64_t row_end) {
    if (type == BG_FLOAT32) {
        mask_rows(BG_FLOAT32, mask, gradient, columns, row_begin, row_end);
    } else {
        mask_rows(BG_FLOAT16, mask, gradient, columns, row_begin, row_end);
    }
}
