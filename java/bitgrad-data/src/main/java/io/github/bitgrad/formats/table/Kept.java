package io.github.bitgrad.formats.table;

import io.github.bitgrad.data.Preprocessing;
import io.github.bitgrad.data.ReadingOptions;
import java.util.Optional;

/** Reads options that tables and time series have in common. */
final class Kept {
    private Kept() {
    }

    /**
     * The preprocessing of the network that the data are read for; empty if the data are to be learned from.
     *
     * @throws IllegalArgumentException if the network takes other data, or another normalisation is asked for
     */
    static <P extends Preprocessing> Optional<P> of(ReadingOptions options, Class<P> type) {
        if (options.classNames().isEmpty()) {
            return Optional.empty();
        }
        Preprocessing kept = options.preprocessing().orElseThrow(() -> new IllegalArgumentException(
                "The network was trained on bytes, not on a table or time series: give such data."));
        if (!type.isInstance(kept)) {
            throw new IllegalArgumentException("The network was trained on data of kind \"%s\": give such data."
                    .formatted(kept.kind()));
        }
        return Optional.of(type.cast(kept));
    }

    /** {@return the normalisation that the options name} */
    static Normalisation normalisation(ReadingOptions options) {
        return options.get(ReadingOptions.NORMALISATION).map(Normalisation::named).orElse(Normalisation.THERMOMETER);
    }
}
