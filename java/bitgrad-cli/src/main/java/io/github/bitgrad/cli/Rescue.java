package io.github.bitgrad.cli;

import io.github.bitgrad.BitgradException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/** Another place for what was trained and could not be saved where the user wanted it. */
final class Rescue {
    private static final int MOST_NAMES = 100;

    private Rescue() {
    }

    /**
     * Saves beside the wanted file, or if that is impossible in the folder for temporary files.
     *
     * @param save writes a file, or throws a {@code BitgradException}
     * @return the file, with its whole path; empty if no place works
     */
    static Optional<Path> save(Path wanted, Consumer<Path> save) {
        return beside(wanted).filter(place -> works(place, save)).or(() -> temporary(wanted, save));
    }

    private static Optional<Path> beside(Path wanted) {
        for (int number = 1; number <= MOST_NAMES; number++) {
            Path place =
                    wanted.toAbsolutePath().resolveSibling("%s.rescued-%s".formatted(wanted.getFileName(), number));
            if (Files.notExists(place)) {
                return Optional.of(place);
            }
        }
        return Optional.empty();
    }

    /** In a folder of its own, because others could have put something under any name in the one for everybody. */
    private static Optional<Path> temporary(Path wanted, Consumer<Path> save) {
        try {
            Path folder = Files.createTempDirectory("bitgrad-").toAbsolutePath();
            Path place = folder.resolve(wanted.getFileName());
            if (works(place, save)) {
                return Optional.of(place);
            }
            Files.delete(folder);
        } catch (IOException failure) {
            // there is no place left to try
        }
        return Optional.empty();
    }

    private static boolean works(Path place, Consumer<Path> save) {
        try {
            save.accept(place);
            return true;
        } catch (BitgradException refused) {
            return false;
        }
    }

    /**
     * The failure as the user is told of it: one sentence, which says where the file is now.
     *
     * @param how what can be done with the file, beginning with "which"
     */
    static BitgradException told(BitgradException failure, Optional<Path> place, String how) {
        return place.map(file -> new BitgradException("%s; until then it is in %s, %s."
                .formatted(failure.getMessage().replaceFirst("\\.$", ""), file, how), failure)).orElse(failure);
    }
}
