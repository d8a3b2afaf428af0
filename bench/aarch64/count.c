/*
 * Runs what is to be counted between the plugin's markers: each product of training, by OpenBLAS's sgemm as the matrix
 * product that it is once images are unfolded, and by bitgrad's kernel. Before each it prints a line: "call", the
 * product, its shape, the type of its real operand or "sgemm", and its multiply-accumulates, those with padding too.
 */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bitgrad.h"
#include "cblas.h"
#include "markers.h"

enum { KERNEL = 3, PADDING = 1, TAPS = KERNEL * KERNEL, ALIGNMENT = 64, PIXEL_BITS = 8 };

struct shape {
    int64_t images;
    int64_t size; /* height and width, of the input and of the output */
    int64_t channels;
    int64_t out_channels;
};

/* BinaryNet, with the fewest images that are a whole block of the weight gradient: sgemm is slow under emulation. */
static const struct shape first_layer = {4, 32, 3, 128};
static const struct shape inner_layers[] = {{4, 32, 128, 128}, {4, 16, 256, 256}, {4, 8, 512, 512}};

static const struct {
    const char *name;
    int32_t type;
} gradients[] = {{"int8", BG_INT8}, {"int16", BG_INT16}, {"float32", BG_FLOAT32}};

enum { INNER_LAYERS = sizeof inner_layers / sizeof *inner_layers, GRADIENTS = sizeof gradients / sizeof *gradients };

static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("bench/aarch64-instructions: ", stderr);
    vfprintf(stderr, format, arguments);
    fputs(".\n", stderr);
    va_end(arguments);
    exit(1);
}

static void *allocate(int64_t bytes) {
    void *memory = aligned_alloc(ALIGNMENT, ((size_t)bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    if (memory == NULL) {
        fail("no memory for an operand of %lld bytes", (long long)bytes);
    }
    return memory;
}

static uint32_t next_random(void) {
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 32);
}

/* In [-limit, limit]. */
static int32_t random_integer(int32_t limit) {
    return (int32_t)(next_random() % (uint32_t)(2 * limit + 1)) - limit;
}

static float *random_floats(int64_t elements) {
    float *values = allocate(elements * (int64_t)sizeof *values);
    for (int64_t i = 0; i < elements; i++) {
        values[i] = (float)(int32_t)next_random() / 0x1p31f;
    }
    return values;
}

static void *random_gradient(int32_t type, int64_t elements) {
    if (type == BG_FLOAT32) {
        return random_floats(elements);
    }
    int8_t *bytes = allocate(elements * (type == BG_INT8 ? 1 : 2));
    int16_t *shorts = (int16_t *)bytes;
    for (int64_t i = 0; i < elements; i++) {
        if (type == BG_INT8) {
            bytes[i] = (int8_t)random_integer(BG_MAX_INT7);
        } else {
            shorts[i] = (int16_t)random_integer(BG_MAX_INT14);
        }
    }
    return bytes;
}

static uint64_t *random_bits(int64_t rows, int64_t columns) {
    int64_t words = bg_words(columns);
    uint64_t *bits = allocate(rows * words * (int64_t)sizeof *bits);
    for (int64_t i = 0; i < rows * words; i++) {
        bits[i] = (uint64_t)next_random() << 32 | next_random();
        if (columns % 64 != 0 && i % words == words - 1) {
            bits[i] &= ((uint64_t)1 << columns % 64) - 1;
        }
    }
    return bits;
}

static __typeof__(cblas_sgemm) *sgemm;

static void load_openblas(void) {
    void *library = dlopen("libopenblas.so.0", RTLD_NOW);
    *(void **)&sgemm = library == NULL ? NULL : dlsym(library, "cblas_sgemm");
    if (sgemm == NULL) {
        fail("OpenBLAS was not loaded: %s", dlerror());
    }
    /* The first call allocates OpenBLAS's buffers. */
    float one = 1;
    sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, 1, 1, 1, 1, &one, 1, &one, 1, 0, &one, 1);
}

static void begin(const char *product, const struct shape *s, const char *operand) {
    int64_t pixels = s->images * s->size * s->size;
    printf("call %s %lldx%lldx%lldx%lld->%lld %s %lld\n", product, (long long)s->images, (long long)s->size,
        (long long)s->size, (long long)s->channels, (long long)s->out_channels, operand,
        (long long)(pixels * TAPS * s->channels * s->out_channels));
    fflush(stdout);
    syscall(MARK_BEGIN);
}

static void check(int32_t status) {
    if (status != BG_OK) {
        fail("the kernel refused its operands: %s", bg_status_text(status));
    }
}

static void end(int32_t status) {
    syscall(MARK_END);
    check(status);
}

/* Y = X W^T, dX = dY W and dW = dY^T X. */
static void count_sgemm(const struct shape *s, int has_input_gradient) {
    int rows = (int)(s->images * s->size * s->size), fan_in = (int)(TAPS * s->channels), out = (int)s->out_channels;
    float *x = random_floats((int64_t)rows * fan_in);
    float *weights = random_floats((int64_t)out * fan_in);
    float *y = random_floats((int64_t)rows * out);

    begin("forward", s, "sgemm");
    sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, out, fan_in, 1, x, fan_in, weights, fan_in, 0, y, out);
    end(BG_OK);
    if (has_input_gradient) {
        begin("input_gradient", s, "sgemm");
        sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, fan_in, out, 1, y, out, weights, fan_in, 0, x, fan_in);
        end(BG_OK);
    }
    begin("weight_gradient", s, "sgemm");
    sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, out, fan_in, rows, 1, y, out, x, fan_in, 0, weights, fan_in);
    end(BG_OK);

    free(x), free(weights), free(y);
}

static struct bg_gradient unpooled(int32_t type, const void *values, const float *scale) {
    return (struct bg_gradient){.type = type, .values = values, .scale = scale, .window_height = 1, .window_width = 1};
}

static void count_input_gradient(
    const struct shape *s, const struct bg_convolution *convolution, const uint64_t *weights, int gradient) {
    int32_t type = gradients[gradient].type;
    int64_t pixels = s->images * s->size * s->size, scratch_bytes = bg_input_gradient_scratch_bytes(convolution, type);
    void *dy = random_gradient(type, pixels * s->out_channels);
    uint64_t *mask = random_bits(pixels, s->channels);
    void *index = allocate(bg_weight_index_bytes(convolution)), *scratch = allocate(scratch_bytes);
    float *dx = random_floats(pixels * s->channels), scale = 1;
    const struct bg_input_gradient_operands operands = {.images = s->images,
        .dy = unpooled(type, dy, &scale),
        .index = index,
        .mask = mask,
        .dx_type = BG_FLOAT32,
        .dx = dx,
        .channel_end = s->channels,
        .scratch = scratch,
        .scratch_bytes = scratch_bytes};

    check(bg_weight_index(
        convolution, type, weights, index, 0, (s->out_channels + BG_INDEX_CHANNELS - 1) / BG_INDEX_CHANNELS));
    begin("input_gradient", s, gradients[gradient].name);
    end(bg_input_gradient(convolution, &operands, 0, s->images));

    free(dy), free(mask), free(index), free(scratch), free(dx);
}

/* input_bits: of a channel of x. */
static void count_weight_gradient(
    const struct shape *s, const struct bg_convolution *convolution, int32_t input_bits, int gradient) {
    int32_t type = gradients[gradient].type;
    int64_t pixels = s->images * s->size * s->size;
    int64_t scratch_bytes = bg_weight_gradient_scratch_bytes(convolution, type, input_bits, s->images);
    void *dy = random_gradient(type, pixels * s->out_channels);
    uint64_t *x = random_bits(pixels, input_bits * s->channels);
    uint64_t *signs = random_bits(s->out_channels * TAPS, s->channels);
    void *scratch = allocate(scratch_bytes);
    const struct bg_weight_gradient_operands operands = {.images = s->images,
        .dy = unpooled(type, dy, NULL),
        .x = x,
        .input_bits = input_bits,
        .gradient_type = BG_BITS,
        .gradient = signs,
        .gradient_channels = s->out_channels,
        .scratch = scratch,
        .scratch_bytes = scratch_bytes};

    begin("weight_gradient", s, gradients[gradient].name);
    end(bg_weight_gradient(convolution, &operands, 0, s->out_channels));

    free(dy), free(x), free(signs), free(scratch);
}

static void count_layer(const struct shape *s, int is_first) {
    const struct bg_convolution convolution = {.height = s->size,
        .width = s->size,
        .channels = s->channels,
        .kernel_height = KERNEL,
        .kernel_width = KERNEL,
        .stride_height = 1,
        .stride_width = 1,
        .padding_height = PADDING,
        .padding_width = PADDING,
        .out_channels = s->out_channels};
    int64_t pixels = s->images * s->size * s->size;
    uint64_t *x = random_bits(pixels, PIXEL_BITS * s->channels);
    uint64_t *weights = random_bits(s->out_channels * TAPS, s->channels);
    int16_t *y = allocate(pixels * s->out_channels * (int64_t)sizeof *y);

    count_sgemm(s, !is_first);
    if (is_first) {
        const struct bg_pixel_convolution_operands operands = {
            .images = s->images, .pixels = (const uint8_t *)x, .weights = weights, .y_type = BG_INT16, .y = y};
        begin("forward", s, "uint8");
        end(bg_pixel_convolution(&convolution, &operands, 0, s->images));
    } else {
        int64_t *sums = allocate(s->out_channels * (int64_t)sizeof *sums);
        const struct bg_binary_convolution_operands operands = {
            .images = s->images, .x = x, .weights = weights, .y = y, .sums = sums};
        begin("forward", s, "bits");
        end(bg_binary_convolution(&convolution, &operands, 0, s->out_channels));
        free(sums);
    }
    for (int gradient = 0; gradient < GRADIENTS; gradient++) {
        if (!is_first) {
            count_input_gradient(s, &convolution, weights, gradient);
        }
        count_weight_gradient(s, &convolution, is_first ? PIXEL_BITS : 1, gradient);
    }

    free(x), free(weights), free(y);
}

int main(void) {
    load_openblas();
    count_layer(&first_layer, 1);
    for (int i = 0; i < INNER_LAYERS; i++) {
        count_layer(&inner_layers[i], 0);
    }
    return 0;
}
