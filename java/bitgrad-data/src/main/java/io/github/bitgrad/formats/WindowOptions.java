package io.github.bitgrad.formats;

import io.github.bitgrad.data.ReadingOptions;
import java.util.Optional;

/**
 * The windows that options of reading ask for: {@link ReadingOptions#WINDOW} and {@link ReadingOptions#HOP}, in steps of
 * a stream or in seconds of a recording.
 *
 * @param window the length of a window, a positive number
 * @param hop from the beginning of a window to that of the next one, a positive number; if none is given, the length
 */
public record WindowOptions(double window, double hop) {
    /**
     * {@return what the options ask for; empty if it is no windows}
     *
     * @throws IllegalArgumentException if there is a hop but no window
     */
    public static Optional<WindowOptions> of(ReadingOptions options) {
        Optional<Double> window = options.get(ReadingOptions.WINDOW).map(Number::doubleValue);
        Optional<Double> hop = options.get(ReadingOptions.HOP).map(Number::doubleValue);
        if (hop.isPresent() && window.isEmpty()) {
            throw new IllegalArgumentException("A hop lies between two windows: give the window too.");
        }
        return window.map(length -> new WindowOptions(length, hop.orElse(length)));
    }

    /** {@return the window in steps} @throws IllegalArgumentException if it is no whole number of them */
    public int windowSteps() {
        return steps("window", window);
    }

    /** {@return the hop in steps} @throws IllegalArgumentException if it is no whole number of them */
    public int hopSteps() {
        return steps("hop", hop);
    }

    private static int steps(String what, double number) {
        if (number != (int) number) {
            throw new IllegalArgumentException(
                    "The %s of a stream must be a whole number of steps, at most %s, but is %s."
                            .formatted(what, Integer.MAX_VALUE, number));
        }
        return (int) number;
    }
}
