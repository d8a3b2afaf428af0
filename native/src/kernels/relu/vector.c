#include "dispatch/table.h"
#include "simd/simd.h"

BG_INLINE void relu_rows(int32_t type, const struct bg_relu_operands *o, int64_t row_begin, int64_t row_end) {
    int64_t channels = o->tile.channels;
    int64_t words = bg_row_words(o->tile.columns);
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < channels; c += VF_LANES) {
            int n = vf_count(c, channels);
            vf x = vf_load_typed(type, o->x, r * channels + c, n);
            uint32_t positive = ~vf_at_most(x, vf_set1(0));
            vf_store(o->y + r * channels + c, vf_select(x, positive), n);
            if (o->positive != NULL) {
                bg_write_bits(o->positive + r * words, o->tile.first + c, positive & ((1u << n) - 1));
            }
        }
    }
}

void BG_KERNEL(relu)(const struct bg_relu_operands *operands, int64_t row_begin, int64_t row_end) {
    const struct bg_relu_operands o = *operands;
    if (o.type == BG_FLOAT32) {
        relu_rows(BG_FLOAT32, &o, row_begin, row_end);
    } else {
        relu_rows(BG_INT16, &o, row_begin, row_end);
    }
}

void BG_KERNEL(relu_backward)(const struct bg_relu_backward_operands *operands, int64_t row_begin, int64_t row_end) {
    const struct bg_relu_backward_operands o = *operands;
    int64_t channels = o.tile.channels;
    int64_t words = bg_row_words(o.tile.columns);
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < channels; c += VF_LANES) {
            int n = vf_count(c, channels);
            uint32_t positive = vf_read_bits(o.positive + r * words, o.tile.first + c);
            vf_store(o.result + r * channels + c, vf_select(vf_load(o.gradient + r * channels + c, n), positive), n);
        }
    }
}

BG_INLINE void prelu_rows(int32_t type, const struct bg_prelu_operands *o, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < o->channels; c += VF_LANES) {
            int n = vf_count(c, o->channels);
            vf x = vf_load_typed(type, o->x, r * o->channels + c, n);
            vf below = vf_mul(vf_load(o->slopes + c, n), x);
            vf_store(o->y + r * o->channels + c, vf_choose(x, below, vf_nonnegative(x)), n);
        }
    }
}

void BG_KERNEL(prelu)(const struct bg_prelu_operands *operands, int64_t row_begin, int64_t row_end) {
    const struct bg_prelu_operands o = *operands;
    if (o.type == BG_FLOAT32) {
        prelu_rows(BG_FLOAT32, &o, row_begin, row_end);
    } else {
        prelu_rows(BG_INT16, &o, row_begin, row_end);
    }
}

/* Channels [c, c + n), n <= VF_LANES, of all rows. */
BG_INLINE void backward_of_vector(int32_t type, const struct bg_prelu_backward_operands *o, int64_t c, int n) {
    vf slopes = vf_load(o->slopes + c, n);
    vf total = vf_set1(0);
    for (int64_t block = 0; block < o->rows; block += BG_SUM_BLOCK) {
        int64_t end = block + BG_SUM_BLOCK < o->rows ? block + BG_SUM_BLOCK : o->rows;
        vf sum = vf_set1(0);
        for (int64_t r = block; r < end; r++) {
            int64_t at = r * o->channels + c;
            vf x = vf_load_typed(type, o->x, at, n);
            vf g = vf_load(o->gradient + at, n);
            uint32_t nonnegative = vf_nonnegative(x);
            sum = vf_add(sum, vf_select(vf_mul(g, x), ~nonnegative));
            vf_store(o->result + at, vf_choose(g, vf_mul(slopes, g), nonnegative), n);
        }
        total = vf_add(total, sum);
    }
    vf_store(o->slope_gradient + c, total, n);
}

void BG_KERNEL(prelu_backward)(
    const struct bg_prelu_backward_operands *operands, int64_t channel_begin, int64_t channel_end) {
    const struct bg_prelu_backward_operands o = *operands;
    for (int64_t c = channel_begin; c < channel_end; c += VF_LANES) {
        int n = vf_count(c, channel_end);
        if (o.type == BG_FLOAT32) {
            backward_of_vector(BG_FLOAT32, &o, c, n);
        } else {
            backward_of_vector(BG_INT16, &o, c, n);
        }
    }
}
