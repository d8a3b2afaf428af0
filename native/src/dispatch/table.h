/*
 * The kernel table: for every operation the function that serves it on this machine. It is the library's only state.
 * No slot is ever empty: the reference fills the table first and faster variants override it.
 */
#ifndef BG_DISPATCH_TABLE_H
#define BG_DISPATCH_TABLE_H

#include "kernels/kernels.h"

/* Every variant of the registry, declared with the type of its operation: bg_sign_kernel bg_sign_avx2; and so on. */
#define BG_OPERATION(operation) bg_##operation##_kernel bg_##operation##_reference;
#define BG_VARIANT(operation, level) bg_##operation##_kernel bg_##operation##_##level;
#include "dispatch/registry.inc"
#undef BG_OPERATION
#undef BG_VARIANT

struct bg_kernel_table {
#define BG_OPERATION(operation) bg_##operation##_kernel *operation;
#define BG_VARIANT(operation, level)
#include "dispatch/registry.inc"
#undef BG_OPERATION
#undef BG_VARIANT
};

extern struct bg_kernel_table bg_table;

/* One line of the registry. kernel is to be cast to the operation's type. */
struct bg_variant {
    const char *operation;
    const char *variant;
    uint64_t features;
    void (*kernel)(void);
};

/* The registry's lines in order; the last has a NULL operation. */
extern const struct bg_variant bg_variants[];

#endif
