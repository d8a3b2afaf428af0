package io.github.bitgrad.optim;

/** A schedule that is its name and a function. */
record NamedSchedule(String name, Start begin) implements Schedule {
    @Override
    public Course start(float rate, long steps) {
        return begin.start(rate, steps);
    }

    @Override
    public String toString() {
        return name;
    }
}
