#include "dispatch/table.h"
#include "simd/scalar.h"

void bg_add_reference(int32_t type, const void *a, const void *b, void *sum, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
        bg_store(type, sum, i, bg_load(type, a, i) + bg_load(type, b, i));
    }
}
