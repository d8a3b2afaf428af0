#include "bitgrad.h"

#include <stddef.h>

#if defined(__x86_64__)

#include <cpuid.h>

/* XCR0: which register states the operating system saves (Intel SDM volume 1, section 13.3). */
enum {
    XCR0_YMM = 1 << 1 | 1 << 2,
    XCR0_ZMM = XCR0_YMM | 1 << 5 | 1 << 6 | 1 << 7,
};

static uint64_t xcr0(void) {
    uint32_t low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

static int has(uint32_t word, uint32_t bits) {
    return (word & bits) == bits;
}

uint64_t bg_cpu_features(void) {
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !has(c, bit_OSXSAVE)) {
        return 0;
    }
    uint64_t saved = xcr0();
    int fma_f16c_popcnt = has(c, bit_AVX | bit_FMA | bit_F16C | bit_POPCNT);
    if (!fma_f16c_popcnt || (saved & XCR0_YMM) != XCR0_YMM || !__get_cpuid_count(7, 0, &a, &b, &c, &d) ||
        !has(b, bit_AVX2)) {
        return 0;
    }
    uint64_t features = BG_CPU_AVX2;
    if ((saved & XCR0_ZMM) == XCR0_ZMM &&
        has(b, bit_AVX512F | bit_AVX512CD | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL)) {
        features |= BG_CPU_AVX512;
        features |= has(c, bit_AVX512VPOPCNTDQ) ? BG_CPU_AVX512_VPOPCNTDQ : 0;
        features |= has(c, bit_AVX512VNNI) ? BG_CPU_AVX512_VNNI : 0;
        features |= has(c, bit_AVX512VBMI) ? BG_CPU_AVX512_VBMI : 0;
    }
    return features;
}

#elif defined(__aarch64__)

#include <asm/hwcap.h>
#include <sys/auxv.h>

/* Linux reports here what the CPU has and the kernel supports. */
uint64_t bg_cpu_features(void) {
    unsigned long hwcap = getauxval(AT_HWCAP);
    uint64_t features = 0;
    features |= hwcap & HWCAP_ASIMD ? BG_CPU_NEON : 0;
    features |= hwcap & HWCAP_ASIMDDP ? BG_CPU_DOTPROD : 0;
    features |= hwcap & HWCAP_ASIMDHP ? BG_CPU_FP16 : 0;
    return features;
}

#else

uint64_t bg_cpu_features(void) {
    return 0;
}

#endif

const char *bg_feature_name(uint64_t feature) {
    switch (feature) {
    case BG_CPU_AVX2:
        return "avx2";
    case BG_CPU_AVX512:
        return "avx512";
    case BG_CPU_AVX512_VPOPCNTDQ:
        return "avx512_vpopcntdq";
    case BG_CPU_AVX512_VNNI:
        return "avx512_vnni";
    case BG_CPU_AVX512_VBMI:
        return "avx512_vbmi";
    case BG_CPU_NEON:
        return "neon";
    case BG_CPU_DOTPROD:
        return "dotprod";
    case BG_CPU_FP16:
        return "fp16";
    default:
        return NULL;
    }
}
