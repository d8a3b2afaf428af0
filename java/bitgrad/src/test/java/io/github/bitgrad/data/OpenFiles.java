package io.github.bitgrad.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What this process has open. */
final class OpenFiles {
    private OpenFiles() {
    }

    static void assertNoneIn(Path folder) throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            assertThat(descriptors.map(OpenFiles::target)).noneMatch(target -> target.startsWith(folder));
        }
    }

    private static Path target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor);
        } catch (IOException listingItself) {
            return descriptor;
        }
    }
}
