/*
 * The loops of every vector variant of the gradients by lookup; layout.h says how the work is cut. The file that
 * includes this defines, for its instruction set, what a table and an index are and how they are built and looked up.
 * Everything is about one step of 16 elements, in groups j = 0..3 of elements 4j..4j+3; a quarter is 16 lanes of a
 * panel.
 *
 * Index
 *   void build_index(const uint64_t *const elements[BG_STEP], int64_t word, uint8_t index[BG_PANEL_INDEX])
 *       For lanes l = 0..63, element e is bit l of elements[e][word]. Index of quarter q at index + 64 q.
 *   index_vector, index_load(const uint8_t *)
 *       The index of a quarter.
 *
 * Tables
 *   void build_tables_int8(const int8_t values[64], int steps, uint8_t *tables, int64_t stride, int32_t magnitudes[4])
 *       Of `steps` <= 4 steps of 16 values, tables of step s at tables + s * stride, aligned to 64 bytes. For each
 *       group, 16 bytes T[b] = sum over i of |g_i| where bit i of b agrees with the sign of g_i (a set bit is +1), so
 *       that the sum with signs is 2 T - sum |g_i|. Writes all 4 magnitudes, each the sum of |value| over a step.
 *   build_tables_int16   from int16_t: two planes of 64 bytes, T % 256 and T / 256.
 *   build_tables_float   from float: for each group, 16 floats (s0 g0 + s1 g1) + (s2 g2 + s3 g3); no magnitudes.
 *   void transpose_int8(const void *const elements[BG_STEP], int rows, void *values)
 *       values[r][e] = elements[e][r] for rows r < rows <= 16, and 0 for the other r < 16. values is aligned to 64
 *       bytes.
 *   transpose_int16, transpose_float32 and transpose_float16, of which the last gives float too.
 *
 * Lookups of bytes
 *   byte_table, byte_table_load(const uint8_t *)
 *       The four tables of a row, one plane.
 *   byte_sums, byte_sums_zero()
 *       For a row, a plane and a quarter.
 *   void byte_sums_add(byte_sums *, byte_table, index_vector)
 *   void byte_sums_flush(byte_sums *, int plane, uint32_t sums[16])
 *       sums += byte sums << 8 plane, for each lane; and the byte sums are 0 again.
 *   BYTE_STEPS     steps that byte_sums hold before they must be flushed; 0 if any number
 *   BYTE_ROWS      rows of a tile, times planes: 2, 4 or 8
 *   NARROW_ROWS    rows of a tile of one quarter and one plane: BYTE_ROWS or 8
 *
 * Lookups of floats
 *   float_index, float_index_of(index_vector, int group), float_table, float_table_load(const float *)
 *   float_sums, float_sums_load(const float *), float_sums_store(float *, float_sums)
 *   void float_sums_add(float_sums *, float_table, float_index)
 *   FLOAT_ROWS     rows of a tile: 1, 2, 4 or 8
 *
 * TILE_QUARTERS: quarters of a tile, 1, 2 or 4.
 */
#ifndef BG_LOOKUP_H
#define BG_LOOKUP_H

#include <string.h>

#include "dispatch/table.h"
#include "kernels/lookup_gradient/common.h"
#include "kernels/lookup_gradient/pixel.h"
#include "kernels/lookup_gradient/products.h"
#include "simd/simd.h"

enum {
    QUARTER = BG_PANEL / 4,             /* lanes */
    QUARTER_INDEX = BG_PANEL_INDEX / 4, /* bytes */
    PLANE_BYTES = BG_INT8_TABLES,
    FLOAT_TABLE = 16, /* floats of one table */
};
_Static_assert((int)BG_MAX_TILE_ROWS % BYTE_ROWS == 0 && (int)BG_MAX_TILE_ROWS % FLOAT_ROWS == 0, "rows of a tile");
_Static_assert((int)BG_MAX_TILE_ROWS % NARROW_ROWS == 0 && NARROW_ROWS >= BYTE_ROWS, "rows of a narrow tile");
_Static_assert((int)BG_BLOCK_CHANNELS % BG_MAX_TILE_ROWS == 0, "tiles end where blocks do");

/* ---- A tile: sums of a few rows and quarters over all steps of the runs --------------------------------------- */

/*
 * sums [rows, BG_PANEL], uint32_t or float, continue from what they are. Tables of a row lie at tables + row *
 * row_bytes; there and in the index, steps lie at the offsets of the runs. Index and sums begin with the first quarter.
 */
typedef void tile(const uint8_t *tables, int64_t row_bytes, const uint8_t *index, const struct bg_run *runs,
    int64_t run_count, void *sums);

/* Loops over rows and quarters are unrolled early, or else the compiler keeps their sums in memory. */
#define UNROLL _Pragma("GCC unroll 8")

BG_INLINE void flush_bytes(
    int rows, int planes, int quarters, byte_sums partial[NARROW_ROWS][TILE_QUARTERS], uint32_t *sums) {
    UNROLL
    for (int r = 0; r < rows; r++) {
        UNROLL
        for (int plane = 0; plane < planes; plane++) {
            UNROLL
            for (int q = 0; q < quarters; q++) {
                byte_sums_flush(&partial[r * planes + plane][q], plane, sums + r * BG_PANEL + q * QUARTER);
            }
        }
    }
}

BG_INLINE void byte_tile(int rows, int planes, int quarters, const uint8_t *tables, int64_t row_bytes,
    const uint8_t *index, const struct bg_run *runs, int64_t run_count, uint32_t *sums) {
    byte_sums partial[NARROW_ROWS][TILE_QUARTERS];
    UNROLL
    for (int r = 0; r < rows * planes; r++) {
        UNROLL
        for (int q = 0; q < quarters; q++) {
            partial[r][q] = byte_sums_zero();
        }
    }
    int64_t held = 0;
    for (const struct bg_run *run = runs; run < runs + run_count; run++) {
        const uint8_t *step_tables = tables + run->tables;
        const uint8_t *step_index = index + run->index;
        for (int64_t s = 0; s < run->steps; s++) {
            index_vector indices[TILE_QUARTERS];
            UNROLL
            for (int q = 0; q < quarters; q++) {
                indices[q] = index_load(step_index + q * QUARTER_INDEX);
            }
            UNROLL
            for (int r = 0; r < rows; r++) {
                UNROLL
                for (int plane = 0; plane < planes; plane++) {
                    byte_table table = byte_table_load(step_tables + r * row_bytes + plane * PLANE_BYTES);
                    UNROLL
                    for (int q = 0; q < quarters; q++) {
                        byte_sums_add(&partial[r * planes + plane][q], table, indices[q]);
                    }
                }
            }
            step_tables += planes * PLANE_BYTES;
            step_index += BG_PANEL_INDEX;
            if (BYTE_STEPS != 0 && ++held == BYTE_STEPS) {
                flush_bytes(rows, planes, quarters, partial, sums);
                held = 0;
            }
        }
    }
    flush_bytes(rows, planes, quarters, partial, sums);
}

BG_INLINE void float_tile(int rows, int quarters, const uint8_t *tables, int64_t row_bytes, const uint8_t *index,
    const struct bg_run *runs, int64_t run_count, float *sums) {
    float_sums sum[FLOAT_ROWS][TILE_QUARTERS];
    UNROLL
    for (int r = 0; r < rows; r++) {
        UNROLL
        for (int q = 0; q < quarters; q++) {
            sum[r][q] = float_sums_load(sums + r * BG_PANEL + q * QUARTER);
        }
    }
    for (const struct bg_run *run = runs; run < runs + run_count; run++) {
        const uint8_t *step_tables = tables + run->tables;
        const uint8_t *step_index = index + run->index;
        for (int64_t s = 0; s < run->steps; s++) {
            index_vector indices[TILE_QUARTERS];
            UNROLL
            for (int q = 0; q < quarters; q++) {
                indices[q] = index_load(step_index + q * QUARTER_INDEX);
            }
            UNROLL
            for (int j = 0; j < BG_STEP_GROUPS; j++) {
                float_index group[TILE_QUARTERS];
                UNROLL
                for (int q = 0; q < quarters; q++) {
                    group[q] = float_index_of(indices[q], j);
                }
                UNROLL
                for (int r = 0; r < rows; r++) {
                    float_table table =
                        float_table_load((const float *)(step_tables + r * row_bytes) + j * FLOAT_TABLE);
                    UNROLL
                    for (int q = 0; q < quarters; q++) {
                        float_sums_add(&sum[r][q], table, group[q]);
                    }
                }
            }
            step_tables += BG_STEP_GROUPS * FLOAT_TABLE * sizeof(float);
            step_index += BG_PANEL_INDEX;
        }
    }
    UNROLL
    for (int r = 0; r < rows; r++) {
        UNROLL
        for (int q = 0; q < quarters; q++) {
            float_sums_store(sums + r * BG_PANEL + q * QUARTER, sum[r][q]);
        }
    }
}

/* For 1, 2, 3 and 4 quarters, as far as a tile has so many. */
#define TILES(X) X(1) X(2) X(3) X(4)
#define TILE(name, type, quarters, ...)                                                                                \
    static void name##_##quarters(const uint8_t *tables, int64_t row_bytes, const uint8_t *index,                      \
        const struct bg_run *runs, int64_t run_count, void *sums) {                                                    \
        type##_tile(__VA_ARGS__, quarters < TILE_QUARTERS ? quarters : TILE_QUARTERS, tables, row_bytes, index, runs,  \
            run_count, sums);                                                                                          \
    }
#define INT8_TILE(quarters) TILE(tile_int8, byte, quarters, BYTE_ROWS, 1)
#define INT16_TILE(quarters) TILE(tile_int16, byte, quarters, BYTE_ROWS / 2, 2)
#define FLOAT_TILE(quarters) TILE(tile_float, float, quarters, FLOAT_ROWS)
TILES(INT8_TILE);
TILES(INT16_TILE);
TILES(FLOAT_TILE);
TILE(narrow_tile_int8, byte, 1, NARROW_ROWS, 1);
#undef INT8_TILE
#undef INT16_TILE
#undef FLOAT_TILE
#undef TILE

/* ---- What the loops need to know of a type -------------------------------------------------------------------- */

struct lookup_type {
    tile *tiles[4]; /* by quarters - 1 */
    int rows;       /* of a tile */
    int is_float;
    int64_t table_bytes;   /* of a row, for a step */
    int64_t element_bytes; /* of dy */
    int64_t value_bytes;   /* of what tables are built from: dy, with float16 as float32 */
    void (*build_tables)(const void *values, int steps, uint8_t *tables, int64_t stride, int32_t magnitudes[4]);
    void (*transpose)(const void *const elements[BG_STEP], int rows, void *values);
};

static void build_int8(const void *values, int steps, uint8_t *tables, int64_t stride, int32_t magnitudes[4]) {
    build_tables_int8(values, steps, tables, stride, magnitudes);
}

static void build_int16(const void *values, int steps, uint8_t *tables, int64_t stride, int32_t magnitudes[4]) {
    build_tables_int16(values, steps, tables, stride, magnitudes);
}

static void build_float(const void *values, int steps, uint8_t *tables, int64_t stride, int32_t magnitudes[4]) {
    (void)magnitudes;
    build_tables_float(values, steps, tables, stride);
}

#define INT8_TILE(quarters) tile_int8_##quarters,
#define INT16_TILE(quarters) tile_int16_##quarters,
#define FLOAT_TILE(quarters) tile_float_##quarters,
static const struct lookup_type lookup_types[] = {
    [BG_FLOAT32] = {{TILES(FLOAT_TILE)}, FLOAT_ROWS, 1, BG_FLOAT_TABLES, 4, 4, build_float, transpose_float32},
    [BG_FLOAT16] = {{TILES(FLOAT_TILE)}, FLOAT_ROWS, 1, BG_FLOAT_TABLES, 2, 4, build_float, transpose_float16},
    [BG_INT16] = {{TILES(INT16_TILE)}, BYTE_ROWS / 2, 0, BG_INT16_TABLES, 2, 2, build_int16, transpose_int16},
    [BG_INT8] = {{TILES(INT8_TILE)}, BYTE_ROWS, 0, BG_INT8_TABLES, 1, 1, build_int8, transpose_int8},
};
#undef INT8_TILE
#undef INT16_TILE
#undef FLOAT_TILE
#undef TILES

/* Tables of bytes where only one quarter is wanted: more rows have as many sums as a tile of several quarters has. */
static const struct lookup_type narrow_int8 = {
    {narrow_tile_int8_1}, NARROW_ROWS, 0, BG_INT8_TABLES, 1, 1, build_int8, transpose_int8};

/* A tile of a panel of which lanes [first, lanes) are wanted, whole quarters but the last: sums [rows, BG_PANEL]
 * continue. */
BG_INLINE void add_panel(const struct lookup_type *kind, const uint8_t *tables, int64_t row_bytes, const uint8_t *index,
    const struct bg_run *runs, int64_t run_count, uint32_t *sums, int64_t first, int64_t lanes) {
    for (int64_t q = first / QUARTER; q * QUARTER < lanes; q += TILE_QUARTERS) {
        int64_t quarters = bg_min(bg_ceil_div(lanes - q * QUARTER, QUARTER), TILE_QUARTERS);
        kind->tiles[quarters - 1](tables, row_bytes, index + q * QUARTER_INDEX, runs, run_count, sums + q * QUARTER);
    }
}

/* Appends a step to the runs, to the last of them where it goes on without a gap. */
BG_INLINE int64_t append_step(struct bg_run *runs, int64_t count, int64_t table_bytes, int64_t tables, int64_t index) {
    if (count > 0) {
        struct bg_run *last = &runs[count - 1];
        if (last->tables + last->steps * table_bytes == tables && last->index + last->steps * BG_PANEL_INDEX == index) {
            last->steps++;
            return count;
        }
    }
    runs[count] = (struct bg_run){tables, index, 1};
    return count + 1;
}

/* ---- Input gradient ------------------------------------------------------------------------------------------- */

void BG_KERNEL(weight_index)(const struct bg_geometry *c, int32_t type, const uint64_t *weights, uint8_t *index,
    int64_t block_begin, int64_t block_end) {
    (void)type; /* one index serves the tables of all types */
    int64_t steps = bg_ceil_div(c->out_channels, BG_STEP);
    const uint64_t absent = 0;
    for (int64_t step = block_begin; step < block_end; step++) {
        for (int64_t tap = 0; tap < c->taps; tap++) {
            for (int64_t word = 0; word < c->words; word++) {
                const uint64_t *elements[BG_STEP];
                bg_find_weights(c, weights, tap, word, step, &absent, elements);
                build_index(elements, 0, index + ((word * c->taps + tap) * steps + step) * BG_PANEL_INDEX);
            }
        }
    }
}

/* 64 values of a pixel of a whole dy from one on, of which count exist; the others are 0. buffer is used as needed. */
BG_INLINE const void *load_values(int32_t type, const char *values, int count, float buffer[BG_PANEL]) {
    if (type == BG_FLOAT16) {
        for (int i = 0; i < BG_PANEL; i += VF_LANES) {
            int n = count - i < 0 ? 0 : count - i < VF_LANES ? count - i : VF_LANES;
            vf_store(buffer + i, vf_load_half((const uint16_t *)values + i, n), VF_LANES);
        }
        return buffer;
    }
    if (count == BG_PANEL) {
        return values;
    }
    memset(buffer, 0, BG_PANEL * sizeof *buffer);
    return memcpy(buffer, values, (size_t)count * bg_element_bytes(type));
}

/* Builds the tables of a pixel of a whole dy. Returns the sum of its magnitudes. */
BG_INLINE uint32_t build_whole_pixel(const struct lookup_type *kind, const struct bg_dy *dy,
    const struct bg_geometry *c, const char *values, uint8_t *tables) {
    int32_t sum = 0;
    for (int64_t n = 0; n < c->out_channels; n += BG_PANEL) {
        _Alignas(64) float buffer[BG_PANEL];
        int32_t magnitudes[4] = {0};
        int count = (int)bg_min(c->out_channels - n, BG_PANEL);
        const void *panel = load_values(dy->type, values + n * kind->element_bytes, count, buffer);
        int steps = (count + BG_STEP - 1) / BG_STEP;
        kind->build_tables(panel, steps, tables + n / BG_STEP * kind->table_bytes, kind->table_bytes, magnitudes);
        sum += magnitudes[0] + magnitudes[1] + magnitudes[2] + magnitudes[3];
    }
    return (uint32_t)sum;
}

/* And of a pooled one, which is of bytes. */
BG_INLINE uint32_t build_pooled_pixel(
    const struct bg_dy *dy, const struct bg_geometry *c, const struct pixel *pixel, uint8_t *tables) {
    int32_t sum = 0;
    for (int64_t n = 0; n < c->out_channels; n += BG_PANEL) {
        _Alignas(64) int8_t values[BG_PANEL];
        int32_t magnitudes[4] = {0};
        int count = (int)bg_min(c->out_channels - n, BG_PANEL);
        if (count == BG_PANEL) { /* the compiler sees that there are no tails */
            expand_pixel(dy, c, pixel, n, BG_PANEL, BG_PANEL, values);
        } else {
            expand_pixel(dy, c, pixel, n, count, BG_PANEL, values);
        }
        int steps = (count + BG_STEP - 1) / BG_STEP;
        build_tables_int8(values, steps, tables + n / BG_STEP * BG_INT8_TABLES, BG_INT8_TABLES, magnitudes);
        sum += magnitudes[0] + magnitudes[1] + magnitudes[2] + magnitudes[3];
    }
    return (uint32_t)sum;
}

/*
 * Builds the tables of some pixels of dy, which lie side by side, and writes the sum of the magnitudes of each pixel. All
 * of these pixels are built in one call, so that the constants are loaded only once.
 */
static __attribute__((noinline)) void build_pixels(const struct lookup_type *kind, const struct bg_dy *dy,
    const struct bg_geometry *c, const struct pixel *pixels, int count, uint8_t *tables, uint32_t *magnitudes) {
    int64_t pixel_bytes = bg_ceil_div(c->out_channels, BG_STEP) * kind->table_bytes;
    for (int i = 0; i < count && !dy->is_pooled; i++) {
        magnitudes[i] = build_whole_pixel(kind, dy, c, pixels[i].values, tables + i * pixel_bytes);
    }
    for (int i = 0; i < count && dy->is_pooled; i++) {
        magnitudes[i] = build_pooled_pixel(dy, c, &pixels[i], tables + i * pixel_bytes);
    }
}

/*
 * VF_LANES sums with signs of a row, as float32. Those of bytes are 2 T - sum |g|, see build_tables_int8: modulo 2^32,
 * which the sum itself fits.
 */
BG_INLINE vf signed_sums(int is_float, const uint32_t *sums, uint32_t magnitude) {
    if (is_float) {
        return vf_load((const float *)sums, VF_LANES);
    }
    int32_t dots[VF_LANES];
    for (int lane = 0; lane < VF_LANES; lane++) {
        dots[lane] = (int32_t)(2 * sums[lane] - magnitude);
    }
    return vf_from_int32(dots);
}

/* dx from an element on, lanes [first, lanes) of a panel; the mask is of the panel. */
BG_INLINE void store_gradient(int is_float, const uint32_t *sums, uint32_t magnitude, float scale, uint64_t mask,
    int32_t dx_type, void *dx, int64_t element, int first, int lanes) {
    for (int lane = first; lane < lanes; lane += VF_LANES) {
        vf gradient = signed_sums(is_float, sums + lane, magnitude);
        if (!is_float) {
            gradient = vf_mul(vf_set1(scale), gradient);
        }
        gradient = vf_select(gradient, (uint32_t)(mask >> lane));
        vf_store_typed(dx_type, dx, element + lane - first, gradient, vf_count(lane, lanes));
    }
}

/* Where the results of a call go. */
struct gradient_output {
    float scale;
    const uint64_t *mask;
    int32_t type;
    void *dx; /* of channels [begin, end) */
    int64_t begin;
    int64_t end;
};

/* Pixels of dx that share their runs: from one to the next these move by a dy pixel, whose tables lie side by side. */
struct pixel_row {
    const uint8_t *tables;
    const struct bg_run *runs; /* one a tap */
    int64_t run_count;
    const uint32_t *magnitudes; /* of each pixel: the sum of |dy| over its taps */
    int64_t first;              /* pixel of dx; then first + stride, ... */
    int64_t stride;
    int64_t count;
};

BG_INLINE void gradient_of_panel(const struct lookup_type *kind, int is_float, const struct bg_geometry *c,
    int64_t pixel_bytes, const struct pixel_row *row, const uint8_t *index, const struct gradient_output *output,
    int64_t word, int first, int lanes) {
    for (int64_t r = 0; r < row->count; r += kind->rows) {
        _Alignas(64) uint32_t sums[BG_MAX_TILE_ROWS][BG_PANEL];
        for (int64_t i = 0; i < kind->rows; i++) {
            memset(sums[i] + first, 0, (size_t)(lanes - first + QUARTER - 1) / QUARTER * QUARTER * sizeof **sums);
        }
        add_panel(
            kind, row->tables + r * pixel_bytes, pixel_bytes, index, row->runs, row->run_count, sums[0], first, lanes);
        for (int64_t i = r; i < bg_min(r + kind->rows, row->count); i++) {
            int64_t pixel = row->first + i * row->stride;
            uint64_t mask = output->mask == NULL ? ~(uint64_t)0 : output->mask[pixel * c->words + word];
            int64_t element = pixel * (output->end - output->begin) + word * BG_PANEL + first - output->begin;
            store_gradient(is_float, sums[i - r], is_float ? 0 : row->magnitudes[i], output->scale, mask, output->type,
                output->dx, element, first, lanes);
        }
    }
}

static void gradient_of_row(const struct lookup_type *kind, const struct bg_geometry *c, int64_t steps,
    const struct pixel_row *row, const uint8_t *index, const struct gradient_output *output) {
    for (int64_t word = output->begin / BG_PANEL; word * BG_PANEL < output->end; word++) {
        int first = (int)bg_max(output->begin - word * BG_PANEL, 0);
        int lanes = (int)bg_min(output->end - word * BG_PANEL, BG_PANEL);
        const uint8_t *panel = index + word * c->taps * steps * BG_PANEL_INDEX;
        int64_t pixel_bytes = steps * kind->table_bytes;
        if (kind->is_float) {
            gradient_of_panel(kind, 1, c, pixel_bytes, row, panel, output, word, first, lanes);
        } else if (first == 0 && lanes == BG_PANEL) {
            gradient_of_panel(kind, 0, c, pixel_bytes, row, panel, output, word, 0, BG_PANEL);
        } else {
            gradient_of_panel(kind, 0, c, pixel_bytes, row, panel, output, word, first, lanes);
        }
    }
}

/*
 * The runs of the pixel in row y and column x of dx, and of those a multiple of the stride behind it; and the
 * magnitudes of all of them.
 */
static int64_t input_runs(const struct bg_geometry *c, const struct bg_input_layout *layout, int64_t y, int64_t x,
    struct bg_run *runs, const uint32_t *pixel_magnitudes, uint32_t *magnitudes) {
    int64_t run_count = 0;
    int64_t count = bg_ceil_div(c->width - x, c->stride_width);
    memset(magnitudes, 0, (size_t)count * sizeof *magnitudes);
    for (int64_t tap = 0; tap < c->taps; tap++) {
        int64_t strided_y = y + c->padding_height - tap / c->kernel_width;
        int64_t strided_x = x + c->padding_width - tap % c->kernel_width;
        int64_t out_y = strided_y / c->stride_height;
        if (strided_y >= 0 && strided_y % c->stride_height == 0 && out_y < c->out_height &&
            strided_x % c->stride_width == 0) {
            int64_t pixel =
                out_y % layout->rows * layout->row_pixels + strided_x / c->stride_width - layout->first_pixel;
            runs[run_count++] =
                (struct bg_run){pixel * layout->pixel_bytes, tap * layout->steps * BG_PANEL_INDEX, layout->steps};
            for (int64_t i = 0; i < count; i++) {
                magnitudes[i] += pixel_magnitudes[pixel + i];
            }
        }
    }
    return run_count;
}

/* Images with neighbourhoods: a ring holds the rows of dy that a row of dx needs. */
static void gradient_of_images(const struct lookup_type *kind, const struct bg_dy *dy, const struct bg_geometry *c,
    const struct bg_input_layout *layout, const uint8_t *index, const struct gradient_output *output, uint8_t *scratch,
    int64_t image_begin, int64_t image_end) {
    uint32_t *pixel_magnitudes = (uint32_t *)(scratch + layout->magnitudes);
    uint32_t *magnitudes = (uint32_t *)(scratch + layout->row_magnitudes);
    struct bg_run *runs = (struct bg_run *)(scratch + layout->runs);
    memset(scratch, 0, (size_t)layout->row_magnitudes); /* the pixels beside a row stay 0 */
    for (int64_t image = image_begin; image < image_end; image++) {
        int64_t built = 0; /* rows of dy */
        for (int64_t y = 0; y < c->height; y++) {
            int64_t needed = bg_min((y + c->padding_height) / c->stride_height + 1, c->out_height);
            for (; built < needed; built++) {
                int64_t slot = built % layout->rows * layout->row_pixels - layout->first_pixel;
                int64_t number = (image * c->out_height + built) * c->out_width;
                for (int64_t first = 0; first < c->out_width; first += BG_STEP) {
                    struct pixel pixels[BG_STEP];
                    int count = (int)bg_min(BG_STEP, c->out_width - first);
                    find_pixels(dy, c, image, built, first, number + first, count, pixels);
                    build_pixels(kind, dy, c, pixels, count, scratch + (slot + first) * layout->pixel_bytes,
                        pixel_magnitudes + slot + first);
                }
            }
            for (int64_t x = 0; x < bg_min(c->stride_width, c->width); x++) {
                struct pixel_row row = {scratch, runs, input_runs(c, layout, y, x, runs, pixel_magnitudes, magnitudes),
                    magnitudes, (image * c->height + y) * c->width + x, c->stride_width,
                    bg_ceil_div(c->width - x, c->stride_width)};
                gradient_of_row(kind, c, layout->steps, &row, index, output);
            }
        }
    }
}

/* One long row of pixels, in blocks. */
static void gradient_of_pixels(const struct lookup_type *kind, const struct bg_dy *dy, const struct bg_geometry *c,
    const struct bg_input_layout *layout, const uint8_t *index, const struct gradient_output *output, uint8_t *scratch,
    int64_t begin, int64_t end) {
    uint32_t *magnitudes = (uint32_t *)(scratch + layout->magnitudes);
    const struct bg_run run = {0, 0, layout->steps};
    for (int64_t first = begin; first < end; first += layout->row_pixels) {
        struct pixel_row row = {scratch, &run, 1, magnitudes, first, 1, bg_min(layout->row_pixels, end - first)};
        for (int64_t i = 0; i < row.count; i += BG_STEP) {
            struct pixel pixels[BG_STEP];
            int count = (int)bg_min(BG_STEP, row.count - i);
            for (int p = 0; p < count; p++) {
                pixels[p] = find_pixel_of_row(dy, c, first + i + p);
            }
            build_pixels(kind, dy, c, pixels, count, scratch + i * layout->pixel_bytes, magnitudes + i);
        }
        gradient_of_row(kind, c, layout->steps, &row, index, output);
    }
}

void BG_KERNEL(input_gradient)(const struct bg_geometry *c, const struct bg_dy *dy,
    const struct bg_input_gradient_operands *operands, int64_t image_begin, int64_t image_end) {
    int64_t channels = operands->channel_end - operands->channel_begin;
    int is_narrow = NARROW_ROWS > BYTE_ROWS && channels <= QUARTER && dy->type == BG_INT8;
    const struct lookup_type *kind = is_narrow ? &narrow_int8 : &lookup_types[dy->type];
    struct bg_input_layout layout = bg_input_layout(dy->type, c);
    const struct gradient_output output = {
        dy->scale, operands->mask, operands->dx_type, operands->dx, operands->channel_begin, operands->channel_end};
    if (bg_is_flat(c)) {
        gradient_of_pixels(kind, dy, c, &layout, operands->index, &output, operands->scratch, image_begin * c->pixels,
            image_end * c->pixels);
    } else {
        gradient_of_images(kind, dy, c, &layout, operands->index, &output, operands->scratch, image_begin, image_end);
    }
}

/* ---- Weight gradient ------------------------------------------------------------------------------------------ */

enum { VALUE_BYTES = BG_BLOCK_CHANNELS * BG_STEP * sizeof(float) };
_Static_assert((int)BG_BLOCK_LANES / BG_PANEL <= (int)(sizeof zeros / sizeof *zeros), "a row of bits");

/* A call, and the block of it that is at work. */
struct weight_work {
    const struct lookup_type *kind;
    const struct bg_geometry *c;
    struct bg_weight_layout layout;
    const struct bg_dy *dy;
    const uint64_t *x;
    int32_t input_bits;
    int32_t gradient_type;
    void *gradient; /* from output channel channel_begin on */
    int64_t channel_begin;
    int64_t images;    /* of the layout's form */
    int64_t pixels;    /* of all images of dy; of a flat convolution, the last image may have less than its width */
    int64_t row_begin; /* rows of output pixels at work, in all sets of images */
    int64_t row_end;
    int64_t first; /* output channel of the block */
    int64_t count;
    int64_t first_word; /* panel of the block */
    int64_t words;
    uint32_t *sums;
    uint8_t *tables;
    uint8_t *index;
    uint32_t *totals;
    struct bg_run *runs;
    struct bg_column *columns;
};

/* All ones in the elements, of any type, of a group's pixels that are in [from, to); 64 bytes of whole steps. */
static void mask_group(uint64_t mask[8], int64_t value_bytes, int64_t group, int64_t from, int64_t to) {
    for (int64_t e = 0; e < 64 / value_bytes; e++) {
        int64_t pixel = group * BG_GROUP + e % BG_GROUP;
        memset((char *)mask + e * value_bytes, pixel >= from && pixel < to ? 0xff : 0, (size_t)value_bytes);
    }
}

/* Groups are of four pixels where a column sees only a part of one. */
static void find_columns(const struct weight_work *w) {
    int64_t groups = w->layout.groups;
    int64_t slots = groups;
    for (int64_t k = 0; k < w->c->kernel_width; k++) {
        struct bg_column column = bg_find_column(&w->layout, w->c, k, &slots);
        if (column.first_slot >= groups) {
            mask_group(column.first_mask, w->kind->value_bytes, column.begin, column.from, column.to);
        }
        if (column.last_slot >= groups) {
            mask_group(column.last_mask, w->kind->value_bytes, column.end - 1, column.from, column.to);
        }
        w->columns[k] = column;
    }
}

BG_INLINE int64_t slot_of(const struct bg_column *column, int64_t group) {
    return group == column->begin ? column->first_slot : group == column->end - 1 ? column->last_slot : group;
}

/* The 16 pixels of dy of a step. */
static void find_gradients(const struct weight_work *w, int64_t row, int64_t group, struct pixel pixels[BG_STEP]) {
    const struct bg_weight_layout *layout = &w->layout;
    int64_t set = row / layout->out_height * layout->set_images;
    int64_t y = row % layout->out_height;
    int64_t x = group * layout->group_pixels;
    if (layout->set_images == BG_STEP) {
        find_pixel_of_images(w->dy, w->c, set, w->images, y, x, pixels);
        return;
    }
    for (int j = 0; j < BG_STEP_GROUPS; j++) {
        int64_t first = ((set + j) * layout->out_height + y) * layout->out_width + x;
        int64_t exist =
            bg_max(0, bg_min(layout->out_width - x, w->pixels - first)); /* none of an image that does not */
        struct pixel *neighbours = pixels + j * BG_GROUP;
        if (exist < BG_GROUP) {
            for (int i = 0; i < BG_GROUP; i++) {
                neighbours[i] = no_pixel;
            }
        }
        if (!w->dy->is_pooled || !bg_is_flat(w->c)) {
            find_pixels(w->dy, w->c, set + j, y, x, first, (int)bg_min(exist, BG_GROUP), neighbours);
        } else {
            for (int i = 0; i < bg_min(exist, BG_GROUP); i++) {
                neighbours[i] = find_pixel_of_row(w->dy, w->c, first + i);
            }
        }
    }
}

/* The pixels of a step lie far apart: the next step's come from memory while tables of this one's are built. */
BG_INLINE void prefetch_gradients(const struct weight_work *w, const struct pixel pixels[BG_STEP]) {
    for (int e = 0; e < BG_STEP; e++) {
        for (int64_t byte = 0; byte < w->count * w->kind->element_bytes; byte += BG_ALIGNMENT) {
            __builtin_prefetch(pixels[e].values + w->first * w->kind->element_bytes + byte);
        }
        if (pixels[e].bits != NULL) {
            __builtin_prefetch(pixels[e].bits + w->first / BG_PANEL);
        }
    }
}

/* Values [BG_BLOCK_CHANNELS, BG_STEP] of the block's channels of a step. */
BG_INLINE void transpose_pixels(const struct weight_work *w, const struct pixel pixels[BG_STEP], char *values) {
    int8_t expanded[BG_STEP][BG_BLOCK_CHANNELS];
    const char *elements[BG_STEP];
    for (int e = 0; e < BG_STEP; e++) {
        elements[e] = pixels[e].values;
        if (w->dy->is_pooled) {
            if (w->count == BG_BLOCK_CHANNELS) { /* the compiler sees that there are no tails */
                expand_pixel(w->dy, w->c, &pixels[e], w->first, BG_BLOCK_CHANNELS, BG_BLOCK_CHANNELS, expanded[e]);
            } else {
                expand_pixel(w->dy, w->c, &pixels[e], w->first, (int)w->count, BG_BLOCK_CHANNELS, expanded[e]);
            }
            elements[e] = (const char *)expanded[e];
        } else if (elements[e] != (const char *)zeros) {
            elements[e] += w->first * w->kind->element_bytes;
        }
    }
    for (int64_t r = 0; r < w->count; r += BG_STEP) {
        const void *rows[BG_STEP];
        for (int e = 0; e < BG_STEP; e++) {
            rows[e] = elements[e] + r * w->kind->element_bytes;
        }
        int count = (int)bg_min(BG_STEP, w->c->out_channels - w->first - r);
        w->kind->transpose(rows, count, values + r * BG_STEP * w->kind->value_bytes);
    }
}

/* Tables of a slot from the values of a step, [BG_BLOCK_CHANNELS, BG_STEP]. */
BG_INLINE void build_slot(const struct weight_work *w, const char *values, int64_t row, int64_t slot,
    uint32_t magnitudes[BG_BLOCK_CHANNELS]) {
    uint8_t *tables = w->tables + ((row - w->row_begin) * w->layout.slots + slot) * w->kind->table_bytes;
    for (int64_t r = 0; r < w->count; r += 4) {
        w->kind->build_tables(values + r * BG_STEP * w->kind->value_bytes, 4, tables + r * w->layout.row_bytes,
            w->layout.row_bytes, (int32_t *)magnitudes + r);
    }
}

BG_INLINE void add_magnitudes(uint32_t sums[BG_BLOCK_CHANNELS], const uint32_t magnitudes[BG_BLOCK_CHANNELS]) {
    for (int r = 0; r < BG_BLOCK_CHANNELS; r++) {
        sums[r] += magnitudes[r];
    }
}

/* Tables of a group of pixels in a row of a set; and where that is not all a column sees of it, tables of what it
 * sees. */
static void build_group(
    const struct weight_work *w, const struct pixel pixels[BG_STEP], int64_t row, int64_t group, uint32_t *seen) {
    _Alignas(64) char values[VALUE_BYTES];
    _Alignas(64) uint32_t magnitudes[BG_BLOCK_CHANNELS] = {0};
    transpose_pixels(w, pixels, values);
    build_slot(w, values, row, group, magnitudes);
    for (int64_t k = 0; k < w->c->kernel_width; k++) {
        const struct bg_column *column = &w->columns[k];
        if (group < column->begin || group >= column->end) {
            continue;
        }
        int64_t slot = slot_of(column, group);
        if (slot == group) {
            add_magnitudes(seen + k * BG_BLOCK_CHANNELS, magnitudes);
            continue;
        }
        const uint64_t *mask = group == column->begin ? column->first_mask : column->last_mask;
        _Alignas(64) uint64_t masked[VALUE_BYTES / sizeof(uint64_t)];
        _Alignas(64) uint32_t masked_magnitudes[BG_BLOCK_CHANNELS] = {0};
        memcpy(masked, values, (size_t)(w->count * BG_STEP * w->kind->value_bytes));
        for (int64_t i = 0; i < w->count * BG_STEP * w->kind->value_bytes / 8; i += 8) {
            for (int word = 0; word < 8; word++) {
                masked[i + word] &= mask[word];
            }
        }
        build_slot(w, (const char *)masked, row, slot, masked_magnitudes);
        add_magnitudes(seen + k * BG_BLOCK_CHANNELS, masked_magnitudes);
    }
}

BG_INLINE int64_t input_row(const struct weight_work *w, int64_t y, int64_t tap_row) {
    return y * w->c->stride_height + tap_row - w->c->padding_height;
}

static void build_chunk_tables(const struct weight_work *w) {
    const struct bg_weight_layout *layout = &w->layout;
    uint32_t *seen = w->totals + w->c->taps * BG_BLOCK_CHANNELS; /* [kernel_width, BG_BLOCK_CHANNELS], of a row */
    struct pixel next[BG_STEP];
    find_gradients(w, w->row_begin, 0, next);
    for (int64_t row = w->row_begin; row < w->row_end; row++) {
        memset(seen, 0, (size_t)(w->c->kernel_width * BG_BLOCK_CHANNELS) * sizeof *seen);
        for (int64_t group = 0; group < layout->groups; group++) {
            struct pixel pixels[BG_STEP];
            memcpy(pixels, next, sizeof pixels);
            int is_last = group + 1 == layout->groups;
            find_gradients(w, row + is_last, is_last ? 0 : group + 1, next);
            prefetch_gradients(w, next);
            build_group(w, pixels, row, group, seen);
        }
        for (int64_t tap = 0; tap < w->c->taps; tap++) {
            int64_t y = input_row(w, row % layout->out_height, tap / w->c->kernel_width);
            if (y >= 0 && y < layout->height) {
                add_magnitudes(
                    w->totals + tap * BG_BLOCK_CHANNELS, seen + tap % w->c->kernel_width * BG_BLOCK_CHANNELS);
            }
        }
    }
}

BG_INLINE int64_t index_offset(const struct weight_work *w, int64_t k, int64_t word, int64_t row, int64_t step) {
    const struct bg_weight_layout *layout = &w->layout;
    int64_t slot = row % layout->ring_rows;
    return (((k * layout->block_words + word) * layout->ring_rows + slot) * layout->index_steps + step) *
           BG_PANEL_INDEX;
}

/* The index of a step, for every panel of the block. */
BG_INLINE void build_step_index(
    const struct weight_work *w, const uint64_t *const elements[BG_STEP], int64_t k, int64_t row, int64_t step) {
    uint8_t *index = w->index + index_offset(w, k, 0, row, step);
    int64_t word_bytes = index_offset(w, 0, 1, 0, 0);
    for (int64_t word = 0; word < w->words; word++) {
        build_index(elements, word, index + word * word_bytes);
    }
}

/* The index of one row of input pixels of a set, one pixel of 16 images a step. */
static void build_pixel_index_row(const struct weight_work *w, int64_t row) {
    const struct bg_weight_layout *layout = &w->layout;
    int64_t set = row / layout->height * layout->set_images;
    const uint64_t *pixel = w->x + (set * layout->pixels + row % layout->height * layout->width) * w->c->words;
    for (int64_t x = 0; x < layout->width; x++, pixel += w->c->words) {
        const uint64_t *elements[BG_STEP];
        for (int e = 0; e < BG_STEP; e++) {
            elements[e] = set + e < w->images ? pixel + e * layout->pixels * w->c->words + w->first_word : zeros;
        }
        build_step_index(w, elements, 0, row, x);
    }
}

/* The index of one row of input pixels of a set, for every column of taps. */
static void build_group_index_row(const struct weight_work *w, int64_t row) {
    const struct bg_weight_layout *layout = &w->layout;
    const struct bg_geometry *c = w->c;
    int64_t set = row / layout->height * BG_STEP_GROUPS;
    const uint64_t *pixels[BG_STEP_GROUPS];
    int64_t widths[BG_STEP_GROUPS];
    for (int j = 0; j < BG_STEP_GROUPS; j++) {
        int64_t pixel = ((set + j) * layout->height + row % layout->height) * layout->width;
        pixels[j] = w->x + pixel * c->words + w->first_word;
        widths[j] = set + j >= w->images ? 0 : bg_is_flat(c) ? w->pixels - pixel : layout->width;
    }
    for (int64_t k = 0; k < c->kernel_width; k++) {
        for (int64_t group = 0; group < layout->groups; group++) {
            const uint64_t *elements[BG_STEP];
            for (int i = 0; i < BG_GROUP; i++) {
                int64_t x = (group * BG_GROUP + i) * c->stride_width + k - c->padding_width;
                for (int j = 0; j < BG_STEP_GROUPS; j++) {
                    elements[j * BG_GROUP + i] = x >= 0 && x < widths[j] ? pixels[j] + x * c->words : zeros;
                }
            }
            build_step_index(w, elements, k, row, group);
        }
    }
}

/* The runs of a tap over the chunk, for the first word of the block. */
static int64_t weight_runs(const struct weight_work *w, int64_t tap) {
    const struct bg_weight_layout *layout = &w->layout;
    int64_t table_bytes = w->kind->table_bytes;
    int64_t k = tap % w->c->kernel_width;
    const struct bg_column *column = &w->columns[k];
    int one_index = layout->set_images == BG_STEP;
    int64_t first_step = one_index ? k - w->c->padding_width : 0; /* that group 0 sees */
    int64_t stride = one_index ? w->c->stride_width : 1;          /* in steps, from group to group */
    int64_t count = 0;
    for (int64_t row = w->row_begin; row < w->row_end; row++) {
        int64_t y = input_row(w, row % layout->out_height, tap / w->c->kernel_width);
        if (y < 0 || y >= layout->height) {
            continue;
        }
        int64_t input = row / layout->out_height * layout->height + y;
        int64_t index = index_offset(w, one_index ? 0 : k, 0, input, first_step);
        int64_t tables = (row - w->row_begin) * layout->slots * table_bytes;
        for (int64_t group = column->begin; group < column->end; group++) {
            count = append_step(w->runs, count, table_bytes, tables + slot_of(column, group) * table_bytes,
                index + group * stride * BG_PANEL_INDEX);
        }
    }
    return count;
}

/* The gradient of a panel of one output channel and tap, of which so many lanes are. */
BG_INLINE void store_reals(
    const struct weight_work *w, const uint32_t sums[BG_PANEL], int64_t row, int64_t tap, int64_t word, int64_t lanes) {
    uint32_t total = w->totals[tap * BG_BLOCK_CHANNELS + row];
    int64_t filter = (w->first - w->channel_begin + row) * w->c->taps + tap;
    float *gradient =
        (float *)w->gradient + filter * (w->c->channels / w->input_bits) + word * (BG_PANEL / w->input_bits);
    if (w->input_bits == 1) {
        for (int64_t lane = 0; lane < lanes; lane += VF_LANES) {
            vf sum = signed_sums(w->kind->is_float, sums + lane, total);
            vf_store(gradient + lane, vf_mul(vf_set1(w->dy->scale), sum), vf_count(lane, lanes));
        }
    } else {
        for (int64_t lane = 0; lane < lanes; lane += 8) {
            gradient[lane / 8] = w->dy->scale * bg_weighted_sum(w->kind->is_float, sums + lane, 2, total);
        }
    }
}

/* The same, of its signs. */
BG_INLINE void store_signs(
    const struct weight_work *w, const uint32_t sums[BG_PANEL], int64_t row, int64_t tap, int64_t word, int64_t lanes) {
    uint32_t total = w->totals[tap * BG_BLOCK_CHANNELS + row];
    uint64_t bits = 0;
    if (w->input_bits == 1) {
        for (int lane = 0; lane < BG_PANEL; lane += VF_LANES) {
            bits |= (uint64_t)vf_nonnegative(signed_sums(w->kind->is_float, sums + lane, total)) << lane;
        }
        bits &= ~(uint64_t)0 >> (BG_PANEL - lanes);
    } else {
        for (int64_t lane = 0; lane < lanes; lane += 8) {
            bits |= (uint64_t)(bg_weighted_sum(w->kind->is_float, sums + lane, 2, total) >= 0) << lane / 8;
        }
    }
    int64_t words = bg_row_words(w->c->channels / w->input_bits);
    uint64_t *signs = (uint64_t *)w->gradient + ((w->first - w->channel_begin + row) * w->c->taps + tap) * words;
    if (w->input_bits == 1) {
        signs[word] = bits;
    } else {
        bg_write_bits(signs, word * (BG_PANEL / 8), (uint32_t)bits);
    }
}

/* Adds the chunk to the sums of the block, which begin with the first chunk and become the gradient after the last. */
static void add_chunk(const struct weight_work *w, int is_first, int is_last) {
    const struct bg_weight_layout *layout = &w->layout;
    const struct bg_geometry *c = w->c;
    _Alignas(64) uint32_t only_sums[BG_MAX_TILE_ROWS][BG_PANEL];
    int64_t word_bytes = index_offset(w, 0, 1, 0, 0);
    for (int64_t tap = 0; tap < c->taps; tap++) {
        int64_t run_count = weight_runs(w, tap);
        for (int64_t word = 0; word < w->words; word++) {
            int64_t lanes = bg_min(BG_PANEL, c->channels - (w->first_word + word) * BG_PANEL);
            uint32_t *panel = w->sums + (tap * layout->block_words + word) * layout->channels * BG_PANEL;
            for (int64_t r = 0; r < w->count; r += w->kind->rows) {
                uint32_t *sums = is_first && is_last ? only_sums[0] : panel + r * BG_PANEL;
                if (is_first) {
                    memset(sums, 0, (size_t)w->kind->rows * sizeof *only_sums);
                }
                add_panel(w->kind, w->tables + r * layout->row_bytes, layout->row_bytes, w->index + word * word_bytes,
                    w->runs, run_count, sums, 0, lanes);
                for (int64_t i = 0; i < bg_min(w->kind->rows, w->count - r) && is_last; i++) {
                    if (w->gradient_type == BG_BITS) {
                        store_signs(w, sums + i * BG_PANEL, r + i, tap, w->first_word + word, lanes);
                    } else {
                        store_reals(w, sums + i * BG_PANEL, r + i, tap, w->first_word + word, lanes);
                    }
                }
            }
        }
    }
}

/* The gradient of a block. The index of the block before is kept where it is of the same panels, and of all pixels. */
static void gradient_of_block(struct weight_work *w, int index_is_kept) {
    const struct bg_weight_layout *layout = &w->layout;
    int64_t rows = bg_ceil_div(w->images, layout->set_images) * layout->out_height;
    int64_t indexed = 0; /* rows of input pixels */
    memset(w->totals, 0, (size_t)(w->c->taps * BG_BLOCK_CHANNELS) * sizeof *w->totals);
    for (w->row_begin = 0; w->row_begin < rows; w->row_begin = w->row_end) {
        /* A chunk is of whole sets, or inside of one. */
        int64_t set_end = (w->row_begin / layout->out_height + 1) * layout->out_height;
        int64_t limit = layout->chunk_rows < layout->out_height ? set_end : rows;
        w->row_end = bg_min(w->row_begin + layout->chunk_rows, limit);

        int64_t first_y = input_row(w, w->row_begin % layout->out_height, 0);
        int64_t last_y = input_row(w, (w->row_end - 1) % layout->out_height, w->c->kernel_height - 1);
        int64_t first_set_row = w->row_begin / layout->out_height * layout->height;
        int64_t last_set_row = (w->row_end - 1) / layout->out_height * layout->height;
        int64_t index_end = last_set_row + bg_min(last_y + 1, layout->height);
        indexed = bg_max(indexed, first_set_row + bg_max(first_y, 0));
        for (; indexed < index_end && !index_is_kept; indexed++) {
            if (layout->set_images == BG_STEP) {
                build_pixel_index_row(w, indexed);
            } else {
                build_group_index_row(w, indexed);
            }
        }
        build_chunk_tables(w);
        add_chunk(w, w->row_begin == 0, w->row_end == rows);
    }
}

void BG_KERNEL(weight_gradient)(const struct bg_geometry *c, const struct bg_dy *dy,
    const struct bg_weight_gradient_operands *operands, int64_t channel_begin, int64_t channel_end) {
    if (operands->input_bits == 8 && dy->type == BG_INT8) {
        gradient_by_products(c, dy, operands, channel_begin, channel_end);
        return;
    }
    int64_t images = operands->images;
    uint8_t *scratch = operands->scratch;
    struct weight_work w = {.kind = &lookup_types[dy->type],
        .c = c,
        .layout = bg_weight_layout(dy->type, c, images, operands->gradient_channels)};
    w.dy = dy;
    w.x = operands->x;
    w.input_bits = operands->input_bits;
    w.gradient_type = operands->gradient_type;
    w.gradient = operands->gradient;
    w.channel_begin = channel_begin;
    w.pixels = images * c->out_pixels;
    w.images = bg_is_flat(c) ? bg_ceil_div(w.pixels, BG_GROUP) : images;
    w.sums = (uint32_t *)scratch;
    w.tables = scratch + w.layout.tables;
    w.index = scratch + w.layout.index;
    w.totals = (uint32_t *)(scratch + w.layout.totals);
    w.runs = (struct bg_run *)(scratch + w.layout.runs);
    w.columns = (struct bg_column *)(scratch + w.layout.columns);
    find_columns(&w);
    int one_chunk = bg_ceil_div(w.images, w.layout.set_images) * w.layout.out_height <= w.layout.chunk_rows;
    for (w.first_word = 0; w.first_word < c->words; w.first_word += w.layout.block_words) {
        w.words = bg_min(w.layout.block_words, c->words - w.first_word);
        for (w.first = channel_begin; w.first < channel_end; w.first += w.layout.channels) {
            w.count = bg_min(w.layout.channels, channel_end - w.first);
            gradient_of_block(&w, one_chunk && w.first > channel_begin);
        }
    }
}

#endif
