#include "dispatch/table.h"
#include "simd/simd.h"

/* Bits of a counter of taps; the planes of a counter of 64 channels are as many words. */
enum { PLANES = 15, PLANES_OF_3X3 = 4, WORD_VECTORS = BG_WORD_BITS / VF_LANES };
_Static_assert(1 << PLANES > BG_MAX_FAN_IN, "a counter holds all taps");

static const uint32_t lane_bits = (uint32_t)((1ull << VF_LANES) - 1);

/* The bits of VF_LANES channels from one on, of the word that holds them. */
BG_INLINE uint32_t bits_of(uint64_t word, int64_t channel) {
    return (uint32_t)(word >> channel % BG_WORD_BITS) & lane_bits;
}

/* An output pixel, and what it sees of its image: the taps of some rows and columns of the kernel. */
struct seen_pixel {
    int64_t row;       /* of the matrix of output pixels */
    const uint64_t *x; /* the input pixel of the first of these taps */
    struct bg_span rows;
    struct bg_span columns;
};

/*
 * Sums of an output pixel. For each word of channels, the products that are +1 are counted bit-sliced: bit i of plane k
 * is bit k of the counter of channel i. With m such products of n taps, the sum is 2 m - n.
 */
BG_INLINE void sum_pixel(const struct bg_geometry *c, const struct bg_depthwise_convolution_operands *o,
    struct seen_pixel pixel, int planes) {
    const int64_t end = o->tile.first + o->tile.channels;
    const int64_t rows = pixel.rows.end - pixel.rows.begin;
    const int64_t columns = pixel.columns.end - pixel.columns.begin;
    const uint64_t *weights = o->weights + (pixel.rows.begin * c->kernel_width + pixel.columns.begin) * c->words;
    const vf taps = vf_set1(-(float)(rows * columns));
    for (int64_t channel = o->tile.first; channel < end;) {
        const int64_t word = channel / BG_WORD_BITS;
        const int64_t end_of_word = (word + 1) * BG_WORD_BITS < end ? (word + 1) * BG_WORD_BITS : end;
        uint64_t counter[PLANES] = {0};
        for (int64_t row = 0; row < rows; row++) {
            for (int64_t column = 0; column < columns; column++) {
                uint64_t carry = ~(pixel.x[(row * c->width + column) * c->words + word] ^
                                   weights[(row * c->kernel_width + column) * c->words + word]);
                for (int plane = 0; plane < planes; plane++) {
                    uint64_t both = counter[plane] & carry;
                    counter[plane] ^= carry;
                    carry = both;
                }
            }
        }
        for (; channel < end_of_word; channel += VF_LANES) {
            vf sum = taps;
            for (int plane = 0; plane < planes; plane++) {
                sum = vf_add(sum, vf_select(vf_set1((float)(2 << plane)), bits_of(counter[plane], channel)));
            }
            int64_t at = pixel.row * o->tile.channels + channel - o->tile.first;
            if (o->y_type == BG_INT16) {
                vu_store_int16((int16_t *)o->y + at, vu_from_vf(sum), vf_count(channel, end));
            } else {
                vf_store((float *)o->y + at, sum, vf_count(channel, end));
            }
        }
    }
}

void BG_KERNEL(depthwise_convolution)(const struct bg_geometry *geometry,
    const struct bg_depthwise_convolution_operands *operands, int64_t image_begin, int64_t image_end) {
    const struct bg_geometry c = *geometry;
    const struct bg_depthwise_convolution_operands o = *operands;
    int planes = PLANES_OF_3X3;
    while (c.taps >> planes != 0) {
        planes++;
    }
    for (int64_t line = image_begin * c.out_height; line < image_end * c.out_height; line++) {
        const int64_t row = line % c.out_height;
        const struct bg_span rows = bg_span_in_image(row, c.stride_height, c.padding_height, c.kernel_height, c.height);
        const int64_t in_row = line / c.out_height * c.height + row * c.stride_height - c.padding_height + rows.begin;
        for (int64_t column = 0; column < c.out_width; column++) {
            const struct bg_span columns =
                bg_span_in_image(column, c.stride_width, c.padding_width, c.kernel_width, c.width);
            const int64_t in_column = column * c.stride_width - c.padding_width + columns.begin;
            const struct seen_pixel pixel = {
                line * c.out_width + column, o.x + (in_row * c.width + in_column) * c.words, rows, columns};
            if (planes == PLANES_OF_3X3) { /* so that the counter is in registers */
                sum_pixel(&c, &o, pixel, PLANES_OF_3X3);
            } else {
                sum_pixel(&c, &o, pixel, planes);
            }
        }
    }
}

/* An input pixel, and the output pixels that see it: those of some rows and columns of its image. */
struct seeing_pixels {
    int64_t pixel; /* the row of the matrix of input pixels */
    int64_t image; /* the row of the matrix of output pixels where its image begins */
    int64_t top;   /* the row of the input pixel, counted from that of the padding */
    int64_t left;  /* the column of the input pixel, counted from that of the padding */
    struct bg_span rows;
    struct bg_span columns;
};

/* dx of an input pixel. The last of the output pixels sees it through the first tap. */
BG_INLINE void gradient_of_pixel(const struct bg_geometry *c, const struct bg_depthwise_input_gradient_operands *o,
    struct seeing_pixels p, int32_t dy_type) {
    for (int64_t channel = 0; channel < o->tile.channels; channel += VF_LANES) {
        const int n = vf_count(channel, o->tile.channels);
        const int64_t at = o->tile.first + channel;
        vf sum = vf_set1(0.0f);
        for (int64_t row = p.rows.end - 1; row >= p.rows.begin; row--) {
            int64_t tap_row = (p.top - row * c->stride_height) * c->kernel_width;
            int64_t out_row = p.image + row * c->out_width;
            for (int64_t column = p.columns.end - 1; column >= p.columns.begin; column--) {
                int64_t tap = tap_row + p.left - column * c->stride_width;
                vf dy = vf_load_typed(dy_type, o->dy, (out_row + column) * o->tile.channels + channel, n);
                sum = vf_add(sum, vf_flip(dy, vf_read_bits(o->weights + tap * c->words, at)));
            }
        }
        if (o->mask != NULL) {
            sum = vf_select(sum, vf_read_bits(o->mask + p.pixel * c->words, at));
        }
        vf_store_typed(o->dx_type, o->dx, p.pixel * o->tile.channels + channel, sum, n);
    }
}

void BG_KERNEL(depthwise_input_gradient)(const struct bg_geometry *geometry,
    const struct bg_depthwise_input_gradient_operands *operands, int64_t image_begin, int64_t image_end) {
    const struct bg_geometry c = *geometry;
    const struct bg_depthwise_input_gradient_operands o = *operands;
    for (int64_t line = image_begin * c.height; line < image_end * c.height; line++) {
        struct seeing_pixels p = {
            .image = line / c.height * c.out_pixels,
            .top = line % c.height + c.padding_height,
            .rows =
                bg_span_of_windows(line % c.height, c.stride_height, c.padding_height, c.kernel_height, c.out_height),
        };
        for (int64_t column = 0; column < c.width; column++) {
            p.pixel = line * c.width + column;
            p.left = column + c.padding_width;
            while (p.left - p.columns.begin * c.stride_width >= c.kernel_width) { /* a division takes longer */
                p.columns.begin++;
            }
            while (p.columns.end < c.out_width && p.columns.end * c.stride_width <= p.left) {
                p.columns.end++;
            }
            if (o.dy_type == BG_FLOAT16) {
                gradient_of_pixel(&c, &o, p, BG_FLOAT16);
            } else {
                gradient_of_pixel(&c, &o, p, BG_FLOAT32);
            }
        }
    }
}

/* What one tap adds to sums of neighbouring channels, over neighbouring output pixels. */
struct tap_of_row {
    const uint64_t *x; /* the word of the channels, of the first input pixel */
    int64_t x_step;    /* words to the next */
    int64_t dy;        /* the first element of dy */
    int64_t pixels;    /* how many there are */
    int64_t channel;   /* of the convolution */
    float *sums;
};

/* Of so many vectors of channels in a word, of which the last has n. */
BG_INLINE void add_tap(
    const struct bg_depthwise_weight_sums_operands *o, struct tap_of_row tap, int vectors, int n, int32_t dy_type) {
    vf sums[WORD_VECTORS];
    for (int v = 0; v < vectors; v++) {
        sums[v] = vf_load(tap.sums + v * VF_LANES, v == vectors - 1 ? n : VF_LANES);
    }
    for (int64_t pixel = 0; pixel < tap.pixels; pixel++) {
        uint64_t word = tap.x[pixel * tap.x_step];
        for (int v = 0; v < vectors; v++) {
            int64_t at = tap.dy + pixel * o->tile.channels + v * VF_LANES;
            vf dy = vf_load_typed(dy_type, o->dy, at, v == vectors - 1 ? n : VF_LANES);
            sums[v] = vf_add(sums[v], vf_flip(dy, bits_of(word, tap.channel + v * VF_LANES)));
        }
    }
    for (int v = 0; v < vectors; v++) {
        vf_store(tap.sums + v * VF_LANES, sums[v], v == vectors - 1 ? n : VF_LANES);
    }
}

/* The output columns [begin, end) that see a column of the image through a tap. */
BG_INLINE struct bg_span columns_of_tap(const struct bg_geometry *c, int64_t tap) {
    int64_t before = c->padding_width - tap;
    int64_t begin = before <= 0 ? 0 : (before + c->stride_width - 1) / c->stride_width;
    int64_t last = c->width - 1 + before;
    int64_t end = last < 0 ? 0 : last / c->stride_width + 1;
    return (struct bg_span){begin, end < c->out_width ? end : c->out_width};
}

/* Adds a row of output pixels to the sums of all taps: [taps, channels of the tile]. */
BG_INLINE void add_row(const struct bg_geometry *c, const struct bg_depthwise_weight_sums_operands *o, int64_t line,
    float *sums, int32_t dy_type) {
    const int64_t out_row = line % c->out_height;
    const struct bg_span rows =
        bg_span_in_image(out_row, c->stride_height, c->padding_height, c->kernel_height, c->height);
    for (int64_t tap = rows.begin * c->kernel_width; tap < rows.end * c->kernel_width; tap++) {
        const struct bg_span columns = columns_of_tap(c, tap % c->kernel_width);
        if (columns.begin >= columns.end) {
            continue;
        }
        const int64_t row = out_row * c->stride_height - c->padding_height + tap / c->kernel_width;
        const int64_t column = columns.begin * c->stride_width - c->padding_width + tap % c->kernel_width;
        const uint64_t *x = o->x + ((line / c->out_height * c->height + row) * c->width + column) * c->words;
        for (int64_t channel = 0; channel < o->tile.channels;) {
            const int64_t at = o->tile.first + channel;
            const struct tap_of_row part = {
                .x = x + at / BG_WORD_BITS,
                .x_step = c->stride_width * c->words,
                .dy = (line * c->out_width + columns.begin) * o->tile.channels + channel,
                .pixels = columns.end - columns.begin,
                .channel = at,
                .sums = sums + tap * o->tile.channels + channel,
            };
            if (at % BG_WORD_BITS == 0 && o->tile.channels - channel >= BG_WORD_BITS) {
                add_tap(o, part, WORD_VECTORS, VF_LANES, dy_type);
                channel += BG_WORD_BITS;
            } else {
                add_tap(o, part, 1, vf_count(channel, o->tile.channels), dy_type);
                channel += VF_LANES;
            }
        }
    }
}

void BG_KERNEL(depthwise_weight_sums)(const struct bg_geometry *geometry,
    const struct bg_depthwise_weight_sums_operands *operands, int64_t block_begin, int64_t block_end) {
    const struct bg_geometry c = *geometry;
    const struct bg_depthwise_weight_sums_operands o = *operands;
    for (int64_t block = block_begin; block < block_end; block++) {
        const struct bg_span images = bg_images_of_block(block, o.images);
        float *sums = o.sums + block * c.taps * o.tile.channels;
        memset(sums, 0, (size_t)(c.taps * o.tile.channels) * sizeof *sums);
        for (int64_t line = images.begin * c.out_height; line < images.end * c.out_height; line++) {
            if (o.dy_type == BG_FLOAT16) {
                add_row(&c, &o, line, sums, BG_FLOAT16);
            } else {
                add_row(&c, &o, line, sums, BG_FLOAT32);
            }
        }
    }
}

void BG_KERNEL(depthwise_weight_gradient)(
    const struct bg_depthwise_weight_gradient_operands *operands, int64_t tap_begin, int64_t tap_end) {
    const struct bg_depthwise_weight_gradient_operands o = *operands;
    for (int64_t tap = tap_begin; tap < tap_end; tap++) {
        for (int64_t channel = 0; channel < o.tile.channels; channel += VF_LANES) {
            int n = vf_count(channel, o.tile.channels);
            vf sum = vf_set1(0.0f);
            for (int64_t block = 0; block < o.blocks; block++) {
                sum = vf_add(sum, vf_load(o.sums + (block * o.taps + tap) * o.tile.channels + channel, n));
            }
            vf_store(o.dw + tap * o.tile.columns + o.tile.first + channel, sum, n);
        }
    }
}
