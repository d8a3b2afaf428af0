package io.github.bitgrad.bench.kit;

import io.github.bitgrad.bench.TrainingStep;
import io.github.bitgrad.memory.MemoryPlan;
import io.github.bitgrad.step.TrainingClock;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The memory that the plan of a training step takes.
 *
 * @param model the network
 * @param training the algorithm, and the format of its gradients
 * @param peakBytes the size of the arena
 * @param bytes the bytes of each variable, by its label, at the operation at which most bytes are in use
 */
public record MemoryUse(String model, String training, long peakBytes, Map<String, Long> bytes) {
    /**
     * Plans a step.
     *
     * @param parameters those of {@link TrainingStep}
     */
    static MemoryUse of(Map<String, String> parameters) {
        String model = parameters.get("model");
        String training = parameters.get("training");
        MemoryPlan plan = TrainingStep.compile(model, training, parameters.get("optimizer"),
                Integer.parseInt(parameters.get("batch")), new TrainingClock()).program().plan();
        Map<String, Long> bytes = new LinkedHashMap<>();
        plan.bytesAtFullest().forEach((variable, count) -> bytes.put(variable.label(), count));
        return new MemoryUse(model, training, plan.peakBytes(), bytes);
    }

    boolean isOf(Map<String, String> parameters) {
        return model.equals(parameters.get("model")) && training.equals(parameters.get("training"));
    }
}
