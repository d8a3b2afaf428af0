package io.github.bitgrad.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.bindings.cblas.Cblas;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

@Tag("level-independent")
class NativeLibrariesTest {
    private static final String MODULE = "io.github.bitgrad.bindings";
    private static final String GRANT = "--enable-native-access=";
    private static final String REFUSE = "--illegal-native-access=deny";
    private static final List<String> CLASS_PATH = List.of(GRANT + "ALL-UNNAMED", "-cp",
            System.getProperty("java.class.path"), LoadingMain.class.getName());
    /** Nothing in this path asks for the modules of OpenBLAS, so none of them is resolved. */
    private static final List<String> MODULE_PATH = List.of(GRANT + MODULE, "-p", modulePath(), "--patch-module",
            MODULE + "=" + location(LoadingMain.class), "-m", MODULE + "/" + LoadingMain.class.getName());

    @TempDir
    private Path directory;

    private static String location(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation().getPath();
    }

    private static String modulePath() {
        Stream<String> openBlas = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.contains("openblas"));
        return String.join(File.pathSeparator,
                Stream.concat(Stream.of(location(NativeLibraries.class)), openBlas).toList());
    }

    private static List<String> withoutGrant(List<String> path) {
        return path.stream().filter(option -> !option.startsWith(GRANT)).toList();
    }

    /** Runs {@link LoadingMain} with this cache and nothing else set. */
    private Process start(Map<String, String> environment, List<String> path, String... options) {
        return Jvm.start(directory, environment, Stream.concat(Stream.of(options), path.stream()).toList());
    }

    private List<Path> filesInCache() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    @Test
    void openBlasMultipliesInThisThreadOnly() {
        assertThat(NativeLibraries.loadOpenBlas()).hasFileName("libopenblas.so.0").isRegularFile();
        assertThat(NativeLibraries.loadOpenBlas()).isSameAs(NativeLibraries.loadOpenBlas());
        assertThat(Cblas.openblas_get_num_threads()).isEqualTo(1);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment a = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3, 4);
            MemorySegment b = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 5, 6, 7, 8);
            MemorySegment c = arena.allocate(ValueLayout.JAVA_FLOAT, 4);
            Cblas.cblas_sgemm(Cblas.CblasRowMajor(), Cblas.CblasNoTrans(), Cblas.CblasTrans(), 2, 2, 2, 1, a, 2, b, 2,
                    0, c, 2);
            assertThat(c.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(17, 23, 39, 53);
        }
    }

    @Test
    void librariesAreFoundOnTheClassPathAndKeptInTheCache() throws Exception {
        List<String> files = Jvm.output(start(Map.of(), CLASS_PATH));

        assertThat(files).satisfiesExactly(
                bitgrad -> assertThat(Path.of(bitgrad)).startsWith(directory).hasFileName("libbitgrad.so"),
                openBlas -> assertThat(Path.of(openBlas)).startsWith(directory).hasFileName("libopenblas.so.0"));
        assertThat(Jvm.output(start(Map.of(), CLASS_PATH))).isEqualTo(files);
    }

    @Test
    void librariesAreFoundOnTheModulePath() throws Exception {
        assertThat(Jvm.output(start(Map.of(), MODULE_PATH))).isEqualTo(Jvm.output(start(Map.of(), CLASS_PATH)));
    }

    @Test
    void processesThatStartTogetherShareWholeFiles() throws Exception {
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            processes.add(start(Map.of(), CLASS_PATH));
        }
        List<String> files = Jvm.output(processes.getFirst());

        for (Process process : processes.subList(1, processes.size())) {
            assertThat(Jvm.output(process)).isEqualTo(files);
        }
        assertThat(filesInCache()).extracting(file -> file.getFileName().toString())
                .doesNotHaveDuplicates().allMatch(name -> name.matches("lib[a-z_]+\\.so[.0-9]*"));
    }

    @Test
    void temporaryFilesServeWithoutACacheAndGoWithTheProcess() throws Exception {
        String file = Files.createFile(directory.resolve("file")).toString();
        Path temporary = Files.createDirectory(directory.resolve("temporary"));

        assertThat(Jvm.output(start(Map.of("XDG_CACHE_HOME", file), CLASS_PATH, "-Djava.io.tmpdir=" + temporary)))
                .hasSize(2).allSatisfy(library -> assertThat(library).startsWith(temporary.toString()));
        assertThat(temporary).isEmptyDirectory();
    }

    @Test
    void cacheThatTheUserSetIsTheOnlyOneTried() throws Exception {
        String file = Files.createFile(directory.resolve("file")).toString();

        assertThat(Jvm.output(start(Map.of(LibraryCache.DIRECTORY.environment(), file), CLASS_PATH))).singleElement()
                .asString().startsWith("libbitgrad.so cannot be loaded from " + file).doesNotContain(" nor ");
    }

    @Test
    void propertyComesBeforeEnvironmentAndEmptyTextSetsNothing() throws Exception {
        Map<String, String> environment =
                Map.of(LibraryCache.DIRECTORY.environment(), directory.resolve("a").toString());
        String property = "-D" + LibraryCache.DIRECTORY.property() + "=";

        assertThat(Jvm.output(start(environment, CLASS_PATH, property + directory.resolve("b"))))
                .allSatisfy(library -> assertThat(library).startsWith(directory.resolve("b").toString()));
        assertThat(Jvm.output(start(environment, CLASS_PATH, property)))
                .allSatisfy(library -> assertThat(library).startsWith(directory.resolve("a").toString()));
    }

    @Test
    void libraryThatTheUserNamesIsLoadedInstead() throws Exception {
        Path own = directory.resolve("own.so");
        Files.copy(NativeLibraries.packedBitgrad(Platform.current()).getLast().open(), own);

        assertThat(Jvm.output(start(Map.of(NativeLibraries.LIBRARY.environment(), own.toString()), CLASS_PATH)))
                .hasSize(2).first().isEqualTo(own.toRealPath().toString());
    }

    @Test
    void namedLibraryThatIsMissingIsAnError() {
        Path missing = directory.resolve("missing.so");

        assertThatThrownBy(() -> NativeLibraries.loadNamed(Platform.current(), missing, Arena.ofAuto()))
                .isInstanceOf(UnsatisfiedLinkError.class).hasMessageContainingAll("The library " + missing,
                        NativeLibraries.LIBRARY.environment(), "NoSuchFileException", "correct the path or unset it");
    }

    @Test
    void platformWithoutALibraryIsAnError() {
        Platform platform = new Platform("Mac OS X", "riscv64", "unknown");

        assertThatThrownBy(() -> NativeLibraries.packedBitgrad(platform)).isInstanceOf(UnsatisfiedLinkError.class)
                .hasMessage("There is no io/github/bitgrad/bindings/mac-os-x-riscv64/libbitgrad.so on the class path"
                        + " or the module path; build it on this machine and name it in BITGRAD_LIBRARY or"
                        + " -Dbitgrad.library (this machine: Mac OS X on riscv64 with an unknown C library).");
        assertThatThrownBy(() -> NativeLibraries.packedOpenBlas(platform)).isInstanceOf(UnsatisfiedLinkError.class)
                .hasMessage("There is no org/bytedeco/openblas/mac-os-x-riscv64/libopenblas.so.0 on the class path or"
                        + " the module path; the algorithm standard needs it: add the artifact"
                        + " io.github.bitgrad:bitgrad-openblas (this machine: Mac OS X on riscv64 with an unknown C"
                        + " library).");
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_24)
    void refusedNativeAccessNamesTheFlag() throws Exception {
        assertThat(Jvm.output(start(Map.of(), withoutGrant(CLASS_PATH), REFUSE))).singleElement().asString()
                .endsWith("start it with --enable-native-access=ALL-UNNAMED.");
        assertThat(Jvm.output(start(Map.of(), withoutGrant(MODULE_PATH), REFUSE))).singleElement().asString()
                .endsWith("start it with --enable-native-access=io.github.bitgrad.bindings.");
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_24)
    void namedFlagIsEnough() throws Exception {
        assertThat(Jvm.output(start(Map.of(), CLASS_PATH, REFUSE))).hasSize(2);
        assertThat(Jvm.output(start(Map.of(), MODULE_PATH, REFUSE))).hasSize(2);
    }
}
