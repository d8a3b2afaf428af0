package io.github.bitgrad.formats.picture;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteOrder;
import javax.imageio.stream.ImageInputStream;

/**
 * How a camera was held, as the EXIF data of a JPEG file tell. These are looked at in place, so that no size in them can
 * ask for memory. What is damaged in them counts as upright, because pixels do not depend on it.
 *
 * <p>
 * A JPEG file consists of segments: 0xff, a byte that tells the kind, 16 bits with the length of what follows including
 * these two bytes. The EXIF data are in a segment of kind 0xe1 that begins with "Exif", two zeros and a TIFF header:
 * the byte order, "II" or "MM"; the number 42; and 32 bits with the place of a directory. The directory has a 16-bit
 * number of entries of 12 bytes each: the tag, the type, the count and the value.
 */
final class Orientation {
    private static final int JPEG = 0xffd8;
    private static final int APP1 = 0xffe1;
    private static final int START_OF_SCAN = 0xffda;
    private static final int EXIF = 0x45786966;
    private static final int INTEL = 0x4949;
    private static final int MOTOROLA = 0x4d4d;
    private static final int TAG_ORIENTATION = 0x0112;
    private static final int UPRIGHT = 1;
    private static final int LAST = 8;

    private Orientation() {
    }

    /**
     * {@return 1 to 8, as EXIF numbers the orientations; 1, upright, where the file does not tell}
     *
     * @param in the file, at its beginning; it is somewhere else afterwards, with big-endian byte order
     */
    static int of(ImageInputStream in) throws IOException {
        in.setByteOrder(ByteOrder.BIG_ENDIAN);
        try {
            return in.readUnsignedShort() == JPEG ? ofJpeg(in) : UPRIGHT;
        } catch (EOFException _) {
            return UPRIGHT;
        } finally {
            in.setByteOrder(ByteOrder.BIG_ENDIAN);
        }
    }

    private static int ofJpeg(ImageInputStream in) throws IOException {
        for (int kind = in.readUnsignedShort(); kind > 0xff00 && kind != START_OF_SCAN; kind = in.readUnsignedShort()) {
            long begin = in.getStreamPosition();
            int length = in.readUnsignedShort();
            if (kind == APP1 && in.readInt() == EXIF) {
                in.readUnsignedShort();
                return ofTiff(in);
            }
            in.seek(begin + length);
        }
        return UPRIGHT;
    }

    private static int ofTiff(ImageInputStream in) throws IOException {
        long header = in.getStreamPosition();
        int order = in.readUnsignedShort();
        if (order != INTEL && order != MOTOROLA) {
            return UPRIGHT;
        }
        in.setByteOrder(order == INTEL ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        in.readUnsignedShort();
        in.seek(header + in.readUnsignedInt());
        for (int entries = in.readUnsignedShort(); entries > 0; entries--) {
            int tag = in.readUnsignedShort();
            in.readUnsignedShort();
            in.readInt();
            int value = in.readUnsignedShort();
            in.readUnsignedShort();
            if (tag == TAG_ORIENTATION) {
                return value >= UPRIGHT && value <= LAST ? value : UPRIGHT;
            }
        }
        return UPRIGHT;
    }
}
