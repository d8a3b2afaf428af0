package io.github.bitgrad.data;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.Names;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * A kind of preprocessing: its name in files, and how an object is made from its text. Kinds are found as
 * {@linkplain ServiceLoader services} of this interface.
 */
public interface PreprocessingKind {
    /** {@return the name in files, such as {@code picture}; no two kinds share a name} */
    String name();

    /**
     * Makes an object of this kind.
     *
     * @param text what {@link Preprocessing#text()} returned, or anything else: it comes from a file
     * @throws IllegalArgumentException when it cannot be such a text
     */
    Preprocessing preprocessing(String text);

    /**
     * Finds a kind by its name.
     *
     * @return the kind; empty if no service has the name
     * @throws BitgradException when a service cannot be used
     */
    static Optional<PreprocessingKind> named(String name) {
        try {
            return ServiceLoader.load(PreprocessingKind.class).stream().map(ServiceLoader.Provider::get)
                    .filter(kind -> kind.name().equals(name)).findFirst();
        } catch (ServiceConfigurationError failure) {
            throw new BitgradException(
                    "A kind of preprocessing that is offered as a service cannot be used (%s): mend it, or take it away."
                            .formatted(Names.printable(failure.getMessage())),
                    failure);
        }
    }
}
