#if !defined(__ARM_NEON)
#error "this file needs NEON"
#endif

#include <arm_neon.h>
#include <stdint.h>

/*
 * Over the taps inside of the image, y = sum of w (2 p - 255). A lane is an output pixel. Of four elements of the
 * fan-in, a table has the sums for every combination of four weights; the four bits of an output channel say which
 * of them is loaded and added. Elements outside of the image are 0, and so are those behind the last one.
 *
 * 16 bits hold |y| <= 255 * 128 of a slice of the fan-in. Longer fan-ins add slices up in float32, exactly.
 */
enum {
    LANES = 8,
    STEP = 4,
    ENTRIES = 16,                       /* of a table */
    TILE_CHANNELS = 8,                  /* whose bits for a step are 32 */
    TILE_VECTORS = 2,                   /* of pixels: 16 sums, of 32 registers */
    TILE_PIXELS = TILE_VECTORS * LANES, /* which share tables */
    SLICE_ELEMENTS = 128,               /* their tables are half of an L1 cache */
    SLICE_STEPS = SLICE_ELEMENTS / STEP,
    BLOCK_CHANNELS = 512, /* which share tables */
    TRANSPOSED = 16,      /* elements and pixels that are transposed at a time */
};
_Static_assert(SLICE_ELEMENTS * 255 <= INT16_MAX, "sums of a slice");

/* The bits of a tile of channels for a step: four of each channel. */
typedef uint32_t packed_weights[BLOCK_CHANNELS / TILE_CHANNELS][SLICE_STEPS];

/* The sums of a step, for each combination of weights. */
typedef int16_t table[ENTRIES][TILE_PIXELS];

#include "kernels/pixel_convolution/block.h"

/* Loops over registers are unrolled early, or else the compiler keeps them in memory. */
#define UNROLL _Pragma("GCC unroll 16")

/* Of numbers `distance` apart, exchanges upper groups of bits of the first with lower ones of the second. */
#define EXCHANGE_BITS(rows, distance, lower)                                                                           \
    UNROLL                                                                                                             \
    for (int i = 0; i < TILE_CHANNELS; i++) {                                                                          \
        if (i % (2 * distance) < distance) {                                                                           \
            uint32_t different = ((rows)[i] >> STEP * distance ^ (rows)[i + distance]) & (lower);                      \
            (rows)[i + distance] ^= different;                                                                         \
            (rows)[i] ^= different << STEP * distance;                                                                 \
        }                                                                                                              \
    }

/* Channels beyond the last one repeat it: their sums are not stored. Channels and steps are transposed. */
static void pack_weights(struct block *block) {
    for (int64_t first = 0; first < block->channels; first += TILE_CHANNELS) {
        uint32_t rows[TILE_CHANNELS][SLICE_WORDS];
        for (int i = 0; i < TILE_CHANNELS; i++) {
            read_weights(block, block->first_channel + lesser(first + i, block->channels - 1), rows[i]);
        }
        for (int word = 0; word * 32 < block->elements; word++) {
            uint32_t bits[TILE_CHANNELS];
            for (int i = 0; i < TILE_CHANNELS; i++) {
                bits[i] = rows[i][word];
            }
            EXCHANGE_BITS(bits, 4, 0x0000ffff)
            EXCHANGE_BITS(bits, 2, 0x00ff00ff)
            EXCHANGE_BITS(bits, 1, 0x0f0f0f0f)
            memcpy(block->weights[first / TILE_CHANNELS] + word * (32 / STEP), bits, sizeof bits);
        }
    }
}

/* Of registers `distance` apart, exchanges the odd elements of the first with the even ones of the second. */
#define EXCHANGE(registers, count, distance, type, suffix, bytes)                                                      \
    UNROLL                                                                                                             \
    for (int i = 0; i < count; i++) {                                                                                  \
        if (i % (2 * distance) < distance) {                                                                           \
            type a = vreinterpretq_##suffix##_##bytes(registers[i]);                                                   \
            type b = vreinterpretq_##suffix##_##bytes(registers[i + distance]);                                        \
            registers[i] = vreinterpretq_##bytes##_##suffix(vtrn1q_##suffix(a, b));                                    \
            registers[i + distance] = vreinterpretq_##bytes##_##suffix(vtrn2q_##suffix(a, b));                         \
        }                                                                                                              \
    }

/* 16 rows of 16 bytes. */
BG_INLINE void transpose_bytes(uint8x16_t rows[TRANSPOSED]) {
    UNROLL
    for (int i = 0; i < TRANSPOSED; i += 2) {
        uint8x16_t even = rows[i];
        rows[i] = vtrn1q_u8(even, rows[i + 1]);
        rows[i + 1] = vtrn2q_u8(even, rows[i + 1]);
    }
    EXCHANGE(rows, TRANSPOSED, 2, uint16x8_t, u16, u8)
    EXCHANGE(rows, TRANSPOSED, 4, uint32x4_t, u32, u8)
    EXCHANGE(rows, TRANSPOSED, 8, uint64x2_t, u64, u8)
}

/* 8 rows of 8 words. */
BG_INLINE void transpose_words(int16x8_t rows[LANES]) {
    UNROLL
    for (int i = 0; i < LANES; i += 2) {
        int16x8_t even = rows[i];
        rows[i] = vtrn1q_s16(even, rows[i + 1]);
        rows[i + 1] = vtrn2q_s16(even, rows[i + 1]);
    }
    EXCHANGE(rows, LANES, 2, uint32x4_t, u32, s16)
    EXCHANGE(rows, LANES, 4, uint64x2_t, u64, s16)
}
#undef EXCHANGE

/* Of a vector of pixels, from their elements of a step. First the sums of two elements each, in the order of bits. */
BG_INLINE void build_table(const uint8x8_t pixels[STEP], const int16_t inside[STEP], int16_t *entries) {
    int16x8_t pairs[2][4];
    UNROLL
    for (int pair = 0; pair < 2; pair++) {
        int16x8_t values[2];
        UNROLL
        for (int i = 0; i < 2; i++) {
            int16x8_t twice = vreinterpretq_s16_u16(vshll_n_u8(pixels[2 * pair + i], 1));
            values[i] = vandq_s16(vsubq_s16(twice, vdupq_n_s16(255)), vdupq_n_s16(inside[2 * pair + i]));
        }
        pairs[pair][3] = vaddq_s16(values[0], values[1]);
        pairs[pair][1] = vsubq_s16(values[0], values[1]);
        pairs[pair][2] = vnegq_s16(pairs[pair][1]);
        pairs[pair][0] = vnegq_s16(pairs[pair][3]);
    }
    UNROLL
    for (int b = 0; b < ENTRIES; b++) {
        vst1q_s16(entries + b * TILE_PIXELS, vaddq_s16(pairs[0][b % 4], pairs[1][b / 4]));
    }
}

/* Of the first vectors of pixels. inside: all ones for elements that are inside of the image, 0 for all others. */
static void build_tables(int vectors, uint8_t seen[TILE_PIXELS][ROW_BYTES], int elements,
    const int16_t inside[SLICE_ELEMENTS], table *tables) {
    for (int first = 0; first < elements; first += TRANSPOSED) {
        uint8x16_t pixels[TRANSPOSED];
        UNROLL
        for (int r = 0; r < TILE_PIXELS; r++) {
            pixels[r] = vld1q_u8(seen[r] + first);
        }
        transpose_bytes(pixels);
        UNROLL
        for (int i = 0; i < TRANSPOSED; i += STEP) {
            if (first + i < elements) {
                int16_t *entries = tables[(first + i) / STEP][0];
                uint8x8_t low[STEP];
                uint8x8_t high[STEP];
                UNROLL
                for (int e = 0; e < STEP; e++) {
                    low[e] = vget_low_u8(pixels[i + e]);
                    high[e] = vget_high_u8(pixels[i + e]);
                }
                build_table(low, inside + first + i, entries);
                if (vectors == TILE_VECTORS) {
                    build_table(high, inside + first + i, entries + LANES);
                }
            }
        }
    }
}

/* y of a pixel and n <= TILE_CHANNELS channels. */
BG_INLINE void store(int32_t type, void *y, int64_t element, int is_first, int16x8_t sums, int n) {
    if (type == BG_FLOAT32) {
        float *to = (float *)y + element;
        vf value = vf_from_int16(sums);
        vf_store(to, is_first ? value : vf_add(value, vf_load(to, n)), n);
    } else if (n == TILE_CHANNELS) {
        vst1q_s16((int16_t *)y + element, sums);
    } else {
        memcpy((int16_t *)y + element, &sums, (size_t)n * sizeof(int16_t));
    }
}

/* y of a tile of channels, and of count pixels in so many vectors. */
BG_INLINE void convolve_tile(
    int vectors, const struct block *block, const table *tables, int64_t at, const int64_t *rows, int count) {
    const uint32_t *weights = block->weights[at / TILE_CHANNELS];
    int16x8_t sums[TILE_VECTORS][TILE_CHANNELS];
    UNROLL
    for (int i = 0; i < TILE_CHANNELS; i++) {
        UNROLL
        for (int v = 0; v < vectors; v++) {
            sums[v][i] = vdupq_n_s16(0);
        }
    }
    for (const uint32_t *end = weights + (block->elements + STEP - 1) / STEP; weights < end; weights++, tables++) {
        UNROLL
        for (int i = 0; i < TILE_CHANNELS; i++) {
            const int16_t *entry = (*tables)[*weights >> STEP * i & (ENTRIES - 1)];
            __asm__("" : "+r"(entry)); /* one address for all loads of an entry */
            UNROLL
            for (int v = 0; v < vectors; v++) {
                sums[v][i] = vaddq_s16(sums[v][i], vld1q_s16(entry + v * LANES));
            }
        }
    }
    UNROLL
    for (int v = 0; v < vectors; v++) {
        transpose_words(sums[v]);
    }
    int32_t type = block->operands->y_type;
    void *y = block->operands->y;
    int is_first = block->first_element == 0;
    int n = (int)lesser(block->channels - at, TILE_CHANNELS);
    if (n == TILE_CHANNELS && count == vectors * LANES) {
        UNROLL
        for (int r = 0; r < vectors * LANES; r++) {
            store(type, y, rows[r] + at, is_first, sums[r / LANES][r % LANES], TILE_CHANNELS);
        }
    } else {
        int16x8_t pixels[TILE_PIXELS];
        UNROLL
        for (int r = 0; r < vectors * LANES; r++) {
            pixels[r] = sums[r / LANES][r % LANES];
        }
        for (int r = 0; r < count; r++) {
            store(type, y, rows[r] + at, is_first, pixels[r], n);
        }
    }
}

/* Functions of their own have all registers for themselves. */
static __attribute__((noinline)) void convolve_two_vectors(
    const struct block *block, const table *tables, int64_t at, const int64_t *rows, int count) {
    convolve_tile(2, block, tables, at, rows, count);
}

static __attribute__((noinline)) void convolve_vector(
    const struct block *block, const table *tables, int64_t at, const int64_t *rows, int count) {
    convolve_tile(1, block, tables, at, rows, count);
}

static void convolve_range(
    const struct block *block, const struct bg_tap_range *rows, const struct bg_tap_range *columns) {
    const struct bg_geometry *c = block->c;
    struct bg_tap_run runs[SLICE_ELEMENTS];
    int run_count = bg_find_tap_runs(c, rows, columns, c->channels, block->first_element, block->elements, runs);
    int is_short = are_short(block, runs, run_count);
    const uint8_t *all = block->operands->pixels;
    const uint8_t *end = all + block->operands->images * c->pixels * c->channels;
    int64_t reach = run_count == 0 ? 0 : runs[run_count - 1].from + COPY_BYTES; /* of short runs */
    int16_t inside[SLICE_ELEMENTS] = {0};
    uint8_t seen[TILE_PIXELS][ROW_BYTES] = {{0}};
    _Alignas(64) table tables[SLICE_STEPS];
    for (const struct bg_tap_run *run = runs; run < runs + run_count; run++) {
        memset(inside + run->first, 0xff, (size_t)run->count * sizeof *inside);
    }
    struct bg_out_pixel pixel = bg_first_out_pixel(c, block->image_begin, rows, columns);
    while (pixel.image < block->image_end) {
        int64_t y_rows[TILE_PIXELS];
        int count = 0;
        do {
            const uint8_t *first_tap = all + pixel.first_tap_row * c->channels;
            copy_runs(block, runs, run_count, is_short && end - first_tap >= reach, first_tap, seen[count]);
            y_rows[count] = pixel.out_row * c->out_channels + block->first_channel;
            prefetch(block, y_rows[count]);
            bg_next_out_pixel(c, &pixel, rows, columns);
        } while (++count < TILE_PIXELS && pixel.image < block->image_end);
        int vectors = count > LANES ? 2 : 1;
        build_tables(vectors, seen, block->elements, inside, tables);
        for (int64_t at = 0; at < block->channels; at += TILE_CHANNELS) {
            if (vectors == 2) {
                convolve_two_vectors(block, tables, at, y_rows, count);
            } else {
                convolve_vector(block, tables, at, y_rows, count);
            }
        }
    }
}
