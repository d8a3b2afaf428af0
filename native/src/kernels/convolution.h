/* The geometry of a convolution, as every kernel on images reads it. */
#ifndef BG_KERNELS_CONVOLUTION_H
#define BG_KERNELS_CONVOLUTION_H

#include <stddef.h>

#include "dispatch/check.h"
#include "simd/bits.h"

/* struct bg_convolution of bitgrad.h, checked, and what follows from it. */
struct bg_geometry {
    int64_t height;
    int64_t width;
    int64_t channels;
    int64_t kernel_height;
    int64_t kernel_width;
    int64_t stride_height;
    int64_t stride_width;
    int64_t padding_height;
    int64_t padding_width;
    int64_t out_channels;
    int64_t out_height;
    int64_t out_width;
    int64_t taps;       /* kernel_height * kernel_width */
    int64_t pixels;     /* of an input image */
    int64_t out_pixels; /* of an output image */
    int64_t words;      /* of an input pixel in a bit matrix */
};

/* One of the two directions of a convolution: rows of pixels, or pixels in a row. */
struct bg_axis {
    int64_t size; /* of an input image */
    int64_t kernel;
    int64_t stride;
    int64_t padding;
    int64_t out_size;
};

static inline struct bg_axis bg_row_axis(const struct bg_geometry *c) {
    return (struct bg_axis){c->height, c->kernel_height, c->stride_height, c->padding_height, c->out_height};
}

static inline struct bg_axis bg_column_axis(const struct bg_geometry *c) {
    return (struct bg_axis){c->width, c->kernel_width, c->stride_width, c->padding_width, c->out_width};
}

/* Checks all but out_size, and sets that. */
static inline int32_t bg_read_axis(struct bg_axis *axis) {
    BG_CHECK_SIZE(axis->size);
    BG_CHECK_SIZE(axis->kernel);
    BG_CHECK_SIZE(axis->stride);
    BG_CHECK(axis->padding >= 0 && axis->padding < axis->kernel, BG_BAD_SHAPE);
    BG_CHECK(axis->kernel <= axis->size + 2 * axis->padding, BG_BAD_SHAPE);
    axis->out_size = (axis->size + 2 * axis->padding - axis->kernel) / axis->stride + 1;
    return BG_OK;
}

/* Whether every output pixel is made of the input pixel in its own place: then images are one long row of pixels. */
static inline int bg_is_flat(const struct bg_geometry *c) {
    return c->taps == 1 && c->stride_height == 1 && c->stride_width == 1;
}

/* Reads and checks a convolution: BG_OK, or why there is none. */
static inline int32_t bg_read_convolution(const struct bg_convolution *convolution, struct bg_geometry *c) {
    BG_CHECK_OPERANDS(convolution);
    *c = (struct bg_geometry){
        .height = convolution->height,
        .width = convolution->width,
        .channels = convolution->channels,
        .kernel_height = convolution->kernel_height,
        .kernel_width = convolution->kernel_width,
        .stride_height = convolution->stride_height,
        .stride_width = convolution->stride_width,
        .padding_height = convolution->padding_height,
        .padding_width = convolution->padding_width,
        .out_channels = convolution->out_channels,
    };
    struct bg_axis rows = bg_row_axis(c);
    struct bg_axis columns = bg_column_axis(c);
    BG_CHECK_STATUS(bg_read_axis(&rows));
    BG_CHECK_STATUS(bg_read_axis(&columns));
    c->out_height = rows.out_size;
    c->out_width = columns.out_size;
    BG_CHECK_SIZE(c->channels);
    BG_CHECK_SIZE(c->out_channels);
    /* Each product is of two numbers of at most 3 * 2^31, and is checked before the next. */
    BG_CHECK_SIZE(c->taps = c->kernel_height * c->kernel_width);
    BG_CHECK_SIZE(c->taps * c->channels);
    BG_CHECK_SIZE(c->pixels = c->height * c->width);
    BG_CHECK(c->out_height <= BG_MAX_SIZE && c->out_width <= BG_MAX_SIZE, BG_BAD_SHAPE);
    BG_CHECK_SIZE(c->out_pixels = c->out_height * c->out_width);
    c->words = bg_row_words(c->channels);
    return BG_OK;
}

/* The input row, or column, that an output row, or column, sees through a tap; -1 where that is padding. */
static inline int64_t bg_input_of(struct bg_axis axis, int64_t output, int64_t tap) {
    int64_t input = output * axis.stride + tap - axis.padding;
    return input >= 0 && input < axis.size ? input : -1;
}

/* The inverse: the output row, or column, that sees an input row, or column, through a tap; -1 where there is none. */
static inline int64_t bg_output_of(struct bg_axis axis, int64_t input, int64_t tap) {
    int64_t strided = input + axis.padding - tap;
    return strided >= 0 && strided % axis.stride == 0 && strided / axis.stride < axis.out_size ? strided / axis.stride
                                                                                               : -1;
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

/* The range from output pixel begin on, which the axis has. */
static inline struct bg_tap_range bg_next_tap_range(struct bg_axis axis, int64_t begin) {
    struct bg_tap_range range = {begin, begin, 0, 0};
    for (int64_t o = begin; o < axis.out_size; o++) {
        int64_t start = o * axis.stride - axis.padding;
        int64_t first_tap = start < 0 ? -start : 0;
        int64_t end_tap = axis.size - start < axis.kernel ? axis.size - start : axis.kernel;
        if (o > begin && (first_tap != range.first_tap || end_tap != range.end_tap)) {
            break;
        }
        range = (struct bg_tap_range){begin, o + 1, first_tap, end_tap};
        if (first_tap == 0 && end_tap == axis.kernel) { /* so do all up to the last that sees all taps */
            range.end = (axis.size - axis.kernel + axis.padding) / axis.stride + 1;
            break;
        }
    }
    return range;
}

/* An output pixel of a range of rows and one of columns. */
struct bg_out_pixel {
    int64_t image;
    int64_t row;
    int64_t column;
    int64_t first_tap_row; /* that its first tap inside of the image has in the matrix of input pixels */
    int64_t out_row;       /* that it has in the matrix of output pixels */
};

/* The first of a row. */
static inline void bg_begin_out_row(const struct bg_geometry *c, struct bg_out_pixel *pixel,
    const struct bg_tap_range *rows, const struct bg_tap_range *columns) {
    int64_t in_row = pixel->image * c->height + pixel->row * c->stride_height - c->padding_height + rows->first_tap;
    pixel->column = columns->begin;
    pixel->first_tap_row = in_row * c->width + columns->begin * c->stride_width - c->padding_width + columns->first_tap;
    pixel->out_row = (pixel->image * c->out_height + pixel->row) * c->out_width + columns->begin;
}

/* The first of an image. */
static inline struct bg_out_pixel bg_first_out_pixel(
    const struct bg_geometry *c, int64_t image, const struct bg_tap_range *rows, const struct bg_tap_range *columns) {
    struct bg_out_pixel pixel = {.image = image, .row = rows->begin};
    bg_begin_out_row(c, &pixel, rows, columns);
    return pixel;
}

/* One after the other, row by row and image by image. */
static inline void bg_next_out_pixel(const struct bg_geometry *c, struct bg_out_pixel *pixel,
    const struct bg_tap_range *rows, const struct bg_tap_range *columns) {
    pixel->first_tap_row += c->stride_width;
    pixel->out_row++;
    if (++pixel->column == columns->end) {
        if (++pixel->row == rows->end) {
            pixel->row = rows->begin;
            pixel->image++;
        }
        bg_begin_out_row(c, pixel, rows, columns);
    }
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
static inline int bg_find_tap_runs(const struct bg_geometry *c, const struct bg_tap_range *rows,
    const struct bg_tap_range *columns, int64_t per_tap, int64_t first, int count, struct bg_tap_run *runs) {
    int found = 0;
    for (int64_t row = rows->first_tap; row < rows->end_tap; row++) {
        int64_t row_begin = (row * c->kernel_width + columns->first_tap) * per_tap - first;
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
    struct bg_geometry c;                                                                                              \
    BG_CHECK_STATUS(bg_read_convolution(convolution, &c))

/* Checks how many images there are of a convolution: their pixels, in and out, are rows of matrices. */
#define BG_CHECK_IMAGES(images, c)                                                                                     \
    do {                                                                                                               \
        BG_CHECK_SIZE(images);                                                                                         \
        BG_CHECK_SIZE((images) * (c).pixels);                                                                          \
        BG_CHECK_SIZE((images) * (c).out_pixels);                                                                      \
    } while (0)

#endif
