package io.github.bitgrad.bench;

import io.github.bitgrad.Evaluation;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.train.Trainer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How many answers of a classifier differ from those of the trainer that saved its network. The classifier computes
 * signs by thresholds; the trainer runs the forward pass of a training step with the statistics that it has saved.
 *
 * @param pictures how many pictures were classified
 * @param differences for how many of them the class differs
 * @param sameLoss whether the mean loss is the same number, to its last bit
 */
public record Answers(int pictures, int differences, boolean sameLoss) {
    /** Whether all answers are the same. */
    public boolean equal() {
        return differences == 0 && sameLoss;
    }

    /**
     * Compares the answers for all pictures of a data set.
     *
     * @param trainer what has saved the network
     * @param classifier what has loaded it
     */
    public static Answers compare(Trainer trainer, Classifier classifier, Dataset pictures) {
        // The classifier's answers become the labels, so the trainer's accuracy says how many answers are the same.
        try (Arena arena = Arena.ofConfined(); Dataset answered = answered(classifier, pictures, arena)) {
            Evaluation expected = trainer.evaluate(answered);
            return new Answers(pictures.size(),
                    (int) Math.round((1 - expected.accuracy()) * pictures.size()),
                    classifier.evaluate(answered).loss() == expected.loss());
        }
    }

    private static Dataset answered(Classifier classifier, Dataset pictures, Arena arena) {
        long bytes = pictures.shape().values();
        MemorySegment all = arena.allocate(pictures.size() * bytes);
        for (int i = 0; i < pictures.size(); i++) {
            MemorySegment.copy(pictures.image(i), 0, all, i * bytes, bytes);
        }
        int[] classes = classifier.classifyAll(all);
        return Dataset.create(pictures.name(), pictures.shape(), pictures.classes(), pictures.size(),
                (images, labels) -> {
                    images.copyFrom(all);
                    for (int i = 0; i < classes.length; i++) {
                        labels.set(i, classes[i]);
                    }
                });
    }
}
