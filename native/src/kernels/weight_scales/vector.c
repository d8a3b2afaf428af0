#include "dispatch/table.h"
#include "simd/simd.h"

enum { VECTORS = BG_SCALE_SUMS / VF_LANES };

BG_INLINE void weight_scales(int32_t type, const void *weights, int64_t fan_in, float unit, float *scales,
    int64_t channel_begin, int64_t channel_end) {
    for (int64_t c = channel_begin; c < channel_end; c++) {
        int64_t end = (c + 1) * fan_in;
        vf sums[VECTORS];
        for (int v = 0; v < VECTORS; v++) {
            sums[v] = vf_set1(0);
        }
        int64_t i = c * fan_in;
        for (; i + BG_SCALE_SUMS <= end; i += BG_SCALE_SUMS) {
            for (int v = 0; v < VECTORS; v++) {
                sums[v] = vf_add(sums[v], vf_abs(vf_load_typed(type, weights, i + v * VF_LANES, VF_LANES)));
            }
        }
        for (int v = 0; i < end; v++, i += VF_LANES) { /* lanes beyond the end are zeros, which change no sum */
            sums[v] = vf_add(sums[v], vf_abs(vf_load_typed(type, weights, i, vf_count(i, end))));
        }
        float lanes[BG_SCALE_SUMS];
        for (int v = 0; v < VECTORS; v++) {
            vf_store(lanes + v * VF_LANES, sums[v], VF_LANES);
        }
        scales[c] = bg_scale_of_sums(lanes, fan_in, unit);
    }
}

void BG_KERNEL(weight_scales)(int32_t type, const void *weights, int64_t fan_in, float unit, float *scales,
    int64_t channel_begin, int64_t channel_end) {
    switch (type) {
    case BG_FLOAT32:
        weight_scales(BG_FLOAT32, weights, fan_in, unit, scales, channel_begin, channel_end);
        break;
    case BG_FLOAT16:
        weight_scales(BG_FLOAT16, weights, fan_in, unit, scales, channel_begin, channel_end);
        break;
    default:
        weight_scales(BG_INT8, weights, fan_in, unit, scales, channel_begin, channel_end);
    }
}
