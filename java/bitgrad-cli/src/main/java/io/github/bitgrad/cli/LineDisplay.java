package io.github.bitgrad.cli;

import io.github.bitgrad.train.EpochReport;
import java.io.PrintStream;

/** Prints one line for each epoch, for files and pipes. */
final class LineDisplay implements Display {
    private final PrintStream to;
    private final String part;
    private long steps;

    /** @param part the part of the data that the network is tested with after every epoch: test or validation */
    LineDisplay(PrintStream to, String part) {
        this.to = to;
        this.part = part;
    }

    @Override
    public void resumed(int epochs, long step, long allSteps) {
        steps = allSteps;
        to.println("resumed after epoch %s, step %s of %s".formatted(epochs, step, allSteps));
    }

    @Override
    public void warn(String sentence) {
        to.println(sentence);
    }

    @Override
    public void stepEnded(long step, long steps, double loss, double accuracy) {
        this.steps = steps;
    }

    @Override
    public void epochEnded(EpochReport epoch) {
        to.println(
                Units.format("epoch %d, step %d of %d: loss %.4f, accuracy %s%s%s, %.1f s", epoch.epoch(),
                        epoch.steps(),
                        steps, epoch.trainLoss(), Units.percent(epoch.trainAccuracy()),
                        epoch.test().map(test -> ", %s accuracy %s".formatted(part, Units.percent(test.accuracy())))
                                .orElse(""),
                        epoch.flips().map(flips -> ", flips " + Units.percent(flips.ratio())).orElse(""),
                        epoch.seconds()));
    }

    @Override
    public void close() {
        // every line is complete already
    }
}
