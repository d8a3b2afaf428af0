package io.github.bitgrad.formats.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.testing.Mutations;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("level-independent")
class PictureFileTest {
    private static final long SEED = 20261129;
    private static final long MOST_HEAP_BYTES = 512L << 20;
    /** One black pixel, as WebP without loss and with loss. */
    private static final List<String> WEBP = List.of("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==",
            "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA");

    @TempDir
    private Path folder;

    private static byte[] encoded(BufferedImage image, String format) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, format, bytes)).as(format).isTrue();
        return bytes.toByteArray();
    }

    private byte[] read(byte[] file, ImageShape shape) throws IOException {
        return new PicturePreprocessing(shape).read(Files.write(folder.resolve("picture"), file)).getFirst().bytes();
    }

    private void refused(byte[] file, String sentence) {
        assertThatThrownBy(() -> read(file, new ImageShape(4, 4, 3))).isInstanceOf(BitgradException.class)
                .hasMessageContaining(folder.resolve("picture").toString()).hasMessageContaining(sentence)
                .hasMessageMatching("[^\\n]*[^.]\\.");
    }

    private static BufferedImage noise(int width, int height, int type) {
        SplittableRandom random = new SplittableRandom(SEED);
        BufferedImage image = new BufferedImage(width, height, type);
        for (int band = 0; band < image.getRaster().getNumBands(); band++) {
            for (int i = 0; i < width * height; i++) {
                image.getRaster().setSample(i % width, i / width, band,
                        random.nextInt(1 << image.getSampleModel().getSampleSize(band)));
            }
        }
        return image;
    }

    @ParameterizedTest
    @CsvSource({"png, 5", "png, 6", "bmp, 5", "png, 10", "png, 11", "png, 13", "gif, 13", "png, 12"})
    void everyKindOfPixelsIsRead(String format, int type) throws IOException {
        BufferedImage image = noise(7, 5, type);
        byte[] bytes = read(encoded(image, format), new ImageShape(5, 7, 3));
        boolean grey = type == BufferedImage.TYPE_BYTE_GRAY || type == BufferedImage.TYPE_USHORT_GRAY;
        for (int i = 0; i < 35; i++) {
            int x = i % 7;
            int y = i / 7;
            if (grey) {
                int sample = image.getRaster().getSample(x, y, 0) >> (type == BufferedImage.TYPE_BYTE_GRAY ? 0 : 8);
                assertThat(bytes[3 * i] & 0xff).as("pixel %s", i).isEqualTo(sample).isEqualTo(bytes[3 * i + 2] & 0xff);
            } else if (type != BufferedImage.TYPE_4BYTE_ABGR) {
                int colour = image.getRGB(x, y);
                assertThat(bytes[3 * i] & 0xff).as("pixel %s", i).isEqualTo(colour >> 16 & 0xff);
                assertThat(bytes[3 * i + 2] & 0xff).as("pixel %s", i).isEqualTo(colour & 0xff);
            }
        }
    }

    @Test
    void whatIsTransparentIsBlack() throws IOException {
        BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_4BYTE_ABGR);
        image.setRGB(0, 0, 0x00ffffff);
        assertThat(read(encoded(image, "png"), new ImageShape(1, 1, 3))).containsExactly(0, 0, 0);
    }

    @Test
    void onePixelFillsTheImage() throws IOException {
        BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, 0x102030);
        assertThat(read(encoded(image, "png"), new ImageShape(2, 2, 3)))
                .containsExactly(16, 32, 48, 16, 32, 48, 16, 32, 48, 16, 32, 48);
    }

    @Test
    void webpIsRead() throws IOException {
        for (String text : WEBP) {
            assertThat(read(Base64.getDecoder().decode(text), new ImageShape(1, 1, 3))).hasSize(3);
        }
    }

    /** As printers want it: cyan, magenta, yellow and black, here without any, so white. */
    @Test
    void cmykIsRead() throws IOException {
        ColorSpace four = new ColorSpace(ColorSpace.TYPE_CMYK, 4) {
            @Override
            public float[] toRGB(float[] value) {
                return new float[] {1 - value[0], 1 - value[1], 1 - value[2]};
            }

            @Override
            public float[] fromRGB(float[] value) {
                return new float[] {1 - value[0], 1 - value[1], 1 - value[2], 0};
            }

            @Override
            public float[] toCIEXYZ(float[] value) {
                throw new UnsupportedOperationException();
            }

            @Override
            public float[] fromCIEXYZ(float[] value) {
                throw new UnsupportedOperationException();
            }
        };
        WritableRaster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 8, 8, 4, null);
        BufferedImage image = new BufferedImage(new ComponentColorModel(four, false, false, 1, DataBuffer.TYPE_BYTE),
                raster, false, null);
        byte[] file = encoded(image, "jpeg");
        byte[] bytes = read(file, new ImageShape(1, 1, 3));
        assertThat(bytes[0] & 0xff).isGreaterThan(240);
        assertThat(bytes[2] & 0xff).isGreaterThan(240);
    }

    /** The corner at the top left of the upright picture is white, all else is black. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void camerasAreTurnedUpright(int orientation) throws IOException {
        // EXIF says which sides of the stored picture are its top and its left: 6, for example, the right side and the
        // top, so the stored picture has the corner at the bottom left.
        boolean right = List.of(2, 3, 7, 8).contains(orientation);
        boolean bottom = List.of(3, 4, 6, 7).contains(orientation);
        BufferedImage stored = new BufferedImage(32, 16, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 8; y++) {
            for (int x = 0; x < 8; x++) {
                stored.setRGB(right ? 31 - x : x, bottom ? 15 - y : y, 0xffffff);
            }
        }
        byte[] jpeg = encoded(stored, "jpeg");
        for (boolean intel : new boolean[] {true, false}) {
            byte[] exif = exif(orientation, intel);
            byte[] file = ByteBuffer.allocate(jpeg.length + exif.length).put(jpeg, 0, 2).put(exif)
                    .put(jpeg, 2, jpeg.length - 2).array();
            boolean turned = orientation >= 5;
            int height = turned ? 32 : 16;
            int width = turned ? 16 : 32;
            byte[] bytes = read(file, new ImageShape(height, width, 1));
            assertThat(bytes[2 * width + 2] & 0xff).as("top left").isGreaterThan(200);
            assertThat(bytes[2 * width + width - 3] & 0xff).as("top right").isLessThan(50);
            assertThat(bytes[(height - 3) * width + 2] & 0xff).as("bottom left").isLessThan(50);
            assertThat(bytes[(height - 3) * width + width - 3] & 0xff).as("bottom right").isLessThan(50);
        }
    }

    private static byte[] exif(int orientation, boolean intel) {
        ByteBuffer segment = ByteBuffer.allocate(36).putShort((short) 0xffe1).putShort((short) 34)
                .put("Exif\0\0".getBytes(StandardCharsets.US_ASCII));
        segment.put((intel ? "II" : "MM").getBytes(StandardCharsets.US_ASCII));
        segment.order(intel ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        return segment.putShort((short) 42).putInt(8).putShort((short) 1).putShort((short) 0x112).putShort((short) 3)
                .putInt(1).putShort((short) orientation).putShort((short) 0).putInt(0).array();
    }

    /** A PNG file of black pixels with the header that such a picture has. */
    private static byte[] blackPng(int width, int height) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10});
        chunk(file, "IHDR", ByteBuffer.allocate(13).putInt(width).putInt(height).put((byte) 8).array());
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflater = new DeflaterOutputStream(data)) {
            byte[] row = new byte[1 + width];
            for (int y = 0; y < height; y++) {
                deflater.write(row);
            }
        }
        chunk(file, "IDAT", data.toByteArray());
        chunk(file, "IEND", new byte[0]);
        return file.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream file, String kind, byte[] data) {
        byte[] name = kind.getBytes(StandardCharsets.US_ASCII);
        CRC32 crc = new CRC32();
        crc.update(name);
        crc.update(data);
        file.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
        file.writeBytes(name);
        file.writeBytes(data);
        file.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }

    @Test
    void wideAndLargePicturesTakeLittleMemory() throws IOException {
        byte[] wide = blackPng(20_000, 3);
        byte[] large = blackPng(20_000, 4_000);
        assertThat(large.length).as("an archive bomb").isLessThan(200_000);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        assertThat(read(wide, new ImageShape(4, 4, 3))).containsOnly(0);
        assertThat(read(large, new ImageShape(32, 32, 3))).containsOnly(0);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(64 << 20);
    }

    @Test
    void picturesThatAreNoneAreOneSentence() throws IOException {
        refused(new byte[0], "cannot be read: it is empty");
        refused("<html>not found</html>".getBytes(StandardCharsets.US_ASCII), "is not a picture");
        refused(blackPng(20_000, 20_000), "has 400 million pixels, which is more than 100; make it smaller.");
        for (String format : List.of("png", "jpeg", "bmp", "gif")) {
            byte[] whole = encoded(noise(40, 30, BufferedImage.TYPE_INT_RGB), format);
            for (int part = 1; part < 10; part++) {
                refused(Arrays.copyOf(whole, whole.length * part / 10), "cannot be read");
            }
        }
    }

    /** Whatever a file holds: a sentence or an image, soon, and without memory for what it claims to be. */
    @Test
    void changedFilesAreRefusedOrRead() throws Exception {
        List<byte[]> sources = new ArrayList<>();
        for (String format : List.of("png", "jpeg", "bmp", "gif")) {
            sources.add(encoded(noise(40, 30, BufferedImage.TYPE_INT_RGB), format));
        }
        sources.add(encoded(noise(40, 30, BufferedImage.TYPE_BYTE_INDEXED), "gif"));
        WEBP.forEach(text -> sources.add(Base64.getDecoder().decode(text)));
        int refused = new Mutations.Survival(SEED, MOST_HEAP_BYTES, folder.resolve("picture").toString())
                .refused(random -> Mutations.of(sources.get(random.nextInt(sources.size())), random),
                        changed -> assertThat(read(changed, new ImageShape(8, 8, 3))).hasSize(192));
        assertThat(refused).isBetween(Mutations.COUNT / 4, Mutations.COUNT - Mutations.COUNT / 20);
    }
}
