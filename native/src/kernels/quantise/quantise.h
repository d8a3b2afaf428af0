/* Quantisation of a whole operand by a scale of its own. Arguments as in bitgrad.h, checked. */
#ifndef BG_QUANTISE_H
#define BG_QUANTISE_H

#include <stdint.h>

typedef void bg_quantise_kernel(const float *values, int64_t count, int32_t type, void *quantised, float *scale);

#endif
