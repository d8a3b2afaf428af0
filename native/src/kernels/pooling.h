/* The geometry of pooling, as every kernel on windows reads it. */
#ifndef BG_KERNELS_POOLING_H
#define BG_KERNELS_POOLING_H

#include "dispatch/check.h"

static inline int32_t bg_check_pooling(const struct bg_pooling *p) {
    BG_CHECK_OPERANDS(p);
    BG_CHECK_SIZE(p->height);
    BG_CHECK_SIZE(p->width);
    BG_CHECK_SIZE(p->channels);
    BG_CHECK_SIZE(p->height * p->width);
    BG_CHECK_SIZE(p->height * p->width * p->channels);
    BG_CHECK(p->window_height >= 1 && p->window_height <= BG_MAX_POOL, BG_BAD_SHAPE);
    BG_CHECK(p->window_width >= 1 && p->window_width <= BG_MAX_POOL, BG_BAD_SHAPE);
    BG_CHECK(p->window_height <= p->height && p->window_width <= p->width, BG_BAD_SHAPE);
    return BG_OK;
}

#define BG_CHECK_POOLING(pooling) BG_CHECK_STATUS(bg_check_pooling(pooling))

static inline int64_t bg_pooled_height(const struct bg_pooling *p) {
    return p->height / p->window_height;
}

static inline int64_t bg_pooled_width(const struct bg_pooling *p) {
    return p->width / p->window_width;
}

/* Windows of an image. */
static inline int64_t bg_pooled_pixels(const struct bg_pooling *p) {
    return bg_pooled_height(p) * bg_pooled_width(p);
}

/* Whether windows are of size x size pixels. */
static inline int bg_has_window(const struct bg_pooling *p, int64_t size) {
    return p->window_height == size && p->window_width == size;
}

/* The same pooling where windows are of size x size pixels: what is inlined with it takes them for constants. */
static inline struct bg_pooling bg_with_window(const struct bg_pooling *p, int64_t size) {
    return (struct bg_pooling){p->height, p->width, p->channels, size, size};
}

/* The bit planes of a number in [0, elements). */
static inline int bg_argmax_planes(int64_t elements) {
    int planes = 0;
    while ((int64_t)1 << planes < elements) {
        planes++;
    }
    return planes;
}

#endif
