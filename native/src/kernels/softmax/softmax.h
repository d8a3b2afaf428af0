/* Softmax cross-entropy. Arguments as in bitgrad.h, checked, labels too: no kernel sees a bad one. */
#ifndef BG_SOFTMAX_H
#define BG_SOFTMAX_H

#include <stdint.h>

typedef void bg_softmax_cross_entropy_kernel(const float *logits, const int32_t *labels, int64_t classes, float scale,
    float *gradient, float *losses, int32_t *predictions, int64_t row_begin, int64_t row_end);

#endif
