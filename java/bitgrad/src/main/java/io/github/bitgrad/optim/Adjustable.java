package io.github.bitgrad.optim;

import java.util.Map;

/** A schedule of the library that has numbers. */
interface Adjustable extends Schedule {
    /**
     * The schedule with other numbers.
     *
     * @param numbers all of them, by their names
     */
    Schedule with(Map<String, Number> numbers);
}
