#include "dispatch/check.h"
#include "dispatch/table.h"
#include "kernels/lookup_gradient/layout.h"

static int is_float(int32_t type) {
    return type == BG_FLOAT32 || type == BG_FLOAT16;
}

static int is_gradient_type(int32_t type) {
    return is_float(type) || type == BG_INT16 || type == BG_INT8;
}

/* The largest magnitude of a gradient, so that the sums of tables and of dots can be told to fit. */
static int64_t max_magnitude(int32_t type) {
    return type == BG_INT8 ? BG_MAX_INT7 : BG_MAX_INT14;
}

#define BG_CHECK_GRADIENT_TYPE(type) BG_CHECK(is_float(type) || (type) == BG_INT16 || (type) == BG_INT8, BG_BAD_TYPE)

/* Sums of so many terms fit int32; a sum in float32 has no limit. */
#define BG_CHECK_TERMS(type, terms) BG_CHECK(is_float(type) || (terms) <= INT32_MAX / max_magnitude(type), BG_BAD_SHAPE)

#define BG_CHECK_SCRATCH(scratch, scratch_bytes, needed)                                                               \
    do {                                                                                                               \
        BG_CHECK_ALIGNED(scratch, BG_ALIGNMENT);                                                                       \
        BG_CHECK((scratch_bytes) >= (needed), BG_BAD_SHAPE);                                                           \
    } while (0)

/* The convolution as its weight gradient sees it: for pixels of 8 bits, every bit is a channel. */
static int32_t read_input_bits(int32_t input_bits, struct bg_convolution *c) {
    BG_CHECK(input_bits == 1 || input_bits == 8, BG_BAD_SHAPE);
    c->channels *= input_bits;
    c->words = bg_row_words(c->channels);
    BG_CHECK_SIZE(c->channels * c->taps);
    return BG_OK;
}

int64_t bg_weight_index_bytes(const int64_t *convolution) {
    struct bg_convolution c;
    return bg_read_convolution(convolution, &c) == BG_OK ? bg_index_bytes(&c) : 0;
}

int64_t bg_input_gradient_scratch_bytes(int32_t type, const int64_t *convolution) {
    struct bg_convolution c;
    int is_good = is_gradient_type(type) && bg_read_convolution(convolution, &c) == BG_OK;
    return is_good ? bg_input_scratch(type, &c) : 0;
}

int64_t bg_weight_gradient_scratch_bytes(int32_t type, const int64_t *convolution, int32_t input_bits) {
    struct bg_convolution c;
    int is_good = is_gradient_type(type) && bg_read_convolution(convolution, &c) == BG_OK &&
                  read_input_bits(input_bits, &c) == BG_OK;
    return is_good ? bg_weight_scratch(type, &c) : 0;
}

int32_t bg_weight_index(int32_t type, const int64_t *convolution, const uint64_t *weights, void *index,
    int64_t block_begin, int64_t block_end) {
    BG_CHECK(is_gradient_type(type), BG_BAD_TYPE);
    BG_CHECK_CONVOLUTION(convolution, c);
    BG_CHECK_OPERAND(weights);
    BG_CHECK_ALIGNED(index, BG_ALIGNMENT);
    BG_CHECK_RANGE_OF(block_begin, block_end, bg_ceil_div(c.out_channels, BG_STEP));
    bg_table.weight_index(type, &c, weights, index, block_begin, block_end);
    return BG_OK;
}

int32_t bg_input_gradient(int32_t type, const int64_t *convolution, const void *dy, const float *scale,
    const void *index, const uint64_t *mask, int32_t dx_type, void *dx, void *scratch, int64_t scratch_bytes,
    int64_t image_begin, int64_t image_end) {
    BG_CHECK(is_gradient_type(type), BG_BAD_TYPE);
    BG_CHECK_CONVOLUTION(convolution, c);
    BG_CHECK_TYPED(dy, type);
    if (!is_float(type)) {
        BG_CHECK_OPERAND(scale);
    }
    BG_CHECK_ALIGNED(index, BG_ALIGNMENT);
    BG_CHECK_ALIGNED(mask != NULL ? mask : (const uint64_t *)index, sizeof *mask);
    BG_CHECK_TYPE(dx_type, BG_FLOAT32, BG_FLOAT16);
    BG_CHECK_TYPED(dx, dx_type);
    BG_CHECK_SCRATCH(scratch, scratch_bytes, bg_input_scratch(type, &c));
    BG_CHECK_TERMS(type, bg_product(c.taps, c.out_channels));
    BG_CHECK_RANGE(image_begin, image_end);
    BG_CHECK(bg_product(image_end, bg_max(c.pixels, c.out_pixels)) <= BG_MAX_SIZE, BG_BAD_SHAPE);
    bg_table.input_gradient(
        type, &c, dy, is_float(type) ? 1.0f : *scale, index, mask, dx_type, dx, scratch, image_begin, image_end);
    return BG_OK;
}

int32_t bg_weight_gradient_signs(int32_t type, const int64_t *convolution, const void *dy, const uint64_t *x,
    int32_t input_bits, uint64_t *signs, void *scratch, int64_t scratch_bytes, int64_t images, int64_t channel_begin,
    int64_t channel_end) {
    BG_CHECK(is_gradient_type(type), BG_BAD_TYPE);
    BG_CHECK_CONVOLUTION(convolution, c);
    int32_t input_status = read_input_bits(input_bits, &c);
    BG_CHECK(input_status == BG_OK, input_status);
    BG_CHECK_TYPED(dy, type);
    BG_CHECK_OPERAND(x);
    BG_CHECK_OPERAND(signs);
    BG_CHECK_SIZE(images);
    BG_CHECK_SCRATCH(scratch, scratch_bytes, bg_weight_scratch(type, &c));
    BG_CHECK(bg_product(images, bg_max(c.pixels, c.out_pixels)) <= BG_MAX_SIZE, BG_BAD_SHAPE);
    BG_CHECK_TERMS(type, images * c.out_pixels);
    BG_CHECK_RANGE_OF(channel_begin, channel_end, c.out_channels);
    bg_table.weight_gradient_signs(type, &c, dy, x, input_bits, signs, scratch, images, channel_begin, channel_end);
    return BG_OK;
}
