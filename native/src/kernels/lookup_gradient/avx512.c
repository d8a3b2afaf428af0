#if !defined(__AVX512BW__) || !defined(__AVX512VL__) || !defined(__AVX512VBMI__) || !defined(__AVX512VNNI__)
#error "this file needs AVX-512 BW, VL, VBMI and VNNI"
#endif

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#include "kernels/lookup_gradient/layout.h"

/* 16 sums, and at most 4 indices, a table and what was looked up, of 32 registers. */
enum {
    BYTE_ROWS = 4,
    NARROW_ROWS = 8,
    FLOAT_ROWS = 4,
    TILE_QUARTERS = 4,
    BYTE_STEPS = 0, /* sums are int32: they hold what the whole dot does */
};

#define INLINE static inline __attribute__((always_inline))

/* ---- Index: a dword a lane, of which byte j is the group's four bits, and j << 4: the table, of the four ------ */

INLINE void build_index(const uint64_t *const elements[BG_STEP], int64_t word, uint8_t index[BG_PANEL_INDEX]) {
    /* Dword 4 i + q of the interleaved bytes is that of quarter q, lanes 4 i..4 i + 3. */
    const __m512i lanes_of_quarters = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    __m512i groups[BG_STEP_GROUPS];
    for (int j = 0; j < BG_STEP_GROUPS; j++) {
        __m512i bits = _mm512_set1_epi8((char)(j << 4));
        for (int i = 0; i < BG_GROUP; i++) {
            bits = _mm512_mask_add_epi8(
                bits, _cvtu64_mask64(elements[j * BG_GROUP + i][word]), bits, _mm512_set1_epi8((char)(1 << i)));
        }
        groups[j] = _mm512_permutexvar_epi32(lanes_of_quarters, bits);
    }
    __m512i low_01 = _mm512_unpacklo_epi8(groups[0], groups[1]);
    __m512i high_01 = _mm512_unpackhi_epi8(groups[0], groups[1]);
    __m512i low_23 = _mm512_unpacklo_epi8(groups[2], groups[3]);
    __m512i high_23 = _mm512_unpackhi_epi8(groups[2], groups[3]);
    _mm512_store_si512(index, _mm512_unpacklo_epi16(low_01, low_23));
    _mm512_store_si512(index + 64, _mm512_unpackhi_epi16(low_01, low_23));
    _mm512_store_si512(index + 128, _mm512_unpacklo_epi16(high_01, high_23));
    _mm512_store_si512(index + 192, _mm512_unpackhi_epi16(high_01, high_23));
}

typedef __m512i index_vector;

INLINE index_vector index_load(const uint8_t *index) {
    return _mm512_load_si512(index);
}

/* ---- Lookups -------------------------------------------------------------------------------------------------- */

typedef __m512i byte_table;
typedef __m512i byte_sums;

INLINE byte_table byte_table_load(const uint8_t *table) {
    return _mm512_load_si512(table);
}

INLINE byte_sums byte_sums_zero(void) {
    return _mm512_setzero_si512();
}

/*
 * A lookup of 64 bytes, then each lane adds its four. In assembly because the compiler moves all lookups of a tile
 * before all additions, and then runs out of registers.
 */
INLINE void byte_sums_add(byte_sums *sums, byte_table table, index_vector index) {
    const __m512i ones = _mm512_set1_epi8(1);
    __m512i entries;
    __asm__ volatile("vpermb %[table], %[index], %[entries]\n\t"
                     "vpdpbusd %[ones], %[entries], %[sums]"
                     : [sums] "+v"(*sums), [entries] "=&v"(entries)
                     : [table] "v"(table), [index] "v"(index), [ones] "v"(ones));
}

INLINE void byte_sums_flush(byte_sums *partial, int plane, uint32_t sums[16]) {
    __m512i shifted = plane ? _mm512_slli_epi32(*partial, 8) : *partial;
    _mm512_storeu_si512(sums, _mm512_add_epi32(_mm512_loadu_si512(sums), shifted));
    *partial = _mm512_setzero_si512();
}

typedef __m512i float_index;
typedef __m512 float_table;
typedef __m512 float_sums;

/* vpermps looks at the low four bits only: byte `group` comes down by multiplications, whose port is idle. */
INLINE float_index float_index_of(index_vector index, int group) {
    if (group >= 2) {
        index = _mm512_madd_epi16(index, _mm512_set1_epi32(1 << 16));
    }
    return group % 2 == 0 ? index : _mm512_mulhi_epu16(index, _mm512_set1_epi16(1 << 8));
}

INLINE float_table float_table_load(const float *table) {
    return _mm512_load_ps(table);
}

INLINE float_sums float_sums_load(const float *sums) {
    return _mm512_loadu_ps(sums);
}

INLINE void float_sums_store(float *sums, float_sums values) {
    _mm512_storeu_ps(sums, values);
}

/* In assembly for the same reason. */
INLINE void float_sums_add(float_sums *sums, float_table table, float_index index) {
    __m512 entries;
    __asm__ volatile("vpermps %[table], %[index], %[entries]\n\t"
                     "vaddps %[entries], %[sums], %[sums]"
                     : [sums] "+v"(*sums), [entries] "=&v"(entries)
                     : [table] "v"(table), [index] "v"(index));
}

/* ---- Tables --------------------------------------------------------------------------------------------------- */

/*
 * An entry T[b] is the sum over i of p_i where bit i of b is set and n_i where it is clear, with p = max(g, 0) and n =
 * max(-g, 0). First the four sums of each pair of neighbours, in the order of its bits: n0 + n1, p0 + n1, n0 + p1, p0 +
 * p1; then T[b] = pair 0 [b % 4] + pair 1 [b / 4].
 */
INLINE void build_tables_int8(
    const int8_t values[64], int steps, uint8_t *tables, int64_t stride, int32_t magnitudes[4]) {
    __m512i value = _mm512_loadu_si512(values);
    __m512i zero = _mm512_setzero_si512();
    __m512i positive = _mm512_max_epi8(value, zero);
    __m512i negative = _mm512_sub_epi8(positive, value);

    __m512i groups = _mm512_dpbusd_epi32(zero, _mm512_add_epi8(positive, negative), _mm512_set1_epi8(1));
    groups = _mm512_add_epi32(groups, _mm512_shuffle_epi32(groups, _MM_PERM_CDAB));
    groups = _mm512_add_epi32(groups, _mm512_shuffle_epi32(groups, _MM_PERM_BADC));
    __m512i sums = _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), groups);
    _mm_storeu_si128((__m128i *)magnitudes, _mm512_castsi512_si128(sums));

    const __m512i second = _mm512_broadcast_i32x4(_mm_setr_epi8(1, 1, 3, 3, 5, 5, 7, 7, 9, 9, 11, 11, 13, 13, 15, 15));
    __m512i first = _mm512_mask_blend_epi8(0xaaaaaaaaaaaaaaaa, negative, _mm512_slli_epi16(positive, 8));
    __m512i clear = _mm512_add_epi8(first, _mm512_shuffle_epi8(negative, second));
    __m512i set = _mm512_add_epi8(first, _mm512_shuffle_epi8(positive, second));
    /* Lane s: the qwords of step s, groups 0 and 1, and groups 2 and 3. */
    __m512i groups_01 = _mm512_unpacklo_epi16(clear, set);
    __m512i groups_23 = _mm512_unpackhi_epi16(clear, set);

    /* Lane j gets the qword of group j twice, which is in byte 0 of lanes 0 and 2, and in byte 8 of the others. */
    const __m512i own = _mm512_setr_epi64(0, 0, 1, 1, 8, 8, 9, 9);
    const __m512i low = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3));
    const __m512i high = _mm512_broadcast_i32x4(_mm_setr_epi8(4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7));
    for (int s = 0; s < steps; s++) {
        __m512i step = _mm512_add_epi64(own, _mm512_set1_epi64(2 * s));
        __m512i pairs = _mm512_permutex2var_epi64(groups_01, step, groups_23);
        _mm512_store_si512(
            tables + s * stride, _mm512_add_epi8(_mm512_shuffle_epi8(pairs, low), _mm512_shuffle_epi8(pairs, high)));
    }
}

/* The same in words, for two steps at a time; at last low and high bytes part. */
INLINE void build_tables_int16(
    const int16_t values[64], int steps, uint8_t *tables, int64_t stride, int32_t magnitudes[4]) {
    const __m512i second =
        _mm512_broadcast_i32x4(_mm_setr_epi8(2, 3, 2, 3, 6, 7, 6, 7, 10, 11, 10, 11, 14, 15, 14, 15));
    const __m512i low = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7));
    const __m512i high_clear =
        _mm512_broadcast_i32x4(_mm_setr_epi8(8, 9, 8, 9, 8, 9, 8, 9, 10, 11, 10, 11, 10, 11, 10, 11));
    const __m512i high_set = _mm512_add_epi8(high_clear, _mm512_set1_epi8(4));
    const __m512i byte = _mm512_set1_epi16(0xff);
    const __m512i zero = _mm512_setzero_si512();
    for (int half = 0; half < 2; half++) {
        __m512i value = _mm512_loadu_si512(values + 32 * half);
        __m512i positive = _mm512_max_epi16(value, zero);
        __m512i negative = _mm512_sub_epi16(positive, value);

        __m512i sums = _mm512_madd_epi16(_mm512_add_epi16(positive, negative), _mm512_set1_epi16(1));
        magnitudes[2 * half] = _mm512_mask_reduce_add_epi32(0x00ff, sums);
        magnitudes[2 * half + 1] = _mm512_mask_reduce_add_epi32(0xff00, sums);

        __m512i first = _mm512_mask_blend_epi16(0xaaaaaaaa, negative, _mm512_slli_epi32(positive, 16));
        __m512i clear = _mm512_add_epi16(first, _mm512_shuffle_epi8(negative, second));
        __m512i set = _mm512_add_epi16(first, _mm512_shuffle_epi8(positive, second));
        /* Lanes 2 s and 2 s + 1 are step s: groups 0 and 2, and groups 1 and 3. */
        __m512i groups_02 = _mm512_unpacklo_epi32(clear, set);
        __m512i groups_13 = _mm512_unpackhi_epi32(clear, set);
        for (int s = 0; s < 2 && 2 * half + s < steps; s++) {
            __m512i step = _mm512_add_epi64(_mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11), _mm512_set1_epi64(4 * s));
            __m512i pairs = _mm512_permutex2var_epi64(groups_02, step, groups_13);
            __m512i pair_0 = _mm512_shuffle_epi8(pairs, low);
            __m512i clear_3 = _mm512_add_epi16(pair_0, _mm512_shuffle_epi8(pairs, high_clear));
            __m512i set_3 = _mm512_add_epi16(pair_0, _mm512_shuffle_epi8(pairs, high_set));
            uint8_t *table = tables + (2 * half + s) * stride;
            _mm512_store_si512(
                table, _mm512_packus_epi16(_mm512_and_si512(clear_3, byte), _mm512_and_si512(set_3, byte)));
            _mm512_store_si512(
                table + 64, _mm512_packus_epi16(_mm512_srli_epi16(clear_3, 8), _mm512_srli_epi16(set_3, 8)));
        }
    }
}

/* Lane j of the pairs is group j; its element k has the signs of the bits of k. */
INLINE void build_tables_float(const float values[64], int steps, uint8_t *tables, int64_t stride) {
    const __m512 sign = _mm512_set1_ps(-0.0f);
    for (int s = 0; s < steps; s++) {
        __m512 value = _mm512_loadu_ps(values + 16 * s);
        __m512 g0 = _mm512_permute_ps(value, 0x00);
        __m512 g1 = _mm512_permute_ps(value, 0x55);
        __m512 g2 = _mm512_permute_ps(value, 0xaa);
        __m512 g3 = _mm512_permute_ps(value, 0xff);
        __m512 pair_0 =
            _mm512_add_ps(_mm512_mask_xor_ps(g0, 0x5555, g0, sign), _mm512_mask_xor_ps(g1, 0x3333, g1, sign));
        __m512 pair_1 =
            _mm512_add_ps(_mm512_mask_xor_ps(g2, 0x5555, g2, sign), _mm512_mask_xor_ps(g3, 0x3333, g3, sign));
        float *table = (float *)(tables + s * stride);
        for (int j = 0; j < BG_STEP_GROUPS; j++) {
            __m512i low = _mm512_add_epi32(
                _mm512_setr_epi32(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3), _mm512_set1_epi32(4 * j));
            __m512i high = _mm512_add_epi32(
                _mm512_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3), _mm512_set1_epi32(4 * j));
            _mm512_store_ps(
                table + 16 * j, _mm512_add_ps(_mm512_permutexvar_ps(low, pair_0), _mm512_permutexvar_ps(high, pair_1)));
        }
    }
}

/* ---- Transposition of 16 elements, each of up to 16 rows ------------------------------------------------------ */

INLINE __mmask16 first_lanes(int count) {
    return (__mmask16)((1u << count) - 1);
}

/* Dword 4 i + l of the four becomes dword 4 l + [0..3], lane l of result i. */
INLINE void transpose_dwords(__m512i quads[4]) {
    __m512i low_01 = _mm512_unpacklo_epi32(quads[0], quads[1]);
    __m512i high_01 = _mm512_unpackhi_epi32(quads[0], quads[1]);
    __m512i low_23 = _mm512_unpacklo_epi32(quads[2], quads[3]);
    __m512i high_23 = _mm512_unpackhi_epi32(quads[2], quads[3]);
    quads[0] = _mm512_unpacklo_epi64(low_01, low_23);
    quads[1] = _mm512_unpackhi_epi64(low_01, low_23);
    quads[2] = _mm512_unpacklo_epi64(high_01, high_23);
    quads[3] = _mm512_unpackhi_epi64(high_01, high_23);
}

INLINE void transpose_int8(const void *const elements[BG_STEP], int rows, void *values) {
    /* Dword 4 l + i is row 4 i + l of four elements, of which element e is lane e. */
#define DWORD(row) (0x30201000 + 0x01010101 * (row))
    const __m512i rows_of_dwords = _mm512_setr_epi32(DWORD(0), DWORD(4), DWORD(8), DWORD(12), DWORD(1), DWORD(5),
        DWORD(9), DWORD(13), DWORD(2), DWORD(6), DWORD(10), DWORD(14), DWORD(3), DWORD(7), DWORD(11), DWORD(15));
#undef DWORD
    __m512i quads[4];
    for (int j = 0; j < 4; j++) {
        __m128i four[4];
        for (int i = 0; i < 4; i++) {
            four[i] = _mm_maskz_loadu_epi8(first_lanes(rows), elements[4 * j + i]);
        }
        __m512i bytes = _mm512_inserti32x4(_mm512_castsi128_si512(four[0]), four[1], 1);
        bytes = _mm512_inserti32x4(_mm512_inserti32x4(bytes, four[2], 2), four[3], 3);
        quads[j] = _mm512_permutexvar_epi8(rows_of_dwords, bytes);
    }
    transpose_dwords(quads);
    for (int i = 0; i < 4; i++) {
        _mm512_store_si512((char *)values + 64 * i, quads[i]);
    }
}

INLINE void transpose_int16(const void *const elements[BG_STEP], int rows, void *values) {
    /* Dword 4 l + i is row 4 i + l of two elements, of which element e is half e. */
#define DWORD(row) (0x00100000 + 0x00010001 * (row))
    const __m512i rows_of_dwords = _mm512_setr_epi32(DWORD(0), DWORD(4), DWORD(8), DWORD(12), DWORD(1), DWORD(5),
        DWORD(9), DWORD(13), DWORD(2), DWORD(6), DWORD(10), DWORD(14), DWORD(3), DWORD(7), DWORD(11), DWORD(15));
#undef DWORD
    __m512i quads[2][4];
    for (int j = 0; j < 8; j++) {
        __m256i even = _mm256_maskz_loadu_epi16(first_lanes(rows), elements[2 * j]);
        __m256i odd = _mm256_maskz_loadu_epi16(first_lanes(rows), elements[2 * j + 1]);
        quads[j / 4][j % 4] =
            _mm512_permutexvar_epi16(rows_of_dwords, _mm512_inserti64x4(_mm512_castsi256_si512(even), odd, 1));
    }
    transpose_dwords(quads[0]);
    transpose_dwords(quads[1]);
    for (int i = 0; i < 4; i++) { /* rows 4 i..4 i + 3, elements 0..7 and 8..15 */
        _mm512_store_si512((char *)values + 128 * i,
            _mm512_permutex2var_epi64(quads[0][i], _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11), quads[1][i]));
        _mm512_store_si512((char *)values + 128 * i + 64,
            _mm512_permutex2var_epi64(quads[0][i], _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15), quads[1][i]));
    }
}

/* Lane l of result i has row 4 l + i of elements 4 j..4 j + 3; then lanes of the four j come together. */
INLINE void transpose_floats(__m512i elements[BG_STEP], void *values) {
    for (int j = 0; j < 4; j++) {
        transpose_dwords(elements + 4 * j);
    }
    for (int i = 0; i < 4; i++) {
        __m512i low_01 = _mm512_shuffle_i32x4(elements[i], elements[4 + i], 0x44);
        __m512i high_01 = _mm512_shuffle_i32x4(elements[i], elements[4 + i], 0xee);
        __m512i low_23 = _mm512_shuffle_i32x4(elements[8 + i], elements[12 + i], 0x44);
        __m512i high_23 = _mm512_shuffle_i32x4(elements[8 + i], elements[12 + i], 0xee);
        char *row = (char *)values + 64 * i;
        _mm512_store_si512(row, _mm512_shuffle_i32x4(low_01, low_23, 0x88));
        _mm512_store_si512(row + 256, _mm512_shuffle_i32x4(low_01, low_23, 0xdd));
        _mm512_store_si512(row + 512, _mm512_shuffle_i32x4(high_01, high_23, 0x88));
        _mm512_store_si512(row + 768, _mm512_shuffle_i32x4(high_01, high_23, 0xdd));
    }
}

INLINE void transpose_float32(const void *const elements[BG_STEP], int rows, void *values) {
    __m512i loaded[BG_STEP];
    for (int e = 0; e < BG_STEP; e++) {
        loaded[e] = _mm512_maskz_loadu_epi32(first_lanes(rows), elements[e]);
    }
    transpose_floats(loaded, values);
}

INLINE void transpose_float16(const void *const elements[BG_STEP], int rows, void *values) {
    __m512i loaded[BG_STEP];
    for (int e = 0; e < BG_STEP; e++) {
        loaded[e] = _mm512_castps_si512(_mm512_cvtph_ps(_mm256_maskz_loadu_epi16(first_lanes(rows), elements[e])));
    }
    transpose_floats(loaded, values);
}

/* ---- Products of bytes ---------------------------------------------------------------------------------------- */

enum { PRODUCT_ROWS = 8, PRODUCT_COLUMNS = 32 }; /* 16 sums, and 2 vectors of pixels */
#define HAS_WINDOWS 1

/* In each 128-bit lane, neighbours are put side by side; then the lanes are put in order. */
INLINE void interleave(const uint8_t *const rows[STEP_PIXELS], uint8_t step[PRODUCT_BLOCK][STEP_PIXELS]) {
    __m512i row[STEP_PIXELS];
    for (int r = 0; r < STEP_PIXELS; r++) {
        row[r] = _mm512_loadu_si512(rows[r]);
    }
    __m512i low_01 = _mm512_unpacklo_epi8(row[0], row[1]);
    __m512i high_01 = _mm512_unpackhi_epi8(row[0], row[1]);
    __m512i low_23 = _mm512_unpacklo_epi8(row[2], row[3]);
    __m512i high_23 = _mm512_unpackhi_epi8(row[2], row[3]);
    __m512i first = _mm512_unpacklo_epi16(low_01, low_23); /* of every 16 columns, the first four */
    __m512i second = _mm512_unpackhi_epi16(low_01, low_23);
    __m512i third = _mm512_unpacklo_epi16(high_01, high_23);
    __m512i fourth = _mm512_unpackhi_epi16(high_01, high_23);
    __m512i front_12 = _mm512_shuffle_i32x4(first, second, 0x44);
    __m512i front_34 = _mm512_shuffle_i32x4(third, fourth, 0x44);
    __m512i back_12 = _mm512_shuffle_i32x4(first, second, 0xee);
    __m512i back_34 = _mm512_shuffle_i32x4(third, fourth, 0xee);
    _mm512_store_si512(step[0], _mm512_shuffle_i32x4(front_12, front_34, 0x88));
    _mm512_store_si512(step[16], _mm512_shuffle_i32x4(front_12, front_34, 0xdd));
    _mm512_store_si512(step[32], _mm512_shuffle_i32x4(back_12, back_34, 0x88));
    _mm512_store_si512(step[48], _mm512_shuffle_i32x4(back_12, back_34, 0xdd));
}

INLINE void gather_window(const struct window *window, const uint8_t *from, uint8_t step[PRODUCT_BLOCK][STEP_PIXELS]) {
    const struct window_part *part = window->parts;
    const struct window_part *end = window->parts + window->count;
    for (int v = 0; v < WINDOW_VECTORS; v++) {
        __m512i bytes = _mm512_setzero_si512();
        for (; part < end && part->vector == v; part++) {
            __m512i row = _mm512_maskz_loadu_epi8(part->seen, from + part->from);
            bytes = _mm512_mask_permutexvar_epi8(bytes, part->mask, _mm512_load_si512(part->bytes), row);
        }
        _mm512_store_si512(step[16 * v], bytes);
    }
}

INLINE void interleave_quarter(const uint8_t *const rows[STEP_PIXELS], uint8_t step[PRODUCT_QUARTER][STEP_PIXELS]) {
    __m128i row[STEP_PIXELS];
    for (int r = 0; r < STEP_PIXELS; r++) {
        row[r] = _mm_loadu_si128((const __m128i *)rows[r]);
    }
    __m128i low_01 = _mm_unpacklo_epi8(row[0], row[1]);
    __m128i high_01 = _mm_unpackhi_epi8(row[0], row[1]);
    __m128i low_23 = _mm_unpacklo_epi8(row[2], row[3]);
    __m128i high_23 = _mm_unpackhi_epi8(row[2], row[3]);
    _mm_store_si128((__m128i *)step[0], _mm_unpacklo_epi16(low_01, low_23));
    _mm_store_si128((__m128i *)step[4], _mm_unpackhi_epi16(low_01, low_23));
    _mm_store_si128((__m128i *)step[8], _mm_unpacklo_epi16(high_01, high_23));
    _mm_store_si128((__m128i *)step[12], _mm_unpackhi_epi16(high_01, high_23));
}

/* In assembly because the compiler spills sums. A function of its own has all registers for itself. */
static __attribute__((noinline)) void add_products(
    const uint8_t *pixels, const uint8_t *dy, int steps, const int32_t *totals, int32_t *sums) {
    (void)totals;
    __m512i sum[PRODUCT_ROWS][2];
    for (int r = 0; r < PRODUCT_ROWS; r++) {
        sum[r][0] = _mm512_load_si512(sums + r * PRODUCT_BLOCK);
        sum[r][1] = _mm512_load_si512(sums + r * PRODUCT_BLOCK + 16);
    }
    do {
        __m512i left = _mm512_load_si512(pixels);
        __m512i right = _mm512_load_si512(pixels + 64);
        for (int r = 0; r < PRODUCT_ROWS; r++) {
            int32_t four;
            memcpy(&four, dy + 4 * r, sizeof four);
            __m512i gradient = _mm512_set1_epi32(four);
            __m512i sum_left = sum[r][0];
            __m512i sum_right = sum[r][1];
            __asm__("vpdpbusd %[gradient], %[left], %[sum_left]\n\t"
                    "vpdpbusd %[gradient], %[right], %[sum_right]"
                    : [sum_left] "+v"(sum_left), [sum_right] "+v"(sum_right)
                    : [gradient] "v"(gradient), [left] "v"(left), [right] "v"(right));
            sum[r][0] = sum_left;
            sum[r][1] = sum_right;
        }
        pixels += PRODUCT_STEP_BYTES;
        dy += PRODUCT_STEP_BYTES;
    } while (--steps > 0);
    for (int r = 0; r < PRODUCT_ROWS; r++) {
        _mm512_store_si512(sums + r * PRODUCT_BLOCK, sum[r][0]);
        _mm512_store_si512(sums + r * PRODUCT_BLOCK + 16, sum[r][1]);
    }
}

INLINE void add_totals(const uint8_t *dy, int steps, int32_t totals[PRODUCT_BLOCK]) {
    const __m512i ones = _mm512_set1_epi8(1);
    for (int i = 0; i < PRODUCT_BLOCK; i += 16) {
        __m512i total = _mm512_load_si512(totals + i);
        for (int step = 0; step < steps; step++) {
            total = _mm512_dpbusd_epi32(total, ones, _mm512_load_si512(dy + step * PRODUCT_STEP_BYTES + 4 * i));
        }
        _mm512_store_si512(totals + i, total);
    }
}

#include "kernels/lookup_gradient/lookup.h"
