package io.github.bitgrad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.kernel.Isa;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("level-independent")
class MemoryAndInfoTest {
    @SuppressWarnings("unchecked") // what the keys hold is the contract
    private static Map<String, Integer> paper(Map<String, Object> report) {
        return (Map<String, Integer>) report.get("paper");
    }

    /** The paper has 7.40 and 2.65 MiB, and does not say how it rounds. */
    @ParameterizedTest
    @CsvSource({"standard, 7.40, 7.41", "proposed, 2.65, 2.66"})
    void countsAsThePaperDoes(String algorithm, String least, String most) throws IOException {
        Map<String, Integer> paper =
                paper(Run.of("memory --json --batch 100 --optimizer adam --algorithm", algorithm).json());
        assertThat(paper).containsOnlyKeys("X", "dXY", "dY", "W", "dW", "momenta", "poolMasks", "other", "total");
        int total = paper.get("total");
        assertThat(paper.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(2 * total);
        assertThat(Units.mebibytes(total)).isBetween(least, most);
    }

    private static Map<?, ?> plan(Map<String, Object> report) {
        return (Map<?, ?>) report.get("plan");
    }

    private static int peakBytes(Map<String, Object> report) {
        return (Integer) plan(report).get("peakBytes");
    }

    /** Models and their totals in MiB, as the accounting has them, and what the plan stays below. */
    @ParameterizedTest
    @CsvSource({"cnv, 32.92, 34", "binarynet, 138.15, 138"})
    void tellsOfConvolutionsToo(String model, String paper, int mebibytes) throws IOException {
        Map<String, Object> report = Run.of("memory --json --model", model).json();
        assertThat(Units.mebibytes(paper(report).get("total"))).isEqualTo(paper);
        assertThat(peakBytes(report)).isBetween((mebibytes - 4) << 20, mebibytes << 20);
        assertThat(Run.of("memory --model", model).out()).startsWith(model + ", batch 100, adam, in MiB");
    }

    @Test
    void formatsOfGradientsAreOfTheAlgorithmThatIsNamed() throws IOException {
        String binaryNet = "memory --json --model binarynet --gradient ";
        int float16 = peakBytes(Run.of(binaryNet + "float16").json());
        int int7 = peakBytes(Run.of(binaryNet + "int7").json());
        assertThat(float16 - int7).isGreaterThan(12 << 20);
        assertThat(peakBytes(Run.of("memory --json --model binarynet").json())).isEqualTo(float16);
        assertThat(Run.of("memory --gradient int7").out()).containsPattern("paper's accounting +standard +proposed");
        Run.of("memory --algorithm standard --gradient int7").isRefused(2,
                "The standard algorithm has no int7 gradients; choose one of float32.");
    }

    @Test
    void everyBufferLiesWithinThePlan() throws IOException {
        Map<?, ?> plan = plan(Run.of("memory --json").json());
        int peak = (Integer) plan.get("peakBytes");
        assertThat(peak).isLessThan(6 << 20);
        List<?> buffers = (List<?>) plan.get("buffers");
        assertThat(buffers).isNotEmpty();
        int end = 0;
        for (Object element : buffers) {
            Map<?, ?> buffer = (Map<?, ?>) element;
            assertThat(buffer.keySet().stream().map(Object::toString)).containsExactly("name", "variable", "type",
                    "bytes",
                    "offset", "firstUse", "lastUse");
            assertThat((Integer) buffer.get("firstUse")).isLessThanOrEqualTo((Integer) buffer.get("lastUse"));
            end = Math.max(end, (Integer) buffer.get("offset") + (Integer) buffer.get("bytes"));
        }
        assertThat(end).isEqualTo(peak);
    }

    @Test
    void showsAlgorithmsSideBySide() {
        Run run = Run.of("memory");
        assertThat(run.status()).isZero();
        assertThat(run.out()).containsPattern("paper's accounting +standard +proposed +ratio\n")
                .containsPattern("total +7\\.4[01] +2\\.6[56] +2\\.7\\d\n")
                .containsPattern("peak +5\\.\\d\\d +2\\.\\d\\d +1\\.0\\d +5\\.\\d\\d\n");
    }

    /** A stream of 4x4 pixels with 256 channels: lean computes it again, standard keeps it. */
    @Test
    void tellsWhatTheBackwardPassNeedsOfEachBlock() throws IOException {
        String command = "memory --model resnet-small --batch 2 --algorithm ";
        Map<?, ?> lean = block(Run.of(command + "lean --json").json(), "conv9");
        Map<?, ?> standard = block(Run.of(command + "standard --json").json(), "conv9");
        int values = 2 * 4 * 4 * 256;
        assertThat(lean.get("numberBytes")).isEqualTo(0);
        assertThat(lean.get("bitBytes")).isEqualTo(2 * values / 8); // the signs, and where the gradient passes them
        assertThat((Integer) lean.get("againBytes")).isGreaterThanOrEqualTo(2 * values);
        assertThat(standard.get("bitBytes")).isEqualTo(0);
        assertThat((Integer) standard.get("numberBytes")).isGreaterThanOrEqualTo(4 * values);
        assertThat(standard.get("againBytes")).isEqualTo(0);
        assertThat(Run.of(command + "lean --blocks").out()).containsPattern("needed by lean +bits +numbers +again\n")
                .containsPattern("conv9 +0\\.\\d\\d +0\\.00 +0\\.\\d\\d\n")
                .containsPattern("total +\\S+ +\\S+ +\\S+\n$");
        assertThat(Run.of(command + "lean").out()).doesNotContain("needed by");
    }

    private static Map<?, ?> block(Map<String, Object> report, String name) {
        return ((List<?>) report.get("blocks")).stream().map(block -> (Map<?, ?>) block)
                .filter(block -> block.get("name").equals(name)).findFirst().orElseThrow();
    }

    @Test
    void comparesBatches() throws IOException {
        Run run = Run.of("memory --batch 50,100");
        assertThat(run.status()).isZero();
        assertThat(run.out()).containsPattern("batch +standard +proposed +lean +ratio\n50 .*\n100 ");
        List<?> batches = (List<?>) Run.of("memory --json --batch 50,100").json().get("batches");
        assertThat(batches).hasSize(2);
        Map<?, ?> second = (Map<?, ?>) batches.get(1);
        assertThat(second.get("batch")).isEqualTo(100);
        assertThat(((Map<?, ?>) second.get("peakBytes")).get("proposed"))
                .isEqualTo(peakBytes(Run.of("memory --json --batch 100").json()));
    }

    @Test
    void choosesWhatFits() throws IOException {
        Map<String, Object> report = Run.of("memory --json --model binarynet --memory-limit 24MiB").json();
        assertThat(report).containsEntry("algorithm", "lean").containsEntry("optimizer", "bop");
        assertThat(peakBytes(report)).isLessThanOrEqualTo(24 << 20);
        assertThat((String) report.get("choice")).contains("MiB of 24.00: lean with bop, because adam");
        Run.of("memory --model binarynet --memory-limit 2MiB").isRefused(2,
                "binarynet cannot be trained in 2.00 MiB: it takes ");
        Run.of("memory --memory-limit 64MB").isRefused(2,
                "'64MB' is not a whole number of KiB, MiB or GiB, such as 64MiB");
        Run.of("memory --batch 50,100 --memory-limit 64MiB").isRefused(2,
                "A memory limit can be combined with only one batch");
    }

    @Test
    void tellsOfTheMachine() throws IOException {
        Map<String, Object> info = Run.of("info --json").json();
        assertThat(info).containsKeys("version", "isa", "isaReason", "libraryVersion")
                .containsEntry("os", System.getProperty("os.name")).containsEntry("arch", System.getProperty("os.arch"))
                .containsEntry("java", Runtime.version().toString());
        assertThat(info.get("libc")).isIn("glibc", "musl");
        assertThat((List<?>) info.get("cpuFeatures")).isNotNull();
        assertThat((Map<?, ?>) info.get("kernels")).isNotEmpty();
        assertThat(Path.of((String) info.get("library"))).hasFileName("libbitgrad.so");
        Map<?, ?> openBlas = (Map<?, ?>) info.get("openblas");
        assertThat(openBlas.get("available")).isEqualTo(true);
        assertThat((String) openBlas.get("version")).startsWith("OpenBLAS ");
        assertThat((String) openBlas.get("core")).isNotEmpty();
        assertThat(Path.of((String) openBlas.get("library"))).hasFileName("libopenblas.so.0");
        String text = Run.of("info").out();
        assertThat(text).contains("isaReason").contains((String) info.get("library"));
    }

    /** Kernels are asked how much memory of their own they need. */
    @ParameterizedTest
    @ValueSource(strings = {"memory", "info", "train", "train --algorithm standard"})
    void aLibraryThatIsMissingIsOneSentence(String words) throws Exception {
        inNewClasses("bitgrad.library", "/no/such/library.so", words.split(" ")).isRefused(1, "/no/such/library.so");
    }

    @Test
    void aLevelThatTheEnvironmentNamesWronglyIsOneSentence() throws Exception {
        inNewClasses("bitgrad.isa", "sse9", "info").isRefused(1,
                "There is no instruction-set level sse9 (system property bitgrad.isa); choose one of scalar");
    }

    @Test
    void anEmptyLevelIsNone() throws Exception {
        Run empty = inNewClasses("bitgrad.isa", "", "info", "--json");

        assertThat(empty.status()).as(empty.err()).isZero();
        // The environment variable may name a level in this run.
        assertThat(empty.json()).containsEntry("isa", Isa.selected().name());
    }

    /** Only standard training needs OpenBLAS. */
    @Test
    void openBlasMayBeMissing() throws Exception {
        Predicate<String> openBlas = entry -> entry.contains("openblas");
        String reason = "There is no org/bytedeco/openblas/";

        Map<?, ?> report = (Map<?, ?>) inNewClasses("any", "", openBlas, "info", "--json").json().get("openblas");
        assertThat(report.get("available")).isEqualTo(false);
        assertThat((String) report.get("reason")).startsWith(reason).contains("io.github.bitgrad:bitgrad-openblas");
        Run text = inNewClasses("any", "", openBlas, "info");
        assertThat(text.status()).as(text.err()).isZero();
        assertThat(text.out())
                .containsPattern("openblas +not available, and only standard training needs it: " + reason);
        String[] training = "train --steps 1 --no-test --algorithm".split(" ");
        assertThat(inNewClasses("any", "", openBlas, and(training, "lean")).status()).isZero();
        assertThat(inNewClasses("any", "", openBlas, and(training, "proposed")).status()).isZero();
        inNewClasses("any", "", openBlas, and(training, "standard")).isRefused(1, reason);
    }

    private static String[] and(String[] words, String last) {
        return Stream.concat(Arrays.stream(words), Stream.of(last)).toArray(String[]::new);
    }

    private static Run inNewClasses(String property, String value, String... arguments) throws Exception {
        return inNewClasses(property, value, _ -> false, arguments);
    }

    /**
     * Runs a command in classes that are loaded anew, so that they have not loaded any library yet.
     *
     * @param missing which entries of the class path are taken away
     */
    private static Run inNewClasses(String property, String value, Predicate<String> missing, String... arguments)
            throws Exception {
        URL[] classPath = Arrays.stream(System.getProperty("java.class.path").split(":")).filter(missing.negate())
                .map(entry -> toUrl(Path.of(entry))).toArray(URL[]::new);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        String before = System.getProperty(property);
        System.setProperty(property, value);
        try (URLClassLoader loader = new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader())) {
            Method run = loader.loadClass(Main.class.getName()).getDeclaredMethod("run", PrintStream.class,
                    PrintStream.class, boolean.class, String[].class);
            run.setAccessible(true);
            int status =
                    (int) run.invoke(null, new PrintStream(out, true), new PrintStream(err, true), false, arguments);
            return new Run(status, out.toString(), err.toString());
        } finally {
            if (before == null) {
                System.clearProperty(property);
            } else {
                System.setProperty(property, before);
            }
        }
    }

    private static URL toUrl(Path entry) {
        try {
            return entry.toUri().toURL();
        } catch (IOException impossible) { // for files
            throw new AssertionError(impossible);
        }
    }
}
