/* Images as columns of a matrix product. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_IM2COL_H
#define BG_IM2COL_H

#include <stdint.h>

#include "kernels/convolution.h"

typedef void bg_im2col_kernel(const struct bg_geometry *c, const float *x, float *columns, int64_t column_begin,
    int64_t column_end, int64_t row_begin, int64_t row_end);

typedef bg_im2col_kernel bg_im2col_signs_kernel;

typedef void bg_col2im_kernel(
    const struct bg_geometry *c, const float *columns, float *dx, int64_t row_begin, int64_t row_end);

#endif
