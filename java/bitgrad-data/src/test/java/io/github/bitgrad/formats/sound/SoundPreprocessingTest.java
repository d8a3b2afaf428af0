package io.github.bitgrad.formats.sound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.Preprocessing;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("level-independent")
class SoundPreprocessingTest {
    private static final SoundPreprocessing USUAL = new SoundPreprocessing(40, 32, 4000);
    private static final SoundPreprocessing AT_8_KHZ =
            new SoundPreprocessing(40, 32, 4000, OptionalInt.of(8000), Optional.empty());
    private static final SoundPreprocessing WINDOWS = new SoundPreprocessing(40, 32, 4000, OptionalInt.of(8000),
            Optional.of(new SoundWindows(4000, 2000)));

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
        refused(USUAL, file, sentence);
    }

    private void refused(SoundPreprocessing preprocessing, byte[] file, String sentence) {
        assertThatThrownBy(() -> preprocessing.read(write(file))).isInstanceOf(BitgradException.class)
                .hasMessage(sentence.replace("FILE", folder.resolve("sound.wav").toString()));
    }

    @ParameterizedTest
    @CsvSource({"1, 8, 1", "1, 16, 1", "1, 16, 2", "1, 24, 1", "1, 24, 2", "1, 32, 1", "3, 32, 1", "3, 32, 2",
        "3, 64, 1"})
    void everyKindOfSamplesGivesTheSameSound(int format, int bits, int channels) throws IOException {
        try (WavFile sound = WavFile.open(write(new WavBytes(format, bits, channels, 8000).tone(0.1, 440)))) {
            float[] samples = new float[801];
            assertThat(sound.rate()).isEqualTo(8000);
            assertThat(sound.seconds()).isEqualTo(0.1);
            assertThat(sound.read(samples, 0, 801)).isEqualTo(800);
            for (int i = 0; i < 800; i++) {
                assertThat((double) samples[i]).isCloseTo(0.5 * Math.sin(2 * Math.PI * 440 * i / 8000),
                        within(bits == 8 ? 0.008 : 5e-5));
            }
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
                "FILE lasts 2500 seconds, but at most 2097 are taken as a whole: cut it into shorter recordings, or train with windows of it.");
        for (long rate : new long[] {0, 1, 999, 400_001, 4_000_000_000L}) {
            refused(new WavBytes(1, 16, 1, (int) rate).of(800, i -> i % 2),
                    "FILE cannot have %s samples in a second, as its header says: put a recording with 1000 to 400000 there."
                            .formatted(rate));
        }
        byte[] mp3 = tone.clone();
        ByteBuffer.wrap(mp3).order(ByteOrder.LITTLE_ENDIAN).putShort(20, (short) 0x55);
        refused(mp3, "FILE is a WAV file of a kind that Java does not decode: save it as 16-bit PCM.");
        assertThatThrownBy(() -> USUAL.read(folder.resolve("nothing.wav")))
                .hasMessage("There is no recording %s: check its name.", folder.resolve("nothing.wav"));
    }

    /** What a header claims takes no memory, and no recording counts as longer than its file can hold. */
    @Test
    void aHostileLengthTakesNoMemory() throws IOException {
        byte[] file = WavBytes.USUAL.tone(0.1, 440);
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(40, 2_000_000_000);
        refused(file, "FILE is cut off (expected 1000000000 samples, found 800): put a whole copy there.");
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        refused(file, "FILE is cut off (expected 1000000000 samples, found 800): put a whole copy there.");
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(8L << 20);
        try (WavFile sound = WavFile.open(write(file))) {
            assertThat(sound.seconds()).isBetween(0.1, 0.104); // the header counts, too
        }
    }

    @Test
    void theTextIsReadAgain() {
        for (SoundPreprocessing each : List.of(USUAL, AT_8_KHZ, WINDOWS)) {
            assertThat(new SoundKind().preprocessing(each.text())).isEqualTo(each);
        }
        assertThat(USUAL.text()).isEqualTo("40 32 4000");
        assertThat(AT_8_KHZ.text()).isEqualTo("40 32 4000 8000");
        assertThat(WINDOWS.text()).isEqualTo("40 32 4000 8000 4000 2000");
        for (String text : new String[] {"", "40 32", "40 32 x", "0 32 4000", "40 5000 4000", "40 32 1",
            "40 32 999999999", "40 32 4000 7999", "40 32 4000 2000000000", "40 32 4000 0", "40 32 4000 8000 4000",
            "40 32 4000 8000 0 2000", "40 32 4000 8000 4000 -1", "40 32 4000 8000 40000 2000",
            "40 32 4000 8000 2000000000 2000", "40 32 4000 8000 4000 1", "40 32 4000 8000 1 1",
            "40 32 4000 8000 4000 2000 1"}) {
            assertThatThrownBy(() -> new SoundKind().preprocessing(text)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    /** Networks that were saved before there was a sampling rate get the bytes that they were trained on. */
    @ParameterizedTest
    @CsvSource({"8000, d6432ad4", "11025, d25827d2", "16000, d6432ad4", "44100, 1c237656"})
    void theBytesOfEarlierNetworksStay(int rate, String crc) throws IOException {
        byte[] file = new WavBytes(1, 16, 1, rate).of(rate / 2, i -> rising(i, rate));
        CRC32 found = new CRC32();
        found.update(USUAL.read(write(file)).getFirst().bytes());
        assertThat(Long.toHexString(found.getValue())).isEqualTo(crc);
    }

    /** A tone whose frequency rises from 300 Hz on. */
    private static double rising(int i, int rate) {
        return 0.5 * Math.sin(2 * Math.PI * (300 + 1500.0 * i / rate) * i / rate);
    }

    /** With noise at 6 kHz, which a rate of 8 kHz cannot hold. */
    @ParameterizedTest
    @ValueSource(ints = {11_025, 16_000, 22_050, 44_100, 48_000, 192_000})
    void everyRateGivesNearlyOnePicture(int rate) throws IOException {
        int[] wanted = picture(AT_8_KHZ, WavBytes.USUAL.of(4000, i -> rising(i, 8000)));
        int[] found = picture(AT_8_KHZ, new WavBytes(1, 16, 1, rate).of(rate / 2,
                i -> rising(i, rate) + (rate < 12_000 ? 0 : 0.3 * Math.sin(2 * Math.PI * 6000 * i / rate))));
        int bright = 0;
        for (int i = 0; i < wanted.length; i++) {
            if (wanted[i] > 128) { // within 30 dB of the loudest pixel
                bright++;
                assertThat(found[i]).isCloseTo(wanted[i], within(8));
            }
        }
        assertThat(bright).isGreaterThan(60);
        refused(AT_8_KHZ, new WavBytes(1, 16, 1, 7999).tone(0.1, 440),
                "FILE has 7999 samples in a second, but the network needs at least 8000: record it again.");
    }

    /** Windows of 0.5 s begin after every 0.25 s. Two seconds have a tone from 1 s on, and nothing before. */
    @Test
    void aLongRecordingHasAPictureForEachWindow() throws IOException {
        Path file = write(new WavBytes(1, 16, 1, 16_000).of(33_000,
                i -> i < 16_000 ? 0 : 0.5 * Math.sin(2 * Math.PI * 1000 * i / 16_000.0)));
        List<Preprocessing.Input> inputs = WINDOWS.read(file);
        assertThat(inputs).extracting(Preprocessing.Input::name).containsExactly(file + ", 0 s to 0.5 s",
                file + ", 0.25 s to 0.75 s", file + ", 0.5 s to 1 s", file + ", 0.75 s to 1.25 s",
                file + ", 1 s to 1.5 s", file + ", 1.25 s to 1.75 s", file + ", 1.5 s to 2 s");
        assertThat(inputs.getFirst().bytes()).hasSize(40 * 32).containsOnly(0);
        byte[] alone = AT_8_KHZ.read(write(new WavBytes(1, 16, 1, 8000).tone(0.5, 1000))).getFirst().bytes();
        assertThat(Byte.toUnsignedInt(inputs.get(5).bytes()[20 * 32 + 14])).isGreaterThan(245);
        for (int i = 0; i < alone.length; i++) {
            if (Byte.toUnsignedInt(alone[i]) > 128) {
                assertThat(Byte.toUnsignedInt(inputs.get(5).bytes()[i])).isCloseTo(Byte.toUnsignedInt(alone[i]),
                        within(8));
            }
        }
    }

    @Test
    void aRecordingThatIsShorterThanAWindowIsOnePicture() throws IOException {
        Path file = write(WavBytes.USUAL.tone(0.3, 1000));
        assertThat(WINDOWS.read(file)).singleElement().satisfies(input -> {
            assertThat(input.name()).isEqualTo(file.toString());
            assertThat(input.bytes()).isEqualTo(AT_8_KHZ.read(file).getFirst().bytes());
        });
    }

    /** Half an hour, of which less is heard than is held at a time: the other windows are passed over. */
    @Test
    void aLongRecordingIsNotHeldAsAWhole() throws IOException {
        SoundPreprocessing rare = new SoundPreprocessing(40, 32, 4000, OptionalInt.of(8000),
                Optional.of(new SoundWindows(4000, 800_000)));
        Path file = write(new WavBytes(1, 8, 1, 8000).of(17_000_000, i -> i / 4000 % 2 == 0 ? 0.5 : -0.5));
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        assertThat(rare.read(file)).hasSize(22).last().extracting(Preprocessing.Input::name)
                .isEqualTo(file + ", 2100 s to 2100.5 s");
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(64L << 20);
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 10_000_000));
        assertThatThrownBy(() -> rare.read(file)).hasMessage(
                "%s is cut off (expected 17000000 samples, found 9999956): put a whole copy there.", file);
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
