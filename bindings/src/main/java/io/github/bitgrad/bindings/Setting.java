package io.github.bitgrad.bindings;

import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A setting that a user makes with a system property or with an environment variable. If both are set, the system
 * property counts. An empty text counts as not set.
 */
record Setting(String property, String environment) {
    Optional<String> value() {
        return Stream.of(Optional.ofNullable(System.getProperty(property)),
                Optional.ofNullable(System.getenv(environment)))
                .flatMap(Optional::stream).filter(Predicate.not(String::isEmpty)).findFirst();
    }

    /** The name of the setting in messages. */
    @Override
    public String toString() {
        return "%s or -D%s".formatted(environment, property);
    }
}
