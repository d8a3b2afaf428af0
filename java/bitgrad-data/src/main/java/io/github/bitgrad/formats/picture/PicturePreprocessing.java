package io.github.bitgrad.formats.picture;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.Preprocessing;
import java.awt.Graphics2D;
import java.awt.Image;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;

/**
 * Makes images of one shape from pictures of any size: takes as much of the middle of a picture as has the shape's
 * proportions, and scales it to the shape's size. A picture that has this size already keeps its pixels.
 *
 * @param shape the shape of the images, with 3 channels (red, green and blue) or 1 (brightness)
 */
public record PicturePreprocessing(ImageShape shape) implements Preprocessing {
    /** @throws IllegalArgumentException if the shape has neither one channel nor three */
    public PicturePreprocessing {
        if (shape.channels() != 1 && shape.channels() != 3) {
            throw new IllegalArgumentException(
                    "A picture has 1 channel or 3, so it cannot become an image of %s channels (%s): give images as bytes."
                            .formatted(shape.channels(), shape));
        }
    }

    @Override
    public String kind() {
        return PictureKind.NAME;
    }

    /** {@return the shape, such as {@code 32x32x3}} */
    @Override
    public String text() {
        return shape.toString();
    }

    /**
     * Reads a picture: JPEG, PNG, BMP, GIF (of an animation the first picture) or WebP. A JPEG file that says how the
     * camera was held is turned upright.
     *
     * @return the one image
     * @throws BitgradException if the file is missing, is damaged, is no picture, or has too many pixels
     */
    @Override
    public List<Input> read(Path file) {
        return List.of(new Input(file.toString(), bytes(PictureFile.read(file, shape))));
    }

    /**
     * Makes the image of a picture that is in memory already.
     *
     * @param picture a picture of any size; what is transparent counts as black
     * @return unsigned bytes [height, width, channels]
     */
    public byte[] bytes(BufferedImage picture) {
        BufferedImage scaled = scaled(cropped(Colours.of(picture)));
        byte[] bytes = new byte[shape.values()];
        int[] row = new int[shape.width()];
        int at = 0;
        for (int y = 0; y < shape.height(); y++) {
            scaled.getRGB(0, y, shape.width(), 1, row, 0, shape.width());
            for (int colour : row) {
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

    private BufferedImage cropped(BufferedImage colours) {
        int width = (int) Math.min(colours.getWidth(),
                Math.max(1, Math.round((double) colours.getHeight() * shape.width() / shape.height())));
        int height = (int) Math.min(colours.getHeight(),
                Math.max(1, Math.round((double) colours.getWidth() * shape.height() / shape.width())));
        return colours.getSubimage((colours.getWidth() - width) / 2, (colours.getHeight() - height) / 2, width, height);
    }

    private BufferedImage scaled(BufferedImage image) {
        if (image.getWidth() == shape.width() && image.getHeight() == shape.height()) {
            return image;
        }
        BufferedImage scaled = new BufferedImage(shape.width(), shape.height(), BufferedImage.TYPE_INT_RGB);
        Image averaged = image.getScaledInstance(shape.width(), shape.height(), Image.SCALE_AREA_AVERAGING);
        Graphics2D graphics = scaled.createGraphics();
        graphics.drawImage(averaged, 0, 0, null);
        graphics.dispose();
        return scaled;
    }
}
