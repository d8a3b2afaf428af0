import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.train.Trainer;
import java.nio.file.Path;

class FirstDigits {
    public static void main(String[] args) {
        Path file = Path.of("digits.bitgrad");
        try (var digits = Datasets.open("demo"); var trainer = Trainer.of(Models.MLP.build(digits.train())).build()) {
            trainer.train(digits.train());
            System.out.println("accuracy: " + trainer.evaluate(digits.test()).accuracy());
            trainer.save(file);
            try (var classifier = Classifier.load(file)) {
                System.out.println("the first test image: " + classifier.classify(digits.test().image(0)));
            }
        }
    }
}
