#include "dispatch/table.h"
#include "simd/simd.h"

void BG_KERNEL(sign)(const float *values, float *signs, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i += VF_LANES) {
        int n = vf_count(i, end);
        vf_store(signs + i, vf_signs(vf_nonnegative(vf_load(values + i, n))), n);
    }
}

BG_INLINE void pack_rows(
    int32_t type, const struct bg_sign_pack_operands *o, int with_mask, int64_t row_begin, int64_t row_end) {
    int64_t channels = o->tile.channels;
    int64_t words = bg_row_words(o->tile.columns);
    vf limit = vf_set1(o->limit);
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < channels; c += VF_LANES) {
            int n = vf_count(c, channels);
            vf v = vf_load_typed(type, o->values, r * channels + c, n);
            bg_write_bits(o->bits + r * words, o->tile.first + c, vf_nonnegative(v) & ((1u << n) - 1));
            if (with_mask) {
                uint32_t inside = vf_at_most(vf_abs(v), limit) & ((1u << n) - 1);
                bg_write_bits(o->straight_through + r * words, o->tile.first + c, inside);
            }
        }
    }
}

/* Word `word` of the bits, from n <= 64 bytes. */
BG_INLINE void pack_word(const int8_t *values, int n, uint64_t *bits, uint64_t *straight_through, int64_t word) {
    vb v[VB_WORD];
    vb_load_word(v, values, n);
    bits[word] = vb_greater_word(v, vb_set1(-1)) & bg_low_bits(n);
    if (straight_through != NULL) {
        uint64_t inside = vb_greater_word(v, vb_set1(-2)) & ~vb_greater_word(v, vb_set1(1));
        straight_through[word] = inside & bg_low_bits(n);
    }
}

/* Bytes need no conversion to floats. */
BG_INLINE void pack_bytes(const int8_t *values, int64_t columns, uint64_t *bits, uint64_t *straight_through,
    int64_t row_begin, int64_t row_end) {
    int64_t word = row_begin * bg_row_words(columns);
    for (int64_t r = row_begin; r < row_end; r++) {
        int64_t c = 0;
        for (; c + BG_WORD_BITS <= columns; c += BG_WORD_BITS) {
            pack_word(values + r * columns + c, BG_WORD_BITS, bits, straight_through, word++);
        }
        if (c < columns) {
            pack_word(values + r * columns + c, (int)(columns - c), bits, straight_through, word++);
        }
    }
}

/*
 * Neither do float16 numbers if only their signs are wanted. As integers they are in ascending order from 0 to infinity,
 * behind which there are NaNs; negative numbers are negative, and -0 is the lowest of them.
 */
BG_INLINE void pack_halves(const int16_t *values, int64_t columns, uint64_t *bits, int64_t row_begin, int64_t row_end) {
    const int16_t infinity = 0x7c00;
    vi below_zero[VI_WORD], largest[VI_WORD], lowest[VI_WORD];
    for (int i = 0; i < VI_WORD; i++) {
        below_zero[i] = vi_set1(-1);
        largest[i] = vi_set1(infinity);
        lowest[i] = vi_set1(INT16_MIN);
    }
    int64_t word = row_begin * bg_row_words(columns);
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < columns; c += BG_WORD_BITS) {
            int n = columns - c < BG_WORD_BITS ? (int)(columns - c) : BG_WORD_BITS;
            vi v[VI_WORD];
            vi_load_word(v, values + r * columns + c, n);
            uint64_t is_negative_zero = ~vi_greater_word(v, lowest);
            bits[word++] = (vi_within_word(v, below_zero, largest) | is_negative_zero) & bg_low_bits(n);
        }
    }
}

/* The compiler sees where there is no mask. */
BG_INLINE void pack(int32_t type, const struct bg_sign_pack_operands *o, int64_t row_begin, int64_t row_end) {
    if (o->straight_through == NULL) {
        pack_rows(type, o, 0, row_begin, row_end);
    } else {
        pack_rows(type, o, 1, row_begin, row_end);
    }
}

void BG_KERNEL(sign_pack)(const struct bg_sign_pack_operands *operands, int64_t row_begin, int64_t row_end) {
    const struct bg_sign_pack_operands o = *operands;
    if (o.type == BG_FLOAT32) {
        pack(BG_FLOAT32, &o, row_begin, row_end);
    } else if (o.type == BG_FLOAT16 && o.straight_through == NULL && o.tile.channels == o.tile.columns) {
        pack_halves(o.values, o.tile.columns, o.bits, row_begin, row_end);
    } else if (o.type == BG_FLOAT16) {
        pack(BG_FLOAT16, &o, row_begin, row_end);
    } else if (o.limit == 1.0f && o.tile.channels == o.tile.columns) {
        pack_bytes(o.values, o.tile.columns, o.bits, o.straight_through, row_begin, row_end);
    } else {
        pack(BG_INT8, &o, row_begin, row_end);
    }
}
