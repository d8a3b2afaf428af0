package io.github.bitgrad.cli;

import io.github.bitgrad.checkpoint.WholeFile;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ImageShape;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * A picture of a data set: a row for each class with some of its samples, as the network gets them. Samples that have
 * neither one channel nor three are drawn in grey, with their channels side by side in each pixel's place.
 */
final class ContactSheet {
    private static final int MOST_ROWS = 50;
    private static final int COLUMNS = 12;
    private static final int GAP = 2;

    private ContactSheet() {
    }

    /**
     * Writes the picture. A file of that name is replaced in one moment, when all has been written.
     *
     * @throws IOException if the file cannot be written; a file of that name stays as it was
     */
    static void write(Dataset data, Path file) throws IOException {
        ImageShape shape = data.shape();
        int width = width(shape);
        int rows = Math.min(MOST_ROWS, data.classes());
        BufferedImage sheet = new BufferedImage(COLUMNS * (width + GAP), rows * (shape.height() + GAP),
                BufferedImage.TYPE_INT_RGB);
        int[] drawn = new int[rows];
        byte[] sample = new byte[shape.values()];
        for (int index = 0; index < data.size(); index++) {
            int row = data.label(index);
            if (row < rows && drawn[row] < COLUMNS) {
                data.read(index, sample);
                draw(sample, shape, sheet, drawn[row]++ * (width + GAP), row * (shape.height() + GAP));
            }
        }
        ByteArrayOutputStream png = new ByteArrayOutputStream(); // ImageIO would not say why a file cannot be written
        try (ImageOutputStream withoutFiles = new MemoryCacheImageOutputStream(png)) {
            ImageIO.write(sheet, "png", withoutFiles);
        }
        WholeFile.at(file).write(png::writeTo, 1);
    }

    private static boolean isInColour(ImageShape shape) {
        return shape.channels() == 3;
    }

    /** Pixels in a row of a drawn sample. */
    private static int width(ImageShape shape) {
        return isInColour(shape) ? shape.width() : shape.width() * shape.channels();
    }

    private static void draw(byte[] sample, ImageShape shape, BufferedImage sheet, int left, int top) {
        boolean colours = isInColour(shape);
        int width = width(shape);
        int at = 0;
        for (int y = 0; y < shape.height(); y++) {
            for (int x = 0; x < width; x++) {
                int red = sample[at++] & 0xff;
                int green = colours ? sample[at++] & 0xff : red;
                int blue = colours ? sample[at++] & 0xff : red;
                sheet.setRGB(left + x, top + y, red << 16 | green << 8 | blue);
            }
        }
    }
}
