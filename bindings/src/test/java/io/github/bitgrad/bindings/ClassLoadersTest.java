package io.github.bitgrad.bindings;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several class loaders in one process, as those of plug-ins or of a program that loads itself again. */
@Tag("level-independent")
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClassLoadersTest {
    private static final Platform PLATFORM = Platform.current();
    private static final String OTHER_VERSION = "9.8.7";

    @TempDir
    private Path directory;
    private String version;
    private String noPlace;

    @BeforeEach
    void prepare() throws IOException {
        NativeLibraries.load();
        version = Bitgrad.bg_version().getString(0);
        // Nothing can be written below a file, not even by root.
        noPlace = Files.createFile(directory.resolve("file")).resolve("below").toString();
    }

    /** A line of output for each class loader. */
    private List<String> run(Map<String, String> environment, String temporary, String... loaders) throws Exception {
        List<String> command = new ArrayList<>(List.of("--enable-native-access=ALL-UNNAMED",
                "-Djava.io.tmpdir=" + temporary, "-cp", System.getProperty("java.class.path"),
                ClassLoadersMain.class.getName()));
        command.addAll(Arrays.asList(loaders));
        return Jvm.output(Jvm.start(directory, environment, command));
    }

    private Map<String, String> cache() {
        return Map.of(LibraryCache.DIRECTORY.environment(), directory.resolve("cache").toString());
    }

    /** A library that differs from the packed one in its version. */
    private Path otherBuild() throws IOException {
        String packed = new String(NativeLibraries.packedBitgrad(PLATFORM).getLast().open().readAllBytes(),
                StandardCharsets.ISO_8859_1);
        Path other = directory.resolve("other").resolve(PLATFORM.bitgradResource());
        Files.createDirectories(other.getParent());
        return Files.writeString(other, packed.replace(version + "\0", OTHER_VERSION + "\0"),
                StandardCharsets.ISO_8859_1);
    }

    @Test
    void shareTheCacheThatTheUserHasSet() throws Exception {
        List<String> lines = run(cache(), noPlace, "", "", "");

        assertThat(lines).hasSize(3).containsOnly(lines.getFirst());
        assertThat(lines.getFirst()).startsWith(version + " 1 " + directory.resolve("cache"));
    }

    @Test
    void shareTheUsersCacheWhereNoTemporaryFileCanBeLoaded() throws Exception {
        assertThat(run(Map.of(), noPlace, "", "")).hasSize(2)
                .allSatisfy(line -> assertThat(line).startsWith(version + " 1 " + directory.resolve("bitgrad")));
    }

    @Test
    void haveTemporaryFilesOfTheirOwn() throws Exception {
        Path temporary = Files.createDirectory(directory.resolve("temporary"));

        assertThat(run(Map.of("XDG_CACHE_HOME", noPlace), temporary.toString(), "", "")).hasSize(2)
                .doesNotHaveDuplicates()
                .allSatisfy(line -> assertThat(line).startsWith(version + " 1 " + temporary));
        assertThat(temporary).isEmptyDirectory();
    }

    @Test
    void shareTheLibraryThatTheUserNames() throws Exception {
        Path named = otherBuild();

        assertThat(run(Map.of(NativeLibraries.LIBRARY.environment(), named.toString()), noPlace, "", "")).hasSize(2)
                .allSatisfy(line -> assertThat(line).startsWith(OTHER_VERSION + " 1 " + named));
    }

    @Test
    void haveTwoVersionsSideBySide() throws Exception {
        Path folder = directory.resolve("other");
        otherBuild();

        assertThat(run(cache(), noPlace, "", folder.toString(), "")).extracting(line -> line.split(" ")[0])
                .containsExactly(version, OTHER_VERSION, version);
        assertThat(run(Map.of(), noPlace, "", NativeLibraries.LIBRARY.property() + "=" + otherBuild()))
                .extracting(line -> line.split(" ")[0]).containsExactly(version, OTHER_VERSION);
    }

    @Test
    void releaseTheirLibrariesAndLoadThemAgain() throws Exception {
        String[] loaders = Collections.nCopies(5, List.of("", "drop")).stream().flatMap(List::stream)
                .toArray(String[]::new);

        assertThat(run(cache(), noPlace, loaders)).isEmpty();
        assertThat(run(cache(), noPlace, "", "drop", "")).singleElement().asString().startsWith(version + " 1 ");
    }
}
