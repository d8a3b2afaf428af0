package io.github.bitgrad.formats.sound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.ImageShape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("level-independent")
class SoundPreprocessingTest {
    private static final SoundPreprocessing USUAL = new SoundPreprocessing(40, 32, 4000);

    @TempDir
    private Path folder;

    private Path write(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("sound.wav"), bytes);
    }

    private int[] picture(SoundPreprocessing preprocessing, byte[] file) throws IOException {
        byte[] bytes = preprocessing.read(write(file)).getFirst().bytes();
        return IntStream.range(0, bytes.length).map(i -> Byte.toUnsignedInt(bytes[i])).toArray();
    }

    private void refused(byte[] file, String sentence) {
        assertThatThrownBy(() -> USUAL.read(write(file))).isInstanceOf(BitgradException.class)
                .hasMessage(sentence.replace("FILE", folder.resolve("sound.wav").toString()));
    }

    @ParameterizedTest
    @CsvSource({"1, 8, 1", "1, 16, 1", "1, 16, 2", "1, 24, 1", "1, 24, 2", "1, 32, 1", "3, 32, 1", "3, 32, 2",
        "3, 64, 1"})
    void everyKindOfSamplesGivesTheSameSound(int format, int bits, int channels) throws IOException {
        WavFile sound = WavFile.read(write(new WavBytes(format, bits, channels, 8000).tone(0.1, 440)));
        assertThat(sound.rate()).isEqualTo(8000);
        assertThat(sound.samples()).hasSize(800);
        for (int i = 0; i < 800; i++) {
            assertThat((double) sound.samples()[i]).isCloseTo(0.5 * Math.sin(2 * Math.PI * 440 * i / 8000),
                    within(bits == 8 ? 0.008 : 5e-5));
        }
    }

    /** The band with a tone is bright, those far from it are dark, before and after it all is dark. */
    @ParameterizedTest
    @ValueSource(ints = {8000, 11_025, 16_000, 44_100, 48_000})
    void aToneIsALineAtItsFrequency(int rate) throws IOException {
        int[] picture = picture(USUAL, new WavBytes(1, 16, 1, rate).tone(0.32, 1000));
        int[] brightest = IntStream.range(0, 40).map(row -> IntStream.range(0, 32).boxed()
                .max((a, b) -> picture[32 * row + a] - picture[32 * row + b]).orElseThrow()).toArray();
        for (int row = 0; row < 40; row++) {
            boolean sounds = row >= 12 && row < 28;
            if (sounds) {
                assertThat(brightest[row]).isEqualTo(14); // 1000 Hz are 1000 mel; bands are 64.5 mel apart, from 93 on
                assertThat(picture[32 * row + 14]).isGreaterThan(245);
            }
            assertThat(picture[32 * row + 30]).isLessThan(60);
            if (row < 9 || row > 30) {
                assertThat(Arrays.stream(picture, 32 * row, 32 * row + 32).sum()).isZero();
            }
        }
    }

    @Test
    void howLoudARecordingIsDoesNotMatter() throws IOException {
        byte[] loud = WavBytes.USUAL.of(3000, i -> 0.8 * Math.sin(i * i / 2000.0));
        byte[] quiet = WavBytes.USUAL.of(3000, i -> 0.4 * Math.sin(i * i / 2000.0));
        int[] one = picture(USUAL, loud);
        int[] other = picture(USUAL, quiet);
        for (int i = 0; i < one.length; i++) {
            assertThat(one[i]).isCloseTo(other[i], within(3));
        }
    }

    /** Of three seconds with a tone from 1.5 s to 1.9 s, the part with the tone is taken. */
    @Test
    void theLoudestPartOfALongRecordingIsTaken() throws IOException {
        int[] picture = picture(USUAL, WavBytes.USUAL.of(24_000,
                i -> i >= 12_000 && i < 15_200 ? Math.sin(i) : 0.0001 * Math.sin(2 * i)));
        long loud = IntStream.range(0, 40)
                .filter(row -> Arrays.stream(picture, 32 * row, 32 * row + 32).max().orElseThrow() > 200).count();
        assertThat(loud).isBetween(25L, 27L); // 0.4 s are 25 hops
    }

    @Test
    void recordingsThatAreShorterThanAWindowHaveOneRow() throws IOException {
        int[] picture = picture(USUAL, WavBytes.USUAL.tone(0.005, 500));
        assertThat(IntStream.range(0, 40).filter(row -> Arrays.stream(picture, 32 * row, 32 * row + 32).sum() > 0))
                .hasSize(1);
    }

    @Test
    void whatIsWrongIsToldInASentence() throws IOException {
        byte[] tone = WavBytes.USUAL.tone(0.1, 440);
        refused(new byte[0], "FILE is empty: put a recording there.");
        refused("<html>no sound</html>".getBytes(StandardCharsets.US_ASCII),
                "FILE is not a WAV file (it begins with \"<htm\" instead of \"RIFF\"): convert it to WAV.");
        refused(Arrays.copyOf(tone, tone.length - 100),
                "FILE is cut off (expected 800 samples, found 750): put a whole copy there.");
        refused(WavBytes.USUAL.of(800, _ -> 0), "FILE is silent: record it again.");
        refused(WavBytes.USUAL.of(0, _ -> 0), "FILE is a recording of no length: record it again.");
        refused(new WavBytes(3, 32, 1, 8000).of(800, i -> i == 5 ? Double.NaN : 0.1),
                "FILE has samples that are not finite numbers: record it again.");
        refused(new WavBytes(1, 16, 1, 4000).tone(0.1, 440),
                "FILE has 4000 samples in a second, but the network needs at least 8000: record it again.");
        refused(WavBytes.USUAL.of(20_000_000, i -> i % 2),
                "FILE has more than 32 MiB of sound: cut it into shorter recordings.");
        byte[] mp3 = tone.clone();
        ByteBuffer.wrap(mp3).order(ByteOrder.LITTLE_ENDIAN).putShort(20, (short) 0x55);
        refused(mp3, "FILE is a WAV file of a kind that Java does not decode: save it as 16-bit PCM.");
        assertThatThrownBy(() -> USUAL.read(folder.resolve("nothing.wav")))
                .hasMessage("There is no recording %s: check its name.", folder.resolve("nothing.wav"));
    }

    @Test
    void theTextIsReadAgain() {
        assertThat(new SoundKind().preprocessing(USUAL.text())).isEqualTo(USUAL);
        for (String text : new String[] {"", "40 32", "40 32 x", "0 32 4000", "40 5000 4000", "40 32 1",
            "40 32 999999999"}) {
            assertThatThrownBy(() -> new SoundKind().preprocessing(text)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    /** A single bright pixel, moved and brightened or darkened. */
    @Test
    void augmentationMovesSounds() {
        ImageShape shape = new ImageShape(20, 8, 1);
        SoundAugmentation moving = new SoundAugmentation(15, 1, 0, 0);
        boolean[] rows = new boolean[20];
        for (int image = 0; image < 200; image++) {
            byte[] bytes = new byte[160];
            bytes[8 * 10 + 4] = (byte) 200;
            moving.change(bytes, shape, image, 7);
            int at = IntStream.range(0, 160).filter(i -> bytes[i] != 0).reduce((a, b) -> -1).orElseThrow();
            assertThat(at).isNotNegative();
            assertThat(at / 8).isBetween(7, 13);
            assertThat(at % 8).isBetween(3, 5);
            rows[at / 8] = true;
        }
        assertThat(IntStream.range(7, 14).allMatch(row -> rows[row])).isTrue();
        byte[] noisy = new byte[160];
        byte[] again = new byte[160];
        SoundAugmentation.DEFAULT.change(noisy, shape, 3, 7);
        SoundAugmentation.DEFAULT.change(again, shape, 3, 7);
        assertThat(noisy).isEqualTo(again).isNotEqualTo(new byte[160]);
        assertThatThrownBy(() -> new SoundAugmentation(101, 0, 0, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
