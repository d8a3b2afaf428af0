/*
 * Pixels of dy as the vector variants build tables from them. Where dy has one value a window of max pooling, a pixel's
 * elements are put together where they are needed, a few channels at a time: the whole dy never exists.
 */
#ifndef BG_LOOKUP_PIXEL_H
#define BG_LOOKUP_PIXEL_H

#include "dispatch/table.h"
#include "simd/simd.h"

/* What stands for what is not there: elements of a pixel of dy, or words of a row of bits. */
static const uint64_t zeros[64] = {0};

/* A pixel of dy. */
struct pixel {
    const char *values;   /* its elements, or where dy is pooled those of its window; zeros if it has none */
    const uint64_t *bits; /* where dy is pooled: argmax of its window, in the first plane, or its own signs; or NULL */
    int32_t row;          /* in its window */
    int32_t column;
};

static const struct pixel no_pixel = {(const char *)zeros, NULL, 0, 0};

/* Neighbours in a row: the pixel in row y and column x of an image, which is number `number` of all, and those after.
 */
BG_INLINE void find_pixels(const struct bg_dy *dy, const struct bg_geometry *c, int64_t image, int64_t y, int64_t x,
    int64_t number, int count, struct pixel *pixels) {
    int64_t row_bytes = c->out_channels * (int64_t)bg_element_bytes(dy->type);
    if (!dy->is_pooled) {
        for (int i = 0; i < count; i++) {
            pixels[i] = (struct pixel){(const char *)dy->values + (number + i) * row_bytes, NULL, 0, 0};
        }
        return;
    }
    uint32_t window_height = (uint32_t)dy->window_height; /* divisions of 32 bits are the faster ones */
    uint32_t window_width = (uint32_t)dy->window_width;
    int64_t words = bg_row_words(c->out_channels);
    int64_t window_y = (uint32_t)y / window_height;
    int64_t window_x = (uint32_t)x / window_width;
    int64_t first_window = (image * dy->pooled_height + window_y) * dy->pooled_width;
    int32_t row = (int32_t)(y - window_y * window_height);
    int32_t column = (int32_t)(x - window_x * window_width);
    for (int i = 0; i < count; i++) {
        int fills_window = window_y < dy->pooled_height && window_x < dy->pooled_width;
        int64_t window = first_window + window_x;
        const char *values = fills_window ? (const char *)dy->values + window * row_bytes : (const char *)zeros;
        const uint64_t *bits = dy->argmax == NULL ? dy->signs + (number + i) * words
                               : fills_window     ? dy->argmax + window * words
                                                  : NULL;
        pixels[i] = (struct pixel){values, bits, row, column};
        if (++column == (int32_t)window_width) {
            column = 0;
            window_x++;
        }
    }
}

BG_INLINE struct pixel find_pixel(
    const struct bg_dy *dy, const struct bg_geometry *c, int64_t image, int64_t y, int64_t x) {
    struct pixel pixel;
    find_pixels(dy, c, image, y, x, (image * c->out_height + y) * c->out_width + x, 1, &pixel);
    return pixel;
}

/* The pixel in row y and column x of 16 images from `image` on; no_pixel in those that are not below `images`. */
BG_INLINE void find_pixel_of_images(const struct bg_dy *dy, const struct bg_geometry *c, int64_t image, int64_t images,
    int64_t y, int64_t x, struct pixel pixels[BG_STEP]) {
    int64_t windows = dy->is_pooled ? dy->pooled_height * dy->pooled_width : c->out_pixels; /* of an image */
    int64_t image_bytes = windows * c->out_channels * (int64_t)bg_element_bytes(dy->type);
    int64_t image_words = (dy->argmax != NULL ? windows : c->out_pixels) * bg_row_words(c->out_channels);
    struct pixel pixel = image < images ? find_pixel(dy, c, image, y, x) : no_pixel;
    int is_zero = pixel.values == (const char *)zeros;
    for (int e = 0; e < BG_STEP; e++) {
        pixels[e] = image + e < images ? pixel : no_pixel;
        pixel.values += is_zero ? 0 : image_bytes;
        pixel.bits = pixel.bits == NULL ? NULL : pixel.bits + image_words;
    }
}

/* The pixel that has this number among the pixels of all images. */
BG_INLINE struct pixel find_pixel_of_row(const struct bg_dy *dy, const struct bg_geometry *c, int64_t number) {
    if (!dy->is_pooled) {
        return find_pixel(dy, c, 0, 0, number); /* as if all were one row */
    }
    uint32_t row = (uint32_t)number / (uint32_t)c->out_width;
    uint32_t image = row / (uint32_t)c->out_height;
    return find_pixel(dy, c, image, row - image * c->out_height, number - row * c->out_width);
}

/* Bits [column, column + count) of a row, and any others above them; reads no word that holds none of them. */
BG_INLINE uint64_t bits_from(const uint64_t *row, int64_t column, int count) {
    const uint64_t *word = row + column / 64;
    int shift = (int)(column % 64);
    return shift + count > 64 ? word[0] >> shift | word[1] << (64 - shift) : word[0] >> shift;
}

/* Of `count` channels, those whose window chose this pixel, which is in one. */
BG_INLINE uint64_t chosen_channels(
    const struct bg_dy *dy, const struct bg_geometry *c, const struct pixel *pixel, int64_t channel, int count) {
    int64_t number = pixel->row * dy->window_width + pixel->column;
    if (dy->argmax != NULL) {
        uint64_t different = 0;
        for (int b = 0; b < dy->planes; b++) {
            uint64_t bits = bits_from(pixel->bits + b * dy->plane_words, channel, count);
            different |= number >> b & 1 ? ~bits : bits;
        }
        return ~different;
    }
    /* The first one is chosen where no other sign is set, any other where no sign before it is. */
    int64_t words = bg_row_words(c->out_channels);
    const uint64_t *row = pixel->bits - (pixel->row * c->out_width + pixel->column) * words;
    uint64_t set = 0;
    for (int64_t left = number == 0 ? dy->window_height * dy->window_width : number; left > 0;
         row += c->out_width * words) {
        for (int64_t x = 0; x < dy->window_width && left > 0; x++, left--) {
            set |= bits_from(row + x * words, channel, count);
        }
    }
    uint64_t own = bits_from(pixel->bits, channel, count);
    return number == 0 ? own | ~set : own & ~set;
}

/* Elements of a pixel of a pooled dy from a channel on, `count` of them, then zeros: size <= 64 in all. */
BG_INLINE void expand_pixel(const struct bg_dy *dy, const struct bg_geometry *c, const struct pixel *pixel,
    int64_t channel, int count, int size, int8_t *values) {
    int fills_window = pixel->values != (const char *)zeros;
    uint64_t chosen = fills_window ? chosen_channels(dy, c, pixel, channel, count) : 0;
    uint64_t signs = dy->argmax == NULL && pixel->bits != NULL ? bits_from(pixel->bits, channel, count) : 0;
    for (int i = 0; i < size; i += VB_LANES) {
        int n = count - i < 0 ? 0 : count - i < VB_LANES ? count - i : VB_LANES;
        vb own = vb_load(fills_window ? (const int8_t *)pixel->values + channel + i : (const int8_t *)zeros, n);
        vb other = vb_load((const int8_t *)zeros, n);
        if (dy->argmax == NULL && pixel->bits != NULL) {
            const int8_t *unselected = dy->unselected + channel + i;
            other = vb_choose(vb_load(unselected, n), vb_load(unselected + c->out_channels, n), signs >> i);
        }
        vb_store(values + i, vb_choose(own, other, chosen >> i), size - i < VB_LANES ? size - i : VB_LANES);
    }
}

#endif
