/*
 * What the kernel tests share. A test runs every variant of an operation that this CPU can run beside the reference, on
 * operands that end exactly at, or begin exactly behind, an inaccessible page, so that any access outside of them dies.
 */
#ifndef BG_TEST_HARNESS_H
#define BG_TEST_HARNESS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitgrad.h"
#include "dispatch/table.h"

/* Where an operand touches a guard page. */
enum guard {
    GUARD_BEFORE,
    GUARD_BEHIND,
    GUARD_COUNT,
};

/* Every operand of a case comes from here and goes back with release_all(). Filled with random bytes. */
void *operand(enum guard guard, size_t bytes);

/* A copy of an operand, guarded the same way. */
void *operand_copy(enum guard guard, const void *original, size_t bytes);

void release_all(void);

/*
 * A long test can run in parts beside each other: CMakeLists.txt sets how many parts a test has, and starts its program
 * once for each part. main passes its arguments to read_part; is_in_part is asked before each case, and chooses every
 * case for exactly one part. A program that is started without arguments runs all cases.
 */
void read_part(int argument_count, char **arguments);
int is_in_part(void);

/* Random numbers: one fixed seed for each part of a test program, printed with its result. */
uint64_t random_bits(void);

/* In [0, bound). */
int64_t random_below(int64_t bound);

/* About normal, mean 0 and deviation 1, and now and then an exact 0, -0, 1 or -1. */
float random_float(void);

void fill_floats(float *values, int64_t count);
void fill_halves(uint16_t *halves, int64_t count);

/* count values of BG_FLOAT32, BG_FLOAT16, BG_INT16 or BG_INT8 (integers in [-limit, limit]) in a new operand. */
void *typed_operand(enum guard guard, int32_t type, int64_t count, int limit);

/* count positive float32, as deviations are, in a new operand. */
float *positive_operand(enum guard guard, int64_t count);

size_t type_bytes(int32_t type);

/* A range [begin, end) of [0, size) that is seldom empty. */
void random_range(int64_t size, int64_t *begin, int64_t *end);

/* How many blocks of BG_SUM_BLOCK rows there are, and a range of rows that begins and ends with one. */
int64_t sum_blocks(int64_t rows);
void random_blocks(int64_t rows, int64_t *begin, int64_t *end);

/* A tile that so many channels may be: columns [first, first + channels) of more, or all of them. */
void random_tile(int64_t channels, int64_t *columns, int64_t *first);

/* Columns [first, first + channels) of a matrix [rows, columns], as a matrix of their own. */
void copy_tile(void *tile, int64_t channels, const void *matrix, int64_t columns, int64_t first, int64_t rows,
    size_t element_bytes);

/* Runs the statement for tiles of at most so many channels of a matrix, in order: `channels` from `first` on. */
#define IN_TILES(tile, columns, statement)                                                                             \
    for (int64_t first = 0; first < (columns); first += (tile)) {                                                      \
        int64_t channels = first + (tile) < (columns) ? (tile) : (columns)-first;                                      \
        statement;                                                                                                     \
    }

/* Splits [0, size) into so many ranges [begin, end) at multiples of unit, and expects BG_OK of the call on each. */
#define IN_RANGES(unit, size, ranges, call)                                                                            \
    for (int range = 0; range < (ranges); range++) {                                                                   \
        int64_t units = ((size) + (unit)-1) / (unit);                                                                  \
        int64_t begin = units * range / (ranges) * (unit);                                                             \
        int64_t end = range + 1 == (ranges) ? (size) : units * (range + 1) / (ranges) * (unit);                        \
        EXPECT((call) == BG_OK);                                                                                       \
    }

/* A bit matrix with random bits and clear padding. */
uint64_t *bit_operand(enum guard guard, int64_t rows, int64_t columns);
size_t bit_bytes(int64_t rows, int64_t columns);

/* Fails the program unless the two are the same to the last bit, naming the first difference. */
void expect_same(const char *what, const void *expected, const void *actual, size_t bytes);

/* Fails the program with the text and the place unless the condition holds. */
#define EXPECT(condition) expect(condition, #condition, __FILE__, __LINE__)
void expect(int condition, const char *text, const char *file, int line);

/* A pointer to the operands of bg_NAME, with the fields of their struct in order. */
#define OPERANDS(name, ...) (&(struct bg_##name##_operands){__VA_ARGS__})

/*
 * Expects a status of a call with operands that are good but for one change: in EXPECT_WITH(good, y = NULL, call(&with),
 * BG_NULL_POINTER) the call sees `with`, a copy of `good` whose y is NULL.
 */
#define EXPECT_WITH(good, change, call, status)                                                                        \
    do {                                                                                                               \
        __typeof__(good) with = good;                                                                                  \
        with.change;                                                                                                   \
        EXPECT((call) == (status));                                                                                    \
    } while (0)

/* Says what the case is that runs now; printed where it fails. */
#define CASE(...) snprintf(current_case, sizeof current_case, __VA_ARGS__)
extern char current_case[512];

/* Runs the statement for every variant but the reference that this CPU can run, as `kernel` of the operation's type. */
#define FOR_EACH_VARIANT(operation_name, statement)                                                                    \
    for (const struct bg_variant *variant = bg_variants; variant->operation != NULL; variant++) {                      \
        if (is_testable(variant, #operation_name)) {                                                                   \
            bg_##operation_name##_kernel *kernel = (bg_##operation_name##_kernel *)variant->kernel;                    \
            current_variant = variant->variant;                                                                        \
            statement;                                                                                                 \
        }                                                                                                              \
    }
extern const char *current_variant;

/* The kernel that the registry has for a variant of an operation, to be cast to the operation's type. */
void (*registered_kernel(const char *operation, const char *variant))(void);
int is_testable(const struct bg_variant *variant, const char *operation);

/* Sizes with every tail: 1 to 40, then around multiples of 64, then a few large ones. The last is 0. */
extern const int64_t tail_sizes[];

/* Prints the seed and the number of comparisons made, and returns the exit status of main: a test that compared
 * nothing has failed. */
int finish(const char *test);

#endif
