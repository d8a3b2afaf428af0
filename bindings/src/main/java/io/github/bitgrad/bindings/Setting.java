package io.github.bitgrad.bindings;

import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** What a user may set as a system property or, after it, as an environment variable. Empty text sets nothing. */
record Setting(String property, String environment) {
    Optional<String> value() {
        return Stream.of(Optional.ofNullable(System.getProperty(property)),
                Optional.ofNullable(System.getenv(environment)))
                .flatMap(Optional::stream).filter(Predicate.not(String::isEmpty)).findFirst();
    }

    /** As errors name it. */
    @Override
    public String toString() {
        return "%s or -D%s".formatted(environment, property);
    }
}
