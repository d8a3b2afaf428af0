/*
 * What the variants for vectors share: how the work is cut, and what of the weights and of the image a piece of it
 * needs. A block is of neighbouring output channels, over a slice of the fan-in, whose weights are packed once. Its
 * output pixels are taken range by range: those of a range see the same taps inside of the image.
 *
 * The file that includes this defines
 *
 *   STEP              elements of the fan-in that are taken at a time
 *   SLICE_ELEMENTS    of the fan-in at most: a multiple of 32. Longer fan-ins are done in several slices
 *   BLOCK_CHANNELS    of a block at most
 *   packed_weights    their type
 *
 * and then the functions that are declared here.
 */
#ifndef BG_PIXEL_CONVOLUTION_BLOCK_H
#define BG_PIXEL_CONVOLUTION_BLOCK_H

#include <string.h>

#include "dispatch/table.h"
#include "simd/simd.h"

enum {
    SLICE_WORDS = SLICE_ELEMENTS / 32,
    COPY_BYTES = 16, /* short runs are copied as so many bytes */
    ROW_BYTES = SLICE_ELEMENTS + COPY_BYTES,
};

/* A block of channels over a slice of the fan-in. */
struct block {
    const struct bg_geometry *c;
    const struct bg_pixel_convolution_operands *operands;
    int64_t first_channel;
    int64_t channels;
    int64_t first_element;
    int64_t first_tap; /* that the first element is of */
    int64_t first_in_tap;
    int elements;
    int64_t image_begin;
    int64_t image_end;
    _Alignas(64) packed_weights weights;
};

/* Packs the weights of a block. */
static void pack_weights(struct block *block);

/* y of all output pixels of two ranges: sets, or after the first slice adds. */
static void convolve_range(
    const struct block *block, const struct bg_tap_range *rows, const struct bg_tap_range *columns);

BG_INLINE int64_t lesser(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* The weights of an output channel as one row of bits, without the padding between taps. */
BG_INLINE void read_weights(const struct block *block, int64_t channel, uint32_t bits[SLICE_WORDS]) {
    const struct bg_geometry *c = block->c;
    const uint64_t *row = block->operands->weights + (channel * c->taps + block->first_tap) * c->words;
    int64_t at = block->first_in_tap;
    if (c->taps == 1) {
        memcpy(bits, (const uint32_t *)row + at / 32, (size_t)((block->elements + 31) / 32) * sizeof *bits);
        return;
    }
    memset(bits, 0, SLICE_WORDS * sizeof *bits);
    for (int i = 0; i < block->elements;) {
        int count = (int)lesser(lesser(c->channels - at, block->elements - i), 32 - i % 32);
        bits[i / 32] |= bg_read_bits(row, at, count) << i % 32;
        i += count;
        at += count;
        if (at == c->channels) {
            at = 0;
            row += c->words;
        }
    }
}

/*
 * What an output pixel sees, into a row in which all else is 0. Where runs are short and leave no gap, what is copied
 * too much belongs to the next run, or is made 0 afterwards.
 */
BG_INLINE void copy_runs(const struct block *block, const struct bg_tap_run *runs, int run_count, int may_copy_more,
    const uint8_t *first_tap, uint8_t row[ROW_BYTES]) {
    if (may_copy_more) {
        for (const struct bg_tap_run *run = runs; run < runs + run_count; run++) {
            memcpy(row + run->first, first_tap + run->from, COPY_BYTES);
        }
        memset(row + block->elements, 0, STEP);
    } else {
        for (const struct bg_tap_run *run = runs; run < runs + run_count; run++) {
            memcpy(row + run->first, first_tap + run->from, (size_t)run->count);
        }
    }
}

/* Whether runs are short and leave no gap, in the slice of the fan-in. */
BG_INLINE int are_short(const struct block *block, const struct bg_tap_run *runs, int run_count) {
    int end = 0;
    int most = 0;
    for (const struct bg_tap_run *run = runs; run < runs + run_count && run->first == end; run++) {
        end = run->first + run->count;
        most = run->count > most ? run->count : most;
    }
    return end == block->elements && most <= COPY_BYTES;
}

BG_INLINE void prefetch(const struct block *block, int64_t index) {
    int64_t element_bytes = block->operands->y_type == BG_INT16 ? sizeof(int16_t) : sizeof(float);
    bg_prefetch_to_write(
        (const char *)block->operands->y + index * element_bytes, (int)(block->channels * element_bytes));
}

static void convolve_block(struct block *block) {
    const struct bg_geometry *c = block->c;
    pack_weights(block);
    for (struct bg_tap_range rows = {0}; rows.end < c->out_height;) {
        rows = bg_next_tap_range(bg_row_axis(c), rows.end);
        for (struct bg_tap_range columns = {0}; columns.end < c->out_width;) {
            columns = bg_next_tap_range(bg_column_axis(c), columns.end);
            convolve_range(block, &rows, &columns);
        }
    }
}

void BG_KERNEL(pixel_convolution)(const struct bg_geometry *c, const struct bg_pixel_convolution_operands *operands,
    int64_t image_begin, int64_t image_end) {
    struct block block; /* most of it is not touched */
    block.c = c;
    block.operands = operands;
    block.image_begin = image_begin;
    block.image_end = image_end;
    int64_t fan_in = c->taps * c->channels;
    for (block.first_channel = 0; block.first_channel < c->out_channels; block.first_channel += block.channels) {
        block.channels = lesser(c->out_channels - block.first_channel, BLOCK_CHANNELS);
        for (block.first_element = 0; block.first_element < fan_in; block.first_element += block.elements) {
            block.first_tap = block.first_element / c->channels;
            block.first_in_tap = block.first_element % c->channels;
            block.elements = (int)lesser(fan_in - block.first_element, SLICE_ELEMENTS);
            convolve_block(&block);
        }
    }
}

#endif
