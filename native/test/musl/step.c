/*
 * Loads libbitgrad.so, which was built for glibc, into a process of musl, and computes a training step of one dense
 * layer with it: signs, products, normalisation, loss, update. native/build compiles this with musl-gcc.
 *   step LIBRARY    exits with 0 if the library was loaded and all results are right; otherwise it says what is wrong
 */
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bitgrad.h"

enum { IMAGES = 5, INPUTS = 100, WORDS = 2, CLASSES = 3 };

#define EXPECT(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "step.c:%d: not true under musl: %s\n", __LINE__, #condition);                             \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

static void *library;

static void *function(const char *name) {
    void *address = dlsym(library, name);
    if (address == NULL) {
        fprintf(stderr, "step: %s\n", dlerror());
        exit(1);
    }
    return address;
}

/* The library's function of this name, with the type that the header declares. */
#define BG(name) ((__typeof__(&(name)))function(#name))

static float x[IMAGES * INPUTS];
static float weights[CLASSES * INPUTS];
static uint64_t x_bits[IMAGES * WORDS];
static uint64_t weight_bits[CLASSES * WORDS];
static int16_t y[IMAGES * CLASSES];
static float normal[IMAGES * CLASSES];
static float gradient[IMAGES * CLASSES];
static float losses[IMAGES];
static int32_t predictions[IMAGES];

static void forward(void) {
    for (int i = 0; i < IMAGES * INPUTS; i++) {
        x[i] = (float)(i * 37 % 101 - 50) / 50;
    }
    for (int i = 0; i < CLASSES * INPUTS; i++) {
        weights[i] = (float)(i * 53 % 97 - 48) / 48;
    }
    const struct bg_sign_pack_operands inputs = {BG_FLOAT32, x, {INPUTS, 0, INPUTS}, 1, x_bits, NULL};
    const struct bg_sign_pack_operands signs = {BG_FLOAT32, weights, {INPUTS, 0, INPUTS}, 1, weight_bits, NULL};
    EXPECT(BG(bg_sign_pack)(&inputs, 0, IMAGES) == BG_OK);
    EXPECT(BG(bg_sign_pack)(&signs, 0, CLASSES) == BG_OK);
    struct bg_convolution dense = {1, 1, INPUTS, 1, 1, 1, 1, 0, 0, CLASSES};
    struct bg_binary_convolution_operands product = {IMAGES, x_bits, weight_bits, y, NULL};
    EXPECT(BG(bg_binary_convolution)(&dense, &product, 0, CLASSES) == BG_OK);
    for (int m = 0; m < IMAGES; m++) {
        for (int n = 0; n < CLASSES; n++) {
            int sum = 0;
            for (int c = 0; c < INPUTS; c++) {
                sum += (x[m * INPUTS + c] >= 0) == (weights[n * INPUTS + c] >= 0) ? 1 : -1;
            }
            EXPECT(y[m * CLASSES + n] == sum);
        }
    }
}

static void normalise(void) {
    float mean[CLASSES] = {1, 2, 3};
    float deviation[CLASSES] = {4, 8, 16};
    float beta[CLASSES] = {0, 0.5f, 1};
    struct bg_batch_norm_apply_operands operands = {BG_INT16, y, CLASSES, mean, deviation, beta, normal};
    EXPECT(BG(bg_batch_norm_apply)(&operands, 0, IMAGES) == BG_OK);
    for (int i = 0; i < IMAGES * CLASSES; i++) {
        int n = i % CLASSES;
        EXPECT(normal[i] == (y[i] - mean[n]) / deviation[n] + beta[n]); /* powers of two: exact */
    }
}

static void loss(void) {
    int32_t labels[IMAGES] = {0, 1, 2, 0, 1};
    struct bg_softmax_cross_entropy_operands operands = {
        normal,
        labels,
        CLASSES,
        1,
        gradient,
        losses,
        predictions,
    };
    EXPECT(BG(bg_softmax_cross_entropy)(&operands, 0, IMAGES) == BG_OK);
    for (int m = 0; m < IMAGES; m++) {
        double sum = 0;
        for (int n = 0; n < CLASSES; n++) {
            sum += exp(normal[m * CLASSES + n]);
            EXPECT(normal[m * CLASSES + predictions[m]] >= normal[m * CLASSES + n]);
        }
        EXPECT(fabs(losses[m] - (log(sum) - normal[m * CLASSES + labels[m]])) < 1e-4);
        for (int n = 0; n < CLASSES; n++) {
            double softmax = exp(normal[m * CLASSES + n]) / sum;
            EXPECT(fabs(gradient[m * CLASSES + n] - (softmax - (n == labels[m]))) < 1e-4);
        }
    }
    labels[IMAGES - 1] = CLASSES;
    EXPECT(BG(bg_softmax_cross_entropy)(&operands, 0, IMAGES) == BG_BAD_LABEL);
}

static void update(void) {
    float before[IMAGES * CLASSES];
    float after[IMAGES * CLASSES];
    float momentum[IMAGES * CLASSES] = {0};
    for (int i = 0; i < IMAGES * CLASSES; i++) {
        before[i] = after[i] = weights[i];
    }
    struct bg_update_momentum_operands operands = {
        BG_FLOAT32,
        after,
        momentum,
        BG_FLOAT32,
        gradient,
        1,
        CLASSES,
        0.5f,
        1,
    };
    EXPECT(BG(bg_update_momentum)(&operands, 0.25f, 0, IMAGES) == BG_OK);
    for (int i = 0; i < IMAGES * CLASSES; i++) {
        EXPECT(momentum[i] == gradient[i]);
        EXPECT(after[i] == fminf(fmaxf(before[i] - 0.25f * gradient[i], -1), 1));
    }
}

int main(int argument_count, char **arguments) {
    library = dlopen(argument_count == 2 ? arguments[1] : "", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "step: %s\n", dlerror());
        return 1;
    }
    for (int32_t isa = 0; isa < BG(bg_isa_count)(); isa++) {
        uint64_t features = BG(bg_isa_features)(isa);
        if ((features & ~BG(bg_cpu_features)()) == 0) {
            EXPECT(BG(bg_select_kernels)(features) == BG_OK);
            forward();
            normalise();
            loss();
            update();
        }
    }
    return 0;
}
