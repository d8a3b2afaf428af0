package example;

import io.github.bitgrad.optim.Schedule;
import java.util.SequencedMap;

/** A schedule of a user's: the learning rate grows from step to step until it is whole, and stays so. */
record WarmUp(int growingSteps) implements Schedule {
    @Override
    public String name() {
        return "warm-up";
    }

    @Override
    public SequencedMap<String, Number> numbers() {
        SequencedMap<String, Number> numbers = Schedule.super.numbers();
        numbers.put("growing steps", growingSteps);
        return numbers;
    }

    @Override
    public Course start(float rate, long steps) {
        return step -> rate * Math.min(step + 1, growingSteps) / growingSteps;
    }
}
