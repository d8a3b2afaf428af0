package io.github.bitgrad.cli;

import io.github.bitgrad.optim.Schedule;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine.Option;

/** The schedule of the learning rate and its numbers. Every schedule refuses the numbers that it does not have. */
final class ScheduleOptions {
    private static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Schedule.all().stream().map(Schedule::name).iterator();
        }
    }

    @Option(names = "--schedule", paramLabel = "NAME", completionCandidates = Names.class,
            description = "How the learning rate changes: ${COMPLETION-CANDIDATES}. plateau follows the accuracy "
                    + "on the validation part, or on the test images if there is none, loss-plateau the training loss, "
                    + "and accuracy-plateau the training accuracy.")
    private Schedule schedule = NetworkOptions.DEFAULTS.schedule();

    @Option(names = "--plateau-patience", paramLabel = "N", converter = PositiveInteger.class,
            description = "Epochs without a better result after which plateau lets the rate fall; 50 by default, and "
                    + "5 for loss-plateau and accuracy-plateau.")
    private Integer patience;

    @Option(names = "--every", paramLabel = "N", converter = PositiveInteger.class,
            description = "Epochs after which decay lets the rate fall; 100 by default.")
    private Integer every;

    @Option(names = "--factor", paramLabel = "F",
            description = "The number that the plateau schedules and decay multiply the rate with; 0.5 and 0.1 by "
                    + "default.")
    private Float factor;

    /**
     * The schedule with the numbers that are set.
     *
     * @throws IllegalArgumentException if it has no such numbers, or one is out of its range
     */
    Schedule schedule() {
        Map<String, Number> numbers = new LinkedHashMap<>();
        numbers.put("patience", patience);
        numbers.put("every", every);
        numbers.put("factor", factor);
        numbers.values().removeIf(Objects::isNull);
        return Schedule.adjusted(schedule, numbers);
    }
}
