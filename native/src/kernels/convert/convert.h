/* Conversions between element types. Arguments as in bitgrad.h, checked: no kernel sees a bad one. */
#ifndef BG_CONVERT_H
#define BG_CONVERT_H

#include <stdint.h>

typedef void bg_float16_to_float32_kernel(const uint16_t *halves, float *values, int64_t begin, int64_t end);

typedef void bg_float32_to_float16_kernel(const float *values, uint16_t *halves, int64_t begin, int64_t end);

typedef void bg_bytes_to_float32_kernel(
    const uint8_t *bytes, float *values, float scale, float offset, int64_t begin, int64_t end);

#endif
