#include "dispatch/table.h"
#include "simd/scalar.h"

void bg_relu_reference(const struct bg_relu_operands *o, int64_t row_begin, int64_t row_end) {
    int64_t channels = o->tile.channels;
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < channels; c++) {
            float x = bg_load(o->type, o->x, r * channels + c);
            int positive = !(x <= 0); /* NaN remains NaN, so that nothing hides it */
            o->y[r * channels + c] = positive ? x : 0;
            if (o->positive != NULL) {
                bg_set_bit(o->positive, o->tile.columns, r, o->tile.first + c, positive);
            }
        }
    }
}

void bg_relu_backward_reference(const struct bg_relu_backward_operands *o, int64_t row_begin, int64_t row_end) {
    int64_t channels = o->tile.channels;
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < channels; c++) {
            int positive = bg_bit(o->positive, o->tile.columns, r, o->tile.first + c);
            o->result[r * channels + c] = positive ? o->gradient[r * channels + c] : 0;
        }
    }
}

void bg_prelu_reference(const struct bg_prelu_operands *o, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < o->channels; c++) {
            float x = bg_load(o->type, o->x, r * o->channels + c);
            o->y[r * o->channels + c] = x >= 0 ? x : o->slopes[c] * x;
        }
    }
}

void bg_prelu_backward_reference(
    const struct bg_prelu_backward_operands *o, int64_t channel_begin, int64_t channel_end) {
    for (int64_t c = channel_begin; c < channel_end; c++) {
        float total = 0;
        for (int64_t block = 0; block < o->rows; block += BG_SUM_BLOCK) {
            float sum = 0;
            for (int64_t r = block; r < o->rows && r < block + BG_SUM_BLOCK; r++) {
                int64_t at = r * o->channels + c;
                float x = bg_load(o->type, o->x, at);
                float g = o->gradient[at];
                sum += x >= 0 ? 0 : g * x;
                o->result[at] = x >= 0 ? g : o->slopes[c] * g;
            }
            total += sum;
        }
        o->slope_gradient[c] = total;
    }
}
