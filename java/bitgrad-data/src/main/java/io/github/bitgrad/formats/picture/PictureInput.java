package io.github.bitgrad.formats.picture;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * A picture file as decoders read it. Some decoders take what is behind the end of a file for zeros, and make millions
 * of pixels of them, which takes hours. So they may read at the end only a thousand times.
 */
final class PictureInput extends ImageInputStreamImpl {
    private static final int MOST_READS_AT_END = 1000;
    private static final int BUFFER_BYTES = 8192;

    private final RandomAccessFile file;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    /** Where the bytes in the buffer are in the file, and how many they are. */
    private long begin;
    private int count;
    private int readsAtEnd;

    PictureInput(File file) throws IOException {
        this.file = new RandomAccessFile(file, "r");
    }

    @Override
    public int read() throws IOException {
        checkClosed();
        bitOffset = 0;
        return fill() ? buffer[(int) (streamPos++ - begin)] & 0xff : -1;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        checkClosed();
        bitOffset = 0;
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int at = (int) (streamPos - begin);
        int some = Math.min(length, count - at);
        System.arraycopy(buffer, at, to, offset, some);
        streamPos += some;
        return some;
    }

    /** Brings the next byte into the buffer; false at the end of the file. */
    private boolean fill() throws IOException {
        if (streamPos >= begin && streamPos < begin + count) {
            return true;
        }
        begin = streamPos;
        file.seek(begin);
        count = Math.max(0, file.read(buffer, 0, buffer.length));
        if (count == 0 && ++readsAtEnd > MOST_READS_AT_END) {
            throw new IllegalStateException("a decoder reads on behind the end of the file");
        }
        return count > 0;
    }

    @Override
    public long length() {
        try {
            return file.length();
        } catch (IOException _) {
            return -1; // as the interface has it where nobody knows
        }
    }

    @Override
    public void close() throws IOException {
        super.close();
        file.close();
    }
}
