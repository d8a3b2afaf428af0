import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.data.Preprocessing;
import io.github.bitgrad.data.ReadingOptions;
import io.github.bitgrad.train.ReplayMemory;
import io.github.bitgrad.train.TrainedNetwork;
import io.github.bitgrad.train.Trainer;
import java.io.File;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** Arguments: a network for words, the folder that it was trained on, and own recordings, each in a folder of its word. */
class OwnWords {
    public static void main(String[] arguments) {
        TrainedNetwork trained = TrainedNetwork.load(Path.of(arguments[0]));
        Preprocessing sound = trained.preprocessing().orElseThrow();
        var reading = ReadingOptions.NONE.forNetwork(trained.classNames(), trained.preprocessing());
        try (var earlier = Datasets.open(arguments[1], reading);
                var memory = ReplayMemory.of(1 << 20);
                var trainer = Trainer.from(trained).algorithm(Algorithm.LEAN).freeze("conv3").batch(25).replay(memory, 24)
                        .learningRate(3e-3f).build()) {
            trainer.remember(earlier.train()); // so that it does not forget
            for (int i = 2; i < arguments.length; i++) {
                File recording = new File(arguments[i]);
                int word = trained.classNames().indexOf(recording.getParentFile().getName());
                var sample = MemorySegment.ofArray(sound.read(recording.toPath()).getFirst().bytes());
                System.out.println(recording + ": " + trained.classNames().get(trainer.classify(sample)));
                trainer.learn(sample, word);
            }
            System.out.println("accuracy of earlier words: " + trainer.evaluate(earlier.test()).accuracy());
            trainer.save(Path.of("own.bitgrad"));
        }
    }
}
