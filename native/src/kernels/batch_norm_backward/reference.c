/* Every expression here is evaluated as it is bracketed, each operation rounded to float32; variants do the same. */
#include "dispatch/table.h"
#include "simd/scalar.h"

void bg_batch_norm_gradient_sums_reference(int32_t type, const void *gradient, const uint64_t *signs, int64_t channels,
    int64_t columns, int64_t first, float *sums, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        float *block = sums + r / BG_SUM_BLOCK * 3 * channels;
        for (int64_t c = 0; c < channels; c++) {
            float g = bg_load(type, gradient, r * channels + c);
            const float terms[3] = {g, g * bg_bit_sign(signs, columns, r, first + c), g * g};
            for (int i = 0; i < 3; i++) {
                float *sum = block + i * channels + c;
                *sum = (r % BG_SUM_BLOCK == 0 ? 0 : *sum) + terms[i];
            }
        }
    }
}

void bg_batch_norm_coefficients_reference(const float *sums, int64_t rows, int64_t channels, int64_t count,
    const float *deviation, const float *beta, const float *sign_mean, float *beta_gradient, float *coefficients,
    float *squares, int64_t channel_begin, int64_t channel_end) {
    for (int64_t c = channel_begin; c < channel_end; c++) {
        float totals[3] = {0};
        for (int64_t block = 0; block * BG_SUM_BLOCK < rows; block++) {
            for (int i = 0; i < 3; i++) {
                totals[i] += sums[(block * 3 + i) * channels + c];
            }
        }
        beta_gradient[c] = totals[0];
        float mean_v = (totals[0] / (float)count) / deviation[c];
        float mean_v_signs = (totals[1] / (float)count) / deviation[c];
        float slope = BG_NORMAL_DEVIATION * (0.5f * mean_v_signs - beta[c] * mean_v);
        coefficients[c] = 1.0f / deviation[c];
        coefficients[channels + c] = mean_v + slope * (1.0f - sign_mean[c]);
        coefficients[2 * channels + c] = mean_v - slope * (1.0f + sign_mean[c]);
        squares[c] = (totals[2] / deviation[c]) / deviation[c];
    }
}

/* v of channel c, whose gradient is in that row. */
static float v_of(const struct bg_normalised_gradient *g, int64_t row, int64_t c) {
    return bg_load(g->type, g->gradient, row * g->channels + c) * g->coefficients[c];
}

/* sign: whether that of the element is +1. */
static float dy_of(const struct bg_normalised_gradient *g, int64_t c, float v, int sign) {
    return v - g->coefficients[(sign ? 1 : 2) * g->channels + c];
}

static int sign_at(const struct bg_normalised_gradient *g, int64_t row, int64_t c) {
    return bg_bit(g->signs, g->columns, row, g->first + c);
}

void bg_batch_norm_backward_signs_reference(const struct bg_normalised_gradient *g,
    const struct bg_quantiser *quantiser, void *dy, int64_t row_begin, int64_t row_end) {
    for (int64_t r = row_begin; r < row_end; r++) {
        for (int64_t c = 0; c < g->channels; c++) {
            int64_t to = r * g->dy_columns + (g->dy_columns == g->columns ? g->first : 0) + c;
            bg_store_quantised(
                quantiser, dy, to, dy_of(g, c, v_of(g, r, c), sign_at(g, r, c)), r * g->columns + g->first + c);
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
    int64_t window_x = x / w->size;
    int64_t window_y = y / w->size;
    int fills_window = window_x < w->pooled_width && window_y < w->pooled_height;
    int64_t window = (image * w->pooled_height + window_y) * w->pooled_width + window_x;
    return (struct pixel){row, fills_window ? window : -1, y % w->size * w->size + x % w->size};
}

/* The pixel of number `number` in the window of another pixel. */
static int64_t row_in_window(const struct bg_windows *w, struct pixel pixel, int64_t number) {
    int64_t first = pixel.row - pixel.number / w->size * w->width - pixel.number % w->size;
    return first + number / w->size * w->width + number % w->size;
}

/* Which element of a window has its largest value, from bit planes. */
static int64_t argmax_at(
    const uint64_t *argmax, int64_t plane_rows, int planes, int64_t channels, int64_t window, int64_t c) {
    int64_t number = 0;
    for (int b = 0; b < planes; b++) {
        number |= (int64_t)bg_bit(argmax, channels, b * plane_rows + window, c) << b;
    }
    return number;
}

void bg_batch_norm_backward_pooled_values_reference(const struct bg_normalised_gradient *g, const uint64_t *argmax,
    int64_t plane_rows, const struct bg_windows *w, const struct bg_quantiser *quantiser, void *dy, int64_t image_begin,
    int64_t image_end) {
    int planes = bg_argmax_planes(w->size * w->size);
    for (int64_t i = image_begin * w->height * w->width; i < image_end * w->height * w->width; i++) {
        struct pixel p = pixel_of(w, i);
        for (int64_t c = 0; c < g->channels; c++) {
            float value = 0;
            int64_t number = 0;
            if (p.window >= 0 && p.number == argmax_at(argmax, plane_rows, planes, g->channels, p.window, c)) {
                value = dy_of(g, c, v_of(g, p.window, c), sign_at(g, p.window, c));
                number = p.window * g->channels + c;
            }
            bg_store_quantised(quantiser, dy, p.row * g->channels + c, value, number);
        }
    }
}

/* The number of the first element of a pixel's window whose sign is set, 0 where none is. */
static int64_t first_set(
    const struct bg_normalised_gradient *g, const struct bg_windows *w, struct pixel p, int64_t c) {
    for (int64_t number = 0; number < w->size * w->size; number++) {
        if (bg_bit(g->signs, g->channels, row_in_window(w, p, number), c)) {
            return number;
        }
    }
    return 0;
}

void bg_batch_norm_backward_pooled_signs_reference(const struct bg_normalised_gradient *g, const struct bg_windows *w,
    const struct bg_quantiser *quantiser, void *dy, int64_t image_begin, int64_t image_end) {
    for (int64_t i = image_begin * w->height * w->width; i < image_end * w->height * w->width; i++) {
        struct pixel p = pixel_of(w, i);
        for (int64_t c = 0; c < g->channels; c++) {
            int has_gradient = p.window >= 0 && p.number == first_set(g, w, p, c);
            float v = has_gradient ? v_of(g, p.window, c) : 0;
            int64_t index = p.row * g->channels + c;
            bg_store_quantised(quantiser, dy, index, dy_of(g, c, v, sign_at(g, p.row, c)), index);
        }
    }
}
