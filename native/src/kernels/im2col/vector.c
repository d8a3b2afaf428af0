#include "dispatch/table.h"
#include "simd/simd.h"

/* Where the first tap of an output pixel lies: a pixel of an image, or beyond its upper and left edges. */
struct corner {
    int64_t image;
    int64_t y;
    int64_t x;
};

/*
 * A row of taps of one output pixel is a run of kernel_width * channels columns, and as many elements of an image one
 * after the other, of which those in [inside_begin, inside_end) of the run exist. At least one pixel of a row does
 * where its y does, because padding is less than the kernel.
 */
struct run {
    int64_t first; /* the element of the images at the run's start, were it inside */
    int64_t inside_begin;
    int64_t inside_end;
};

BG_INLINE struct corner corner_of(const struct bg_geometry *c, int64_t row) {
    int64_t pixel = row % c->out_pixels;
    return (struct corner){row / c->out_pixels, pixel / c->out_width * c->stride_height - c->padding_height,
        pixel % c->out_width * c->stride_width - c->padding_width};
}

BG_INLINE int64_t at_least(int64_t value, int64_t limit) {
    return value > limit ? value : limit;
}

BG_INLINE int64_t at_most(int64_t value, int64_t limit) {
    return value < limit ? value : limit;
}

BG_INLINE struct run run_of(const struct bg_geometry *c, struct corner corner, int64_t tap_row) {
    int64_t y = corner.y + tap_row;
    int64_t begin = at_least(-corner.x, 0);
    int64_t end = y >= 0 && y < c->height ? at_most(c->width - corner.x, c->kernel_width) : begin;
    int64_t first = ((corner.image * c->height + y) * c->width + corner.x) * c->channels;
    return (struct run){first, begin * c->channels, end * c->channels};
}

BG_INLINE float *fill_zeros(float *to, int64_t count) {
    for (int64_t i = 0; i < count; i += VF_LANES) {
        vf_store(to + i, vf_set1(0.0f), vf_count(i, count));
    }
    return to + count;
}

BG_INLINE void gather(const struct bg_geometry *c, const float *x, float *columns, int64_t column_begin,
    int64_t column_end, int64_t row_begin, int64_t row_end, int signs) {
    const int64_t run_length = c->kernel_width * c->channels;
    for (int64_t r = row_begin; r < row_end; r++) {
        struct corner corner = corner_of(c, r);
        for (int64_t tap_row = column_begin / run_length; tap_row * run_length < column_end; tap_row++) {
            struct run run = run_of(c, corner, tap_row);
            int64_t begin = at_least(column_begin - tap_row * run_length, 0);
            int64_t end = at_most(column_end - tap_row * run_length, run_length);
            int64_t inside_begin = at_most(at_least(run.inside_begin, begin), end);
            int64_t inside_end = at_most(at_least(run.inside_end, inside_begin), end);
            columns = fill_zeros(columns, inside_begin - begin);
            for (int64_t i = inside_begin; i < inside_end; i += VF_LANES) {
                int n = vf_count(i, inside_end);
                vf v = vf_load(x + run.first + i, n);
                vf_store(columns + i - inside_begin, signs ? vf_signs(vf_nonnegative(v)) : v, n);
            }
            columns = fill_zeros(columns + inside_end - inside_begin, end - inside_end);
        }
    }
}

void BG_KERNEL(im2col)(const struct bg_geometry *c, const float *x, float *columns, int64_t column_begin,
    int64_t column_end, int64_t row_begin, int64_t row_end) {
    gather(c, x, columns, column_begin, column_end, row_begin, row_end, 0);
}

void BG_KERNEL(im2col_signs)(const struct bg_geometry *c, const float *x, float *columns, int64_t column_begin,
    int64_t column_end, int64_t row_begin, int64_t row_end) {
    gather(c, x, columns, column_begin, column_end, row_begin, row_end, 1);
}

void BG_KERNEL(col2im)(
    const struct bg_geometry *c, const float *columns, float *dx, int64_t row_begin, int64_t row_end) {
    const int64_t run_length = c->kernel_width * c->channels;
    const int64_t image_size = c->pixels * c->channels;
    for (int64_t r = row_begin; r < row_end; r++) {
        struct corner corner = corner_of(c, r);
        if (r % c->out_pixels == 0) {
            fill_zeros(dx + corner.image * image_size, image_size);
        }
        for (int64_t tap_row = 0; tap_row < c->kernel_height; tap_row++, columns += run_length) {
            struct run run = run_of(c, corner, tap_row);
            for (int64_t i = run.inside_begin; i < run.inside_end; i += VF_LANES) {
                int n = vf_count(i, run.inside_end);
                float *to = dx + run.first + i;
                vf_store(to, vf_add(vf_load(to, n), vf_load(columns + i, n)), n);
            }
        }
    }
}
