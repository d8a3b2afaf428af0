/*
 * Runs what is to be counted between the plugin's markers: each product of training and of inference, by OpenBLAS's
 * sgemm as the matrix product that it is once images are unfolded, and by bitgrad's kernel; and passes over elements.
 * Before each it prints a line: "call", the product or pass, its shape, the type of its real operand or "sgemm", and
 * its multiply-accumulates, those with padding too, or its elements.
 */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bitgrad.h"
#include "cblas.h"
#include "markers.h"

enum { ALIGNMENT = 64, PIXEL_BITS = 8 };

/* A product: stride 1, kernels and images as high as they are wide. */
struct shape {
    int64_t images;
    int64_t size; /* height and width of the input */
    int64_t channels;
    int64_t kernel;
    int64_t padding;
    int64_t out_channels;
};

/*
 * Of BinaryNet and CNV the fewest images that are a whole block of the weight gradient, because sgemm is slow under
 * emulation; of the MLP a batch.
 */
static const struct shape first_layers[] = {{100, 1, 784, 1, 0, 256}, {4, 32, 3, 3, 0, 64}, {4, 32, 3, 3, 1, 128}};
static const struct shape inner_layers[] = {{4, 32, 128, 3, 1, 128}, {4, 16, 256, 3, 1, 256}, {4, 8, 512, 3, 1, 512}};

/* The same layers where one picture is classified. */
static const struct shape first_layers_of_one[] = {{1, 1, 784, 1, 0, 256}, {1, 32, 3, 3, 0, 64}, {1, 32, 3, 3, 1, 128}};
static const struct shape inner_layers_of_one[] = {
    {1, 1, 256, 1, 0, 256}, {1, 28, 64, 3, 0, 64}, {1, 16, 256, 3, 1, 256}};

static const struct {
    const char *name;
    int32_t type;
} gradients[] = {{"int8", BG_INT8}, {"int16", BG_INT16}, {"float32", BG_FLOAT32}};

#define LENGTH(array) ((int)(sizeof(array) / sizeof *(array)))

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

static int64_t out_size(const struct shape *s) {
    return s->size + 2 * s->padding - s->kernel + 1;
}

static int64_t out_pixels(const struct shape *s) {
    return s->images * out_size(s) * out_size(s);
}

static int64_t taps(const struct shape *s) {
    return s->kernel * s->kernel;
}

static void begin_call(const char *what, const char *shape, const char *operand, int64_t count) {
    printf("call %s %s %s %lld\n", what, shape, operand, (long long)count);
    fflush(stdout);
    syscall(MARK_BEGIN);
}

static void begin(const char *product, const struct shape *s, const char *operand) {
    char shape[80];
    snprintf(shape, sizeof shape, "%lldx%lldx%lldx%lld->%lldx%lldx%lld", (long long)s->images, (long long)s->size,
        (long long)s->size, (long long)s->channels, (long long)out_size(s), (long long)out_size(s),
        (long long)s->out_channels);
    begin_call(product, shape, operand, out_pixels(s) * taps(s) * s->channels * s->out_channels);
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

/* Y = X W^T and, where it is trained, dX = dY W but for a first layer, and dW = dY^T X. */
static void count_sgemm(const struct shape *s, const char *forward, int is_trained, int is_first) {
    int rows = (int)out_pixels(s), fan_in = (int)(taps(s) * s->channels), out = (int)s->out_channels;
    float *x = random_floats((int64_t)rows * fan_in);
    float *weights = random_floats((int64_t)out * fan_in);
    float *y = random_floats((int64_t)rows * out);

    begin(forward, s, "sgemm");
    sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, out, fan_in, 1, x, fan_in, weights, fan_in, 0, y, out);
    end(BG_OK);
    if (is_trained && !is_first) {
        begin("input_gradient", s, "sgemm");
        sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, fan_in, out, 1, y, out, weights, fan_in, 0, x, fan_in);
        end(BG_OK);
    }
    if (is_trained) {
        begin("weight_gradient", s, "sgemm");
        sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, out, fan_in, rows, 1, y, out, x, fan_in, 0, weights, fan_in);
        end(BG_OK);
    }

    free(x), free(weights), free(y);
}

static struct bg_gradient unpooled(int32_t type, const void *values, const float *scale) {
    return (struct bg_gradient){.type = type, .values = values, .scale = scale, .window_height = 1, .window_width = 1};
}

static void count_input_gradient(
    const struct shape *s, const struct bg_convolution *convolution, const uint64_t *weights, int gradient) {
    int32_t type = gradients[gradient].type;
    int64_t pixels = s->images * s->size * s->size, scratch_bytes = bg_input_gradient_scratch_bytes(convolution, type);
    void *dy = random_gradient(type, out_pixels(s) * s->out_channels);
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
    void *dy = random_gradient(type, out_pixels(s) * s->out_channels);
    uint64_t *x = random_bits(pixels, input_bits * s->channels);
    uint64_t *signs = random_bits(s->out_channels * taps(s), s->channels);
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

static struct bg_convolution convolution_of(const struct shape *s) {
    return (struct bg_convolution){.height = s->size,
        .width = s->size,
        .channels = s->channels,
        .kernel_height = s->kernel,
        .kernel_width = s->kernel,
        .stride_height = 1,
        .stride_width = 1,
        .padding_height = s->padding,
        .padding_width = s->padding,
        .out_channels = s->out_channels};
}

/* Sums of a first layer that do not fit into int16 are float32. */
static int32_t type_of_sums(const struct shape *s) {
    return taps(s) * s->channels * 255 <= INT16_MAX ? BG_INT16 : BG_FLOAT32;
}

static void count_layer(const struct shape *s, int is_first) {
    const struct bg_convolution convolution = convolution_of(s);
    int64_t pixels = s->images * s->size * s->size;
    uint64_t *x = random_bits(pixels, PIXEL_BITS * s->channels);
    uint64_t *weights = random_bits(s->out_channels * taps(s), s->channels);
    void *y = allocate(out_pixels(s) * s->out_channels * (int64_t)sizeof(float));

    count_sgemm(s, "forward", 1, is_first);
    if (is_first) {
        const struct bg_pixel_convolution_operands operands = {
            .images = s->images, .pixels = (const uint8_t *)x, .weights = weights, .y_type = type_of_sums(s), .y = y};
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
    for (int gradient = 0; gradient < LENGTH(gradients); gradient++) {
        if (!is_first) {
            count_input_gradient(s, &convolution, weights, gradient);
        }
        count_weight_gradient(s, &convolution, is_first ? PIXEL_BITS : 1, gradient);
    }

    free(x), free(weights), free(y);
}

/* What inference runs in place of the forward product: signs without sums. */
static void count_signs(const struct shape *s, int is_first) {
    const struct bg_convolution convolution = convolution_of(s);
    int64_t pixels = s->images * s->size * s->size;
    uint64_t *x = random_bits(pixels, PIXEL_BITS * s->channels);
    uint64_t *weights = random_bits(s->out_channels * taps(s), s->channels);
    uint64_t *signs = random_bits(out_pixels(s), s->out_channels);
    int32_t *thresholds = allocate(s->out_channels * (int64_t)sizeof *thresholds);
    for (int64_t n = 0; n < s->out_channels; n++) {
        thresholds[n] = random_integer(16);
    }

    count_sgemm(s, "signs", 0, is_first);
    if (is_first) {
        int64_t scratch_bytes = bg_pixel_convolution_signs_scratch_bytes(&convolution, s->images);
        void *scratch = allocate(scratch_bytes);
        const struct bg_pixel_convolution_signs_operands operands = {.images = s->images,
            .pixels = (const uint8_t *)x,
            .weights = weights,
            .thresholds = thresholds,
            .signs = signs,
            .scratch = scratch,
            .scratch_bytes = scratch_bytes};
        begin("signs", s, "uint8");
        end(bg_pixel_convolution_signs(&convolution, &operands, 0, s->images));
        free(scratch);
    } else {
        void *packed = allocate(bg_packed_weight_bytes(&convolution));
        const struct bg_binary_convolution_signs_operands operands = {
            .images = s->images, .x = x, .packed = packed, .thresholds = thresholds, .signs = signs};
        check(bg_pack_weights(&convolution, weights, packed));
        begin("signs", s, "bits");
        end(bg_binary_convolution_signs(&convolution, &operands, 0, s->images));
        free(packed);
    }

    free(x), free(weights), free(signs), free(thresholds);
}

/* The passes over the elements of a matrix that training needs between products. */
static void count_passes(void) {
    enum { ROWS = 1024, CHANNELS = 256, TAPS = 4 };
    const char *shape = "1024x256";
    const struct bg_tile tile = {CHANNELS, 0, CHANNELS};
    int64_t elements = ROWS * CHANNELS;
    float *values = random_floats(elements), *parameters = random_floats(3 * CHANNELS), *scales = random_floats(ROWS);
    float *sums = random_floats((ROWS + BG_SUM_BLOCK - 1) / BG_SUM_BLOCK * CHANNELS);
    uint64_t *signs = random_bits(ROWS, CHANNELS), *straight_through = random_bits(ROWS, CHANNELS);
    int8_t *momentum = random_gradient(BG_INT8, elements), *dy = random_gradient(BG_INT8, elements);
    int16_t *y = random_gradient(BG_INT16, elements);
    for (int i = 0; i < 3 * CHANNELS; i++) {
        parameters[i] += 2; /* so that deviations and steps are positive */
    }
    for (int i = 0; i < ROWS; i++) {
        scales[i] = 1;
    }

    const struct bg_sign_pack_operands pack = {.type = BG_FLOAT32,
        .values = values,
        .tile = tile,
        .limit = 1,
        .bits = signs,
        .straight_through = straight_through};
    begin_call("sign_pack", shape, "float32", elements);
    end(bg_sign_pack(&pack, 0, ROWS));

    const struct bg_batch_norm_sign_operands sign = {.type = BG_INT16,
        .y = y,
        .rows = ROWS,
        .tile = tile,
        .mean = parameters,
        .deviation = parameters + CHANNELS,
        .beta = parameters + 2 * CHANNELS,
        .signs = signs,
        .straight_through = straight_through,
        .sums = sums};
    begin_call("batch_norm_sign", shape, "int16", elements);
    end(bg_batch_norm_sign(&sign, 0, ROWS));

    const struct bg_batch_norm_backward_signs_operands backward = {.type = BG_FLOAT32,
        .gradient = values,
        .signs = signs,
        .tile = tile,
        .coefficients = parameters,
        .dy_type = BG_INT8,
        .rounding = BG_STOCHASTIC,
        .dy_columns = CHANNELS,
        .dy = dy};
    begin_call("norm_backward", shape, "int8", elements);
    end(bg_batch_norm_backward_signs(&backward, 1, 0, ROWS));

    const struct bg_update_int8_operands update = {.weights = dy,
        .momentum = momentum,
        .scales = scales,
        .gradient_type = BG_FLOAT32,
        .gradient_scale = 1,
        .columns = CHANNELS,
        .taps = TAPS,
        .steps = parameters,
        .decay = 0.9f,
        .gain = 0.1f};
    begin_call("update_int8", shape, "float32", elements);
    end(bg_update_int8(&update, values, 1, 0, ROWS));

    free(values), free(parameters), free(scales), free(sums), free(signs), free(straight_through);
    free(momentum), free(dy), free(y);
}

int main(void) {
    load_openblas();
    for (int i = 0; i < LENGTH(first_layers); i++) {
        count_layer(&first_layers[i], 1);
    }
    for (int i = 0; i < LENGTH(inner_layers); i++) {
        count_layer(&inner_layers[i], 0);
    }
    for (int i = 0; i < LENGTH(first_layers_of_one); i++) {
        count_signs(&first_layers_of_one[i], 1);
    }
    for (int i = 0; i < LENGTH(inner_layers_of_one); i++) {
        count_signs(&inner_layers_of_one[i], 0);
    }
    count_passes();
    return 0;
}
