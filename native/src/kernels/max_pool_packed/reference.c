#include "dispatch/table.h"
#include "simd/scalar.h"

/* The row of the matrix of pixels that element k of the window of a pooled pixel is. */
static int64_t window_pixel(int64_t height, int64_t width, int64_t size, int64_t pooled, int64_t k) {
    int64_t columns = width / size;
    int64_t image = pooled / (height / size * columns);
    int64_t row = pooled / columns % (height / size) * size + k / size;
    return (image * height + row) * width + pooled % columns * size + k % size;
}

void bg_max_pool_int16_reference(const int16_t *y, int64_t height, int64_t width, int64_t channels, int64_t columns,
    int64_t first, int64_t size, int16_t *pooled, uint64_t *argmax, int64_t images, int64_t image_begin,
    int64_t image_end) {
    int64_t pooled_pixels = (height / size) * (width / size);
    for (int64_t p = image_begin * pooled_pixels; p < image_end * pooled_pixels; p++) {
        for (int64_t channel = 0; channel < channels; channel++) {
            int64_t best = 0;
            int16_t largest = 0;
            for (int64_t k = 0; k < size * size; k++) {
                int16_t value = y[window_pixel(height, width, size, p, k) * channels + channel];
                if (k == 0 || value > largest) {
                    largest = value;
                    best = k;
                }
            }
            pooled[p * channels + channel] = largest;
            for (int plane = 0; argmax != NULL && plane < bg_argmax_planes(size * size); plane++) {
                int64_t row = plane * images * pooled_pixels + p;
                bg_set_bit(argmax, columns, row, first + channel, best >> plane & 1);
            }
        }
    }
}

void bg_max_pool_bits_reference(const uint64_t *signs, const uint64_t *straight_through, int64_t height, int64_t width,
    int64_t channels, int64_t size, uint64_t *pooled, uint64_t *pooled_straight_through, int64_t image_begin,
    int64_t image_end) {
    int64_t pooled_pixels = (height / size) * (width / size);
    for (int64_t p = image_begin * pooled_pixels; p < image_end * pooled_pixels; p++) {
        for (int64_t channel = 0; channel < channels; channel++) {
            int64_t k = 0;
            while (k < size * size && !bg_bit(signs, channels, window_pixel(height, width, size, p, k), channel)) {
                k++;
            }
            int found = k < size * size;
            bg_set_bit(pooled, channels, p, channel, found);
            if (straight_through != NULL) {
                int64_t pixel = window_pixel(height, width, size, p, found ? k : 0);
                bg_set_bit(
                    pooled_straight_through, channels, p, channel, bg_bit(straight_through, channels, pixel, channel));
            }
        }
    }
}
