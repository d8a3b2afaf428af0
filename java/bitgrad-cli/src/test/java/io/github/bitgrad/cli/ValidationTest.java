package io.github.bitgrad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code train --validation} and {@code --patience}. */
@Tag("level-independent")
class ValidationTest {
    private static final String TRAINING =
            "train --json --batch 20 --threads 1 --schedule constant --epochs %s --validation 0.34 --patience %s ";
    private static final String WHOLE = TRAINING.formatted(40, 5);

    @TempDir
    private static Path shared;
    private static Path data;

    @TempDir
    private Path folder;

    @BeforeAll
    static void writeData() throws IOException {
        data = SmallData.write(shared.resolve("data"), 28);
    }

    private static Run run(String words, Object... more) {
        List<Object> all = new ArrayList<>(List.of(more));
        all.addAll(List.of("--data", data));
        Run run = Run.of(words, all.toArray());
        assertThat(run.status()).as(run.err()).isZero();
        return run;
    }

    private static List<Map<String, Object>> metrics(Path file) throws IOException {
        List<Map<String, Object>> lines = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            lines.add(JSON.std.mapFrom(line));
        }
        return lines;
    }

    @Test
    void theBestNetworkIsSavedAndTestedAndTheTrainingEndsEarly() throws IOException {
        Path network = folder.resolve("network");
        Path metrics = folder.resolve("metrics");
        Run run = run(WHOLE, "--save", network, "--metrics", metrics);
        Map<String, Object> report = run.json();
        int best = (Integer) report.get("bestEpoch");
        List<Map<String, Object>> epochs = metrics(metrics);
        assertThat(epochs).hasSize(best + 5);
        assertThat(report).containsEntry("endedEarly", true).containsEntry("patience", 5)
                .containsEntry("validationFraction", 0.34).containsEntry("steps", 2 * (best + 5))
                .containsEntry("bestValidationAccuracy", epochs.get(best - 1).get("validationAccuracy"))
                .containsEntry("validationAccuracy", epochs.getLast().get("validationAccuracy"))
                .containsEntry("bestTestAccuracy", null);
        double most = (Double) report.get("bestValidationAccuracy");
        assertThat(epochs.subList(0, best - 1)).allMatch(epoch -> (Double) epoch.get("validationAccuracy") < most);
        assertThat(epochs.subList(best, best + 5)).allMatch(epoch -> (Double) epoch.get("validationAccuracy") <= most);
        assertThat(epochs).allSatisfy(epoch -> assertThat(epoch).containsEntry("testAccuracy", null)
                .containsEntry("testLoss", null).hasEntrySatisfying("validationLoss",
                        loss -> assertThat((Double) loss).isPositive()));

        assertThat(run.errLines().getFirst()).isEqualTo("validation part: 20 of the 60 training images");
        assertThat(run.errLines().subList(1, best + 6)).allMatch(line -> line.contains(", validation accuracy ")
                && !line.contains("test"));
        assertThat(Run.of("evaluate --json --data", data, network).json())
                .containsEntry("testAccuracy", report.get("testAccuracy"))
                .containsEntry("testTopAccuracy", report.get("testTopAccuracy"));
        Path stopped = folder.resolve("stopped");
        run(TRAINING.formatted(best, 5), "--save", stopped);
        assertThat(Files.readAllBytes(network)).as("that of the best epoch").isEqualTo(Files.readAllBytes(stopped));

        assertThat(run(WHOLE.replace("--json", ""), "--save", network).out().lines())
                .startsWith("ended early    after epoch %s, because 5 epochs were not better than epoch %s"
                        .formatted(best + 5, best))
                .anyMatch(line -> line.matches("validation     .* % \\(best .* %, epoch " + best + "\\)"))
                .anyMatch(line -> line.matches("test accuracy  .* % \\(the network of epoch " + best + "\\)"))
                .contains("saved to       %s, the network of epoch %s, the best one".formatted(network, best));
    }

    /** The checkpoint has the best network, whether or not it was saved before. */
    @Test
    void aResumedTrainingHasTheSameSplitTheSameBestNetworkAndTheSamePatience() throws IOException {
        Path whole = folder.resolve("whole");
        Map<String, Object> report = run(WHOLE, "--save", whole).json();
        int best = (Integer) report.get("bestEpoch");
        for (int epochs : new int[] {best, best + 3, best + 5}) {
            Path checkpoint = folder.resolve("checkpoint" + epochs);
            Path network = folder.resolve("network" + epochs);
            run(TRAINING.formatted(epochs, 5), "--checkpoint", checkpoint);
            Run resumed = run(WHOLE + "--resume", "--checkpoint", checkpoint, "--save", network);
            assertThat(Files.readAllBytes(network)).as("after epoch %s", epochs).isEqualTo(Files.readAllBytes(whole));
            assertThat(resumed.json()).containsEntry("steps", 2 * (best + 5 - epochs)).containsEntry("bestEpoch", best)
                    .containsEntry("endedEarly", true).containsEntry("testAccuracy", report.get("testAccuracy"))
                    .containsEntry("validationAccuracy", report.get("validationAccuracy"))
                    .containsEntry("bestValidationAccuracy", report.get("bestValidationAccuracy"));
        }
        Path checkpoint = folder.resolve("checkpoint" + best);
        assertThat(run(TRAINING.formatted(40, 7) + "--resume", "--checkpoint", checkpoint).json().get("steps"))
                .as("more patience goes on").isNotEqualTo(0);
        Run refused = Run.of(WHOLE.replace("0.34", "0.2") + "--resume --data", data, "--checkpoint", checkpoint);
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.errLines().getLast())
                .contains("cannot be continued with training images 50, because it began with 40");
    }

    @Test
    void latentWeightsThatWereNotKeptAreMissed() throws IOException {
        Path checkpoint = folder.resolve("checkpoint");
        Path network = folder.resolve("network");
        run(WHOLE, "--checkpoint", checkpoint);
        Run run = run(WHOLE + "--resume --latent-weights", "--checkpoint", checkpoint, "--save", network);
        assertThat(run.errLines().getLast()).isEqualTo(
                "bitgrad: The network in %s has no latent weights, because epoch %s was trained without --latent-weights."
                        .formatted(network, run.json().get("bestEpoch")));
        run = run(WHOLE + "--latent-weights", "--save", network);
        assertThat(run.err()).doesNotContain("has no latent weights");
        assertThat(Run.of("info --json", network).json()).containsEntry("latentWeights", "yes");
    }

    @Test
    void aScheduleMayFollowTheValidationPartWithoutTestImages() throws IOException {
        Map<String, Object> report =
                run("train --json --batch 20 --epochs 2 --threads 1 --no-test --schedule plateau --validation 0.34")
                        .json();
        assertThat(report).containsEntry("testAccuracy", null).containsEntry("schedule", "plateau")
                .containsEntry("patience", null).containsEntry("endedEarly", false);
        assertThat((Double) report.get("validationAccuracy")).isBetween(0.0, 1.0);
        assertThat(
                run("train --json --batch 20 --epochs 2 --threads 1 --schedule accuracy-plateau --plateau-patience 2")
                        .json().get("scheduleNumbers"))
                .hasToString("{patience=2, factor=0.5}");
    }

    /** Forty rows of one class and eight of the other. */
    private Path table() throws IOException {
        StringBuilder text = new StringBuilder("length,weight,class\n");
        for (int row = 0; row < 40; row++) {
            text.append("%s,%s,cat\n".formatted(row % 5, row % 3));
            if (row % 5 == 0) {
                text.append("%s,%s,dog\n".formatted(3 + row % 5, 7 - row % 3));
            }
        }
        return Files.writeString(folder.resolve("animals.csv"), text);
    }

    /** Balanced before, the validation part would have samples that are trained on; 40 and 8 samples: 80 in all. */
    @Test
    void onlyTheTrainingPartIsBalancedAndRemembered() throws IOException {
        Path table = table();
        Path samples = folder.resolve("samples");
        Run run = Run.of("train --json --test-fraction 0 --balance --validation 0.25 --epochs 2 --threads 1 --data",
                table, "--replay", samples);
        assertThat(run.json()).containsEntry("testAccuracy", null);
        assertThat(run.errLines().getFirst()).isEqualTo("validation part: 12 of the 48 training images");
        assertThat(Run.of("info --json", samples).json()).containsEntry("samplesOfClasses", List.of(30, 30));
    }

    @Test
    void furtherTrainingIsValidated() throws IOException {
        Path table = table();
        Path network = folder.resolve("network");
        Path samples = folder.resolve("samples");
        String words = "train --json --epochs 3 --threads 1 --validation 0.25 --data " + table;
        Run.of(words + " --replay " + samples + " --save", network).json();
        assertThat(Run.of(words + " --freeze 1 --from", network).json()).containsEntry("validationFraction", 0.25);
        Run run = Run.of(words + " --replay " + samples + " --from", network, "--save", network);
        assertThat(run.json()).containsEntry("saved", network.toString())
                .hasEntrySatisfying("bestEpoch", best -> assertThat((Integer) best).isBetween(1, 3));
    }

    @Test
    void windowsThatOverlapAreSaid() throws IOException {
        StringBuilder text = new StringBuilder("x,class\n");
        for (int step = 0; step < 400; step++) {
            text.append("%s,%s\n".formatted(Math.sin(step * (step < 200 ? 0.2 : 0.9)), step < 200 ? "slow" : "fast"));
        }
        Path stream = Files.writeString(folder.resolve("stream.csv"), text);
        String words = "train --batch 5 --epochs 1 --threads 1 --validation 0.2 --window 20 --data " + stream;
        assertThat(Run.of(words + " --hop 5").err()).containsPattern("validation part: .*; they are windows that "
                + "overlap, so it resembles what is trained on, and its accuracy is too high");
        assertThat(Run.of(words + " --hop 20").err()).contains("validation part:").doesNotContain("overlap");
    }

    @Test
    void whatCannotBeDividedIsOneSentence() throws IOException {
        Run.of("train --validation 0.01 --threads 1 --data", data).isRefused(2, "The training images of " + data
                + " cannot be divided for --validation: A fraction of 0.01 splits nothing off 60 samples in 10 classes");
    }
}
