#include "dispatch/check.h"
#include "dispatch/table.h"

int32_t bg_add(int32_t type, const void *a, const void *b, void *sum, int64_t begin, int64_t end) {
    BG_CHECK_TYPE(type, BG_FLOAT32, BG_FLOAT16);
    BG_CHECK_TYPED(a, type);
    BG_CHECK_TYPED(b, type);
    BG_CHECK_TYPED(sum, type);
    BG_CHECK_RANGE(begin, end);
    bg_table.add(type, a, b, sum, begin, end);
    return BG_OK;
}
