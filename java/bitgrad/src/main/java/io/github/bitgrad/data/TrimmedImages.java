package io.github.bitgrad.data;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Images with one channel, in native memory without the zeros at both ends of their rows: drawings on a black ground,
 * as MNIST has them, take a third of their bytes. For each row there is where its numbers begin and end, in a byte each,
 * and the numbers between.
 */
final class TrimmedImages implements ImageSource {
    /** Rows are at most as long as a byte can tell. */
    static final int MOST_COLUMNS = 255;

    private static final int PIECE_BYTES = 1 << 20;

    private final Arena arena = Arena.ofShared();
    private final int columns;
    private final int imageBytes;
    /** Each image is in one piece. */
    private final List<MemorySegment> pieces = new ArrayList<>();
    private final int[] pieceOf;
    private final int[] offsets;
    /** An image as it is kept, on its way into native memory or from there. Guarded by this object once all are added. */
    private final byte[] trimmed;
    /** An image of zeros: copied, because a loop that fills an image takes ten times as long until Java optimises it. */
    private final byte[] black;
    private int used;

    /**
     * Takes memory as images are added.
     *
     * @param images how many there will be
     * @param rows the height of an image
     * @param columns the width of an image, at most {@link #MOST_COLUMNS}
     */
    TrimmedImages(int images, int rows, int columns) {
        this.columns = columns;
        imageBytes = rows * columns;
        black = new byte[imageBytes];
        pieceOf = new int[images];
        offsets = new int[images];
        trimmed = new byte[Math.addExact(imageBytes, 2 * rows)];
    }

    /** Adds an image, which the caller may overwrite afterwards. */
    void add(int index, byte[] pixels) {
        int length = trim(pixels);
        if (pieces.isEmpty() || pieces.getLast().byteSize() - used < length) {
            pieces.add(arena.allocate(Math.max(PIECE_BYTES, length)));
            used = 0;
        }
        pieceOf[index] = pieces.size() - 1;
        offsets[index] = used;
        MemorySegment.copy(trimmed, 0, pieces.getLast(), ValueLayout.JAVA_BYTE, used, length);
        used += length;
    }

    private int trim(byte[] pixels) {
        int length = 0;
        for (int row = 0; row < imageBytes; row += columns) {
            int begin = 0;
            while (begin < columns && pixels[row + begin] == 0) {
                begin++;
            }
            int end = columns;
            while (end > begin && pixels[row + end - 1] == 0) {
                end--;
            }
            trimmed[length++] = (byte) begin;
            trimmed[length++] = (byte) end;
            System.arraycopy(pixels, row + begin, trimmed, length, end - begin);
            length += end - begin;
        }
        return length;
    }

    /** One copy from native memory for each image: each copy takes longer than those on the Java heap. */
    @Override
    public synchronized void read(int index, byte[] pixels) {
        MemorySegment piece = pieces.get(pieceOf[index]);
        int offset = offsets[index];
        int most = (int) Math.min(trimmed.length, piece.byteSize() - offset);
        MemorySegment.copy(piece, ValueLayout.JAVA_BYTE, offset, trimmed, 0, most);
        System.arraycopy(black, 0, pixels, 0, imageBytes);
        int at = 0;
        for (int row = 0; row < imageBytes; row += columns) {
            int begin = trimmed[at] & 0xff;
            int count = (trimmed[at + 1] & 0xff) - begin;
            if (count > 0) {
                System.arraycopy(trimmed, at + 2, pixels, row + begin, count);
            }
            at += 2 + count;
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
