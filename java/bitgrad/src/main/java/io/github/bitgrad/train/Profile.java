package io.github.bitgrad.train;

import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.step.OperationKind;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where the time of the training steps went. The first steps are slower, until Java has compiled them, so they are left
 * out: at most half of the steps, and never a single step.
 *
 * @param steps how many steps it is of
 * @param parts the parts of a step, the one that took longest first
 */
public record Profile(long steps, List<Part> parts) {
    /**
     * All operations of one kind in one layer.
     *
     * @param layer the name of the layer, or of the block that it belongs to
     * @param kind what the operations do
     * @param seconds how long they took in one step, on average
     * @param products the multiplications of products that they do in one step; 0 if they are no products
     * @param bytes the size of all buffers that they use; a buffer that several operations use counts for each of them
     */
    public record Part(String layer, OperationKind kind, double seconds, long products, long bytes) {
        private Part plus(Part other) {
            return new Part(layer, kind, seconds + other.seconds, products + other.products, bytes + other.bytes);
        }
    }

    private static final double NANOSECOND = 1e-9;

    public Profile {
        parts = List.copyOf(parts);
    }

    /** @param times of these operations */
    static Profile of(List<Operation> operations, StepTimes times) {
        Map<List<Object>, Part> parts = new LinkedHashMap<>();
        for (int i = 0; i < operations.size(); i++) {
            Operation operation = operations.get(i);
            String layer = StepBuilder.block(operation.name());
            OperationKind kind = OperationKind.of(operation);
            Part part = new Part(layer, kind, times.mean(i) * NANOSECOND, operation.products(),
                    operation.uses().stream().mapToLong(Buffer::bytes).sum());
            parts.merge(List.of(layer, kind), part, Part::plus);
        }
        return new Profile(times.steps(), parts.values().stream()
                .sorted(Comparator.comparingDouble((Part part) -> -part.seconds())).toList());
    }

    /** The time of a step that its operations took. */
    public double seconds() {
        return parts.stream().mapToDouble(Part::seconds).sum();
    }
}
