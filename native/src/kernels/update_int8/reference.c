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

/* m[c - begin] = decay * momentum + gain * g of the block's column c; gradient_row: the gradient's of the row. */
static void new_momentum(const int8_t *momentum, int32_t gradient_type, const void *gradient, float gradient_scale,
    int64_t columns, int64_t gradient_row, float decay, float gain, struct block block, float *m) {
    float old_part = decay * *block.scale;
    float new_part = gain * gradient_scale;
    for (int64_t c = block.begin; c < block.end; c++) {
        float g = gradient_type == BG_BITS ? bg_bit_sign(gradient, columns, gradient_row, c)
                                           : ((const float *)gradient)[gradient_row * columns + c];
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

void bg_update_int8_reference(int8_t *weights, int8_t *momentum, float *scales, int32_t gradient_type,
    const void *gradient, float gradient_scale, int64_t columns, int64_t taps, const float *steps, float decay,
    float gain, uint32_t seed, int64_t row_begin, int64_t row_end) {
    const struct bg_quantiser quantiser = bg_byte_quantiser(BG_STOCHASTIC, seed);
    float m[BG_STATE_BLOCK];
    for (int64_t r = row_begin; r < row_end; r++) {
        float step = steps[r / taps] * BG_MAX_INT8;
        for (int64_t b = 0; b < bg_state_blocks(columns); b++) {
            struct block block = block_of(r, b, columns, scales);
            new_momentum(
                momentum, gradient_type, gradient, gradient_scale, columns, r - row_begin, decay, gain, block, m);
            for (int64_t c = block.begin; c < block.end; c++) {
                int64_t i = r * columns + c;
                float u = weights[i] - step * m[c - block.begin];
                weights[i] = (int8_t)bg_quantised(&quantiser, u, i);
            }
            store_momentum(m, momentum, columns, block);
        }
    }
}

void bg_update_steps_reference(const float *gradient, float gradient_scale, float *second_moment, float *steps,
    int64_t fan_in, float rate, float beta2, float epsilon, float momentum_correction, float second_moment_correction,
    int64_t channel_begin, int64_t channel_end) {
    for (int64_t c = channel_begin; c < channel_end; c++) {
        float sums[BG_PARTIAL_SUMS] = {0};
        for (int64_t i = 0; i < fan_in; i++) {
            float g = gradient[(c - channel_begin) * fan_in + i] * gradient_scale;
            sums[i % BG_PARTIAL_SUMS] += g * g;
        }
        for (int half = BG_PARTIAL_SUMS / 2; half > 0; half /= 2) {
            for (int j = 0; j < half; j++) {
                sums[j] += sums[j + half];
            }
        }
        second_moment[c] = beta2 * second_moment[c] + (1 - beta2) * (sums[0] / (float)fan_in);
        steps[c] = rate * momentum_correction / (sqrtf(second_moment[c] * second_moment_correction) + epsilon);
    }
}

void bg_update_bop_int8_reference(uint64_t *weights, int8_t *momentum, float *scales, int32_t gradient_type,
    const void *gradient, float gradient_scale, int64_t columns, float adaptivity, float threshold, int64_t row_begin,
    int64_t row_end) {
    float m[BG_STATE_BLOCK];
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t b = 0; b < bg_state_blocks(columns); b++) {
            struct block block = block_of(r, b, columns, scales);
            new_momentum(momentum, gradient_type, gradient, gradient_scale, columns, r - row_begin, 1 - adaptivity,
                adaptivity, block, m);
            for (int64_t c = block.begin; c < block.end; c++) {
                float pull = m[c - block.begin];
                uint64_t flip = fabsf(pull) > threshold && (pull >= 0) == bg_bit(weights, columns, r, c);
                weights[r * bg_row_words(columns) + c / 64] ^= flip << c % 64;
            }
            store_momentum(m, momentum, columns, block);
        }
    }
}
