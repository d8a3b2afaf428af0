package io.github.bitgrad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    @Test
    void everyBufferLiesWithinThePlan() throws IOException {
        Map<?, ?> plan = (Map<?, ?>) Run.of("memory --json").json().get("plan");
        int peak = (Integer) plan.get("peakBytes");
        assertThat(peak).isLessThan(4 << 20);
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
    void showsStandardBesideProposed() {
        Run run = Run.of("memory");
        assertThat(run.status()).isZero();
        assertThat(run.out()).containsPattern("paper's accounting +standard +proposed +ratio\n")
                .containsPattern("total +7\\.4[01] +2\\.6[56] +2\\.7\\d\n")
                .containsPattern("peak +\\d\\.\\d\\d +3\\.\\d\\d +\\d\\.\\d\\d\n");
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
        assertThat(Path.of((String) info.get("library"))).isRegularFile();
        Map<?, ?> openBlas = (Map<?, ?>) info.get("openblas");
        assertThat((String) openBlas.get("version")).startsWith("OpenBLAS ");
        assertThat((String) openBlas.get("core")).isNotEmpty();
        assertThat(Path.of((String) openBlas.get("library"))).isRegularFile();
        String text = Run.of("info").out();
        assertThat(text).contains("isaReason").contains((String) info.get("library"));
    }

    @Test
    void memoryNeedsNoNativeLibrary() throws Exception {
        Run memory = inNewClasses("bitgrad.library", "/no/such/library.so", "memory", "--json");
        assertThat(memory.err()).isEmpty();
        assertThat(JSON.std.mapFrom(memory.out())).containsOnlyKeys("paper", "plan");
        inNewClasses("bitgrad.library", "/no/such/library.so", "info").isRefused(1,
                "/no/such/library.so");
    }

    @Test
    void aLevelThatTheEnvironmentNamesWronglyIsOneSentence() throws Exception {
        inNewClasses("bitgrad.isa", "sse9", "info").isRefused(1,
                "There is no instruction-set level sse9 (system property bitgrad.isa); choose one of scalar");
    }

    /** Runs a command in classes that are loaded anew, so that they have not loaded any library yet. */
    private static Run inNewClasses(String property, String value, String... arguments) throws Exception {
        URL[] classPath = Arrays.stream(System.getProperty("java.class.path").split(":"))
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
