package io.github.bitgrad.step;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs a training step one operation at a time and keeps what every operation left in the buffers that it uses, before
 * others use their memory.
 */
public final class Snapshots {
    private final Map<String, double[][]> values = new HashMap<>();
    private final Map<String, double[][]> results = new HashMap<>();

    private Snapshots() {
    }

    public static Snapshots ofStep(Program program, Workers workers) {
        Snapshots snapshots = new Snapshots();
        for (Operation operation : program.training()) {
            List<double[][]> before = operation.uses().stream().map(Snapshots::read).toList();
            workers.run(operation);
            double[][] result = null;
            for (int i = 0; i < before.size(); i++) {
                Buffer buffer = operation.uses().get(i);
                double[][] now = read(buffer);
                snapshots.values.put(buffer.name(), now);
                snapshots.values.put(operation.name() + " " + buffer.name(), now);
                boolean written = !Arrays.deepEquals(before.get(i), now);
                result = result == null && (written || i == before.size() - 1) ? now : result;
            }
            snapshots.results.put(operation.name(), result);
        }
        return snapshots;
    }

    /** What a buffer held when it was used last. */
    public double[][] last(String buffer) {
        return find(values, buffer);
    }

    /** What a buffer held after an operation. */
    public double[][] after(String operation, String buffer) {
        return find(values, operation + " " + buffer);
    }

    /** What an operation left in the first buffer that it changed. */
    public double[][] result(String operation) {
        return find(results, operation);
    }

    private static double[][] find(Map<String, double[][]> values, String key) {
        double[][] found = values.get(key);
        if (found == null) {
            throw new IllegalArgumentException("no " + key + " among " + List.copyOf(values.keySet()));
        }
        return found;
    }

    /** A buffer as rows of numbers; bits are +1 and −1. */
    public static double[][] read(Buffer buffer) {
        MemorySegment segment = buffer.segment();
        double[][] matrix = new double[(int) buffer.rows()][(int) buffer.columns()];
        for (int row = 0; row < matrix.length; row++) {
            for (int column = 0; column < matrix[row].length; column++) {
                long index = row * buffer.columns() + column;
                matrix[row][column] = switch (buffer.type()) {
                    case FLOAT32 -> segment.getAtIndex(ValueLayout.JAVA_FLOAT, index);
                    case FLOAT16 -> Float.float16ToFloat(segment.getAtIndex(ValueLayout.JAVA_SHORT, index));
                    case INT16 -> segment.getAtIndex(ValueLayout.JAVA_SHORT, index);
                    case INT32 -> segment.getAtIndex(ValueLayout.JAVA_INT, index);
                    case INT64 -> segment.getAtIndex(ValueLayout.JAVA_LONG, index);
                    case INT8 -> segment.get(ValueLayout.JAVA_BYTE, index);
                    case UINT8 -> Byte.toUnsignedInt(segment.get(ValueLayout.JAVA_BYTE, index));
                    case BITS -> (segment.getAtIndex(ValueLayout.JAVA_LONG,
                            row * ElementType.words(buffer.columns()) + column / Long.SIZE) >> column % Long.SIZE & 1)
                            == 1
                                    ? 1
                                    : -1;
                };
            }
        }
        return matrix;
    }
}
