package io.github.bitgrad.cli;

import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.train.TrainerBuilder;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** The optimizer and its numbers. Every optimizer refuses the numbers that it does not have. */
final class OptimizerOptions {
    @Option(names = "--optimizer", paramLabel = "NAME",
            description = "Optimizer: ${COMPLETION-CANDIDATES}. The default is adam, or what a memory limit chooses. "
                    + "The adaptivity rate of bop is its learning rate.")
    private Optimizers optimizer;

    /** The numbers that are set, by their names in the library. */
    private final Map<String, Float> numbers = new LinkedHashMap<>();

    @Option(names = "--beta1", paramLabel = "F",
            description = "The part of the momentum that adam keeps in each step; 0.9 by default.")
    private void beta1(float number) {
        numbers.put("beta1", number);
    }

    @Option(names = "--beta2", paramLabel = "F",
            description = "The part of the second moment that adam keeps in each step; 0.999 by default.")
    private void beta2(float number) {
        numbers.put("beta2", number);
    }

    @Option(names = "--epsilon", paramLabel = "F",
            description = "The number that adam adds to the root of the second moment; 1e-7 by default.")
    private void epsilon(float number) {
        numbers.put("epsilon", number);
    }

    @Option(names = "--momentum", paramLabel = "F",
            description = "The part of the momentum that sgdm keeps in each step; 0.9 by default.")
    private void momentum(float number) {
        numbers.put("momentum", number);
    }

    @Option(names = "--threshold", paramLabel = "F",
            description = "How strong a momentum must be for bop to flip a weight. The default is 1e-6 if weight "
                    + "gradients are real numbers, and 1e-3 if they are signs.")
    private void threshold(float number) {
        numbers.put("threshold", number);
    }

    /**
     * Sets the optimizer if an option names it or one of its numbers. If no option names it, the numbers are those of
     * adam.
     */
    void choose(TrainerBuilder training) {
        if (optimizer != null || !numbers.isEmpty()) {
            Optimizers chosen = optimizer != null ? optimizer : Optimizers.ADAM;
            training.optimizer(gradients -> chosen.create(gradients, numbers));
        }
    }
}
