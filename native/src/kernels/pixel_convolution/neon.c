#include "dispatch/table.h"
#include "simd/simd.h"

/*
 * Over the taps inside of the image, y = sum of w (2 p - 255) = 4 sum of p where w = +1 - 2 sum of p - 255 sum of w.
 * The first sum is the work: a lane is an output channel and adds two pixels at a time where their mask bytes are set.
 * Pixels outside are 0 there; the last sum, the base, is that of all output pixels that see the same taps.
 *
 * 16 bits hold |y| <= 255 * 128 of a slice of the fan-in, and what wraps around on the way comes back. Longer fan-ins
 * add slices up in float32, exactly.
 */
enum {
    TILE_PIXELS = 4,
    TILE_VECTORS = 2,
    PANEL = TILE_VECTORS * VI_LANES,
    SLICE_ELEMENTS = 128,
    SLICE_PAIRS = SLICE_ELEMENTS / 2,
    PAIR_GROUP = 16, /* divides SLICE_PAIRS: so many are made at a time */
    MAX_PANELS = 4,  /* of a block of channels, which share what is read of the image */
};

/* The same pair of values in all lanes. */
BG_INLINE vi set_pair(uint32_t pair) {
    int16x8_t all = vreinterpretq_s16_u32(vdupq_n_u32(pair));
    return (vi){{all, all}};
}

BG_INLINE int16x8_t add_bytes_half(int16x8_t sum, int16x8_t bytes, int16x8_t mask) {
    uint8x16_t selected = vreinterpretq_u8_s16(vandq_s16(bytes, mask));
    return vreinterpretq_s16_u16(vpadalq_u8(vreinterpretq_u16_s16(sum), selected));
}

/* Adds to a lane its unsigned bytes where the byte of the mask is all ones. All other bytes of the mask are 0. */
BG_INLINE vi add_bytes(vi sum, vi bytes, vi mask) {
    return (vi){
        {add_bytes_half(sum.val[0], bytes.val[0], mask.val[0]), add_bytes_half(sum.val[1], bytes.val[1], mask.val[1])}};
}

/* A mask byte of each of two pixels. */
typedef int16_t mask_panels[MAX_PANELS][SLICE_PAIRS][PANEL];

/* The pixels that an output pixel sees, and the same as pairs, each twice: so much is broadcast in one instruction. */
struct seen {
    uint8_t pixels[SLICE_ELEMENTS];
    uint32_t pairs[SLICE_PAIRS];
    int sum;
};

/* A block of channels over a slice of the fan-in. */
struct block {
    const struct bg_geometry *c;
    const uint8_t *pixels;
    int32_t type; /* of y */
    void *y;
    int64_t first_channel;
    int64_t channels;
    int64_t first_element;
    int elements;
    int64_t image_begin;
    int64_t image_end;
};

BG_INLINE int64_t lesser(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* The weights of one output channel, as one row of bits. */
BG_INLINE void read_weights(
    const struct block *block, const uint64_t *row, int64_t channel, uint64_t bits[SLICE_ELEMENTS / 64]) {
    for (int i = 0; i < block->elements;) {
        int64_t in_tap = lesser(block->c->channels - channel, block->elements - i);
        int count = (int)lesser(in_tap, 32 - i % 32);
        uint64_t read = (uint64_t)bg_read_bits(row, channel, count) << i % 64;
        bits[i / 64] = i % 64 == 0 ? read : bits[i / 64] | read;
        i += count;
        channel += count;
        if (channel == block->c->channels) {
            channel = 0;
            row += block->c->words;
        }
    }
}

BG_INLINE void pack_masks(const struct block *block, const uint64_t *weights, mask_panels masks) {
    const struct bg_geometry *c = block->c;
    static const int16_t pair_masks[4] = {0, 0x00ff, -0x0100, -1};
    memset(masks, 0, sizeof(mask_panels));
    for (int64_t n = 0; n < block->channels; n++) {
        int64_t tap = (block->first_channel + n) * c->taps + block->first_element / c->channels;
        uint64_t bits[SLICE_ELEMENTS / 64];
        read_weights(block, weights + tap * c->words, block->first_element % c->channels, bits);
        for (int i = 0; i < block->elements; i += 2) {
            masks[n / PANEL][i / 2][n % PANEL] = pair_masks[bits[i / 64] >> i % 64 & 3];
        }
    }
}

/* base[panel][channel] = -255 sum of w over the runs. */
BG_INLINE void sum_weights(
    const struct bg_tap_run *runs, int run_count, mask_panels masks, int panels, int16_t base[MAX_PANELS][PANEL]) {
    for (int panel = 0; panel < panels; panel++) {
        memset(base[panel], 0, sizeof base[panel]);
        for (const struct bg_tap_run *run = runs; run < runs + run_count; run++) {
            for (int i = run->first; i < run->first + run->count; i++) {
                for (int n = 0; n < PANEL; n++) {
                    int is_set = masks[panel][i / 2][n] & (i % 2 == 0 ? 0xff : 0xff00);
                    base[panel][n] = (int16_t)(base[panel][n] + (is_set ? -255 : 255));
                }
            }
        }
    }
}

/* Pairs, and the sum: in four fields of 16 bits, which hold all 128 pixels of 255. */
BG_INLINE void pair_up(struct seen *seen, int pairs) {
    const uint64_t low_bytes = 0x00ff00ff00ff00ffu;
    uint64_t sums = 0;
    for (int first = 0; first < pairs; first += PAIR_GROUP) {
        uint16_t group[PAIR_GROUP];
        memcpy(group, seen->pixels + 2 * first, sizeof group);
        for (int i = 0; i < PAIR_GROUP; i++) {
            seen->pairs[first + i] = group[i] * 0x10001u;
        }
        for (int i = 0; i < PAIR_GROUP; i += 4) {
            uint64_t four;
            memcpy(&four, seen->pixels + 2 * (first + i), sizeof four);
            sums += (four & low_bytes) + (four >> 8 & low_bytes);
        }
    }
    seen->sum = (int)(sums * 0x0001000100010001u >> 48);
}

/* y of a tile and a panel, as 16 bits. A function of its own has all registers for itself. */
static __attribute__((noinline)) void sum_tile(const struct seen seen[TILE_PIXELS], int pairs,
    int16_t masks[SLICE_PAIRS][PANEL], const int16_t base[PANEL], int16_t y[TILE_PIXELS][PANEL]) {
    vi sum[TILE_PIXELS][TILE_VECTORS];
    for (int r = 0; r < TILE_PIXELS; r++) {
        for (int v = 0; v < TILE_VECTORS; v++) {
            sum[r][v] = vi_set1(0);
        }
    }
    int i = 0;
    do {
        for (int v = 0; v < TILE_VECTORS; v++) {
            vi mask = vi_load(&masks[i][v * VI_LANES], VI_LANES);
            for (int r = 0; r < TILE_PIXELS; r++) {
                sum[r][v] = add_bytes(sum[r][v], set_pair(seen[r].pairs[i]), mask);
            }
        }
    } while (++i < pairs);
    for (int r = 0; r < TILE_PIXELS; r++) {
        vi sum_of_pixels = vi_set1((int16_t)(-2 * seen[r].sum));
        for (int v = 0; v < TILE_VECTORS; v++) {
            vi twice = vi_add(sum[r][v], sum[r][v]);
            vi rest = vi_add(vi_load(base + v * VI_LANES, VI_LANES), sum_of_pixels);
            vi_store(&y[r][v * VI_LANES], vi_add(vi_add(twice, twice), rest), VI_LANES);
        }
    }
}

/* y of a pixel and n <= PANEL channels: sets, or after the first slice adds. */
BG_INLINE void store(int32_t type, void *y, int64_t index, const int16_t values[PANEL], int n, int is_first) {
    if (type == BG_INT16) {
        for (int i = 0; i < n; i += VI_LANES) {
            vi_store((int16_t *)y + index + i, vi_load(values + i, VI_LANES), vi_count(i, n));
        }
    } else {
        for (int i = 0; i < n; i += VF_LANES) {
            float *to = (float *)y + index + i;
            vf value = vf_load_int16(values + i, VF_LANES);
            vf_store(to, is_first ? value : vf_add(value, vf_load(to, vf_count(i, n))), vf_count(i, n));
        }
    }
}

BG_INLINE void prefetch(const struct block *block, int64_t index) {
    int64_t element_bytes = block->type == BG_INT16 ? sizeof(int16_t) : sizeof(float);
    bg_prefetch_to_write((const char *)block->y + index * element_bytes, (int)(block->channels * element_bytes));
}

/* y of all output pixels of two ranges. */
BG_INLINE void convolve_range(
    const struct block *block, const struct bg_tap_range *rows, const struct bg_tap_range *columns, mask_panels masks) {
    const struct bg_geometry *c = block->c;
    struct bg_tap_run runs[SLICE_ELEMENTS];
    _Alignas(64) int16_t base[MAX_PANELS][PANEL];
    struct seen seen[TILE_PIXELS] = {0}; /* pixels outside of the runs stay so */
    int run_count = bg_find_tap_runs(c, rows, columns, c->channels, block->first_element, block->elements, runs);
    int panels = (int)((block->channels + PANEL - 1) / PANEL);
    int pairs = (block->elements + 1) / 2;
    sum_weights(runs, run_count, masks, panels, base);
    struct bg_out_pixel pixel = bg_first_out_pixel(c, block->image_begin, rows, columns);
    while (pixel.image < block->image_end) {
        int64_t y_rows[TILE_PIXELS];
        int pixels = 0;
        do {
            const uint8_t *first_tap = block->pixels + pixel.first_tap_row * c->channels;
            for (const struct bg_tap_run *run = runs; run < runs + run_count; run++) {
                memcpy(seen[pixels].pixels + run->first, first_tap + run->from, (size_t)run->count);
            }
            y_rows[pixels] = pixel.out_row * c->out_channels + block->first_channel;
            prefetch(block, y_rows[pixels]);
            bg_next_out_pixel(c, &pixel, rows, columns);
        } while (++pixels < TILE_PIXELS && pixel.image < block->image_end);
        for (int r = 0; r < TILE_PIXELS; r++) {
            pair_up(&seen[r], pairs);
        }
        for (int panel = 0; panel < panels; panel++) {
            _Alignas(64) int16_t y[TILE_PIXELS][PANEL];
            sum_tile(seen, pairs, masks[panel], base[panel], y);
            int n = (int)lesser(block->channels - panel * PANEL, PANEL);
            for (int r = 0; r < pixels; r++) {
                int64_t index = y_rows[r] + panel * PANEL;
                store(block->type, block->y, index, y[r], n, block->first_element == 0);
            }
        }
    }
}

BG_INLINE void convolve_block(const struct block *block, const uint64_t *weights) {
    const struct bg_geometry *c = block->c;
    _Alignas(64) mask_panels masks;
    pack_masks(block, weights, masks);
    for (struct bg_tap_range rows = {0}; rows.end < c->out_height;) {
        rows = bg_next_tap_range(bg_row_axis(c), rows.end);
        for (struct bg_tap_range columns = {0}; columns.end < c->out_width;) {
            columns = bg_next_tap_range(bg_column_axis(c), columns.end);
            convolve_range(block, &rows, &columns, masks);
        }
    }
}

void BG_KERNEL(pixel_convolution)(const struct bg_geometry *c, const struct bg_pixel_convolution_operands *operands,
    int64_t image_begin, int64_t image_end) {
    for (int64_t n = 0; n < c->out_channels; n += MAX_PANELS * PANEL) {
        int64_t channels = lesser(c->out_channels - n, MAX_PANELS * PANEL);
        for (int64_t element = 0; element < c->taps * c->channels; element += SLICE_ELEMENTS) {
            int elements = (int)lesser(c->taps * c->channels - element, SLICE_ELEMENTS);
            struct block block = {c, operands->pixels, operands->y_type, operands->y, n, channels, element, elements,
                image_begin, image_end};
            convolve_block(&block, operands->weights);
        }
    }
}
