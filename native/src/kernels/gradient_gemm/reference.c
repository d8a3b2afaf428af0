#include "dispatch/table.h"
#include "simd/scalar.h"

void bg_input_gradient_reference(int32_t type, const void *dy, const uint64_t *weights, void *dx, int64_t channels,
    int64_t fan_in, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t k = 0; k < fan_in; k++) {
            float sum = 0;
            for (int64_t n = 0; n < channels; n++) {
                sum += bg_load(type, dy, r * channels + n) * bg_bit_sign(weights, fan_in, n, k);
            }
            bg_store(type, dx, r * fan_in + k, sum);
        }
    }
}

void bg_weight_gradient_signs_reference(int32_t type, const void *dy, const uint64_t *x, uint64_t *signs, int64_t rows,
    int64_t channels, int64_t fan_in, int64_t channel_begin, int64_t channel_end) {
    for (int64_t n = channel_begin; n < channel_end; n++) {
        for (int64_t k = 0; k < fan_in; k++) {
            float sum = 0;
            for (int64_t r = 0; r < rows; r++) {
                sum += bg_load(type, dy, r * channels + n) * bg_bit_sign(x, fan_in, r, k);
            }
            bg_set_bit(signs, fan_in, n, k, sum >= 0);
        }
    }
}
