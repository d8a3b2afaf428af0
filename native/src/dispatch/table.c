#include "dispatch/table.h"

#include <stddef.h>
#include <string.h>

#include "dispatch/levels.h"

typedef void untyped_kernel(void);

const struct bg_variant bg_variants[] = {
#define BG_OPERATION(operation) {#operation, "reference", 0, (untyped_kernel *)bg_##operation##_reference},
#define BG_VARIANT(operation, level)                                                                                   \
    {#operation, #level, BG_FEATURES_##level, (untyped_kernel *)bg_##operation##_##level},
#include "dispatch/registry.inc"
#undef BG_OPERATION
#undef BG_VARIANT
    {NULL, NULL, 0, NULL},
};

static const char *const operation_names[] = {
#define BG_OPERATION(operation) #operation,
#define BG_VARIANT(operation, level)
#include "dispatch/registry.inc"
#undef BG_OPERATION
#undef BG_VARIANT
};

enum { OPERATION_COUNT = sizeof operation_names / sizeof *operation_names };

struct bg_kernel_table bg_table = {
#define BG_OPERATION(operation) .operation = bg_##operation##_reference,
#define BG_VARIANT(operation, level)
#include "dispatch/registry.inc"
#undef BG_OPERATION
#undef BG_VARIANT
};

static uint64_t selected_features;

static int usable(uint64_t required, uint64_t features) {
    return (required & ~features) == 0;
}

static struct bg_kernel_table select_kernels(uint64_t features) {
    struct bg_kernel_table table;
#define BG_OPERATION(operation) table.operation = bg_##operation##_reference;
#define BG_VARIANT(operation, level)                                                                                   \
    if (usable(BG_FEATURES_##level, features)) {                                                                       \
        table.operation = bg_##operation##_##level;                                                                    \
    }
#include "dispatch/registry.inc"
#undef BG_OPERATION
#undef BG_VARIANT
    return table;
}

int32_t bg_select_kernels(uint64_t features) {
    if (!usable(features, bg_cpu_features())) {
        return BG_NOT_AVAILABLE;
    }
    bg_table = select_kernels(features);
    selected_features = features;
    return BG_OK;
}

__attribute__((constructor)) static void select_all_features(void) {
    bg_select_kernels(bg_cpu_features());
}

int32_t bg_operation_count(void) {
    return OPERATION_COUNT;
}

const char *bg_operation_name(int32_t operation) {
    return operation >= 0 && operation < OPERATION_COUNT ? operation_names[operation] : NULL;
}

const char *bg_operation_variant(int32_t operation) {
    const char *name = bg_operation_name(operation);
    const char *chosen = NULL;
    for (const struct bg_variant *variant = bg_variants; name != NULL && variant->operation != NULL; variant++) {
        if (strcmp(variant->operation, name) == 0 && usable(variant->features, selected_features)) {
            chosen = variant->variant;
        }
    }
    return chosen;
}

static const struct {
    const char *name;
    uint64_t features;
} levels[] = {
#define LEVEL(name) {#name, BG_FEATURES_##name},
    BG_LEVELS(LEVEL)
#undef LEVEL
};

int32_t bg_isa_count(void) {
    return sizeof levels / sizeof *levels;
}

const char *bg_isa_name(int32_t isa) {
    return isa >= 0 && isa < bg_isa_count() ? levels[isa].name : NULL;
}

uint64_t bg_isa_features(int32_t isa) {
    return isa >= 0 && isa < bg_isa_count() ? levels[isa].features : 0;
}

const char *bg_version(void) {
    return BG_VERSION;
}

const char *bg_status_text(int32_t status) {
    switch (status) {
    case BG_OK:
        return "nothing was wrong";
    case BG_NULL_POINTER:
        return "an operand was NULL";
    case BG_MISALIGNED:
        return "an operand was not aligned to its element type";
    case BG_BAD_TYPE:
        return "an operand had an element type that it cannot have";
    case BG_BAD_SHAPE:
        return "a size was zero, negative or beyond its limit";
    case BG_BAD_RANGE:
        return "a range began below zero, or ended before its begin or after the last";
    case BG_BAD_LABEL:
        return "a label was not one of the classes";
    case BG_BAD_NUMBER:
        return "a number was not in its interval";
    case BG_NOT_AVAILABLE:
        return "this CPU lacks the features asked for";
    default:
        return "the status is unknown";
    }
}
