/*
 * bitgrad: kernels for training binary neural networks on packed bits.
 *
 * The one public header. The library allocates nothing, prints nothing, starts no threads, keeps no pointer after a
 * call and has no state but the kernel table. Every function that can be called wrongly returns a status: BG_OK, or the
 * reason why nothing was done.
 *
 * Layouts
 *   matrix       row-major and dense: element (r, c) of [rows, columns] is at index r * columns + c.
 *   bit matrix   row-major, each row padded to whole 64-bit words: bit (r, c) is bit c % 64 of word
 *                r * bg_words(columns) + c / 64. A set bit is +1, a clear bit is -1; padding bits are clear: kernels
 * that write bits keep them so, kernels that read bits rely on it. float16      IEEE 754 binary16, converted to and
 * from float32 on load and store, rounding to nearest even.
 *
 * The sign of zero is +1, the sign of NaN is -1.
 *
 * Ranges: kernels work on rows (or channels, or elements) [begin, end) of their operands, so that callers can share the
 * work between threads. The result does not depend on how a range is cut. Lengths are the caller's promise: a C pointer
 * carries none. No operand may overlap another unless its description says "in place".
 *
 * Exactness: every variant of every kernel gives the same bits as the scalar reference, float kernels included, because
 * sums run in the order that the description names and products are not contracted into them unless that is exact.
 *
 * The paper: Wang et al., "Enabling Binary Neural Network Training on the Edge", arXiv 2102.04270.
 */
#ifndef BITGRAD_H
#define BITGRAD_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BG_API __attribute__((visibility("default")))

/* What a call returns. */
enum bg_status {
    BG_OK = 0,
    BG_NULL_POINTER = 1,  /* an operand that must exist is NULL */
    BG_MISALIGNED = 2,    /* an operand is not aligned to its element type (8 bytes for bit matrices) */
    BG_BAD_TYPE = 3,      /* an element type that the operand cannot have */
    BG_BAD_SHAPE = 4,     /* a size that is zero, negative or beyond the stated limit */
    BG_BAD_RANGE = 5,     /* begin is negative, or end is before begin or after the last */
    BG_BAD_LABEL = 6,     /* a label that is not in [0, classes) */
    BG_BAD_NUMBER = 7,    /* a scalar that is NaN or outside of its stated interval */
    BG_NOT_AVAILABLE = 8, /* CPU features that this machine does not have */
};

/* Element types of operands that come in several. */
enum bg_type {
    BG_FLOAT32 = 0,
    BG_FLOAT16 = 1,
    BG_INT16 = 2,
    BG_BITS = 3,
};

/* What kernels may use of a CPU, once the operating system saves the registers too. */
enum bg_cpu_feature {
    BG_CPU_AVX2 = 1,   /* AVX2 with FMA, F16C and POPCNT */
    BG_CPU_AVX512 = 2, /* AVX-512 F, CD, BW, DQ and VL */
    BG_CPU_AVX512_VPOPCNTDQ = 4,
    BG_CPU_AVX512_VNNI = 8,
    BG_CPU_AVX512_VBMI = 16,
    BG_CPU_NEON = 32,
    BG_CPU_DOTPROD = 64,
    BG_CPU_FP16 = 128, /* float16 arithmetic, not only its conversion */
};

/* Limits and constants of the arithmetic. */
enum bg_limit {
    BG_MAX_FAN_IN = 32767, /* so that a sum of fan-in signs fits int16 */
    BG_SUM_BLOCK = 256,    /* per-channel float sums run over blocks of this many rows, then over the blocks */
};

/* Added under the root of a variance and to a mean deviation, so that a constant channel divides by no zero. */
#define BG_EPSILON 1e-4f

/* ---- The library and its kernel table ------------------------------------------------------------------------- */

/* The version, as "0.1.0". A static string. */
BG_API const char *bg_version(void);

/* What a status means, as the middle of a sentence; for an unknown status too. A static string. */
BG_API const char *bg_status_text(int32_t status);

/* The features of this machine's CPU that its operating system supports: a sum of bg_cpu_feature. */
BG_API uint64_t bg_cpu_features(void);

/* The name of one feature (exactly one bit of bg_cpu_feature), or NULL for any other number. A static string. */
BG_API const char *bg_feature_name(uint64_t feature);

/* The instruction-set levels of this architecture, from "scalar" upwards. */
BG_API int32_t bg_isa_count(void);

/* The name of a level, or NULL where there is no such level. A static string. */
BG_API const char *bg_isa_name(int32_t isa);

/* The features that a level needs, and that its kernels may use. 0 where there is no such level. */
BG_API uint64_t bg_isa_features(int32_t isa);

/*
 * Fills the kernel table: the reference first, then every variant whose features are all among the given ones, the
 * later in the registry over the earlier. BG_NOT_AVAILABLE, and nothing changed, where this CPU lacks one of them.
 * The table starts out with all that the CPU has. Not to be called while another thread runs a kernel.
 */
BG_API int32_t bg_select_kernels(uint64_t features);

/* The number of operations in the kernel table. */
BG_API int32_t bg_operation_count(void);

/* The name of an operation, or NULL where there is no such operation. A static string. */
BG_API const char *bg_operation_name(int32_t operation);

/* The variant that the table holds for an operation, as "reference" or "avx2". NULL where there is none. Static. */
BG_API const char *bg_operation_variant(int32_t operation);

/* The 64-bit words in a row of a bit matrix with so many columns: columns / 64, rounded up. */
BG_API int64_t bg_words(int64_t columns);

/* ---- Signs ---------------------------------------------------------------------------------------------------- */

/* signs[i] = sgn(values[i]) as +1 or -1, for i in [begin, end). In place allowed. */
BG_API int32_t bg_sign(const float *values, float *signs, int64_t begin, int64_t end);

/*
 * Packs the signs of a matrix. type: of values, BG_FLOAT32 or BG_FLOAT16. values [rows, columns], bits: bit matrix
 * [rows, columns]; rows [row_begin, row_end) are read and written.
 */
BG_API int32_t bg_sign_pack(
    int32_t type, const void *values, int64_t columns, uint64_t *bits, int64_t row_begin, int64_t row_end);

/* The inverse: values [rows, columns] become +1 where the bit is set and -1 where it is clear. */
BG_API int32_t bg_sign_unpack(const uint64_t *bits, int64_t columns, float *values, int64_t row_begin, int64_t row_end);

/* ---- Conversions ---------------------------------------------------------------------------------------------- */

/* Elements [begin, end) from float16 to float32: exact. */
BG_API int32_t bg_float16_to_float32(const uint16_t *halves, float *values, int64_t begin, int64_t end);

/* Elements [begin, end) from float32 to float16: rounds to nearest even, overflows to infinity, keeps NaN. */
BG_API int32_t bg_float32_to_float16(const float *values, uint16_t *halves, int64_t begin, int64_t end);

/* values[i] = bytes[i] * scale + offset (rounded after each of the two), for i in [begin, end). */
BG_API int32_t bg_bytes_to_float32(
    const uint8_t *bytes, float *values, float scale, float offset, int64_t begin, int64_t end);

/* ---- Matrix products on bits ---------------------------------------------------------------------------------- */

/*
 * Y = X W^T of signs: y[r, n] = sum over k of x[r, k] * weights[n, k] = fan_in - 2 popcount(x_r xor w_n).
 * x: bit matrix [rows, fan_in]; weights: bit matrix [channels, fan_in]; y: int16 [rows, channels], |y| <= fan_in.
 * Rows [row_begin, row_end) of x and y. fan_in is at most BG_MAX_FAN_IN. The paper's Y = X^ W^.
 */
BG_API int32_t bg_binary_gemm(const uint64_t *x, const uint64_t *weights, int16_t *y, int64_t channels, int64_t fan_in,
    int64_t row_begin, int64_t row_end);

/*
 * dX = dY W: dx[r, k] = sum over n = 0, 1, ... of dy[r, n] * weights[n, k], added in that order in float32.
 * type: of dy [rows, channels] and of dx [rows, fan_in], BG_FLOAT32 or BG_FLOAT16. weights: bit matrix
 * [channels, fan_in]. Rows [row_begin, row_end) of dy and dx. The paper's dX = dY W^T.
 */
BG_API int32_t bg_input_gradient(int32_t type, const void *dy, const uint64_t *weights, void *dx, int64_t channels,
    int64_t fan_in, int64_t row_begin, int64_t row_end);

/*
 * The signs of dW = dY^T X: signs[n, k] = sgn(sum over r = 0, 1, ... of dy[r, n] * x[r, k]), added in that order in
 * float32. type: of dy [rows, channels], BG_FLOAT32 or BG_FLOAT16. x: bit matrix [rows, fan_in]; signs: bit matrix
 * [channels, fan_in]. Channels [channel_begin, channel_end) of dy and signs. The paper's sgn(dW) with dW = X^T dY.
 */
BG_API int32_t bg_weight_gradient_signs(int32_t type, const void *dy, const uint64_t *x, uint64_t *signs, int64_t rows,
    int64_t channels, int64_t fan_in, int64_t channel_begin, int64_t channel_end);

/* ---- Batch normalisation -------------------------------------------------------------------------------------- */
/*
 * All over y [rows, channels], per channel, with B = rows. Every per-channel array has channels float32 elements, of
 * which [channel_begin, channel_end) are read and written. Sums: see BG_SUM_BLOCK; means are sums divided by B.
 * There is no gain: after the sign only the threshold matters (the paper, section 3). beta is the bias.
 */

/* mean = mean(y); deviation = sqrt(mean((y - mean)^2) + BG_EPSILON). Standard training. */
BG_API int32_t bg_batch_norm_statistics_l2(const float *y, int64_t rows, int64_t channels, float *mean,
    float *deviation, int64_t channel_begin, int64_t channel_end);

/*
 * mean = mean(y); deviation = mean|y - mean| + BG_EPSILON, the paper's psi; magnitude = mean|y - mean + beta *
 * deviation| / deviation, the paper's omega = mean|x|. type: of y, BG_INT16 or BG_FLOAT32. Proposed training.
 */
BG_API int32_t bg_batch_norm_statistics_l1(int32_t type, const void *y, int64_t rows, int64_t channels,
    const float *beta, float *mean, float *deviation, float *magnitude, int64_t channel_begin, int64_t channel_end);

/*
 * x = (y - mean) / deviation + beta, for rows [row_begin, row_end). type: of y, BG_INT16 or BG_FLOAT32; x: float32
 * [rows, channels]. In place allowed for BG_FLOAT32.
 */
BG_API int32_t bg_batch_norm_apply(int32_t type, const void *y, int64_t channels, const float *mean,
    const float *deviation, const float *beta, float *x, int64_t row_begin, int64_t row_end);

/*
 * The same without the division, packed: with t = y - mean + beta * deviation = x * deviation, signs = sgn(t) and
 * straight_through = (|t| <= deviation), the straight-through estimator's |x| <= 1. Both are bit matrices [rows,
 * channels]; straight_through may be NULL, where there is no backward pass. type: of y, BG_INT16 or BG_FLOAT32. Rows
 * [row_begin, row_end).
 */
BG_API int32_t bg_batch_norm_sign(int32_t type, const void *y, int64_t channels, const float *mean,
    const float *deviation, const float *beta, uint64_t *signs, uint64_t *straight_through, int64_t row_begin,
    int64_t row_end);

/*
 * Backward of the l2 form, in place: with v = gradient / deviation and n = x - beta, beta_gradient = sum(gradient) and
 * gradient = v - mean(v) - mean(v n) n. gradient and x: float32 [rows, channels]. Standard training.
 */
BG_API int32_t bg_batch_norm_backward_l2(float *gradient, const float *x, int64_t rows, int64_t channels,
    const float *beta, const float *deviation, float *beta_gradient, int64_t channel_begin, int64_t channel_end);

/*
 * Backward of the l1 form where x was kept, in place: with v = gradient / deviation, n = x - beta and s = sgn(n),
 * beta_gradient = sum(gradient) and gradient = v - mean(v) - mean(v n) (s - mean(s)), the exact derivative of x
 * wherever no y equals its mean. gradient and x: float32 [rows, channels].
 */
BG_API int32_t bg_batch_norm_backward_l1(float *gradient, const float *x, int64_t rows, int64_t channels,
    const float *beta, const float *deviation, float *beta_gradient, int64_t channel_begin, int64_t channel_end);

/*
 * Backward of the l1 form where only signs were kept (the paper, equation 3), in place: with v = gradient / deviation,
 * beta_gradient = sum(gradient) and gradient = v - mean(v) - magnitude mean(v signs) signs. type: of gradient [rows,
 * channels], BG_FLOAT16 or BG_FLOAT32. signs: bit matrix [rows, channels], what bg_batch_norm_sign wrote.
 */
BG_API int32_t bg_batch_norm_backward_signs(int32_t type, void *gradient, const uint64_t *signs, int64_t rows,
    int64_t channels, const float *deviation, const float *magnitude, float *beta_gradient, int64_t channel_begin,
    int64_t channel_end);

/*
 * average = decay * average + (1 - decay) * values, elements [begin, end): the statistics that inference uses. decay is
 * in [0, 1].
 */
BG_API int32_t bg_moving_average(const float *values, float *average, float decay, int64_t begin, int64_t end);

/* ---- Straight-through estimator ------------------------------------------------------------------------------- */

/* gradient[i] = 0 where |x[i]| > 1 or x[i] is NaN, for elements [begin, end). Standard training, which kept x. */
BG_API int32_t bg_straight_through(const float *x, float *gradient, int64_t begin, int64_t end);

/*
 * gradient[r, c] = 0 where the bit is clear. mask: bit matrix [rows, columns]; gradient [rows, columns] of type
 * BG_FLOAT32 or BG_FLOAT16. Rows [row_begin, row_end).
 */
BG_API int32_t bg_straight_through_mask(
    int32_t type, const uint64_t *mask, void *gradient, int64_t columns, int64_t row_begin, int64_t row_end);

/* ---- Loss ----------------------------------------------------------------------------------------------------- */

/*
 * Softmax cross-entropy of logits [rows, classes] against labels [rows], for rows [row_begin, row_end):
 * losses[r] = log(sum over c of e^logits[r, c]) - logits[r, label], predictions[r] = the first class with the largest
 * logit, gradient[r, c] = (softmax(logits[r])[c] - [c = label]) * scale, with a finite scale. gradient [rows, classes]
 * may be NULL where only the loss is wanted. BG_BAD_LABEL where a label is not in [0, classes): then rows before it are
 * done.
 */
BG_API int32_t bg_softmax_cross_entropy(const float *logits, const int32_t *labels, int64_t classes, float scale,
    float *gradient, float *losses, int32_t *predictions, int64_t row_begin, int64_t row_end);

/* ---- Weight updates ------------------------------------------------------------------------------------------- */
/*
 * All over matrices [rows, columns], rows [row_begin, row_end), with g = gradient * gradient_scale, where the gradient
 * is a float32 matrix (gradient_type BG_FLOAT32) or a bit matrix of signs (BG_BITS). State is computed in float32 and
 * rounded to its type on store only; the step uses the unrounded momentum. Rates and scales are finite, decays (beta1,
 * beta2, decay) in [0, 1), adaptivity in [0, 1], threshold not negative, all else positive. clip(w) = min(max(w,
 * -limit), limit); limit is 1 for latent weights (so that they stay near their signs) and infinity for biases.
 */

/*
 * Adam: m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; w = clip(w - rate (m momentum_correction) /
 * (sqrt(v second_moment_correction) + epsilon)). The corrections are 1 / (1 - beta^t) at step t = 1, 2, ...
 * state_type: of weights, momentum (m) and second_moment (v), BG_FLOAT32 or BG_FLOAT16.
 */
BG_API int32_t bg_update_adam(int32_t state_type, void *weights, void *momentum, void *second_moment,
    int32_t gradient_type, const void *gradient, float gradient_scale, int64_t columns, float rate, float beta1,
    float beta2, float epsilon, float momentum_correction, float second_moment_correction, float limit,
    int64_t row_begin, int64_t row_end);

/* SGD with momentum: m = decay m + g; w = clip(w - rate m). state_type: of weights and momentum, as for Adam. */
BG_API int32_t bg_update_momentum(int32_t state_type, void *weights, void *momentum, int32_t gradient_type,
    const void *gradient, float gradient_scale, int64_t columns, float rate, float decay, float limit,
    int64_t row_begin, int64_t row_end);

/*
 * Bop (Helwegen et al., "Latent Weights Do Not Exist", arXiv 1906.02107): m = (1 - adaptivity) m + adaptivity g; a
 * weight flips where |m| > threshold and sgn(m) = sgn(w). There are no latent weights: weights are signs, as float32 +1
 * and -1 (weight_type BG_FLOAT32) or as a bit matrix (BG_BITS). momentum_type: BG_FLOAT32 or BG_FLOAT16.
 */
BG_API int32_t bg_update_bop(int32_t weight_type, void *weights, int32_t momentum_type, void *momentum,
    int32_t gradient_type, const void *gradient, float gradient_scale, int64_t columns, float adaptivity,
    float threshold, int64_t row_begin, int64_t row_end);

#ifdef __cplusplus
}
#endif

#endif
