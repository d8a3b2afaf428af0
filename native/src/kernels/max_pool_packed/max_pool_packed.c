#include "dispatch/table.h"

/* The numbers of images that both functions have. */
static int32_t check_images(const struct bg_pooling *p, int64_t images, int64_t image_begin, int64_t image_end) {
    BG_CHECK_SIZE(images);
    BG_CHECK_SIZE(images * (p->height * p->width));
    BG_CHECK_RANGE_OF(image_begin, image_end, images);
    return BG_OK;
}

int32_t bg_max_pool_int16(const struct bg_pooling *pooling, const struct bg_max_pool_int16_operands *operands,
    int64_t image_begin, int64_t image_end) {
    BG_CHECK_POOLING(pooling);
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_TILE(pooling->channels, operands->columns, operands->first);
    BG_CHECK_OPERAND(operands->y);
    BG_CHECK_OPERAND(operands->pooled);
    BG_CHECK_OPTIONAL(operands->argmax);
    BG_CHECK_STATUS(check_images(pooling, operands->images, image_begin, image_end));
    bg_table.max_pool_int16(pooling, operands, image_begin, image_end);
    return BG_OK;
}

int32_t bg_max_pool_bits(const struct bg_pooling *pooling, const struct bg_max_pool_bits_operands *operands,
    int64_t image_begin, int64_t image_end) {
    BG_CHECK_POOLING(pooling);
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_OPERAND(operands->signs);
    BG_CHECK_OPERAND(operands->pooled);
    if (operands->straight_through != NULL || operands->pooled_straight_through != NULL) {
        BG_CHECK_OPERAND(operands->straight_through);
        BG_CHECK_OPERAND(operands->pooled_straight_through);
    }
    BG_CHECK_STATUS(check_images(pooling, operands->images, image_begin, image_end));
    bg_table.max_pool_bits(pooling, operands, image_begin, image_end);
    return BG_OK;
}
