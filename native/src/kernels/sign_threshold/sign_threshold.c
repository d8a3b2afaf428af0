#include "dispatch/table.h"

/* The sign of a normalised sum, by the arithmetic of bg_batch_norm_sign: monotone in y, because rounding is. */
static int is_positive(int32_t y, float mean, float shift) {
    return ((float)y - mean) + shift >= 0;
}

/* Thresholds are made once for each network that is loaded, so there is one form for all instruction sets. */
int32_t bg_sign_thresholds(const float *mean, const float *deviation, const float *beta, int32_t *thresholds,
    int64_t channel_begin, int64_t channel_end) {
    BG_CHECK_OPERAND(mean);
    BG_CHECK_OPERAND(deviation);
    BG_CHECK_OPERAND(beta);
    BG_CHECK_OPERAND(thresholds);
    BG_CHECK_RANGE(channel_begin, channel_end);
    for (int64_t c = channel_begin; c < channel_end; c++) {
        float shift = beta[c] * deviation[c];
        int32_t below = -BG_MAX_SUM - 1; /* the sign is -1 up to here, and +1 from `least` on */
        int32_t least = BG_MAX_SUM + 1;
        while (least - below > 1) {
            int32_t middle = below + (least - below) / 2;
            if (is_positive(middle, mean[c], shift)) {
                least = middle;
            } else {
                below = middle;
            }
        }
        thresholds[c] = least;
    }
    return BG_OK;
}
