package io.github.bitgrad.bench.kit;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.kernel.Isa;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("level-independent")
class MainTest {
    private static final int CLASS_FILES_OF_JAVA_8 = 52;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... arguments) {
        return Main.run(new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8), arguments);
    }

    private void isRefused(int status, int expected, String sentence) {
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("bitgrad-bench: " + sentence + "\n");
        assertThat(out.size()).isZero();
        assertThat(status).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--ful           | Unknown option '--ful'; did you mean '--full'?",
        "compar          | Unknown command 'compar'; did you mean 'compare'?",
        "compare a       | Missing required parameter: 'B'; see bitgrad-bench compare --help.",
        "--full --smoke  | Error: --full, --smoke are mutually exclusive (specify only one); see bitgrad-bench --help.",
        "answers --steps x   | Invalid value for option '--steps': 'x' is not a long; see bitgrad-bench answers --help.",
        "answers --model ml  | There is no model named 'ml'; did you mean 'mlp'? Known: mlp, cnv, binarynet, resnete18, birealnet18, resnet-small, mobile, keyword, sensor.",
        "--results       | Missing required parameter for option '--results' (DIR); see bitgrad-bench --help."})
    void badUsageIsOneSentenceAndStatus2(String arguments, String sentence) {
        isRefused(run(arguments.split(" ")), 2, sentence);
    }

    @Test
    void aFolderThatIsNotEmptyIsRefused(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("notes"), "mine");
        isRefused(run("--results", folder.toString()), 2,
                "The folder %s is not empty; name a new one with --results.".formatted(folder));
        assertThat(file).hasContent("mine");
    }

    @Test
    void aFolderThatCannotBeMadeIsRefused(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThat(run("--results", file.resolve("results").toString())).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .startsWith("bitgrad-bench: The folder %s/results for the results cannot be made (".formatted(file))
                .hasLineCount(1);
    }

    @Test
    void folderWithoutResultsCannotBeCompared(@TempDir Path folder) {
        isRefused(run("compare", folder.toString(), folder.toString()), 1,
                "There are no results to read in %s (java.nio.file.NoSuchFileException: %s/run.json); name a folder that a run has written."
                        .formatted(folder, folder));
    }

    @Test
    void damagedResultsAreOneSentence(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("run.json"), "{\"suite\": ");
        assertThat(run("compare", folder.toString(), folder.toString())).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .startsWith("bitgrad-bench: The results in " + folder + " are damaged (")
                .hasLineCount(1);
    }

    @Test
    void listRunsNothing() {
        assertThat(run("--list")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("ForwardProducts.sgemm shape=16x16x256 rows=8192\n");
        assertThat(err.size()).isZero();
    }

    @Test
    void answersOfATrainingAreCompared() {
        assertThat(run("answers", "--algorithm", "proposed", "--gradient", "int7", "--steps", "5")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("""
                mlp, trained by proposed int7 for 5 steps on demo, at level %s
                1 at a time: 1000 pictures, 0 classes differ, the loss is the same
                100 at a time: 1000 pictures, 0 classes differ, the loss is the same
                """.formatted(Isa.selected().name()));
        assertThat(err.size()).isZero();
    }

    @Test
    void comparisonsAreRatios() {
        assertThat(run("compare", "src/test/resources/results/pi", "src/test/resources/results/server")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains(
                "|  | A: src/test/resources/results/pi | B: src/test/resources/results/server |\n",
                "| CPU | Cortex-A72 | AMD EPYC 9R14 |\n", "| governor | ondemand |  |\n",
                "| OpenBLAS | OpenBLAS 0.3.31, core CORTEXA72 | OpenBLAS 0.3.31, core Cooperlake |\n",
                "## Warnings\n\n- A: The governor ondemand", """

                        | TrainingStep.step batch=100 model=cnv optimizer=adam threads=1 training=standard | 4.00 s | 400 ms | 10.0× |
                        | TrainingStep.step batch=100 model=cnv optimizer=adam threads=1 training=lean | 500 ms | 62.5 ms | 8.00× |
                        """.strip(), "| cnv lean | 11.75 | 11.75 | 1.00× |\n",
                "- Only A has Conversions.sign columns=256 rows=8192\n",
                "- Only B has Conversions.sign columns=512 rows=8192\n");
    }

    @Test
    void everyJavaCanReadTheClassThatIsStarted() throws IOException {
        try (DataInputStream in = new DataInputStream(Start.class.getResourceAsStream("Start.class"))) {
            in.skipNBytes(6); // the magic number and the minor version
            assertThat(in.readUnsignedShort()).isEqualTo(CLASS_FILES_OF_JAVA_8);
        }
    }
}
