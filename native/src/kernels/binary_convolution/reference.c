#include "dispatch/table.h"
#include "simd/scalar.h"

/* One element of y. Padding bits of words are clear on both sides and differ nowhere. */
static int output(
    const struct bg_convolution *c, const uint64_t *image, const uint64_t *weights, int64_t row, int64_t column) {
    int sum = 0;
    for (int64_t tap = 0; tap < c->taps; tap++) {
        int64_t tap_row = row * c->stride - c->padding + tap / c->kernel;
        int64_t tap_column = column * c->stride - c->padding + tap % c->kernel;
        if (tap_row >= 0 && tap_row < c->height && tap_column >= 0 && tap_column < c->width) {
            sum += (int)c->channels;
            for (int64_t word = 0; word < c->words; word++) {
                uint64_t bits = image[(tap_row * c->width + tap_column) * c->words + word];
                sum -= 2 * __builtin_popcountll(bits ^ weights[tap * c->words + word]);
            }
        }
    }
    return sum;
}

void bg_binary_convolution_reference(const struct bg_convolution *c, const uint64_t *x, const uint64_t *weights,
    int16_t *y, int64_t *sums, int64_t images, int64_t channel_begin, int64_t channel_end) {
    for (int64_t n = channel_begin; n < channel_end; n++) {
        int64_t sum = 0;
        for (int64_t m = 0; m < images * c->out_pixels; m++) {
            const uint64_t *image = x + m / c->out_pixels * c->pixels * c->words;
            int64_t pixel = m % c->out_pixels;
            int value = output(c, image, weights + n * c->taps * c->words, pixel / c->out_width, pixel % c->out_width);
            y[m * c->out_channels + n] = (int16_t)value;
            sum += value;
        }
        if (sums != NULL) {
            sums[n] = sum;
        }
    }
}
