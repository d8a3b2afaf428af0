/*
 * Tiles of channels, for sums over the rows of a matrix [rows, channels]. Lanes are channels, so each channel's sums
 * run in the order of its rows. A tile of a few neighbouring vectors of channels goes down the rows, so that whole
 * cache lines are used, sums stay in registers and their additions overlap.
 */
#ifndef BG_SIMD_TILES_H
#define BG_SIMD_TILES_H

#include "simd/simd.h"

enum { TILE_VECTORS = 4 };

/*
 * Block sums are made in strips of so few rows that all of a strip is in the L1 cache when its last tile comes to it,
 * so that memory is read in order: where rows are short, three times as fast as a tile that goes down all of the block.
 */
enum { STRIP_ROWS = 8 };
_Static_assert(BG_SUM_BLOCK % STRIP_ROWS == 0, "a strip is of one block");

/* The first channel of a tile, how many vectors it has, and how many lanes of each: less than all in the last only. */
struct tile {
    int64_t channel;
    int vectors;
    int lanes;
};

/*
 * Runs the statement for tiles of channels [begin, end): of TILE_VECTORS whole vectors, then of one vector each. Lanes
 * are constant where they are all of a vector.
 */
#define FOR_EACH_TILE(begin, end, statement)                                                                           \
    do {                                                                                                               \
        int64_t at = begin;                                                                                            \
        for (; at + TILE_VECTORS * VF_LANES <= (end); at += TILE_VECTORS * VF_LANES) {                                 \
            const struct tile tile = {at, TILE_VECTORS, VF_LANES};                                                     \
            statement;                                                                                                 \
        }                                                                                                              \
        for (; at + VF_LANES <= (end); at += VF_LANES) {                                                               \
            const struct tile tile = {at, 1, VF_LANES};                                                                \
            statement;                                                                                                 \
        }                                                                                                              \
        if (at < (end)) {                                                                                              \
            const struct tile tile = {at, 1, vf_count(at, end)};                                                       \
            statement;                                                                                                 \
        }                                                                                                              \
    } while (0)

BG_INLINE int64_t channel_of(struct tile tile, int vector) {
    return tile.channel + vector * VF_LANES;
}

/*
 * Where the strip of rows that begins at a row ends. It is all of the block where there is only one vector of channels:
 * no other tile comes to the rows, and its sums need not wait for being stored and loaded again.
 */
BG_INLINE int64_t strip_end(int64_t row, int64_t rows, int64_t channels) {
    int64_t end = row + (channels <= VF_LANES ? BG_SUM_BLOCK - row % BG_SUM_BLOCK : STRIP_ROWS);
    return end < rows ? end : rows;
}

/* What n sums of a block are before it comes to a row. */
BG_INLINE vf sums_before(int64_t row, const float *sums, int n) {
    return row % BG_SUM_BLOCK == 0 ? vf_set1(0) : vf_load(sums, n);
}

/* The sum of block sums, whose rows are `columns` apart, over the blocks of so many rows, in n columns. */
BG_INLINE vf total_of_blocks(const float *sums, int64_t rows, int64_t columns, int n) {
    vf total = vf_set1(0);
    for (int64_t begin = 0; begin < rows; begin += BG_SUM_BLOCK) {
        total = vf_add(total, vf_load(sums + begin / BG_SUM_BLOCK * columns, n));
    }
    return total;
}

#endif
