package io.github.bitgrad.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.bindings.LibraryCache.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibraryCacheTest {
    private static final Platform PLATFORM = Platform.current();

    private final List<PackedLibrary> libraries = NativeLibraries.packedBitgrad(PLATFORM);
    @TempDir
    private Path directory;

    private Path load(Place... places) {
        return LibraryCache.load(PLATFORM, libraries, List.of(places));
    }

    private Place cache() {
        return new Place(directory.resolve("cache"), false);
    }

    /** A place where nothing can be written, not even by root. */
    private Place unusable() throws IOException {
        return new Place(Files.writeString(directory.resolve("file"), "").resolve("below"), false);
    }

    private byte[] packed() throws IOException {
        return libraries.getLast().url().openStream().readAllBytes();
    }

    /** Which file this is, whatever its name. */
    private static Object identity(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    @Test
    void unpackedLibraryIsTheOneInTheJar() throws IOException {
        assertThat(load(cache())).hasBinaryContent(packed()).hasFileName("libbitgrad.so").isAbsolute();
    }

    @Test
    void whatIsUnpackedIsUsedAgain() throws IOException {
        Path first = load(cache());
        Object identity = identity(first);

        assertThat(load(cache())).isEqualTo(first);
        assertThat(identity(first)).isEqualTo(identity);
    }

    @Test
    void otherContentsHaveAnotherFolder() {
        PackedLibrary library = libraries.getLast();
        PackedLibrary older = new PackedLibrary(library.url(), library.fileName(), library.size(), library.crc32() ^ 1);

        assertThat(load(cache()).getParent())
                .isNotEqualTo(LibraryCache.load(PLATFORM, List.of(older), List.of(cache())).getParent());
    }

    @Test
    void truncatedFileIsReplaced() throws IOException {
        Path file = load(cache());
        Files.delete(file); // not overwritten, for it is in use
        Files.write(file, Arrays.copyOf(packed(), packed().length / 2));

        assertThat(load(cache())).isEqualTo(file).hasBinaryContent(packed());
    }

    @Test
    void corruptedFileOfTheRightSizeIsReplaced() throws IOException {
        Path file = load(cache());
        byte[] corrupted = packed();
        corrupted[corrupted.length / 2] ^= 1;
        Files.delete(file);
        Files.write(file, corrupted);

        assertThat(load(cache())).isEqualTo(file).hasBinaryContent(packed());
    }

    @Test
    void nextPlaceServesWhereNothingCanBeWritten() throws IOException {
        assertThat(load(unusable(), cache())).startsWith(cache().directory());
    }

    @Test
    void temporaryPlaceIsNeverTheSame() {
        Place temporary = new Place(directory, true);

        assertThat(load(temporary)).startsWith(directory).isNotEqualTo(load(temporary));
    }

    @Test
    void errorTellsEveryPlaceAndTheRemedy() throws IOException {
        Place missing = new Place(directory.resolve("missing"), true);

        assertThatThrownBy(() -> load(unusable(), missing)).isInstanceOf(UnsatisfiedLinkError.class)
                .hasMessageContainingAll("libbitgrad.so", unusable().directory().toString(),
                        missing.directory().toString(), "NoSuchFileException", "noexec",
                        LibraryCache.DIRECTORY.environment(), PLATFORM.os(), PLATFORM.arch(), PLATFORM.libc());
    }

    @Test
    void errorDoesNotBlameTheFolderForTheCLibrary() throws IOException {
        Platform musl = new Platform("Linux", "amd64", "musl");
        List<Place> places = List.of(unusable());

        assertThatThrownBy(() -> LibraryCache.load(musl, libraries, places))
                .hasMessageContaining("needs a system with glibc").hasMessageNotContaining("noexec");
    }

    @Test
    void threadsThatStartTogetherShareOneWholeFile() throws Exception {
        int threads = 8;
        CyclicBarrier start = new CyclicBarrier(threads);
        List<Callable<Path>> loads = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            loads.add(() -> {
                start.await();
                return load(cache());
            });
        }
        Set<Path> files = new HashSet<>();
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            for (Future<Path> loaded : executor.invokeAll(loads)) {
                files.add(loaded.get());
            }
        }

        assertThat(files).singleElement().satisfies(file -> assertThat(file).hasBinaryContent(packed()));
        try (Stream<Path> left = Files.walk(cache().directory())) {
            assertThat(left.filter(Files::isRegularFile)).containsExactlyElementsOf(files);
        }
    }
}
