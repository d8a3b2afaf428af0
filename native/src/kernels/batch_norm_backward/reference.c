/* Every expression here is evaluated as it is bracketed, each operation rounded to float32; variants do the same. */
#include "dispatch/table.h"
#include "simd/rounding.h"
#include "simd/scalar.h"

void bg_batch_norm_gradient_sums_reference(
    const struct bg_batch_norm_gradient_sums_operands *o, int64_t row_begin, int64_t row_end) {
    int64_t channels = o->tile.channels;
    for (int64_t r = row_begin; r < row_end; r++) {
        float *block = o->sums + r / BG_SUM_BLOCK * 3 * channels;
        for (int64_t c = 0; c < channels; c++) {
            float g = bg_load(o->type, o->gradient, r * channels + c);
            const float terms[3] = {g, g * bg_bit_sign(o->signs, o->tile.columns, r, o->tile.first + c), g * g};
            for (int i = 0; i < 3; i++) {
                float *sum = block + i * channels + c;
                *sum = (r % BG_SUM_BLOCK == 0 ? 0 : *sum) + terms[i];
            }
        }
    }
}

void bg_batch_norm_coefficients_reference(
    const struct bg_batch_norm_coefficients_operands *o, int64_t channel_begin, int64_t channel_end) {
    for (int64_t c = channel_begin; c < channel_end; c++) {
        float totals[3] = {0};
        for (int64_t block = 0; block * BG_SUM_BLOCK < o->rows; block++) {
            for (int i = 0; i < 3; i++) {
                totals[i] += o->sums[(block * 3 + i) * o->channels + c];
            }
        }
        o->beta_gradient[c] = totals[0];
        float mean_v = (totals[0] / (float)o->count) / o->deviation[c];
        float mean_v_signs = (totals[1] / (float)o->count) / o->deviation[c];
        float slope = BG_NORMAL_DEVIATION * (0.5f * mean_v_signs - o->beta[c] * mean_v);
        o->coefficients[c] = 1.0f / o->deviation[c];
        o->coefficients[o->channels + c] = mean_v + slope * (1.0f - o->sign_mean[c]);
        o->coefficients[2 * o->channels + c] = mean_v - slope * (1.0f + o->sign_mean[c]);
        o->squares[c] = (totals[2] / o->deviation[c]) / o->deviation[c];
    }
}

/* The dy of an element of channel c, whose v is known; sign: whether that of the element is +1. */
static float dy_of(const float *coefficients, int64_t channels, int64_t c, float v, int sign) {
    return v - coefficients[(sign ? 1 : 2) * channels + c];
}

void bg_batch_norm_backward_signs_reference(
    const struct bg_batch_norm_backward_signs_operands *o, uint32_t seed, int64_t row_begin, int64_t row_end) {
    const struct bg_quantiser quantiser = bg_quantiser_of(o->dy_type, o->rounding, seed);
    int64_t channels = o->tile.channels;
    int64_t dy_first = o->dy_columns == o->tile.columns ? o->tile.first : 0;
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < channels; c++) {
            int64_t column = o->tile.first + c;
            float v = bg_load(o->type, o->gradient, r * channels + c) * o->coefficients[c];
            float dy = dy_of(o->coefficients, channels, c, v, bg_bit(o->signs, o->tile.columns, r, column));
            bg_store_quantised(&quantiser, o->dy, r * o->dy_columns + dy_first + c, dy, r * o->tile.columns + column);
        }
    }
}

/* A pixel of the images: its row among all pixels, that of its window or -1, and its number in the window. */
struct pixel {
    int64_t row;
    int64_t window;
    int64_t number;
};

static struct pixel pixel_of(const struct bg_windows *w, int64_t row) {
    int64_t x = row % w->width;
    int64_t y = row / w->width % w->height;
    int64_t image = row / w->width / w->height;
    int64_t window_x = x / w->window_width;
    int64_t window_y = y / w->window_height;
    int fills_window = window_x < w->pooled_width && window_y < w->pooled_height;
    int64_t window = (image * w->pooled_height + window_y) * w->pooled_width + window_x;
    int64_t number = y % w->window_height * w->window_width + x % w->window_width;
    return (struct pixel){row, fills_window ? window : -1, number};
}

/* The pixel of number `number` in the window of another pixel. */
static int64_t row_in_window(const struct bg_windows *w, struct pixel pixel, int64_t number) {
    int64_t first = pixel.row - pixel.number / w->window_width * w->width - pixel.number % w->window_width;
    return first + number / w->window_width * w->width + number % w->window_width;
}

/* Which element of a window has its largest value, from bit planes of so many rows. */
static int64_t argmax_at(
    const uint64_t *argmax, int64_t plane_rows, int planes, int64_t channels, int64_t window, int64_t c) {
    int64_t number = 0;
    for (int b = 0; b < planes; b++) {
        number |= (int64_t)bg_bit(argmax, channels, b * plane_rows + window, c) << b;
    }
    return number;
}

void bg_batch_norm_backward_pooled_values_reference(const struct bg_pooling *pooling,
    const struct bg_batch_norm_backward_pooled_operands *o, uint32_t seed, int64_t image_begin, int64_t image_end) {
    const struct bg_windows w = bg_windows_of(pooling);
    const struct bg_quantiser quantiser = bg_quantiser_of(o->dy_type, o->rounding, seed);
    int64_t channels = pooling->channels;
    int64_t plane_rows = o->images * w.pooled_height * w.pooled_width;
    int planes = bg_argmax_planes(w.window_height * w.window_width);
    for (int64_t i = image_begin * w.height * w.width; i < image_end * w.height * w.width; i++) {
        struct pixel p = pixel_of(&w, i);
        for (int64_t c = 0; c < channels; c++) {
            float value = 0;
            int64_t index = 0;
            if (p.window >= 0 && p.number == argmax_at(o->argmax, plane_rows, planes, channels, p.window, c)) {
                index = p.window * channels + c;
                float v = bg_load(o->type, o->gradient, index) * o->coefficients[c];
                value = dy_of(o->coefficients, channels, c, v, bg_bit(o->signs, channels, p.window, c));
            }
            bg_store_quantised(&quantiser, o->dy, p.row * channels + c, value, index);
        }
    }
}

/* The number of the first element of a pixel's window whose sign is set, 0 where none is. */
static int64_t first_set(
    const uint64_t *signs, int64_t channels, const struct bg_windows *w, struct pixel p, int64_t c) {
    for (int64_t number = 0; number < w->window_height * w->window_width; number++) {
        if (bg_bit(signs, channels, row_in_window(w, p, number), c)) {
            return number;
        }
    }
    return 0;
}

void bg_batch_norm_backward_pooled_signs_reference(const struct bg_pooling *pooling,
    const struct bg_batch_norm_backward_pooled_operands *o, uint32_t seed, int64_t image_begin, int64_t image_end) {
    const struct bg_windows w = bg_windows_of(pooling);
    const struct bg_quantiser quantiser = bg_quantiser_of(o->dy_type, o->rounding, seed);
    int64_t channels = pooling->channels;
    for (int64_t i = image_begin * w.height * w.width; i < image_end * w.height * w.width; i++) {
        struct pixel p = pixel_of(&w, i);
        for (int64_t c = 0; c < channels; c++) {
            int has_gradient = p.window >= 0 && p.number == first_set(o->signs, channels, &w, p, c);
            float v = has_gradient ? bg_load(o->type, o->gradient, p.window * channels + c) * o->coefficients[c] : 0;
            int64_t index = p.row * channels + c;
            float dy = dy_of(o->coefficients, channels, c, v, bg_bit(o->signs, channels, p.row, c));
            bg_store_quantised(&quantiser, o->dy, index, dy, index);
        }
    }
}
