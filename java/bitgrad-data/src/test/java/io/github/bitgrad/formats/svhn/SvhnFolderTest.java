package io.github.bitgrad.formats.svhn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.data.ReadingOptions;
import io.github.bitgrad.data.Split;
import io.github.bitgrad.data.TrainAndTest;
import io.github.bitgrad.testing.Mutations;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import us.hebi.matlab.mat.format.Mat5;
import us.hebi.matlab.mat.types.MatFile;
import us.hebi.matlab.mat.types.MatlabType;
import us.hebi.matlab.mat.types.Matrix;

@Tag("level-independent")
class SvhnFolderTest {
    private static final long SEED = 20261129;
    private static final long MOST_HEAP_BYTES = 128 << 20;

    @TempDir
    private Path folder;

    /** Images whose byte at [row, column, channel] is row + 2 column + 50 channel + image, and labels 1, 2, …, 10, 1, … */
    private static MatFile digits(int count) {
        Matrix images = Mat5.newMatrix(new int[] {32, 32, 3, count}, MatlabType.UInt8);
        int at = 0;
        for (int image = 0; image < count; image++) {
            for (int channel = 0; channel < 3; channel++) {
                for (int column = 0; column < 32; column++) {
                    for (int row = 0; row < 32; row++) {
                        images.setByte(at++, (byte) value(row, column, channel, image));
                    }
                }
            }
        }
        return Mat5.newMatFile().addArray("X", images).addArray("y", labels(count));
    }

    private static int value(int row, int column, int channel, int image) {
        return row + 2 * column + 50 * channel + image;
    }

    private static Matrix labels(int count) {
        Matrix labels = Mat5.newMatrix(count, 1, MatlabType.UInt8);
        for (int image = 0; image < count; image++) {
            labels.setInt(image, image % 10 + 1);
        }
        return labels;
    }

    private void write(String name, MatFile content) throws IOException {
        Mat5.writeToFile(content, folder.resolve(name).toFile());
    }

    @BeforeEach
    void writeAll() throws IOException {
        write(SvhnFolder.TRAIN, digits(12));
        write(SvhnFolder.TEST, digits(3));
    }

    @Test
    void imagesAndLabelsAreRead() throws IOException {
        try (TrainAndTest data = Datasets.open(folder.toString())) {
            assertThat(data.train().labels()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2);
            assertThat(data.train().augmentation()).isEqualTo(Augmentation.EDGE_SHIFT);
            byte[] image = data.train().image(11).toArray(ValueLayout.JAVA_BYTE);
            for (int i = 0; i < image.length; i++) {
                assertThat(image[i]).isEqualTo((byte) value(i / 96, i / 3 % 32, i % 3, 11));
            }
        }
        write(SvhnFolder.EXTRA, digits(5));
        ReadingOptions extra = ReadingOptions.NONE.with(ReadingOptions.SERIES, "extra");
        try (TrainAndTest data = Datasets.open(folder.toString(), extra)) {
            assertThat(data.train().size()).isEqualTo(17);
            assertThat(data.train().image(16).get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 4);
            assertThat(data.test().size()).isEqualTo(3);
        }
    }

    private void refused(String sentence, Object... parts) {
        assertThatThrownBy(() -> Datasets.open(folder.toString(), Split.TRAIN)).isInstanceOf(BitgradException.class)
                .hasMessage(sentence, parts);
    }

    @Test
    void filesThatAreOthersAreOneSentence() throws IOException {
        Path file = folder.resolve(SvhnFolder.TRAIN);
        byte[] whole = Files.readAllBytes(file);
        Files.writeString(file, "no MAT file");
        refused("%s is no MAT file of version 5: put the right file there.", file);
        Files.writeString(file, "MATLAB 7.3 MAT-file, Platform: GLNXA64" + " ".repeat(200));
        refused("%s is a MAT file of version 7.3, which is not read: save it as version 7 (in MATLAB: save -v7).",
                file);
        write(SvhnFolder.TRAIN, Mat5.newMatFile().addArray("Z", labels(3)));
        refused("%s has no matrix named X, as SVHN's files have it: put the right file there.", file);
        write(SvhnFolder.TRAIN, Mat5.newMatFile().addArray("X", labels(3)).addArray("y", labels(3)));
        refused("The variable X in %s has 3x1 values of type uint8, but SVHN has 32x32x3xN of type uint8: put the right file there.",
                file);
        write(SvhnFolder.TRAIN, Mat5.newMatFile().addArray("X", digits(2).getMatrix("X")).addArray("y", labels(3)));
        refused("%s has 2 images but 3 labels: put a whole, unchanged copy there.", file);
        Matrix wrong = labels(2);
        wrong.setInt(1, 11);
        write(SvhnFolder.TRAIN, Mat5.newMatFile().addArray("X", digits(2).getMatrix("X")).addArray("y", wrong));
        refused("%s has label 11 at index 1: SVHN's labels are 1 to 10.", file);
        for (int part = 2; part < 10; part++) {
            Files.write(file, Arrays.copyOf(whole, whole.length * part / 10));
            assertThatThrownBy(() -> Datasets.open(folder.toString(), Split.TRAIN)).as("%s tenths", part)
                    .isInstanceOf(BitgradException.class).hasMessageStartingWith(file.toString())
                    .hasMessageEndingWith(".");
        }
        Files.delete(file);
        refused("%s is missing: put it there.", file);
    }

    @Test
    void changedFilesAreRefusedOrRead() throws Exception {
        byte[] whole = Files.readAllBytes(folder.resolve(SvhnFolder.TEST));
        int refused = new Mutations.Survival(SEED, MOST_HEAP_BYTES, folder.toString())
                .refused(random -> Mutations.of(whole, random), changed -> {
                    Files.write(folder.resolve(SvhnFolder.TEST), changed);
                    try (Dataset data = Datasets.open(folder.toString(), Split.TEST)) {
                        assertThat(data.image(data.size() - 1).byteSize()).isEqualTo(3072);
                    }
                });
        assertThat(refused).isBetween(Mutations.COUNT / 4, Mutations.COUNT);
    }
}
