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
 * a multiple of BG_TILE_CHANNELS, and so is channels unless the tile ends with the last column; BG_BAD_SHAPE otherwise.
 * Arrays with one value per channel, as means, have the values of the tile's channels only. Writing the first tile of a
 * 64-bit word of a bit matrix clears the rest of that word, so tiles of bits are written one after the other, in
 * ascending order; after the last one the matrix is what a single call for all columns would have made.
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

/* Neighbouring columns of a wider matrix: see "Tiles". */
struct bg_tile {
    int64_t columns;  /* of the wider matrix */
    int64_t first;    /* column of the tile, a multiple of BG_TILE_CHANNELS */
    int64_t channels; /* columns of the tile */
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
 * The geometry of pooling. Windows of window_height x window_width pixels stand side by side from the upper left
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

/*
 * The geometry of windows that may overlap, and may reach into padding around the image. There are
 *
 *   rows = (height + 2 * padding_height - window_height) / stride_height + 1
 *   columns = (width + 2 * padding_width - window_width) / stride_width + 1
 *
 * rows and columns of windows, where divisions round down. Window (row, column) begins at pixel (row * stride_height -
 * padding_height, column * stride_width - padding_width). Its elements are numbered row by row, from 0; elements in the
 * padding are no pixels, and every window has a pixel. BG_BAD_SHAPE where a size is zero or negative or beyond 2^31, or a
 * padding is not less than the window, or the window is larger than the padded image.
 */
struct bg_sliding_windows {
    int64_t height;         /* of an image, in pixels */
    int64_t width;          /* of an image, in pixels */
    int64_t channels;       /* of a pixel */
    int64_t window_height;  /* rows of pixels in a window, at most height + 2 * padding_height */
    int64_t window_width;   /* pixels in a row of a window, at most width + 2 * padding_width */
    int64_t stride_height;  /* rows of pixels from one row of windows to the next */
    int64_t stride_width;   /* pixels from one window of a row to the next */
    int64_t padding_height; /* rows above an image, and as many below it, from 0 to window_height - 1 */
    int64_t padding_width;  /* columns before an image, and as many behind it, from 0 to window_width - 1 */
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
    BG_MAX_FAN_IN = 32767,  /* so that a sum of fan-in signs fits int16 */
    BG_MAX_SUM = 16777215,  /* the largest sum of the first layer, so that float32 holds all sums exactly */
    BG_MAX_INT7 = 63,       /* of integer gradients as BG_INT8, so that four of them fit a byte without a sign */
    BG_MAX_INT14 = 8191,    /* and as BG_INT16, so that four of them fit int16 */
    BG_MAX_INT8 = 127,      /* of latent weights and momenta in bytes */
    BG_STATE_BLOCK = 256,   /* momenta in bytes that have one scale, neighbours in a row */
    BG_SUM_BLOCK = 256,     /* per-channel float sums run over blocks of this many rows, then over the blocks */
    BG_IMAGE_BLOCK = 4,     /* images whose weight gradient of a depthwise convolution is summed by itself */
    BG_BLOCK_CHANNELS = 64, /* output channels whose products on bits share the preparation of the inputs */
    BG_INDEX_CHANNELS = 16, /* output channels of a block of a weight index */
    BG_TILE_CHANNELS = 16,  /* tiles begin at multiples of it, with a vector's lanes of bits in every variant */
    BG_MAX_POOL = 16,       /* height and width of a pooling window, so that an element's number fits a byte */
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

/* What bg_sign_pack works on. */
struct bg_sign_pack_operands {
    int32_t type;        /* of values: BG_FLOAT32, BG_FLOAT16 or BG_INT8 */
    const void *values;  /* [rows, tile.channels] */
    struct bg_tile tile; /* the channels of values as columns of the bit matrices; see "Tiles" */
    float limit;         /* a positive number: where the straight-through estimator ends */
    uint64_t *bits;      /* bit matrix [rows, tile.columns]: set where value >= 0 */
    uint64_t
        *straight_through; /* bit matrix [rows, tile.columns]: set where |value| <= limit, clear for NaN; or NULL */
};

/*
 * Packs the signs of a matrix into bits, and marks the values at which the straight-through estimator lets a gradient
 * pass. Rows [row_begin, row_end).
 */
BG_API int32_t bg_sign_pack(const struct bg_sign_pack_operands *operands, int64_t row_begin, int64_t row_end);

/*
 * Joins rows of bits: `pieces` consecutive rows of the bit matrix from [rows * pieces, columns] become one row of the
 * bit matrix to [rows, pieces * columns], without the padding between them. So the signs of an image's pixels become
 * one row for a dense layer. Rows [row_begin, row_end) of to are written.
 */
BG_API int32_t bg_flatten_bits(
    const uint64_t *from, int64_t columns, int64_t pieces, uint64_t *to, int64_t row_begin, int64_t row_end);

/*
 * Writes a bit matrix into columns of a wider one: rows [row_begin, row_end) of from [rows, columns] become the columns
 * [first, first + columns) of the bit matrix to [rows, to_columns], where first may be any number from 0 to to_columns -
 * columns. So the channels of several images of signs are joined. Writing the first columns of a 64-bit word clears the
 * rest of that word, so columns are written in ascending order, from column 0 to the last one; then the padding of to
 * is clear.
 */
BG_API int32_t bg_join_bits(const uint64_t *from, int64_t columns, uint64_t *to, int64_t to_columns, int64_t first,
    int64_t row_begin, int64_t row_end);

/*
 * Takes bytes apart into bits, with a row for each pixel: bit 8 * c + b of row p of the bit matrix bits [pixels, 8 *
 * channels] is bit b of byte (p, c) of bytes [pixels, channels]. Pixels [pixel_begin, pixel_end).
 */
BG_API int32_t bg_bytes_to_bits(
    const uint8_t *bytes, int64_t channels, uint64_t *bits, int64_t pixel_begin, int64_t pixel_end);

/* ---- Scales of binary weights -------------------------------------------------------------------------------- */

/*
 * The mean magnitude of the latent weights of each channel, by which its signs are multiplied where weights are scaled
 * (Rastegari et al., XNOR-Net, arXiv 1603.05279): scales[c] = (sum of |weights[c, i]| over i) / fan_in * unit, for
 * channels [channel_begin, channel_end) of weights [channels, fan_in]. type: of weights, BG_FLOAT32, BG_FLOAT16 or
 * BG_INT8. unit: a positive number, what a weight of 1 stands for. Element i is added to sum i % 16 in ascending order;
 * then the upper half of the sums is added to the lower half, until one is left.
 */
BG_API int32_t bg_weight_scales(int32_t type, const void *weights, int64_t fan_in, float unit, float *scales,
    int64_t channel_begin, int64_t channel_end);

/* ---- Conversions ---------------------------------------------------------------------------------------------- */

/* Elements [begin, end) from float16 to float32: exact. */
BG_API int32_t bg_float16_to_float32(const uint16_t *halves, float *values, int64_t begin, int64_t end);

/* Elements [begin, end) from float32 to float16: rounds to nearest even, clips at BG_MAX_HALF, keeps NaN. */
BG_API int32_t bg_float32_to_float16(const float *values, uint16_t *halves, int64_t begin, int64_t end);

/* values[i] = bytes[i] * scale + offset (rounded after each of the two), for i in [begin, end). */
BG_API int32_t bg_bytes_to_float32(
    const uint8_t *bytes, float *values, float scale, float offset, int64_t begin, int64_t end);

/* ---- Sums ----------------------------------------------------------------------------------------------------- */

/*
 * sum[i] = a[i] + b[i], for i in [begin, end): where branches of a network join, and where the gradients of a value
 * that several layers use are added. type: of a, b and sum, BG_FLOAT32 or BG_FLOAT16. Float16 is added in float32,
 * rounded to nearest even and clipped at BG_MAX_HALF. sum may be a or b.
 */
BG_API int32_t bg_add(int32_t type, const void *a, const void *b, void *sum, int64_t begin, int64_t end);

/* What bg_add_tile works on. */
struct bg_add_tile_operands {
    int32_t type;        /* of values: BG_FLOAT32 or BG_FLOAT16 */
    const void *values;  /* [rows, tile.channels] */
    struct bg_tile tile; /* the channels of values as columns of sum */
    const float *base;   /* [rows, tile.columns]; NULL stands for zeros */
    float *sum;          /* [rows, tile.columns]; may be base */
};

/*
 * sum = base + values in the columns of a tile, for rows [row_begin, row_end): a matrix that is added up one tile of
 * channels at a time. Other columns of sum are not written.
 */
BG_API int32_t bg_add_tile(const struct bg_add_tile_operands *operands, int64_t row_begin, int64_t row_end);

/*
 * sum[i] = sum[i] + values[i - first], or just values[i - first] if `begins` is not 0, for i in [begin, end): a gradient
 * that is added up over the parts of a batch. values holds elements of the sum from `first` on; first is at most begin.
 */
BG_API int32_t bg_accumulate(
    const float *values, int64_t first, int32_t begins, float *sum, int64_t begin, int64_t end);

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

/* ---- Signs of sums, for inference ----------------------------------------------------------------------------- */
/*
 * Inference needs of a normalised sum only its sign. The sign of (y - mean) + beta * deviation never falls while y
 * grows, also where floats are rounded. So there is an integer for each channel, its threshold, from which on the sign
 * is +1; and no float is computed between the first layer and the last. Where sums were max-pooled, the sign of the
 * largest is +1 exactly where one of the signs is +1, so signs may be pooled in their place.
 */

/*
 * thresholds[c] = the least integer y in [-BG_MAX_SUM, BG_MAX_SUM] with (y - mean) + beta * deviation >= 0, computed as
 * bg_batch_norm_sign does; BG_MAX_SUM + 1 where there is none. mean, deviation, beta and thresholds have one element
 * per channel, of which [channel_begin, channel_end) are read and written.
 */
BG_API int32_t bg_sign_thresholds(const float *mean, const float *deviation, const float *beta, int32_t *thresholds,
    int64_t channel_begin, int64_t channel_end);

/*
 * The bytes of the packed weights of a convolution, for the kernels that are selected now: those of its weights, with
 * output channels rounded up to a multiple of 64, and twice as many where a kernel looks bits up in tables. 0 where the
 * convolution is bad.
 */
BG_API int64_t bg_packed_weight_bytes(const struct bg_convolution *convolution);

/*
 * Lays weights out as bg_binary_convolution_signs reads them, once for all its calls. weights: bit matrix [out_channels
 * * taps, channels]. packed: bg_packed_weight_bytes bytes, aligned to 64 bytes. Its contents are private to the
 * library, and good only for the kernels that are selected now.
 */
BG_API int32_t bg_pack_weights(const struct bg_convolution *convolution, const uint64_t *weights, void *packed);

/* What bg_binary_convolution_signs works on. */
struct bg_binary_convolution_signs_operands {
    int64_t images;            /* in x and in signs, which has at most 2^31 rows */
    const uint64_t *x;         /* bit matrix [images * height * width, channels] */
    const void *packed;        /* what bg_pack_weights made */
    const int32_t *thresholds; /* [out_channels] */
    uint64_t *signs;           /* bit matrix [images * out_height * out_width, out_channels] */
};

/*
 * signs[m, n] = y[m, n] >= thresholds[n], where y is what bg_binary_convolution would make; no y is stored. taps *
 * channels is at most BG_MAX_FAN_IN; BG_BAD_SHAPE otherwise. Images [image_begin, image_end).
 */
BG_API int32_t bg_binary_convolution_signs(const struct bg_convolution *convolution,
    const struct bg_binary_convolution_signs_operands *operands, int64_t image_begin, int64_t image_end);

/*
 * The bytes of scratch with which bg_pixel_convolution_signs is fast, for at most so many images in a range: of the sums
 * of all of them, but not more than 256 KiB, or of one image if that is more. 0 where an argument is bad.
 */
BG_API int64_t bg_pixel_convolution_signs_scratch_bytes(const struct bg_convolution *convolution, int64_t images);

/* What bg_pixel_convolution_signs works on. */
struct bg_pixel_convolution_signs_operands {
    int64_t images;            /* in pixels and in signs, which has at most 2^31 rows */
    const uint8_t *pixels;     /* [images * height * width, channels] */
    const uint64_t *weights;   /* bit matrix [out_channels * taps, channels] */
    const int32_t *thresholds; /* [out_channels] */
    uint64_t *signs;           /* bit matrix [images * out_height * out_width, out_channels] */
    void *scratch;             /* aligned to 64 bytes, undefined before and after. Each thread needs its own. */
    int64_t scratch_bytes;     /* at least for the sums of one image; BG_BAD_SHAPE otherwise */
};

/*
 * signs[m, n] = y[m, n] >= thresholds[n], where y is what bg_pixel_convolution would make as float32; it exists for a
 * few images at a time. taps * channels is at most BG_MAX_FAN_IN; BG_BAD_SHAPE otherwise. Images [image_begin,
 * image_end).
 */
BG_API int32_t bg_pixel_convolution_signs(const struct bg_convolution *convolution,
    const struct bg_pixel_convolution_signs_operands *operands, int64_t image_begin, int64_t image_end);

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
 * The bytes that the index of a convolution's weights takes: taps * ceil(out_channels / BG_INDEX_CHANNELS) *
 * ceil(channels / 64) * 256. 0 where the convolution is bad.
 */
BG_API int64_t bg_weight_index_bytes(const struct bg_convolution *convolution);

/*
 * Makes the index by which bg_input_gradient looks sums up: once per step, for all its calls. type: of dy, as in struct
 * bg_gradient. weights: bit matrix [out_channels * taps, channels]. index: bg_weight_index_bytes bytes, aligned to 64
 * bytes. Its contents are private to the library, and good only for the kernels that are selected now. Ranges are of
 * blocks of BG_INDEX_CHANNELS output channels: [block_begin, block_end) of ceil(out_channels / BG_INDEX_CHANNELS).
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
    int64_t images;        /* in dy, mask and dx: at most 2^31 input pixels and 2^31 output pixels in all */
    struct bg_gradient dy; /* read, of all images; its scale is read where its type is of integers */
    const void *index;     /* read: what bg_weight_index made for the same type */
    const uint64_t *mask;  /* read: bits [images * height * width, channels]: where clear, dx is 0. May be NULL. */
    int32_t dx_type;       /* BG_FLOAT32 or BG_FLOAT16 */
    void *dx;              /* written: [images * height * width, channel_end - channel_begin] */
    int64_t channel_begin; /* the first input channel of dx: a multiple of BG_TILE_CHANNELS */
    int64_t channel_end;   /* after the last: a multiple of BG_TILE_CHANNELS, or channels; BG_BAD_RANGE otherwise */
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
 * as in struct bg_weight_gradient_operands. out_channels of the convolution need only be as many as gradient_channels
 * there, where that is less. They hold the sums of 64 output channels and about 1152 taps and input
 * channels, and tables and bits of a few rows of pixels: some hundred KiB. It takes less where images are so few that
 * all their pixels are processed at once, which needs no sums: 53 KiB for a dense layer of 256 inputs and BG_INT8. It
 * takes 64 bytes where x is bytes and dy is of BG_INT8.
 */
BG_API int64_t bg_weight_gradient_scratch_bytes(
    const struct bg_convolution *convolution, int32_t type, int32_t input_bits, int64_t images);

/* What bg_weight_gradient works on. */
struct bg_weight_gradient_operands {
    int64_t images;        /* in dy and x: at most 2^31 input pixels and 2^31 output pixels in all */
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
 * channel_end) of dy. A range may begin at any channel, and is fastest where it begins at a multiple of
 * BG_BLOCK_CHANNELS.
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

/* ---- Products of real numbers ---------------------------------------------------------------------------------- */
/*
 * Convolutions whose weights are real numbers; a dense layer is one of images of one pixel. weights and their gradient
 * are matrices [out_channels, fan_in]: for each output channel the taps row by row, and for each tap the input
 * channels, so that fan_in = kernel_height * kernel_width * channels.
 *
 * Each result is one chain of fused multiplications and additions, sum = a * b + sum, rounded once a term, from 0 on,
 * in the order that its function states. The border of zeros is multiplied as other inputs are.
 *
 * The input is float32 or, in a first layer, bytes. Exactly one of x and pixels is not NULL. A byte p stands for p *
 * (2 / 255) - 1, as bg_bytes_to_float32 computes it.
 *
 * scratch: bg_real_convolution_scratch_bytes bytes, aligned to 64 bytes. Calls that run at the same time need scratch of
 * their own. Its contents are lost.
 */

/* The bytes of scratch of the functions below; 0 where there is no such convolution. */
BG_API int64_t bg_real_convolution_scratch_bytes(const struct bg_convolution *convolution);

/* What bg_real_convolution works on. */
struct bg_real_convolution_operands {
    int64_t images;        /* of the input and y */
    const float *x;        /* [images * height * width, channels]; or NULL */
    const uint8_t *pixels; /* [images * height * width, channels]; or NULL */
    const float *weights;  /* [out_channels, fan_in] */
    float *y;              /* [images * out_height * out_width, out_channels]: written */
    void *scratch;
};

/* y of images [image_begin, image_end): over the fan-in in ascending order. */
BG_API int32_t bg_real_convolution(const struct bg_convolution *convolution,
    const struct bg_real_convolution_operands *operands, int64_t image_begin, int64_t image_end);

/* What bg_real_weight_gradient works on. */
struct bg_real_weight_gradient_operands {
    int64_t images;        /* of the input and dy */
    const float *x;        /* [images * height * width, channels]; or NULL */
    const uint8_t *pixels; /* [images * height * width, channels]; or NULL */
    const float *dy;       /* [images * out_height * out_width, out_channels]: the gradient at y */
    float *dw;             /* [out_channels, fan_in]: written, and read if add is 1 */
    void *scratch;
    int32_t add; /* 0: sums begin with 0; 1: they begin with what dw holds */
};

/*
 * The gradient of the weights of output channels [channel_begin, channel_end): over the output pixels of all images in
 * ascending order. A call for the first images and then one that adds the next images give the same bits as one call for
 * all of them. BG_BAD_NUMBER where add is neither 0 nor 1.
 */
BG_API int32_t bg_real_weight_gradient(const struct bg_convolution *convolution,
    const struct bg_real_weight_gradient_operands *operands, int64_t channel_begin, int64_t channel_end);

/* What bg_real_input_gradient works on. */
struct bg_real_input_gradient_operands {
    int64_t images;       /* of dy and dx */
    const float *dy;      /* [images * out_height * out_width, out_channels]: the gradient at y */
    const float *weights; /* [out_channels, fan_in] */
    float *dx;            /* [images * height * width, channels]: written */
};

/*
 * The gradient of the input of images [image_begin, image_end): over the taps in ascending order that an input pixel
 * is of some output pixel, and for each tap over the output channels in ascending order.
 */
BG_API int32_t bg_real_input_gradient(const struct bg_convolution *convolution,
    const struct bg_real_input_gradient_operands *operands, int64_t image_begin, int64_t image_end);

/* ---- Depthwise binary convolutions ------------------------------------------------------------------------------ */
/*
 * Convolutions of signs in which output channel c is made of input channel c only, by a kernel of its own. So
 * out_channels of the convolution is channels; BG_BAD_SHAPE otherwise, and where taps are more than BG_MAX_FAN_IN.
 * weights are a bit matrix [taps, channels], and their gradient is a matrix [taps, channels]: for each tap all channels.
 *
 * Each function works on a tile of channels (see "Tiles") whose columns are channels of the convolution. A gradient dy at
 * y, and the gradient dx at x, have the channels of the tile only; they are of BG_FLOAT32 or BG_FLOAT16, and float16 is
 * summed in float32.
 */

/* What bg_depthwise_convolution works on. */
struct bg_depthwise_convolution_operands {
    int64_t images;          /* in x and in y */
    const uint64_t *x;       /* bit matrix [images * height * width, channels] */
    const uint64_t *weights; /* bit matrix [taps, channels] */
    struct bg_tile tile;     /* the channels of y */
    int32_t y_type;          /* BG_INT16 or BG_FLOAT32 */
    void *y;                 /* written: [images * out_height * out_width, tile.channels] */
};

/*
 * y[q, c] is the sum, over the taps t, of x[p, c] * weights[t, c], where input pixel p is tap t of output pixel q. Images
 * [image_begin, image_end).
 */
BG_API int32_t bg_depthwise_convolution(const struct bg_convolution *convolution,
    const struct bg_depthwise_convolution_operands *operands, int64_t image_begin, int64_t image_end);

/* What bg_depthwise_input_gradient works on. */
struct bg_depthwise_input_gradient_operands {
    int64_t images;          /* in dy, mask and dx */
    int32_t dy_type;         /* BG_FLOAT32 or BG_FLOAT16 */
    const void *dy;          /* [images * out_height * out_width, tile.channels] */
    const uint64_t *weights; /* bit matrix [taps, channels] */
    const uint64_t *mask;    /* bit matrix [images * height * width, channels]: where clear, dx is 0. May be NULL. */
    struct bg_tile tile;     /* the channels of dy and dx */
    int32_t dx_type;         /* BG_FLOAT32 or BG_FLOAT16 */
    void *dx;                /* written: [images * height * width, tile.channels] */
};

/*
 * dx[p, c] is the sum, over the taps t row by row, from 0 on, of dy[q, c] * weights[t, c], where q is the output pixel
 * whose tap t is input pixel p. mask is the straight-through estimator. Images [image_begin, image_end).
 */
BG_API int32_t bg_depthwise_input_gradient(const struct bg_convolution *convolution,
    const struct bg_depthwise_input_gradient_operands *operands, int64_t image_begin, int64_t image_end);

/* What bg_depthwise_weight_sums works on. */
struct bg_depthwise_weight_sums_operands {
    int64_t images;      /* in x and dy */
    const uint64_t *x;   /* bit matrix [images * height * width, channels] */
    int32_t dy_type;     /* BG_FLOAT32 or BG_FLOAT16 */
    const void *dy;      /* [images * out_height * out_width, tile.channels] */
    struct bg_tile tile; /* the channels of dy and sums */
    float *sums;         /* written: [ceil(images / BG_IMAGE_BLOCK) * taps, tile.channels] */
};

/*
 * The gradient of the weights by blocks of BG_IMAGE_BLOCK images, of which the last may be short: sums[b * taps + t, c]
 * is the sum, over the output pixels q of the images of block b in ascending order, from 0 on, of dy[q, c] * x[p, c],
 * where input pixel p is tap t of q; taps outside of the image add nothing. Blocks [block_begin, block_end).
 */
BG_API int32_t bg_depthwise_weight_sums(const struct bg_convolution *convolution,
    const struct bg_depthwise_weight_sums_operands *operands, int64_t block_begin, int64_t block_end);

/* What bg_depthwise_weight_gradient works on. */
struct bg_depthwise_weight_gradient_operands {
    int64_t blocks;      /* of images, in sums */
    int64_t taps;        /* of the convolution */
    const float *sums;   /* [blocks * taps, tile.channels]: what bg_depthwise_weight_sums has written */
    struct bg_tile tile; /* the channels of sums as columns of dw */
    float *dw;           /* [taps, tile.columns]: the tile's columns are written */
};

/* dw[t, c] is the sum of sums[b * taps + t, c] over the blocks b in ascending order, from 0 on. Taps [tap_begin, tap_end). */
BG_API int32_t bg_depthwise_weight_gradient(
    const struct bg_depthwise_weight_gradient_operands *operands, int64_t tap_begin, int64_t tap_end);

/* ---- Batch normalisation -------------------------------------------------------------------------------------- */
/*
 * Normalisation of a matrix y [rows, channels], each channel by its own statistics. mean(v) is the sum of v over the
 * rows of a channel, divided by rows; the sum runs over blocks of BG_SUM_BLOCK rows, then over the blocks. Every array
 * with one value per channel is float32 [channels], of which [channel_begin, channel_end) are read and written.
 *
 * beta is the bias. There is no gain: what follows is a sign, for which only the threshold matters (the paper, section
 * 3).
 */

/* mean = mean(y); deviation = sqrt(mean((y - mean)^2) + BG_EPSILON). For standard training. */
BG_API int32_t bg_batch_norm_statistics_l2(const float *y, int64_t rows, int64_t channels, float *mean,
    float *deviation, int64_t channel_begin, int64_t channel_end);

/* What bg_batch_norm_apply works on. */
struct bg_batch_norm_apply_operands {
    int32_t type;           /* of y: BG_INT16 or BG_FLOAT32 */
    const void *y;          /* [rows, channels] */
    int64_t channels;       /* columns of y */
    const float *mean;      /* [channels] */
    const float *deviation; /* [channels], positive */
    const float *beta;      /* [channels] */
    float *x;               /* [rows, channels]; may be y where y is float32 */
};

/* x = (y - mean) / deviation + beta, for rows [row_begin, row_end) of y and x. */
BG_API int32_t bg_batch_norm_apply(
    const struct bg_batch_norm_apply_operands *operands, int64_t row_begin, int64_t row_end);

/* Of the two backward passes for which x was kept. */
struct bg_batch_norm_backward_operands {
    float *gradient;        /* [rows, channels]: at x; then, in the same place, at y */
    const float *x;         /* [rows, channels]: as bg_batch_norm_apply wrote it */
    int64_t rows;           /* of gradient */
    int64_t channels;       /* columns of gradient */
    const float *beta;      /* [channels] */
    const float *deviation; /* [channels] */
    float *beta_gradient;   /* [channels]: written */
};

/*
 * Backward of the l2 form: with v = gradient / deviation and n = x - beta, beta_gradient = sum(gradient) and gradient =
 * v - mean(v) - mean(v n) n. For standard training.
 */
BG_API int32_t bg_batch_norm_backward_l2(
    const struct bg_batch_norm_backward_operands *operands, int64_t channel_begin, int64_t channel_end);

/*
 * Backward of the l1 form: with v = gradient / deviation, n = x - beta and s = sgn(n), beta_gradient = sum(gradient)
 * and gradient = v - mean(v) - BG_NORMAL_DEVIATION mean(v n) (s - mean(s)). This is the exact derivative of x wherever
 * no y equals its mean.
 */
BG_API int32_t bg_batch_norm_backward_l1(
    const struct bg_batch_norm_backward_operands *operands, int64_t channel_begin, int64_t channel_end);

/*
 * average = decay * average + (1 - decay) * values, for elements [begin, end): the statistics that inference uses.
 * decay is in [0, 1].
 */
BG_API int32_t bg_moving_average(const float *values, float *average, float decay, int64_t begin, int64_t end);

/* ---- Batch normalisation before a sign ------------------------------------------------------------------------ */
/*
 * The l1 form, of which training keeps nothing but signs (the paper, equation 3). It is computed in passes over rows
 * and, between them, short passes over channels.
 *
 * A pass over rows [row_begin, row_end) writes block sums: a float32 matrix [blocks, channels] with blocks = rows /
 * BG_SUM_BLOCK, rounded up. Its row b is the sum, in order, of what rows [b * BG_SUM_BLOCK, (b + 1) * BG_SUM_BLOCK)
 * contribute. Therefore row_begin must be a multiple of BG_SUM_BLOCK, and row_end must be one too, or be rows;
 * BG_BAD_RANGE otherwise.
 *
 * A pass over channels [channel_begin, channel_end) adds the rows of block sums in order and divides by rows. All its
 * arrays with one value per channel are float32 [channels].
 *
 * The forward pass is, in this order:
 *
 *   1. bg_batch_norm_value_sums and bg_batch_norm_mean, or bg_batch_norm_mean_of_integers alone
 *   2. bg_batch_norm_deviation_sums and bg_batch_norm_deviation
 *   3. bg_batch_norm_sign, and bg_batch_norm_mean once more, which gives the mean of the signs
 *
 * y is of type BG_INT16 or BG_FLOAT32.
 */

/* Block sums of y [rows, channels]. */
BG_API int32_t bg_batch_norm_value_sums(
    int32_t type, const void *y, int64_t rows, int64_t channels, float *sums, int64_t row_begin, int64_t row_end);

/* mean = mean(y) from the block sums of y; or the mean of the signs from the block sums of the signs. */
BG_API int32_t bg_batch_norm_mean(
    const float *sums, int64_t rows, int64_t channels, float *mean, int64_t channel_begin, int64_t channel_end);

/*
 * mean = mean(y) from the sums [channels] of integers y: sums / rows, divided in double and then rounded to float32.
 */
BG_API int32_t bg_batch_norm_mean_of_integers(
    const int64_t *sums, int64_t rows, int64_t channels, float *mean, int64_t channel_begin, int64_t channel_end);

/* Block sums of |y - mean|; mean [channels]. */
BG_API int32_t bg_batch_norm_deviation_sums(int32_t type, const void *y, int64_t rows, int64_t channels,
    const float *mean, float *sums, int64_t row_begin, int64_t row_end);

/*
 * deviation = BG_NORMAL_DEVIATION mean|y - mean| + BG_EPSILON from the block sums of |y - mean|: the paper's psi, made
 * a standard deviation.
 */
BG_API int32_t bg_batch_norm_deviation(
    const float *sums, int64_t rows, int64_t channels, float *deviation, int64_t channel_begin, int64_t channel_end);

/* What bg_batch_norm_sign works on. */
struct bg_batch_norm_sign_operands {
    int32_t type;               /* of y: BG_INT16 or BG_FLOAT32 */
    const void *y;              /* [rows, tile.channels] */
    int64_t rows;               /* of y */
    struct bg_tile tile;        /* the channels of y as columns of the bit matrices */
    const float *mean;          /* [tile.channels] */
    const float *deviation;     /* [tile.channels], positive */
    const float *beta;          /* [tile.channels] */
    uint64_t *signs;            /* bit matrix [rows, tile.columns]: set where x >= 0 */
    uint64_t *straight_through; /* bit matrix [rows, tile.columns]: |x| <= 1; NULL where no backward pass follows */
    float *sums;                /* [blocks, tile.channels]: block sums of the signs; NULL likewise */
};

/*
 * Normalises without the division, and packs: with t = (y - mean) + beta * deviation = x * deviation, signs = sgn(t)
 * and straight_through = (|t| <= deviation). Where sums is NULL, row_begin and row_end may be any rows.
 */
BG_API int32_t bg_batch_norm_sign(
    const struct bg_batch_norm_sign_operands *operands, int64_t row_begin, int64_t row_end);

/*
 * The backward pass. With v = gradient / deviation, n = (y - mean) / deviation and s = sgn(y - mean), the exact
 * derivative is
 *
 *   dy = v - mean(v) - BG_NORMAL_DEVIATION mean(v n) (s - mean(s))
 *
 * n and s are not kept. The signs of x = n + beta are kept, and stand for s; and mean(v n) is estimated from them.
 * Where x is used by exactly one sign, the straight-through estimator makes v 0 wherever |x| > 1. Where |x| <= 1, |x|
 * is a half on average if x is spread evenly there (0.46 if x is normal and beta is 0), so x is about signs / 2, and n
 * is about signs / 2 - beta. Hence the kernels compute
 *
 *   dy = v - mean(v) - slope (signs - mean(signs)),  slope = BG_NORMAL_DEVIATION (mean(v signs) / 2 - beta mean(v))
 *
 * This holds only where the normalised output feeds exactly one sign. A join, such as a residual connection that adds x
 * to another value, gives x a gradient where |x| > 1 too, and then neither the estimate of mean(v n) nor its sign can
 * be relied on. So these kernels are used where the normalised output feeds exactly one sign, directly or through max
 * pooling; everywhere else x is kept, and bg_batch_norm_backward_l1 or bg_batch_norm_backward_l2 gives the exact
 * derivative.
 *
 * The paper's equation 3 has mean|x|, over all x, in place of the half, and neither beta nor mean(signs). It therefore
 * leaves a gradient in the direction of the mean, which normalisation takes away, and the more of it the further beta
 * is from 0; beta grows to about 1. Training fits less well with it.
 *
 * The passes are, in this order:
 *
 *   1. bg_batch_norm_gradient_sums and bg_batch_norm_coefficients
 *   2. where dy is to be integers: bg_batch_norm_gradient_scale and bg_batch_norm_scale_coefficients
 *   3. bg_batch_norm_backward_signs, bg_batch_norm_backward_pooled_values or bg_batch_norm_backward_pooled_signs
 *
 * gradient is the gradient at the signs, of type BG_FLOAT16 or BG_FLOAT32, and already 0 where the straight-through
 * estimator stops it. signs is a bit matrix as bg_batch_norm_sign wrote it.
 *
 * Where the signs were max-pooled, bg_batch_norm_gradient_sums takes the pooled gradient and the pooled signs, with one
 * row for each window. The other elements of a window have no gradient, but the means are over them too: count, by
 * which the sums are divided, is the number of all elements of a channel.
 */

/* What bg_batch_norm_gradient_sums works on. */
struct bg_batch_norm_gradient_sums_operands {
    int32_t type;          /* of gradient: BG_FLOAT16 or BG_FLOAT32 */
    const void *gradient;  /* [rows, tile.channels] */
    const uint64_t *signs; /* bit matrix [rows, tile.columns] */
    int64_t rows;          /* of gradient */
    struct bg_tile tile;   /* the channels of gradient as columns of signs */
    float *sums;           /* [blocks, 3, tile.channels]: written */
};

/* Block sums of the gradient, of gradient * sign and of gradient * gradient, side by side. */
BG_API int32_t bg_batch_norm_gradient_sums(
    const struct bg_batch_norm_gradient_sums_operands *operands, int64_t row_begin, int64_t row_end);

/* What bg_batch_norm_coefficients works on. */
struct bg_batch_norm_coefficients_operands {
    const float *sums;      /* [blocks, 3, channels]: of bg_batch_norm_gradient_sums */
    int64_t rows;           /* that the block sums are over */
    int64_t channels;       /* of the layer */
    int64_t count;          /* of normalised elements per channel, at least rows: more where signs were pooled */
    const float *deviation; /* [channels] */
    const float *beta;      /* [channels] */
    const float *sign_mean; /* [channels]: the mean of all signs that were normalised */
    float *beta_gradient;   /* [channels]: written, sum(gradient) */
    float *coefficients;    /* [3, channels]: written, what the last pass takes */
    float *squares;         /* [channels]: written, the sum of v^2 per channel */
};

/*
 * Makes coefficients of the block sums: with mean(v) = (sum(gradient) / count) / deviation, mean(v signs) =
 * (sum(gradient signs) / count) / deviation and slope = BG_NORMAL_DEVIATION (mean(v signs) / 2 - beta mean(v)),
 *
 *   coefficients[0] = 1 / deviation
 *   coefficients[1] = mean(v) + slope (1 - sign_mean), which is subtracted where the sign is +1
 *   coefficients[2] = mean(v) - slope (1 + sign_mean), which is subtracted where the sign is -1
 *
 * and squares = (sum(gradient^2) / deviation) / deviation.
 */
BG_API int32_t bg_batch_norm_coefficients(
    const struct bg_batch_norm_coefficients_operands *operands, int64_t channel_begin, int64_t channel_end);

/*
 * scale[0] = clip * sqrt((squares[0] + squares[1] + ...) / count) / largest, within [BG_MIN_SCALE, BG_MAX_SCALE]: what
 * one unit of integers dy is worth, so that the largest integer of the type (BG_INT8 or BG_INT16) stands for clip times
 * the root mean square of v. clip is positive and finite; count is the number of elements that the mean is over.
 * squares [channels]; all channels in one call.
 */
BG_API int32_t bg_batch_norm_gradient_scale(
    const float *squares, int64_t channels, int64_t count, float clip, int32_t type, float *scale);

/*
 * Multiplies coefficients [3, channels] by 1 / scale[0], in place, so that dy comes in units of the scale.
 * BG_BAD_NUMBER where scale[0] is not within [BG_MIN_SCALE, BG_MAX_SCALE].
 */
BG_API int32_t bg_batch_norm_scale_coefficients(float *coefficients, int64_t channels, const float *scale);

/*
 * Where signs were max-pooled: the gradient dy of the elements that max pooling did not select, which has one value per
 * channel and sign. unselected, int8 [2, columns], has -coefficients[1] in row 0, for the sign +1, and -coefficients[2]
 * in row 1, for the sign -1, rounded to nearest. coefficients [3, channels] come in units of the scale, and are those
 * of the tile [first, first + channels) of columns, which is what is written. The dy of the selected elements is what
 * bg_batch_norm_backward_signs makes of the pooled gradient and the pooled signs; so dy need not be written in full.
 */
BG_API int32_t bg_batch_norm_unselected_gradient(
    const float *coefficients, int64_t channels, int64_t columns, int64_t first, int8_t *unselected);

/* What bg_batch_norm_backward_signs works on. */
struct bg_batch_norm_backward_signs_operands {
    int32_t type;              /* of gradient: BG_FLOAT16 or BG_FLOAT32 */
    const void *gradient;      /* [rows, tile.channels] */
    const uint64_t *signs;     /* bit matrix [rows, tile.columns] */
    struct bg_tile tile;       /* the channels of gradient as columns of signs */
    const float *coefficients; /* [3, tile.channels]; in units of the scale where dy is integers */
    int32_t dy_type;           /* BG_FLOAT32, BG_FLOAT16, BG_INT16 or BG_INT8 */
    int32_t rounding;          /* of integers dy, an enum bg_rounding; floats ignore it */
    int64_t dy_columns;        /* tile.columns, or tile.channels where dy is of the tile alone */
    void *dy;                  /* [rows, dy_columns] */
};

/*
 * dy = gradient * coefficients[0] - (coefficients[1] where the sign is +1, coefficients[2] where it is -1), for rows
 * [row_begin, row_end). seed: of stochastic rounding (see "Quantisation"); ignored otherwise.
 * dy may be gradient where tile.channels is tile.columns and the elements of both types have the same size.
 */
BG_API int32_t bg_batch_norm_backward_signs(
    const struct bg_batch_norm_backward_signs_operands *operands, uint32_t seed, int64_t row_begin, int64_t row_end);

/* Of the two passes that go through a max pooling too; windows is the number of windows in all images. */
struct bg_batch_norm_backward_pooled_operands {
    int32_t type;              /* of gradient: BG_FLOAT16 or BG_FLOAT32 */
    const void *gradient;      /* [windows, channels]: at what was passed on, which is pooled */
    const uint64_t *signs;     /* bit matrix: see each function */
    const uint64_t *argmax;    /* bit planes of bg_max_pool_int16; or NULL: see each function */
    int64_t images;            /* of gradient and dy */
    const float *coefficients; /* [3, channels]; in units of the scale where dy is integers */
    int32_t dy_type;           /* BG_FLOAT32, BG_FLOAT16, BG_INT16 or BG_INT8 */
    int32_t rounding;          /* of integers dy, an enum bg_rounding; floats ignore it */
    void *dy;                  /* [images * height * width, channels] */
};

/*
 * bg_batch_norm_backward_signs, of all channels, and the backward pass of a max pooling of y before its normalisation:
 * the dy of a window goes to its element argmax. All other elements of dy are 0, and so are those that fill no window.
 * Images [image_begin, image_end).
 *
 *   signs    bit matrix [windows, channels]
 *   argmax   the element of each window, numbered row by row, in bit planes: bit matrix [planes * windows, channels]
 *            whose rows [b * windows, (b + 1) * windows) are bit b of the numbers, with the least planes such that
 *            2^planes >= window_height * window_width. All numbers are below window_height * window_width. It may be
 *            NULL where a window is one element.
 */
BG_API int32_t bg_batch_norm_backward_pooled_values(const struct bg_pooling *pooling,
    const struct bg_batch_norm_backward_pooled_operands *operands, uint32_t seed, int64_t image_begin,
    int64_t image_end);

/*
 * bg_batch_norm_backward_signs, of all channels, and the backward pass of a max pooling of the signs after the
 * normalisation: the gradient of a window goes to its first element, row by row, whose sign is set, or to its first
 * element where none is set. All other elements have the gradient 0, and so have those that fill no window. signs: bit
 * matrix [images * height * width, channels]; argmax is not read. Images [image_begin, image_end).
 */
BG_API int32_t bg_batch_norm_backward_pooled_signs(const struct bg_pooling *pooling,
    const struct bg_batch_norm_backward_pooled_operands *operands, uint32_t seed, int64_t image_begin,
    int64_t image_end);

/* ---- Batch normalisation of a stream --------------------------------------------------------------------------- */
/*
 * The exact backward pass of the l1 form, where anything but one sign takes the normalised values, such as a residual
 * connection. x is not kept: the values y that were normalised are computed again, and with them n and s of "Batch
 * normalisation before a sign" are known. The passes are, in this order:
 *
 *   1. bg_batch_norm_exact_sums and bg_batch_norm_exact_coefficients
 *   2. where dy is to be integers: bg_batch_norm_gradient_scale and bg_batch_norm_scale_coefficients
 *   3. bg_batch_norm_backward_signs, with the signs that the first pass wrote
 *
 * Block sums are those of "Batch normalisation before a sign".
 */

/* What bg_batch_norm_exact_sums works on. */
struct bg_batch_norm_exact_sums_operands {
    int32_t type;         /* of gradient: BG_FLOAT16 or BG_FLOAT32 */
    const void *gradient; /* [rows, tile.channels]: at x */
    int32_t y_type;       /* BG_INT16 or BG_FLOAT32 */
    const void *y;        /* [rows, tile.channels] */
    const float *mean;    /* [tile.channels]: of y */
    int64_t rows;         /* of gradient and y */
    struct bg_tile tile;  /* the channels of gradient as columns of signs */
    uint64_t *signs;      /* bit matrix [rows, tile.columns], written: set where y >= mean */
    float *sums;          /* [blocks, 4, tile.channels]: written */
};

/* Block sums of gradient, of gradient (y - mean), of gradient^2 and of the signs as +1 and -1, side by side. */
BG_API int32_t bg_batch_norm_exact_sums(
    const struct bg_batch_norm_exact_sums_operands *operands, int64_t row_begin, int64_t row_end);

/* What bg_batch_norm_exact_coefficients works on. */
struct bg_batch_norm_exact_coefficients_operands {
    const float *sums;      /* [blocks, 4, channels]: of bg_batch_norm_exact_sums */
    int64_t rows;           /* that the block sums are over */
    int64_t channels;       /* of sums */
    const float *deviation; /* [channels], positive */
    float *beta_gradient;   /* [channels]: written, sum(gradient) */
    float *coefficients;    /* [3, channels]: written, what the last pass takes */
    float *squares;         /* [channels]: written, the sum of v^2 per channel */
};

/*
 * Makes coefficients of the block sums, as bg_batch_norm_coefficients does, but with the exact slope
 * BG_NORMAL_DEVIATION mean(v n), where mean(v n) = ((sum(gradient (y - mean)) / rows) / deviation) / deviation.
 */
BG_API int32_t bg_batch_norm_exact_coefficients(
    const struct bg_batch_norm_exact_coefficients_operands *operands, int64_t channel_begin, int64_t channel_end);

/* ---- Quantisation --------------------------------------------------------------------------------------------- */
/*
 * A number becomes an integer in two steps. First it is divided by the scale of its tensor, as a multiplication by
 * 1 / scale. Then the quotient u is clamped to [-largest, largest] and rounded, with largest = BG_MAX_INT7 for BG_INT8
 * and BG_MAX_INT14 for BG_INT16; NaN becomes -largest.
 *
 * Stochastic rounding of u = k + f with k = floor(u) gives k + 1 with probability f, and k otherwise:
 *
 *   floor((round(65536 u) + random) / 65536)
 *
 * where random, in [0, 65536), is a hash of the seed and of the number's index i, in uint32 arithmetic:
 *
 *   w = i * 0x9e3779b1 + key
 *   w = w ^ (w >> 16)
 *   random = (w * (w + 0x85ebca6b)) >> 16
 *
 * key is the finaliser of MurmurHash3 of the seed. The index is row * columns + column in the matrix of all elements
 * that were normalised, which is the element's index in signs.
 */

/*
 * quantised = values / scale, rounded to nearest, with scale[0] = the largest |value| / largest, within [BG_MIN_SCALE,
 * BG_MAX_SCALE]. type: of quantised, BG_INT8 or BG_INT16. values and quantised: [count]. NaN does not count for the
 * scale. It runs in one call, for operands of a few thousand elements.
 */
BG_API int32_t bg_quantise(const float *values, int64_t count, int32_t type, void *quantised, float *scale);

/* ---- Straight-through estimator ------------------------------------------------------------------------------- */

/*
 * gradient[i] = 0 where |x[i]| > limit or x[i] is NaN, for i in [begin, end): the backward pass of a sign whose input x
 * was kept, as standard training does. limit is a positive number.
 */
BG_API int32_t bg_straight_through(const float *x, float limit, float *gradient, int64_t begin, int64_t end);

/* What bg_approximate_sign works on. */
struct bg_approximate_sign_operands {
    int32_t type;        /* of x: BG_FLOAT32 or BG_FLOAT16 */
    const void *x;       /* [rows, tile.columns]: the input of the sign */
    struct bg_tile tile; /* the channels of gradient as columns of x */
    float *gradient;     /* [rows, tile.channels]: multiplied in place */
};

/*
 * The backward pass of a sign by the derivative of a piecewise quadratic function (Bi-Real Net, Liu et al., arXiv
 * 1808.00278, equation 7): gradient = gradient * (2 - 2 |x|) where |x| <= 1, rounded after each operation, and 0 where
 * |x| > 1 or x is NaN. Rows [row_begin, row_end).
 */
BG_API int32_t bg_approximate_sign(
    const struct bg_approximate_sign_operands *operands, int64_t row_begin, int64_t row_end);

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

/* ---- Max pooling in windows that overlap ---------------------------------------------------------------------- */

/* What bg_max_pool_windows works on. Its P is images * rows * columns of the geometry, the number of windows. */
struct bg_max_pool_windows_operands {
    int64_t images; /* in x and pooled, and in each plane of argmax */
    int32_t type;   /* of x: BG_FLOAT32 or BG_INT16 */
    const void *x;  /* [images * height * width, channels] */
    float *pooled;  /* [P, channels]: the largest pixel of each window */
    /*
     * Bit matrix [planes * P, columns]: the number in its window of the first pixel that no other exceeds, as bit
     * planes; where the first pixel is NaN, it is that one. Rows [b * P, (b + 1) * P) are bit b of the numbers. planes
     * is the least with 2^planes >= window_height * window_width. May be NULL.
     */
    uint64_t *argmax;
    int64_t columns; /* of argmax; channels are a tile of them (see "Tiles"). Checked also where argmax is NULL. */
    int64_t first;   /* the column of argmax that channel 0 is */
};

/*
 * Takes the largest pixel of each window. Windows are at most BG_MAX_POOL pixels high and wide; BG_BAD_SHAPE otherwise.
 * Images [image_begin, image_end).
 */
BG_API int32_t bg_max_pool_windows(const struct bg_sliding_windows *windows,
    const struct bg_max_pool_windows_operands *operands, int64_t image_begin, int64_t image_end);

/* What bg_max_pool_windows_backward works on. */
struct bg_max_pool_windows_backward_operands {
    int64_t images;               /* in each operand */
    const float *pooled_gradient; /* at pooled: [P, channels] */
    const uint64_t *argmax;       /* bit planes [planes * P, columns], which bg_max_pool_windows has written */
    int64_t columns;              /* of argmax; channels are a tile of them */
    int64_t first;                /* the column of argmax that channel 0 is */
    float *gradient;              /* at x: [images * height * width, channels] */
};

/*
 * The backward pass of bg_max_pool_windows: the gradient of each pixel is the sum, from 0 on and in the order of the
 * windows, of the gradients of the windows that selected it. Images [image_begin, image_end).
 */
BG_API int32_t bg_max_pool_windows_backward(const struct bg_sliding_windows *windows,
    const struct bg_max_pool_windows_backward_operands *operands, int64_t image_begin, int64_t image_end);

/* ---- Rectified values ----------------------------------------------------------------------------------------- */

/* What bg_relu works on. */
struct bg_relu_operands {
    int32_t type;        /* of x: BG_FLOAT32 or BG_INT16 */
    const void *x;       /* [rows, tile.channels] */
    float *y;            /* [rows, tile.channels]; may be x, if that is float32 */
    uint64_t *positive;  /* bit matrix [rows, tile.columns]: clear where x <= 0; NULL where nobody wants it */
    struct bg_tile tile; /* the channels of x and y as columns of positive; see "Tiles" */
};

/* y = x, but 0 where x <= 0, and NaN where x is NaN. Rows [row_begin, row_end). */
BG_API int32_t bg_relu(const struct bg_relu_operands *operands, int64_t row_begin, int64_t row_end);

/* What bg_relu_backward works on. */
struct bg_relu_backward_operands {
    const float *gradient;    /* at y: [rows, tile.channels] */
    const uint64_t *positive; /* bit matrix [rows, tile.columns], which bg_relu has written */
    struct bg_tile tile;      /* the channels of gradient and result as columns of positive */
    float *result;            /* the gradient at x: [rows, tile.channels]; may be gradient */
};

/* The backward pass of bg_relu: result = gradient where the bit is set, and 0 elsewhere. Rows [row_begin, row_end). */
BG_API int32_t bg_relu_backward(const struct bg_relu_backward_operands *operands, int64_t row_begin, int64_t row_end);

/* What bg_prelu works on. */
struct bg_prelu_operands {
    int32_t type;        /* of x: BG_FLOAT32 or BG_INT16 */
    const void *x;       /* [rows, channels] */
    const float *slopes; /* [channels] */
    int64_t channels;
    float *y; /* [rows, channels]; may be x, if that is float32 */
};

/* y[r, c] = x[r, c] where x >= 0, and slopes[c] * x[r, c] elsewhere. Rows [row_begin, row_end). */
BG_API int32_t bg_prelu(const struct bg_prelu_operands *operands, int64_t row_begin, int64_t row_end);

/* What bg_prelu_backward works on. */
struct bg_prelu_backward_operands {
    int32_t type;          /* of x: BG_FLOAT32 or BG_INT16 */
    const void *x;         /* [rows, channels]: what bg_prelu has read */
    const float *slopes;   /* [channels] */
    const float *gradient; /* at y: [rows, channels] */
    int64_t rows;
    int64_t channels;
    float *result;         /* the gradient at x: [rows, channels]; may be gradient */
    float *slope_gradient; /* [channels] */
};

/*
 * The backward pass of bg_prelu: result[r, c] = gradient[r, c] where x[r, c] >= 0, and slopes[c] * gradient[r, c]
 * elsewhere; slope_gradient[c] is the sum over r of gradient[r, c] * x[r, c] where x[r, c] is not >= 0. The sum runs
 * over blocks of BG_SUM_BLOCK rows, then over the blocks. All rows of channels [channel_begin, channel_end).
 */
BG_API int32_t bg_prelu_backward(
    const struct bg_prelu_backward_operands *operands, int64_t channel_begin, int64_t channel_end);

/* ---- Average pooling ------------------------------------------------------------------------------------------ */

/*
 * Takes the average of the pixels of each window; what a window has of the padding does not count. x: of a type,
 * BG_FLOAT32 or BG_INT16, [images * height * width, channels]. averages: float32 [images * rows * columns, channels]: the
 * pixels of the window, added in float32 in the order of their numbers, times 1 / (number of pixels). Images
 * [image_begin, image_end).
 */
BG_API int32_t bg_average_pool(const struct bg_sliding_windows *windows, int32_t type, const void *x, float *averages,
    int64_t image_begin, int64_t image_end);

/*
 * The backward pass of bg_average_pool: the gradient of each pixel is the sum, from 0 on and in the order of the windows
 * that contain it, of the gradient of the window's average times 1 / (number of pixels of the window).
 * average_gradient: float32 [images * rows * columns, channels]. gradient: float32 [images * height * width, channels].
 * Images [image_begin, image_end).
 */
BG_API int32_t bg_average_pool_backward(const struct bg_sliding_windows *windows, const float *average_gradient,
    float *gradient, int64_t image_begin, int64_t image_end);

/* ---- Loss ----------------------------------------------------------------------------------------------------- */

/* What bg_softmax_cross_entropy works on. */
struct bg_softmax_cross_entropy_operands {
    const float *logits;   /* [rows, classes] */
    const int32_t *labels; /* [rows], each in [0, classes) */
    int64_t classes;       /* columns of logits */
    float scale;           /* finite: what the gradient is multiplied with */
    float *gradient;       /* [rows, classes]: at the logits; NULL where only the loss is wanted */
    float *losses;         /* [rows] */
    int32_t *predictions;  /* [rows] */
};

/*
 * Softmax cross-entropy of logits against labels, for rows [row_begin, row_end):
 *
 *   losses[r]      = log(sum over c of e^logits[r, c]) - logits[r, label]
 *   predictions[r] = the first class with the largest logit
 *   gradient[r, c] = (softmax(logits[r])[c] - [c = label]) * scale
 *
 * BG_BAD_LABEL where a label is not in [0, classes); the rows before it are then done.
 */
BG_API int32_t bg_softmax_cross_entropy(
    const struct bg_softmax_cross_entropy_operands *operands, int64_t row_begin, int64_t row_end);

/* ---- Weight updates ------------------------------------------------------------------------------------------- */
/*
 * Updates of matrices [rows, columns], rows [row_begin, row_end) of them, with g = gradient * gradient_scale. The
 * gradient is a float32 matrix (gradient_type BG_FLOAT32) or a bit matrix of signs (BG_BITS). State is computed in
 * float32 and rounded to its type when it is stored; the step uses the momentum as it is before it is rounded.
 *
 * clip(w) = min(max(w, -limit), limit). limit is 1 for latent weights, so that they stay near their signs, and infinite
 * for biases.
 *
 * Rates and gradient scales are finite; decays (beta1, beta2, decay) are in [0, 1); the adaptivity is in [0, 1]; the
 * threshold is not negative; all other numbers are positive. BG_BAD_NUMBER otherwise.
 */

/* What bg_update_adam works on. */
struct bg_update_adam_operands {
    int32_t state_type;    /* of weights, momentum and second_moment: BG_FLOAT32 or BG_FLOAT16 */
    void *weights;         /* w [rows, columns] */
    void *momentum;        /* m [rows, columns] */
    void *second_moment;   /* v [rows, columns] */
    int32_t gradient_type; /* BG_FLOAT32 or BG_BITS */
    const void *gradient;  /* [rows, columns] */
    float gradient_scale;  /* what the gradient is multiplied with */
    int64_t columns;       /* of weights, momentum and gradient */
    float beta1;           /* what the momentum keeps in each step */
    float beta2;           /* what the second moment keeps in each step */
    float epsilon;         /* added to the root of the second moment */
    float limit;           /* what weights are clipped to */
};

/*
 * Adam (Kingma and Ba, arXiv 1412.6980): m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; w = clip(w - rate
 * (m momentum_correction) / (sqrt(v second_moment_correction) + epsilon)). The corrections are 1 / (1 - beta1^t) and
 * 1 / (1 - beta2^t) at step t = 1, 2, ...
 */
BG_API int32_t bg_update_adam(const struct bg_update_adam_operands *operands, float rate, float momentum_correction,
    float second_moment_correction, int64_t row_begin, int64_t row_end);

/* What bg_update_momentum works on. */
struct bg_update_momentum_operands {
    int32_t state_type;    /* of weights and momentum: BG_FLOAT32 or BG_FLOAT16 */
    void *weights;         /* w [rows, columns] */
    void *momentum;        /* m [rows, columns] */
    int32_t gradient_type; /* BG_FLOAT32 or BG_BITS */
    const void *gradient;  /* [rows, columns] */
    float gradient_scale;  /* what the gradient is multiplied with */
    int64_t columns;       /* of weights, momentum and gradient */
    float decay;           /* what the momentum keeps in each step */
    float limit;           /* what weights are clipped to */
};

/* Stochastic gradient descent with momentum: m = decay m + g; w = clip(w - rate m). */
BG_API int32_t bg_update_momentum(
    const struct bg_update_momentum_operands *operands, float rate, int64_t row_begin, int64_t row_end);

/* What bg_update_bop works on. */
struct bg_update_bop_operands {
    int32_t weight_type;   /* BG_FLOAT32 or BG_BITS */
    void *weights;         /* [rows, columns]: signs, as float32 +1 and -1 or as a bit matrix */
    int32_t momentum_type; /* BG_FLOAT32 or BG_FLOAT16 */
    void *momentum;        /* m [rows, columns] */
    int32_t gradient_type; /* BG_FLOAT32 or BG_BITS */
    const void *gradient;  /* [rows, columns] */
    float gradient_scale;  /* what the gradient is multiplied with */
    int64_t columns;       /* of weights, momentum and gradient */
    float threshold;       /* how strong a momentum must be to flip a weight */
};

/*
 * Bop (Helwegen et al., "Latent Weights Do Not Exist", arXiv 1906.02107): m = (1 - adaptivity) m + adaptivity g; a
 * weight flips where |m| > threshold and sgn(m) = sgn(w). There are no latent weights.
 */
BG_API int32_t bg_update_bop(
    const struct bg_update_bop_operands *operands, float adaptivity, int64_t row_begin, int64_t row_end);

/* ---- Weight updates with state in bytes ----------------------------------------------------------------------- */
/*
 * Updates of matrices [rows, columns] whose state takes one byte for each element. A row is cut into blocks of
 * BG_STATE_BLOCK elements, of which the last may be shorter: blocks = ceil(columns / BG_STATE_BLOCK).
 *
 *   weights    int8 [rows, columns]: the latent weight, in [-1, 1], is the integer / BG_MAX_INT8. Whoever clips at
 *              another limit divides weights and steps by that limit.
 *   momentum   int8 [rows, columns], with scales float32 [rows, blocks]: m is the integer times the scale of its block.
 *              Zeroed memory is m = 0.
 *
 * The gradient holds rows [row_begin, row_end) and no others: its row 0 is row_begin. So a gradient can be made a few
 * rows at a time. Numbers have the intervals of "Weight updates"; the gain is finite and positive.
 *
 * Momentum is stored as bg_quantise would store a block, but with BG_MAX_INT8 as the largest integer: m / scale rounded
 * to nearest, with scale = the largest |m| of the block / BG_MAX_INT8, within [BG_MIN_SCALE, BG_MAX_SCALE]. A block of
 * zeros is stored as zeros. NaN does not count for the scale, and is stored as -BG_MAX_INT8.
 */

/* What bg_update_int8 works on. */
struct bg_update_int8_operands {
    int8_t *weights;       /* w [rows, columns] */
    int8_t *momentum;      /* m [rows, columns] */
    float *scales;         /* [rows, blocks]: of momentum */
    int32_t gradient_type; /* BG_FLOAT32 or BG_BITS */
    float gradient_scale;  /* what the gradient is multiplied with */
    int64_t columns;       /* of weights, momentum and gradient */
    int64_t taps;          /* rows for each output channel */
    const float *steps;    /* [ceil(rows / taps)]: one for each output channel */
    float decay;           /* what the momentum keeps in each step */
    float gain;            /* what the gradient is multiplied with before it is added to the momentum */
};

/*
 * m = decay m + gain g; w = min(max(w - steps[row / taps] m, -1), 1), with the m that is not rounded yet.
 *
 * m is computed as integer * (decay * scale) + gradient * (gain * gradient_scale). w is computed in units of 1 /
 * BG_MAX_INT8, in which +1 and -1 are integers and a weight that does not move keeps its integer: integer - (steps *
 * BG_MAX_INT8) m, clamped and rounded stochastically as "Quantisation" says, with largest = BG_MAX_INT8, this seed, and
 * the index row * columns + column. So NaN becomes -1.
 *
 * With decay = beta1, gain = 1 - beta1 and steps from bg_update_steps this is Adam with one second moment per channel
 * in place of one per weight. Where gradients are signs it is Adam itself, and no second moment need be kept: g is then
 * +c or -c with c = gradient_scale, so after t steps v = (1 - beta2) c^2 (1 + beta2 + ... + beta2^(t - 1)) = (1 -
 * beta2^t) c^2, whatever the signs were, and the corrected v / (1 - beta2^t) is c^2. Adam's step, rate (m
 * momentum_correction) / (sqrt(c^2) + epsilon), is thus steps * m with steps = rate * momentum_correction / (c +
 * epsilon), for all weights whose c is the same in all steps. With gain = 1 and steps = rate it is stochastic gradient
 * descent with momentum.
 */
BG_API int32_t bg_update_int8(const struct bg_update_int8_operands *operands, const void *gradient, uint32_t seed,
    int64_t row_begin, int64_t row_end);

/* What bg_update_steps works on. */
struct bg_update_steps_operands {
    float gradient_scale; /* what the gradient is multiplied with */
    float *second_moment; /* [channels]: one for each output channel */
    float *steps;         /* [channels]: written */
    int64_t fan_in;       /* gradients of a channel */
    float beta2;          /* what the second moment keeps in each step */
    float epsilon;        /* added to its root */
};

/*
 * Adam's second moment, one per channel: second_moment = beta2 second_moment + (1 - beta2) mean(g^2), with the mean
 * over the channel's fan_in gradients; steps = rate momentum_correction / (sqrt(second_moment second_moment_correction)
 * + epsilon). gradient: float32 [channel_end - channel_begin, fan_in], of channels [channel_begin, channel_end) and no
 * others.
 *
 * The sum of g^2 is made of 16 sums, of which sum j runs over elements j, j + 16, ... in their order. Then sums j and
 * j + 8 are added, then j and j + 4, then j and j + 2, then the last two.
 */
BG_API int32_t bg_update_steps(const struct bg_update_steps_operands *operands, const float *gradient, float rate,
    float momentum_correction, float second_moment_correction, int64_t channel_begin, int64_t channel_end);

/* What bg_update_bop_int8 works on. */
struct bg_update_bop_int8_operands {
    uint64_t *weights;     /* bit matrix [rows, columns] */
    int8_t *momentum;      /* m [rows, columns] */
    float *scales;         /* [rows, blocks]: of momentum */
    int32_t gradient_type; /* BG_FLOAT32 or BG_BITS */
    float gradient_scale;  /* what the gradient is multiplied with */
    int64_t columns;       /* of weights, momentum and gradient */
    float threshold;       /* how strong a momentum must be to flip a weight */
};

/* bg_update_bop with momentum in bytes; weights flip by the m that is not rounded yet. */
BG_API int32_t bg_update_bop_int8(const struct bg_update_bop_int8_operands *operands, const void *gradient,
    float adaptivity, int64_t row_begin, int64_t row_end);

#ifdef __cplusplus
}
#endif

#endif
