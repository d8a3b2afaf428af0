/* Max pooling in windows that may overlap. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_MAX_POOL_WINDOWS_H
#define BG_MAX_POOL_WINDOWS_H

#include "kernels/pooling.h"
#include "kernels/windows.h"

typedef void bg_max_pool_windows_kernel(const struct bg_sliding_windows *windows,
    const struct bg_max_pool_windows_operands *operands, int64_t image_begin, int64_t image_end);

typedef void bg_max_pool_windows_backward_kernel(const struct bg_sliding_windows *windows,
    const struct bg_max_pool_windows_backward_operands *operands, int64_t image_begin, int64_t image_end);

#endif
