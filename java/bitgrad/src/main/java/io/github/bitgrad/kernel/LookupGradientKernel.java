package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.UINT8;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.bindings.kernels.bg_input_gradient_operands;
import io.github.bitgrad.bindings.kernels.bg_weight_gradient_operands;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The gradients of binary convolutions by lookup tables: {@code bitgrad.h}, "Gradients of binary convolutions". A step
 * uses it in this order: {@link #weightIndex} before the weights are updated, then {@link #inputGradient} with this
 * index, and {@link #weightGradient}. Scratch is memory whose contents are lost after a run, aligned to 64 bytes. Calls
 * that run at the same time need scratch of their own.
 */
public final class LookupGradientKernel {
    /** An index is made in blocks of this number of output channels. */
    public static final int INDEX_BLOCK = Bitgrad.BG_INDEX_CHANNELS();

    /**
     * Output channels of {@link #weightGradient} that share the preparation of x. A range may begin at any channel, but
     * is fast if it begins at a multiple of this number.
     */
    public static final int CHANNELS = Bitgrad.BG_BLOCK_CHANNELS();

    private LookupGradientKernel() {
    }

    /** {@code bg_weight_index_bytes}: the bytes of an index. */
    public static long weightIndexBytes(ConvolutionShape convolution) {
        return Operands.bytes(convolution, Bitgrad::bg_weight_index_bytes);
    }

    /** {@code bg_input_gradient_scratch_bytes}: the bytes of scratch of {@link #inputGradient}. */
    public static long inputGradientScratchBytes(ElementType type, ConvolutionShape convolution) {
        return Operands.bytes(convolution,
                geometry -> Bitgrad.bg_input_gradient_scratch_bytes(geometry, Kernels.code(type)));
    }

    /**
     * {@code bg_weight_gradient_scratch_bytes}: the bytes of scratch of {@link #weightGradient}. The output channels of
     * the convolution need only be as many as the gradient has room for.
     */
    public static long weightGradientScratchBytes(ElementType type, ConvolutionShape convolution, int inputBits,
            long images) {
        return Operands.bytes(convolution,
                geometry -> Bitgrad.bg_weight_gradient_scratch_bytes(geometry, Kernels.code(type),
                        inputBits, images));
    }

    /**
     * {@code bg_weight_index}, by ranges of blocks of {@link #INDEX_BLOCK} output channels.
     *
     * @param arena of the native arguments
     * @param type of the gradients that look up by the index
     * @param weights bits [outChannels · taps, channels]
     * @param index bytes, {@link #weightIndexBytes} of them, aligned to 64 bytes
     */
    public static RangeCall weightIndex(Arena arena, ConvolutionShape convolution, ElementType type, Matrix weights,
            Matrix index) {
        Operands operands = new Operands("weight_index");
        operands.read("weights", weights, BITS, convolution.outChannels() * convolution.taps(),
                convolution.channels());
        operands.write("index", index, UINT8, 1, weightIndexBytes(convolution));
        MemorySegment geometry = Operands.convolution(arena, convolution);
        int code = Kernels.code(type);
        return RangeCall.of("weight_index", Math.ceilDiv(convolution.outChannels(), INDEX_BLOCK), operands,
                (begin, end) -> Bitgrad.bg_weight_index(geometry, code, weights.segment(), index.segment(), begin,
                        end));
    }

    /**
     * What {@link #inputGradient} reads.
     *
     * @param images the number of images in dy, mask and dx
     * @param dy the gradient at the convolution's outputs
     * @param index uint8 [1, {@link #weightIndexBytes}]: what {@link #weightIndex} made for the type of dy
     * @param mask bits [images · pixels, channels]: where a bit is clear, dx is 0
     */
    public record InputGradientOperands(long images, Gradient dy, Matrix index, Matrix mask) {
    }

    /**
     * {@code bg_input_gradient}, by ranges of images: the gradient at input channels [first, first + t).
     *
     * @param arena the memory of the native arguments, which must live as long as the call is used
     * @param dx written: float16 or float32 [images · pixels, t]
     * @param first the first input channel, a multiple of 16
     * @param scratch at least {@link #inputGradientScratchBytes} bytes, aligned to 64 bytes
     */
    public static RangeCall inputGradient(Arena arena, ConvolutionShape convolution, InputGradientOperands inputs,
            Matrix dx, long first, MemorySegment scratch) {
        Operands operands = new Operands("input_gradient");
        long rows = Operands.rows(inputs.images(), convolution.pixels());
        inputs.dy().check(operands, convolution, inputs.images());
        operands.read("index", inputs.index(), UINT8, 1, weightIndexBytes(convolution));
        operands.read("mask", inputs.mask(), BITS, rows, convolution.channels());
        operands.write("dx", dx, dx.type(), rows, dx.columns());
        operands.scratch(scratch);
        MemorySegment geometry = Operands.convolution(arena, convolution);
        MemorySegment arguments = bg_input_gradient_operands.allocate(arena);
        bg_input_gradient_operands.images(arguments, inputs.images());
        inputs.dy().fill(bg_input_gradient_operands.dy(arguments));
        bg_input_gradient_operands.index(arguments, inputs.index().segment());
        bg_input_gradient_operands.mask(arguments, inputs.mask().segment());
        bg_input_gradient_operands.dx_type(arguments, Kernels.code(dx.type()));
        bg_input_gradient_operands.dx(arguments, dx.segment());
        bg_input_gradient_operands.channel_begin(arguments, first);
        bg_input_gradient_operands.channel_end(arguments, first + dx.columns());
        bg_input_gradient_operands.scratch(arguments, scratch);
        bg_input_gradient_operands.scratch_bytes(arguments, scratch.byteSize());
        return RangeCall.of("input_gradient", inputs.images(), operands,
                (begin, end) -> Bitgrad.bg_input_gradient(geometry, arguments, begin, end));
    }

    /**
     * What {@link #weightGradient} reads.
     *
     * @param images the number of images in dy and x
     * @param dy the gradient at the convolution's outputs
     * @param x bits [images · pixels, inputBits · channels]
     * @param inputBits 1 if inputs are signs, 8 if they are bytes
     */
    public record WeightGradientOperands(long images, Gradient dy, Matrix x, int inputBits) {
    }

    /**
     * {@code bg_weight_gradient}, by ranges of output channels. Each run writes from the gradient's first row on.
     *
     * @param arena the memory of the native arguments, which must live as long as the call is used
     * @param gradient written: bits or float32 [c · taps, channels], where a range has at most c output channels
     * @param scratch at least {@link #weightGradientScratchBytes} bytes, aligned to 64 bytes
     */
    public static RangeCall weightGradient(Arena arena, ConvolutionShape convolution, WeightGradientOperands inputs,
            Matrix gradient, MemorySegment scratch) {
        Operands operands = new Operands("weight_gradient");
        inputs.dy().check(operands, convolution, inputs.images());
        operands.read("x", inputs.x(), BITS, Operands.rows(inputs.images(), convolution.pixels()),
                inputs.inputBits() * convolution.channels());
        operands.write("gradient", gradient, gradient.type(), gradient.rows(), convolution.channels());
        operands.scratch(scratch);
        MemorySegment geometry = Operands.convolution(arena, convolution);
        MemorySegment arguments = bg_weight_gradient_operands.allocate(arena);
        bg_weight_gradient_operands.images(arguments, inputs.images());
        inputs.dy().fill(bg_weight_gradient_operands.dy(arguments));
        bg_weight_gradient_operands.x(arguments, inputs.x().segment());
        bg_weight_gradient_operands.input_bits(arguments, inputs.inputBits());
        bg_weight_gradient_operands.gradient_type(arguments, Kernels.code(gradient.type()));
        bg_weight_gradient_operands.gradient(arguments, gradient.segment());
        bg_weight_gradient_operands.gradient_channels(arguments, gradient.rows() / convolution.taps());
        bg_weight_gradient_operands.scratch(arguments, scratch);
        bg_weight_gradient_operands.scratch_bytes(arguments, scratch.byteSize());
        return RangeCall.of("weight_gradient", convolution.outChannels(), operands,
                (begin, end) -> Bitgrad.bg_weight_gradient(geometry, arguments, begin, end));
    }
}
