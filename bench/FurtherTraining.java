import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.data.ReadingOptions;
import io.github.bitgrad.data.TrainAndTest;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.train.ReplayMemory;
import io.github.bitgrad.train.TrainedNetwork;
import io.github.bitgrad.train.Trainer;
import io.github.bitgrad.train.TrainerBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Measures what a network learns and forgets when training goes on. The script further-training starts it. */
public final class FurtherTraining {
    private static final String FROZEN = "conv3";
    private static final int OLD_CLASSES = 8;
    private static final int NEW_IMAGES = 100;

    /** A row of the table of new classes: what is frozen, the batch and its replayed images, epochs and learning rate. */
    private record Row(String frozen, int batch, int replayed, int epochs, float rate) {
    }

    private static final List<Row> ROWS = List.of(new Row("", 50, 0, 10, 1e-3f), new Row("conv4", 50, 0, 10, 1e-3f),
            new Row("", 100, 80, 20, 1e-3f), new Row("conv2", 100, 80, 20, 1e-3f), new Row("conv4", 100, 80, 20, 1e-3f),
            new Row("conv4", 100, 90, 10, 1e-3f), new Row("conv4", 100, 95, 5, 1e-3f));

    private FurtherTraining() {
    }

    /** @param arguments {@code speakers} or {@code classes}, and the folder with the data */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[1]);
        Path network = Files.createTempFile("network", "");
        try {
            if (arguments[0].equals("speakers")) {
                speaker(folder, network);
            } else {
                classes(folder, network);
            }
        } finally {
            Files.delete(network);
        }
    }

    private static void print(String form, Object... values) {
        System.out.printf(Locale.ROOT, form, values);
    }

    private static double seconds(long begin) {
        return (System.nanoTime() - begin) * 1e-9;
    }

    private static double mebibytes(Trainer trainer) {
        return trainer.plan().peakBytes() / 0x1p20;
    }

    /** Five speakers are in others/{train,test}/DIGIT, the sixth is in own/{train,test}/DIGIT. */
    private static void speaker(Path folder, Path network) {
        try (TrainAndTest others = Datasets.open(folder.resolve("others").toString(), ReadingOptions.NONE);
                Trainer trainer = Trainer.suiting(others.train()).seed(1).threads(1).build()) {
            trainer.train(others.train());
            trainer.save(network);
        }
        TrainedNetwork trained = TrainedNetwork.load(network);
        ReadingOptions reading = ReadingOptions.NONE.forNetwork(trained.classNames(), trained.preprocessing());
        try (TrainAndTest others = Datasets.open(folder.resolve("others").toString(), reading);
                TrainAndTest own = Datasets.open(folder.resolve("own").toString(), reading);
                ReplayMemory memory = ReplayMemory.of(1_000_000);
                Trainer trainer = Trainer.from(trained).algorithm(Algorithm.LEAN).freeze(FROZEN).batch(25)
                        .replay(memory, 20).epochs(20).learningRate(3e-3f).seed(1).threads(1).build()) {
            double ownBefore = trainer.evaluate(own.test()).accuracy();
            double othersBefore = trainer.evaluate(others.test()).accuracy();
            trainer.remember(others.train());
            long begin = System.nanoTime();
            trainer.train(own.train());
            double time = seconds(begin);
            print("%s: own %.1f -> %.1f, others %.1f -> %.1f, %.1f s, plan %.2f MiB%n", folder.getFileName(),
                    100 * ownBefore, 100 * trainer.evaluate(own.test()).accuracy(), 100 * othersBefore,
                    100 * trainer.evaluate(others.test()).accuracy(), time, mebibytes(trainer));
        }
    }

    /** Up to so many images of each class that fits, by their numbers. */
    private static int[] indices(Dataset dataset, IntPredicate fits, int most) {
        int[] found = new int[dataset.classes()];
        return IntStream.range(0, dataset.size())
                .filter(index -> fits.test(dataset.label(index)) && found[dataset.label(index)]++ < most).toArray();
    }

    private static String recalls(Trainer trainer, Dataset test) {
        StringBuilder text = new StringBuilder();
        for (IntPredicate fits : List.<IntPredicate>of(label -> label < OLD_CLASSES, label -> label >= OLD_CLASSES)) {
            try (Dataset some = test.subset(indices(test, fits, test.size()))) {
                text.append(String.format(Locale.ROOT, " %.1f", 100 * trainer.evaluate(some).accuracy()));
            }
        }
        return text.toString();
    }

    /** The folder holds CIFAR-10. */
    private static void classes(Path folder, Path network) {
        try (TrainAndTest all = Datasets.open(folder.toString(), ReadingOptions.NONE)) {
            List<String> names = all.train().classNames();
            List<String> oldNames = names.subList(0, OLD_CLASSES);
            try (Dataset old = all.train().subset(indices(all.train(), label -> label < OLD_CLASSES, all.train().size()));
                    Dataset added = all.train().subset(indices(all.train(), label -> label >= OLD_CLASSES, NEW_IMAGES));
                    Dataset ofOld = old.withClasses(oldNames);
                    Dataset both = old.concat(added);
                    Dataset together = both.balanced()) {
                try (Trainer trainer = Trainer.of(Models.CNV.build(ofOld)).algorithm(Algorithm.LEAN).epochs(12)
                        .threads(1).seed(1).build();
                        Dataset oldTest = all.test()
                                .subset(indices(all.test(), label -> label < OLD_CLASSES, all.test().size()));
                        Dataset test = oldTest.withClasses(oldNames)) {
                    trainer.train(ofOld);
                    trainer.save(network);
                    print("old classes alone: %.1f%n", 100 * trainer.evaluate(test).accuracy());
                }
                try (Trainer trainer = Trainer.of(Models.CNV.build(together)).algorithm(Algorithm.LEAN).epochs(10)
                        .threads(1).seed(1).build()) {
                    trainer.train(together);
                    print("all together:%s%n", recalls(trainer, all.test()));
                }
                TrainedNetwork trained = TrainedNetwork.load(network);
                for (Row row : ROWS) {
                    goOn(trained, trained.growing(names), row, new Parts(ofOld, added, all.test()));
                }
            }
        }
    }

    private record Parts(Dataset old, Dataset added, Dataset test) {
    }

    private static void goOn(TrainedNetwork trained, TrainedNetwork grown, Row row, Parts parts) {
        try (ReplayMemory memory = ReplayMemory.of(ReplayMemory.DEFAULT_BYTES)) {
            if (row.replayed() > 0) { // the network that knows the old classes makes the samples
                try (Trainer trainer = frozen(Trainer.from(trained), row).replay(memory, 1).build()) {
                    trainer.remember(parts.old());
                }
            }
            TrainerBuilder training = frozen(Trainer.from(grown), row).batch(row.batch()).epochs(row.epochs())
                    .learningRate(row.rate()).seed(1);
            if (row.replayed() > 0) {
                training.replay(memory, row.replayed());
            }
            try (Trainer trainer = training.build()) {
                long begin = System.nanoTime();
                trainer.train(parts.added());
                double time = seconds(begin);
                print("%s:%s, %.1f s, plan %.1f MiB, %s samples%n", row, recalls(trainer, parts.test()), time,
                        mebibytes(trainer), memory.size());
            }
        }
    }

    private static TrainerBuilder frozen(TrainerBuilder training, Row row) {
        training.algorithm(Algorithm.LEAN).threads(1);
        return row.frozen().isEmpty() ? training : training.freeze(row.frozen());
    }
}
