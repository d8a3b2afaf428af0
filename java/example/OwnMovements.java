import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.data.Preprocessing;
import io.github.bitgrad.data.ReadingOptions;
import io.github.bitgrad.train.ReplayMemory;
import io.github.bitgrad.train.TrainedNetwork;
import io.github.bitgrad.train.Trainer;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * Teaches a network for movements, such as rest and run, one more: jump. Arguments: the network, and the stream that it was
 * trained on, with columns x and y, in windows of 20 steps.
 */
class OwnMovements {
    private static final int STEPS = 20;

    public static void main(String[] arguments) {
        TrainedNetwork trained = TrainedNetwork.load(Path.of(arguments[0])).growing(List.of("jump"));
        Preprocessing sensor = trained.preprocessing().orElseThrow();
        var reading = ReadingOptions.NONE.forNetwork(trained.classNames(), trained.preprocessing())
                .with(ReadingOptions.WINDOW, STEPS).with(ReadingOptions.HOP, 5);
        try (var earlier = Datasets.open(arguments[1], reading);
                var memory = ReplayMemory.of(1 << 20);
                var trainer = Trainer.from(trained).algorithm(Algorithm.LEAN).freeze("conv1").batch(25).replay(memory, 24)
                        .learningRate(3e-3f).build()) {
            trainer.remember(earlier.train()); // so that it does not forget
            int jump = trained.classNames().indexOf("jump");
            for (int number = 1; number <= 20; number++) {
                trainer.learn(MemorySegment.ofArray(sensor.bytes(jump(number))), jump);
            }
            int seen = trainer.classify(MemorySegment.ofArray(sensor.bytes(jump(21))));
            System.out.println("a jump is seen as " + trained.classNames().get(seen));
            System.out.println("accuracy of earlier movements: " + trainer.evaluate(earlier.test()).accuracy());
            trainer.save(Path.of("moves.bitgrad"));
        }
    }

    /** Stands for a sensor: x and y of each step, one step behind the other. */
    private static float[] jump(int number) {
        float[] window = new float[2 * STEPS];
        for (int step = 0; step < STEPS; step++) {
            window[2 * step] = (step + number) % 4 < 2 ? 1 : -1;
            window[2 * step + 1] = 0.5f;
        }
        return window;
    }
}
