#include "dispatch/check.h"
#include "dispatch/table.h"

/* What both functions check, by the names of their parameters; declares the convolution as `c`. */
#define CHECK_IM2COL(c)                                                                                                \
    BG_CHECK_CONVOLUTION(convolution, c);                                                                              \
    BG_CHECK_OPERAND(x);                                                                                               \
    BG_CHECK_OPERAND(columns);                                                                                         \
    BG_CHECK_RANGE(row_begin, row_end);                                                                                \
    BG_CHECK_RANGE_OF(column_begin, column_end, (c).taps *(c).channels)

int32_t bg_im2col(const struct bg_convolution *convolution, const float *x, float *columns, int64_t column_begin,
    int64_t column_end, int64_t row_begin, int64_t row_end) {
    CHECK_IM2COL(c);
    bg_table.im2col(&c, x, columns, column_begin, column_end, row_begin, row_end);
    return BG_OK;
}

int32_t bg_im2col_signs(const struct bg_convolution *convolution, const float *x, float *columns, int64_t column_begin,
    int64_t column_end, int64_t row_begin, int64_t row_end) {
    CHECK_IM2COL(c);
    bg_table.im2col_signs(&c, x, columns, column_begin, column_end, row_begin, row_end);
    return BG_OK;
}

int32_t bg_col2im(
    const struct bg_convolution *convolution, const float *columns, float *dx, int64_t row_begin, int64_t row_end) {
    BG_CHECK_CONVOLUTION(convolution, c);
    BG_CHECK_OPERAND(columns);
    BG_CHECK_OPERAND(dx);
    BG_CHECK_RANGE(row_begin, row_end);
    bg_table.col2im(&c, columns, dx, row_begin, row_end);
    return BG_OK;
}
