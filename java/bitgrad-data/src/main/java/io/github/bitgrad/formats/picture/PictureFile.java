package io.github.bitgrad.formats.picture;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.Names;
import io.github.bitgrad.data.ImageShape;
import java.awt.geom.AffineTransform;
import java.awt.image.AffineTransformOp;
import java.awt.image.BufferedImage;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.stream.ImageInputStream;

/** Reads a picture from a file: JPEG, PNG, BMP, GIF or WebP, as Java and the library TwelveMonkeys decode them. */
final class PictureFile {
    /** The endings of the names of such files, in lower case. */
    static final List<String> ENDINGS = List.of(".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp");

    /** A file can claim to have any number of pixels, and to unpack them takes time. */
    private static final long MOST_PIXELS = 100_000_000;
    /** Of larger pictures only every second, third, … pixel is unpacked, each of which takes 4 bytes. */
    private static final long MOST_UNPACKED = 1_000_000;
    /** Warnings of decoders that tell that pixels are missing. All others are about profiles and other extras. */
    private static final List<String> DAMAGE = List.of("premature end", "corrupt", "unexpected end", "truncated");

    static {
        System.setProperty("java.awt.headless", "true"); // nothing is shown on a screen
        ImageIO.setUseCache(false); // no temporary files
    }

    private PictureFile() {
    }

    static boolean isNamedAsPicture(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return ENDINGS.stream().anyMatch(name::endsWith);
    }

    /**
     * Reads a picture.
     *
     * @param wanted the shape of the image that it will be scaled to; a much larger picture is read more coarsely
     * @throws BitgradException if the file cannot be read, is not a picture, is damaged, or has too many pixels
     */
    static BufferedImage read(Path file, ImageShape wanted) {
        if (!Files.exists(file)) {
            throw new BitgradException("There is no picture %s; check its name.".formatted(file));
        }
        if (!Files.isRegularFile(file)) {
            throw new BitgradException("%s is not a picture that can be read; give a picture file.".formatted(file));
        }
        try (ImageInputStream in = new PictureInput(file.toFile())) {
            if (in.length() == 0) {
                throw damaged(file, "it is empty", null);
            }
            int orientation = Orientation.of(in);
            in.seek(0);
            Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                throw new BitgradException(
                        "%s is not a picture that can be read; give a PNG, JPEG, GIF, BMP or WebP file."
                                .formatted(file));
            }
            return upright(read(file, readers.next(), in, wanted), orientation);
        } catch (FileNotFoundException denied) {
            throw damaged(file, "permission denied", denied);
        } catch (IOException failure) {
            throw damaged(file, BitgradException.reason(failure), failure);
        } catch (BitgradException sentence) {
            throw sentence;
        } catch (RuntimeException failure) {
            throw damaged(file, "it is damaged", failure); // what decoders throw in place of an IOException
        } catch (OutOfMemoryError full) {
            throw damaged(file, "it takes more memory than Java has", full);
        }
    }

    private static BitgradException damaged(Path file, String reason, Throwable cause) {
        return new BitgradException("The picture %s cannot be read: %s; check the file.".formatted(file,
                reason == null ? "it is damaged" : Names.printable(reason)), cause);
    }

    private static BufferedImage read(Path file, ImageReader reader, ImageInputStream in, ImageShape wanted)
            throws IOException {
        try {
            reader.setInput(in, true, true);
            StringBuilder damage = new StringBuilder();
            IIOReadWarningListener listener = (_, warning) -> {
                if (damage.isEmpty() && DAMAGE.stream().anyMatch(warning.toLowerCase(Locale.ROOT)::contains)) {
                    damage.append(warning);
                }
            };
            reader.addIIOReadWarningListener(listener);
            int width = reader.getWidth(0);
            int height = reader.getHeight(0);
            long pixels = (long) width * height;
            if (pixels > MOST_PIXELS) {
                throw new BitgradException(
                        "The picture %s has %s million pixels, which is more than %s; make it smaller."
                                .formatted(file, pixels / 1_000_000, MOST_PIXELS / 1_000_000));
            }
            ImageReadParam parameters = reader.getDefaultReadParam();
            int step = step(width, height, wanted);
            parameters.setSourceSubsampling(step, step, 0, 0);
            BufferedImage picture = reader.read(0, parameters);
            if (!damage.isEmpty()) {
                throw damaged(file, damage.toString().strip(), null);
            }
            return picture;
        } finally {
            reader.dispose();
        }
    }

    /** Of how many pixels in each direction one is unpacked, so that enough are left for the image. */
    private static int step(int width, int height, ImageShape wanted) {
        int step = (int) Math.ceil(Math.sqrt((double) width * height / MOST_UNPACKED));
        return Math.max(1, Math.min(step, Math.min(width / wanted.width(), height / wanted.height())));
    }

    /** @param orientation 1 to 8, as EXIF numbers them: 1 is upright, 2 mirrored, 3 upside down, 6 and 8 on a side */
    private static BufferedImage upright(BufferedImage picture, int orientation) {
        if (orientation == 1) {
            return picture;
        }
        int width = picture.getWidth();
        int height = picture.getHeight();
        AffineTransform turn = switch (orientation) { // x' = m00·x + m01·y + m02, y' = m10·x + m11·y + m12
            case 2 -> new AffineTransform(-1, 0, 0, 1, width, 0);
            case 3 -> new AffineTransform(-1, 0, 0, -1, width, height);
            case 4 -> new AffineTransform(1, 0, 0, -1, 0, height);
            case 5 -> new AffineTransform(0, 1, 1, 0, 0, 0);
            case 6 -> new AffineTransform(0, 1, -1, 0, height, 0);
            case 7 -> new AffineTransform(0, -1, -1, 0, height, width);
            case 8 -> new AffineTransform(0, -1, 1, 0, 0, width);
            default -> throw new IllegalArgumentException("orientation " + orientation);
        };
        BufferedImage colours = Colours.of(picture);
        boolean swapped = orientation >= 5;
        BufferedImage turned = new BufferedImage(swapped ? height : width, swapped ? width : height,
                BufferedImage.TYPE_INT_RGB);
        return new AffineTransformOp(turn, AffineTransformOp.TYPE_NEAREST_NEIGHBOR).filter(colours, turned);
    }
}
