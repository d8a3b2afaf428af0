/* The geometry of windows that may overlap, as every kernel on them reads it. */
#ifndef BG_KERNELS_WINDOWS_H
#define BG_KERNELS_WINDOWS_H

#include "dispatch/check.h"

static inline int32_t bg_check_windows(const struct bg_sliding_windows *w) {
    BG_CHECK_OPERANDS(w);
    BG_CHECK_SIZE(w->height);
    BG_CHECK_SIZE(w->width);
    BG_CHECK_SIZE(w->channels);
    BG_CHECK_SIZE(w->height * w->width);
    BG_CHECK_SIZE(w->height * w->width * w->channels);
    BG_CHECK_SIZE(w->window_height);
    BG_CHECK_SIZE(w->window_width);
    BG_CHECK_SIZE(w->stride_height);
    BG_CHECK_SIZE(w->stride_width);
    BG_CHECK(w->padding_height >= 0 && w->padding_height < w->window_height, BG_BAD_SHAPE);
    BG_CHECK(w->padding_width >= 0 && w->padding_width < w->window_width, BG_BAD_SHAPE);
    BG_CHECK(w->window_height <= w->height + 2 * w->padding_height, BG_BAD_SHAPE);
    BG_CHECK(w->window_width <= w->width + 2 * w->padding_width, BG_BAD_SHAPE);
    return BG_OK;
}

#define BG_CHECK_WINDOWS(windows) BG_CHECK_STATUS(bg_check_windows(windows))

/* Rows of windows in an image. */
static inline int64_t bg_window_rows(const struct bg_sliding_windows *w) {
    return (w->height + 2 * w->padding_height - w->window_height) / w->stride_height + 1;
}

/* Windows in a row of windows. */
static inline int64_t bg_window_columns(const struct bg_sliding_windows *w) {
    return (w->width + 2 * w->padding_width - w->window_width) / w->stride_width + 1;
}

/* What lies in [begin, end). */
struct bg_span {
    int64_t begin;
    int64_t end;
};

/* The rows, or the columns, of a window that lie in the image, counted from the window's first one. */
static inline struct bg_span bg_span_in_image(
    int64_t window, int64_t stride, int64_t padding, int64_t size, int64_t image) {
    int64_t first = window * stride - padding;
    return (struct bg_span){first < 0 ? -first : 0, first + size <= image ? size : image - first};
}

static inline struct bg_span bg_rows_in_image(const struct bg_sliding_windows *w, int64_t row) {
    return bg_span_in_image(row, w->stride_height, w->padding_height, w->window_height, w->height);
}

static inline struct bg_span bg_columns_in_image(const struct bg_sliding_windows *w, int64_t column) {
    return bg_span_in_image(column, w->stride_width, w->padding_width, w->window_width, w->width);
}

/* The rows, or the columns, of windows that contain a row, or a column, of pixels. */
static inline struct bg_span bg_span_of_windows(
    int64_t pixel, int64_t stride, int64_t padding, int64_t size, int64_t windows) {
    int64_t before = pixel + padding - size; /* windows that begin here or earlier end before the pixel */
    int64_t last = (pixel + padding) / stride;
    return (struct bg_span){before < 0 ? 0 : before / stride + 1, last < windows ? last + 1 : windows};
}

static inline struct bg_span bg_window_rows_of(const struct bg_sliding_windows *w, int64_t y) {
    return bg_span_of_windows(y, w->stride_height, w->padding_height, w->window_height, bg_window_rows(w));
}

static inline struct bg_span bg_window_columns_of(const struct bg_sliding_windows *w, int64_t x) {
    return bg_span_of_windows(x, w->stride_width, w->padding_width, w->window_width, bg_window_columns(w));
}

/* The row of the matrix of pixels that pixel (y, x) of a window is: [images * height * width, channels]. */
static inline int64_t bg_pixel_of_window(
    const struct bg_sliding_windows *w, int64_t image, int64_t row, int64_t column, int64_t y, int64_t x) {
    int64_t line = image * w->height + row * w->stride_height - w->padding_height + y;
    return line * w->width + column * w->stride_width - w->padding_width + x;
}

#endif
