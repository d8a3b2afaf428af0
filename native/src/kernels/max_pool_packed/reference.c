#include "dispatch/table.h"
#include "simd/scalar.h"

/* The row of the matrix of pixels that element k of the window of a pooled pixel is. */
static int64_t window_pixel(const struct bg_pooling *p, int64_t pooled, int64_t k) {
    int64_t columns = bg_pooled_width(p);
    int64_t image = pooled / bg_pooled_pixels(p);
    int64_t row = pooled / columns % bg_pooled_height(p) * p->window_height + k / p->window_width;
    return (image * p->height + row) * p->width + pooled % columns * p->window_width + k % p->window_width;
}

void bg_max_pool_int16_reference(const struct bg_pooling *p, const struct bg_max_pool_int16_operands *operands,
    int64_t image_begin, int64_t image_end) {
    int64_t elements = p->window_height * p->window_width;
    int64_t windows = bg_pooled_pixels(p);
    int planes = operands->argmax == NULL ? 0 : bg_argmax_planes(elements);
    for (int64_t w = image_begin * windows; w < image_end * windows; w++) {
        for (int64_t channel = 0; channel < p->channels; channel++) {
            int64_t best = 0;
            int16_t largest = 0;
            for (int64_t k = 0; k < elements; k++) {
                int16_t value = operands->y[window_pixel(p, w, k) * p->channels + channel];
                if (k == 0 || value > largest) {
                    largest = value;
                    best = k;
                }
            }
            operands->pooled[w * p->channels + channel] = largest;
            for (int plane = 0; plane < planes; plane++) {
                int64_t row = plane * operands->images * windows + w;
                bg_set_bit(operands->argmax, operands->columns, row, operands->first + channel, best >> plane & 1);
            }
        }
    }
}

void bg_max_pool_bits_reference(const struct bg_pooling *p, const struct bg_max_pool_bits_operands *operands,
    int64_t image_begin, int64_t image_end) {
    int64_t elements = p->window_height * p->window_width;
    int64_t windows = bg_pooled_pixels(p);
    for (int64_t w = image_begin * windows; w < image_end * windows; w++) {
        for (int64_t channel = 0; channel < p->channels; channel++) {
            int64_t k = 0;
            while (k < elements && !bg_bit(operands->signs, p->channels, window_pixel(p, w, k), channel)) {
                k++;
            }
            int found = k < elements;
            bg_set_bit(operands->pooled, p->channels, w, channel, found);
            if (operands->straight_through != NULL) {
                int64_t pixel = window_pixel(p, w, found ? k : 0);
                bg_set_bit(operands->pooled_straight_through, p->channels, w, channel,
                    bg_bit(operands->straight_through, p->channels, pixel, channel));
            }
        }
    }
}
