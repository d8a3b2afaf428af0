/* What the tests of kernels on images share: convolutions by name, at random, and in the text of a case. */
#ifndef BG_TEST_CONVOLUTIONS_H
#define BG_TEST_CONVOLUTIONS_H

#include "harness.h"
#include "kernels/convolution.h"

/* An initialiser of a convolution with the same kernel, stride and padding in both directions. */
#define SQUARE(height, width, channels, kernel, stride, padding, out_channels)                                         \
    { height, width, channels, kernel, kernel, stride, stride, padding, padding, out_channels }

/* The geometry of a convolution that is right. */
static inline struct bg_geometry geometry_of(struct bg_convolution convolution) {
    struct bg_geometry c;
    EXPECT(bg_read_convolution(&convolution, &c) == BG_OK);
    return c;
}

static inline int64_t random_between(int64_t least, int64_t most) {
    return least + random_below(most - least + 1);
}

/* Kernel, stride and padding of one direction, each at random; returns the size of an image that has room for it. */
static inline int64_t random_axis(
    int64_t largest_kernel, int64_t largest_image, int64_t *kernel, int64_t *stride, int64_t *padding) {
    *kernel = random_between(1, largest_kernel);
    *stride = random_between(1, 3);
    *padding = random_below(*kernel);
    int64_t least = *kernel - 2 * *padding > 1 ? *kernel - 2 * *padding : 1;
    return least + random_below(largest_image);
}

/* A convolution with a kernel, a stride and a padding of its own in each direction. */
static inline struct bg_convolution random_convolution(
    int64_t channels, int64_t out_channels, int64_t largest_kernel, int64_t largest_image) {
    struct bg_convolution c = {.channels = channels, .out_channels = out_channels};
    c.height = random_axis(largest_kernel, largest_image, &c.kernel_height, &c.stride_height, &c.padding_height);
    c.width = random_axis(largest_kernel, largest_image, &c.kernel_width, &c.stride_width, &c.padding_width);
    return c;
}

/* Says what the case is. */
static inline void convolution_case(const char *what, const struct bg_convolution *c, int64_t images) {
    CASE("%s: %ld images %ldx%ldx%ld, kernel %ldx%ld, stride %ldx%ld, padding %ldx%ld, %ld output channels", what,
        (long)images, (long)c->height, (long)c->width, (long)c->channels, (long)c->kernel_height, (long)c->kernel_width,
        (long)c->stride_height, (long)c->stride_width, (long)c->padding_height, (long)c->padding_width,
        (long)c->out_channels);
}

/*
 * What output pixels see, from an image that stands in an explicit border of zeros. values: [pixels, channels] of the
 * image. padded: room for the image and its border.
 */
static inline void pad_image(const struct bg_geometry *c, const double *values, double *padded, int64_t room) {
    int64_t width = c->width + 2 * c->padding_width;
    int64_t count = (c->height + 2 * c->padding_height) * width * c->channels;
    EXPECT(count <= room);
    memset(padded, 0, (size_t)count * sizeof *padded);
    for (int64_t row = 0; row < c->height; row++) {
        memcpy(padded + ((row + c->padding_height) * width + c->padding_width) * c->channels,
            values + row * c->width * c->channels, (size_t)(c->width * c->channels) * sizeof *padded);
    }
}

/* The plain definition of a convolution: element (pixel, n) of an output. weights: [out_channels * taps, channels]. */
static inline double convolve_padded(
    const struct bg_geometry *c, const double *padded, const double *weights, int64_t pixel, int64_t n) {
    int64_t width = c->width + 2 * c->padding_width;
    double sum = 0;
    for (int64_t i = 0; i < c->kernel_height; i++) {
        for (int64_t j = 0; j < c->kernel_width; j++) {
            int64_t row = pixel / c->out_width * c->stride_height + i;
            int64_t column = pixel % c->out_width * c->stride_width + j;
            int64_t tap = i * c->kernel_width + j;
            for (int64_t channel = 0; channel < c->channels; channel++) {
                sum += padded[(row * width + column) * c->channels + channel] *
                       weights[(n * c->taps + tap) * c->channels + channel];
            }
        }
    }
    return sum;
}

#endif
