/* Max pooling of int16 and of bits. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_MAX_POOL_PACKED_H
#define BG_MAX_POOL_PACKED_H

#include <stdint.h>

typedef void bg_max_pool_int16_kernel(const int16_t *y, int64_t height, int64_t width, int64_t channels,
    int64_t columns, int64_t first, int64_t size, int16_t *pooled, uint64_t *argmax, int64_t images,
    int64_t image_begin, int64_t image_end);

typedef void bg_max_pool_bits_kernel(const uint64_t *signs, const uint64_t *straight_through, int64_t height,
    int64_t width, int64_t channels, int64_t size, uint64_t *pooled, uint64_t *pooled_straight_through,
    int64_t image_begin, int64_t image_end);

/* The bit planes of the number of one of so many elements. */
static inline int bg_argmax_planes(int64_t elements) {
    int planes = 0;
    while ((int64_t)1 << planes < elements) {
        planes++;
    }
    return planes;
}

#endif
