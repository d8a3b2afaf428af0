#include "dispatch/table.h"
#include "simd/simd.h"

/* Of the positions in a window of BG_MAX_POOL x BG_MAX_POOL pixels. */
enum { MAX_PLANES = 8 };
_Static_assert(BG_MAX_POOL *BG_MAX_POOL <= 1 << MAX_PLANES, "an element's number");

/* The pixels of a window that lie in the image. */
struct window {
    struct bg_span rows;
    struct bg_span columns;
    int64_t first; /* the row of the matrix of pixels that pixel (0, 0) would be */
};

/* Channels [c, c + n) of a window, n <= VF_LANES. bits[plane] gets those of the first largest, from bit 0 on. */
BG_INLINE vf largest_of(const struct bg_sliding_windows *w, int32_t type, const void *x, struct window window,
    int64_t c, int n, int planes, uint32_t bits[MAX_PLANES]) {
    vf largest = vf_set1(0);
    int begun = 0;
    for (int64_t y = window.rows.begin; y < window.rows.end; y++) {
        for (int64_t z = window.columns.begin; z < window.columns.end; z++) {
            vf value = vf_load_typed(type, x, (window.first + y * w->width + z) * w->channels + c, n);
            /* value > largest, and false where one is NaN; the first is the largest so far */
            uint32_t greater = begun ? vf_at_most(largest, value) & ~vf_at_most(value, largest) : ~0u;
            largest = begun ? vf_max(value, largest) : value;
            begun = 1;
            int64_t k = y * w->window_width + z;
            for (int plane = 0; plane < planes; plane++) {
                bits[plane] = k >> plane & 1 ? bits[plane] | greater : bits[plane] & ~greater;
            }
        }
    }
    return largest;
}

BG_INLINE void pool(const struct bg_sliding_windows *w, int32_t type, const struct bg_max_pool_windows_operands *o,
    int64_t image_begin, int64_t image_end) {
    const int64_t rows = bg_window_rows(w);
    const int64_t columns = bg_window_columns(w);
    const int64_t words = bg_row_words(o->columns);
    const int64_t plane_words = o->images * rows * columns * words;
    const int planes = o->argmax == NULL ? 0 : bg_argmax_planes(w->window_height * w->window_width);
    for (int64_t line = image_begin * rows; line < image_end * rows; line++) {
        int64_t row = line % rows;
        for (int64_t column = 0; column < columns; column++) {
            const struct window window = {bg_rows_in_image(w, row), bg_columns_in_image(w, column),
                bg_pixel_of_window(w, line / rows, row, column, 0, 0)};
            int64_t to = line * columns + column;
            for (int64_t c = 0; c < w->channels; c += VF_LANES) {
                int n = vf_count(c, w->channels);
                uint32_t bits[MAX_PLANES] = {0};
                vf_store(o->pooled + to * w->channels + c, largest_of(w, type, o->x, window, c, n, planes, bits), n);
                for (int plane = 0; plane < planes; plane++) {
                    bg_write_bits(
                        o->argmax + plane * plane_words + to * words, o->first + c, bits[plane] & ((1u << n) - 1));
                }
            }
        }
    }
}

void BG_KERNEL(max_pool_windows)(const struct bg_sliding_windows *windows,
    const struct bg_max_pool_windows_operands *operands, int64_t image_begin, int64_t image_end) {
    const struct bg_sliding_windows w = *windows;
    const struct bg_max_pool_windows_operands o = *operands;
    if (o.type == BG_FLOAT32) {
        pool(&w, BG_FLOAT32, &o, image_begin, image_end);
    } else {
        pool(&w, BG_INT16, &o, image_begin, image_end);
    }
}

/* The lanes of channels [c, c + VF_LANES) in which a window selected its element k. */
BG_INLINE uint32_t selected(const uint64_t *bits, int64_t plane_words, int planes, int64_t column, int64_t k) {
    uint32_t lanes = ~0u;
    for (int plane = 0; plane < planes; plane++) {
        uint32_t set = vf_read_bits(bits + plane * plane_words, column);
        lanes &= k >> plane & 1 ? set : ~set;
    }
    return lanes;
}

/* Pixel (y, x) of an image, all channels: the gradients of the windows that selected it, in their order. */
BG_INLINE void unpool(const struct bg_sliding_windows *w, const struct bg_max_pool_windows_backward_operands *o,
    int64_t image, int64_t y, int64_t x) {
    const struct bg_span rows = bg_window_rows_of(w, y);
    const struct bg_span columns = bg_window_columns_of(w, x);
    const int64_t words = bg_row_words(o->columns);
    const int64_t windows = bg_window_rows(w) * bg_window_columns(w);
    const int planes = bg_argmax_planes(w->window_height * w->window_width);
    for (int64_t c = 0; c < w->channels; c += VF_LANES) {
        int n = vf_count(c, w->channels);
        vf sum = vf_set1(0);
        for (int64_t row = rows.begin; row < rows.end; row++) {
            for (int64_t column = columns.begin; column < columns.end; column++) {
                int64_t k = (y + w->padding_height - row * w->stride_height) * w->window_width + x + w->padding_width -
                            column * w->stride_width;
                int64_t from = image * windows + row * bg_window_columns(w) + column;
                uint32_t lanes =
                    selected(o->argmax + from * words, o->images * windows * words, planes, o->first + c, k);
                vf g = vf_load(o->pooled_gradient + from * w->channels + c, n);
                sum = vf_add(sum, vf_select(g, lanes));
            }
        }
        vf_store(o->gradient + ((image * w->height + y) * w->width + x) * w->channels + c, sum, n);
    }
}

void BG_KERNEL(max_pool_windows_backward)(const struct bg_sliding_windows *windows,
    const struct bg_max_pool_windows_backward_operands *operands, int64_t image_begin, int64_t image_end) {
    const struct bg_sliding_windows w = *windows;
    const struct bg_max_pool_windows_backward_operands o = *operands;
    for (int64_t image = image_begin; image < image_end; image++) {
        for (int64_t y = 0; y < w.height; y++) {
            for (int64_t x = 0; x < w.width; x++) {
                unpool(&w, &o, image, y, x);
            }
        }
    }
}
