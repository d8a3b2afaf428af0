/*
 * e^x and the logarithm in operations that every platform rounds alike, so that a loss has the same bits everywhere.
 *
 * e^x for x <= 0: with k = round(x / ln 2) and r = x - k ln 2, |r| <= ln 2 / 2, it is 2^k e^r. ln 2 is taken in two
 * parts of which the high one has 9 bits, so that k times it is exact for |k| <= 126. e^r = 1 + (r + r^2 p(r)) with p
 * the Taylor polynomial up to r^5 / 7!; what it leaves out is below r^8 / 8! < 6e-9. x is clamped at EXP_LOWEST, where
 * e^x = 1.6e-38 is still normal.
 */
#ifndef BG_SOFTMAX_EXPONENTIAL_H
#define BG_SOFTMAX_EXPONENTIAL_H

#include <stdint.h>
#include <string.h>

#define EXP_LOWEST (-87.0f)
#define ONE_OVER_LN2 0x1.715476p+0f
#define LN2_HIGH 0x1.63p-1f
#define LN2_LOW (-0x1.bd0106p-13f)

/* Of p, the highest power first. */
enum { EXP_TERMS = 6 };
static const float exp_coefficients[EXP_TERMS] = {1.0f / 5040, 1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 1.0f / 2};

/*
 * The logarithm of s >= 1; NaN for NaN. With s = 2^k m, sqrt(1/2) < m < sqrt(2) and f = (m - 1) / (m + 1) it is k ln 2
 * + 2 (f + f^3 / 3 + f^5 / 5 + ...), |f| < 0.172: what is left out after f^19 is below 1e-17.
 */
static inline double bg_log(double s) {
    if (!(s >= 1)) {
        return s;
    }
    const double sqrt2 = 0x1.6a09e667f3bcdp+0;
    uint64_t bits;
    memcpy(&bits, &s, sizeof bits);
    int k = (int)(bits >> 52) - 1023;
    bits = (bits & 0xfffffffffffffu) | (uint64_t)1023 << 52;
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m > sqrt2) {
        m *= 0.5;
        k++;
    }
    double f = (m - 1) / (m + 1);
    double square = f * f;
    double series = 0;
    for (int odd = 19; odd > 0; odd -= 2) {
        series = series * square + 1.0 / odd;
    }
    return k * 0x1.62e42fefa39efp-1 + 2 * f * series;
}

/* The first class with the largest logit; NaN is larger than nothing. */
static inline int32_t bg_largest(const float *logits, int64_t classes) {
    int32_t largest = 0;
    for (int64_t c = 1; c < classes; c++) {
        if (logits[c] > logits[largest]) {
            largest = (int32_t)c;
        }
    }
    return largest;
}

/* The loss of a row: its logarithm of the sum of e^(logit - largest logit), less the label's logit - largest logit. */
static inline float bg_loss(double sum, float largest_logit, float label_logit) {
    return (float)(bg_log(sum) + ((double)largest_logit - (double)label_logit));
}

#endif
