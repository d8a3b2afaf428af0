/*
 * Every expression here is evaluated as it is bracketed, each operation rounded to float32; variants do the same.
 * The divisor of a channel is taken out of its sums: mean(v) and mean(v n) with v = gradient / deviation are computed
 * as mean(gradient) / deviation and mean(gradient n) / deviation.
 */
#include "dispatch/table.h"
#include "simd/scalar.h"

/* A sum over rows 0, 1, ... in blocks of BG_SUM_BLOCK; starts as zeros. */
struct sum {
    float blocks; /* the sum of the finished blocks */
    float block;  /* the sum of the rows in the block at hand */
};

static void add(struct sum *sum, int64_t row, float term) {
    sum->block += term;
    if ((row + 1) % BG_SUM_BLOCK == 0) {
        sum->blocks += sum->block;
        sum->block = 0;
    }
}

static float total(struct sum sum) {
    return sum.blocks + sum.block;
}

static float mean_of(struct sum sum, int64_t rows) {
    return total(sum) / (float)rows;
}

void bg_batch_norm_statistics_l2_reference(const float *y, int64_t rows, int64_t channels, float *mean,
    float *deviation, int64_t channel_begin, int64_t channel_end) {
    for (int64_t c = channel_begin; c < channel_end; c++) {
        struct sum values = {0};
        for (int64_t r = 0; r < rows; r++) {
            add(&values, r, y[r * channels + c]);
        }
        mean[c] = mean_of(values, rows);
        struct sum squares = {0};
        for (int64_t r = 0; r < rows; r++) {
            float difference = y[r * channels + c] - mean[c];
            add(&squares, r, difference * difference);
        }
        deviation[c] = sqrtf(mean_of(squares, rows) + BG_EPSILON);
    }
}

void bg_batch_norm_apply_reference(const struct bg_batch_norm_apply_operands *o, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < o->channels; c++) {
            int64_t i = r * o->channels + c;
            o->x[i] = (bg_load(o->type, o->y, i) - o->mean[c]) / o->deviation[c] + o->beta[c];
        }
    }
}

void bg_batch_norm_backward_l2_reference(
    const struct bg_batch_norm_backward_operands *o, int64_t channel_begin, int64_t channel_end) {
    for (int64_t c = channel_begin; c < channel_end; c++) {
        struct sum sum = {0};
        struct sum products = {0};
        for (int64_t r = 0; r < o->rows; r++) {
            int64_t i = r * o->channels + c;
            add(&sum, r, o->gradient[i]);
            add(&products, r, o->gradient[i] * (o->x[i] - o->beta[c]));
        }
        o->beta_gradient[c] = total(sum);
        float mean_v = mean_of(sum, o->rows) / o->deviation[c];
        float mean_vn = mean_of(products, o->rows) / o->deviation[c];
        for (int64_t r = 0; r < o->rows; r++) {
            int64_t i = r * o->channels + c;
            o->gradient[i] = (o->gradient[i] / o->deviation[c] - mean_v) - mean_vn * (o->x[i] - o->beta[c]);
        }
    }
}

static float sign_of(float value) {
    return value >= 0 ? 1.0f : -1.0f;
}

void bg_batch_norm_backward_l1_reference(
    const struct bg_batch_norm_backward_operands *o, int64_t channel_begin, int64_t channel_end) {
    for (int64_t c = channel_begin; c < channel_end; c++) {
        struct sum sum = {0};
        struct sum products = {0};
        struct sum signs = {0};
        for (int64_t r = 0; r < o->rows; r++) {
            int64_t i = r * o->channels + c;
            float n = o->x[i] - o->beta[c];
            add(&sum, r, o->gradient[i]);
            add(&products, r, o->gradient[i] * n);
            add(&signs, r, sign_of(n));
        }
        o->beta_gradient[c] = total(sum);
        float mean_v = mean_of(sum, o->rows) / o->deviation[c];
        float slope = BG_NORMAL_DEVIATION * (mean_of(products, o->rows) / o->deviation[c]);
        float mean_sign = mean_of(signs, o->rows);
        for (int64_t r = 0; r < o->rows; r++) {
            int64_t i = r * o->channels + c;
            float s = sign_of(o->x[i] - o->beta[c]);
            o->gradient[i] = (o->gradient[i] / o->deviation[c] - mean_v) - slope * (s - mean_sign);
        }
    }
}

void bg_moving_average_reference(const float *values, float *average, float decay, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
        average[i] = decay * average[i] + (1.0f - decay) * values[i];
    }
}
