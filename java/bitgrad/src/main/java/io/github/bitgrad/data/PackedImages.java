package io.github.bitgrad.data;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** Images in native memory, of which nobody knows at first how many there will be. */
final class PackedImages implements ImageSource {
    private static final int PIECE_BYTES = 1 << 20;

    private final Arena arena = Arena.ofShared();
    private final List<MemorySegment> pieces = new ArrayList<>();
    private final int bytes;
    private final int inPiece;
    private int size;

    /** @param bytes the number of values of an image */
    PackedImages(int bytes) {
        this.bytes = bytes;
        inPiece = Math.max(1, PIECE_BYTES / bytes);
    }

    void add(byte[] pixels) {
        if (size % inPiece == 0) {
            pieces.add(arena.allocate((long) inPiece * bytes));
        }
        MemorySegment.copy(pixels, 0, pieces.getLast(), ValueLayout.JAVA_BYTE, offset(size), bytes);
        size++;
    }

    private long offset(int index) {
        return (long) (index % inPiece) * bytes;
    }

    @Override
    public void read(int index, byte[] pixels) {
        MemorySegment.copy(pieces.get(index / inPiece), ValueLayout.JAVA_BYTE, offset(index), pixels, 0, bytes);
    }

    @Override
    public void close() {
        arena.close();
    }
}
