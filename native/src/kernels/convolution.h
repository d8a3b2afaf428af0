/* The geometry of a convolution, as every kernel on images reads it. */
#ifndef BG_KERNELS_CONVOLUTION_H
#define BG_KERNELS_CONVOLUTION_H

#include <stddef.h>

#include "dispatch/check.h"
#include "simd/bits.h"

/* The numbers of enum bg_convolution_number in bitgrad.h, checked, and what follows from them. */
struct bg_convolution {
    int64_t height;
    int64_t width;
    int64_t channels;
    int64_t kernel;
    int64_t stride;
    int64_t padding;
    int64_t out_channels;
    int64_t out_height;
    int64_t out_width;
    int64_t taps;       /* kernel * kernel */
    int64_t pixels;     /* of an input image */
    int64_t out_pixels; /* of an output image */
    int64_t words;      /* of an input pixel in a bit matrix */
};

/* Reads and checks a convolution: BG_OK, or why there is none. */
static inline int32_t bg_read_convolution(const int64_t *numbers, struct bg_convolution *c) {
    BG_CHECK_OPERAND(numbers);
    for (int i = BG_HEIGHT; i <= BG_OUT_CHANNELS; i++) {
        BG_CHECK(numbers[i] >= (i == BG_PADDING ? 0 : 1) && numbers[i] <= BG_MAX_SIZE, BG_BAD_SHAPE);
    }
    c->height = numbers[BG_HEIGHT];
    c->width = numbers[BG_WIDTH];
    c->channels = numbers[BG_CHANNELS];
    c->kernel = numbers[BG_KERNEL];
    c->stride = numbers[BG_STRIDE];
    c->padding = numbers[BG_PADDING];
    c->out_channels = numbers[BG_OUT_CHANNELS];
    BG_CHECK(c->padding < c->kernel, BG_BAD_SHAPE);
    BG_CHECK(c->kernel <= c->height + 2 * c->padding && c->kernel <= c->width + 2 * c->padding, BG_BAD_SHAPE);
    c->out_height = (c->height + 2 * c->padding - c->kernel) / c->stride + 1;
    c->out_width = (c->width + 2 * c->padding - c->kernel) / c->stride + 1;
    /* Each product is of two numbers of at most 2^31 + 2^16, as taps limit the padding, and checked before the next. */
    BG_CHECK_SIZE(c->taps = c->kernel * c->kernel);
    BG_CHECK_SIZE(c->taps * c->channels);
    BG_CHECK_SIZE(c->pixels = c->height * c->width);
    BG_CHECK_SIZE(c->out_pixels = c->out_height * c->out_width);
    c->words = bg_row_words(c->channels);
    return BG_OK;
}

/*
 * Output pixels [begin, end) of one axis that see the same taps [first_tap, end_tap), at least one, inside of the
 * image.
 */
struct bg_tap_range {
    int64_t begin;
    int64_t end;
    int64_t first_tap;
    int64_t end_tap;
};

/* The range from output pixel begin on, along an axis with size input and out_size > begin output pixels. */
static inline struct bg_tap_range bg_next_tap_range(
    const struct bg_convolution *c, int64_t size, int64_t out_size, int64_t begin) {
    struct bg_tap_range range = {begin, begin, 0, 0};
    for (int64_t o = begin; o < out_size; o++) {
        int64_t start = o * c->stride - c->padding;
        int64_t first_tap = start < 0 ? -start : 0;
        int64_t end_tap = size - start < c->kernel ? size - start : c->kernel;
        if (o > begin && (first_tap != range.first_tap || end_tap != range.end_tap)) {
            break;
        }
        range = (struct bg_tap_range){begin, o + 1, first_tap, end_tap};
    }
    return range;
}

/* An output pixel, and one after the other of a range of rows and one of columns, image by image. */
struct bg_out_pixel {
    int64_t image;
    int64_t row;
    int64_t column;
};

static inline void bg_next_out_pixel(
    struct bg_out_pixel *pixel, const struct bg_tap_range *rows, const struct bg_tap_range *columns) {
    if (++pixel->column == columns->end) {
        pixel->column = columns->begin;
        if (++pixel->row == rows->end) {
            pixel->row = rows->begin;
            pixel->image++;
        }
    }
}

/* Its row in the matrix of output pixels. */
static inline int64_t bg_out_row(const struct bg_convolution *c, const struct bg_out_pixel *pixel) {
    return (pixel->image * c->out_height + pixel->row) * c->out_width + pixel->column;
}

/* The row that its first tap inside of the image has in the matrix of input pixels. */
static inline int64_t bg_first_tap_row(const struct bg_convolution *c, const struct bg_out_pixel *pixel,
    const struct bg_tap_range *rows, const struct bg_tap_range *columns) {
    int64_t row = pixel->image * c->height + pixel->row * c->stride - c->padding + rows->first_tap;
    return row * c->width + pixel->column * c->stride - c->padding + columns->first_tap;
}

/*
 * What a slice of the fan-in has of a row of taps inside of the image: elements, or words of them, that follow each
 * other both in the slice and in the image.
 */
struct bg_tap_run {
    int64_t from; /* behind the first of the first tap inside of the image */
    int first;    /* in the slice */
    int count;
};

/*
 * What output pixels of two ranges see of the slice [first, first + count) of the fan-in, where a tap has per_tap
 * elements or words. Returns the number of runs, at most count.
 */
static inline int bg_find_tap_runs(const struct bg_convolution *c, const struct bg_tap_range *rows,
    const struct bg_tap_range *columns, int64_t per_tap, int64_t first, int count, struct bg_tap_run *runs) {
    int found = 0;
    for (int64_t row = rows->first_tap; row < rows->end_tap; row++) {
        int64_t row_begin = (row * c->kernel + columns->first_tap) * per_tap - first;
        int64_t row_end = row_begin + (columns->end_tap - columns->first_tap) * per_tap;
        int64_t begin = row_begin < 0 ? 0 : row_begin;
        int64_t end = row_end < count ? row_end : count;
        if (begin < end) {
            int64_t from = (row - rows->first_tap) * c->width * per_tap + begin - row_begin;
            runs[found++] = (struct bg_tap_run){from, (int)begin, (int)(end - begin)};
        }
    }
    return found;
}

/* Checks a convolution where the function has a parameter `convolution`, and declares it as `c`. */
#define BG_CHECK_CONVOLUTION(convolution, c)                                                                           \
    struct bg_convolution c;                                                                                           \
    do {                                                                                                               \
        int32_t convolution_status = bg_read_convolution(convolution, &c);                                             \
        BG_CHECK(convolution_status == BG_OK, convolution_status);                                                     \
    } while (0)

#endif
