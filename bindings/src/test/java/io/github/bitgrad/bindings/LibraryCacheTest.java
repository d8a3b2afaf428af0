package io.github.bitgrad.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.github.bitgrad.bindings.LibraryCache.Kind;
import io.github.bitgrad.bindings.LibraryCache.Place;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("level-independent")
class LibraryCacheTest {
    private static final Platform PLATFORM = Platform.current();

    private final List<PackedLibrary> libraries = NativeLibraries.packedBitgrad(PLATFORM);
    @TempDir
    private Path directory;

    /** Elsewhere, nothing that a test makes can be trusted. */
    @BeforeEach
    void requireATrustedFolder() throws IOException {
        assumeThat(Owners.strangerAt(directory.toRealPath())).isEmpty();
    }

    private Path load(Place... places) {
        return LibraryCache.load(PLATFORM, libraries, List.of(places), Arena.ofAuto()).file();
    }

    private Place cache() {
        return new Place(directory.resolve("cache"), Kind.CACHE);
    }

    private Place temporary() throws IOException {
        return new Place(Files.createDirectories(directory.resolve("temporary")), Kind.TEMPORARY);
    }

    /** A place where nothing can be written, not even by root. */
    private Place unusable() throws IOException {
        return new Place(Files.writeString(directory.resolve("file"), "").resolve("below"), Kind.CACHE);
    }

    private byte[] packed() throws IOException {
        return libraries.getLast().open().readAllBytes();
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
                .isNotEqualTo(LibraryCache.load(PLATFORM, List.of(older), List.of(cache()), Arena.ofAuto()).file()
                        .getParent());
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
    void temporaryPlaceIsNeverTheSame() throws IOException {
        assertThat(load(temporary())).startsWithRaw(temporary().directory()).isNotEqualTo(load(temporary()));
        assertThat(temporary().directory()).isEmptyDirectory();
    }

    @Test
    void errorTellsEveryPlaceAndTheRemedy() throws IOException {
        Place missing = new Place(directory.resolve("missing"), Kind.TEMPORARY);

        assertThatThrownBy(() -> load(unusable(), missing)).isInstanceOf(UnsatisfiedLinkError.class)
                .hasMessageContainingAll("libbitgrad.so", unusable().directory().toString(),
                        missing.directory().toString(), "NoSuchFileException", "noexec",
                        LibraryCache.DIRECTORY.environment(), PLATFORM.os(), PLATFORM.arch(), PLATFORM.libc());
    }

    @Test
    void fileWithTheSameSizeAndChecksumIsReplaced() throws IOException {
        Path file = load(cache());
        byte[] forged = packed();
        // The generator polynomial of CRC-32, bit by bit from its highest power, which no CRC-32 notices.
        long polynomial = 0x104c11db7L;
        for (int i = 0; i <= 32; i++) {
            forged[forged.length / 2 + i / 8] ^= (byte) ((polynomial >> 32 - i & 1) << i % 8);
        }
        assertThat(crc32(forged)).isEqualTo(crc32(packed()));
        Files.delete(file);
        Files.write(file, forged);

        assertThat(load(cache())).isEqualTo(file).hasBinaryContent(packed());
    }

    private static long crc32(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return crc.getValue();
    }

    @Test
    void fileThatOthersCouldWriteIsReplaced() throws IOException {
        Path file = load(cache());
        setPermissions(file, "rw-rw-rw-");
        Object identity = identity(file);

        assertThat(load(cache())).isEqualTo(file);
        assertThat(identity(file)).isNotEqualTo(identity);
        assertThat(Owners.strangerAt(file.toRealPath())).isEmpty();
    }

    @Test
    void symbolicLinkIsReplacedByAFile() throws IOException {
        Path file = load(cache());
        Path elsewhere = Files.move(file, directory.resolve("elsewhere"));
        Files.createSymbolicLink(file, elsewhere);

        assertThat(load(cache())).isEqualTo(file);
        assertThat(Files.isSymbolicLink(file)).isFalse();
    }

    @Test
    void folderThatOthersCouldWriteIsNotUsed() throws IOException {
        Path folder = load(cache()).getParent();
        setPermissions(folder, "rwxrwxrwx");

        assertThat(load(cache()).getParent()).isNotEqualTo(folder).startsWith(cache().directory());
    }

    @Test
    void folderOfAnotherUserIsNotUsed() throws IOException {
        Path folder = load(cache()).getParent();
        giveAway(folder);

        assertThat(load(cache()).getParent()).isNotEqualTo(folder).startsWith(cache().directory());
    }

    @Test
    void fileOfAnotherUserIsReplaced() throws IOException {
        Path file = load(cache());
        giveAway(file);

        assertThat(load(cache())).isEqualTo(file);
        assertThat(Owners.strangerAt(file.toRealPath())).isEmpty();
    }

    @Test
    void directoryThatOthersCouldWriteIsNotUsedEvenIfTheUserHasSetIt() throws IOException {
        Path shared = Files.createDirectory(directory.resolve("shared"));
        setPermissions(shared, "rwxrwxrwx");

        for (Kind kind : List.of(Kind.CACHE, Kind.SET)) {
            assertThat(load(new Place(shared.resolve("below"), kind), temporary()))
                    .startsWithRaw(temporary().directory());
            assertThat(load(new Place(shared, kind), temporary())).startsWithRaw(temporary().directory());
        }
    }

    @Test
    void directoryOfAnotherUserIsNotUsedEvenIfTheUserHasSetIt() throws IOException {
        Path shared = Files.createDirectory(directory.resolve("shared"));
        giveAway(shared);

        assertThat(load(new Place(shared, Kind.SET), temporary())).startsWithRaw(temporary().directory());
    }

    @Test
    void directoryWithAStickyBitServesEveryUser() throws IOException {
        Path shared = Files.createDirectory(directory.resolve("shared"));
        Files.setAttribute(shared, "unix:mode", 01777);
        Place place = new Place(shared, Kind.SET);
        Path first = load(place);

        assertThat(first).startsWith(shared);
        giveAway(first.getParent());
        assertThat(load(place)).startsWith(shared).isNotEqualTo(first);
    }

    @Test
    void nextPlaceDoesNotServeInsteadOfOneThatTheUserHasSet() throws IOException {
        Place set = new Place(unusable().directory(), Kind.SET);
        Place temporary = temporary();

        assertThatThrownBy(() -> load(set, temporary)).isInstanceOf(UnsatisfiedLinkError.class)
                .hasMessageContaining(set.directory().toString()).hasMessageNotContaining(" nor ");
    }

    private static void setPermissions(Path path, String permissions) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }

    /** Only root can do so. */
    private static void giveAway(Path path) {
        try {
            Files.setAttribute(path, "unix:uid", 54321);
        } catch (IOException notRoot) {
            abort(notRoot.toString());
        }
    }

    @Test
    void abandonedPartsAreDeletedAndClaimedOnesAreKept() throws IOException {
        Path folder = load(cache()).getParent();
        Path abandoned = Files.createFile(folder.resolve("libbitgrad.so.1.part"));
        try (Claim claim = Claim.of(folder.resolve("libbitgrad.so.2.part")).orElseThrow()) {
            load(cache());

            assertThat(abandoned).doesNotExist();
            assertThat(claim.file()).exists();
        }
        load(cache());
        assertThat(folder).isDirectoryNotContaining("glob:**.part");
    }

    @Test
    void abandonedTemporaryFoldersAreDeletedAndClaimedOnesAreKept() throws IOException {
        Path temporary = temporary().directory();
        Path abandoned = folder(temporary, "libbitgrad-0123456789abcdef-1");
        Files.createFile(abandoned.resolve("lock"));
        Files.createFile(abandoned.resolve("libbitgrad.so"));
        Path claimed = folder(temporary, "libopenblas-0123456789abcdef-2");
        Path foreign = folder(temporary, "libbitgrad-of-somebody");
        Path beingMade = folder(temporary, "libbitgrad-0123456789abcdef-3");
        Path ofAnOlderBitgrad = folder(temporary, "libopenblas-0123456789abcdef-4");
        Files.createFile(ofAnOlderBitgrad.resolve("libopenblas.so.0"));
        Files.setLastModifiedTime(ofAnOlderBitgrad, FileTime.from(Instant.now().minus(Duration.ofHours(2))));

        try (Claim claim = Claim.of(claimed.resolve("lock")).orElseThrow()) {
            assertThat(claim.file()).exists();
            load(temporary());
        }

        assertThat(abandoned).doesNotExist();
        assertThat(ofAnOlderBitgrad).doesNotExist();
        assertThat(temporary.toFile().listFiles()).extracting(File::toPath)
                .containsExactlyInAnyOrder(claimed, foreign, beingMade);
    }

    private static Path folder(Path directory, String name) throws IOException {
        return Files.createDirectory(directory.resolve(name));
    }

    /** The claim of a process that is killed ends with it. */
    @Test
    void claimOfAKilledProcessIsAbandoned() throws Exception {
        Path file = directory.resolve("claimed");
        Process process = Jvm.start(directory, Map.of(), List.of("-cp", System.getProperty("java.class.path"),
                ClaimingMain.class.getName(), file.toString()));
        assertThat(process.inputReader().readLine()).isEqualTo("claimed");
        List<String> deleted = new ArrayList<>();

        Claim.ifAbandoned(file, () -> deleted.add("while it lived"));
        process.destroyForcibly().waitFor();
        Claim.ifAbandoned(file, () -> deleted.add("after it was killed"));

        assertThat(deleted).containsExactly("after it was killed");
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
