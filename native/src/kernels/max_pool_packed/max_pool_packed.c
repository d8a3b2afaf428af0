#include "dispatch/check.h"
#include "dispatch/table.h"

/* The sizes that both functions have. */
static int32_t check_sizes(
    int64_t height, int64_t width, int64_t channels, int64_t size, int64_t image_begin, int64_t image_end) {
    BG_CHECK_SIZE(height);
    BG_CHECK_SIZE(width);
    BG_CHECK_SIZE(channels);
    BG_CHECK_SIZE(size);
    BG_CHECK_SIZE(height * width);
    BG_CHECK(size <= height && size <= width, BG_BAD_SHAPE);
    BG_CHECK_RANGE_OF(image_begin, image_end, BG_MAX_SIZE);
    BG_CHECK(image_end * height * width <= BG_MAX_SIZE, BG_BAD_RANGE);
    return BG_OK;
}

int32_t bg_max_pool_int16(const int16_t *y, int64_t height, int64_t width, int64_t channels, int64_t columns,
    int64_t first, int64_t size, int16_t *pooled, uint64_t *argmax, int64_t images, int64_t image_begin,
    int64_t image_end) {
    int32_t status = check_sizes(height, width, channels, size, image_begin, image_end);
    BG_CHECK(status == BG_OK, status);
    BG_CHECK_TILE(channels, columns, first);
    BG_CHECK_OPERAND(y);
    BG_CHECK_OPERAND(pooled);
    BG_CHECK((uintptr_t)argmax % sizeof *argmax == 0, BG_MISALIGNED);
    BG_CHECK_SIZE(images);
    BG_CHECK(image_end <= images, BG_BAD_RANGE);
    bg_table.max_pool_int16(
        y, height, width, channels, columns, first, size, pooled, argmax, images, image_begin, image_end);
    return BG_OK;
}

int32_t bg_max_pool_bits(const uint64_t *signs, const uint64_t *straight_through, int64_t height, int64_t width,
    int64_t channels, int64_t size, uint64_t *pooled, uint64_t *pooled_straight_through, int64_t image_begin,
    int64_t image_end) {
    int32_t status = check_sizes(height, width, channels, size, image_begin, image_end);
    BG_CHECK(status == BG_OK, status);
    BG_CHECK_OPERAND(signs);
    BG_CHECK_OPERAND(pooled);
    if (straight_through != NULL || pooled_straight_through != NULL) {
        BG_CHECK_OPERAND(straight_through);
        BG_CHECK_OPERAND(pooled_straight_through);
    }
    bg_table.max_pool_bits(signs, straight_through, height, width, channels, size, pooled, pooled_straight_through,
        image_begin, image_end);
    return BG_OK;
}
