#include "dispatch/table.h"
#include "simd/simd.h"

/* More than the 8 of the largest window: a short array makes GCC unroll loops over few planes, which is slower. */
enum { MAX_PLANES = 32 };
_Static_assert(BG_MAX_POOL *BG_MAX_POOL <= (int64_t)1 << MAX_PLANES, "an element's number");

/* The window at y of channels [c, c + n), n <= VI_LANES. bits[plane] gets those of the first largest, from bit 0 on. */
BG_INLINE void pool_vector(
    const struct bg_pooling *p, const int16_t *window, int n, int16_t *pooled, int planes, uint32_t bits[MAX_PLANES]) {
    for (int plane = 0; plane < planes; plane++) {
        bits[plane] = 0;
    }
    vi largest = vi_load(window, n);
    int64_t k = 0; /* the element's number; the first one is there already */
    for (int64_t row = 0; row < p->window_height; row++) {
        for (int64_t column = row == 0; column < p->window_width; column++) {
            vi value = vi_load(window + (row * p->width + column) * p->channels, n);
            uint32_t greater = planes > 0 ? vi_greater(value, largest) : 0;
            largest = vi_max(largest, value);
            k++;
            for (int plane = 0; plane < planes; plane++) {
                bits[plane] = k >> plane & 1 ? bits[plane] | greater : bits[plane] & ~greater;
            }
        }
    }
    vi_store(pooled, largest, n);
}

/* The window is a constant where this is inlined for the usual one, and so are planes. */
BG_INLINE void pool_int16(const struct bg_pooling *p, const struct bg_max_pool_int16_operands *operands, int planes,
    int64_t image_begin, int64_t image_end) {
    const struct bg_max_pool_int16_operands o = *operands;
    int64_t rows = bg_pooled_height(p);
    int64_t columns = bg_pooled_width(p);
    int64_t words = bg_row_words(o.columns);
    int64_t plane_words = o.images * rows * columns * words;
    for (int64_t row = image_begin * rows; row < image_end * rows; row++) {
        const int16_t *windows =
            o.y + (row / rows * p->height + row % rows * p->window_height) * p->width * p->channels;
        for (int64_t w = row * columns; w < (row + 1) * columns; w++, windows += p->window_width * p->channels) {
            for (int64_t from = 0; from < p->channels; from += 64) {
                int64_t to = from + 64 < p->channels ? from + 64 : p->channels;
                uint64_t bits[MAX_PLANES];
                for (int plane = 0; plane < planes; plane++) {
                    bits[plane] = 0;
                }
                for (int64_t c = from; c < to; c += VI_LANES) {
                    uint32_t lanes[MAX_PLANES];
                    pool_vector(p, windows + c, vi_count(c, to), o.pooled + w * p->channels + c, planes, lanes);
                    for (int plane = 0; plane < planes; plane++) {
                        bits[plane] |= (uint64_t)lanes[plane] << (c - from);
                    }
                }
                for (int plane = 0; plane < planes; plane++) {
                    uint64_t *bit_row = o.argmax + plane * plane_words + w * words;
                    bg_write_bits_across(bit_row, o.first + from, bits[plane], (int)(to - from));
                }
            }
        }
    }
}

void BG_KERNEL(max_pool_int16)(const struct bg_pooling *p, const struct bg_max_pool_int16_operands *operands,
    int64_t image_begin, int64_t image_end) {
    const struct bg_pooling local = *p; /* which no store can change */
    const struct bg_pooling constant = bg_with_window(p, 2);
    if (!bg_has_window(p, 2)) {
        int planes = operands->argmax == NULL ? 0 : bg_argmax_planes(p->window_height * p->window_width);
        pool_int16(&local, operands, planes, image_begin, image_end);
    } else if (operands->argmax != NULL) {
        pool_int16(&constant, operands, 2, image_begin, image_end);
    } else {
        pool_int16(&constant, operands, 0, image_begin, image_end);
    }
}

/* All on words: of what is found so far, the first set sign of each channel takes its straight-through bit along. */
BG_INLINE void pool_bits(const struct bg_pooling *p, const struct bg_max_pool_bits_operands *operands,
    int64_t image_begin, int64_t image_end) {
    const struct bg_max_pool_bits_operands o = *operands;
    int64_t rows = bg_pooled_height(p);
    int64_t columns = bg_pooled_width(p);
    int64_t words = bg_row_words(p->channels);
    for (int64_t row = image_begin * rows; row < image_end * rows; row++) {
        int64_t windows = (row / rows * p->height + row % rows * p->window_height) * p->width * words;
        for (int64_t column = 0; column < columns; column++) {
            for (int64_t word = 0; word < words; word++) {
                int64_t first = windows + column * p->window_width * words + word;
                int64_t to = (row * columns + column) * words + word;
                uint64_t found = 0;
                uint64_t taken = 0;
                for (int64_t y = 0; y < p->window_height; y++) {
                    for (int64_t x = 0; x < p->window_width; x++) {
                        int64_t from = first + (y * p->width + x) * words;
                        if (o.straight_through != NULL) {
                            taken |= o.straight_through[from] & o.signs[from] & ~found;
                        }
                        found |= o.signs[from];
                    }
                }
                o.pooled[to] = found;
                if (o.straight_through != NULL) {
                    o.pooled_straight_through[to] = taken | (o.straight_through[first] & ~found);
                }
            }
        }
    }
}

void BG_KERNEL(max_pool_bits)(const struct bg_pooling *p, const struct bg_max_pool_bits_operands *operands,
    int64_t image_begin, int64_t image_end) {
    const struct bg_pooling local = *p; /* which no store can change */
    const struct bg_pooling constant = bg_with_window(p, 2);
    if (bg_has_window(p, 2)) {
        pool_bits(&constant, operands, image_begin, image_end);
    } else {
        pool_bits(&local, operands, image_begin, image_end);
    }
}
