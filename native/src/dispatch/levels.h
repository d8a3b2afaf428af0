/* The instruction-set levels, one line each: name, and the features that its kernels may use. */
#ifndef BG_DISPATCH_LEVELS_H
#define BG_DISPATCH_LEVELS_H

#include "bitgrad.h"

#define BG_FEATURES_scalar 0
#if defined(__x86_64__)
#define BG_FEATURES_avx2 BG_CPU_AVX2
#define BG_FEATURES_avx512                                                                                             \
    (BG_CPU_AVX2 | BG_CPU_AVX512 | BG_CPU_AVX512_VPOPCNTDQ | BG_CPU_AVX512_VNNI | BG_CPU_AVX512_VBMI)
#define BG_LEVELS(LEVEL) LEVEL(scalar) LEVEL(avx2) LEVEL(avx512)
#elif defined(__aarch64__)
#define BG_FEATURES_neon BG_CPU_NEON
#define BG_LEVELS(LEVEL) LEVEL(scalar) LEVEL(neon)
#else
#define BG_LEVELS(LEVEL) LEVEL(scalar)
#endif

#endif
