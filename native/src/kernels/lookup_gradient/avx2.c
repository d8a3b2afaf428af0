#if !defined(__AVX2__)
#error "this file needs AVX2"
#endif

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#include "kernels/lookup_gradient/layout.h"

/* 4 sums of two registers each leave room, of 16, for indices, tables and what was looked up. */
enum { BYTE_ROWS = 4, NARROW_ROWS = 4, FLOAT_ROWS = 4, TILE_QUARTERS = 1 };

/* Of 255 each, two a step: they fit 16 bits. */
enum { BYTE_STEPS = 65535 / (2 * 255) };

#define INLINE static inline __attribute__((always_inline))

/*
 * Half h of register p is about group 2 p + h: vpshufb looks up in one table of 16 bytes each half. Byte 2 i of a half
 * is lane i, byte 2 i + 1 lane 8 + i.
 */
typedef struct {
    __m256i pairs[2];
} four_groups;

INLINE four_groups load_groups(const uint8_t *bytes) {
    return (four_groups){{_mm256_load_si256((const __m256i *)bytes), _mm256_load_si256((const __m256i *)bytes + 1)}};
}

/* ---- Index: a byte a lane, the group's four bits -------------------------------------------------------------- */

/* Swaps the bits of mask, in each dword, with those `distance` above. */
INLINE __m256i swap_bits(__m256i bits, uint32_t mask, int distance) {
    __m256i differing =
        _mm256_and_si256(_mm256_xor_si256(bits, _mm256_srli_epi32(bits, distance)), _mm256_set1_epi32((int32_t)mask));
    return _mm256_xor_si256(_mm256_xor_si256(bits, differing), _mm256_slli_epi32(differing, distance));
}

/*
 * The bits of four elements: of lanes 8 k..8 k + 7 in dword k. Transposed as matrices of four by four bits, byte i of
 * it has lane i in its low half, lane 4 + i in its high half.
 */
INLINE __m256i transpose_group(const uint64_t *const elements[BG_GROUP], int64_t word) {
    __m128i bytes[BG_GROUP];
    for (int i = 0; i < BG_GROUP; i++) {
        bytes[i] = _mm_loadl_epi64((const __m128i *)(elements[i] + word));
    }
    __m128i even = _mm_unpacklo_epi8(bytes[0], bytes[1]);
    __m128i odd = _mm_unpacklo_epi8(bytes[2], bytes[3]);
    __m256i bits = _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_unpacklo_epi16(even, odd)), _mm_unpackhi_epi16(even, odd), 1);
    return swap_bits(swap_bits(bits, 0x00aa00aa, 7), 0x0000cccc, 14);
}

INLINE void build_index(const uint64_t *const elements[BG_STEP], int64_t word, uint8_t index[BG_PANEL_INDEX]) {
    const __m256i low_half = _mm256_set1_epi8(15);
    const __m256i order =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15));
    for (int j = 0; j < BG_STEP_GROUPS; j++) {
        __m256i bits = transpose_group(elements + j * BG_GROUP, word);
        __m256i low = _mm256_and_si256(bits, low_half);
        __m256i high = _mm256_and_si256(_mm256_srli_epi16(bits, 4), low_half);
        __m256i even = _mm256_shuffle_epi8(_mm256_unpacklo_epi32(low, high), order); /* quarters 0 and 2 */
        __m256i odd = _mm256_shuffle_epi8(_mm256_unpackhi_epi32(low, high), order);
        _mm_store_si128((__m128i *)index + j, _mm256_castsi256_si128(even));
        _mm_store_si128((__m128i *)index + 4 + j, _mm256_castsi256_si128(odd));
        _mm_store_si128((__m128i *)index + 8 + j, _mm256_extracti128_si256(even, 1));
        _mm_store_si128((__m128i *)index + 12 + j, _mm256_extracti128_si256(odd, 1));
    }
}

typedef four_groups index_vector;

INLINE index_vector index_load(const uint8_t *index) {
    return load_groups(index);
}

/* ---- Lookups -------------------------------------------------------------------------------------------------- */

typedef four_groups byte_table;

INLINE byte_table byte_table_load(const uint8_t *table) {
    return load_groups(table);
}

/*
 * In words, of which each is of two lanes: `high` sums high bytes, and `both` the whole words, modulo 65536. That is
 * one operation less than to part them: low bytes sum up to both - 256 high, modulo 65536.
 */
typedef struct {
    __m256i both;
    __m256i high;
} byte_sums;

INLINE byte_sums byte_sums_zero(void) {
    return (byte_sums){_mm256_setzero_si256(), _mm256_setzero_si256()};
}

INLINE void byte_sums_add(byte_sums *sums, byte_table table, index_vector index) {
    for (int p = 0; p < 2; p++) {
        __m256i entries = _mm256_shuffle_epi8(table.pairs[p], index.pairs[p]);
        sums->both = _mm256_add_epi16(sums->both, entries);
        sums->high = _mm256_add_epi16(sums->high, _mm256_srli_epi16(entries, 8));
        __asm__("" : "+x"(sums->both), "+x"(sums->high)); /* or else entries are added first, with spills */
    }
}

/* sums += (words of both halves) << 8 plane, for 8 lanes. */
INLINE void add_halves(__m256i words, int plane, uint32_t *sums) {
    __m256i sum = _mm256_add_epi32(_mm256_cvtepu16_epi32(_mm256_castsi256_si128(words)),
        _mm256_cvtepu16_epi32(_mm256_extracti128_si256(words, 1)));
    sum = _mm256_slli_epi32(sum, 8 * plane);
    _mm256_storeu_si256((__m256i *)sums, _mm256_add_epi32(_mm256_loadu_si256((const __m256i *)sums), sum));
}

INLINE void byte_sums_flush(byte_sums *partial, int plane, uint32_t sums[16]) {
    add_halves(_mm256_sub_epi16(partial->both, _mm256_slli_epi16(partial->high, 8)), plane, sums);
    add_halves(partial->high, plane, sums + 8);
    *partial = byte_sums_zero();
}

/*
 * The low three bits choose among the entries without bit 3, for T[b] = -T[15 - b]; a product with +1 or -1 is exact,
 * and so adds as an addition would.
 */
typedef struct {
    __m256i entries[2];
    __m256 signs[2];
} float_index;

INLINE float_index float_index_of(index_vector index, int group) {
    __m256i pair = index.pairs[group / 2];
    __m256i lanes =
        _mm256_cvtepu16_epi32(group % 2 == 0 ? _mm256_castsi256_si128(pair) : _mm256_extracti128_si256(pair, 1));
    float_index found;
    for (int half = 0; half < 2; half++) {
        __m256i bit_3_on_top = _mm256_slli_epi32(lanes, half == 0 ? 28 : 20);
        __m256i bit_3_all_over = _mm256_srai_epi32(bit_3_on_top, 31);
        found.entries[half] = _mm256_xor_si256(half == 0 ? lanes : _mm256_srli_epi32(lanes, 8), bit_3_all_over);
        found.signs[half] =
            _mm256_or_ps(_mm256_set1_ps(1.0f), _mm256_and_ps(_mm256_castsi256_ps(bit_3_on_top), _mm256_set1_ps(-0.0f)));
    }
    return found;
}

typedef __m256 float_table;

INLINE float_table float_table_load(const float *table) {
    return _mm256_load_ps(table);
}

typedef struct {
    __m256 halves[2];
} float_sums;

INLINE float_sums float_sums_load(const float *sums) {
    return (float_sums){{_mm256_loadu_ps(sums), _mm256_loadu_ps(sums + 8)}};
}

INLINE void float_sums_store(float *sums, float_sums values) {
    _mm256_storeu_ps(sums, values.halves[0]);
    _mm256_storeu_ps(sums + 8, values.halves[1]);
}

INLINE void float_sums_add(float_sums *sums, float_table table, float_index index) {
    for (int half = 0; half < 2; half++) {
        __m256 entries = _mm256_permutevar8x32_ps(table, index.entries[half]);
        sums->halves[half] = _mm256_fmadd_ps(entries, index.signs[half], sums->halves[half]);
    }
}

/* ---- Tables --------------------------------------------------------------------------------------------------- */

INLINE __m256i both_halves(int8_t b0, int8_t b1, int8_t b2, int8_t b3, int8_t b4, int8_t b5, int8_t b6, int8_t b7,
    int8_t b8, int8_t b9, int8_t b10, int8_t b11, int8_t b12, int8_t b13, int8_t b14, int8_t b15) {
    return _mm256_broadcastsi128_si256(
        _mm_setr_epi8(b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15));
}

/*
 * An entry T[b] is the sum over i of p_i where bit i of b is set and n_i where it is clear, with p = max(g, 0) and n =
 * max(-g, 0). First the four sums of each pair of neighbours, in the order of its bits: n0 + n1, p0 + n1, n0 + p1, p0 +
 * p1; then T[b] = pair 0 [b % 4] + pair 1 [b / 4].
 */
INLINE void build_tables_int8(
    const int8_t values[64], int steps, uint8_t *tables, int64_t stride, int32_t magnitudes[4]) {
    const __m256i zero = _mm256_setzero_si256();
    const __m256i second = both_halves(1, 1, 3, 3, 5, 5, 7, 7, 9, 9, 11, 11, 13, 13, 15, 15);
    /* A qword has the pairs of a group: the first one in the low half, the second one in the high half. */
    const __m256i group = _mm256_setr_epi64x(0, 0, 0x0808080808080808, 0x0808080808080808);
    const __m256i low = _mm256_add_epi8(group, both_halves(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3));
    const __m256i high = _mm256_add_epi8(group, both_halves(4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7));
    for (int s = 0; s < 4; s += 2) { /* a half is a step */
        __m256i value = _mm256_loadu_si256((const __m256i *)(values + s * BG_STEP));
        __m256i positive = _mm256_max_epi8(value, zero);
        __m256i negative = _mm256_max_epi8(_mm256_sub_epi8(zero, value), zero);

        __m256i sums = _mm256_sad_epu8(_mm256_add_epi8(positive, negative), zero);
        sums = _mm256_add_epi32(sums, _mm256_unpackhi_epi64(sums, sums));
        magnitudes[s] = _mm256_extract_epi32(sums, 0);
        magnitudes[s + 1] = _mm256_extract_epi32(sums, 4);

        __m256i first =
            _mm256_or_si256(_mm256_and_si256(negative, _mm256_set1_epi16(0xff)), _mm256_slli_epi16(positive, 8));
        __m256i clear = _mm256_add_epi8(first, _mm256_shuffle_epi8(negative, second));
        __m256i set = _mm256_add_epi8(first, _mm256_shuffle_epi8(positive, second));
        __m256i pairs[2] = {_mm256_unpacklo_epi16(clear, set), _mm256_unpackhi_epi16(clear, set)};
        for (int p = 0; p < 2; p++) { /* groups 2 p and 2 p + 1 */
            __m256i of_step[2] = {_mm256_permute4x64_epi64(pairs[p], 0x44), _mm256_permute4x64_epi64(pairs[p], 0xee)};
            for (int i = 0; i < 2 && s + i < steps; i++) {
                _mm256_store_si256((__m256i *)(tables + (s + i) * stride) + p,
                    _mm256_add_epi8(_mm256_shuffle_epi8(of_step[i], low), _mm256_shuffle_epi8(of_step[i], high)));
            }
        }
    }
}

/* The same in words; at last low and high bytes part. */
INLINE void build_tables_int16(
    const int16_t values[64], int steps, uint8_t *tables, int64_t stride, int32_t magnitudes[4]) {
    const __m256i zero = _mm256_setzero_si256();
    const __m256i byte = _mm256_set1_epi16(0xff);
    const __m256i second = both_halves(2, 3, 2, 3, 6, 7, 6, 7, 10, 11, 10, 11, 14, 15, 14, 15);
    const __m256i low = both_halves(0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i high_clear = both_halves(8, 9, 8, 9, 8, 9, 8, 9, 10, 11, 10, 11, 10, 11, 10, 11);
    const __m256i high_set = _mm256_add_epi8(high_clear, _mm256_set1_epi8(4));
    memset(magnitudes, 0, 4 * sizeof *magnitudes);
    for (int s = 0; s < steps; s++) {
        __m256i value = _mm256_loadu_si256((const __m256i *)(values + s * BG_STEP));
        __m256i positive = _mm256_max_epi16(value, zero);
        __m256i negative = _mm256_max_epi16(_mm256_sub_epi16(zero, value), zero);

        __m256i sums = _mm256_madd_epi16(_mm256_add_epi16(positive, negative), _mm256_set1_epi16(1));
        __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
        sum = _mm_add_epi32(sum, _mm_unpackhi_epi64(sum, sum));
        magnitudes[s] = _mm_cvtsi128_si32(sum) + _mm_extract_epi32(sum, 1);

        __m256i first = _mm256_blend_epi16(negative, _mm256_slli_epi32(positive, 16), 0xaa);
        __m256i clear = _mm256_add_epi16(first, _mm256_shuffle_epi8(negative, second));
        __m256i set = _mm256_add_epi16(first, _mm256_shuffle_epi8(positive, second));
        /* Groups 0 and 2, and groups 1 and 3, in the halves. */
        __m256i groups[2] = {_mm256_unpacklo_epi32(clear, set), _mm256_unpackhi_epi32(clear, set)};
        __m256i planes[2][2];
        for (int i = 0; i < 2; i++) {
            __m256i pair_0 = _mm256_shuffle_epi8(groups[i], low);
            __m256i clear_3 = _mm256_add_epi16(pair_0, _mm256_shuffle_epi8(groups[i], high_clear));
            __m256i set_3 = _mm256_add_epi16(pair_0, _mm256_shuffle_epi8(groups[i], high_set));
            planes[0][i] = _mm256_packus_epi16(_mm256_and_si256(clear_3, byte), _mm256_and_si256(set_3, byte));
            planes[1][i] = _mm256_packus_epi16(_mm256_srli_epi16(clear_3, 8), _mm256_srli_epi16(set_3, 8));
        }
        for (int plane = 0; plane < 2; plane++) {
            __m256i *table = (__m256i *)(tables + s * stride) + 2 * plane;
            _mm256_store_si256(table, _mm256_permute2x128_si256(planes[plane][0], planes[plane][1], 0x20));
            _mm256_store_si256(table + 1, _mm256_permute2x128_si256(planes[plane][0], planes[plane][1], 0x31));
        }
    }
}

/* Only the entries that lookups choose among, without bit 3. Element k of a half of the pairs has the signs of k's
 * bits. */
INLINE void build_tables_float(const float values[64], int steps, uint8_t *tables, int64_t stride) {
    const __m256 bit_0 = _mm256_setr_ps(-0.0f, 0.0f, -0.0f, 0.0f, -0.0f, 0.0f, -0.0f, 0.0f);
    const __m256 bit_1 = _mm256_setr_ps(-0.0f, -0.0f, 0.0f, 0.0f, -0.0f, -0.0f, 0.0f, 0.0f);
    const __m256 negative = _mm256_set1_ps(-0.0f);
    for (int s = 0; s < steps; s++) {
        float *table = (float *)(tables + s * stride);
        for (int j = 0; j < BG_STEP_GROUPS; j++) {
            __m256 group = _mm256_broadcast_ps((const __m128 *)(values + s * BG_STEP + j * BG_GROUP));
            __m256 pair_0 = _mm256_add_ps(_mm256_xor_ps(_mm256_permute_ps(group, 0x00), bit_0),
                _mm256_xor_ps(_mm256_permute_ps(group, 0x55), bit_1));
            /* s2 g2 + s3 g3 with s3 = -1: -g2 - g3 in the low half, g2 - g3 in the high one */
            __m256 second = _mm256_permute_ps(group, 0xaa);
            __m256 pair_1 = _mm256_add_ps(_mm256_blend_ps(_mm256_xor_ps(second, negative), second, 0xf0),
                _mm256_xor_ps(_mm256_permute_ps(group, 0xff), negative));
            _mm256_store_ps(table + 16 * j, _mm256_add_ps(pair_0, pair_1));
        }
    }
}

/* ---- Transposition of 16 elements, each of up to 16 rows ------------------------------------------------------ */

/* The first `bytes` bytes, then zeros. */
INLINE __m128i load_first(const void *from, int64_t bytes) {
    if (bytes >= 16) {
        return _mm_loadu_si128((const __m128i *)from);
    }
    char first[16] = {0};
    memcpy(first, from, (size_t)(bytes > 0 ? bytes : 0));
    return _mm_loadu_si128((const __m128i *)first);
}

INLINE __m128i interleave_low(int bytes, __m128i a, __m128i b) {
    return bytes == 1 ? _mm_unpacklo_epi8(a, b) : bytes == 2 ? _mm_unpacklo_epi16(a, b) : _mm_unpacklo_epi32(a, b);
}

INLINE __m128i interleave_high(int bytes, __m128i a, __m128i b) {
    return bytes == 1 ? _mm_unpackhi_epi8(a, b) : bytes == 2 ? _mm_unpackhi_epi16(a, b) : _mm_unpackhi_epi32(a, b);
}

/*
 * Interleaves register i with register i + 8, four times. A number's place, as bits of its register and then of its
 * position, moves by one bit each time, so that at last four bits of position are what was the register: transposed, if
 * the 16 registers are read as one behind the other. As many rows at a time as a register holds.
 */
INLINE void transpose(int bytes, const void *const elements[BG_STEP], int rows, void *values) {
    int at_once = 16 / bytes;
    for (int first = 0; first < BG_STEP; first += at_once) {
        __m128i registers[BG_STEP];
        for (int e = 0; e < BG_STEP; e++) {
            registers[e] = load_first((const char *)elements[e] + first * bytes, (rows - first) * bytes);
        }
        for (int round = 0; round < 4; round++) {
            __m128i mixed[BG_STEP];
            for (int i = 0; i < BG_STEP / 2; i++) {
                mixed[2 * i] = interleave_low(bytes, registers[i], registers[i + BG_STEP / 2]);
                mixed[2 * i + 1] = interleave_high(bytes, registers[i], registers[i + BG_STEP / 2]);
            }
            memcpy(registers, mixed, sizeof mixed);
        }
        for (int i = 0; i < BG_STEP; i++) {
            _mm_storeu_si128((__m128i *)values + first * bytes + i, registers[i]);
        }
    }
}

INLINE void transpose_int8(const void *const elements[BG_STEP], int rows, void *values) {
    transpose(1, elements, rows, values);
}

INLINE void transpose_int16(const void *const elements[BG_STEP], int rows, void *values) {
    transpose(2, elements, rows, values);
}

INLINE void transpose_float32(const void *const elements[BG_STEP], int rows, void *values) {
    transpose(4, elements, rows, values);
}

INLINE void transpose_float16(const void *const elements[BG_STEP], int rows, void *values) {
    float floats[BG_STEP][BG_STEP];
    const void *rows_of_floats[BG_STEP];
    for (int e = 0; e < BG_STEP; e++) {
        for (int half = 0; half < 2; half++) {
            __m128i eight = load_first((const uint16_t *)elements[e] + 8 * half, 2 * (rows - 8 * half));
            _mm256_storeu_ps(floats[e] + 8 * half, _mm256_cvtph_ps(eight));
        }
        rows_of_floats[e] = floats[e];
    }
    transpose_float32(rows_of_floats, BG_STEP, values);
}

/* ---- Products of bytes ---------------------------------------------------------------------------------------- */

enum { PRODUCT_ROWS = 4, PRODUCT_COLUMNS = 16 }; /* 8 sums, of 16 registers */
#define HAS_WINDOWS 0

/* In each 128-bit lane, neighbours are put side by side; then the lanes are put in order. */
INLINE void interleave(const uint8_t *const rows[STEP_PIXELS], uint8_t step[PRODUCT_BLOCK][STEP_PIXELS]) {
    for (int i = 0; i < PRODUCT_BLOCK; i += 32) {
        __m256i row[STEP_PIXELS];
        for (int r = 0; r < STEP_PIXELS; r++) {
            row[r] = _mm256_loadu_si256((const __m256i *)(rows[r] + i));
        }
        __m256i low_01 = _mm256_unpacklo_epi8(row[0], row[1]);
        __m256i high_01 = _mm256_unpackhi_epi8(row[0], row[1]);
        __m256i low_23 = _mm256_unpacklo_epi8(row[2], row[3]);
        __m256i high_23 = _mm256_unpackhi_epi8(row[2], row[3]);
        __m256i first = _mm256_unpacklo_epi16(low_01, low_23); /* of every 16 columns, the first four */
        __m256i second = _mm256_unpackhi_epi16(low_01, low_23);
        __m256i third = _mm256_unpacklo_epi16(high_01, high_23);
        __m256i fourth = _mm256_unpackhi_epi16(high_01, high_23);
        __m256i *to = (__m256i *)step[i];
        _mm256_store_si256(to, _mm256_permute2x128_si256(first, second, 0x20));
        _mm256_store_si256(to + 1, _mm256_permute2x128_si256(third, fourth, 0x20));
        _mm256_store_si256(to + 2, _mm256_permute2x128_si256(first, second, 0x31));
        _mm256_store_si256(to + 3, _mm256_permute2x128_si256(third, fourth, 0x31));
    }
}

/* A function of its own has all registers for itself. */
static __attribute__((noinline)) void add_products(
    const uint8_t *pixels, const uint8_t *dy, int steps, const int32_t *totals, int32_t *sums) {
    (void)totals;
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i sum[PRODUCT_ROWS][2];
    for (int r = 0; r < PRODUCT_ROWS; r++) {
        for (int v = 0; v < 2; v++) {
            sum[r][v] = _mm256_load_si256((const __m256i *)(sums + r * PRODUCT_BLOCK) + v);
        }
    }
    do {
        for (int r = 0; r < PRODUCT_ROWS; r++) {
            int32_t four;
            memcpy(&four, dy + 4 * r, sizeof four);
            __m256i gradient = _mm256_set1_epi32(four);
            for (int v = 0; v < 2; v++) {
                __m256i pairs = _mm256_maddubs_epi16(_mm256_load_si256((const __m256i *)pixels + v), gradient);
                sum[r][v] = _mm256_add_epi32(sum[r][v], _mm256_madd_epi16(pairs, ones));
            }
        }
        pixels += PRODUCT_STEP_BYTES;
        dy += PRODUCT_STEP_BYTES;
    } while (--steps > 0);
    for (int r = 0; r < PRODUCT_ROWS; r++) {
        for (int v = 0; v < 2; v++) {
            _mm256_store_si256((__m256i *)(sums + r * PRODUCT_BLOCK) + v, sum[r][v]);
        }
    }
}

INLINE void add_totals(const uint8_t *dy, int steps, int32_t totals[PRODUCT_BLOCK]) {
    for (int i = 0; i < PRODUCT_BLOCK; i += 8) {
        __m256i total = _mm256_load_si256((const __m256i *)(totals + i));
        for (int step = 0; step < steps; step++) {
            __m256i four = _mm256_load_si256((const __m256i *)(dy + step * PRODUCT_STEP_BYTES + 4 * i));
            __m256i pairs = _mm256_maddubs_epi16(_mm256_set1_epi8(1), four);
            total = _mm256_add_epi32(total, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
        }
        _mm256_store_si256((__m256i *)(totals + i), total);
    }
}

#include "kernels/lookup_gradient/lookup.h"
