package io.github.bitgrad.optim;

/** The ranges that the numbers of optimizers and schedules may lie in. None includes infinity or NaN. */
enum NumberRange {
    /** From 0 and below 1. */
    FRACTION("at least 0 and below 1") {
        @Override
        boolean includes(float number) {
            return number >= 0 && number < 1;
        }
    },
    /** Above 0. */
    POSITIVE("a positive number") {
        @Override
        boolean includes(float number) {
            return number > 0 && number <= Float.MAX_VALUE;
        }
    },
    /** From 0. */
    NOT_NEGATIVE("a number from 0 on") {
        @Override
        boolean includes(float number) {
            return number >= 0 && number <= Float.MAX_VALUE;
        }
    };

    private final String sentence;

    NumberRange(String sentence) {
        this.sentence = sentence;
    }

    abstract boolean includes(float number);

    /**
     * @param owner the name of what has the number
     * @param name the number's own name
     * @throws IllegalArgumentException where the range does not include the number
     */
    void require(String owner, String name, float number) {
        if (!includes(number)) {
            throw new IllegalArgumentException(
                    "The %s of %s must be %s, but is %s.".formatted(name, owner, sentence, number));
        }
    }
}
