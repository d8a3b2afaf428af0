package io.github.bitgrad.cli;

import io.github.bitgrad.infer.Evaluation;
import io.github.bitgrad.train.EpochReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Shows a person how a training goes. */
interface Display extends AutoCloseable {
    /** Before all else where a training is continued; the numbers are {@code TrainingListener}'s. */
    void resumed(int epochs, long step, long steps);

    /** Tells of something that went wrong and does not end the training. */
    void warn(String sentence);

    /** After each step, with its loss and accuracy as {@code TrainingListener} has them. */
    void stepEnded(long step, long steps, double loss, double accuracy);

    /** After each epoch; the test is null where there is none. */
    void epochEnded(EpochReport epoch, Evaluation test);

    @Override
    void close();

    /**
     * Whether a file descriptor is a terminal. {@code System.console()} tells only of standard input and output, and
     * progress goes to standard error.
     *
     * @param descriptor as Linux shows it in {@code /proc/self/fd}
     */
    static boolean isTerminal(Path descriptor) {
        try {
            return Pattern.matches("/dev/(pts/|tty|console).*", Files.readSymbolicLink(descriptor).toString());
        } catch (IOException notLinux) {
            return false;
        }
    }
}
