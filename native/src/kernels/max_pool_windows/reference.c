#include <string.h>

#include "dispatch/table.h"
#include "simd/scalar.h"

/* The row of a window's values, and of the first plane of its positions. */
static int64_t window_row(const struct bg_sliding_windows *w, int64_t image, int64_t row, int64_t column) {
    return (image * bg_window_rows(w) + row) * bg_window_columns(w) + column;
}

/* Whether pixel (y, x) of a window lies in the image, and not in the padding. */
static int is_in_image(const struct bg_sliding_windows *w, int64_t row, int64_t column, int64_t y, int64_t x) {
    int64_t line = row * w->stride_height - w->padding_height + y;
    int64_t place = column * w->stride_width - w->padding_width + x;
    return line >= 0 && line < w->height && place >= 0 && place < w->width;
}

/* One window of one channel. */
static void pool(const struct bg_sliding_windows *w, const struct bg_max_pool_windows_operands *o, int64_t image,
    int64_t row, int64_t column, int64_t channel) {
    int64_t elements = w->window_height * w->window_width;
    int64_t to = window_row(w, image, row, column);
    int64_t best = -1;
    float largest = 0;
    for (int64_t k = 0; k < elements; k++) {
        int64_t y = k / w->window_width;
        int64_t x = k % w->window_width;
        if (is_in_image(w, row, column, y, x)) {
            float value =
                bg_load(o->type, o->x, bg_pixel_of_window(w, image, row, column, y, x) * w->channels + channel);
            if (best < 0 || value > largest) {
                largest = value;
                best = k;
            }
        }
    }
    o->pooled[to * w->channels + channel] = largest;
    if (o->argmax != NULL) {
        int64_t plane_rows = o->images * bg_window_rows(w) * bg_window_columns(w);
        for (int plane = 0; plane < bg_argmax_planes(elements); plane++) {
            bg_set_bit(o->argmax, o->columns, plane * plane_rows + to, o->first + channel, best >> plane & 1);
        }
    }
}

void bg_max_pool_windows_reference(const struct bg_sliding_windows *w, const struct bg_max_pool_windows_operands *o,
    int64_t image_begin, int64_t image_end) {
    for (int64_t image = image_begin; image < image_end; image++) {
        for (int64_t row = 0; row < bg_window_rows(w); row++) {
            for (int64_t column = 0; column < bg_window_columns(w); column++) {
                for (int64_t channel = 0; channel < w->channels; channel++) {
                    pool(w, o, image, row, column, channel);
                }
            }
        }
    }
}

/* Adds the gradient of one window to the pixel that it selected. */
static void unpool(const struct bg_sliding_windows *w, const struct bg_max_pool_windows_backward_operands *o,
    int64_t image, int64_t row, int64_t column, int64_t channel) {
    int64_t elements = w->window_height * w->window_width;
    int64_t from = window_row(w, image, row, column);
    int64_t plane_rows = o->images * bg_window_rows(w) * bg_window_columns(w);
    int64_t k = 0;
    for (int plane = 0; plane < bg_argmax_planes(elements); plane++) {
        int64_t bit = bg_bit(o->argmax, o->columns, plane * plane_rows + from, o->first + channel);
        k |= bit << plane;
    }
    int64_t y = k / w->window_width;
    int64_t x = k % w->window_width;
    /* argmax is the caller's, and nothing outside of the image is written */
    if (k < elements && is_in_image(w, row, column, y, x)) {
        o->gradient[bg_pixel_of_window(w, image, row, column, y, x) * w->channels + channel] +=
            o->pooled_gradient[from * w->channels + channel];
    }
}

void bg_max_pool_windows_backward_reference(const struct bg_sliding_windows *w,
    const struct bg_max_pool_windows_backward_operands *o, int64_t image_begin, int64_t image_end) {
    int64_t image_size = w->height * w->width * w->channels;
    for (int64_t image = image_begin; image < image_end; image++) {
        memset(o->gradient + image * image_size, 0, (size_t)image_size * sizeof *o->gradient);
        for (int64_t row = 0; row < bg_window_rows(w); row++) {
            for (int64_t column = 0; column < bg_window_columns(w); column++) {
                for (int64_t channel = 0; channel < w->channels; channel++) {
                    unpool(w, o, image, row, column, channel);
                }
            }
        }
    }
}
