package io.github.bitgrad.cli;

import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.train.MemoryPlanner;
import io.github.bitgrad.train.NetworkSummary;
import io.github.bitgrad.train.StepSettings;
import io.github.bitgrad.train.Trainer;
import io.github.bitgrad.train.TrainerBuilder;
import io.github.bitgrad.train.TrainingListener;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.SplittableRandom;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bitgrad summary}. */
@Command(name = "summary", description = {"Reports the layers of a network: their output shapes, weights, bits and "
        + "multiply-accumulates, and their shares of the memory and of the time of a training step.",
    "Layers whose names are equal up to the first dot share weights, memory and time, which are reported for all of "
            + "them together."})
final class SummaryCommand implements Runnable {
    /** A network is trained so long to measure its times, but at least so many steps. */
    private static final Duration TIMED = Duration.ofSeconds(2);
    private static final int LEAST_STEPS = 3;
    private static final int MOST_STEPS = 1000;

    @Mixin
    private NetworkOptions options;

    @Mixin
    private DataOptions data;

    @Option(names = "--batch", paramLabel = "N", converter = PositiveInteger.class,
            description = "Images in a step. The default is 100, or what suits the data, or what a memory limit chooses.")
    private Integer batch;

    @Option(names = "--time",
            description = "Measure the time of the layers in some training steps on random images. By default nothing "
                    + "is run.")
    private boolean time;

    @Mixin
    private MachineOptions machine;

    @Mixin
    private Output output;

    @Override
    public void run() {
        TrainerBuilder training = options.training(data, batch);
        if (options.memoryLimit() != null) {
            training.with(MemoryPlanner.decide(training, options.memoryLimit()));
        }
        NetworkSummary summary = training.summary();
        StepSettings step = training.settings().step();
        if (time) {
            machine.selectIsa();
            summary = timed(training, step.network(), step.batch(), summary);
        }
        SummaryReport report = new SummaryReport(summary, step);
        output.report(report.object(), report.text());
    }

    private NetworkSummary timed(TrainerBuilder training, Network network, int images, NetworkSummary summary) {
        SplittableRandom random = new SplittableRandom(TrainerBuilder.DEFAULT_SEED);
        try (Dataset noise = Dataset.create("random", network.input(), network.classes(), images, (pixels, labels) -> {
            for (long i = 0; i < pixels.byteSize(); i++) {
                pixels.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
            }
            for (int image = 0; image < images; image++) {
                labels.set(image, random.nextInt(network.classes()));
            }
        });
                Trainer trainer = training.profiled().threads(machine.threads()).augmentation(Augmentation.NONE)
                        .epochs(MOST_STEPS).build()) {
            long end = System.nanoTime() + TIMED.toNanos();
            trainer.train(noise, new TrainingListener() {
                @Override
                public void stepEnded(long step, long steps, double loss, double accuracy, long nanoseconds) {
                    if (step >= LEAST_STEPS && System.nanoTime() - end > 0) {
                        trainer.stop();
                    }
                }
            });
            return summary.withTimes(trainer.profile());
        }
    }
}
