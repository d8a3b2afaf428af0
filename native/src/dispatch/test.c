#include "harness.h"

typedef void untyped_kernel(void);

/* The kernel that the registry has for an operation's variant. */
static untyped_kernel *registered(const char *operation, const char *name) {
    for (const struct bg_variant *variant = bg_variants; variant->operation != NULL; variant++) {
        if (strcmp(variant->operation, operation) == 0 && strcmp(variant->variant, name) == 0) {
            return variant->kernel;
        }
    }
    return NULL;
}

/* Every operation reports the variant of that name, and the table holds its kernel. */
static void expect_variant(const char *name) {
    for (int32_t operation = 0; operation < bg_operation_count(); operation++) {
        EXPECT(strcmp(bg_operation_variant(operation), name) == 0);
    }
#define BG_OPERATION(operation)                                                                                        \
    EXPECT((untyped_kernel *)bg_table.operation != NULL &&                                                             \
           (untyped_kernel *)bg_table.operation == registered(#operation, name));
#define BG_VARIANT(operation, level)
#include "dispatch/registry.inc"
#undef BG_OPERATION
#undef BG_VARIANT
}

static int is_available(uint64_t features) {
    return (features & ~bg_cpu_features()) == 0;
}

/* The highest level that this CPU has: the table starts out with it. */
static const char *best_level(void) {
    int32_t best = 0;
    for (int32_t isa = 1; isa < bg_isa_count(); isa++) {
        best = is_available(bg_isa_features(isa)) ? isa : best;
    }
    return best == 0 ? "reference" : bg_isa_name(best);
}

static void test_levels(void) {
    CASE("levels");
    expect_variant(best_level());
    for (int32_t isa = bg_isa_count() - 1; isa >= 0; isa--) {
        CASE("level %s", bg_isa_name(isa));
        if (is_available(bg_isa_features(isa))) {
            EXPECT(bg_select_kernels(bg_isa_features(isa)) == BG_OK);
            expect_variant(isa == 0 ? "reference" : bg_isa_name(isa));
        } else {
            printf("%s is not tested: this CPU lacks it\n", bg_isa_name(isa));
            EXPECT(bg_select_kernels(bg_isa_features(isa)) == BG_NOT_AVAILABLE);
        }
    }
    CASE("no features");
    EXPECT(bg_select_kernels(0) == BG_OK);
    expect_variant("reference");
}

/* A level with one feature missing is not that level; features that no level asks for change nothing. */
static void test_incomplete_levels(void) {
    for (int32_t isa = 1; isa < bg_isa_count(); isa++) {
        uint64_t features = bg_isa_features(isa);
        for (int bit = 0; is_available(features) && bit < 64; bit++) {
            if (features & (uint64_t)1 << bit) {
                CASE("level %s without %s", bg_isa_name(isa), bg_feature_name((uint64_t)1 << bit));
                EXPECT(bg_select_kernels(features & ~((uint64_t)1 << bit)) == BG_OK);
                EXPECT(strcmp(bg_operation_variant(0), bg_isa_name(isa)) != 0);
            }
        }
    }
    CASE("all features");
    EXPECT(bg_select_kernels(bg_cpu_features()) == BG_OK);
    expect_variant(best_level());
}

static void test_refusal_changes_nothing(void) {
    CASE("features that the CPU lacks");
    const uint64_t lacking = (uint64_t)1 << 63;
    for (int32_t isa = 0; isa < bg_isa_count(); isa++) {
        if (is_available(bg_isa_features(isa))) {
            EXPECT(bg_select_kernels(bg_isa_features(isa)) == BG_OK);
            EXPECT(bg_select_kernels(lacking) == BG_NOT_AVAILABLE);
            EXPECT(bg_select_kernels(bg_cpu_features() | lacking) == BG_NOT_AVAILABLE);
            expect_variant(isa == 0 ? "reference" : bg_isa_name(isa));
        }
    }
}

static void test_names(void) {
    CASE("names and their ends");
    EXPECT(bg_isa_count() >= 1);
    EXPECT(strcmp(bg_isa_name(0), "scalar") == 0 && bg_isa_features(0) == 0);
    for (int32_t isa = 1; isa < bg_isa_count(); isa++) {
        EXPECT(bg_isa_name(isa) != NULL && bg_isa_features(isa) != 0);
        EXPECT((bg_isa_features(isa - 1) & ~bg_isa_features(isa)) == 0);
    }
    EXPECT(bg_isa_name(-1) == NULL && bg_isa_features(-1) == 0);
    EXPECT(bg_isa_name(bg_isa_count()) == NULL && bg_isa_features(bg_isa_count()) == 0);
    EXPECT(bg_operation_count() >= 1);
    EXPECT(strcmp(bg_operation_name(0), "sign") == 0);
    EXPECT(bg_operation_name(bg_operation_count() - 1) != NULL);
    EXPECT(bg_operation_name(-1) == NULL && bg_operation_variant(-1) == NULL);
    EXPECT(bg_operation_name(bg_operation_count()) == NULL);
    EXPECT(bg_operation_variant(bg_operation_count()) == NULL);
    EXPECT(bg_operation_variant(INT32_MIN) == NULL && bg_operation_variant(INT32_MAX) == NULL);
}

static void test_texts(void) {
    CASE("status texts and version");
    const char *unknown = bg_status_text(-1);
    EXPECT(unknown != NULL && unknown[0] != '\0');
    EXPECT(strcmp(unknown, bg_status_text(BG_NOT_AVAILABLE + 1)) == 0);
    for (int32_t status = BG_OK; status <= BG_NOT_AVAILABLE; status++) {
        EXPECT(strcmp(bg_status_text(status), unknown) != 0);
        for (int32_t other = BG_OK; other < status; other++) {
            EXPECT(strcmp(bg_status_text(status), bg_status_text(other)) != 0);
        }
    }
    int major, minor, patch, end = 0;
    EXPECT(sscanf(bg_version(), "%d.%d.%d%n", &major, &minor, &patch, &end) == 3 && bg_version()[end] == '\0');
}

int main(void) {
    test_levels();
    test_incomplete_levels();
    test_refusal_changes_nothing();
    test_names();
    test_texts();
    return finish("dispatch");
}
