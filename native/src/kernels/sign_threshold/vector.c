#include "dispatch/table.h"
#include "simd/simd.h"

/* Rows of n <= VI_LANES channels from a channel on. */
BG_INLINE void compare_int16(const int16_t *y, const int32_t *thresholds, int64_t channels, uint64_t *signs,
    int64_t row_begin, int64_t row_end, int64_t channel, int n) {
    int64_t words = bg_row_words(channels);
    uint32_t in_matrix = (uint32_t)(((uint64_t)1 << n) - 1);
    int16_t below[VI_LANES] = {0}; /* the largest sum whose sign is -1 */
    for (int i = 0; i < n; i++) {
        int32_t largest = thresholds[channel + i] - 1;
        below[i] = (int16_t)(largest < INT16_MIN ? INT16_MIN : largest > INT16_MAX ? INT16_MAX : largest);
    }
    vi limit = vi_load(below, VI_LANES);
    for (int64_t r = row_begin; r < row_end; r++) {
        uint32_t greater = vi_greater(vi_load(y + r * channels + channel, n), limit);
        bg_write_bits(signs + r * words, channel, greater & in_matrix);
    }
}

/* Rows of n <= VF_LANES channels from a channel on. */
BG_INLINE void compare_float32(const float *y, const int32_t *thresholds, int64_t channels, uint64_t *signs,
    int64_t row_begin, int64_t row_end, int64_t channel, int n) {
    int64_t words = bg_row_words(channels);
    uint32_t in_matrix = (1u << n) - 1;
    int32_t least[VF_LANES] = {0};
    memcpy(least, thresholds + channel, (size_t)n * sizeof *least);
    vf limit = vf_from_int32(least);
    for (int64_t r = row_begin; r < row_end; r++) {
        uint32_t at_least = vf_at_most(limit, vf_load(y + r * channels + channel, n));
        bg_write_bits(signs + r * words, channel, at_least & in_matrix);
    }
}

void BG_KERNEL(threshold_signs)(int32_t type, const void *y, const int32_t *thresholds, int64_t channels,
    uint64_t *signs, int64_t row_begin, int64_t row_end) {
    if (type == BG_INT16) {
        for (int64_t c = 0; c < channels; c += VI_LANES) {
            compare_int16(y, thresholds, channels, signs, row_begin, row_end, c, vi_count(c, channels));
        }
    } else {
        for (int64_t c = 0; c < channels; c += VF_LANES) {
            compare_float32(y, thresholds, channels, signs, row_begin, row_end, c, vf_count(c, channels));
        }
    }
}
