#include "dispatch/check.h"
#include "dispatch/table.h"
#include "kernels/lookup_gradient/layout.h"
#include "kernels/max_pool_packed/max_pool_packed.h"

static int is_float(int32_t type) {
    return type == BG_FLOAT32 || type == BG_FLOAT16;
}

/* Tiles of channels begin at multiples of it, which every variant handles at once. */
enum { BG_TILE = 16 };

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

/*
 * dy as the arguments of both gradients give it, checked; images: of which the bit planes of argmax are.
 */
static int32_t read_gradient(int32_t type, const struct bg_convolution *c, const void *values, const float *scale,
    int64_t pool, const uint64_t *argmax, const uint64_t *signs, const int8_t *others, int64_t images,
    struct bg_gradient *dy) {
    BG_CHECK(is_gradient_type(type), BG_BAD_TYPE);
    BG_CHECK_TYPED(values, type);
    BG_CHECK(pool >= 1 && pool <= BG_MAX_POOL, BG_BAD_SHAPE);
    *dy = (struct bg_gradient){
        .type = type, .values = values, .scale = scale == NULL || is_float(type) ? 1.0f : *scale, .pool = pool};
    dy->pooled_height = c->out_height / pool;
    dy->pooled_width = c->out_width / pool;
    if (pool > 1) {
        BG_CHECK(type == BG_INT8, BG_BAD_TYPE);
        BG_CHECK(dy->pooled_height > 0 && dy->pooled_width > 0, BG_BAD_SHAPE);
        if (argmax == NULL) {
            BG_CHECK_OPERAND(signs);
            BG_CHECK_OPERAND(others);
            dy->signs = signs;
            dy->others = others;
        } else {
            BG_CHECK_OPERAND(argmax);
            dy->argmax = argmax;
            dy->planes = bg_argmax_planes(pool * pool);
            dy->plane_words = images * dy->pooled_height * dy->pooled_width * bg_row_words(c->out_channels);
        }
    }
    return BG_OK;
}

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

int64_t bg_weight_gradient_scratch_bytes(int32_t type, const int64_t *convolution, int32_t input_bits, int64_t images) {
    struct bg_convolution c;
    int is_good = is_gradient_type(type) && bg_read_convolution(convolution, &c) == BG_OK &&
                  read_input_bits(input_bits, &c) == BG_OK && images > 0 && images <= BG_MAX_SIZE;
    return is_good ? bg_weight_scratch(type, &c, images) : 0;
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

int32_t bg_input_gradient(int32_t type, const int64_t *convolution, const void *dy, const float *scale, int64_t pool,
    const uint64_t *argmax, const uint64_t *signs, const int8_t *others, const void *index, const uint64_t *mask,
    int32_t dx_type, void *dx, int64_t channel_begin, int64_t channel_end, void *scratch, int64_t scratch_bytes,
    int64_t images, int64_t image_begin, int64_t image_end) {
    BG_CHECK(is_gradient_type(type), BG_BAD_TYPE);
    BG_CHECK_CONVOLUTION(convolution, c);
    BG_CHECK_SIZE(images);
    BG_CHECK(bg_product(images, bg_max(c.pixels, c.out_pixels)) <= BG_MAX_SIZE, BG_BAD_SHAPE);
    if (!is_float(type)) {
        BG_CHECK_OPERAND(scale);
    }
    struct bg_gradient gradient;
    int32_t gradient_status = read_gradient(type, &c, dy, scale, pool, argmax, signs, others, images, &gradient);
    BG_CHECK(gradient_status == BG_OK, gradient_status);
    BG_CHECK_ALIGNED(index, BG_ALIGNMENT);
    BG_CHECK_ALIGNED(mask != NULL ? mask : (const uint64_t *)index, sizeof *mask);
    BG_CHECK_TYPE(dx_type, BG_FLOAT32, BG_FLOAT16);
    BG_CHECK_TYPED(dx, dx_type);
    BG_CHECK_SCRATCH(scratch, scratch_bytes, bg_input_scratch(type, &c));
    BG_CHECK_TERMS(type, bg_product(c.taps, c.out_channels));
    BG_CHECK_RANGE_OF(channel_begin, channel_end, c.channels);
    BG_CHECK(channel_begin % BG_TILE == 0 && (channel_end % BG_TILE == 0 || channel_end == c.channels), BG_BAD_RANGE);
    BG_CHECK_RANGE_OF(image_begin, image_end, images);
    bg_table.input_gradient(
        &gradient, &c, index, mask, dx_type, dx, channel_begin, channel_end, scratch, image_begin, image_end);
    return BG_OK;
}

int32_t bg_weight_gradient(int32_t type, const int64_t *convolution, const void *dy, const float *scale, int64_t pool,
    const uint64_t *argmax, const uint64_t *signs, const int8_t *others, const uint64_t *x, int32_t input_bits,
    int32_t gradient_type, void *gradient, void *scratch, int64_t scratch_bytes, int64_t images, int64_t channel_begin,
    int64_t channel_end) {
    BG_CHECK(is_gradient_type(type), BG_BAD_TYPE);
    BG_CHECK_CONVOLUTION(convolution, c);
    int32_t input_status = read_input_bits(input_bits, &c);
    BG_CHECK(input_status == BG_OK, input_status);
    BG_CHECK_SIZE(images);
    BG_CHECK(bg_product(images, bg_max(c.pixels, c.out_pixels)) <= BG_MAX_SIZE, BG_BAD_SHAPE);
    BG_CHECK_TYPE(gradient_type, BG_BITS, BG_FLOAT32);
    int is_scaled = gradient_type == BG_FLOAT32 && !is_float(type);
    if (is_scaled) {
        BG_CHECK_OPERAND(scale);
    }
    struct bg_gradient source;
    int32_t source_status =
        read_gradient(type, &c, dy, is_scaled ? scale : NULL, pool, argmax, signs, others, images, &source);
    BG_CHECK(source_status == BG_OK, source_status);
    BG_CHECK_OPERAND(x);
    BG_CHECK_TYPED(gradient, gradient_type);
    BG_CHECK_SCRATCH(scratch, scratch_bytes, bg_weight_scratch(type, &c, images));
    BG_CHECK_TERMS(type, images * c.out_pixels);
    BG_CHECK_RANGE_OF(channel_begin, channel_end, c.out_channels);
    bg_table.weight_gradient(
        &source, &c, x, input_bits, gradient_type, gradient, scratch, images, channel_begin, channel_end);
    return BG_OK;
}
