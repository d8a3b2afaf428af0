#include "harness.h"

#include <sys/mman.h>
#include <unistd.h>

#include "simd/scalar.h"

enum { SEED = 20261123, MAX_OPERANDS = 32 };

char current_case[512] = "";
const char *current_variant = "reference";

const int64_t tail_sizes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
    26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 63, 64, 65, 127, 128, 129, 191, 192, 193, 255, 256, 257,
    300, 511, 513, 784, 1000, 0};

static uint64_t state = SEED;
static long comparisons;

/* This process runs part `part` of `parts`, counted from 0; `cases` have been asked for until now. */
static long part = 0;
static long parts = 1;
static long cases = 0;

static struct {
    void *pages;
    size_t bytes;
} mappings[MAX_OPERANDS];
static int mapping_count;

static void fail(const char *what) {
    fprintf(stderr, "FAILED: %s; variant %s, case %s, part %ld of %ld, seed %d\n", what, current_variant, current_case,
        part, parts, SEED);
    exit(1);
}

static void *map_guarded(enum guard guard, size_t bytes) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t inside = (bytes + page - 1) / page * page;
    char *pages = mmap(NULL, inside + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || mapping_count == MAX_OPERANDS ||
        mprotect(pages + page, inside, PROT_READ | PROT_WRITE)) {
        fail("no memory for an operand");
    }
    mappings[mapping_count].pages = pages;
    mappings[mapping_count].bytes = inside + 2 * page;
    mapping_count++;
    return guard == GUARD_BEFORE ? pages + page : pages + page + inside - bytes;
}

void *operand(enum guard guard, size_t bytes) {
    unsigned char *memory = map_guarded(guard, bytes);
    for (size_t i = 0; i < bytes; i += sizeof(uint64_t)) {
        uint64_t bits = random_bits();
        memcpy(memory + i, &bits, bytes - i < sizeof bits ? bytes - i : sizeof bits);
    }
    return memory;
}

void *operand_copy(enum guard guard, const void *original, size_t bytes) {
    return memcpy(map_guarded(guard, bytes), original, bytes);
}

void release_all(void) {
    while (mapping_count > 0) {
        mapping_count--;
        munmap(mappings[mapping_count].pages, mappings[mapping_count].bytes);
    }
}

void read_part(int argument_count, char **arguments) {
    if (argument_count == 3) {
        part = strtol(arguments[1], NULL, 10);
        parts = strtol(arguments[2], NULL, 10);
    }
    if ((argument_count != 1 && argument_count != 3) || part < 0 || part >= parts) {
        fail("the arguments are not PART and PARTS");
    }
    state += (uint64_t)part;
}

int is_in_part(void) {
    return cases++ % parts == part;
}

/* splitmix64 (Steele, Lea, Flood). */
uint64_t random_bits(void) {
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

int64_t random_below(int64_t bound) {
    return (int64_t)(random_bits() % (uint64_t)bound);
}

float random_float(void) {
    static const float special[] = {0.0f, -0.0f, 1.0f, -1.0f};
    if (random_below(32) == 0) {
        return special[random_below(4)];
    }
    float sum = 0; /* of four uniform numbers in [-1, 1): variance 4/3 */
    for (int i = 0; i < 4; i++) {
        sum += (float)(random_bits() >> 40) * 0x1p-23f - 1.0f;
    }
    return sum * 0.8660254f;
}

void fill_floats(float *values, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        values[i] = random_float();
    }
}

void fill_halves(uint16_t *halves, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        halves[i] = bg_float_to_half(random_float());
    }
}

size_t type_bytes(int32_t type) {
    return type == BG_FLOAT32 ? sizeof(float) : type == BG_INT8 ? sizeof(int8_t) : sizeof(uint16_t);
}

void random_range(int64_t size, int64_t *begin, int64_t *end) {
    *begin = random_below(size);
    *end = *begin + random_below(size - *begin + 1);
}

int64_t sum_blocks(int64_t rows) {
    return (rows + BG_SUM_BLOCK - 1) / BG_SUM_BLOCK;
}

void random_blocks(int64_t rows, int64_t *begin, int64_t *end) {
    random_range(sum_blocks(rows), begin, end);
    *begin *= BG_SUM_BLOCK;
    *end = *end * BG_SUM_BLOCK < rows ? *end * BG_SUM_BLOCK : rows;
}

void *typed_operand(enum guard guard, int32_t type, int64_t count, int limit) {
    void *values = map_guarded(guard, (size_t)count * type_bytes(type));
    if (type == BG_FLOAT32) {
        fill_floats(values, count);
    } else if (type == BG_FLOAT16) {
        fill_halves(values, count);
    } else {
        for (int64_t i = 0; i < count; i++) {
            int16_t value = (int16_t)(random_below(2 * (int64_t)limit + 1) - limit);
            if (type == BG_INT8) {
                ((int8_t *)values)[i] = (int8_t)value;
            } else {
                ((int16_t *)values)[i] = value;
            }
        }
    }
    return values;
}

float *positive_operand(enum guard guard, int64_t count) {
    float *values = typed_operand(guard, BG_FLOAT32, count, 0);
    for (int64_t i = 0; i < count; i++) {
        values[i] = fabsf(values[i]) + 0.1f;
    }
    return values;
}

void random_tile(int64_t channels, int64_t *columns, int64_t *first) {
    *first = random_below(10) * 16;
    *columns = *first + channels + (channels % 16 == 0 ? random_below(100) : 0);
}

void copy_tile(void *tile, int64_t channels, const void *matrix, int64_t columns, int64_t first, int64_t rows,
    size_t element_bytes) {
    for (int64_t r = 0; r < rows; r++) {
        const char *from = (const char *)matrix + (size_t)(r * columns + first) * element_bytes;
        memcpy((char *)tile + (size_t)(r * channels) * element_bytes, from, (size_t)channels * element_bytes);
    }
}

size_t bit_bytes(int64_t rows, int64_t columns) {
    return (size_t)(rows * bg_row_words(columns)) * sizeof(uint64_t);
}

uint64_t *bit_operand(enum guard guard, int64_t rows, int64_t columns) {
    uint64_t *bits = map_guarded(guard, bit_bytes(rows, columns));
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t c = 0; c < columns; c++) {
            bg_set_bit(bits, columns, r, c, (int)(random_bits() & 1));
        }
    }
    return bits;
}

void expect_same(const char *what, const void *expected, const void *actual, size_t bytes) {
    comparisons++;
    const unsigned char *a = expected;
    const unsigned char *b = actual;
    for (size_t i = 0; i < bytes; i++) {
        if (a[i] != b[i]) {
            char text[128];
            snprintf(text, sizeof text, "%s differs at byte %zu of %zu: %02x expected, %02x found", what, i, bytes,
                a[i], b[i]);
            fail(text);
        }
    }
}

void expect(int condition, const char *text, const char *file, int line) {
    comparisons++;
    if (!condition) {
        char message[512];
        snprintf(message, sizeof message, "%s at %s:%d", text, file, line);
        fail(message);
    }
}

int is_testable(const struct bg_variant *variant, const char *operation) {
    return strcmp(variant->operation, operation) == 0 && strcmp(variant->variant, "reference") != 0 &&
           (variant->features & ~bg_cpu_features()) == 0;
}

void (*registered_kernel(const char *operation, const char *name))(void) {
    for (const struct bg_variant *variant = bg_variants; variant->operation != NULL; variant++) {
        if (strcmp(variant->operation, operation) == 0 && strcmp(variant->variant, name) == 0) {
            return variant->kernel;
        }
    }
    EXPECT(!"the registry has it");
    return NULL;
}

int finish(const char *test) {
    printf("%s: %ld comparisons, part %ld of %ld, seed %d\n", test, comparisons, part, parts, SEED);
    return comparisons > 0 ? 0 : 1;
}
