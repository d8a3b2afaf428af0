package io.github.bitgrad.train;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.BinaryConvolutionOperations;
import io.github.bitgrad.step.ElementwiseOperations;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.Workers;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.Arena;
import java.util.Arrays;

/**
 * What a machine can do, measured: the rates that the parts of a {@link Profile} can be compared with.
 *
 * @param productsPerSecond multiplications of signs with signs in a second, by a product that suits the kernels
 * @param bytesPerSecond bytes that are read or written in a second when memory is copied
 */
public record MachineSpeed(double productsPerSecond, double bytesPerSecond) {
    private static final int REPETITIONS = 12;
    private static final long COPIED_FLOATS = 1 << 22;
    private static final long IMAGES = 8;
    private static final ConvolutionShape CONVOLUTION = new ConvolutionShape(16, 16, 256, 3, 1, 1, 256);
    private static final double NANOSECONDS = 1e9;

    /**
     * Measures, in some tens of milliseconds and with 34 MiB of memory, which is given back.
     *
     * @param threads how many threads compute
     */
    public static MachineSpeed measure(int threads) {
        Program program = new Program();
        Buffer from = program.temporary("from", Variable.OTHER, ElementType.FLOAT32, 1, COPIED_FLOATS);
        Buffer to = program.temporary("to", Variable.OTHER, ElementType.FLOAT32, 1, COPIED_FLOATS);
        Buffer x = program.temporary("x", Variable.OTHER, ElementType.BITS, IMAGES * CONVOLUTION.pixels(),
                CONVOLUTION.channels());
        Buffer weights = program.temporary("weights", Variable.OTHER, ElementType.BITS,
                CONVOLUTION.outChannels() * CONVOLUTION.taps(), CONVOLUTION.channels());
        Buffer sums = program.temporary("sums", Variable.OTHER, ElementType.INT16, IMAGES * CONVOLUTION.outPixels(),
                CONVOLUTION.outChannels());
        Operation copy = ElementwiseOperations.copy("copy", from, to);
        Operation product =
                BinaryConvolutionOperations.binaryConvolution("product", CONVOLUTION, x, weights, sums);
        program.train(copy);
        program.train(product);
        try (Arena arena = Arena.ofShared(); Workers workers = new Workers(threads)) {
            program.allocate(arena);
            double[] seconds = best(program, workers);
            return new MachineSpeed(product.products() / seconds[1], (from.bytes() + to.bytes()) / seconds[0]);
        }
    }

    /** The shortest of several times of each operation, in seconds: all others were disturbed. */
    private static double[] best(Program program, Workers workers) {
        double[] best = new double[program.training().size()];
        Arrays.fill(best, Double.MAX_VALUE);
        for (int repetition = 0; repetition < REPETITIONS; repetition++) {
            long[] nanoseconds = new long[best.length];
            program.timeTraining(workers, true, nanoseconds);
            for (int i = 0; i < best.length; i++) {
                best[i] = Math.min(best[i], Math.max(1, nanoseconds[i]) / NANOSECONDS);
            }
        }
        return best;
    }

    /** The least time of a part of a step at these rates, in seconds. */
    public double leastSeconds(Profile.Part part) {
        return Math.max(part.products() / productsPerSecond, part.bytes() / bytesPerSecond);
    }
}
