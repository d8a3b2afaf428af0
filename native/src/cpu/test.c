#include "harness.h"

static int is_set(uint64_t features, uint64_t feature) {
    return (features & feature) != 0;
}

static void test_names(void) {
    CASE("feature names");
    uint64_t features = bg_cpu_features();
    for (int bit = 0; bit < 64; bit++) {
        const char *name = bg_feature_name((uint64_t)1 << bit);
        EXPECT(name != NULL || !is_set(features, (uint64_t)1 << bit));
        EXPECT(name == NULL || name[0] != '\0');
        for (int other = 0; name != NULL && other < bit; other++) {
            const char *other_name = bg_feature_name((uint64_t)1 << other);
            EXPECT(other_name == NULL || strcmp(name, other_name) != 0);
        }
    }
    EXPECT(strcmp(bg_feature_name(BG_CPU_AVX512_VPOPCNTDQ), "avx512_vpopcntdq") == 0);
    EXPECT(strcmp(bg_feature_name(BG_CPU_NEON), "neon") == 0);
    EXPECT(bg_feature_name(0) == NULL);
    EXPECT(bg_feature_name(BG_CPU_AVX2 | BG_CPU_AVX512) == NULL);
    EXPECT(bg_feature_name(~(uint64_t)0) == NULL);
}

/* A feature of one architecture is never reported on another, nor AVX-512's additions without its foundation. */
static void test_consistency(void) {
    CASE("features that go together");
    const uint64_t additions = BG_CPU_AVX512_VPOPCNTDQ | BG_CPU_AVX512_VNNI | BG_CPU_AVX512_VBMI;
    const uint64_t x86 = BG_CPU_AVX2 | BG_CPU_AVX512 | additions;
    const uint64_t arm = BG_CPU_NEON | BG_CPU_DOTPROD | BG_CPU_FP16;
    uint64_t features = bg_cpu_features();
    EXPECT(features == bg_cpu_features());
    EXPECT(!is_set(features, x86) || !is_set(features, arm));
    EXPECT(!is_set(features, additions) || is_set(features, BG_CPU_AVX512));
    EXPECT(!is_set(features, BG_CPU_AVX512) || is_set(features, BG_CPU_AVX2));
}

/* What the compiler's own library finds, which asks CPU and operating system by itself. */
static void test_against_compiler(void) {
    CASE("features against the compiler's library");
    uint64_t features = bg_cpu_features();
#if defined(__x86_64__)
    __builtin_cpu_init();
    int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c") &&
               __builtin_cpu_supports("popcnt");
    int avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
                 __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                 __builtin_cpu_supports("avx512vl");
    EXPECT(is_set(features, BG_CPU_AVX2) == avx2);
    EXPECT(is_set(features, BG_CPU_AVX512) == avx512);
    EXPECT(is_set(features, BG_CPU_AVX512_VPOPCNTDQ) == (avx512 && __builtin_cpu_supports("avx512vpopcntdq")));
    EXPECT(is_set(features, BG_CPU_AVX512_VNNI) == (avx512 && __builtin_cpu_supports("avx512vnni")));
    EXPECT(is_set(features, BG_CPU_AVX512_VBMI) == (avx512 && __builtin_cpu_supports("avx512vbmi")));
#elif defined(__aarch64__)
    EXPECT(is_set(features, BG_CPU_NEON)); /* part of the baseline that the compiler assumes */
#else
    EXPECT(features == 0);
#endif
}

int main(void) {
    test_names();
    test_consistency();
    test_against_compiler();
    return finish("cpu");
}
