/* The straight-through estimator's mask. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_STRAIGHT_THROUGH_H
#define BG_STRAIGHT_THROUGH_H

#include <stdint.h>

typedef void bg_straight_through_kernel(const float *x, float *gradient, int64_t begin, int64_t end);

#endif
