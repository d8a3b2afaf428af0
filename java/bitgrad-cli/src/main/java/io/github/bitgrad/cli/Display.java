package io.github.bitgrad.cli;

import io.github.bitgrad.train.EpochReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Shows the progress of a training to a person. */
interface Display extends AutoCloseable {
    /** Shows that a training is being continued. The parameters are those of {@code TrainingListener}. */
    void resumed(int epochs, long step, long steps);

    /** Shows a sentence about something that went wrong but does not end the training. */
    void warn(String sentence);

    /** Shows the results of a step. The parameters are those of {@code TrainingListener}. */
    void stepEnded(long step, long steps, double loss, double accuracy);

    /** Shows the results of an epoch. */
    void epochEnded(EpochReport epoch);

    @Override
    void close();

    /**
     * Whether a file descriptor is a terminal. {@code System.console()} knows only of standard input and output, but
     * progress goes to standard error.
     *
     * @param descriptor its entry in Linux's folder {@code /proc/self/fd}
     */
    static boolean isTerminal(Path descriptor) {
        try {
            return Pattern.matches("/dev/(pts/|tty|console).*", Files.readSymbolicLink(descriptor).toString());
        } catch (IOException notLinux) {
            return false;
        }
    }
}
