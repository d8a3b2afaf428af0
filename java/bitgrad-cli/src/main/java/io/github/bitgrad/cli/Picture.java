package io.github.bitgrad.cli;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.ImageShape;
import java.awt.Graphics2D;
import java.awt.Image;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/**
 * A picture of a file in a format that Java reads: PNG, JPEG, GIF or BMP. Its pixels are colours of 24 bits; what was
 * transparent is black.
 */
final class Picture {
    /** A picture that is unpacked takes 4 bytes for each pixel. A file can claim to have any number of them. */
    private static final long MOST_PIXELS = 100_000_000;

    static {
        System.setProperty("java.awt.headless", "true"); // nothing is shown on a screen
        ImageIO.setUseCache(false); // no temporary files
    }

    private final BufferedImage colours;

    private Picture(BufferedImage colours) {
        this.colours = colours;
    }

    /**
     * Reads a picture.
     *
     * @throws BitgradException if the file cannot be read, is not a picture, or has too many pixels
     */
    static Picture read(Path file) {
        if (!Files.exists(file)) {
            throw new BitgradException("There is no picture %s; check its name.".formatted(file));
        }
        try (ImageInputStream in = ImageIO.createImageInputStream(new File(file.toString()))) {
            Iterator<ImageReader> readers = in == null ? null : ImageIO.getImageReaders(in);
            if (readers == null || !readers.hasNext()) {
                throw new BitgradException("%s is not a picture that can be read; give a PNG, JPEG, GIF or BMP file."
                        .formatted(file));
            }
            return new Picture(colours(read(file, readers.next(), in)));
        } catch (IOException failure) {
            throw damaged(file, BitgradException.reason(failure), failure);
        } catch (IllegalArgumentException | IndexOutOfBoundsException | IllegalStateException failure) {
            throw damaged(file, "it is damaged", failure); // what readers of Java throw in place of an IOException
        }
    }

    private static BitgradException damaged(Path file, String reason, Exception cause) {
        return new BitgradException("The picture %s cannot be read: %s; check the file.".formatted(file, reason),
                cause);
    }

    private static BufferedImage read(Path file, ImageReader reader, ImageInputStream in) throws IOException {
        try {
            reader.setInput(in);
            long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
            if (pixels > MOST_PIXELS) {
                throw new BitgradException(
                        "The picture %s has %s million pixels, which is more than %s; make it smaller."
                                .formatted(file, pixels / 1_000_000, MOST_PIXELS / 1_000_000));
            }
            return reader.read(0);
        } finally {
            reader.dispose();
        }
    }

    /**
     * Grey pixels keep their numbers: Java would convert them as if they were proportional to the amount of light, and
     * make them brighter.
     */
    private static BufferedImage colours(BufferedImage image) {
        BufferedImage colours =
                new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
        Raster raster = image.getRaster();
        boolean grey = image.getType() == BufferedImage.TYPE_BYTE_GRAY
                || raster.getNumBands() <= 2 && raster.getTransferType() == DataBuffer.TYPE_BYTE
                        && image.getColorModel().getNumColorComponents() == 1;
        if (!grey) {
            draw(image, colours);
            return colours;
        }
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                colours.setRGB(x, y, raster.getSample(x, y, 0) * 0x010101);
            }
        }
        return colours;
    }

    private static void draw(Image from, BufferedImage to) {
        Graphics2D graphics = to.createGraphics();
        graphics.drawImage(from, 0, 0, null);
        graphics.dispose();
    }

    /**
     * The picture as an image of a network: as much of its middle as has the network's proportions, scaled to its size.
     * If the size is right already, all pixels stay as they are.
     *
     * @return unsigned bytes [height, width, channels]: red, green and blue, or brightness if there is one channel
     * @throws BitgradException if the network's images have neither one channel nor three
     */
    byte[] bytes(ImageShape shape) {
        if (shape.channels() != 1 && shape.channels() != 3) {
            throw new BitgradException(
                    "The network takes images of %s channels (%s), but a picture has 1 or 3; give the bytes of images on standard input."
                            .formatted(shape.channels(), shape));
        }
        BufferedImage scaled = scaled(cropped(shape), shape);
        byte[] bytes = new byte[shape.values()];
        int at = 0;
        for (int y = 0; y < shape.height(); y++) {
            for (int x = 0; x < shape.width(); x++) {
                int colour = scaled.getRGB(x, y);
                int red = colour >> 16 & 0xff;
                int green = colour >> 8 & 0xff;
                int blue = colour & 0xff;
                if (shape.channels() == 1) {
                    bytes[at++] = (byte) ((299 * red + 587 * green + 114 * blue + 500) / 1000); // ITU-R BT.601
                } else {
                    bytes[at++] = (byte) red;
                    bytes[at++] = (byte) green;
                    bytes[at++] = (byte) blue;
                }
            }
        }
        return bytes;
    }

    private BufferedImage cropped(ImageShape shape) {
        int width = (int) Math.min(colours.getWidth(),
                Math.max(1, Math.round((double) colours.getHeight() * shape.width() / shape.height())));
        int height = (int) Math.min(colours.getHeight(),
                Math.max(1, Math.round((double) colours.getWidth() * shape.height() / shape.width())));
        return colours.getSubimage((colours.getWidth() - width) / 2, (colours.getHeight() - height) / 2, width, height);
    }

    private static BufferedImage scaled(BufferedImage image, ImageShape shape) {
        if (image.getWidth() == shape.width() && image.getHeight() == shape.height()) {
            return image;
        }
        BufferedImage scaled = new BufferedImage(shape.width(), shape.height(), BufferedImage.TYPE_INT_RGB);
        draw(image.getScaledInstance(shape.width(), shape.height(), Image.SCALE_AREA_AVERAGING), scaled);
        return scaled;
    }
}
