package com.example.digits;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.train.Trainer;
import java.nio.file.Path;

/** Trains for 120 steps by the algorithm that the argument names, saves the network, and classifies with it. */
public final class Digits {
    private Digits() {
    }

    public static void main(String[] arguments) {
        Algorithm algorithm = Algorithm.named(arguments.length == 0 ? "lean" : arguments[0]);
        Path file = Path.of("digits.bitgrad");
        try (var digits = Datasets.open("demo");
                var trainer = Trainer.of(Models.MLP.build(digits.train())).algorithm(algorithm).epochs(2).build()) {
            trainer.train(digits.train());
            trainer.save(file);
            try (var classifier = Classifier.load(file)) {
                System.out.println("accuracy: " + classifier.evaluate(digits.test()).accuracy());
            }
        } catch (BitgradException failure) {
            System.err.println(failure.getMessage());
            System.exit(1);
        }
    }
}
