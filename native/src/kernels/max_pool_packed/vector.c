#include "dispatch/table.h"
#include "simd/simd.h"

enum { MAX_PLANES = 31 };

/* The window at y of channels [c, c + n), n <= VI_LANES. bits[plane] gets those of the first largest, from bit 0 on. */
BG_INLINE void pool_vector(const int16_t *window, int64_t width, int64_t channels, int64_t size, int n, int16_t *pooled,
    int planes, uint32_t bits[MAX_PLANES]) {
    for (int plane = 0; plane < planes; plane++) {
        bits[plane] = 0;
    }
    vi largest = vi_load(window, n);
    for (int64_t k = 1; k < size * size; k++) {
        vi value = vi_load(window + (k / size * width + k % size) * channels, n);
        uint32_t greater = planes > 0 ? vi_greater(value, largest) : 0;
        largest = vi_max(largest, value);
        for (int plane = 0; plane < planes; plane++) {
            bits[plane] = k >> plane & 1 ? bits[plane] | greater : bits[plane] & ~greater;
        }
    }
    vi_store(pooled, largest, n);
}

/* What max_pool_int16 works on. */
struct pool {
    const int16_t *y;
    int64_t height;
    int64_t width;
    int64_t channels;
    int64_t columns; /* of argmax, of which the channels are those from first on */
    int64_t first;
    int16_t *pooled;
    uint64_t *argmax;
    int64_t images;
};

/* size is a constant where this is inlined for the usual one, and so are planes. */
BG_INLINE void pool_int16(const struct pool *p, int64_t size, int planes, int64_t image_begin, int64_t image_end) {
    int64_t rows = p->height / size;
    int64_t columns = p->width / size;
    int64_t words = bg_row_words(p->columns);
    int64_t plane_words = p->images * rows * columns * words;
    for (int64_t row = image_begin * rows; row < image_end * rows; row++) {
        const int16_t *windows = p->y + (row / rows * p->height + row % rows * size) * p->width * p->channels;
        for (int64_t w = row * columns; w < (row + 1) * columns; w++, windows += size * p->channels) {
            for (int64_t from = 0; from < p->channels; from += 64) {
                int64_t to = from + 64 < p->channels ? from + 64 : p->channels;
                uint64_t bits[MAX_PLANES];
                for (int plane = 0; plane < planes; plane++) {
                    bits[plane] = 0;
                }
                for (int64_t c = from; c < to; c += VI_LANES) {
                    uint32_t lanes[MAX_PLANES];
                    int n = vi_count(c, to);
                    pool_vector(
                        windows + c, p->width, p->channels, size, n, p->pooled + w * p->channels + c, planes, lanes);
                    for (int plane = 0; plane < planes; plane++) {
                        bits[plane] |= (uint64_t)lanes[plane] << (c - from);
                    }
                }
                for (int plane = 0; plane < planes; plane++) {
                    uint64_t *bit_row = p->argmax + plane * plane_words + w * words;
                    bg_write_bits_across(bit_row, p->first + from, bits[plane], (int)(to - from));
                }
            }
        }
    }
}

void BG_KERNEL(max_pool_int16)(const int16_t *y, int64_t height, int64_t width, int64_t channels, int64_t columns,
    int64_t first, int64_t size, int16_t *pooled, uint64_t *argmax, int64_t images, int64_t image_begin,
    int64_t image_end) {
    const struct pool p = {y, height, width, channels, columns, first, pooled, argmax, images};
    int planes = argmax == NULL ? 0 : bg_argmax_planes(size * size);
    if (size != 2) {
        pool_int16(&p, size, planes, image_begin, image_end);
    } else if (argmax != NULL) {
        pool_int16(&p, 2, 2, image_begin, image_end);
    } else {
        pool_int16(&p, 2, 0, image_begin, image_end);
    }
}

/* All on words: of what is found so far, the first set sign of each channel takes its straight-through bit along. */
BG_INLINE void pool_bits(const uint64_t *signs, const uint64_t *straight_through, int64_t height, int64_t width,
    int64_t channels, int64_t size, uint64_t *pooled, uint64_t *pooled_straight_through, int64_t image_begin,
    int64_t image_end) {
    int64_t rows = height / size;
    int64_t columns = width / size;
    int64_t words = bg_row_words(channels);
    for (int64_t row = image_begin * rows; row < image_end * rows; row++) {
        int64_t windows = (row / rows * height + row % rows * size) * width * words;
        for (int64_t column = 0; column < columns; column++) {
            for (int64_t word = 0; word < words; word++) {
                int64_t first = windows + column * size * words + word;
                int64_t to = (row * columns + column) * words + word;
                uint64_t found = 0;
                uint64_t taken = 0;
                for (int64_t k = 0; k < size * size; k++) {
                    int64_t from = first + (k / size * width + k % size) * words;
                    if (straight_through != NULL) {
                        taken |= straight_through[from] & signs[from] & ~found;
                    }
                    found |= signs[from];
                }
                pooled[to] = found;
                if (straight_through != NULL) {
                    pooled_straight_through[to] = taken | (straight_through[first] & ~found);
                }
            }
        }
    }
}

void BG_KERNEL(max_pool_bits)(const uint64_t *signs, const uint64_t *straight_through, int64_t height, int64_t width,
    int64_t channels, int64_t size, uint64_t *pooled, uint64_t *pooled_straight_through, int64_t image_begin,
    int64_t image_end) {
    if (size == 2) {
        pool_bits(signs, straight_through, height, width, channels, 2, pooled, pooled_straight_through, image_begin,
            image_end);
    } else {
        pool_bits(signs, straight_through, height, width, channels, size, pooled, pooled_straight_through, image_begin,
            image_end);
    }
}
