/* Every expression here is evaluated as it is bracketed, each operation rounded to float32; variants do the same. */
#include "dispatch/table.h"
#include "simd/scalar.h"

enum { TERMS = 4 };

void bg_batch_norm_exact_sums_reference(
    const struct bg_batch_norm_exact_sums_operands *o, int64_t row_begin, int64_t row_end) {
    int64_t channels = o->tile.channels;
    for (int64_t r = row_begin; r < row_end; r++) {
        float *block = o->sums + r / BG_SUM_BLOCK * TERMS * channels;
        for (int64_t c = 0; c < channels; c++) {
            float g = bg_load(o->type, o->gradient, r * channels + c);
            float d = bg_load(o->y_type, o->y, r * channels + c) - o->mean[c];
            int set = d >= 0;
            bg_set_bit(o->signs, o->tile.columns, r, o->tile.first + c, set);
            const float terms[TERMS] = {g, g * d, g * g, set ? 1.0f : -1.0f};
            for (int i = 0; i < TERMS; i++) {
                float *sum = block + i * channels + c;
                *sum = (r % BG_SUM_BLOCK == 0 ? 0 : *sum) + terms[i];
            }
        }
    }
}

void bg_batch_norm_exact_coefficients_reference(
    const struct bg_batch_norm_exact_coefficients_operands *o, int64_t channel_begin, int64_t channel_end) {
    float count = (float)o->rows;
    for (int64_t c = channel_begin; c < channel_end; c++) {
        float totals[TERMS] = {0};
        for (int64_t block = 0; block * BG_SUM_BLOCK < o->rows; block++) {
            for (int i = 0; i < TERMS; i++) {
                totals[i] += o->sums[(block * TERMS + i) * o->channels + c];
            }
        }
        float deviation = o->deviation[c];
        float mean_v = (totals[0] / count) / deviation;
        float mean_vn = ((totals[1] / count) / deviation) / deviation;
        float sign_mean = totals[3] / count;
        float slope = BG_NORMAL_DEVIATION * mean_vn;
        o->beta_gradient[c] = totals[0];
        o->coefficients[c] = 1.0f / deviation;
        o->coefficients[o->channels + c] = mean_v + slope * (1.0f - sign_mean);
        o->coefficients[2 * o->channels + c] = mean_v - slope * (1.0f + sign_mean);
        o->squares[c] = (totals[2] / deviation) / deviation;
    }
}
