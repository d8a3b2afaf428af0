package io.github.bitgrad.formats.picture;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;

/** Pictures as colours of 24 bits. */
final class Colours {
    private Colours() {
    }

    /**
     * Grey pixels keep their numbers: Java would convert them as if they were proportional to the amount of light, and
     * make them brighter. Of 16 bits, the upper 8 are kept.
     */
    static BufferedImage of(BufferedImage picture) {
        if (picture.getType() == BufferedImage.TYPE_INT_RGB) {
            return picture;
        }
        BufferedImage colours =
                new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_INT_RGB);
        int type = picture.getRaster().getTransferType();
        if (picture.getColorModel().getNumColorComponents() == 1
                && (type == DataBuffer.TYPE_BYTE || type == DataBuffer.TYPE_USHORT)) {
            grey(picture.getRaster(), type == DataBuffer.TYPE_BYTE ? 0 : Byte.SIZE, colours);
        } else {
            Graphics2D graphics = colours.createGraphics();
            graphics.drawImage(picture, 0, 0, null);
            graphics.dispose();
        }
        return colours;
    }

    /** @param shift the number of lower bits that are dropped */
    private static void grey(Raster raster, int shift, BufferedImage colours) {
        int[] row = new int[raster.getWidth()];
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getSamples(raster.getMinX(), raster.getMinY() + y, row.length, 1, 0, row);
            for (int x = 0; x < row.length; x++) {
                row[x] = (row[x] >> shift) * 0x010101;
            }
            colours.setRGB(0, y, row.length, 1, row, 0, row.length);
        }
    }
}
