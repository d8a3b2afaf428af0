#include "dispatch/table.h"
#include "simd/tiles.h"

/* Adds rows [begin, end) of a block to its sums: y or, with deviations set, |y - mean|. */
BG_INLINE void sum_rows(int32_t type, int deviations, const void *y, int64_t channels, const float *mean, float *sums,
    int64_t begin, int64_t end, struct tile tile) {
    vf means[TILE_VECTORS];
    vf block[TILE_VECTORS];
    for (int v = 0; v < tile.vectors; v++) {
        means[v] = deviations ? vf_load(mean + channel_of(tile, v), tile.lanes) : vf_set1(0);
        block[v] = sums_before(begin, sums + channel_of(tile, v), tile.lanes);
    }
    for (int64_t r = begin; r < end; r++) {
        for (int v = 0; v < tile.vectors; v++) {
            vf values = vf_load_typed(type, y, r * channels + channel_of(tile, v), tile.lanes);
            block[v] = vf_add(block[v], deviations ? vf_abs(vf_sub(values, means[v])) : values);
        }
    }
    for (int v = 0; v < tile.vectors; v++) {
        vf_store(sums + channel_of(tile, v), block[v], tile.lanes);
    }
}

BG_INLINE void sum_blocks(int32_t type, int deviations, const void *y, int64_t channels, const float *mean, float *sums,
    int64_t row_begin, int64_t row_end) {
    int64_t end;
    for (int64_t begin = row_begin; begin < row_end; begin = end) {
        float *block = sums + begin / BG_SUM_BLOCK * channels;
        end = strip_end(begin, row_end, channels);
        FOR_EACH_TILE(0, channels, sum_rows(type, deviations, y, channels, mean, block, begin, end, tile));
    }
}

void BG_KERNEL(batch_norm_value_sums)(
    int32_t type, const void *y, int64_t channels, float *sums, int64_t row_begin, int64_t row_end) {
    if (type == BG_INT16) {
        sum_blocks(BG_INT16, 0, y, channels, NULL, sums, row_begin, row_end);
    } else {
        sum_blocks(BG_FLOAT32, 0, y, channels, NULL, sums, row_begin, row_end);
    }
}

void BG_KERNEL(batch_norm_deviation_sums)(
    int32_t type, const void *y, int64_t channels, const float *mean, float *sums, int64_t row_begin, int64_t row_end) {
    if (type == BG_INT16) {
        sum_blocks(BG_INT16, 1, y, channels, mean, sums, row_begin, row_end);
    } else {
        sum_blocks(BG_FLOAT32, 1, y, channels, mean, sums, row_begin, row_end);
    }
}

/* Rows [begin, end), of one block where there are sums. */
BG_INLINE void sign_rows(
    int32_t type, const struct bg_batch_norm_sign_operands *s, int64_t begin, int64_t end, struct tile tile) {
    uint32_t in_matrix = (1u << tile.lanes) - 1;
    int64_t words = bg_row_words(s->tile.columns);
    int64_t column = s->tile.first + tile.channel;
    int count = tile.vectors * VF_LANES;
    float *sums = s->sums == NULL ? NULL : s->sums + begin / BG_SUM_BLOCK * s->tile.channels;
    vf mean[TILE_VECTORS];
    vf shift[TILE_VECTORS];
    vf limit[TILE_VECTORS];
    vf block[TILE_VECTORS];
    for (int v = 0; v < tile.vectors; v++) {
        int64_t c = channel_of(tile, v);
        mean[v] = vf_load(s->mean + c, tile.lanes);
        limit[v] = vf_load(s->deviation + c, tile.lanes);
        shift[v] = vf_mul(vf_load(s->beta + c, tile.lanes), limit[v]);
        block[v] = sums == NULL ? vf_set1(0) : sums_before(begin, sums + c, tile.lanes);
    }
    for (int64_t r = begin; r < end; r++) {
        uint64_t signs = 0;
        uint64_t straight_through = 0;
        for (int v = 0; v < tile.vectors; v++) {
            vf d = vf_sub(vf_load_typed(type, s->y, r * s->tile.channels + channel_of(tile, v), tile.lanes), mean[v]);
            vf t = vf_add(d, shift[v]);
            uint32_t nonnegative = vf_nonnegative(t);
            signs |= (uint64_t)(nonnegative & in_matrix) << v * VF_LANES;
            straight_through |= (uint64_t)(vf_at_most(vf_abs(t), limit[v]) & in_matrix) << v * VF_LANES;
            block[v] = vf_add(block[v], vf_flip(vf_set1(1), nonnegative));
        }
        bg_write_bits_across(s->signs + r * words, column, signs, count);
        if (s->straight_through != NULL) {
            bg_write_bits_across(s->straight_through + r * words, column, straight_through, count);
        }
    }
    for (int v = 0; v < tile.vectors && sums != NULL; v++) {
        vf_store(sums + channel_of(tile, v), block[v], tile.lanes);
    }
}

/* Channels [channel_begin, channel_end). */
BG_INLINE void sign_blocks(int32_t type, const struct bg_batch_norm_sign_operands *s, int64_t channel_begin,
    int64_t channel_end, int64_t row_begin, int64_t row_end) {
    int64_t end;
    for (int64_t begin = row_begin; begin < row_end; begin = end) {
        end = strip_end(begin, row_end, channel_end - channel_begin);
        FOR_EACH_TILE(channel_begin, channel_end, sign_rows(type, s, begin, end, tile));
    }
}

/*
 * Where y is integers, comparisons of integers give what the arithmetic of sign_rows gives: t = (y - mean) + shift never
 * falls as y grows, because rounding is monotone, unless it is NaN for all y. So each of these bounds has a last y
 * before it.
 */
enum bound { ZERO, LEAST_INSIDE, OUTSIDE, BOUNDS };

/* The lanes in which t is not before the bound: t >= 0, t >= -deviation, or t > deviation. */
BG_INLINE uint32_t reaches(enum bound bound, vf t, vf deviation) {
    switch (bound) {
    case ZERO:
        return vf_nonnegative(t);
    case LEAST_INSIDE:
        return vf_at_most(vf_sub(vf_set1(0), deviation), t);
    default:
        return ~vf_at_most(t, deviation);
    }
}

/* What normalises the channels of a vector. */
struct normaliser {
    vf mean;
    vf deviation;
    vf shift;
};

BG_INLINE uint32_t reached_by(enum bound bound, const struct normaliser *by, vf y) {
    return reaches(bound, vf_add(vf_sub(y, by->mean), by->shift), by->deviation);
}

/*
 * The last int16 before the bound. It is computed as a real number first, and is either what this rounds to or one less;
 * `found` has the lanes in which the arithmetic of sign_rows confirms it. It does not where numbers are very large or
 * not finite, nor where there is no such int16.
 */
BG_INLINE vf last_before(enum bound bound, const struct normaliser *by, uint32_t *found) {
    vf edge = bound == ZERO ? vf_set1(0) : bound == OUTSIDE ? by->deviation : vf_sub(vf_set1(0), by->deviation);
    vf rounded = vf_round(vf_sub(vf_add(by->mean, edge), by->shift));
    vf nearest = vf_clamp(rounded, INT16_MAX);
    vf last = vf_sub(nearest, vf_select(vf_set1(1), reached_by(bound, by, nearest)));
    uint32_t next_reaches = reached_by(bound, by, vf_add(last, vf_set1(1))) | vf_at_most(vf_set1(INT16_MAX), last);
    *found = next_reaches & ~reached_by(bound, by, last);
    return last;
}

/* The largest y before each bound, in the lanes of a word. */
struct limits {
    vi before[BOUNDS][VI_WORD];
};

/* The limits of n channels, `together` times in the lanes of a word; 0 if one was not found. */
BG_INLINE int find_limits(
    struct limits *limits, const struct bg_batch_norm_sign_operands *s, int64_t channel, int n, int together) {
    int16_t lanes[BOUNDS][BG_WORD_BITS] = {0};
    uint32_t all_found = ~0u;
    for (int i = 0; i < n; i += VF_LANES) {
        int count = vf_count(i, n);
        struct normaliser by = {
            .mean = vf_load(s->mean + channel + i, count), .deviation = vf_load(s->deviation + channel + i, count)};
        by.shift = vf_mul(vf_load(s->beta + channel + i, count), by.deviation);
        for (int bound = 0; bound < BOUNDS; bound++) {
            uint32_t found;
            vu_store_int16(lanes[bound] + i, vu_from_vf(last_before(bound, &by, &found)), VF_LANES);
            all_found &= found | ~(uint32_t)bg_low_bits(count);
        }
    }
    if (all_found != ~0u) {
        return 0;
    }
    for (int bound = 0; bound < BOUNDS; bound++) {
        for (int i = n; i < n * together; i += n) {
            memcpy(lanes[bound] + i, lanes[bound], (size_t)n * sizeof **lanes);
        }
        vi_load_word(limits->before[bound], lanes[bound], BG_WORD_BITS);
    }
    return 1;
}

/* Stores the sums of signs of n channels over so many rows; positive: how many were +1 in each lane of a word. */
BG_INLINE void store_sign_sums(const vi *positive, int rows, int n, int together, float *sums) {
    int16_t counts[BG_WORD_BITS];
    for (int i = 0; i < VI_WORD; i++) {
        vi_store(counts + i * VI_LANES, positive[i], VI_LANES);
    }
    for (int c = 0; c < n; c += VF_LANES) {
        int count = vf_count(c, n);
        vf total = vf_set1(0);
        for (int i = c; i < n * together; i += n) {
            total = vf_add(total, vf_load_int16(counts + i, count));
        }
        vf_store(sums + c, vf_sub(vf_add(total, total), vf_set1((float)rows)), count);
    }
}

/*
 * Writes the bits of n channels of a row. Tiles begin at multiples of 16, so 16 bits are whole bytes of a little-endian
 * word; those of the first tile clear the rest of it.
 */
BG_INLINE void write_lanes(uint64_t *row, int64_t column, uint64_t bits, int n) {
    if (n == 16 && column % BG_WORD_BITS != 0) {
        uint16_t few;
        memcpy(&few, (char *)row + column / 8, sizeof few);
        few |= (uint16_t)bits;
        memcpy((char *)row + column / 8, &few, sizeof few);
    } else if (n == 16) {
        bg_write_bits(row, column, bits & bg_low_bits(n));
    } else {
        bg_write_bits_across(row, column, bits & bg_low_bits(n), n);
    }
}

/*
 * Rows [begin, end), of one block where there are sums, of n <= 64 channels, whose bits are the columns from `column`
 * on. `together` rows are one word: more than one only where they have no other channels, so that their elements are
 * neighbours.
 */
BG_INLINE void sign_integers(const struct bg_batch_norm_sign_operands *s, const struct limits *limits, int64_t channel,
    int64_t column, int n, int together, int64_t begin, int64_t end) {
    int64_t words = bg_row_words(s->tile.columns);
    vi positive[VI_WORD];
    for (int i = 0; i < VI_WORD; i++) {
        positive[i] = vi_set1(0);
    }
    for (int64_t r = begin; r < end; r += together) {
        vi y[VI_WORD];
        vi_load_word(y, (const int16_t *)s->y + r * s->tile.channels + channel, n * together);
        uint64_t signs = vi_greater_word(y, limits->before[ZERO]);
        uint64_t inside = vi_within_word(y, limits->before[LEAST_INSIDE], limits->before[OUTSIDE]);
        for (int i = 0; i < VI_WORD; i++) {
            positive[i] = vi_add_greater(positive[i], y[i], limits->before[ZERO][i]);
        }
        for (int i = 0; i < together; i++) {
            write_lanes(s->signs + (r + i) * words, column, signs >> i * n, n);
            if (s->straight_through != NULL) {
                write_lanes(s->straight_through + (r + i) * words, column, inside >> i * n, n);
            }
        }
    }
    if (s->sums != NULL) {
        float *sums = s->sums + begin / BG_SUM_BLOCK * s->tile.channels + channel;
        store_sign_sums(positive, (int)(end - begin), n, together, sums);
    }
}

/* Rows [row_begin, row_end), by blocks. The rows that are no whole word together are done with floats. */
BG_INLINE void sign_word(const struct bg_batch_norm_sign_operands *s, const struct limits *limits, int64_t channel,
    int64_t column, int n, int together, int64_t row_begin, int64_t row_end) {
    int64_t whole_end = row_end - (row_end - row_begin) % together;
    for (int64_t begin = row_begin; begin < whole_end; begin += BG_SUM_BLOCK) {
        int64_t end = begin + BG_SUM_BLOCK < whole_end ? begin + BG_SUM_BLOCK : whole_end;
        sign_integers(s, limits, channel, column, n, together, begin, end);
    }
    if (together > 1) {
        sign_blocks(BG_INT16, s, channel, channel + n, whole_end, row_end);
    }
}

BG_INLINE void sign_by_limits(const struct bg_batch_norm_sign_operands *s, int64_t channel, int n, int together,
    int64_t row_begin, int64_t row_end) {
    int64_t column = s->tile.first + channel;
    struct limits limits;
    if (!find_limits(&limits, s, channel, n, together)) {
        sign_blocks(BG_INT16, s, channel, channel + n, row_begin, row_end);
    } else if (n == BG_WORD_BITS && column % BG_WORD_BITS == 0) {
        column &= -BG_WORD_BITS; /* the compiler sees that bits are whole words */
        sign_word(s, &limits, channel, column, n, together, row_begin, row_end);
    } else {
        sign_word(s, &limits, channel, column, n, together, row_begin, row_end);
    }
}

/* With so many rows, finding limits takes less time than they save. */
enum { LEAST_ROWS_FOR_LIMITS = 32 };

BG_INLINE void sign_int16(const struct bg_batch_norm_sign_operands *s, int64_t row_begin, int64_t row_end) {
    int64_t channels = s->tile.channels;
    if (s->rows < LEAST_ROWS_FOR_LIMITS) {
        sign_blocks(BG_INT16, s, 0, channels, row_begin, row_end);
    } else if (channels == 16) {
        sign_by_limits(s, 0, 16, 4, row_begin, row_end);
    } else if (channels == 32) {
        sign_by_limits(s, 0, 32, 2, row_begin, row_end);
    } else {
        int64_t c = 0;
        for (; c + BG_WORD_BITS <= channels; c += BG_WORD_BITS) {
            sign_by_limits(s, c, BG_WORD_BITS, 1, row_begin, row_end);
        }
        if (c < channels) {
            sign_by_limits(s, c, (int)(channels - c), 1, row_begin, row_end);
        }
    }
}

void BG_KERNEL(batch_norm_sign)(
    const struct bg_batch_norm_sign_operands *operands, int64_t row_begin, int64_t row_end) {
    const struct bg_batch_norm_sign_operands s = *operands;
    if (s.type == BG_INT16) {
        sign_int16(&s, row_begin, row_end);
    } else {
        sign_blocks(BG_FLOAT32, &s, 0, s.tile.channels, row_begin, row_end);
    }
}

/* The mean over rows of n channels, from their block sums. */
BG_INLINE vf mean_of(const float *sums, int64_t rows, int64_t channels, int n) {
    return vf_div(total_of_blocks(sums, rows, channels, n), vf_set1((float)rows));
}

void BG_KERNEL(batch_norm_mean)(
    const float *sums, int64_t rows, int64_t channels, float *mean, int64_t channel_begin, int64_t channel_end) {
    for (int64_t c = channel_begin; c < channel_end; c += VF_LANES) {
        int n = vf_count(c, channel_end);
        vf_store(mean + c, mean_of(sums + c, rows, channels, n), n);
    }
}

void BG_KERNEL(batch_norm_deviation)(
    const float *sums, int64_t rows, int64_t channels, float *deviation, int64_t channel_begin, int64_t channel_end) {
    for (int64_t c = channel_begin; c < channel_end; c += VF_LANES) {
        int n = vf_count(c, channel_end);
        vf normal = vf_mul(vf_set1(BG_NORMAL_DEVIATION), mean_of(sums + c, rows, channels, n));
        vf_store(deviation + c, vf_add(normal, vf_set1(BG_EPSILON)), n);
    }
}
