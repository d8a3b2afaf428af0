/*
 * A block goes through twice: first weights are updated, with new momenta, which are kept in float32 until the largest
 * of them is known; then these are rounded, from the L1 cache.
 */
#include <math.h>

#include "dispatch/table.h"
#include "kernels/update/vector_update.h"
#include "simd/vector_rounding.h"

_Static_assert(BG_STATE_BLOCK % 64 == 0, "vectors of a block are whole, and its bits whole words");

/* Runs the statement for vectors of columns [begin, end): n columns from `c`, n a constant in all but the last. */
#define FOR_EACH_VECTOR(begin, end, statement)                                                                         \
    do {                                                                                                               \
        int64_t c = begin;                                                                                             \
        for (; c + VF_LANES <= (end); c += VF_LANES) {                                                                 \
            enum { n = VF_LANES };                                                                                     \
            statement;                                                                                                 \
        }                                                                                                              \
        if (c < (end)) {                                                                                               \
            const int n = (int)((end)-c);                                                                              \
            statement;                                                                                                 \
        }                                                                                                              \
    } while (0)

BG_INLINE vf larger_magnitude(vf largest, vf v, int n) {
    return vf_max(vf_abs(n == VF_LANES ? v : vf_select(v, (1u << n) - 1)), largest);
}

/* In four chains of comparisons: as one they take as long as several vectors. */
BG_INLINE float largest_lane(vf v) {
    float lanes[VF_LANES];
    vf_store(lanes, v, VF_LANES);
    for (int lane = 4; lane < VF_LANES; lane++) {
        lanes[lane % 4] = lanes[lane] > lanes[lane % 4] ? lanes[lane] : lanes[lane % 4];
    }
    float even = lanes[0] > lanes[2] ? lanes[0] : lanes[2];
    float odd = lanes[1] > lanes[3] ? lanes[1] : lanes[3];
    return even > odd ? even : odd;
}

/* Rounds the momenta m of a block of a row, columns [begin, end), and returns their scale. */
BG_INLINE float store_momentum(const float *m, vf largest, int8_t *momentum, int64_t begin, int64_t end) {
    const struct bg_quantiser quantiser = bg_byte_quantiser(BG_NEAREST, 0);
    float scale = bg_usable_scale(largest_lane(largest) / BG_MAX_INT8);
    const vf inverse = vf_set1(1.0f / scale);
    FOR_EACH_VECTOR(begin, end, {
        vf u = vf_mul(vf_load(m + (c - begin), VF_LANES), inverse);
        vu_store_int8(momentum + c, vu_quantised(BG_NEAREST, &quantiser, u, 0), n);
    });
    return scale;
}

/*
 * New momenta of row `row` of the operands `o`, whose gradient begins with row `row_begin`, and for every vector of
 * them, as `m`, the statement: on n elements from column `c`.
 */
#define FOR_EACH_MOMENTUM(gradient_type, o, row, decay, gain, statement)                                               \
    do {                                                                                                               \
        float momenta[BG_STATE_BLOCK];                                                                                 \
        int8_t *integers = (o)->momentum + (row) * (o)->columns;                                                       \
        float *scale = (o)->scales + (row)*bg_state_blocks((o)->columns);                                              \
        const vf new_part = vf_set1((gain) * (o)->gradient_scale);                                                     \
        for (int64_t begin = 0; begin < (o)->columns; begin += BG_STATE_BLOCK, scale++) {                              \
            int64_t end = begin + BG_STATE_BLOCK < (o)->columns ? begin + BG_STATE_BLOCK : (o)->columns;               \
            const vf old_part = vf_set1((decay) * *scale);                                                             \
            vf largest = vf_set1(0);                                                                                   \
            FOR_EACH_VECTOR(begin, end, {                                                                              \
                vf g = load_gradient(gradient_type, gradient, new_part, (o)->columns, (row)-row_begin, c, n);          \
                vf m = vf_add(vf_mul(vf_load_int8(integers + c, n), old_part), g);                                     \
                vf_store(momenta + (c - begin), m, VF_LANES);                                                          \
                largest = larger_magnitude(largest, m, n);                                                             \
                statement;                                                                                             \
            });                                                                                                        \
            *scale = store_momentum(momenta, largest, integers, begin, end);                                           \
        }                                                                                                              \
    } while (0)

BG_INLINE void update(int32_t gradient_type, const struct bg_update_int8_operands *o, const void *gradient,
    uint32_t seed, int64_t row_begin, int64_t row_end) {
    const struct bg_quantiser quantiser = bg_byte_quantiser(BG_STOCHASTIC, seed);
    for (int64_t r = row_begin; r < row_end; r++) {
        const vf step = vf_set1(o->steps[r / o->taps] * BG_MAX_INT8);
        FOR_EACH_MOMENTUM(gradient_type, o, r, o->decay, o->gain, {
            int64_t i = r * o->columns + c;
            vf u = vf_sub(vf_load_int8(o->weights + i, n), vf_mul(step, m));
            vu_store_int8(o->weights + i, vu_quantised(BG_STOCHASTIC, &quantiser, u, i), n);
        });
    }
}

void BG_KERNEL(update_int8)(const struct bg_update_int8_operands *operands, const void *gradient, uint32_t seed,
    int64_t row_begin, int64_t row_end) {
    const struct bg_update_int8_operands o = *operands;
    if (o.gradient_type == BG_BITS) {
        update(BG_BITS, &o, gradient, seed, row_begin, row_end);
    } else {
        update(BG_FLOAT32, &o, gradient, seed, row_begin, row_end);
    }
}

BG_INLINE void bop(int32_t gradient_type, const struct bg_update_bop_int8_operands *o, const void *gradient,
    float adaptivity, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        uint64_t *bits = o->weights + r * bg_row_words(o->columns);
        FOR_EACH_MOMENTUM(gradient_type, o, r, 1 - adaptivity, adaptivity, {
            uint32_t flipped = flips(m, o->threshold, vf_read_bits(bits, c)) & ((1u << n) - 1);
            bits[c / 64] ^= (uint64_t)flipped << c % 64;
        });
    }
}

void BG_KERNEL(update_bop_int8)(const struct bg_update_bop_int8_operands *operands, const void *gradient,
    float adaptivity, int64_t row_begin, int64_t row_end) {
    const struct bg_update_bop_int8_operands o = *operands;
    if (o.gradient_type == BG_BITS) {
        bop(BG_BITS, &o, gradient, adaptivity, row_begin, row_end);
    } else {
        bop(BG_FLOAT32, &o, gradient, adaptivity, row_begin, row_end);
    }
}

enum { SUM_VECTORS = BG_PARTIAL_SUMS / VF_LANES };

BG_INLINE vf add_square(vf sum, const float *gradient, vf scale, int n) {
    vf g = vf_mul(vf_load(gradient, n), scale);
    return vf_add(sum, vf_mul(g, g));
}

BG_INLINE float sum_of_squares(const float *gradient, float gradient_scale, int64_t count) {
    const vf scale = vf_set1(gradient_scale);
    vf vectors[SUM_VECTORS];
    for (int v = 0; v < SUM_VECTORS; v++) {
        vectors[v] = vf_set1(0);
    }
    int64_t i = 0;
    for (; i + BG_PARTIAL_SUMS <= count; i += BG_PARTIAL_SUMS) {
        for (int v = 0; v < SUM_VECTORS; v++) {
            vectors[v] = add_square(vectors[v], gradient + i + v * VF_LANES, scale, VF_LANES);
        }
    }
    for (int v = 0; v < SUM_VECTORS && i < count; v++, i += VF_LANES) {
        vectors[v] = add_square(vectors[v], gradient + i, scale, vf_count(i, count));
    }
    float sums[BG_PARTIAL_SUMS];
    for (int v = 0; v < SUM_VECTORS; v++) {
        vf_store(sums + v * VF_LANES, vectors[v], VF_LANES);
    }
    return bg_sum_of_partial_sums(sums);
}

void BG_KERNEL(update_steps)(const struct bg_update_steps_operands *operands, const float *gradient, float rate,
    float momentum_correction, float second_moment_correction, int64_t channel_begin, int64_t channel_end) {
    const struct bg_update_steps_operands o = *operands;
    for (int64_t c = channel_begin; c < channel_end; c++) {
        const float *own = gradient + (c - channel_begin) * o.fan_in;
        float mean = sum_of_squares(own, o.gradient_scale, o.fan_in) / (float)o.fan_in;
        o.second_moment[c] = o.beta2 * o.second_moment[c] + (1 - o.beta2) * mean;
        float deviation = sqrtf(o.second_moment[c] * second_moment_correction);
        o.steps[c] = rate * momentum_correction / (deviation + o.epsilon);
    }
}
