package io.github.bitgrad.bench.kit;

import java.util.List;
import java.util.stream.Stream;

/**
 * The bits that {@code vcgencmd get_throttled} prints. Each stands for what holds now; sixteen places further is a bit
 * that says whether it has held since the machine was started.
 */
enum Throttling {
    UNDER_VOLTAGE("the voltage is too low"),
    FREQUENCY_CAPPED("the frequency is limited"),
    THROTTLED("the CPU is throttled"),
    SOFT_LIMIT("the soft limit of the temperature is reached");

    private static final int SINCE_START = 16;

    private final String sentence;

    Throttling(String sentence) {
        this.sentence = sentence;
    }

    /** What bits mean, in words. */
    static List<String> in(int bits) {
        return Stream.of(values()).flatMap(each -> Stream.of(
                isSet(bits, each.ordinal()) ? Stream.of(each.sentence + " now") : Stream.<String>empty(),
                isSet(bits, each.ordinal() + SINCE_START) ? Stream.of(each.sentence + " or was since the start")
                        : Stream.<String>empty())
                .flatMap(texts -> texts)).toList();
    }

    private static boolean isSet(int bits, int place) {
        return (bits >> place & 1) == 1;
    }
}
