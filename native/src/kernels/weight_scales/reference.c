#include "dispatch/table.h"
#include "simd/scalar.h"

void bg_weight_scales_reference(int32_t type, const void *weights, int64_t fan_in, float unit, float *scales,
    int64_t channel_begin, int64_t channel_end) {
    for (int64_t c = channel_begin; c < channel_end; c++) {
        float sums[BG_SCALE_SUMS] = {0};
        for (int64_t i = 0; i < fan_in; i++) {
            sums[i % BG_SCALE_SUMS] += fabsf(bg_load(type, weights, c * fan_in + i));
        }
        scales[c] = bg_scale_of_sums(sums, fan_in, unit);
    }
}
