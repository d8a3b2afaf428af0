package io.github.bitgrad;

import io.github.bitgrad.kernel.Isa;
import java.util.Optional;

/**
 * Whether bitgrad can be used in this process. A program that also works without bitgrad asks here first; nothing in
 * this class throws.
 *
 * {@snippet :
 * if (Bitgrad.isAvailable()) {
 *     classifier = Classifier.load(file);
 * } else {
 *     log(Bitgrad.unavailabilityCause().orElseThrow().getMessage());
 * }
 * }
 */
public final class Bitgrad {
    private Bitgrad() {
    }

    /**
     * Whether networks can be trained and used in this process. The first call loads the native library. OpenBLAS,
     * which only {@code standard} training needs, does not count.
     */
    public static boolean isAvailable() {
        return unavailabilityCause().isEmpty();
    }

    /**
     * Why networks can be neither trained nor used in this process, for example because the system is not Linux, or
     * because Java was not allowed to call native code. Empty if they can. The message is one sentence that says what
     * to do.
     */
    public static Optional<BitgradException> unavailabilityCause() {
        try {
            Isa.selected();
            return Optional.empty();
        } catch (BitgradException cause) {
            return Optional.of(cause);
        }
    }
}
