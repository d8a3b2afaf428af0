/*
 * bitgrad: kernels for training binary neural networks on packed bits.
 *
 * This is the only public header. The library allocates nothing, prints nothing, starts no threads, keeps no pointer
 * after a call, and has no state but the kernel table. Every function that can be called wrongly returns a status:
 * BG_OK, or the reason why it did nothing.
 *
 * Layouts
 *   matrix       Row-major and dense: element (r, c) of a matrix [rows, columns] is at index r * columns + c.
 *   bit matrix   Row-major, each row padded to whole 64-bit words: bit (r, c) is bit c % 64 of word
 *                r * bg_words(columns) + c / 64. A set bit is +1, a clear bit is -1. Padding bits are clear: kernels
 *                that write bits keep them clear, and kernels that read bits rely on it.
 *   float16      IEEE 754 binary16. It is converted to float32 on load and from float32 on store, rounding to nearest
 *                even.
 *   images       NHWC: an image is a matrix of pixels, row by row, and a pixel is a row of channels. So a batch of
 *                images is a matrix, or a bit matrix, [images * height * width, channels].
 *   weights      Those of a convolution are a matrix, or a bit matrix, [out_channels * taps, channels], where taps is
 *                kernel_height * kernel_width: for each output channel its taps, row by row. A dense layer is a
 *                convolution of images of one pixel, with one tap.
 *
 * The sign of zero is +1, the sign of NaN is -1.
 *
 * Arguments: what stays the same from call to call is passed in structs, so that a caller fills them once. Geometry
 * comes first (struct bg_convolution or struct bg_pooling), then the operands with their sizes and types (struct
 * bg_NAME_operands for function bg_NAME). What may change comes after them as plain arguments: rates and seeds, and
 * last the range. Short lists of arguments need no struct.
 *
 * Ranges: a call works on the rows (or channels, images, elements) [begin, end) of its operands, so that callers can
 * share the work between threads. The result does not depend on how the whole is cut into ranges. The caller promises
 * that operands are as long as their descriptions say, because a C pointer carries no length. No operand may overlap
 * another unless its description says "in place".
 *
 * Tiles: some kernels process a wide matrix in tiles of channels, so that it never has to be stored whole. A tile is
 * the columns [first, first + channels) of matrices [rows, columns], as a matrix [rows, channels] of its own. first is
 * a multiple of 16, and so is channels unless the tile ends with the last column; BG_BAD_SHAPE otherwise. Arrays with
 * one value per channel, as means, have the values of the tile's channels only. Writing the first tile of a 64-bit word
 * of a bit matrix clears the rest of that word, so tiles of bits are written one after the other, in ascending order;
 * after the last one the matrix is what a single call for all columns would have made.
 *
 * Exactness: every variant of every kernel gives the same bits as the scalar reference. That holds for floats too,
 * because sums run in the order that a description names, and products are contracted into sums only where that is
 * exact.
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
    BG_INT8 = 4,
};

/*
 * The geometry of a convolution. An output image has
 *
 *   out_height = (height + 2 * padding_height - kernel_height) / stride_height + 1
 *   out_width = (width + 2 * padding_width - kernel_width) / stride_width + 1
 *
 * rows and columns of pixels, where divisions round down. Output pixel (row, column) sees kernel_height * kernel_width
 * input pixels, its taps: tap (i, j) is the input pixel (row * stride_height - padding_height + i, column *
 * stride_width - padding_width + j). Padding is of zeros, which are neither +1 nor -1: a tap outside of the image adds
 * nothing to a sum. BG_BAD_SHAPE where a size is zero or negative or beyond 2^31, or a padding is not less than the
 * kernel, or the kernel is larger than the padded image.
 */
struct bg_convolution {
    int64_t height;         /* of an input image, in pixels */
    int64_t width;          /* of an input image, in pixels */
    int64_t channels;       /* of an input pixel */
    int64_t kernel_height;  /* rows of taps, at most height + 2 * padding_height */
    int64_t kernel_width;   /* taps in a row, at most width + 2 * padding_width */
    int64_t stride_height;  /* rows of input pixels from one row of output pixels to the next */
    int64_t stride_width;   /* input pixels from one output pixel of a row to the next */
    int64_t padding_height; /* rows of zeros above an image, and as many below it, from 0 to kernel_height - 1 */
    int64_t padding_width;  /* zeros before each row, and as many behind it, from 0 to kernel_width - 1 */
    int64_t out_channels;   /* of an output pixel */
};

/*
 * The geometry of max pooling. Windows of window_height x window_width pixels stand side by side from the upper left
 * corner, so that a pooled image has height / window_height rows and width / window_width columns of pixels, both
 * rounded down. Pixels that do not fill a window are left out. The elements of a window are numbered row by row, from
 * 0. BG_BAD_SHAPE where a size is zero or negative or beyond 2^31, or a window is larger than the image or than
 * BG_MAX_POOL in a direction.
 */
struct bg_pooling {
    int64_t height;        /* of an image before pooling, in pixels */
    int64_t width;         /* of an image before pooling, in pixels */
    int64_t channels;      /* of a pixel */
    int64_t window_height; /* rows of pixels in a window, from 1 to BG_MAX_POOL */
    int64_t window_width;  /* pixels in a row of a window, from 1 to BG_MAX_POOL */
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
    BG_MAX_INT7 = 63,      /* of integer gradients as BG_INT8, so that four of them fit a byte without a sign */
    BG_MAX_INT14 = 8191,   /* and as BG_INT16, so that four of them fit int16 */
    BG_MAX_INT8 = 127,     /* of latent weights and momenta in bytes */
    BG_STATE_BLOCK = 256,  /* momenta in bytes that have one scale, neighbours in a row */
    BG_SUM_BLOCK = 256,    /* per-channel float sums run over blocks of this many rows, then over the blocks */
    BG_MAX_POOL = 16,      /* height and width of a pooling window, so that an element's number fits a byte */
};

/* How a number becomes an integer. */
enum bg_rounding {
    BG_NEAREST = 0,    /* to the nearest, ties to even */
    BG_STOCHASTIC = 1, /* up or down, at random, so that the expected integer is the number: see "Quantisation" */
};

/* Added under the root of a variance and to a mean deviation, so that a constant channel divides by no zero. */
#define BG_EPSILON 1e-4f

/*
 * sqrt(pi / 2): of normal numbers, the standard deviation over the mean absolute deviation. With it the l1 form gives x
 * the variance 1 that the l2 form does, and so |x| <= 1, where gradients pass a sign, holds as often: for 68 % of x,
 * not 58 %. Without it, training ends less accurate.
 */
#define BG_NORMAL_DEVIATION 1.25331414f

/* The largest float16. Gradients and state that are kept in float16 are clipped at it, but NaN remains. */
#define BG_MAX_HALF 65504.0f

/* The least and the largest scale that integers are given, also for zeros and for numbers that overflow. */
#define BG_MIN_SCALE 0x1p-100f
#define BG_MAX_SCALE 0x1p100f

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
 * Packs the signs of a matrix. type: of values, BG_FLOAT32, BG_FLOAT16 or BG_INT8. values [rows, columns], bits: bit
 * matrix [rows, columns]; rows [row_begin, row_end) are read and written.
 */
BG_API int32_t bg_sign_pack(
    int32_t type, const void *values, int64_t columns, uint64_t *bits, int64_t row_begin, int64_t row_end);

/*
 * Joins rows of bits: `pieces` consecutive rows of the bit matrix from [rows * pieces, columns] become one row of the
 * bit matrix to [rows, pieces * columns], without the padding between them. So the signs of an image's pixels become
 * one row for a dense layer. Rows [row_begin, row_end) of to are written.
 */
BG_API int32_t bg_flatten_bits(
    const uint64_t *from, int64_t columns, int64_t pieces, uint64_t *to, int64_t row_begin, int64_t row_end);

/*
 * Takes bytes apart into bits, with a row for each pixel: bit 8 * c + b of row p of the bit matrix bits [pixels, 8 *
 * channels] is bit b of byte (p, c) of bytes [pixels, channels]. Pixels [pixel_begin, pixel_end).
 */
BG_API int32_t bg_bytes_to_bits(
    const uint8_t *bytes, int64_t channels, uint64_t *bits, int64_t pixel_begin, int64_t pixel_end);

/* ---- Conversions ---------------------------------------------------------------------------------------------- */

/* Elements [begin, end) from float16 to float32: exact. */
BG_API int32_t bg_float16_to_float32(const uint16_t *halves, float *values, int64_t begin, int64_t end);

/* Elements [begin, end) from float32 to float16: rounds to nearest even, overflows to infinity, keeps NaN. */
BG_API int32_t bg_float32_to_float16(const float *values, uint16_t *halves, int64_t begin, int64_t end);

/* values[i] = bytes[i] * scale + offset (rounded after each of the two), for i in [begin, end). */
BG_API int32_t bg_bytes_to_float32(
    const uint8_t *bytes, float *values, float scale, float offset, int64_t begin, int64_t end);

/* ---- Forward products ----------------------------------------------------------------------------------------- */

/* What bg_binary_convolution works on. */
struct bg_binary_convolution_operands {
    int64_t images;          /* in x and in y, which has at most 2^31 rows */
    const uint64_t *x;       /* bit matrix [images * height * width, channels] */
    const uint64_t *weights; /* bit matrix [out_channels * taps, channels] */
    int16_t *y;              /* [images * out_height * out_width, out_channels] */
    int64_t *sums;           /* [out_channels]: sums[n] is the sum of y[m, n] over m. May be NULL. */
};

/*
 * Y = X W of signs, the paper's Y = X^ W^: y[m, n] is the sum, over the taps of output pixel m that are inside of the
 * image and over the input channels c, of x[pixel of the tap, c] * weights[n, tap, c]. Output channels [channel_begin,
 * channel_end) of weights are read, and those of y and sums are written, for all images. taps * channels is at most
 * BG_MAX_FAN_IN, which bounds |y|; BG_BAD_SHAPE otherwise.
 */
BG_API int32_t bg_binary_convolution(const struct bg_convolution *convolution,
    const struct bg_binary_convolution_operands *operands, int64_t channel_begin, int64_t channel_end);

/* What bg_pixel_convolution works on. */
struct bg_pixel_convolution_operands {
    int64_t images;          /* in pixels and in y, which has at most 2^31 rows */
    const uint8_t *pixels;   /* [images * height * width, channels] */
    const uint64_t *weights; /* bit matrix [out_channels * taps, channels] */
    int32_t y_type;          /* BG_INT16 or BG_FLOAT32 */
    void *y;                 /* [images * out_height * out_width, out_channels] */
};

/*
 * The first layer, whose input is bytes: y[m, n] is the sum, over the taps of output pixel m that are inside of the
 * image and over the input channels c, of (2 * pixels[pixel of the tap, c] - 255) * weights[n, tap, c]. That is 255
 * times the product with inputs scaled to [-1, 1], and it is exact. taps * channels is at most 128 where y is BG_INT16,
 * so that |y| <= 255 * 128; where y is BG_FLOAT32 it is at most BG_MAX_FAN_IN, so that |y| < 2^24; BG_BAD_SHAPE
 * otherwise. Images [image_begin, image_end).
 */
BG_API int32_t bg_pixel_convolution(const struct bg_convolution *convolution,
    const struct bg_pixel_convolution_operands *operands, int64_t image_begin, int64_t image_end);

/* ---- Max pooling of integers and of bits ---------------------------------------------------------------------- */

/* What bg_max_pool_int16 works on. Its P is images * pooled pixels, the number of windows. */
struct bg_max_pool_int16_operands {
    int64_t images;   /* in y and pooled, and in each plane of argmax */
    const int16_t *y; /* [images * height * width, channels] */
    int16_t *pooled;  /* [P, channels]: the largest element of each window */
    /*
     * Bit matrix [planes * P, columns]: the number of the first element that is the largest, as bit planes. Rows [b *
     * P, (b + 1) * P) are bit b of the numbers. planes is the least with 2^planes >= window_height * window_width. May
     * be NULL.
     */
    uint64_t *argmax;
    int64_t columns; /* of argmax; channels are a tile of them (see "Tiles"). Checked also where argmax is NULL. */
    int64_t first;   /* the column of argmax that channel 0 is */
};

/* Takes the largest int16 of each window. Images [image_begin, image_end). */
BG_API int32_t bg_max_pool_int16(const struct bg_pooling *pooling, const struct bg_max_pool_int16_operands *operands,
    int64_t image_begin, int64_t image_end);

/* What bg_max_pool_bits works on: bit matrices. */
struct bg_max_pool_bits_operands {
    int64_t images;        /* in each operand */
    const uint64_t *signs; /* [images * height * width, channels] */
    uint64_t *pooled;      /* [images * pooled pixels, channels]: set where a sign of the window is set */
    /* As signs: bits that are pooled along with the signs. NULL together with pooled_straight_through. */
    const uint64_t *straight_through;
    /*
     * As pooled: the straight_through bit of the element that the pooled sign comes from, which is the first of the
     * window whose sign is set, or its first element where none is.
     */
    uint64_t *pooled_straight_through;
};

/* Takes the largest sign of each window. Images [image_begin, image_end). */
BG_API int32_t bg_max_pool_bits(const struct bg_pooling *pooling, const struct bg_max_pool_bits_operands *operands,
    int64_t image_begin, int64_t image_end);

/* ---- Gradients of binary convolutions ------------------------------------------------------------------------- */
/*
 * Products of a real and a binary matrix, by lookup tables: four neighbouring elements of the gradient have 16 sums
 * with signs. These are computed once and then looked up by four bits of the binary operand.
 */

/*
 * The gradient dy of a loss with respect to the outputs y of a convolution, which is a matrix [images * out_height *
 * out_width, out_channels].
 *
 * Integers have one scale per tensor: the real gradient is scale[0] times the integer. Their sums are exact; values
 * outside of their range give wrong sums. A sum of integers has at most INT32_MAX / BG_MAX_INT14 terms (BG_INT16) or
 * INT32_MAX / BG_MAX_INT7 terms (BG_INT8); BG_BAD_SHAPE otherwise. Sums of floats are in float32, in the order that
 * each function names.
 *
 * Where y was max-pooled, or where its signs were, dy is stored with one row per window: the gradient of the element
 * that max pooling selected. It is then of BG_INT8 (BG_BAD_TYPE otherwise), with P = images * (out_height /
 * window_height) * (out_width / window_width) rows. The result is, to the last bit, that of the dy of all elements,
 * which is never stored.
 */
struct bg_gradient {
    int32_t type;       /* BG_FLOAT32, BG_FLOAT16, BG_INT16 in +-BG_MAX_INT14, or BG_INT8 in +-BG_MAX_INT7 */
    const void *values; /* dy: [images * out_height * out_width, out_channels], or [P, out_channels] if it is pooled */
    const float *scale; /* [1], of integers. Not read of floats, nor where only the sign of a product is stored. */
    int64_t window_height; /* of the pooling; a window of 1 x 1 means that dy is not pooled */
    int64_t window_width;
    /*
     * Where sums were pooled, which element of each window was selected: bit planes [planes * P, out_channels], as
     * bg_max_pool_int16 writes them. The gradient of all other elements is 0. NULL where signs were pooled.
     */
    const uint64_t *argmax;
    /*
     * Where signs were pooled, the signs before pooling: bit matrix [images * out_height * out_width, out_channels].
     * The selected element of a window is the first whose sign is set, or its first element where none is.
     */
    const uint64_t *signs;
    /*
     * Where signs were pooled, the gradient of the elements that max pooling did not select, those that fill no window
     * too: one value per channel and sign. int8 [2, out_channels]: row 0 where the element's sign is +1, row 1 where it
     * is -1.
     */
    const int8_t *unselected;
};

/*
 * The bytes that the index of a convolution's weights takes: taps * ceil(out_channels / 16) * ceil(channels / 64) *
 * 256. 0 where the convolution is bad.
 */
BG_API int64_t bg_weight_index_bytes(const struct bg_convolution *convolution);

/*
 * Makes the index by which bg_input_gradient looks sums up: once per step, for all its calls. type: of dy, as in struct
 * bg_gradient. weights: bit matrix [out_channels * taps, channels]. index: bg_weight_index_bytes bytes, aligned to 64
 * bytes. Its contents are private to the library, and good only for the kernels that are selected now. Ranges are of
 * blocks of 16 output channels: [block_begin, block_end) of ceil(out_channels / 16).
 */
BG_API int32_t bg_weight_index(const struct bg_convolution *convolution, int32_t type, const uint64_t *weights,
    void *index, int64_t block_begin, int64_t block_end);

/*
 * The bytes of scratch that bg_input_gradient needs; 0 where an argument is bad. type: of dy.
 *
 * With P = 64, 128 or 256 bytes (for BG_INT8, BG_INT16 or floats) * ceil(out_channels / 16), the tables of one pixel,
 * they are less than P * (8 + ceil(kernel_height / stride_height) * (out_width + 2 * ceil(kernel_width /
 * stride_width))), and a few bytes per pixel. Where kernel and stride are 1 and padding is 0, they are 32 KiB, or 16 P
 * if that is larger. They are never less than 16 KiB and 8 KiB for every 64 input channels, of which at most 512 count,
 * or 256 where kernel and stride are 1 and padding is 0.
 */
BG_API int64_t bg_input_gradient_scratch_bytes(const struct bg_convolution *convolution, int32_t type);

/* What bg_input_gradient works on. */
struct bg_input_gradient_operands {
    int64_t images;        /* in dy, mask and dx: of both images at most 2^31 pixels */
    struct bg_gradient dy; /* of all images; its scale is read where its type is of integers */
    const void *index;     /* what bg_weight_index made for the same type */
    const uint64_t *mask; /* bit matrix [images * height * width, channels]: where it is clear, dx is 0. May be NULL. */
    int32_t dx_type;      /* BG_FLOAT32 or BG_FLOAT16 */
    void *dx;             /* [images * height * width, channel_end - channel_begin] */
    int64_t channel_begin; /* input channels of dx: a multiple of 16 */
    int64_t channel_end;   /* a multiple of 16, or channels; BG_BAD_RANGE otherwise */
    void *scratch;         /* aligned to 64 bytes, undefined before and after. Each thread needs its own. */
    int64_t scratch_bytes; /* at least bg_input_gradient_scratch_bytes; BG_BAD_SHAPE otherwise */
};

/*
 * The paper's dX = dY W^T: dx[p, c] is the sum, over the taps t and the output channels n, of dy[q, n] * weights[n, t,
 * c], where q is the output pixel whose tap t is input pixel p. mask is the straight-through estimator. Images
 * [image_begin, image_end).
 *
 * Integers: dx = scale[0] * sum, where the exact sum is rounded to float32 before it is scaled. Floats: for taps row by
 * row, then for four output channels 4g to 4g + 3 at a time, dx += (s0 dy0 + s1 dy1) + (s2 dy2 + s3 dy3), where s are
 * signs of weights, and channels that do not exist are 0.
 */
BG_API int32_t bg_input_gradient(const struct bg_convolution *convolution,
    const struct bg_input_gradient_operands *operands, int64_t image_begin, int64_t image_end);

/*
 * The bytes of scratch that bg_weight_gradient needs; 0 where an argument is bad. type: of dy. input_bits and images:
 * as in struct bg_weight_gradient_operands. They hold the sums of 32 output channels and about 2304 taps and input
 * channels, and tables and bits of a few rows of pixels: some hundred KiB. It takes less where images are so few that
 * all their pixels are processed at once, which needs no sums: 53 KiB for a dense layer of 256 inputs and BG_INT8.
 */
BG_API int64_t bg_weight_gradient_scratch_bytes(
    const struct bg_convolution *convolution, int32_t type, int32_t input_bits, int64_t images);

/* What bg_weight_gradient works on. */
struct bg_weight_gradient_operands {
    int64_t images;        /* in dy and x: of both images at most 2^31 pixels */
    struct bg_gradient dy; /* its scale is read where its type is of integers and gradient_type is BG_FLOAT32 */
    const uint64_t *x;     /* bit matrix [images * height * width, input_bits * channels] */
    int32_t input_bits;    /* 1: x is signs. 8: x is bytes, where bit b of channel c is in column 8 * c + b */
    int32_t gradient_type; /* BG_FLOAT32: dw. BG_BITS: its signs, a bit matrix that is set where dw >= 0 */
    /*
     * [gradient_channels * taps, channels]. A call writes its output channels from row 0 on, so that callers can
     * compute a few output channels at a time in the same memory.
     */
    void *gradient;
    int64_t gradient_channels; /* output channels that gradient has room for; a range of more is BG_BAD_RANGE */
    void *scratch;             /* aligned to 64 bytes, undefined before and after. Each thread needs its own. */
    int64_t scratch_bytes;     /* at least bg_weight_gradient_scratch_bytes; BG_BAD_SHAPE otherwise */
};

/*
 * The paper's dW = X^T dY, or sgn(dW): dw[n, t, c] is the sum, over the output pixels q of all images, of dy[q, n] *
 * x[p, c], where input pixel p is tap t of q; taps outside of the image add nothing. Output channels [channel_begin,
 * channel_end) of dy.
 *
 * Bytes as inputs (input_bits 8) count as 2 * byte - 255: dw[n, t, c] is the sum over b of 2^b S[n, t, 8 * c + b],
 * where S is what dw would be of that column of signs.
 *
 * Integers: dw = scale[0] * sum, where the exact sum is rounded to float32 before it is scaled. Floats are added, from
 * 0, by images in blocks of four; then by output row; then by four neighbouring pixels of the row; then by image of the
 * block: S += (s0 dy0 + s1 dy1) + (s2 dy2 + s3 dy3), where s is a sign of x, or 0 where there is no such pixel. Where
 * kernel and stride are 1 and padding is 0, all pixels of all images count as one row of one image. Then dw is the sum,
 * from b = 0 up, of 2^b S.
 */
BG_API int32_t bg_weight_gradient(const struct bg_convolution *convolution,
    const struct bg_weight_gradient_operands *operands, int64_t channel_begin, int64_t channel_end);

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
 * x = (y - mean) / deviation + beta, for rows [row_begin, row_end). type: of y, BG_INT16 or BG_FLOAT32; x: float32
 * [rows, channels]. In place allowed for BG_FLOAT32.
 */
BG_API int32_t bg_batch_norm_apply(int32_t type, const void *y, int64_t channels, const float *mean,
    const float *deviation, const float *beta, float *x, int64_t row_begin, int64_t row_end);

/*
 * Backward of the l2 form, in place: with v = gradient / deviation and n = x - beta, beta_gradient = sum(gradient) and
 * gradient = v - mean(v) - mean(v n) n. gradient and x: float32 [rows, channels]. Standard training.
 */
BG_API int32_t bg_batch_norm_backward_l2(float *gradient, const float *x, int64_t rows, int64_t channels,
    const float *beta, const float *deviation, float *beta_gradient, int64_t channel_begin, int64_t channel_end);

/*
 * Backward of the l1 form where x was kept, in place: with v = gradient / deviation, n = x - beta and s = sgn(n),
 * beta_gradient = sum(gradient) and gradient = v - mean(v) - BG_NORMAL_DEVIATION mean(v n) (s - mean(s)), the exact
 * derivative of x wherever no y equals its mean. gradient and x: float32 [rows, channels].
 */
BG_API int32_t bg_batch_norm_backward_l1(float *gradient, const float *x, int64_t rows, int64_t channels,
    const float *beta, const float *deviation, float *beta_gradient, int64_t channel_begin, int64_t channel_end);

/*
 * average = decay * average + (1 - decay) * values, elements [begin, end): the statistics that inference uses. decay is
 * in [0, 1].
 */
BG_API int32_t bg_moving_average(const float *values, float *average, float decay, int64_t begin, int64_t end);

/* ---- Batch normalisation before a sign ------------------------------------------------------------------------ */
/*
 * The l1 form, of which training keeps only signs (the paper, equation 3), in passes over rows and, between them, short
 * ones over channels. A pass over rows [row_begin, row_end) writes block sums: a float32 matrix [blocks, channels],
 * blocks = rows / BG_SUM_BLOCK, rounded up, whose row b is the sum, in order, of what rows [b * BG_SUM_BLOCK, (b + 1) *
 * BG_SUM_BLOCK) contribute. So row_begin is to be a multiple of BG_SUM_BLOCK, and row_end too unless it is rows. A pass
 * over channels [channel_begin, channel_end) adds the rows of block sums in order and divides by B = rows. It takes all
 * its per-channel arrays as float32 [channels].
 *
 * Forward: bg_batch_norm_value_sums and bg_batch_norm_mean (or bg_batch_norm_mean_of_integers), then
 * bg_batch_norm_deviation_sums and bg_batch_norm_deviation, then bg_batch_norm_sign and bg_batch_norm_mean once more,
 * of the signs. y: of type BG_INT16 or BG_FLOAT32.
 */

/* Block sums of y. */
BG_API int32_t bg_batch_norm_value_sums(
    int32_t type, const void *y, int64_t rows, int64_t channels, float *sums, int64_t row_begin, int64_t row_end);

/* mean = mean(y), from block sums of y; or that of signs, from theirs. */
BG_API int32_t bg_batch_norm_mean(
    const float *sums, int64_t rows, int64_t channels, float *mean, int64_t channel_begin, int64_t channel_end);

/*
 * mean = mean(y), from sums [channels] of integers y: sums / rows, divided in double and then rounded to float32.
 */
BG_API int32_t bg_batch_norm_mean_of_integers(
    const int64_t *sums, int64_t rows, int64_t channels, float *mean, int64_t channel_begin, int64_t channel_end);

/* Block sums of |y - mean|. */
BG_API int32_t bg_batch_norm_deviation_sums(int32_t type, const void *y, int64_t rows, int64_t channels,
    const float *mean, float *sums, int64_t row_begin, int64_t row_end);

/*
 * deviation = BG_NORMAL_DEVIATION mean|y - mean| + BG_EPSILON, from block sums of |y - mean|: the paper's psi, made a
 * standard deviation.
 */
BG_API int32_t bg_batch_norm_deviation(
    const float *sums, int64_t rows, int64_t channels, float *deviation, int64_t channel_begin, int64_t channel_end);

/*
 * Normalisation without its division, and packed: with t = (y - mean) + beta * deviation = x * deviation, signs =
 * sgn(t) and straight_through = (|t| <= deviation), the straight-through estimator's |x| <= 1. Both are bit matrices
 * [rows, columns], of which y is a tile. sums: block sums of signs. straight_through and sums may be NULL, where there
 * is no backward pass; without sums, row_begin and row_end may be any rows.
 */
BG_API int32_t bg_batch_norm_sign(int32_t type, const void *y, int64_t rows, int64_t channels, int64_t columns,
    int64_t first, const float *mean, const float *deviation, const float *beta, uint64_t *signs,
    uint64_t *straight_through, float *sums, int64_t row_begin, int64_t row_end);

/*
 * Backward: with v = gradient / deviation, n = (y - mean) / deviation and s = sgn(y - mean), the exact derivative is dy
 * = v - mean(v) - BG_NORMAL_DEVIATION mean(v n) (s - mean(s)). n and s are not kept; signs, of x = n + beta, are, and
 * stand for s. v is 0 but where |x| <= 1, and there |x| is a half on average where x is spread evenly (0.46 where x is
 * normal and beta 0), so that n is about signs / 2 - beta. Hence dy = v - mean(v) - slope (signs - mean(signs)), slope
 * = BG_NORMAL_DEVIATION (mean(v signs) / 2 - beta mean(v)), by bg_batch_norm_gradient_sums, bg_batch_norm_coefficients,
 * where dy is to be integers bg_batch_norm_gradient_scale and bg_batch_norm_scale_coefficients, and one of the three
 * bg_batch_norm_backward_*. gradient: of type BG_FLOAT16 or BG_FLOAT32, already 0 where the straight-through estimator
 * stops it. signs: a bit matrix, as bg_batch_norm_sign wrote it.
 *
 * The paper's equation 3 has mean|x|, of all x, in place of the half, and neither beta nor mean(signs). It leaves a
 * gradient at what normalisation takes away, the mean, the more the further beta, which grows to about 1, is from 0.
 * Training fits less well by it.
 *
 * Where the signs were max-pooled, gradient and, for the sums, signs are those of the pooled signs: [rows, channels]
 * with a row for each window. The other elements of a window have no gradient, but they count: count, the B of the
 * means, is then that of all elements a channel.
 */

/*
 * Block sums of the gradient, of gradient * sign and of gradient * gradient, side by side: sums [blocks, 3, channels].
 * gradient [rows, channels], a tile of signs, a bit matrix [rows, columns].
 */
BG_API int32_t bg_batch_norm_gradient_sums(int32_t type, const void *gradient, const uint64_t *signs, int64_t rows,
    int64_t channels, int64_t columns, int64_t first, float *sums, int64_t row_begin, int64_t row_end);

/*
 * From the block sums of bg_batch_norm_gradient_sums, with mean(v) = (sum(gradient) / count) / deviation, mean(v signs)
 * = (sum(gradient signs) / count) / deviation and slope = BG_NORMAL_DEVIATION (mean(v signs) / 2 - beta mean(v)):
 * coefficients [3, channels] are 1 / deviation; mean(v) + slope (1 - sign_mean), which is subtracted where the sign is
 * +1; mean(v) - slope (1 + sign_mean), where it is -1. sign_mean: of all signs that were normalised. beta_gradient =
 * sum(gradient). squares = (sum(gradient^2) / deviation) / deviation, the channel's sum of v^2. count is at least rows.
 */
BG_API int32_t bg_batch_norm_coefficients(const float *sums, int64_t rows, int64_t channels, int64_t count,
    const float *deviation, const float *beta, const float *sign_mean, float *beta_gradient, float *coefficients,
    float *squares, int64_t channel_begin, int64_t channel_end);

/*
 * scale[0] = clip * sqrt((squares[0] + squares[1] + ...) / count) / largest, within [BG_MIN_SCALE, BG_MAX_SCALE]: what
 * one unit of integers dy is worth, so that the largest integer of the type (BG_INT8 or BG_INT16) stands for clip
 * (positive) times the root mean square of v. count: of the elements that this mean is over. All channels at once.
 */
BG_API int32_t bg_batch_norm_gradient_scale(
    const float *squares, int64_t channels, int64_t count, float clip, int32_t type, float *scale);

/*
 * coefficients [3, channels] times 1 / scale[0], in place, so that dy comes in units of the scale. BG_BAD_NUMBER where
 * scale[0] is not within [BG_MIN_SCALE, BG_MAX_SCALE].
 */
BG_API int32_t bg_batch_norm_scale_coefficients(float *coefficients, int64_t channels, const float *scale);

/*
 * Where signs were pooled, dy of all that the windows did not choose, which bg_batch_norm_backward_pooled_signs would
 * write for each: -coefficients[1] where the sign is +1, in row 0 of others, and -coefficients[2] where it is -1, in
 * row 1, as BG_INT8 rounded to nearest. coefficients [3, channels] come in units of the scale; others: int8 [2,
 * columns], whose columns of the tile are written. What windows chose is what bg_batch_norm_backward_signs makes of the
 * pooled gradient and signs.
 */
BG_API int32_t bg_batch_norm_gradient_rest(
    const float *coefficients, int64_t channels, int64_t columns, int64_t first, int8_t *others);

/*
 * dy = gradient * coefficients[0] - (coefficients[1] where the sign is +1, coefficients[2] where it is -1), rows
 * [row_begin, row_end) of gradient, signs and dy. gradient [rows, channels] is a tile of signs, a bit matrix [rows,
 * columns], and of dy [rows, dy_columns], where dy_columns is columns; or dy is of the tile alone, and dy_columns is
 * channels. dy is of dy_type: BG_FLOAT32 or BG_FLOAT16; or BG_INT16 or BG_INT8, rounded as rounding and seed say, which
 * the others ignore (see "Quantisation"). In place allowed where the elements of both types have the same size and
 * channels is columns.
 */
BG_API int32_t bg_batch_norm_backward_signs(int32_t type, const void *gradient, const uint64_t *signs, int64_t channels,
    int64_t columns, int64_t first, const float *coefficients, int32_t dy_type, int32_t rounding, uint32_t seed,
    int64_t dy_columns, void *dy, int64_t row_begin, int64_t row_end);

/*
 * The same, of all channels, and the backward pass of a max pooling of y before its normalisation. Windows of size x
 * size pixels stand side by side from the upper left. gradient [P, channels] and signs, bit matrix [P, channels], have
 * a row for each window, P = images * (height / size) * (width / size). dy [images * height * width, channels]: the dy
 * of a window is that of its element argmax, all other elements are 0, and so are those that fill no window. argmax:
 * the number of the element, row by row, as bit planes: bit matrix [planes * P, channels] whose rows [b * P, (b + 1) *
 * P) are bit b of the numbers, planes the least with 2^planes >= size * size; all below size * size. size is at most
 * height and width; argmax may be NULL for size 1. Images [image_begin, image_end) of all.
 */
BG_API int32_t bg_batch_norm_backward_pooled_values(int32_t type, const void *gradient, const uint64_t *signs,
    const uint64_t *argmax, int64_t height, int64_t width, int64_t channels, int64_t size, const float *coefficients,
    int32_t dy_type, int32_t rounding, uint32_t seed, void *dy, int64_t images, int64_t image_begin, int64_t image_end);

/*
 * The same for a max pooling of the signs after normalisation. gradient [images * (height / size) * (width / size),
 * channels]: of the pooled signs. signs: bit matrix [images * height * width, channels]: before pooling. An element's
 * gradient is that of its window where it is the first of the window, row by row, whose sign is set, or its first where
 * none is set; and 0 otherwise and where it fills no window. dy [images * height * width, channels].
 */
BG_API int32_t bg_batch_norm_backward_pooled_signs(int32_t type, const void *gradient, const uint64_t *signs,
    int64_t height, int64_t width, int64_t channels, int64_t size, const float *coefficients, int32_t dy_type,
    int32_t rounding, uint32_t seed, void *dy, int64_t image_begin, int64_t image_end);

/* ---- Quantisation --------------------------------------------------------------------------------------------- */
/*
 * A number becomes an integer in two steps. It is divided by the scale of its tensor, as a multiplication by 1 / scale;
 * the quotient u is clamped to [-largest, largest], largest = BG_MAX_INT7 for BG_INT8 and BG_MAX_INT14 for BG_INT16
 * (NaN becomes -largest), and rounded. Stochastic rounding makes of u = k + f, k = floor(u), k + 1 with probability f:
 * floor((round(65536 u) + random) / 65536), where random, in [0, 65536), is a hash of the seed and the number's index i
 * (row * columns + column among all that were normalised: its index in signs), in uint32 arithmetic:
 *
 *   w = i * 0x9e3779b1 + key;  w = w ^ (w >> 16);  random = (w * (w + 0x85ebca6b)) >> 16
 *
 * with key the finaliser of MurmurHash3 of seed.
 */

/*
 * quantised = values / scale rounded to nearest, with scale[0] = the largest |value| / largest, within [BG_MIN_SCALE,
 * BG_MAX_SCALE]. type: of quantised, BG_INT8 or BG_INT16. values and quantised [count]. NaN does not count for the
 * scale. In one call, for a few thousand.
 */
BG_API int32_t bg_quantise(const float *values, int64_t count, int32_t type, void *quantised, float *scale);

/* ---- Straight-through estimator ------------------------------------------------------------------------------- */

/* gradient[i] = 0 where |x[i]| > 1 or x[i] is NaN, for elements [begin, end). Standard training, which kept x. */
BG_API int32_t bg_straight_through(const float *x, float *gradient, int64_t begin, int64_t end);

/* ---- Images of floats ----------------------------------------------------------------------------------------- */

/*
 * Writes what a convolution sees as the rows of a matrix, so that the convolution becomes the product of that matrix
 * with its weights. Element (r, j) is what tap j / channels of output pixel r sees in channel j % channels, and 0
 * outside of the image. x: float32 [images * height * width, channels]. columns: float32 [row_end - row_begin,
 * column_end - column_begin], the rows [row_begin, row_end) and the columns [column_begin, column_end) of the whole
 * matrix [images * out_height * out_width, taps * channels].
 */
BG_API int32_t bg_im2col(const struct bg_convolution *convolution, const float *x, float *columns, int64_t column_begin,
    int64_t column_end, int64_t row_begin, int64_t row_end);

/* bg_im2col of the signs of x, +1 and -1; elements outside of the image are 0 there too. */
BG_API int32_t bg_im2col_signs(const struct bg_convolution *convolution, const float *x, float *columns,
    int64_t column_begin, int64_t column_end, int64_t row_begin, int64_t row_end);

/*
 * The transpose of bg_im2col: dx[i] is the sum, in the order of output pixels, of the elements of columns where the
 * convolution sees element i. columns: float32 [row_end - row_begin, taps * channels]. dx: float32 [images * height *
 * width, channels]. The first row of an image sets the image to zero and every row adds to it, so the rows of an image
 * are to be given in order, in one range or several. Different images may be given by different threads.
 */
BG_API int32_t bg_col2im(
    const struct bg_convolution *convolution, const float *columns, float *dx, int64_t row_begin, int64_t row_end);

/*
 * Takes the largest float of each window. x: float32 [images * height * width, channels]. pooled: float32 [images *
 * pooled pixels, channels]. argmax: of the shape of pooled, or NULL: the number in its window of the first element that
 * no other exceeds; where the first element of the window is NaN, it is that one. Images [image_begin, image_end).
 */
BG_API int32_t bg_max_pool(const struct bg_pooling *pooling, const float *x, float *pooled, uint8_t *argmax,
    int64_t image_begin, int64_t image_end);

/*
 * bg_max_pool of the signs of x: pooled is +1 where an element of the window has the sign +1, and argmax is the number
 * of the first such element; else pooled is -1, and argmax is 0.
 */
BG_API int32_t bg_max_pool_signs(const struct bg_pooling *pooling, const float *x, float *pooled, uint8_t *argmax,
    int64_t image_begin, int64_t image_end);

/*
 * The backward pass of bg_max_pool and of bg_max_pool_signs: the gradient of each pooled element goes to the element of
 * its window that argmax names, and all other elements of the images get 0. pooled_gradient: float32, of the shape of
 * pooled. gradient: float32, of the shape of x. Images [image_begin, image_end).
 */
BG_API int32_t bg_max_pool_backward(const struct bg_pooling *pooling, const float *pooled_gradient,
    const uint8_t *argmax, float *gradient, int64_t image_begin, int64_t image_end);

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

/* ---- Weight updates with state in bytes ----------------------------------------------------------------------- */
/*
 * The same over matrices [rows, columns] whose state takes a byte an element. A row is cut into blocks of
 * BG_STATE_BLOCK elements, of which the last may be shorter: blocks = ceil(columns / BG_STATE_BLOCK).
 *
 *   weights    int8 [rows, columns]: the latent weight, in [-1, 1], is integer / BG_MAX_INT8. Whoever clips at another
 *              limit divides weights and steps by it.
 *   momentum   int8 [rows, columns], with scales float32 [rows, blocks]: m = integer * its block's scale. Zeroed
 *              memory is m = 0.
 *
 * The gradient holds rows [row_begin, row_end) and no others: its row 0 is row_begin, as of a matrix that is made a few
 * rows at a time. Numbers are as above, gains finite and positive.
 *
 * Momentum is stored as bg_quantise would store a block, but with BG_MAX_INT8 as the largest integer: m / scale rounded
 * to nearest, scale = the largest |m| of the block / BG_MAX_INT8 within [BG_MIN_SCALE, BG_MAX_SCALE]. A block of zeros
 * is stored as zeros. NaN does not count for the scale and is stored as -BG_MAX_INT8.
 */

/*
 * m = decay m + gain g, as integer * (decay * scale) + gradient * (gain * gradient_scale); w = min(max(w - steps[row /
 * taps] m, -1), 1) with the m that is not rounded yet; in units of 1 / BG_MAX_INT8, so that a weight which does not
 * move keeps its integer and +1 and -1 are integers: integer - (steps * BG_MAX_INT8) m, clamped and rounded
 * stochastically as "Quantisation" says, with largest = BG_MAX_INT8, seed, and the index row * columns + column (so NaN
 * becomes -1). steps [ceil(rows / taps)]: one an output channel, which has taps rows.
 *
 * With decay = beta1, gain = 1 - beta1 and steps from bg_update_steps this is Adam, but for one second moment a channel
 * in place of one a weight. With signs for gradients it is Adam itself, and there is no second moment to keep. For then
 * g = +c or -c with c = gradient_scale, so that v, which is 0 before the first of t steps, is (1 - beta2) c^2 (1 +
 * beta2 + ... + beta2^(t - 1)) = (1 - beta2^t) c^2, whatever the signs were; corrected, v / (1 - beta2^t) = c^2. Adam's
 * step rate (m momentum_correction) / (sqrt(c^2) + epsilon) is thus steps * m with steps = rate * momentum_correction /
 * (c + epsilon), the same for all weights whose c is the same in all steps. With gain = 1 and steps = rate it is SGD
 * with momentum.
 */
BG_API int32_t bg_update_int8(int8_t *weights, int8_t *momentum, float *scales, int32_t gradient_type,
    const void *gradient, float gradient_scale, int64_t columns, int64_t taps, const float *steps, float decay,
    float gain, uint32_t seed, int64_t row_begin, int64_t row_end);

/*
 * Adam's second moment, one a channel: second_moment = beta2 second_moment + (1 - beta2) mean(g^2), the mean over the
 * channel's fan_in gradients; steps = rate momentum_correction / (sqrt(second_moment second_moment_correction) +
 * epsilon). gradient: float32 [channel_end - channel_begin, fan_in], of channels [channel_begin, channel_end) and no
 * others. second_moment and steps [channels]. The sum of g^2 is made of 16 sums, of which sum j runs over elements j, j
 * + 16, ... in their order; then sums j and j + 8 are added, then j and j + 4, then j and j + 2, then the last two.
 */
BG_API int32_t bg_update_steps(const float *gradient, float gradient_scale, float *second_moment, float *steps,
    int64_t fan_in, float rate, float beta2, float epsilon, float momentum_correction, float second_moment_correction,
    int64_t channel_begin, int64_t channel_end);

/* bg_update_bop with weights: bit matrix [rows, columns], and this momentum; flips by the m that is not rounded yet. */
BG_API int32_t bg_update_bop_int8(uint64_t *weights, int8_t *momentum, float *scales, int32_t gradient_type,
    const void *gradient, float gradient_scale, int64_t columns, float adaptivity, float threshold, int64_t row_begin,
    int64_t row_end);

#ifdef __cplusplus
}
#endif

#endif
