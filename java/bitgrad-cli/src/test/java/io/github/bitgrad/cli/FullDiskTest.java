package io.github.bitgrad.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every kind of file that a command writes, on a full disk and in a folder that cannot be written: one sentence names the
 * file and says what was wrong, and what was there before is there still. Downloads are in {@link FetchingTest}.
 */
@Tag("level-independent")
@Timeout(300)
class FullDiskTest {
    private static final long SEED = 20261201;
    /** Each kind of file is larger. */
    private static final int MOST_KIBIBYTES = 40;
    private static final String TRAIN = "train --batch 20 --epochs 2 --threads 1 --data DIGITS ";

    private enum Kind {
        NETWORK(TRAIN + "--save FILE"),
        LATENT_WEIGHTS(TRAIN + "--latent-weights --save FILE"),
        BEST_NETWORK(TRAIN + "--validation 0.34 --save FILE"),
        CHECKPOINT(TRAIN + "--resume --schedule constant --checkpoint FILE"),
        OLDER_CHECKPOINTS(TRAIN + "--resume --schedule constant --keep 3 --checkpoint-every 2 --checkpoint FILE"),
        SAMPLES(TRAIN + "--replay FILE"),
        METRICS(TRAIN + "--metrics FILE"),
        DECODED_PICTURES("data inspect --image-size 32x32 --cache FILE PICTURES"),
        CONTACT_SHEET("data inspect --sheet FILE DIGITS"),
        NATIVE_LIBRARIES("info");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        String words(Path file) {
            return words.replace("DIGITS", digits.toString()).replace("PICTURES", pictures.toString())
                    .replace("FILE", file.toString());
        }

        /** Whether the file is written at the end, when the training is done and is reported. */
        boolean isReported() {
            return words.startsWith("train");
        }
    }

    @TempDir
    private static Path shared;
    private static Path digits;
    private static Path pictures;

    @TempDir
    private Path folder;
    private final Processes processes = new Processes();

    @BeforeAll
    static void writeData() throws IOException {
        System.out.println("seed " + SEED);
        digits = SmallData.write(shared.resolve("digits"), 36);
        pictures = shared.resolve("pictures");
        SplittableRandom random = new SplittableRandom(SEED);
        for (String label : List.of("train/cat", "train/dog", "test/cat", "test/dog")) {
            Path inside = Files.createDirectories(pictures.resolve(label));
            for (int picture = 0; picture < 12; picture++) {
                BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
                image.setRGB(0, 0, random.nextInt());
                ImageIO.write(image, "png", inside.resolve(picture + ".png").toFile());
            }
        }
    }

    @AfterEach
    void noProcessIsLeft() {
        processes.close();
    }

    /** Each file below the folder, with its contents. */
    private Map<String, String> contents() throws IOException {
        Map<String, String> contents = new LinkedHashMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                contents.put(folder.relativize(file).toString(),
                        new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
            }
        }
        return contents;
    }

    /** Runs the command in a shell that does something before. Returns the lines of standard error. */
    private List<String> lines(Kind kind, String before, Path file, int status) throws InterruptedException {
        String shell = before + "; exec \"$0\" \"$@\"";
        Process process = processes.startBehind(List.of("bash", "-c",
                kind == Kind.NATIVE_LIBRARIES ? "export BITGRAD_CACHE_DIR=%s; %s".formatted(file, shell) : shell),
                kind.words(file));
        List<String> err = process.errorReader(StandardCharsets.UTF_8).lines().toList();
        assertThat(Processes.status(process)).as("%s", err).isEqualTo(status);
        return err;
    }

    /** Makes a file that the command will find, of another training or of fewer epochs. */
    private void writeFile(Kind kind, Path file) throws IOException, InterruptedException {
        switch (kind) {
            case METRICS -> Files.writeString(file, "{}\n".repeat((MOST_KIBIBYTES << 10) / 3));
            case CHECKPOINT, OLDER_CHECKPOINTS -> {
                String words = kind.words(file).replace("--epochs 2", "--epochs 1");
                assertThat(Run.of(words).status()).isZero();
            }
            case NATIVE_LIBRARIES -> lines(kind, "true", file, 0);
            default -> assertThat(Run.of(kind.words(file)).status()).isZero();
        }
        if (kind == Kind.DECODED_PICTURES) { // so that the file is made anew
            for (Path picture : List.of(pictures.resolve("train/cat/0.png"), pictures.resolve("test/cat/0.png"))) {
                Files.write(picture, Files.readAllBytes(picture.resolveSibling("1.png")));
            }
        }
        if (kind == Kind.NATIVE_LIBRARIES) { // a damaged one is unpacked again
            try (Stream<Path> files = Files.walk(file)) {
                for (Path library : files.filter(Files::isRegularFile).toList()) {
                    Files.write(library, Arrays.copyOf(Files.readAllBytes(library), 1000));
                }
            }
        }
    }

    private static void requireOneSentence(Kind kind, List<String> err, Path file, String reason) {
        List<String> failures = err.stream().filter(line -> line.contains(reason)).distinct().toList();
        assertThat(err).as("%s: no trace of an exception", kind).noneMatch(line -> line.startsWith("\tat "));
        assertThat(failures).as("%s of %s", kind, err).isNotEmpty()
                .allMatch(line -> line.startsWith("bitgrad: ") && line.contains(file.toString()));
        assertThat(err.getLast()).contains(reason);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aFullDiskIsOneSentenceAndNothingIsLost(Kind kind) throws Exception {
        Path file = folder.resolve("file");
        String full = "ulimit -f " + MOST_KIBIBYTES;
        if (kind != Kind.METRICS) { // whose first lines have room
            requireOneSentence(kind, lines(kind, full, file, 1), file, "File too large");
            assertThat(contents()).as("half a file").isEmpty();
        }
        writeFile(kind, file);
        Map<String, String> before = contents();
        List<String> err = lines(kind, full, file, 1);
        requireOneSentence(kind, err, file, "File too large");
        Map<String, String> after = contents();
        if (kind == Kind.METRICS) { // lines are added; the last one may be cut off
            assertThat(after.get("file")).startsWith(before.get("file"));
        } else {
            assertThat(after).isEqualTo(before);
        }
        if (kind.isReported()) {
            assertThat(err).as("the training goes on").anyMatch(line -> line.startsWith("epoch 2, "));
        }
    }

    /** A mount of this user's own, because nothing but that keeps the superuser from writing. */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void aFolderThatCannotBeWrittenIsOneSentenceAndNothingIsLost(Kind kind) throws Exception {
        Path file = folder.resolve("file");
        String mount = "mount --bind %1$s %1$s && mount -o remount,ro,bind %1$s".formatted(folder);
        assumeThat(isPossible(mount)).as("a mount of this user's own").isTrue();
        requireOneSentence(kind, linesOfMount(kind, mount, file), file, "Read-only file system");
        assertThat(contents()).isEmpty();
        writeFile(kind, file);
        Map<String, String> before = contents();
        List<String> err = linesOfMount(kind, mount, file);
        requireOneSentence(kind, err, file, "Read-only file system");
        assertThat(contents()).isEqualTo(before);
        assertThat(err).as("it is known before the training").noneMatch(line -> line.startsWith("epoch"));
    }

    private static boolean isPossible(String mount) {
        try {
            return new ProcessBuilder("unshare", "-rm", "bash", "-c", mount).start().waitFor() == 0;
        } catch (IOException | InterruptedException impossible) {
            return false;
        }
    }

    private List<String> linesOfMount(Kind kind, String mount, Path file) throws InterruptedException {
        List<String> before = new ArrayList<>(List.of("unshare", "-rm", "bash", "-c", "%s%s && exec \"$0\" \"$@\""
                .formatted(kind == Kind.NATIVE_LIBRARIES ? "export BITGRAD_CACHE_DIR=" + file + "; " : "", mount)));
        Process process = processes.startBehind(before, kind.words(file));
        List<String> err = process.errorReader(StandardCharsets.UTF_8).lines().toList();
        assertThat(Processes.status(process)).as("%s", err).isEqualTo(1);
        return err;
    }
}
