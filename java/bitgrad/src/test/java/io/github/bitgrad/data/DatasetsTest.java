package io.github.bitgrad.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.BitgradException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("level-independent")
class DatasetsTest {
    private static final String FILES = "MNIST's files, such as train-images-idx3-ubyte.gz, or CIFAR's files, such as "
            + "data_batch_1.bin, or train.raw and test.raw"; // the last is of package example

    @TempDir
    private Path folder;

    @Test
    void opensTheDemo() {
        try (TrainAndTest data = Datasets.open("demo")) {
            assertThat(data.train().name()).isEqualTo("demo");
            assertThat(data.train().size()).isEqualTo(6000);
            assertThat(data.test().size()).isEqualTo(1000);
            assertThat(data.test().shape()).isEqualTo(new ImageShape(28, 28, 1));
            assertThat(data.test().classes()).isEqualTo(10);
        }
    }

    @Test
    void refusesAFolderWithoutAnyDataSet() throws IOException {
        assertThatThrownBy(() -> Datasets.open(folder.toString())).isInstanceOf(BitgradException.class)
                .hasMessage("Folder %s holds no data set: put %s there.", folder, FILES);
        Files.writeString(folder.resolve("notes.txt"), "nothing of ours");
        assertThatThrownBy(() -> Datasets.open(folder.toString())).isInstanceOf(BitgradException.class)
                .hasMessage("Folder %s holds no data set: put %s there.", folder, FILES);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dmeo", "Demo", "", " ", "no/such/folder", "nul \0 inside"})
    void refusesASourceThatIsNotThere(String source) {
        assertThatThrownBy(() -> Datasets.open(source)).isInstanceOf(BitgradException.class)
                .hasMessage("There is no data set or folder named \"%s\": give demo, or a folder that holds %s.",
                        source, FILES);
    }

    @Test
    void refusesAFileInPlaceOfTheFolder() throws IOException {
        Path file = Files.createFile(folder.resolve(IdxFiles.TRAIN_IMAGES));
        assertThatThrownBy(() -> Datasets.open(file.toString())).isInstanceOf(BitgradException.class)
                .hasMessage("%s is not a folder: give the folder that holds %s.", file, FILES);
    }

    @Test
    void closingThePairClosesBoth() {
        TrainAndTest data = Datasets.open("demo");
        data.close();
        assertThatThrownBy(() -> data.train().label(0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> data.test().label(0)).isInstanceOf(IllegalStateException.class);
    }
}
