#include <string.h>

#include "dispatch/table.h"

/* The element of the images that column j of output pixel r is, or -1 where it lies beyond the edges. */
static int64_t element(const struct bg_geometry *c, int64_t r, int64_t j) {
    int64_t image = r / c->out_pixels;
    int64_t tap = j / c->channels;
    int64_t y = bg_input_of(bg_row_axis(c), r % c->out_pixels / c->out_width, tap / c->kernel_width);
    int64_t x = bg_input_of(bg_column_axis(c), r % c->out_width, tap % c->kernel_width);
    return y >= 0 && x >= 0 ? ((image * c->height + y) * c->width + x) * c->channels + j % c->channels : -1;
}

void bg_im2col_reference(const struct bg_geometry *c, const float *x, float *columns, int64_t column_begin,
    int64_t column_end, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t j = column_begin; j < column_end; j++) {
            int64_t i = element(c, r, j);
            *columns++ = i < 0 ? 0.0f : x[i];
        }
    }
}

void bg_im2col_signs_reference(const struct bg_geometry *c, const float *x, float *columns, int64_t column_begin,
    int64_t column_end, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t j = column_begin; j < column_end; j++) {
            int64_t i = element(c, r, j);
            *columns++ = i < 0 ? 0.0f : x[i] >= 0 ? 1.0f : -1.0f;
        }
    }
}

void bg_col2im_reference(
    const struct bg_geometry *c, const float *columns, float *dx, int64_t row_begin, int64_t row_end) {
    const int64_t image_size = c->pixels * c->channels;
    for (int64_t r = row_begin; r < row_end; r++) {
        if (r % c->out_pixels == 0) {
            memset(dx + r / c->out_pixels * image_size, 0, (size_t)image_size * sizeof *dx);
        }
        for (int64_t j = 0; j < c->taps * c->channels; j++, columns++) {
            int64_t i = element(c, r, j);
            if (i >= 0) {
                dx[i] += *columns;
            }
        }
    }
}
