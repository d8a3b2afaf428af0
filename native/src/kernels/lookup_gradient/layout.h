/*
 * How the work of the gradients is cut, and what of it lies where in the caller's scratch memory. The same for every
 * instruction set.
 *
 * A reduction runs over steps of 16 elements: four groups of four. For a row and a step there are four tables, one a
 * group, each with the group's sum for every combination of four signs. 16 bits of the binary operand, of one lane,
 * choose an entry of each. Lanes come in panels of 64, a word of a bit matrix.
 *
 *                      rows                          lanes              elements of the reduction
 *   input gradient     pixels of dx in one row       input channels     taps, and output channels
 *   weight gradient    output channels               input channels     output pixels
 *                                                    of one tap
 */
#ifndef BG_LOOKUP_LAYOUT_H
#define BG_LOOKUP_LAYOUT_H

#include "kernels/convolution.h"

enum {
    BG_GROUP = 4,         /* elements that one lookup adds */
    BG_STEP_GROUPS = 4,   /* groups in a step */
    BG_STEP = 16,         /* elements in a step */
    BG_PANEL = 64,        /* lanes in a panel */
    BG_PANEL_INDEX = 256, /* bytes of a panel's index for a step: four a lane */
    BG_MAX_TILE_ROWS = 8, /* rows that a variant may handle at once: so many rows may be read behind the last */
    BG_ALIGNMENT = 64,
};

_Static_assert((int)BG_INDEX_CHANNELS == BG_STEP, "a block of a weight index is a step of the input gradient");

/* Bytes of the four tables of a row for a step, of 16 sums each: bytes, two planes of bytes, or float32. */
enum { BG_INT8_TABLES = 64, BG_INT16_TABLES = 128, BG_FLOAT_TABLES = 256 };

static inline int64_t bg_table_bytes(int32_t type) {
    return type == BG_INT8 ? BG_INT8_TABLES : type == BG_INT16 ? BG_INT16_TABLES : BG_FLOAT_TABLES;
}

/* a * b for sizes that are not negative; INT64_MAX where that is too large, which no caller has as memory. */
static inline int64_t bg_product(int64_t a, int64_t b) {
    int64_t product;
    return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

static inline int64_t bg_sum(int64_t a, int64_t b) {
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

/* Takes bytes of the scratch memory, whole cache lines: returns where they begin, and moves its end. */
static inline int64_t bg_take(int64_t *end, int64_t bytes) {
    int64_t begin = *end;
    *end = bg_sum(
        begin, bytes > INT64_MAX - BG_ALIGNMENT ? bytes : (bytes + BG_ALIGNMENT - 1) / BG_ALIGNMENT * BG_ALIGNMENT);
    return begin;
}

static inline int64_t bg_ceil_div(int64_t a, int64_t b) {
    return a >= 0 ? (a + b - 1) / b : -(-a / b);
}

static inline int64_t bg_floor_div(int64_t a, int64_t b) {
    return a >= 0 ? a / b : -((-a + b - 1) / b);
}

static inline int64_t bg_min(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static inline int64_t bg_max(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* Where inputs and gradients are bytes: see products.h. */
enum { STEP_PIXELS = 4, PRODUCT_BLOCK = 64, PRODUCT_QUARTER = 16, PRODUCT_STEP_BYTES = STEP_PIXELS * PRODUCT_BLOCK };

/*
 * Where output pixels move by one input pixel of at most eight channels, four neighbours in a row see, through a row of
 * taps, some neighbours in a row of the image. These are loaded once, as a vector, and their bytes are put where a step
 * wants them. A part is what one vector of a step takes of one row of taps.
 */
struct window_part {
    _Alignas(64) uint8_t bytes[64]; /* of a vector of a step: where they are, in the row */
    uint64_t mask;                  /* the bytes that it gives */
    uint64_t seen;                  /* the bytes that it reads */
    int64_t from;                   /* bytes behind the first tap of the first pixel */
    int vector;
};

enum { WINDOW_PARTS = 8, WINDOW_VECTORS = PRODUCT_BLOCK * STEP_PIXELS / 64 };

struct window {
    int count; /* of the parts, in ascending order of vectors; 0 where there is no window */
    struct window_part parts[WINDOW_PARTS];
};

/* Steps of runs lie one behind the other, in the tables of a row and in the index. Offsets in bytes. */
struct bg_run {
    int64_t tables;
    int64_t index;
    int64_t steps;
};

static inline int64_t bg_index_bytes(const struct bg_geometry *c) {
    return bg_product(c->taps * c->words * BG_PANEL_INDEX, bg_ceil_div(c->out_channels, BG_STEP));
}

/* ---- Input gradient: tables of the dy pixels that a row of dx needs ------------------------------------------- */

enum { BG_FLAT_TABLE_BYTES = 32 << 10 };

struct bg_input_layout {
    int64_t steps;       /* of a pixel: output channels */
    int64_t pixel_bytes; /* tables of a dy pixel */
    int64_t first_pixel; /* of dy that a row of dx needs; those outside of dy have tables of zeros */
    int64_t row_pixels;
    int64_t rows;           /* of dy that a row of dx needs: a ring, row r in slot r % rows */
    int64_t magnitudes;     /* uint32 [rows, row_pixels]: the sums of |dy|; tables [rows, row_pixels] are at 0 */
    int64_t row_magnitudes; /* uint32 [pixels of dx in a row that share their runs] */
    int64_t runs;           /* struct bg_run [taps] */
    int64_t bytes;
};

static inline struct bg_input_layout bg_input_layout(int32_t type, const struct bg_geometry *c) {
    struct bg_input_layout layout;
    layout.steps = bg_ceil_div(c->out_channels, BG_STEP);
    layout.pixel_bytes = layout.steps * bg_table_bytes(type);
    if (bg_is_flat(c)) {
        layout.first_pixel = 0;
        layout.rows = 1;
        layout.row_pixels = bg_max(
            2 * BG_MAX_TILE_ROWS, BG_FLAT_TABLE_BYTES / layout.pixel_bytes / BG_MAX_TILE_ROWS * BG_MAX_TILE_ROWS);
    } else {
        int64_t last = (c->width - 1 + c->padding_width) / c->stride_width;
        layout.first_pixel = bg_floor_div(c->padding_width - (c->kernel_width - 1), c->stride_width);
        layout.rows = bg_ceil_div(c->kernel_height, c->stride_height);
        layout.row_pixels = last - layout.first_pixel + 1;
    }
    /* Rows of flat ones end with a tile. */
    int64_t pixels = bg_sum(bg_product(layout.rows, layout.row_pixels), bg_is_flat(c) ? 0 : BG_MAX_TILE_ROWS);
    layout.bytes = 0;
    bg_take(&layout.bytes, bg_product(pixels, layout.pixel_bytes));
    layout.magnitudes = bg_take(&layout.bytes, bg_product(pixels, sizeof(uint32_t)));
    layout.row_magnitudes =
        bg_take(&layout.bytes, bg_product(bg_ceil_div(c->width, c->stride_width), sizeof(uint32_t)));
    layout.runs = bg_take(&layout.bytes, bg_product(c->taps, sizeof(struct bg_run)));
    return layout;
}

/* ---- Weight gradient: sums, tables and index of a block of channels ------------------------------------------- */

enum {
    BG_BLOCK_LANES = 1152,          /* taps and input channels of a block, about */
    BG_ROW_TABLE_BYTES = 2048,      /* of tables for a row, about */
    BG_FLAT_INDEX_BYTES = 32 << 10, /* of the index of a flat convolution of a few pixels */
};

/*
 * A step is of some neighbouring pixels of an output row, its group, in each of some images, its set. Sums of integers
 * may have any order, so they take one pixel of 16 images: an input pixel has one index, which serves all taps. Floats
 * take four pixels of four images, as bitgrad.h says: each column of taps needs an index of its own, and tables of the
 * groups that it sees only a part of. A flat convolution is of images of four pixels in one row, in sets of four.
 * Absent images and pixels count as 0.
 */
struct bg_weight_layout {
    int64_t height, width, out_height, out_width, pixels, out_pixels; /* of an image; flat ones as above */
    int64_t set_images;                                               /* in a step */
    int64_t group_pixels;                                             /* in a step: 16 / set_images */
    int64_t groups;                                                   /* in an output row */
    int64_t slots; /* for the tables of an output row: of its groups, and of those that a tap column sees a part of */
    int64_t channels;      /* output channels at once, whole tiles of them: at most BG_BLOCK_CHANNELS */
    int64_t chunk_rows;    /* output rows at once; a multiple of out_height, or less than it */
    int64_t ring_rows;     /* input rows at once */
    int64_t block_words;   /* panels at once */
    int64_t row_bytes;     /* tables of a row */
    int64_t index_columns; /* of taps that have an index of their own: kernel_width, or 1 */
    int64_t index_steps;   /* of an input row: its pixels where one index serves all taps, or else groups */
    int64_t tables;        /* [channels, row_bytes] */
    int64_t index;         /* [index_columns, block_words, ring_rows, index_steps, BG_PANEL_INDEX] */
    int64_t totals;        /* uint32 [taps + kernel_width, BG_BLOCK_CHANNELS]: sums of |dy| over all pixels that a tap
                            sees, and over those of a row that a column of taps does */
    int64_t runs;          /* struct bg_run [chunk_rows, 3], or [chunk_rows, groups] where one index serves all taps and
                              pixels that neighbours see are not neighbours */
    int64_t columns;       /* struct bg_column [kernel_width] */
    int64_t bytes;         /* the sums, int32 or float [taps, block_words, channels, 64], are at 0, unless one
                            chunk has all pixels: then they are done tile by tile */
};

/*
 * What a column of taps sees of an output row: pixels [from, to), in groups [begin, end). Of the first and of the last
 * group that may be a part: then it has a slot of its own, and a mask of the elements that are seen.
 */
struct bg_column {
    int64_t from;
    int64_t to;
    int64_t begin;
    int64_t end;
    int64_t first_slot;
    int64_t last_slot;
    uint64_t first_mask[8];
    uint64_t last_mask[8];
};

/* Finds the k-th column, but for its masks. Its partial groups take their slots from *slots on. */
static inline struct bg_column bg_find_column(
    const struct bg_weight_layout *layout, const struct bg_geometry *c, int64_t k, int64_t *slots) {
    struct bg_column column = {0};
    column.from = bg_max(0, bg_ceil_div(c->padding_width - k, c->stride_width));
    column.to = bg_min(layout->out_width, bg_floor_div(layout->width - 1 + c->padding_width - k, c->stride_width) + 1);
    if (column.from < column.to) {
        int64_t last = (column.to - 1) / layout->group_pixels;
        column.begin = column.from / layout->group_pixels;
        column.end = last + 1;
        int first_is_partial = column.from % layout->group_pixels != 0;
        int last_is_partial = column.to % layout->group_pixels != 0 && column.to != layout->out_width;
        if (column.begin == last) {
            column.first_slot = first_is_partial || last_is_partial ? (*slots)++ : last;
            column.last_slot = column.first_slot;
        } else {
            column.first_slot = first_is_partial ? (*slots)++ : column.begin;
            column.last_slot = last_is_partial ? (*slots)++ : last;
        }
    }
    return column;
}

/* For calls of at most so many output channels. */
static inline struct bg_weight_layout bg_weight_layout(
    int32_t type, const struct bg_geometry *c, int64_t images, int64_t channels) {
    struct bg_weight_layout layout;
    int64_t most = type == BG_INT8 ? BG_BLOCK_CHANNELS : BG_BLOCK_CHANNELS / 2; /* wider types have larger tables */
    layout.channels = bg_min(bg_ceil_div(bg_min(channels, c->out_channels), BG_MAX_TILE_ROWS) * BG_MAX_TILE_ROWS, most);
    int flat = bg_is_flat(c);
    layout.height = flat ? 1 : c->height;
    layout.width = flat ? BG_GROUP : c->width;
    layout.out_height = flat ? 1 : c->out_height;
    layout.out_width = flat ? BG_GROUP : c->out_width;
    layout.pixels = layout.height * layout.width;
    layout.out_pixels = layout.out_height * layout.out_width;
    int one_index = !flat && (type == BG_INT8 || type == BG_INT16);
    layout.set_images = one_index ? BG_STEP : BG_STEP_GROUPS;
    layout.group_pixels = BG_STEP / layout.set_images;
    layout.groups = bg_ceil_div(layout.out_width, layout.group_pixels);
    layout.index_columns = one_index ? 1 : c->kernel_width;
    layout.index_steps = one_index ? layout.width : layout.groups;
    layout.slots = layout.groups;
    for (int64_t k = 0; k < c->kernel_width; k++) {
        bg_find_column(&layout, c, k, &layout.slots);
    }
    int one_chunk = 0;
    int64_t chunk_rows = bg_max(1, BG_ROW_TABLE_BYTES / bg_product(bg_table_bytes(type), layout.groups));
    if (chunk_rows < layout.out_height) {
        layout.chunk_rows = chunk_rows;
        layout.ring_rows =
            bg_min(layout.height, bg_sum(bg_product(chunk_rows - 1, c->stride_height), c->kernel_height));
    } else {
        int64_t all =
            bg_ceil_div(flat ? bg_ceil_div(bg_product(images, c->pixels), BG_GROUP) : images, layout.set_images);
        int64_t sets = bg_min(chunk_rows / layout.out_height, all);
        one_chunk = sets == all;
        layout.chunk_rows = sets * layout.out_height;
        layout.ring_rows = sets * layout.height;
    }
    layout.block_words = bg_min(c->words, bg_max(1, BG_BLOCK_LANES / c->taps / BG_PANEL));
    if (flat && one_chunk) {
        int64_t words = BG_FLAT_INDEX_BYTES / (layout.ring_rows * BG_PANEL_INDEX);
        layout.block_words = bg_min(layout.block_words, bg_max(1, words));
    }
    int64_t steps = bg_product(layout.chunk_rows, layout.slots);
    layout.row_bytes = bg_sum(bg_product(steps, bg_table_bytes(type)), BG_ALIGNMENT);
    layout.bytes = 0;
    if (!one_chunk) {
        bg_take(&layout.bytes, bg_product(layout.channels * sizeof(float) * BG_PANEL * layout.block_words, c->taps));
    }
    layout.tables = bg_take(&layout.bytes, bg_product(layout.channels, layout.row_bytes));
    layout.index = bg_take(&layout.bytes, bg_product(layout.index_columns * layout.block_words * BG_PANEL_INDEX,
                                              bg_product(layout.ring_rows, layout.index_steps)));
    layout.totals = bg_take(&layout.bytes, bg_product(BG_BLOCK_CHANNELS * sizeof(uint32_t), c->taps + c->kernel_width));
    int64_t row_runs = one_index && c->stride_width > 1 ? layout.groups : 3;
    layout.runs = bg_take(&layout.bytes, bg_product(row_runs * sizeof(struct bg_run), layout.chunk_rows));
    layout.columns = bg_take(&layout.bytes, c->kernel_width * sizeof(struct bg_column));
    return layout;
}

/* ---- Passes, of passes.h -------------------------------------------------------------------------------------- */

enum {
    BG_PASS_ROWS = 32,              /* of a table */
    BG_PASS_TABLE_BYTES = 16 << 10, /* of the tables of a pass: half of an L1 cache */
    BG_PASS_STEPS = 8,              /* at most, in a pass: with tables of bytes */
    BG_PASS_WORDS = 8,              /* panels whose sums go on at once, about: 64 KiB of them */
    BG_FLAT_PASS_WORDS = 4,
    BG_ENTRIES = 16, /* of the table of a group */
};

/* What a pass takes of a step: tables [BG_STEP_GROUPS, BG_ENTRIES, BG_PASS_ROWS], and 16 bits for each column. */
struct bg_step {
    const uint8_t *tables;
    const uint16_t *index;
};

struct bg_pass_layout {
    int64_t words;      /* panels at once */
    int64_t tables;     /* [steps, 64, BG_PASS_ROWS] */
    int64_t index;      /* of the weight gradient: uint16 [BG_PASS_STEPS, words * 64] */
    int64_t magnitudes; /* uint32 [taps, BG_PASS_ROWS]: sums of |dy| */
    int64_t bytes;      /* the sums, int32 or float [taps, words * 64, BG_PASS_ROWS], are at 0 */
};

/* For so many taps at once: one for the input gradient, a column of them, with an index, for the weight gradient. */
static inline struct bg_pass_layout bg_pass_layout(const struct bg_geometry *c, int64_t taps, int has_index) {
    struct bg_pass_layout layout;
    layout.words = bg_min(c->words, bg_max(1, (bg_is_flat(c) ? BG_FLAT_PASS_WORDS : BG_PASS_WORDS) / taps));
    layout.bytes = 0;
    bg_take(&layout.bytes, bg_product(taps, layout.words * BG_PANEL * BG_PASS_ROWS * (int64_t)sizeof(float)));
    layout.tables = bg_take(&layout.bytes, BG_PASS_TABLE_BYTES);
    layout.index =
        bg_take(&layout.bytes, has_index ? BG_PASS_STEPS * layout.words * BG_PANEL * (int64_t)sizeof(uint16_t) : 0);
    layout.magnitudes = bg_take(&layout.bytes, bg_product(taps, BG_PASS_ROWS * sizeof(uint32_t)));
    return layout;
}

/* ---- Scratch that is enough for every instruction set --------------------------------------------------------- */

static inline int64_t bg_input_scratch(int32_t type, const struct bg_geometry *c) {
    return bg_max(bg_input_layout(type, c).bytes, bg_pass_layout(c, 1, 0).bytes);
}

static inline int64_t bg_weight_scratch(int32_t type, const struct bg_geometry *c, int64_t images, int64_t channels) {
    return bg_max(bg_weight_layout(type, c, images, channels).bytes, bg_pass_layout(c, c->kernel_height, 1).bytes);
}

#endif
