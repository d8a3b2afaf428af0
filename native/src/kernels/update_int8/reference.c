/* Every product and sum is rounded on its own and in the order written here: it is what the variants must repeat. */
#include "dispatch/table.h"
#include "simd/rounding.h"

/* Columns [begin, end) of a row, which has one scale. */
struct block {
    int64_t row;
    int64_t begin;
    int64_t end;
    float *scale;
};

static struct block block_of(int64_t row, int64_t number, int64_t columns, float *scales) {
    int64_t begin = number * BG_STATE_BLOCK;
    int64_t end = begin + BG_STATE_BLOCK < columns ? begin + BG_STATE_BLOCK : columns;
    return (struct block){row, begin, end, scales + row * bg_state_blocks(columns) + number};
}

/* A gradient whose row 0 is row_begin of the weights. */
struct gradient {
    int32_t type;
    const void *values;
    float scale;
    int64_t row_begin;
};

/* m[c - begin] = decay * momentum + gain * g of the block's column c. */
static void new_momentum(const int8_t *momentum, const struct gradient *gradient, int64_t columns, float decay,
    float gain, struct block block, float *m) {
    float old_part = decay * *block.scale;
    float new_part = gain * gradient->scale;
    int64_t row = block.row - gradient->row_begin;
    for (int64_t c = block.begin; c < block.end; c++) {
        float g = gradient->type == BG_BITS ? bg_bit_sign(gradient->values, columns, row, c)
                                            : ((const float *)gradient->values)[row * columns + c];
        m[c - block.begin] = (float)momentum[block.row * columns + c] * old_part + g * new_part;
    }
}

static void store_momentum(const float *m, int8_t *momentum, int64_t columns, struct block block) {
    const struct bg_quantiser quantiser = bg_byte_quantiser(BG_NEAREST, 0);
    float largest = 0;
    for (int64_t c = block.begin; c < block.end; c++) {
        float magnitude = fabsf(m[c - block.begin]);
        largest = magnitude > largest ? magnitude : largest;
    }
    *block.scale = bg_usable_scale(largest / BG_MAX_INT8);
    float inverse = 1.0f / *block.scale;
    for (int64_t c = block.begin; c < block.end; c++) {
        int64_t i = block.row * columns + c;
        momentum[i] = (int8_t)bg_quantised(&quantiser, m[c - block.begin] * inverse, i);
    }
}

void bg_update_int8_reference(
    const struct bg_update_int8_operands *o, const void *gradient, uint32_t seed, int64_t row_begin, int64_t row_end) {
    const struct bg_quantiser quantiser = bg_byte_quantiser(BG_STOCHASTIC, seed);
    const struct gradient g = {o->gradient_type, gradient, o->gradient_scale, row_begin};
    float m[BG_STATE_BLOCK];
    for (int64_t r = row_begin; r < row_end; r++) {
        float step = o->steps[r / o->taps] * BG_MAX_INT8;
        for (int64_t b = 0; b < bg_state_blocks(o->columns); b++) {
            struct block block = block_of(r, b, o->columns, o->scales);
            new_momentum(o->momentum, &g, o->columns, o->decay, o->gain, block, m);
            for (int64_t c = block.begin; c < block.end; c++) {
                int64_t i = r * o->columns + c;
                float u = o->weights[i] - step * m[c - block.begin];
                o->weights[i] = (int8_t)bg_quantised(&quantiser, u, i);
            }
            store_momentum(m, o->momentum, o->columns, block);
        }
    }
}

void bg_update_steps_reference(const struct bg_update_steps_operands *o, const float *gradient, float rate,
    float momentum_correction, float second_moment_correction, int64_t channel_begin, int64_t channel_end) {
    for (int64_t c = channel_begin; c < channel_end; c++) {
        float sums[BG_PARTIAL_SUMS] = {0};
        for (int64_t i = 0; i < o->fan_in; i++) {
            float g = gradient[(c - channel_begin) * o->fan_in + i] * o->gradient_scale;
            sums[i % BG_PARTIAL_SUMS] += g * g;
        }
        float mean = bg_sum_of_partial_sums(sums) / (float)o->fan_in;
        o->second_moment[c] = o->beta2 * o->second_moment[c] + (1 - o->beta2) * mean;
        float deviation = sqrtf(o->second_moment[c] * second_moment_correction);
        o->steps[c] = rate * momentum_correction / (deviation + o->epsilon);
    }
}

void bg_update_bop_int8_reference(const struct bg_update_bop_int8_operands *o, const void *gradient, float adaptivity,
    int64_t row_begin, int64_t row_end) {
    const struct gradient g = {o->gradient_type, gradient, o->gradient_scale, row_begin};
    float m[BG_STATE_BLOCK];
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t b = 0; b < bg_state_blocks(o->columns); b++) {
            struct block block = block_of(r, b, o->columns, o->scales);
            new_momentum(o->momentum, &g, o->columns, 1 - adaptivity, adaptivity, block, m);
            for (int64_t c = block.begin; c < block.end; c++) {
                float pull = m[c - block.begin];
                uint64_t flip = fabsf(pull) > o->threshold && (pull >= 0) == bg_bit(o->weights, o->columns, r, c);
                o->weights[r * bg_row_words(o->columns) + c / 64] ^= flip << c % 64;
            }
            store_momentum(m, o->momentum, o->columns, block);
        }
    }
}
