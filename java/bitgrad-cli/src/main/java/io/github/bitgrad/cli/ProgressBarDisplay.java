package io.github.bitgrad.cli;

import io.github.bitgrad.train.EpochReport;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressState;

/**
 * Draws a bar, and beside it the time that is left, the loss and accuracy of the running epoch, the accuracy of the
 * last test, and the planned memory.
 */
final class ProgressBarDisplay implements Display {
    private static final int REDRAW_MILLISECONDS = 200;
    private static final int WIDEST_BAR = 40;

    private final PrintStream to;
    private final String part;
    private final String memory;
    private ProgressBar bar;
    private String test = "";
    private double lossSum;
    private double accuracySum;
    private long epochSteps;
    private long nextMessage;

    /** @param part the part of the data that the network is tested with after every epoch: test or validation */
    ProgressBarDisplay(PrintStream to, String part, long planPeakBytes) {
        this.to = to;
        this.part = part;
        memory = Units.mebibytes(planPeakBytes) + " MiB";
    }

    @Override
    public void stepEnded(long step, long steps, double loss, double accuracy) {
        if (bar == null) {
            bar = ProgressBar.builder().setInitialMax(steps).startsFrom(step - 1, Duration.ZERO)
                    .setUpdateIntervalMillis(REDRAW_MILLISECONDS).setRenderer(ProgressBarDisplay::render)
                    .setConsumer(new ConsoleProgressBarConsumer(to, terminalWidth())).build();
            nextMessage = System.nanoTime();
        }
        lossSum += loss;
        accuracySum += accuracy;
        epochSteps++;
        bar.stepTo(step);
        if (System.nanoTime() - nextMessage >= 0) { // making text that is not drawn would slow the training down
            nextMessage = System.nanoTime() + Duration.ofMillis(REDRAW_MILLISECONDS).toNanos();
            message(lossSum / epochSteps, accuracySum / epochSteps);
        }
    }

    /**
     * Asks once for the width. A consumer that is not told a width starts a process to ask for it whenever it draws.
     */
    private static int terminalWidth() {
        try (ConsoleProgressBarConsumer asked = new ConsoleProgressBarConsumer(
                new PrintStream(OutputStream.nullOutputStream()))) {
            return asked.getMaxRenderedLength();
        }
    }

    @Override
    public void epochEnded(EpochReport epoch) {
        lossSum = 0;
        accuracySum = 0;
        epochSteps = 0;
        test = epoch.test().map(result -> Units.format(", %s %.1f %%", part, 100 * result.accuracy())).orElse("");
        message(epoch.trainLoss(), epoch.trainAccuracy());
    }

    private void message(double loss, double accuracy) {
        if (bar != null) { // a training that is resumed may end an epoch before its first step
            bar.setExtraMessage(
                    Units.format("loss %.3f, accuracy %.1f %%%s, %s", loss, 100 * accuracy, test, memory));
        }
    }

    /** Makes a line such as {@code  66 % [=====   ] 0:01:12 left, loss …}, with a bar as wide as the line allows. */
    private static String render(ProgressState state, int width) {
        double done = state.getNormalizedProgress();
        String before = Units.format("%3d %% [", (int) (100 * done));
        String after = "] %s left, %s".formatted(timeLeft(state), state.getExtraMessage());
        int barWidth = Math.clamp(width - before.length() - after.length(), 0, WIDEST_BAR);
        int filled = (int) (barWidth * done);
        String line = before + "=".repeat(filled) + " ".repeat(barWidth - filled) + after;
        return line + " ".repeat(Math.max(width - line.length(), 0)); // overwrites the end of a longer line
    }

    private static String timeLeft(ProgressState state) {
        long steps = state.getCurrent() - state.getStart();
        if (steps == 0) {
            return "?";
        }
        long seconds = Math.round(state.getElapsedAfterStart().toMillis() * 1e-3 / steps
                * (state.getMax() - state.getCurrent()));
        return Units.format("%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }

    @Override
    public void resumed(int epochs, long step, long steps) {
        // the bar itself begins where the training is continued
    }

    @Override
    public void warn(String sentence) {
        to.println();
        to.println(sentence);
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
