package io.github.bitgrad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.formats.picture.PicturePreprocessing;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.train.Trainer;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("level-independent")
class PredictTest {
    private static final long SEED = 20261128;

    @TempDir
    private Path folder;

    /** A network that has seen a few images of noise. */
    private Path network(ImageShape shape) {
        SplittableRandom random = new SplittableRandom(SEED);
        Path file = folder.resolve("network");
        Network network = Network.sequential("small", shape).dense(30).dense(5).build();
        try (Dataset images = Dataset.create("noise", shape, 5, 40, (pixels, labels) -> {
            for (long i = 0; i < pixels.byteSize(); i++) {
                pixels.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
            }
            for (int i = 0; i < 40; i++) {
                labels.set(i, random.nextInt(5));
            }
        }); Trainer trainer = Trainer.of(network).batch(20).epochs(2).build()) {
            trainer.train(images);
            trainer.save(file);
        }
        return file;
    }

    private Path picture(BufferedImage image, String format) throws IOException {
        Path file = folder.resolve("picture." + format);
        assertThat(ImageIO.write(image, format, file.toFile())).isTrue();
        return file;
    }

    private static BufferedImage noise(int width, int height, int type) {
        SplittableRandom random = new SplittableRandom(SEED);
        BufferedImage image = new BufferedImage(width, height, type);
        for (int band = 0; band < image.getRaster().getNumBands(); band++) {
            for (int i = 0; i < width * height; i++) {
                image.getRaster().setSample(i % width, i / width, band, random.nextInt(256));
            }
        }
        return image;
    }

    private static byte[] samples(BufferedImage image, int bands) {
        byte[] bytes = new byte[image.getWidth() * image.getHeight() * bands];
        for (int i = 0; i < bytes.length; i++) {
            int pixel = i / bands;
            bytes[i] = (byte) image.getRaster().getSample(pixel % image.getWidth(), pixel / image.getWidth(),
                    i % bands);
        }
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void picturesOfTheRightSizeKeepTheirPixels(int channels) throws IOException {
        Path network = network(new ImageShape(9, 12, channels));
        BufferedImage image =
                noise(12, 9, channels == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB);
        byte[] bytes = samples(image, channels);
        for (String format : List.of("png", "bmp")) {
            Path picture = picture(image, format);
            assertThat(new PicturePreprocessing(new ImageShape(9, 12, channels)).read(picture).getFirst().bytes())
                    .isEqualTo(bytes);
            try (Classifier classifier = Classifier.load(network)) {
                List<Classifier.Candidate> top = classifier.top(MemorySegment.ofArray(bytes), 2);
                Map<String, Object> report = Run.of("predict --json --top 2", network, picture).json();
                assertThat(report).containsEntry("image", picture.toString())
                        .containsEntry("class", top.getFirst().label());
                assertThat(((Number) report.get("probability")).floatValue())
                        .isEqualTo(top.getFirst().probability());
                assertThat((List<?>) report.get("top")).hasSize(2);
                assertThat(Run.of("predict", network, picture).out().strip()).isEqualTo(Units.format(
                        "%s  class %d  %s", picture, top.getFirst().label(),
                        Units.percent(top.getFirst().probability())));
            }
        }
    }

    @Test
    void bytesOfImagesComeFromStandardInput() throws IOException {
        ImageShape shape = new ImageShape(3, 4, 2);
        Path network = network(shape);
        byte[] bytes = new byte[3 * shape.values()];
        new SplittableRandom(SEED).nextBytes(bytes);
        Run run = withInput(bytes, "predict --json", network, "-");
        assertThat(run.status()).as(run.err()).isZero();
        List<String> lines = run.out().lines().toList();
        assertThat(lines).hasSize(3);
        try (Classifier classifier = Classifier.load(network)) {
            for (int i = 0; i < 3; i++) {
                byte[] image = Arrays.copyOfRange(bytes, i * shape.values(), (i + 1) * shape.values());
                assertThat(JSON.std.mapFrom(lines.get(i))).containsEntry("image", "-" + (i + 1))
                        .containsEntry("class", classifier.classify(image));
            }
        }
        Run short1 = withInput(Arrays.copyOf(bytes, 30), "predict", network, "-");
        assertThat(short1.status()).isEqualTo(1);
        assertThat(short1.err()).isEqualTo("bitgrad: Image 2 on standard input ends after 6 bytes, but network small "
                + "takes 24 (3x4x2); give the bytes of whole images." + System.lineSeparator());
        withInput(new byte[0], "predict", network, "-").isRefused(1, "There is no image on standard input");
    }

    private static Run withInput(byte[] bytes, String words, Object... more) {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(bytes));
        try {
            return Run.of(words, more);
        } finally {
            System.setIn(before);
        }
    }

    @Test
    void whatCannotBeReadIsOneSentence() throws IOException {
        Path network = network(new ImageShape(9, 12, 1));
        Path missing = folder.resolve("missing.png");
        Run.of("predict", network, missing).isRefused(1, "There is no picture " + missing + "; check its name.");
        Path text = Files.writeString(folder.resolve("text.png"), "no picture");
        Run.of("predict", network, text).isRefused(1, text + " is not a picture that can be read");
        Run.of("predict", network, folder).isRefused(1, folder.toString());
        byte[] whole = Files.readAllBytes(picture(noise(40, 40, BufferedImage.TYPE_BYTE_GRAY), "png"));
        Path cut = Files.write(folder.resolve("cut.png"), Arrays.copyOf(whole, whole.length / 2));
        Run.of("predict", network, cut).isRefused(1, "The picture " + cut + " cannot be read: ");
        Path two = network(new ImageShape(3, 4, 2));
        Run.of("predict", two, folder.resolve("picture.png")).isRefused(1,
                "it cannot become an image of 2 channels (3x4x2)");
    }

    /** A header of a PNG file that claims to have four billion pixels. */
    @Test
    void tooManyPixelsAreRefused() throws IOException {
        ByteBuffer png =
                ByteBuffer.wrap(Files.readAllBytes(picture(noise(4, 4, BufferedImage.TYPE_BYTE_GRAY), "png")));
        png.putInt(16, 65536).putInt(20, 65536); // width and height in the chunk IHDR, which begins at byte 12
        CRC32 digest = new CRC32();
        digest.update(png.array(), 12, 17);
        png.putInt(29, (int) digest.getValue());
        Path huge = Files.write(folder.resolve("huge.png"), png.array());
        Run.of("predict", network(new ImageShape(9, 12, 1)), huge).isRefused(1,
                "has 4294 million pixels, which is more than 100; make it smaller.");
    }
}
