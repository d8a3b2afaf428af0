package io.github.bitgrad.cli;

import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.train.TrainerBuilder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine.Option;

/** The optimizer and its numbers. Every optimizer refuses the numbers that it does not have. */
final class OptimizerOptions {
    @Option(names = "--optimizer", paramLabel = "NAME",
            description = "Optimizer: ${COMPLETION-CANDIDATES}. The default is adam, or what a memory limit chooses. "
                    + "The adaptivity rate of bop (gamma) is --learning-rate.")
    private Optimizers optimizer;

    @Option(names = "--beta1", paramLabel = "F",
            description = "The part of the momentum that adam keeps in each step; 0.9 by default.")
    private Float beta1;

    @Option(names = "--beta2", paramLabel = "F",
            description = "The part of the second moment that adam keeps in each step; 0.999 by default.")
    private Float beta2;

    @Option(names = "--epsilon", paramLabel = "F",
            description = "The number that adam adds to the root of the second moment; 1e-7 by default.")
    private Float epsilon;

    @Option(names = "--momentum", paramLabel = "F",
            description = "The part of the momentum that sgdm keeps in each step; 0.9 by default.")
    private Float momentum;

    @Option(names = "--threshold", paramLabel = "F",
            description = "How strong a momentum must be for bop to flip a weight. The default is 1e-6 if weight "
                    + "gradients are real numbers, and 1e-3 if they are signs.")
    private Float threshold;

    @Option(names = "--bias-rate", paramLabel = "F",
            description = "The learning rate of the biases if the optimizer is bop. By default it is the adaptivity "
                    + "rate.")
    private Float biasRate;

    /** The numbers that are set, by their names in the library. */
    private Map<String, Float> numbers() {
        Map<String, Float> numbers = new LinkedHashMap<>();
        numbers.put("beta1", beta1);
        numbers.put("beta2", beta2);
        numbers.put("epsilon", epsilon);
        numbers.put("momentum", momentum);
        numbers.put("threshold", threshold);
        numbers.put("biasRate", biasRate);
        numbers.values().removeIf(Objects::isNull);
        return numbers;
    }

    /**
     * Sets the optimizer if an option names it or one of its numbers. If no option names it, the numbers are those of
     * adam.
     */
    void choose(TrainerBuilder training) {
        Map<String, Float> numbers = numbers();
        if (optimizer != null || !numbers.isEmpty()) {
            Optimizers chosen = optimizer != null ? optimizer : Optimizers.ADAM;
            training.optimizer(gradients -> chosen.create(gradients, numbers));
        }
    }
}
