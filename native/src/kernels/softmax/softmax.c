#include "dispatch/check.h"
#include "dispatch/table.h"

int32_t bg_softmax_cross_entropy(
    const struct bg_softmax_cross_entropy_operands *operands, int64_t row_begin, int64_t row_end) {
    BG_CHECK_OPERANDS(operands);
    BG_CHECK_OPERAND(operands->logits);
    BG_CHECK_OPERAND(operands->labels);
    BG_CHECK_OPTIONAL(operands->gradient);
    BG_CHECK_OPERAND(operands->losses);
    BG_CHECK_OPERAND(operands->predictions);
    BG_CHECK_SIZE(operands->classes);
    BG_CHECK_RANGE(row_begin, row_end);
    BG_CHECK_FINITE(operands->scale);
    int64_t good_end = row_begin;
    while (good_end < row_end && operands->labels[good_end] >= 0 && operands->labels[good_end] < operands->classes) {
        good_end++;
    }
    bg_table.softmax_cross_entropy(operands, row_begin, good_end);
    return good_end == row_end ? BG_OK : BG_BAD_LABEL;
}
