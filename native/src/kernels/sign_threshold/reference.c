#include "dispatch/table.h"
#include "simd/scalar.h"

void bg_threshold_signs_reference(int32_t type, const void *y, const int32_t *thresholds, int64_t channels,
    uint64_t *signs, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < channels; c++) {
            bg_set_bit(signs, channels, r, c, bg_load(type, y, r * channels + c) >= (float)thresholds[c]);
        }
    }
}
