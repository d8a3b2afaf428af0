#include "dispatch/table.h"
#include "simd/scalar.h"

void bg_binary_gemm_reference(const uint64_t *x, const uint64_t *weights, int16_t *y, int64_t channels, int64_t fan_in,
    int64_t row_begin, int64_t row_end) {
    int64_t words = bg_row_words(fan_in);
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t n = 0; n < channels; n++) {
            int differing = 0; /* padding is clear on both sides and differs nowhere */
            for (int64_t word = 0; word < words; word++) {
                differing += __builtin_popcountll(x[r * words + word] ^ weights[n * words + word]);
            }
            y[r * channels + n] = (int16_t)(fan_in - 2 * differing);
        }
    }
}
