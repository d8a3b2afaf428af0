package io.github.bitgrad.step;

import io.github.bitgrad.kernel.Blas;
import io.github.bitgrad.kernel.Im2colKernel;
import io.github.bitgrad.kernel.Matrix;
import io.github.bitgrad.kernel.RangeCall;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/**
 * A float product of a convolution, which is one of matrices once its images are columns. These are made a block of
 * rows at a time, so that a block is still near when it is multiplied and the columns of a whole batch never exist. The
 * work is cut into lanes, each with a block of columns to itself: over images, or over columns where the sum runs over
 * all images. How it is cut depends on sizes alone.
 */
final class ConvolutionProduct extends Operation {
    /** Output pixels a block: with fewer, OpenBLAS packs the other operand too often; more do not stay in the cache. */
    private static final long BLOCK = 256;
    /** A lane of fewer output pixels costs more in packing weights than another thread saves. */
    private static final long LEAST_ROWS = 128;
    private static final long MOST_ROW_LANES = 8;
    /** The same for lanes of columns, each of which packs the gradient of all images. */
    private static final long LEAST_COLUMNS = 256;
    private static final long MOST_COLUMN_LANES = 4;
    /** Lanes of columns begin at multiples of a vector. */
    private static final long LANES = 16;

    private record Range(long begin, long end) {
        long length() {
            return end - begin;
        }
    }

    /**
     * What one call multiplies.
     *
     * @param columnCall the lane's: from images to columns, or back
     * @param rows output pixels of the batch
     * @param columns some or all of the fan-in
     * @param columnMemory room for the columns of these rows
     * @param outputs the rows of the matrix of output pixels
     * @param weights the columns of the matrix of weights
     */
    private record Block(RangeCall columnCall, Range rows, Range columns, MemorySegment columnMemory,
            MemorySegment outputs,
            MemorySegment weights) {
        int height() {
            return (int) rows.length();
        }

        int width() {
            return (int) columns.length();
        }
    }

    private interface Call {
        void run(Block block);
    }

    /** Makes what goes from images to columns, or back. */
    private interface ColumnCall {
        /** @param first of the fan-in that the columns begin with */
        RangeCall of(Arena arena, Matrix columns, long first);
    }

    private final List<Range> rowLanes;
    private final List<Range> columnLanes;
    private final Buffer columns;
    private final Buffer outputs;
    private final Buffer weights;
    private final ColumnCall columnCall;
    private final Call call;
    private final List<List<Block>> blocks = new ArrayList<>();

    private ConvolutionProduct(String name, List<Range> rowLanes, List<Range> columnLanes, Buffer columns,
            Buffer outputs, Buffer weights, ColumnCall columnCall, Call call, Buffer... others) {
        super(name, (long) rowLanes.size() * columnLanes.size(), 1, Long.MAX_VALUE,
                uses(columns, outputs, weights, others));
        this.rowLanes = rowLanes;
        this.columnLanes = columnLanes;
        this.columns = columns;
        this.outputs = outputs;
        this.weights = weights;
        this.columnCall = columnCall;
        this.call = call;
    }

    private static List<Buffer> uses(Buffer columns, Buffer outputs, Buffer weights, Buffer... others) {
        List<Buffer> uses = new ArrayList<>(List.of(columns, outputs, weights));
        uses.addAll(List.of(others));
        return uses;
    }

    /** Rows of memory that the products of so many images need for columns. */
    static long columnRows(ConvolutionShape convolution, long images) {
        return rowLanes(convolution, images).stream().mapToLong(lane -> Math.min(BLOCK, lane.length())).sum();
    }

    private static List<Range> rowLanes(ConvolutionShape convolution, long images) {
        long rows = convolution.outPixels();
        long lanes = Math.clamp(images * rows / LEAST_ROWS, 1, Math.min(images, MOST_ROW_LANES));
        return LongStream.range(0, lanes)
                .mapToObj(lane -> new Range(lane * images / lanes * rows, (lane + 1) * images / lanes * rows)).toList();
    }

    private static List<Range> columnLanes(ConvolutionShape convolution) {
        long columns = convolution.fanIn();
        long lanes = Math.clamp(columns / LEAST_COLUMNS, 1, MOST_COLUMN_LANES);
        long width = Math.ceilDiv(Math.ceilDiv(columns, lanes), LANES) * LANES;
        return LongStream.range(0, Math.ceilDiv(columns, width))
                .mapToObj(lane -> new Range(lane * width, Math.min((lane + 1) * width, columns))).toList();
    }

    private static List<Range> whole(long length) {
        return List.of(new Range(0, length));
    }

    /** y = im2col(x) weightsᵀ. */
    static Operation forward(String name, ConvolutionShape c, long images, Buffer x, boolean signs, Buffer weights,
            Buffer columns, Buffer y) {
        int channels = (int) c.outChannels();
        int fanIn = (int) c.fanIn();
        return new ConvolutionProduct(name, rowLanes(c, images), whole(fanIn), columns, y, weights,
                im2col(c, images, x, signs), block -> {
                    block.columnCall().run(block.rows().begin(), block.rows().end());
                    Blas.sgemm(false, true, block.height(), channels, fanIn, block.columnMemory(), fanIn,
                            block.weights(), fanIn, block.outputs(), channels, false);
                }, x).withProducts(ConvolutionOperands.products(c, images));
    }

    /** dx = col2im(dy weights). */
    static Operation inputGradient(String name, ConvolutionShape c, long images, Buffer dy, Buffer weights,
            Buffer columns, Buffer dx) {
        int channels = (int) c.outChannels();
        int fanIn = (int) c.fanIn();
        return new ConvolutionProduct(name, rowLanes(c, images), whole(fanIn), columns, dy, weights,
                (arena, memory, _) -> Im2colKernel.col2im(arena, c, images, memory, Operations.matrix(dx)), block -> {
                    Blas.sgemm(false, false, block.height(), fanIn, channels, block.outputs(), channels,
                            block.weights(), fanIn, block.columnMemory(), fanIn, false);
                    block.columnCall().run(block.rows().begin(), block.rows().end());
                }, dx).withProducts(ConvolutionOperands.products(c, images));
    }

    /** dw = dyᵀ im2col(x). */
    static Operation weightGradient(String name, ConvolutionShape c, long images, Buffer dy, Buffer x, boolean signs,
            Buffer columns, Buffer dw) {
        int channels = (int) c.outChannels();
        int fanIn = (int) c.fanIn();
        return new ConvolutionProduct(name, whole(images * c.outPixels()), columnLanes(c), columns, dy, dw,
                im2col(c, images, x, signs), block -> {
                    block.columnCall().run(block.rows().begin(), block.rows().end());
                    boolean first = block.rows().begin() == 0;
                    Blas.sgemm(true, false, channels, block.width(), block.height(), block.outputs(), channels,
                            block.columnMemory(), block.width(), block.weights(), fanIn, !first);
                }, x).withProducts(ConvolutionOperands.products(c, images));
    }

    private static ColumnCall im2col(ConvolutionShape c, long images, Buffer x, boolean signs) {
        return signs
                ? (arena, memory, first) -> Im2colKernel.im2colSigns(arena, c, images, Operations.matrix(x), memory,
                        first)
                : (arena, memory, first) -> Im2colKernel.im2col(arena, c, images, Operations.matrix(x), memory, first);
    }

    @Override
    protected void bind(Arena arena) {
        long used = 0; // elements of the memory for columns
        for (Range rowLane : rowLanes) {
            for (Range columnLane : columnLanes) {
                List<Block> lane = new ArrayList<>();
                MemorySegment memory = part(columns, used);
                RangeCall call = columnCall.of(arena, new Matrix(ElementType.FLOAT32,
                        Math.min(BLOCK, rowLane.length()), columnLane.length(), memory), columnLane.begin());
                for (long row = rowLane.begin(); row < rowLane.end(); row += BLOCK) {
                    Range rows = new Range(row, Math.min(row + BLOCK, rowLane.end()));
                    lane.add(new Block(call, rows, columnLane, memory,
                            part(outputs, row * outputs.columns()), part(weights, columnLane.begin())));
                }
                used += Math.min(BLOCK, rowLane.length()) * columnLane.length();
                blocks.add(List.copyOf(lane));
            }
        }
    }

    private static MemorySegment part(Buffer matrix, long element) {
        return matrix.segment().asSlice(element * Float.BYTES);
    }

    @Override
    protected void run(long begin, long end) {
        for (int lane = (int) begin; lane < end; lane++) {
            List<Block> own = blocks.get(lane);
            for (int i = 0; i < own.size(); i++) { // an iterator would be allocated
                call.run(own.get(i));
            }
        }
    }
}
