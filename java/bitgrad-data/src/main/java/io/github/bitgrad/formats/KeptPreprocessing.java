package io.github.bitgrad.formats;

import io.github.bitgrad.data.Preprocessing;
import io.github.bitgrad.data.ReadingOptions;
import java.util.Optional;

/** Finds the preprocessing of the network that data are read for. */
public final class KeptPreprocessing {
    private KeptPreprocessing() {
    }

    /**
     * The preprocessing of the network that the data are read for; empty if the data are to be learned from.
     *
     * @param what what the data are, such as {@code sounds}
     * @throws IllegalArgumentException if the network takes other data
     */
    public static <P extends Preprocessing> Optional<P> of(ReadingOptions options, Class<P> type, String what) {
        if (options.classNames().isEmpty()) {
            return Optional.empty();
        }
        Preprocessing kept = options.preprocessing().orElseThrow(() -> new IllegalArgumentException(
                "The network was trained on bytes, not on %s: give images that are bytes already.".formatted(what)));
        if (!type.isInstance(kept)) {
            throw new IllegalArgumentException(
                    "The network was trained on data of kind \"%s\", not on %s: give data of that kind."
                            .formatted(kept.kind(), what));
        }
        return Optional.of(type.cast(kept));
    }
}
