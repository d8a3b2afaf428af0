package io.github.bitgrad.formats.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.ReadingOptions;
import io.github.bitgrad.data.Split;
import io.github.bitgrad.data.TrainAndTest;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("level-independent")
class PictureFolderTest {
    private static final ReadingOptions SMALL =
            ReadingOptions.NONE.with(ReadingOptions.IMAGE_SHAPE, new ImageShape(4, 4, 3));

    @TempDir
    private Path folder;
    private Path data;

    @BeforeEach
    void name() {
        data = folder.resolve("data");
    }

    /** A picture of one grey, of which the data set reads bytes of this number. */
    private Path picture(String name, int grey) throws IOException {
        BufferedImage image = new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 16; i++) {
            image.setRGB(i % 4, i / 4, grey * 0x010101);
        }
        Path file = data.resolve(name);
        Files.createDirectories(file.getParent());
        assertThat(ImageIO.write(image, name.endsWith(".jpg") ? "jpg" : "png", file.toFile())).isTrue();
        return file;
    }

    /** The greys of all images. */
    private static int[] greys(Dataset data) {
        int[] greys = new int[data.size()];
        for (int index = 0; index < greys.length; index++) {
            data.expect(index);
        }
        Arrays.setAll(greys, index -> data.image(index).get(ValueLayout.JAVA_BYTE, 5) & 0xff);
        return greys;
    }

    private Dataset open(Split split, ReadingOptions options) {
        return Datasets.open(data.toString(), split, options);
    }

    private void refused(ReadingOptions options, String sentence, Object... parts) {
        assertThatThrownBy(() -> Datasets.open(data.toString(), options).close())
                .isInstanceOf(BitgradException.class).hasMessage(sentence, parts);
    }

    @ParameterizedTest
    @ValueSource(strings = {"test", "val"})
    void partsAreFoldersOfClasses(String test) throws IOException {
        picture("train/dog/2.png", 20);
        picture("train/dog/1.png", 10);
        picture("train/cat/more/9.PNG", 30);
        picture(test + "/cat/1.jpg", 40);
        picture(test + "/dog/1.png", 50);
        Files.writeString(data.resolve("train/dog/.hidden.png"), "no picture");
        try (TrainAndTest both = Datasets.open(data.toString(), SMALL)) {
            assertThat(both.train().classNames()).containsExactly("cat", "dog");
            assertThat(both.train().labels()).containsExactly(0, 1, 1);
            assertThat(greys(both.train())).containsExactly(30, 10, 20);
            assertThat(both.test().labels()).containsExactly(0, 1);
            assertThat(greys(both.test())).containsExactly(40, 50);
            assertThat(both.train().preprocessing()).contains(new PicturePreprocessing(new ImageShape(4, 4, 3)));
        }
        try (Dataset usual = Datasets.open(data.toString(), Split.TRAIN)) {
            assertThat(usual.shape()).isEqualTo(new ImageShape(32, 32, 3));
        }
        assertThatThrownBy(() -> open(Split.TRAIN, SMALL.with(ReadingOptions.TEST_FRACTION, 0.1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("%s has a test part of its own: leave the test fraction out.", data);
    }

    @Test
    void aFractionIsKeptForTesting() throws IOException {
        for (int i = 0; i < 20; i++) {
            picture("a/%s.png".formatted(i), i);
            picture("b/%s.png".formatted(i), 100 + i);
        }
        ReadingOptions options = SMALL.with(ReadingOptions.TEST_FRACTION, 0.25);
        try (TrainAndTest both = Datasets.open(data.toString(), options); Dataset test = open(Split.TEST, options);
                Dataset other = open(Split.TEST, options.with(ReadingOptions.SPLIT_SEED, 2L));
                Dataset usual = open(Split.TRAIN, SMALL);
                Dataset all = open(Split.TRAIN, SMALL.with(ReadingOptions.TEST_FRACTION, 0.0))) {
            assertThat(both.train().size()).isEqualTo(30);
            assertThat(usual.size()).isEqualTo(32);
            assertThat(greys(both.test())).hasSize(10).doesNotContain(greys(both.train())).isEqualTo(greys(test))
                    .isNotEqualTo(greys(other));
            assertThat(all.size()).isEqualTo(40);
        }
    }

    @Test
    void namesMayBeOfAnyScript() throws IOException {
        for (String name : List.of("кот", "猫", "قط", "a b'c")) {
            picture("train/" + name + "/ü 1.png", 10);
            picture("test/" + name + "/1.png", 10);
        }
        try (TrainAndTest both = Datasets.open(data.toString(), SMALL)) {
            assertThat(both.train().classNames()).containsExactlyInAnyOrder("кот", "猫", "قط", "a b'c");
            assertThat(greys(both.train())).containsOnly(10);
        }
    }

    @Test
    void aFolderThatCannotBeRightIsOneSentence() throws IOException {
        picture("train/cat/1.png", 1);
        picture("test/cat/1.png", 1);
        refused(SMALL, "Folder %s has only one class, cat: a network needs two to tell apart.", data.resolve("train"));
        picture("train/dog/1.png", 1);
        refused(SMALL, "Class dog is in %s but not in %s: put its files there, or take it away.",
                data.resolve("train"), data.resolve("test"));
        Files.createDirectories(data.resolve("test/dog"));
        refused(SMALL, "Folder %s holds no picture: put pictures of the class there, or take it away.",
                data.resolve("test/dog"));
        picture("test/dog/1.png", 1);
        picture("test/bird/1.png", 1);
        refused(SMALL, "Class bird is in %s but not in %s: put its files there, or take it away.",
                data.resolve("test"), data.resolve("train"));
    }

    @Test
    void aLinkThatLoopsIsOneSentence() throws IOException {
        picture("train/cat/1.png", 1);
        picture("train/dog/1.png", 1);
        picture("test/cat/1.png", 1);
        picture("test/dog/1.png", 1);
        Path loop = Files.createSymbolicLink(data.resolve("train/cat/loop"), data.resolve("train/cat"));
        refused(SMALL, "%s leads back to a folder above it: take this link away.", loop);
    }

    @Test
    void aNetworkMeetsItsOwnClasses() throws IOException {
        picture("test/dog/1.png", 1);
        picture("test/cat/1.png", 2);
        List<String> names = List.of("dog", "bird", "cat");
        ReadingOptions trained = SMALL.forNetwork(names, Optional.empty());
        try (Dataset test = open(Split.TEST, trained)) {
            assertThat(test.classNames()).isEqualTo(names);
            assertThat(test.labels()).containsExactly(0, 2);
            assertThat(greys(test)).containsExactly(1, 2);
        }
        try (Dataset test = open(Split.TEST, ReadingOptions.NONE.forNetwork(names,
                Optional.of(new PicturePreprocessing(new ImageShape(5, 6, 1)))))) {
            assertThat(test.shape()).isEqualTo(new ImageShape(5, 6, 1));
        }
        picture("test/fish/1.png", 2);
        assertThatThrownBy(() -> open(Split.TEST, trained)).isInstanceOf(BitgradException.class).hasMessage(
                "Class fish in %s is none of those that the network was trained on (dog, bird, cat): take it away.",
                data.resolve("test"));
    }

    @Test
    void theNextPictureOfItsClassTakesThePlaceOfADamagedOne() throws IOException {
        damaged();
        try (Dataset train = open(Split.TRAIN, SMALL)) {
            assertThat(greys(train)).containsExactly(10, 12, 12, 20, 20);
        }
        try (Dataset train = open(Split.TRAIN, SMALL.with(ReadingOptions.STRICT, true))) {
            assertThatThrownBy(() -> train.image(1)).isInstanceOf(BitgradException.class).hasMessage(
                    "The picture %s cannot be read: it is empty; check the file.", data.resolve("train/a/1.png"));
            train.expect(4);
            assertThatThrownBy(() -> train.image(4)).isInstanceOf(BitgradException.class)
                    .hasMessageStartingWith("The picture " + data.resolve("train/b/1.jpg") + " cannot be read: ");
        }
    }

    /** Class a has the greys 10, damaged, 12; class b has 20, damaged. */
    private void damaged() throws IOException {
        picture("train/a/0.png", 10);
        Files.createFile(data.resolve("train/a/1.png"));
        picture("train/a/2.png", 12);
        picture("train/b/0.png", 20);
        Path cut = picture("train/b/1.jpg", 21);
        Files.write(cut, Arrays.copyOf(Files.readAllBytes(cut), (int) Files.size(cut) - 30));
        picture("test/a/0.png", 0);
        picture("test/b/0.png", 0);
    }

    @Test
    void whereNoPictureOfAClassCanBeReadIsOneSentence() throws IOException {
        damaged();
        Files.write(data.resolve("train/b/0.png"), new byte[10]);
        try (Dataset train = open(Split.TRAIN, SMALL)) {
            assertThatThrownBy(() -> train.image(3)).isInstanceOf(BitgradException.class).hasMessage(
                    "No picture of class b can be read, such as %s: put other pictures there.",
                    data.resolve("train/b/0.png"));
        }
    }

    @Test
    void aCacheKeepsWhatWasDecodedUntilThePicturesChange() throws IOException {
        damaged();
        Path cache = folder.resolve("cache");
        ReadingOptions options = SMALL.with(ReadingOptions.CACHE, cache);
        for (int time = 0; time < 2; time++) {
            try (TrainAndTest both = Datasets.open(data.toString(), options)) {
                assertThat(greys(both.train())).containsExactly(10, 12, 20);
                assertThat(both.train().labels()).containsExactly(0, 0, 1);
                assertThat(both.test().size()).isEqualTo(2);
            }
        }
        Path file = folder.resolve("cache.train");
        assertThat(file).isRegularFile();
        Path picture = data.resolve("train/a/2.png");
        byte[] before = Files.readAllBytes(picture);
        var time = Files.getLastModifiedTime(picture);
        Files.write(picture, new byte[before.length]);
        Files.setLastModifiedTime(picture, time);
        try (Dataset train = open(Split.TRAIN, options)) {
            assertThat(greys(train)).as("nobody can see that a file has changed").containsExactly(10, 12, 20);
        }
        picture("train/a/3.png", 13);
        try (Dataset train = open(Split.TRAIN, options)) {
            assertThat(greys(train)).containsExactly(10, 13, 20);
        }
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length - 3));
        try (Dataset train = open(Split.TRAIN, options)) {
            assertThat(greys(train)).as("a cache that is cut off is made anew").containsExactly(10, 13, 20);
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(whole);
        assertThatThrownBy(() -> open(Split.TRAIN, options.with(ReadingOptions.STRICT, true)))
                .isInstanceOf(BitgradException.class).hasMessageContaining("1.png cannot be read: it is empty");
        Files.writeString(file, "something else");
        assertThatThrownBy(() -> open(Split.TRAIN, options)).isInstanceOf(BitgradException.class)
                .hasMessage("%s is no file of decoded pictures: name another file.", file);
        ReadingOptions nowhere = SMALL.with(ReadingOptions.CACHE, folder.resolve("no/such/cache"));
        assertThatThrownBy(() -> open(Split.TRAIN, nowhere)).isInstanceOf(BitgradException.class).hasMessage(
                "Decoded pictures cannot be kept in %s: no such file or folder; make room, or name another file.",
                folder.resolve("no/such/cache.train"));
    }

    /** Only listed: the files hold nothing. */
    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void manyFilesAreOpenedSoon() throws IOException {
        for (String name : List.of("a", "b")) {
            Path folderOfClass = Files.createDirectories(data.resolve("train").resolve(name));
            for (int i = 0; i < 50_000; i++) {
                Files.createFile(folderOfClass.resolve(i + ".jpg"));
            }
        }
        long begin = System.nanoTime();
        try (Dataset train = open(Split.TRAIN, SMALL)) {
            assertThat(train.size()).isEqualTo(80_000); // a fifth is kept for testing
            System.out.printf("100,000 files: %.2f s%n", (System.nanoTime() - begin) * 1e-9);
        }
    }
}
