#include "dispatch/check.h"
#include "dispatch/table.h"

int32_t bg_softmax_cross_entropy(const float *logits, const int32_t *labels, int64_t classes, float scale,
    float *gradient, float *losses, int32_t *predictions, int64_t row_begin, int64_t row_end) {
    BG_CHECK_OPERAND(logits);
    BG_CHECK_OPERAND(labels);
    if (gradient != NULL) {
        BG_CHECK_OPERAND(gradient);
    }
    BG_CHECK_OPERAND(losses);
    BG_CHECK_OPERAND(predictions);
    BG_CHECK_SIZE(classes);
    BG_CHECK_RANGE(row_begin, row_end);
    BG_CHECK(scale - scale == 0, BG_BAD_NUMBER); /* neither NaN nor infinite */
    int64_t good_end = row_begin;
    while (good_end < row_end && labels[good_end] >= 0 && labels[good_end] < classes) {
        good_end++;
    }
    bg_table.softmax_cross_entropy(logits, labels, classes, scale, gradient, losses, predictions, row_begin, good_end);
    return good_end == row_end ? BG_OK : BG_BAD_LABEL;
}
