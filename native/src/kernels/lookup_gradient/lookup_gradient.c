#include "dispatch/table.h"
#include "kernels/lookup_gradient/layout.h"
#include "kernels/pooling.h"

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

/* Sums of so many terms fit int32; a sum in float32 has no limit. */
#define BG_CHECK_TERMS(type, terms) BG_CHECK(is_float(type) || (terms) <= INT32_MAX / max_magnitude(type), BG_BAD_SHAPE)

#define BG_CHECK_SCRATCH(operands, needed)                                                                             \
    do {                                                                                                               \
        BG_CHECK_ALIGNED((operands)->scratch, BG_ALIGNMENT);                                                           \
        BG_CHECK((operands)->scratch_bytes >= (needed), BG_BAD_SHAPE);                                                 \
    } while (0)

/* A window's size along one axis, and how many windows fit. */
static int32_t read_window(int64_t window, int64_t size, int64_t *pooled_size) {
    BG_CHECK(window >= 1 && window <= BG_MAX_POOL && window <= size, BG_BAD_SHAPE);
    *pooled_size = size / window;
    return BG_OK;
}

/* dy of so many images, checked; has_scale: whether its integers are scaled. */
static int32_t read_gradient(
    const struct bg_geometry *c, const struct bg_gradient *gradient, int64_t images, int has_scale, struct bg_dy *dy) {
    BG_CHECK(is_gradient_type(gradient->type), BG_BAD_TYPE);
    BG_CHECK_TYPED(gradient->values, gradient->type);
    *dy = (struct bg_dy){.type = gradient->type,
        .values = gradient->values,
        .scale = 1.0f,
        .window_height = gradient->window_height,
        .window_width = gradient->window_width};
    if (has_scale && !is_float(gradient->type)) {
        BG_CHECK_OPERAND(gradient->scale);
        dy->scale = *gradient->scale;
    }
    BG_CHECK_STATUS(read_window(dy->window_height, c->out_height, &dy->pooled_height));
    BG_CHECK_STATUS(read_window(dy->window_width, c->out_width, &dy->pooled_width));
    dy->is_pooled = dy->window_height > 1 || dy->window_width > 1;
    if (dy->is_pooled) {
        BG_CHECK(dy->type == BG_INT8, BG_BAD_TYPE);
        if (gradient->argmax == NULL) {
            BG_CHECK_OPERAND(gradient->signs);
            BG_CHECK_OPERAND(gradient->unselected);
            dy->signs = gradient->signs;
            dy->unselected = gradient->unselected;
        } else {
            BG_CHECK_OPERAND(gradient->argmax);
            dy->argmax = gradient->argmax;
            dy->planes = bg_argmax_planes(dy->window_height * dy->window_width);
            dy->plane_words = images * dy->pooled_height * dy->pooled_width * bg_row_words(c->out_channels);
        }
    }
    return BG_OK;
}

/* The convolution as its weight gradient sees it: for pixels of 8 bits, every bit is a channel. */
static int32_t read_input_bits(int32_t input_bits, struct bg_geometry *c) {
    BG_CHECK(input_bits == 1 || input_bits == 8, BG_BAD_SHAPE);
    c->channels *= input_bits;
    c->words = bg_row_words(c->channels);
    BG_CHECK_SIZE(c->channels * c->taps);
    return BG_OK;
}

int64_t bg_weight_index_bytes(const struct bg_convolution *convolution) {
    struct bg_geometry c;
    return bg_read_convolution(convolution, &c) == BG_OK ? bg_index_bytes(&c) : 0;
}

int64_t bg_input_gradient_scratch_bytes(const struct bg_convolution *convolution, int32_t type) {
    struct bg_geometry c;
    int is_good = is_gradient_type(type) && bg_read_convolution(convolution, &c) == BG_OK;
    return is_good ? bg_input_scratch(type, &c) : 0;
}

/* Products of bytes use none; 0 would say that an argument is bad. */
static int64_t weight_scratch(
    const struct bg_geometry *c, int32_t type, int32_t input_bits, int64_t images, int64_t channels) {
    return input_bits == 8 && type == BG_INT8 ? BG_ALIGNMENT : bg_weight_scratch(type, c, images, channels);
}

int64_t bg_weight_gradient_scratch_bytes(
    const struct bg_convolution *convolution, int32_t type, int32_t input_bits, int64_t images) {
    struct bg_geometry c;
    int is_good = is_gradient_type(type) && bg_read_convolution(convolution, &c) == BG_OK &&
                  read_input_bits(input_bits, &c) == BG_OK && images > 0 && images <= BG_MAX_SIZE;
    return is_good ? weight_scratch(&c, type, input_bits, images, c.out_channels) : 0;
}

int32_t bg_weight_index(const struct bg_convolution *convolution, int32_t type, const uint64_t *weights, void *index,
    int64_t block_begin, int64_t block_end) {
    BG_CHECK_CONVOLUTION(convolution, c);
    BG_CHECK(is_gradient_type(type), BG_BAD_TYPE);
    BG_CHECK_OPERAND(weights);
    BG_CHECK_ALIGNED(index, BG_ALIGNMENT);
    BG_CHECK_RANGE_OF(block_begin, block_end, bg_ceil_div(c.out_channels, BG_STEP));
    bg_table.weight_index(&c, type, weights, index, block_begin, block_end);
    return BG_OK;
}

int32_t bg_input_gradient(const struct bg_convolution *convolution, const struct bg_input_gradient_operands *operands,
    int64_t image_begin, int64_t image_end) {
    BG_CHECK_CONVOLUTION(convolution, c);
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_IMAGES(operands->images, c);
    struct bg_dy dy;
    BG_CHECK_STATUS(read_gradient(&c, &operands->dy, operands->images, 1, &dy));
    BG_CHECK_ALIGNED(operands->index, BG_ALIGNMENT);
    BG_CHECK_OPTIONAL(operands->mask);
    BG_CHECK_TYPE(operands->dx_type, BG_FLOAT32, BG_FLOAT16);
    BG_CHECK_TYPED(operands->dx, operands->dx_type);
    BG_CHECK_SCRATCH(operands, bg_input_scratch(dy.type, &c));
    BG_CHECK_TERMS(dy.type, bg_product(c.taps, c.out_channels));
    int64_t channel_end = operands->channel_end;
    BG_CHECK_RANGE_OF(operands->channel_begin, channel_end, c.channels);
    BG_CHECK(operands->channel_begin % BG_TILE_CHANNELS == 0, BG_BAD_RANGE);
    BG_CHECK(channel_end % BG_TILE_CHANNELS == 0 || channel_end == c.channels, BG_BAD_RANGE);
    BG_CHECK_RANGE_OF(image_begin, image_end, operands->images);
    bg_table.input_gradient(&c, &dy, operands, image_begin, image_end);
    return BG_OK;
}

int32_t bg_weight_gradient(const struct bg_convolution *convolution, const struct bg_weight_gradient_operands *operands,
    int64_t channel_begin, int64_t channel_end) {
    BG_CHECK_CONVOLUTION(convolution, c);
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_STATUS(read_input_bits(operands->input_bits, &c));
    BG_CHECK_IMAGES(operands->images, c);
    BG_CHECK_TYPE(operands->gradient_type, BG_BITS, BG_FLOAT32);
    struct bg_dy dy;
    int has_scale = operands->gradient_type == BG_FLOAT32;
    BG_CHECK_STATUS(read_gradient(&c, &operands->dy, operands->images, has_scale, &dy));
    BG_CHECK_OPERAND(operands->x);
    BG_CHECK_TYPED(operands->gradient, operands->gradient_type);
    BG_CHECK_SCRATCH(
        operands, weight_scratch(&c, dy.type, operands->input_bits, operands->images, operands->gradient_channels));
    BG_CHECK_TERMS(dy.type, operands->images * c.out_pixels);
    BG_CHECK_RANGE_OF(channel_begin, channel_end, c.out_channels);
    BG_CHECK(channel_end - channel_begin <= operands->gradient_channels, BG_BAD_RANGE);
    bg_table.weight_gradient(&c, &dy, operands, channel_begin, channel_end);
    return BG_OK;
}
