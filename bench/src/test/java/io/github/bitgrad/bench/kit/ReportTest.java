package io.github.bitgrad.bench.kit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static final Path FOLDERS = Path.of("src/test/resources/results");
    private static final Pattern BAR = Pattern.compile("<svg role=\"img\" aria-label=\"([^\"]*)\">(.*?)</svg>");
    private static final Pattern WIDTH = Pattern.compile("width=\"([0-9.]+)%\"");

    private static String markdown(String folder) {
        return new Markdown().document(new Report(ResultsFolder.read(FOLDERS.resolve(folder))).sections());
    }

    private static String page(String folder) {
        return new Page().document(new Report(ResultsFolder.read(FOLDERS.resolve(folder))).sections());
    }

    @Test
    void stepsAreComparedWithStandardOnAsManyThreads() {
        assertThat(markdown("pi")).contains("""
                ### cnv

                |  | takes | varied by | speed |
                | --- | --- | --- | --- |
                | standard, 1 thread | 4.00 s | 10 % |  |
                | standard, all threads | 1.20 s |  |  |
                | lean, 1 thread | 500 ms |  | 8.00× that of standard |
                | lean, all threads | 200 ms |  | 6.00× that of standard |
                """);
    }

    @Test
    void everyResultOfOpenBlasTellsItsCore() {
        assertThat(markdown("pi").split("core CORTEXA72", -1)).as("machine, steps, products, pictures").hasSize(5);
    }

    @Test
    void productsAreComparedWithOpenBlas() {
        assertThat(markdown("pi")).contains("### Forward product, images of 16x16x256\n",
                "| bits | 100 ms |  | 8.50× that of OpenBLAS |\n", "| OpenBLAS | 850 ms |  |  |\n");
    }

    @Test
    void picturesAreComparedWithStandard() {
        assertThat(markdown("pi")).contains("| lean, 1 thread | 7.00 ms |  | 4.29× that of standard |\n");
    }

    @Test
    void batchesAreRatesByLevel() {
        assertThat(markdown("pi")).contains("""
                ## Pictures in a second
                """, """
                |  | in a second | varied by | a picture takes |
                | --- | --- | --- | --- |
                | one by one, level neon | 143 | 2 % | 7.00 ms |
                | 100 at a time, level neon | 2,500 |  | 400 µs |
                """);
        assertThat(page("pi")).contains("100 at a time, level neon");
    }

    @Test
    void memoryIsByVariable() {
        assertThat(markdown("pi")).contains("""
                |  | plan | size | whole process | activations | gradients and sums | gradients at sums | weights | \
                weight gradients | momenta | pool masks | other |
                | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
                | standard | 94.00 |  | 200.00 | 54.00 | 0.00 | 0.00 | 40.00 | 0.00 | 0.00 | 0.00 | 0.00 |
                | lean | 11.75 | 0.13× that of standard |  | 11.75 | 0.00 |""");
    }

    @Test
    void timesOfAStepAreByKindOfOperation() {
        assertThat(markdown("pi")).contains("| standard | 4.00 s | 1.00 s |  | 3.00 s |",
                "| lean | 500 ms | 100 ms |  |  |  |  |  | 400 ms |  |\n");
    }

    @Test
    void machineWarningsAndWhatWasLeftOutAreTold() {
        assertThat(markdown("pi")).contains("| CPU | Cortex-A72 |\n", "| governor | ondemand |\n",
                "| load | 0.12 before, 3.90 after |\n", "## Warnings\n\n- The governor ondemand",
                "## Left out\n\n- TrainingStep.step model=binarynet: left out, because it is too large\n",
                "| Conversions.sign columns=256 rows=8192 | 1.23 ms |\n");
    }

    @Test
    void whatWasNotMeasuredHasNoSection() {
        assertThat(markdown("server")).doesNotContain("Warnings", "Left out", "Products", "One picture")
                .contains("## Passes over memory");
    }

    /** The results of a run whose steps on one thread were all left out. */
    @Test
    void stepsOnAllThreadsOnlyHaveNoProfile() {
        Results results = ResultsFolder.read(FOLDERS.resolve("pi"));
        List<Section> sections = new Report(new Results(results.run(), results.measurements().stream()
                .filter(measurement -> !measurement.parameter("threads").equals("1")).toList())).sections();
        assertThat(new Markdown().document(sections)).contains("| lean, all threads | 200 ms |")
                .doesNotContain("Where the time of a step goes");
        assertThat(new Page().document(sections)).contains("lean, all threads");
    }

    @Test
    void thePageNeedsNoOtherFileAndNoScript() {
        assertThat(page("pi")).startsWith("<!DOCTYPE html>").endsWith("</html>\n")
                .doesNotContain("<script", "src=", "href=", "url(", "@import", "http");
    }

    @Test
    void thePageShowsTextAsItIs() {
        assertThat(page("pi")).contains("set another with &quot;echo &lt;performance&gt;&quot;.")
                .doesNotContain("<performance>");
    }

    @Test
    void barsAreAsLongAsTheirNumbers() {
        List<MatchResult> bars = BAR.matcher(page("pi")).results().toList();
        assertThat(bars.stream().map(bar -> bar.group(1))).startsWith("standard, 1 thread", "standard, all threads",
                "lean, 1 thread", "lean, all threads", "standard", "lean");
        assertThat(bars.stream().map(bar -> widths(bar.group(2)))).startsWith(List.of(100.0), List.of(30.0),
                List.of(12.5), List.of(5.0), List.of(25.0, 75.0), List.of(2.5, 10.0));
    }

    private static List<Double> widths(String bar) {
        return WIDTH.matcher(bar).results().map(width -> Double.parseDouble(width.group(1))).toList();
    }

    @Test
    void partsHaveTheirFigures() {
        assertThat(page("pi")).contains("</svg>weights 40.00</li>", "</svg>forward products 1.00\u00a0s</li>")
                .doesNotContain("</svg>momenta");
    }
}
